"""An order is asked once, moves forward only, and never acts after its time."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from psycopg import Connection

from twin.errors import CommandExpired, Conflict, NotFound, Refused
from twin.model.states import CommandState
from twin.store import commands
from twin.store.database import Database

NOW = datetime(2026, 11, 19, 21, 0, tzinfo=UTC)


def valve(connection: Connection) -> int:
    row = connection.execute(
        "INSERT INTO asset (kind, code, valid_from) VALUES ('valve', 'V-1', %s) RETURNING id",
        (NOW,),
    ).fetchone()
    assert row
    connection.execute(
        "INSERT INTO device (dev_eui, network, profile, application, asset_id) "
        "VALUES ('0101010101010101', 'chirpstack_v4', 'uc511', 'app', %s)",
        row,
    )
    return int(row[0])


def ask(connection: Connection, asset: int, key: str = "k1", **changed) -> commands.CommandRecord:
    asked = {
        "person": "gardener",
        "idempotency_key": key,
        "asset_id": asset,
        "dev_eui": "0101010101010101",
        "verb": "open_valve",
        "parameters": {"duration_s": 600},
        "issued_at": NOW,
        "now": NOW,
        "expires_at": NOW + timedelta(minutes=10),
    }
    return commands.request(connection, **(asked | changed))


def test_the_same_key_asked_again_gives_the_same_order(database: Database) -> None:
    with database.connection() as connection:
        asset = valve(connection)
        first = ask(connection, asset)
        again = ask(connection, asset, now=NOW + timedelta(hours=2))
        assert again == first
        assert [step.state for step in commands.steps(connection, first.id)] == ["requested"]
        assert commands.commands_of(connection, [asset], NOW) == [first]


def test_a_key_used_for_another_order_is_a_conflict(database: Database) -> None:
    with database.connection() as connection:
        asset = valve(connection)
        ask(connection, asset)
        with pytest.raises(Conflict):
            ask(connection, asset, verb="close_valve", parameters={})


def test_an_order_that_comes_after_its_time_is_not_recorded(database: Database) -> None:
    with database.connection() as connection:
        asset = valve(connection)
        with pytest.raises(CommandExpired):
            ask(connection, asset, now=NOW + timedelta(minutes=10))
        assert commands.commands_of(connection, [asset], NOW) == []


@pytest.mark.parametrize(
    ("verb", "parameters"),
    [
        ("explode", {}),
        ("open_valve", {}),
        ("open_valve", {"duration_s": 0}),
        ("open_valve", {"duration_s": True}),
        ("open_valve", {"duration_s": "600"}),
        ("open_valve", {"duration_s": 600, "valve": 7}),
        ("open_valve", {"duration_s": float("nan")}),
        ("dim", {"level": 101}),
    ],
)
def test_an_order_out_of_bounds_is_refused(database: Database, verb: str, parameters: dict) -> None:
    with database.connection() as connection:
        asset = valve(connection)
        with pytest.raises(Refused):
            ask(connection, asset, verb=verb, parameters=parameters)


def test_steps_go_forward_only(database: Database) -> None:
    with database.connection() as connection:
        order = ask(connection, valve(connection))

        def step(state: CommandState, seconds: int) -> bool:
            at = NOW + timedelta(seconds=seconds)
            return commands.advance(connection, order.id, state, at=at, source="network")

        assert step(CommandState.QUEUED, 1)
        assert step(CommandState.ACKNOWLEDGED, 3)  # its txack was lost
        assert not step(CommandState.SENT, 4)  # and comes late
        assert step(CommandState.CONFIRMED, 5)
        assert not step(CommandState.FAILED, 6)
        states = [found.state for found in commands.steps(connection, order.id)]
        assert states == ["requested", "queued", "acknowledged", "confirmed"]
        assert commands.command(connection, order.id).state.final


def test_only_an_order_that_has_not_left_can_be_withdrawn(database: Database) -> None:
    with database.connection() as connection:
        asset = valve(connection)
        kept, gone = ask(connection, asset), ask(connection, asset, key="k2")
        commands.advance(connection, kept.id, CommandState.QUEUED, at=NOW, source="ingest")
        assert commands.cancel(connection, gone.id, person="gardener", now=NOW).state == "cancelled"
        with pytest.raises(Conflict):
            commands.cancel(connection, kept.id, person="gardener", now=NOW)
        assert commands.due(connection) == []


def test_orders_past_their_time_end_as_what_they_were(database: Database) -> None:
    with database.connection() as connection:
        asset = valve(connection)
        unsent, sent = ask(connection, asset), ask(connection, asset, key="k2")
        commands.advance(connection, sent.id, CommandState.SENT, at=NOW, source="gateway")
        at = NOW + timedelta(minutes=10)
        assert commands.end_overdue(connection, now=at, grace_s=60) == [unsent.id]
        at += timedelta(seconds=60)
        assert commands.end_overdue(connection, now=at, grace_s=60) == [sent.id]
        ends = [commands.command(connection, order.id) for order in (unsent, sent)]
        assert [(end.state, end.reason) for end in ends] == [
            ("expired", "expired"),
            ("failed", "unconfirmed"),
        ]


def test_due_orders_tell_the_way_to_their_device(database: Database) -> None:
    with database.connection() as connection:
        order = ask(connection, valve(connection))
        [due] = commands.due(connection)
        assert due == commands.DueCommand(order, "chirpstack_v4", "app", "uc511")


def test_an_unknown_order_is_not_found(database: Database) -> None:
    with database.connection() as connection, pytest.raises(NotFound):
        commands.command(connection, uuid4())
