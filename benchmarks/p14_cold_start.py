"""P14: from ``git clone`` with empty caches to the town on the map, and the second start.

What is waited for is what a browser asks for first: the operators' page, of a town that is there.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

REPOSITORY = Path(__file__).parents[1]
PATIENCE_S = 600
_KEPT = re.compile(r"^(PATH|LANG|PIP_.*|.*_proxy|.*_PROXY|.*_CERT.*|.*_BUNDLE)$")


def measure() -> dict[str, float]:
    """Return seconds from the clone to the map, and from the second ``make run`` to the map.

    Keys: ``cold_s``, ``second_s``, ``stop_s``. [s]
    """
    with tempfile.TemporaryDirectory(prefix="reverbere-p14-") as folder:
        home, tree = Path(folder, "home"), Path(folder, "reverbere")
        home.mkdir()
        Path(folder).chmod(0o755)
        began = time.perf_counter()
        subprocess.run(["git", "clone", "-q", REPOSITORY, tree], check=True)
        cold, _ = _start(tree, home, began)
        second, stop = _start(tree, home, time.perf_counter())
    return {"cold_s": cold, "second_s": second, "stop_s": stop}


def _start(tree: Path, home: Path, began: float) -> tuple[float, float]:
    """Start, wait for the map, stop; seconds since ``began``, seconds of the stop."""
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if _KEPT.match(name)}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    command = ["make", "run", f"ARGS=--port {port}"]
    with subprocess.Popen(
        command, cwd=tree, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            _wait_for_map(f"http://127.0.0.1:{port}", process)
            ready = time.perf_counter() - began
        finally:
            asked = time.perf_counter()
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=60)
    return ready, time.perf_counter() - asked


def _wait_for_map(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"make run ended with {process.returncode}")
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


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    del arguments
    for name, value in measure().items():
        print(f"{name:16} {value:12,.4g}")


if __name__ == "__main__":
    main(sys.argv[1:])
