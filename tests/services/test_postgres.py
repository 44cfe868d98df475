"""A database of ours survives what happens to machines."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from control_center.services import supervisor as supervision
from control_center.services.places import socket_folder
from control_center.services.postgres import THROW_AWAY, PostgresServer
from control_center.services.processes import wait_until
from control_center.services.supervisor import Supervised, Supervisor
from tests.support import session
from twin.errors import ServiceError

# what is tested here is what survives: unlike other throw-away clusters, this one keeps its word
_DURABLE = THROW_AWAY.replace("fsync = off", "fsync = on").replace(
    "synchronous_commit = off", "synchronous_commit = on"
)


def server_in(place: Path) -> PostgresServer:
    account = session.account()
    socket = socket_folder(place, account)
    return PostgresServer(session.programs().postgres(), place / "data", socket, account, _DURABLE)


@pytest.fixture
def server(place: Path) -> Iterator[PostgresServer]:
    made = server_in(place)
    yield made
    for left in place.glob("run/database.json"):
        left.unlink()


def started(server: PostgresServer, place: Path) -> Supervised:
    supervised = Supervised(server.program(place / "database.log", place / "run"))
    supervised.start()
    return supervised


def rows(server: PostgresServer) -> int:
    with psycopg.connect(server.url("postgres")) as connection:
        found = connection.execute("SELECT count(*) FROM essai").fetchone()
    assert found is not None
    return int(found[0])


def fill(server: PostgresServer, count: int) -> None:
    with psycopg.connect(server.url("postgres")) as connection:
        connection.execute("CREATE TABLE essai (n int)")
        connection.execute("INSERT INTO essai SELECT generate_series(1, %s)", (count,))


def test_committed_rows_outlive_a_killed_server_and_it_comes_back_by_itself(
    server: PostgresServer, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "_FIRST_DELAY_S", 0.05)
    supervisor = Supervisor()
    try:
        program = server.program(place / "database.log", place / "run")
        watched = supervisor.start(program)
        fill(server, 1000)
        pid = watched.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: watched.pid not in (None, pid) and server.ready(), 120)
        assert rows(server) == 1000
    finally:
        supervisor.stop()


def test_a_server_left_by_a_killed_run_is_replaced(server: PostgresServer, place: Path) -> None:
    left = started(server, place)
    fill(server, 10)
    (place / "run" / "database.json").unlink()  # not even a record
    second = started(server_in(place), place)
    try:
        assert left.pid is None
        assert rows(server) == 10
    finally:
        second.stop()


@pytest.mark.parametrize("pid", [os.getpid(), 2**22 - 1], ids=["somebody else's", "nobody's"])
def test_a_stale_lock_file_does_not_keep_it_from_starting(
    server: PostgresServer, place: Path, pid: int
) -> None:
    server.prepare()
    stale = server.data / "postmaster.pid"
    stale.write_text(f"{pid}\n{server.data}\n0\n5432\n{server.socket}\n\n  0 0\nready   \n")
    session.account().give(stale)
    supervised = started(server, place)
    supervised.stop()
    assert not stale.exists()


def test_data_of_another_major_version_is_left_alone(server: PostgresServer) -> None:
    server.prepare()
    newer = replace(server.programs, version="99.1")
    other = PostgresServer(newer, server.data, server.socket, server.account)
    with pytest.raises(ServiceError, match="was made by PostgreSQL 17, this is 99"):
        other.prepare()


def test_a_half_made_cluster_is_made_again(server: PostgresServer, place: Path) -> None:
    session.account().private_folder(place / "data.building")
    (place / "data.building" / "PG_VERSION").write_text("17\n")
    server.prepare()
    assert (server.data / "global").is_dir()
    assert not (place / "data.building").exists()


def test_the_settings_are_the_mandatory_ones(server: PostgresServer, place: Path) -> None:
    supervised = started(server, place)
    names = (
        "jit",
        "listen_addresses",
        "max_wal_size",
        "checkpoint_timeout",
        "server_encoding",
        "lc_collate",
        "TimeZone",
        "shared_preload_libraries",
    )
    try:
        with psycopg.connect(server.url("postgres")) as connection:
            query = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
            shown = dict(connection.execute(query, (list(names),)).fetchall())
            telemetry = connection.execute("SHOW timescaledb.telemetry_level").fetchone()
    finally:
        supervised.stop()
    assert shown["jit"] == "off"
    assert shown["listen_addresses"] == ""
    assert shown["max_wal_size"] == "1024"
    assert shown["checkpoint_timeout"] == "300"
    assert shown["server_encoding"] == "UTF8"
    assert shown["TimeZone"] == "UTC"
    assert shown["shared_preload_libraries"] == "timescaledb"
    assert telemetry == ("off",)


def test_only_its_own_account_and_ours_get_in(server: PostgresServer, place: Path) -> None:
    supervised = started(server, place)
    try:
        rules = (server.data / "pg_hba.conf").read_text()
        assert rules == "local all reverbere peer map=reverbere\n"
        assert server.socket.stat().st_mode & 0o077 == 0
        with pytest.raises(psycopg.OperationalError, match="pg_hba"):
            psycopg.connect(server.url("postgres").replace("reverbere@", "autre@"))
    finally:
        supervised.stop()
