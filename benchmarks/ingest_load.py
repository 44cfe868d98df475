"""What the ingest rows share: the load, the worker, what it cost and what was committed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from benchmarks.servers import Servers
from twin.store.database import Database

DEVICES = 2_000
TOPIC = "application/+/device/+/event/up"


class Load:
    """The publisher: a process that has everything encoded before the clock starts.

    Parameters
    ----------
    warm : int
        Messages of the first call of ``go``, the others belong to the second.
    trouble : bool
        Duplicates, disorder and garbage are mixed in.
    rate : float, optional
        Messages per second at most.
    """

    def __init__(
        self,
        url: str,
        count: int,
        *,
        warm: int = 0,
        devices: int = DEVICES,
        trouble: bool = False,
        rate: float = 0,
    ) -> None:
        command = [sys.executable, "-m", "benchmarks.mqtt_load", url]
        numbers = [str(number) for number in (count, devices, warm, int(trouble), rate)]
        self._process = subprocess.Popen(
            [*command, *numbers], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.expect("ready")

    def go(self) -> None:
        """Publish the next part."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def expect(self, word: str) -> None:
        """Wait until the publisher says that it is there."""
        assert self._process.stdout is not None
        said = self._process.stdout.readline().strip()
        assert said == word, said

    def finish(self) -> None:
        """Wait until the broker has taken everything."""
        self._process.wait()


def start_worker(
    mqtt_url: str, database: Database, *, wait: bool = True, **more: str
) -> "subprocess.Popen[bytes]":
    """Start `reverbere ingest` on this broker and store, and wait until it listens."""
    environment = {**os.environ, "MQTT_URL": mqtt_url, "DATABASE_URL": database.url}
    environment |= {"REVERBERE_LOG_LEVEL": "error", **more}
    command = [sys.executable, "-c", "from control_center.cli import main; main(['ingest'])"]
    worker = subprocess.Popen(command, env=environment, stdout=sys.stderr)
    if wait:
        wait_until(lambda: _connected(database, worker.pid), 60)
    return worker


def _connected(database: Database, pid: int) -> bool:
    """Whether the worker of this process reports that its broker has taken it."""
    with database.connection() as connection:
        row = connection.execute("SELECT status FROM worker_status").fetchone()
    return row is not None and row[0]["connected"] and row[0]["pid"] == pid


def committed(database: Database) -> int:
    """Return how many messages the ledger has received; −1 while the store is away."""
    try:
        with database.connection() as connection:
            row = connection.execute(
                "SELECT coalesce(sum(count), 0) FROM ledger WHERE outcome = 'received'"
            ).fetchone()
    except Exception:  # noqa: BLE001 - it is being killed
        return -1
    assert row is not None
    return int(row[0])


def wait_until(condition: Callable[[], bool], seconds: float, look_s: float = 0.05) -> None:
    """Wait for something to become true.

    Raises
    ------
    TimeoutError
        It did not.
    """
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"nothing after {seconds:.0f} s")
        time.sleep(look_s)


def totals(database: Database, queries: Sequence[str]) -> list[int]:
    """Return one whole number a query."""
    with database.connection() as connection:
        rows = [connection.execute(query).fetchone() for query in queries]
    return [int(row[0]) for row in rows if row is not None]


class Cost:
    """CPU time of the processes that carry a message, from now on."""

    def __init__(self, running: Servers, client: int, database: Database) -> None:
        with database.connection() as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name IN ('', 'reverbere ingest', 'reverbere ingest memory')"
                " AND backend_type = 'client backend'"
            ).fetchall()
        broker = running.broker.pid
        assert broker is not None
        self._processes = {
            "client": [client],
            "broker": [broker],
            "database": [pid for (pid,) in rows],
        }
        self._before = self._now()

    def per_message(self, count: int) -> str:
        """Return what one message cost each of them, in words."""
        now = self._now()
        parts = [f"{name} {(now[name] - self._before[name]) / count * 1e6:.0f}" for name in now]
        return "CPU µs per message: " + ", ".join(parts)

    def _now(self) -> dict[str, float]:
        return {name: sum(_seconds(pid) for pid in pids) for name, pids in self._processes.items()}


def _seconds(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def memory_peak_mb(pid: int) -> float:
    """Return the largest resident memory that a process ever had. [MB]"""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return float("nan")
