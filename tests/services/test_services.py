"""A run's servers: found, shared, announced, taken over after a crash, and only ours stopped."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from control_center.cli.common import database_url, mqtt_url
from control_center.services.errors import AlreadyRunning, NothingRunning
from control_center.services.processes import Mark
from control_center.services.registry import running
from control_center.services.services import Services
from tests.support.home import REPOSITORY
from tests.support.places import running_services, settings_of
from twin.errors import BrokerUnreachable, StoreUnreachable
from twin.store.database import Database
from twin.store.migrate import migrate


def test_database_and_broker_run_and_say_who_they_are(place: Path) -> None:
    with running_services(place) as services:
        with Database(services.database_url("bellerive")) as database:
            migrate(database)
            assert database.capabilities.timescale is not None
        told = services.describe()
        assert told["database"]["provider"] == told["broker"]["provider"] == "prefix"
        assert told["database"]["missing"] is None
        assert told["database"]["version"].startswith("17.")
        assert "ingest:" not in str(told), "a password is shown"
    assert running(place) is None


def test_other_commands_find_what_runs(place: Path) -> None:
    settings = settings_of(place)
    with pytest.raises(NothingRunning, match="make run"):
        database_url(settings)
    with running_services(place) as services:
        assert database_url(settings, "bellerive") == services.database_url("bellerive")
        assert mqtt_url(settings, "simulator").startswith("mqtt://simulator:")
        assert oct((place / "services.json").stat().st_mode)[-3:] == "600"
    with pytest.raises(NothingRunning, match="MQTT_URL"):
        mqtt_url(settings, "ingest")


def test_a_second_start_on_the_same_home_is_refused_with_the_address(place: Path) -> None:
    with running_services(place) as services:
        services.announce(web="http://127.0.0.1:8000")
        with pytest.raises(AlreadyRunning, match=r"already running: http://127\.0\.0\.1:8000"):
            Services.start(settings_of(place))
        assert running(place) is not None


def test_a_taken_port_is_left_to_its_program_and_another_one_is_told(place: Path) -> None:
    told: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        services = Services.start(settings_of(place, mqtt_port=taken), told.append)
        try:
            assert urlsplit(services.mqtt_url).port != taken
            assert any(f"port {taken} is taken" in line for line in told)
        finally:
            services.stop()


def test_servers_of_a_killed_run_are_replaced_and_nothing_is_lost(place: Path) -> None:
    """A run ends without a word; its servers stay; the next run takes the data over."""
    settings = settings_of(place)
    code = (
        "import os, signal; from control_center.services.services import Services;"
        "from control_center.settings import Settings; s = Services.start(Settings());"
        "s.database_url('bellerive'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {
        **os.environ,
        "REVERBERE_HOME": str(place),
        "REVERBERE_SERVICES_PREFIX": str(settings.services.prefix),
        "REVERBERE_SERVICES_MQTT_PORT": str(settings.services.mqtt_port),
    }
    killed = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=environment, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    left = {record.name: Mark.read(record) for record in (place / "run").glob("*.json")}
    assert set(left) == {"database.json", "broker.json"}
    assert running(place) is None, "its owner is dead"
    with running_services(place) as services:
        with Database(services.database_url("bellerive")) as database, database.connection():
            pass
        for name, old in left.items():
            new = Mark.read(place / "run" / name)
            assert old is not None
            assert new is not None
            assert new.pid != old.pid


def test_servers_that_were_given_must_answer(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MQTT_URL", "mqtt://u:secret@127.0.0.1:9")
    with pytest.raises(BrokerUnreachable, match=r"at 127\.0\.0\.1:9 does not answer") as broker:
        Services.start(settings_of(place))
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:secret@127.0.0.1:9/x")
    with pytest.raises(StoreUnreachable, match=r"at 127\.0\.0\.1:9/x does not answer") as store:
        Services.start(settings_of(place))
    assert "secret" not in broker.value.sentence + store.value.sentence
    assert running(place) is None


def test_servers_that_were_given_are_used_and_left_running(
    database: Database, broker: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.url)
    monkeypatch.setenv("MQTT_URL", broker)
    with running_services(place) as services:
        assert services.database_url("bellerive") == database.url
        assert services.mqtt_url == broker
        assert services.describe()["database"]["provider"] == "DATABASE_URL"
        assert not list(place.glob("run/*"))
    with database.connection() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
