"""A real Chromium without a graphics card, and the control centre in a process of its own."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from twin.store.database import Database

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser.

    Raises
    ------
    FileNotFoundError
        None is installed: the row says so.
    """
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise FileNotFoundError("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(_ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def serving(database: Database, home: Path, *, jobs: bool) -> Iterator[str]:
    """Run ``reverbere serve`` on a store; give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": database.url,
        "REVERBERE_HOME": str(home),
        "REVERBERE_WEB_PORT": str(port),
        "REVERBERE_WEB_JOBS": str(jobs).lower(),
        "REVERBERE_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "control_center", "serve"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/health", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def open_wall(browser: Browser, address: str, script: str = "") -> Page:
    """Open the operator's wall in a context of its own and wait until it follows the channel."""
    page = browser.new_context(viewport={"width": 1440, "height": 860}).new_page()
    page.add_init_script(script)
    page.goto(f"{address}/pilotage")
    page.wait_for_function("() => document.body.dataset.ready", timeout=300_000)
    return page


def renderer_bytes() -> int:
    """Return the memory of the largest renderer among this process's children. [bytes]"""
    sizes = [
        child.memory_info().rss
        for child in psutil.Process().children(recursive=True)
        if "--type=renderer" in child.cmdline()
    ]
    return max(sizes, default=0)


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            httpx.get(address, timeout=5).raise_for_status()
        except httpx.HTTPError:
            if process.poll() is not None:
                raise RuntimeError("the control centre did not start") from None
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(address)
