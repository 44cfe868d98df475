"""A stand-in for the State's tile server at the edge of the world: it says that it is none.

Each tile is one flat picture with a cross; ``answers=False`` takes requests and never answers, as
a network does that swallows them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from tests.support.pixels import png_of

SIDE = 256


class PlanServer(ThreadingHTTPServer):
    """Counts what it is asked for."""

    daemon_threads = True
    answers = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Tiles)
        self.asked: list[str] = []
        self.first = threading.Event()
        self.closing = threading.Event()

    @property
    def address(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def was_asked(self) -> bool:
        """Wait until it is asked for a tile, two minutes at most."""
        return self.first.wait(120)


class _Tiles(BaseHTTPRequestHandler):
    server: PlanServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.first.set()
        if not self.server.answers:
            self.server.closing.wait()
            return
        body = _picture()
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def _picture() -> bytes:
    pixels = np.full((SIDE, SIDE, 3), (235, 225, 190), np.uint8)
    line = np.arange(SIDE)
    for width in range(-2, 3):
        pixels[line, np.clip(line + width, 0, SIDE - 1)] = (150, 60, 160)
        pixels[line, np.clip(SIDE - 1 - line + width, 0, SIDE - 1)] = (150, 60, 160)
    pixels[:2], pixels[:, :2] = (90, 90, 90), (90, 90, 90)
    return png_of(pixels)


@contextmanager
def plan_server(*, answers: bool = True) -> Iterator[PlanServer]:
    """Serve tiles on a port of this machine."""
    server = PlanServer()
    server.answers = answers
    thread = threading.Thread(target=server.serve_forever, name="plan server")
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(120)
