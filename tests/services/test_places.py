"""Servers run as somebody who can reach them, and nobody else gets in."""

import os
import stat
from pathlib import Path

import pytest

from control_center.services import places
from control_center.services.places import (
    current_account,
    remove_socket_folder,
    service_account,
    shared_state_folder,
    socket_folder,
    state_folder,
)
from twin.errors import ServiceError


def test_an_ordinary_user_runs_the_servers_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places.os, "geteuid", lambda: 1000)
    account = service_account(None)
    assert not account.other
    assert account.identity() == {}


def test_root_hands_the_servers_to_an_account_that_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places.os, "geteuid", lambda: 0)
    account = service_account("nobody")
    assert account.other
    assert account.identity() == {"user": account.uid, "group": account.gid, "extra_groups": []}
    assert account.uid != 0


@pytest.mark.parametrize("wanted", ["root", "personne-de-ce-nom"])
def test_root_is_told_what_to_do_where_no_account_serves(
    wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places.os, "geteuid", lambda: 0)
    with pytest.raises(ServiceError, match="REVERBERE_SERVICES_USER"):
        service_account(wanted)


def test_a_home_that_the_servers_cannot_reach_has_its_state_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places.Account, "can_reach", lambda _self, _path: False)
    monkeypatch.setattr(places, "_SHARED_STATE", tmp_path / "var")
    state = state_folder(tmp_path / "home", current_account())
    assert state.parent == tmp_path / "var"
    assert state == shared_state_folder(tmp_path / "home")
    assert state != shared_state_folder(tmp_path / "other")


def test_a_socket_folder_is_private_and_short(tmp_path: Path) -> None:
    near = socket_folder(tmp_path / "s", current_account())
    assert near.is_relative_to(tmp_path)
    assert stat.S_IMODE(near.stat().st_mode) == 0o700
    deep = tmp_path / ("tr\N{LATIN SMALL LETTER E WITH GRAVE}s-profond-" * 8)
    far = socket_folder(deep, current_account())
    assert len(os.fsencode(far)) < 60
    assert stat.S_IMODE(far.stat().st_mode) == 0o700
    assert socket_folder(deep, current_account()) == far, "the next start takes it again"
    remove_socket_folder(far, deep)
    assert not far.exists()


def test_a_socket_folder_that_somebody_else_prepared_is_not_taken(tmp_path: Path) -> None:
    deep = tmp_path / ("profond-" * 12)
    trap = socket_folder(deep, current_account())
    trap.rmdir()
    (tmp_path / "piège").mkdir()
    trap.symlink_to(tmp_path / "piège")
    taken = socket_folder(deep, current_account())
    trap.unlink()
    assert taken != trap
    taken.rmdir()
