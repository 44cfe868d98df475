"""P12: the page of a street: its weight, its delay under load, a crowd of thirty times.

The page of a street comes from the whole control centre in a process of its own, on a real
database with the generated town. Requests leave at their planned instants whether or
not earlier ones were answered, so that a delay is counted from when the resident asked.
"""

import asyncio
import json
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.rows import Row
from benchmarks.servers import servers
from control_center.assets import Assets
from twin.clock import SystemClock
from twin.store.database import Database
from twin.store.streets import StreetReader

RATE = 100
SECONDS = 20
SPIKE = 30 * RATE
CONNECTIONS = 64
LIGHTEST = 60_000
SLOWEST_MS = 100.0


def measure() -> dict[str, float]:
    """Return bytes, milliseconds and counts.

    Keys: ``bytes``, ``p50_ms``, ``p99_ms``, ``failed``, ``spike_s``, ``spike_rate``,
    ``spike_failed``, ``spike_builds``.
    """
    with servers() as running, running.fresh("p12") as database:
        paths = _town(database)
        with _serving(database.url) as address:
            weight = _weight(address, paths[0])
            steady = asyncio.run(_load(address, paths[:200], RATE, SECONDS * RATE))
            time.sleep(11)  # what was kept is too old by now: the crowd finds nothing ready
            before = httpx.get(f"{address}/bench/builds").json()["builds"]
            began = time.perf_counter()
            crowd = asyncio.run(_load(address, paths[:1], SPIKE, SPIKE))
            spike = time.perf_counter() - began
            builds = httpx.get(f"{address}/bench/builds").json()["builds"] - before
    slow = sorted(delay for delay, status in steady if status == 200)
    return {
        "bytes": weight,
        "p50_ms": statistics.median(slow),
        "p99_ms": slow[int(len(slow) * 0.99)],
        "failed": sum(status != 200 for _, status in steady),
        "spike_s": spike,
        "spike_rate": SPIKE / spike,
        "spike_failed": sum(status != 200 for _, status in crowd),
        "spike_builds": builds,
    }


def _town(database: Database) -> list[str]:
    """Fill the store with the demonstration town; return the streets' paths, the longest first."""
    from control_center.importing import import_folder  # noqa: PLC0415 - heavy, and only here
    from simulators.city import generate, write  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="reverbere-p12-") as folder:
        write(generate(1, history=False), Path(folder, "town"))
        import_folder(database, Path(folder, "town"), clock=SystemClock(), home=Path(folder))
    names = StreetReader(database).names().sort("lights", descending=True)
    return [f"/rue/{slug}" for slug in names["slug"]]


@contextmanager
def _serving(url: str) -> Iterator[str]:
    """Serve the control centre of a store in a process of its own."""
    port = _free_port()
    command = [sys.executable, "-m", "benchmarks.p12_resident_page", "--serve", str(port), url]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            _wait(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def serve(port: int, url: str) -> None:
    """Serve until told to stop; count how often a page was built."""
    import uvicorn  # noqa: PLC0415 - only in the process that serves

    from control_center.app import create_app  # noqa: PLC0415
    from control_center.pages.cache import PageCache  # noqa: PLC0415
    from control_center.web_settings import WebSettings  # noqa: PLC0415

    app = create_app(WebSettings(jobs=False), Database(url))
    cache = app.state.page_cache = PageCache(app.state.clock)

    @app.get("/bench/builds")
    def builds() -> dict[str, int]:
        return {"builds": cache.builds}

    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False)


def _weight(address: str, path: str) -> int:
    """Return what a first visit takes: the page, its styles, its typeface. [bytes]"""
    answer = httpx.get(address + path, headers={"Accept-Encoding": "gzip"})
    assets = Assets()
    names = set(re.findall(r'(?:href|src)="/static/\w+/([^"]+)"', answer.text))
    files = [assets.own(name) for name in names]
    parts = [len(file.packed or file.raw) for file in files]
    return sum(parts) + int(answer.headers["content-length"])


async def _load(
    address: str, paths: Sequence[str], rate: int, count: int
) -> list[tuple[float, int]]:
    """Ask at a fixed rate over some connections; return delays [ms] and statuses."""
    host, port = address.removeprefix("http://").split(":")
    asked: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    told: list[tuple[float, int]] = []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        while True:
            due, request = await asked.get()
            writer.write(request)
            status = await _answer(reader)
            told.append((1000 * (time.perf_counter() - due), status))
            asked.task_done()

    workers = [asyncio.create_task(connection()) for _ in range(CONNECTIONS)]
    began = time.perf_counter() + 0.2
    for number in range(count):
        due = began + number / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        path = paths[number % len(paths)]
        line = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept-Encoding: gzip\r\n\r\n"
        asked.put_nowait((due, line.encode()))
    await asyncio.wait_for(asked.join(), 120)
    for worker in workers:
        worker.cancel()
    return told


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE)[1])  # type: ignore[index]
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{address}/rues")
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(f"{address} does not answer")


def run() -> list[Row]:
    """Return the rows of the table."""
    found = measure()
    return [
        Row(
            "P12",
            "page of a street, first visit: page, styles, typeface",
            found["bytes"] / 1000,
            "kB",
            target="≤ 60 kB",
            reached=found["bytes"] <= LIGHTEST,
        ),
        Row(
            "P12",
            f"the same at {RATE} requests a second over 200 streets, {SECONDS} s, 99th percentile",
            found["p99_ms"],
            "ms",
            "own load generator on the same machine, delay counted from when each was due",
            target="< 100 ms",
            reached=found["p99_ms"] < SLOWEST_MS and not found["failed"],
            note=f"median {found['p50_ms']:.1f} ms, {found['failed']:.0f} failed",
        ),
        Row(
            "P12",
            f"a crowd of {SPIKE} requests in a second on one street that was not kept",
            found["spike_builds"],
            "built",
            target="served from cache",
            reached=found["spike_builds"] <= 3 and not found["spike_failed"],
            note=f"answered in {found['spike_s']:.1f} s, {found['spike_rate']:.0f} a second, "
            f"{found['spike_failed']:.0f} failed",
        ),
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(int(sys.argv[2]), sys.argv[3])
    else:
        print(json.dumps(measure(), indent=1))
