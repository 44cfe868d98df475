"""``reverbere ingest --workers``: a crew with fixed numbers, of which a dead member comes back."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ingest.ordeal import received
from tests.ingest.sources.brokers import publish, until
from tests.ingest.streams import AT, balance, minutes, up
from tests.ingest.test_births import WARMTH, birth, data
from tests.support.home import REPOSITORY
from twin.store.database import Database
from twin.store.ledger import LedgerReader
from twin.store.telemetry import TelemetryReader

pytestmark = pytest.mark.slow


@contextmanager
def crew(url: str, database: Database, home: Path) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {
        **os.environ,
        "MQTT_URL": url,
        "DATABASE_URL": database.url,
        "REVERBERE_HOME": str(home),
    }
    words = ["-m", "control_center", "ingest", "--workers", "2", "--territory", "essai"]
    started = subprocess.Popen([sys.executable, *words], env=environment, cwd=REPOSITORY)
    try:
        yield started
    finally:
        started.terminate()
        assert started.wait(120) == 0


def workers(database: Database) -> dict[str, int]:
    """Those that are connected, by name, with their process."""
    found = TelemetryReader(database).worker_status()
    return {one["worker"]: one["status"]["pid"] for one in found if one["status"]["connected"]}


def test_a_crew_shares_the_messages_and_a_dead_member_comes_back(
    broker: str, database: Database, tmp_path: Path
) -> None:
    """Sparkplug nodes speak by aliases: the first has their messages, and finds births again."""
    names = {"reverbere-essai", "reverbere-essai-2"}
    with crew(broker, database, tmp_path):
        assert until(lambda: set(workers(database)) == names)
        numbered = [data(minutes(n), 10.0 + n, seq=n + 1) for n in range(30)]
        events = [up(n % 9, n // 9, minutes(n)) for n in range(90)]
        publish(broker, [(one.topic, one.payload) for one in events[:60]])
        assert until(lambda: received(database) == 60)
        victim = workers(database)["reverbere-essai-2"]
        os.kill(victim, signal.SIGKILL)
        publish(broker, [(one.topic, one.payload) for one in events[60:]])
        assert until(lambda: workers(database).get("reverbere-essai-2") != victim)
        assert until(lambda: balance(database).get("stored") == 90), balance(database)
        publish(broker, [(one.topic, one.payload) for one in (birth(AT, WARMTH), *numbered)])
        assert until(lambda: balance(database).get("stored") == 121), balance(database)
        first = workers(database)["reverbere-essai"]
        os.kill(first, signal.SIGKILL)
        publish(broker, [(one.topic, one.payload) for one in (data(minutes(99), 1.0, seq=31),)])
        assert until(lambda: balance(database).get("stored") == 122), balance(database)
    assert LedgerReader(database).balance()["difference"].to_list() == [0, 0]
    assert {one["status"]["stopped"] for one in TelemetryReader(database).worker_status()} == {True}
