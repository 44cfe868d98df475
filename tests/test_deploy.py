"""The files for containers say what the embedded servers do; no container engine is needed."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from control_center.services.mosquitto import MosquittoServer
from control_center.services.places import current_account
from control_center.services.supervisor import Program, Supervised
from tests.support import session
from tests.support.brokers import free_port
from tests.support.home import REPOSITORY

PINNED = re.compile(r"^[a-z0-9./-]+:\d+(\.\d+)+[\w.-]*$")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def test_every_image_is_pinned_by_a_tag(compose: dict[str, Any]) -> None:
    images = [service["image"] for service in compose["services"].values()]
    base = re.findall(r"^FROM (\S+)", (REPOSITORY / "deploy/Dockerfile").read_text(), re.MULTILINE)
    assert [image for image in [*images, *base] if not PINNED.match(image)] == []


def test_servers_are_of_the_versions_that_were_tested(compose: dict[str, Any]) -> None:
    timescale = re.match(r".*:(.+)-pg(\d+)$", compose["services"]["database"]["image"])
    assert timescale is not None
    assert (timescale[1].rpartition(".")[0], timescale[2]) == ("2.19", "17")
    assert ":2.0." in compose["services"]["broker"]["image"]


def test_the_broker_reads_the_file_that_the_embedded_one_reads(compose: dict[str, Any]) -> None:
    mounted = dict(
        reversed(volume.removesuffix(":ro").split(":", 1))
        for volume in compose["services"]["broker"]["volumes"]
    )
    assert mounted["/mosquitto/shared/reverbere.conf"] == "./control_center/services/mosquitto.conf"
    assert mounted["/mosquitto/rights"] == "./control_center/services/mosquitto.rights"
    conf = (REPOSITORY / "deploy/mosquitto/mosquitto.conf").read_text()
    for line in ("include_dir /mosquitto/shared", "acl_file /mosquitto/data/rights"):
        assert line in conf.splitlines()
    for source in mounted.values():
        assert not source.startswith("./") or (REPOSITORY / source).is_file()


def test_the_container_configuration_is_one_that_mosquitto_takes(place: Path) -> None:
    """Only its places and its port are moved; then the real program reads it."""
    (place / "shared").mkdir()
    (place / "passwords").touch(mode=0o600)
    for name, target in (("mosquitto.conf", "shared/a.conf"), ("mosquitto.rights", "rights")):
        text = (REPOSITORY / "control_center/services" / name).read_text()
        (place / target).write_text(text)
    (place / "rights").chmod(0o600)
    port = free_port()
    conf = (REPOSITORY / "deploy/mosquitto/mosquitto.conf").read_text()
    conf = conf.replace("/mosquitto/data", str(place)).replace("/mosquitto", str(place))
    (place / "all.conf").write_text(conf.replace("listener 1883", f"listener {port} 127.0.0.1"))
    mosquitto = session.programs().mosquitto()
    probe = MosquittoServer(mosquitto, place, port, current_account())
    program = Program(
        name="container",
        command=[mosquitto.path, "-c", place / "all.conf"],
        token="all.conf",
        log=place / "container.log",
        run=place / "run",
        account=session.account(),
        folder=place,
        ready=probe.ready,
    )
    session.account().give(place)
    for file in ("passwords", "rights"):
        session.account().give(place / file)
    running = Supervised(program)
    running.start()
    running.stop()
    assert "Error" not in (place / "container.log").read_text()


def test_the_database_has_the_mandatory_settings(compose: dict[str, Any]) -> None:
    command = compose["services"]["database"]["command"]
    for setting in (
        "shared_preload_libraries=timescaledb",
        "timescaledb.telemetry_level=off",
        "jit=off",
        "max_wal_size=1GB",
        "checkpoint_timeout=5min",
    ):
        assert f"-c {setting}" in command


def test_there_is_no_secret_in_it_and_none_by_default(compose: dict[str, Any]) -> None:
    text = (REPOSITORY / "docker-compose.yml").read_text()
    for name in ("DATABASE_PASSWORD", "MQTT_INGEST_PASSWORD", "MQTT_DEVICES_PASSWORD"):
        assert f"${{{name}:?" in text, "it must be refused when it is missing"
    example = (REPOSITORY / "deploy/example.env").read_text()
    assert re.findall(r"^\w*PASSWORD=(.*)$", example, re.MULTILINE) == ["", "", ""]


def test_everything_that_is_asked_for_is_in_the_example(compose: dict[str, Any]) -> None:
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", (REPOSITORY / "docker-compose.yml").read_text()))
    given = set(
        re.findall(r"^(\w+)=", (REPOSITORY / "deploy/example.env").read_text(), re.MULTILINE)
    )
    assert asked == given


def test_servers_are_waited_for_and_looked_after(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name in ("database", "broker"):
        assert {"test", "interval", "retries"} <= set(services[name]["healthcheck"])
        assert services["reverbere"]["depends_on"][name]["condition"] == "service_healthy"
    assert "HEALTHCHECK" in (REPOSITORY / "deploy/Dockerfile").read_text()
    assert all(service["restart"] == "unless-stopped" for service in services.values())


def test_ports_are_open_to_this_machine_alone(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
