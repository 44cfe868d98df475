"""The control centre for tests: in this process, or served to a real browser."""

import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from control_center.app import create_app
from control_center.cli.serve import Server
from control_center.web_settings import WebSettings
from twin.clock import Clock, SystemClock
from twin.store.database import Database

with warnings.catch_warnings():
    # starlette prefers httpx2, of the same interface; httpx is what is locked
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


def application(
    database: Database, clock: Clock | None = None, home: Path | None = None, **settings: Any
) -> FastAPI:
    """Make the control centre without background jobs."""
    return create_app(WebSettings(jobs=False, **settings), database, clock, home=home)


@contextmanager
def visiting(app: FastAPI, **options: Any) -> Iterator[TestClient]:
    """Start an application in this process and give a client of it."""
    with TestClient(app, base_url="http://localhost", **options) as client:
        yield client


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an application on a port of this machine; give its address."""
    server = Server(
        uvicorn.Config(app, port=0, log_config=None, access_log=False, timeout_graceful_shutdown=2)
    )
    thread = threading.Thread(target=server.run, name="test server")
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(120)
        assert not thread.is_alive(), "the server did not stop"


def clock_at(instant: datetime) -> SystemClock:
    """Return a clock that runs from an instant on."""
    return SystemClock(instant - datetime.now(UTC))
