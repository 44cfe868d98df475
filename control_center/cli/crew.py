"""Several ``reverbere ingest`` that share the messages, each a process with a fixed number."""

import signal
import sys
import threading
from dataclasses import replace

from control_center.services.children import child
from control_center.services.supervisor import Program, Supervisor
from control_center.settings import Settings


def run_crew(settings: Settings, territory: str, count: int) -> None:
    """Keep workers 1 to ``count`` at work until SIGTERM or Ctrl-C; one that dies starts again.

    A number is never left out: the broker holds a member's share until that member is back.
    """
    over = threading.Event()
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda *_: over.set())
    crew = Supervisor()
    try:
        for number in range(1, count + 1):
            crew.start(_worker(settings, territory, number, count))
        over.wait()
    finally:
        crew.stop()


def _worker(settings: Settings, territory: str, number: int, count: int) -> Program:
    plain = child(settings, "ingest", territory)
    words = f"-m control_center ingest --worker {number} --territory {territory}"
    return replace(
        plain,
        name=f"ingest-{number}",
        command=[sys.executable, *words.split()],
        token=words,
        log=settings.logs / f"ingest-{number}.log",
        environment={**plain.environment, "REVERBERE_INGEST_WORKERS": str(count)},
    )
