"""A worker under load, its servers, and ways to be rude to them."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from control_center.services.postgres import PostgresServer
from control_center.services.supervisor import Supervised
from ingest.message import Message
from tests.ingest.sources.brokers import publish, until
from tests.ingest.streams import lamp, minutes, up
from tests.support import session
from tests.support.brokers import Broker
from tests.support.home import REPOSITORY
from twin.store.database import Database
from twin.store.migrate import migrate
from twin.store.settings import StoreSettings

DEVICES = 40
TURNS = 60
READINGS = 7


class Cluster:
    """A database cluster of its own, which may be killed; what was committed stays."""

    def __init__(self, folder: Path) -> None:
        account = session.account()
        sockets = account.private_folder(folder / "s")
        more = "fsync = off\nmax_worker_processes = 0\nshared_buffers = 64MB\n"
        programs = session.programs().postgres()
        self._server = PostgresServer(programs, folder / "db", sockets, account, more)
        self._supervised = Supervised(self._server.program(folder / "db.log", folder / "run"))

    def start(self) -> None:
        self._supervised.start()

    def stop(self) -> None:
        self._supervised.stop()

    def kill(self) -> None:
        """End the postmaster as a power cut would; its children follow."""
        process = self._supervised._process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait()

    @contextmanager
    def store(self) -> Iterator[Database]:
        settings = StoreSettings()
        with Database(self._server.ensure_database("ordeal"), settings) as database:
            migrate(database)
            yield database


@dataclass
class Load:
    """Messages with copies, disorder and garbage, and what must be left of them."""

    messages: list[Message]
    frames: int
    garbage: int

    @classmethod
    def made(cls, seed: int = 1) -> "Load":
        dice = random.Random(seed)
        frames = [
            up(number, turn, minutes(10 * turn + number / DEVICES), payload=lamp(40 + turn % 9))
            for turn in range(TURNS)
            for number in range(DEVICES)
        ]
        copies = dice.sample(frames, len(frames) // 20)
        garbage = [
            Message("application/a/device/b/event/up", b'{"broken":%d' % number, 0, 1)
            for number in range(len(frames) // 100)
        ]
        order = [(place, message) for place, message in enumerate(frames)]
        order += [(dice.randrange(len(frames)), message) for message in (*copies, *garbage)]
        order.sort(key=lambda pair: pair[0] + dice.uniform(0, 3 * DEVICES))
        return cls([message for _, message in order], len(frames), len(garbage))

    def publish(self, url: str, chunk: int = 100, pause_s: float = 0.05) -> None:
        """Publish bit by bit, waiting out a broker that is away."""
        for at in range(0, len(self.messages), chunk):
            part = [(m.topic, m.payload) for m in self.messages[at : at + chunk]]
            assert until(lambda part=part: _published(url, part), 600)
            time.sleep(pause_s)


def _published(url: str, part: Sequence[tuple[str, bytes]]) -> bool:
    try:
        publish(url, part)
    except (OSError, RuntimeError, ValueError):  # paho has words of its own for "not connected"
        return False
    return True


@dataclass
class Worker:
    """`reverbere ingest` in a process of its own."""

    mqtt_url: str
    database_url: str
    home: Path
    log: Path
    number: int = 1
    workers: int = 1
    _process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        environment = {
            **os.environ,
            "MQTT_URL": self.mqtt_url,
            "DATABASE_URL": self.database_url,
            "REVERBERE_HOME": str(self.home),
            "REVERBERE_INGEST_WORKERS": str(self.workers),
        }
        words = ["ingest", "--worker", str(self.number)]
        command = [sys.executable, "-m", "control_center", *words]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, env=environment, cwd=REPOSITORY, stdout=log, stderr=log
            )

    def wait_until_listening(self, times: int = 1) -> None:
        assert until(lambda: self.text().count("listening to the broker") >= times), self.text()

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(120)

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""


def received(database: Database) -> int:
    try:
        with database.connection() as connection:
            row = connection.execute(
                "SELECT coalesce(sum(count), 0) FROM ledger WHERE outcome = 'received'"
            ).fetchone()
    except Exception:  # noqa: BLE001 - it is being killed
        return -1
    return int(row[0]) if row else 0


def settled(database: Database, at_least: int) -> bool:
    """Wait until the ledger has this many messages and no more come."""
    if not until(lambda: received(database) >= at_least, 240):
        return False
    last = -1
    while last != (last := received(database)):
        time.sleep(1.5)
    return True


@contextmanager
def publishing(load: Load, broker: Broker) -> Iterator[None]:
    """Publish in the background; at the end everything has been taken by the broker."""
    thread = threading.Thread(target=load.publish, args=(broker.url,), daemon=True)
    thread.start()
    yield
    thread.join(600)
    assert not thread.is_alive()
