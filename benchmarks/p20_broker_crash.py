"""What a crash of the broker itself can lose: acknowledged to the publisher, and never stored.

No bar: a figure to know. The publisher comes back and goes on; the worker stays. mosquitto keeps
its state in a snapshot every few seconds, nats-server writes each message before it answers.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.events import lamp_events
from benchmarks.ingest_load import start_worker, wait_until
from benchmarks.rows import Row
from benchmarks.servers import Servers, free_port, kill, servers
from control_center.services.nats import NatsServer
from control_center.services.places import service_account
from control_center.services.settings import ServiceSettings
from control_center.services.supervisor import Supervised
from ingest.sources.mqtt import prepare
from twin.errors import ServiceError
from twin.store.database import Database

MESSAGES = 40_000
RATE = 4_000.0
KILLS = 2
DEVICES = 2_000
_CHUNK = 40
_PATIENCE_S = 180.0
_SAVED_S = 11.0


class Publisher:
    """Publishes at QoS 1 at a steady rate and remembers what the broker has acknowledged."""

    def __init__(self, url: str) -> None:
        self.acknowledged: set[int] = set()
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id="network-server", clean_session=False
        )
        self._client.max_inflight_messages_set(1_000)
        self._client.max_queued_messages_set(0)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = lambda *told: self.acknowledged.add(told[2])
        prepare(self._client, urlsplit(url), 60)
        self._client.reconnect()
        self._client.loop_start()

    def run(self) -> None:
        """Publish everything; the nth message has the identifier n, from 1."""
        began = time.perf_counter()
        for number, (topic, payload, _) in enumerate(lamp_events(MESSAGES, DEVICES), 1):
            self._client.publish(topic, payload, qos=1)
            if number % _CHUNK == 0:
                time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        wait_until(lambda: len(self.acknowledged) == MESSAGES, 120)
        self._client.disconnect()
        self._client.loop_stop()


def run() -> list[Row]:
    """Measure both brokers."""
    with servers() as running:
        rows = [_mosquitto(running, away=False), _mosquitto(running, away=True)]
        try:
            rows.append(_nats(running))
        except ServiceError as error:
            rows.append(Row("–", "nats-server killed", float("nan"), "", note=str(error)))
    return rows


def _mosquitto(running: Servers, *, away: bool) -> Row:
    def crash() -> None:
        kill(running.broker)
        running.broker.start()

    with running.fresh(f"mosquitto_crash_{int(away)}") as database:
        lost = _lost(running.mqtt_url, database, crash, away=away)
    told = "autosave every 10 s, as shipped; ingest " + ("was away" if away else "was there")
    return _row("mosquitto", lost, told)


def _nats(running: Servers) -> Row:
    with _stream(running) as (server, supervised), running.fresh("nats_crash") as database:

        def crash() -> None:
            kill(supervised)
            supervised.start()

        lost = _lost(server.url("ingest"), database, crash, REVERBERE_INGEST_NATS_URL=server.stream)
    return _row("nats-server", lost, "sync_interval: always")


def _lost(
    url: str, database: Database, crash: Callable[[], None], *, away: bool = False, **more: str
) -> int:
    """Publish, kill, let ingest have what is left; return what it never got.

    With ``away`` ingest has subscribed, the broker has saved that; ingest comes back afterwards.
    """
    publisher = Publisher(url)
    worker = start_worker(url, database, **more)
    if away:
        time.sleep(_SAVED_S)
        worker.terminate()
        worker.wait()
    try:
        thread = threading.Thread(target=publisher.run, daemon=True)
        thread.start()
        for _ in range(KILLS):
            time.sleep(MESSAGES / RATE / (KILLS + 1))
            crash()
        thread.join(_PATIENCE_S)
        if away:
            worker = start_worker(url, database, **more)
        stored, last = _stored(database), -1
        while stored < MESSAGES and stored != last:
            time.sleep(5.0)
            stored, last = _stored(database), stored
    finally:
        worker.terminate()
        worker.wait()
    return len(publisher.acknowledged) - stored


def _stored(database: Database) -> int:
    with database.connection() as connection:
        row = connection.execute("SELECT count(*) FROM frame").fetchone()
    assert row is not None
    return int(row[0])


def _row(broker: str, lost: int, note: str) -> Row:
    what = f"{broker} killed {KILLS} times at {RATE:,.0f} msg/s: acknowledged and lost"
    return Row("–", what, lost, f"of {MESSAGES:,}", note=note)


@contextmanager
def _stream(running: Servers) -> Iterator[tuple[NatsServer, Supervised]]:
    program, account = running.programs.nats(), service_account(ServiceSettings().user)
    with tempfile.TemporaryDirectory(prefix="reverbere-bench-nats-", dir="/tmp") as folder:
        place = Path(folder)
        place.chmod(0o755)
        server = NatsServer(program, place / "n1", account, free_port(), free_port())
        supervised = Supervised(server.program(place / "log", place / "run"))
        supervised.start()
        try:
            yield server, supervised
        finally:
            supervised.stop()


if __name__ == "__main__":
    for row in run():
        print(row)
