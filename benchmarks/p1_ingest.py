"""P1: rate of committed messages beside a naive script and a subscriber that stores nothing.

Whole ChirpStack v4 events of lamp controllers, QoS 1, unique keys, fsync on. Each message makes one
raw frame, seven observations and their newest values; the naive script keeps the observations.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.events import READINGS
from benchmarks.mqtt_load import receive_nothing_stored
from benchmarks.servers import Servers, servers
from twin.store.database import Database

DEVICES = 2_000
MESSAGES = 120_000
NAIVE_MESSAGES = 12_000
TOPIC = "application/+/device/+/event/up"


def measure(messages: int = MESSAGES, naive_messages: int = NAIVE_MESSAGES) -> dict[str, float]:
    """Return messages per second of each way, and what is in the tables."""
    with servers() as running:
        bare_name, bare = _bare(running, messages // 2)
        naive = _naive(running, naive_messages)
        ours, kept = _ours(running, messages)
    return {bare_name: bare, "naive": naive, "ours": ours, **kept}


def _bare(running: Servers, count: int) -> tuple[str, float]:
    """Receive only: the C subscriber where there is one, else a bare socket in Python."""
    load = _Load(running.mqtt_url, count)
    program = shutil.which("mosquitto_sub")
    if program is None:
        load.go_later(1.0)
        took = receive_nothing_stored(running.mqtt_url, [TOPIC], count)
        load.finish()
        return "bare socket, stores nothing", count / took
    port = running.mqtt_url.rpartition(":")[2]
    command = [program, "-p", port, "-t", TOPIC, "-q", "1", "-C", str(count), "-c", "-i", "bare"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as subscriber:
        time.sleep(1.0)
        began = time.perf_counter()
        load.go()
        subscriber.wait()
        took = time.perf_counter() - began
    load.finish()
    return "mosquitto_sub, stores nothing", count / took


def _naive(running: Servers, count: int) -> float:
    with running.fresh("naive") as database:
        load = _Load(running.mqtt_url, count)
        command = [sys.executable, "-m", "benchmarks.naive_ingest", running.mqtt_url]
        with subprocess.Popen(
            [*command, database.url, str(count)], stdout=subprocess.PIPE, text=True
        ) as script:
            assert script.stdout is not None
            assert script.stdout.readline().strip() == "ready"
            load.go()
            took = float(script.stdout.readline())
        load.finish()
    return count / took


def _ours(running: Servers, count: int) -> tuple[float, dict[str, float]]:
    with running.fresh("ours") as database:
        load = _Load(running.mqtt_url, count)
        worker = start_worker(running.mqtt_url, database)
        began = time.perf_counter()
        load.go()
        while committed(database) < count:
            time.sleep(0.05)
        took = time.perf_counter() - began
        load.finish()
        worker.terminate()
        worker.wait()
        with database.connection() as connection:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM frame), (SELECT count(*) FROM observation)"
            ).fetchone()
    assert row == (count, count * READINGS), row
    return count / took, {"frames": float(row[0]), "observations": float(row[1])}


def start_worker(mqtt_url: str, database: Database, **more: str) -> "subprocess.Popen[bytes]":
    """Start `reverbere ingest` on this broker and store, and wait until it listens."""
    environment = {**os.environ, "MQTT_URL": mqtt_url, "DATABASE_URL": database.url, **more}
    environment["REVERBERE_LOG_LEVEL"] = "warning"
    command = [sys.executable, "-c", "from control_center.cli import main; main(['ingest'])"]
    worker = subprocess.Popen(command, env=environment)
    until = time.monotonic() + 30
    while time.monotonic() < until and not _listens(database):
        time.sleep(0.1)
    time.sleep(1.5)  # its subscription has reached the broker
    return worker


def _listens(database: Database) -> bool:
    with database.connection() as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'reverbere orders'"
        ).fetchone()
    return row is not None and row[0] > 0


def committed(database: Database) -> int:
    """Return how many messages the ledger has received."""
    with database.connection() as connection:
        row = connection.execute(
            "SELECT coalesce(sum(count), 0) FROM ledger WHERE outcome = 'received'"
        ).fetchone()
    assert row is not None
    return int(row[0])


class _Load:
    """The publisher: a process that has everything encoded before the clock starts."""

    def __init__(self, url: str, count: int, *more: str) -> None:
        command = [sys.executable, "-m", "benchmarks.mqtt_load", url, str(count), str(DEVICES), "1"]
        self._process = subprocess.Popen(
            [*command, *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "ready"

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def go_later(self, seconds: float) -> None:
        import threading  # noqa: PLC0415 - used in this one place

        threading.Timer(seconds, self.go).start()

    def finish(self) -> None:
        self._process.wait()


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    for name, value in measure(*map(int, arguments)).items():
        print(f"{name:32} {value:12,.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])
