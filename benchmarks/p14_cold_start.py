"""P14: from ``git clone`` with empty caches to the town on the map, and the second start.

What is waited for is what a browser asks for first: the operators' page, of a town that is there.
"""

import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.rows import Row

REPOSITORY = Path(__file__).parents[1]
COLD_S, SECOND_S = 120, 15
PATIENCE_S = 600
_KEPT = re.compile(r"^(PATH|LANG|PIP_.*|.*_proxy|.*_PROXY|.*_CERT.*|.*_BUNDLE)$")
_MARKS = ("environment ready", "PostgreSQL", "generating", "bringing it in", "ready")


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds until the map answers and until all is stopped; what was said, when."""

    map_s: float
    stop_s: float
    said: str

    @property
    def steps(self) -> str:
        """Where the time goes, in its own words."""
        lines = [line.strip() for line in self.said.splitlines()]
        return "; ".join(line for line in lines if any(mark in line for mark in _MARKS))


def measure() -> tuple[Start, Start]:
    """Clone into an empty folder with an empty home, start, stop, start again."""
    with tempfile.TemporaryDirectory(prefix="reverbere-p14-") as folder:
        home, tree = Path(folder, "home"), Path(folder, "reverbere")
        home.mkdir()
        Path(folder).chmod(0o755)
        began = time.perf_counter()
        subprocess.run(["git", "clone", "-q", REPOSITORY, tree], check=True)
        cold = _start(tree, home, began)
        second = _start(tree, home, time.perf_counter())
    return cold, second


def run() -> list[Row]:
    """Return the rows of the table."""
    cold, second = measure()
    return [
        Row(
            "P14",
            "cold start of `make run`: clone, packages, servers, town, until the map answers",
            cold.map_s,
            "s",
            target=f"< {COLD_S} s",
            reached=cold.map_s < COLD_S,
            note=cold.steps,
        ),
        Row(
            "P14",
            "second start, until the map answers",
            second.map_s,
            "s",
            target=f"< {SECOND_S} s",
            reached=second.map_s < SECOND_S,
            note=f"{second.steps}; stopped in {second.stop_s:.1f} s",
        ),
    ]


def _start(tree: Path, home: Path, began: float) -> Start:
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if _KEPT.match(name)}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    log = home / "make.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            ["make", "run", f"ARGS=--port {port}"],
            cwd=tree,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            _wait_for_map(f"http://127.0.0.1:{port}", process, log)
            answered = time.perf_counter()
        finally:
            asked = time.perf_counter()
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=60)
    return Start(answered - began, time.perf_counter() - asked, log.read_text(encoding="utf-8"))


def _wait_for_map(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            told = log.read_text(encoding="utf-8").strip().splitlines()
            raise RuntimeError(f"make run ended: {' / '.join(told[-2:])}")
        try:
            for path in ("/health", "/pilotage"):
                httpx.get(f"{address}{path}", timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"nothing answers at {address} after {PATIENCE_S} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    print(json.dumps({row.what: row.value for row in run()}, indent=1))
