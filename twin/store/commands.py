"""Orders to devices in the store: asked once, followed step by step, never after their time.

Each function works inside the caller's transaction and takes the instant from the caller.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from twin.errors import CommandExpired, Conflict, NotFound, Refused
from twin.model.states import CommandState
from twin.store.sql import statement

VERBS: Final = ("open_valve", "close_valve", "dim", "switch_on", "switch_off", "set_schedule")
LONGEST_OPENING_S: Final = 6 * 3600
"""A valve is opened for at most this long in one order. [s]"""

_UNDER_WAY: Final = (CommandState.QUEUED, CommandState.SENT, CommandState.ACKNOWLEDGED)
_FROM: Final[dict[CommandState, tuple[CommandState, ...]]] = {
    CommandState.REQUESTED: (CommandState.QUEUED,),  # the broker did not take it: again later
    CommandState.QUEUED: (CommandState.REQUESTED,),
    CommandState.SENT: (CommandState.REQUESTED, CommandState.QUEUED),
    CommandState.ACKNOWLEDGED: (CommandState.REQUESTED, CommandState.QUEUED, CommandState.SENT),
    CommandState.CONFIRMED: (CommandState.REQUESTED, *_UNDER_WAY),
    CommandState.REFUSED: (CommandState.REQUESTED, *_UNDER_WAY),
    CommandState.FAILED: (CommandState.REQUESTED, *_UNDER_WAY),
    CommandState.EXPIRED: (CommandState.REQUESTED, *_UNDER_WAY),
    CommandState.CANCELLED: (CommandState.REQUESTED,),
}


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """One order as it stands.

    Attributes
    ----------
    id : UUID
        Also the identifier of the downlink, returned by the network in its events.
    parameters : dict
        ``open_valve``: ``duration_s`` and ``valve`` (0 or 1); ``close_valve``: ``valve``;
        ``dim``: ``level`` in %; ``set_schedule``: ``days`` (1 Monday … 7), ``start`` and ``end``
        (``HH:MM``), and what the device needs beside: ``number``, ``valve``, ``level``…
    issued_at, requested_at, expires_at : datetime
        When the person asked, when we learnt of it, from when on it must not act. [UTC]
    state, state_at, reason : CommandState, datetime, str
        Where it stands, since when, and a stable code of why when it ended badly.
    """

    id: UUID
    person: str
    asset_id: int
    dev_eui: str
    verb: str
    parameters: dict[str, Any]
    issued_at: datetime
    requested_at: datetime
    expires_at: datetime
    state: CommandState
    state_at: datetime
    reason: str


_COLUMNS: Final = tuple(column.name for column in fields(CommandRecord))


@dataclass(frozen=True, slots=True)
class DueCommand:
    """An order to send, and the way to its device; texts are empty where not known."""

    record: CommandRecord
    network: str
    application: str
    profile: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a device said of itself after an order was given."""

    id: UUID
    verb: str
    parameters: dict[str, Any]
    property: str
    channel: int
    value: float
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class CommandStep:
    """One line of an order's history; ``source`` says who reported it."""

    at: datetime
    state: CommandState
    source: str
    detail: str


def request(
    connection: Connection[TupleRow],
    *,
    person: str,
    idempotency_key: str,
    asset_id: int,
    dev_eui: str,
    verb: str,
    parameters: dict[str, Any],
    issued_at: datetime,
    now: datetime,
    expires_at: datetime,
) -> CommandRecord:
    """Record an order; the same person and key again return the one that exists.

    Raises
    ------
    CommandExpired
        Its time is already over.
    Refused
        The verb is unknown or its parameters are out of bounds.
    Conflict
        The key was used for another order.
    """
    _check(verb, parameters)
    asked = {
        "id": uuid4(),
        "person": person,
        "idempotency_key": idempotency_key,
        "asset_id": asset_id,
        "dev_eui": dev_eui,
        "verb": verb,
        "parameters": Jsonb(parameters),
        "issued_at": issued_at,
        "now": now,
        "expires_at": expires_at,
    }
    existing = connection.execute(statement("commands/by_key"), asked).fetchone()
    if existing is None:
        if expires_at <= now:
            raise CommandExpired(idempotency_key)
        made = connection.execute(statement("commands/request"), asked).fetchone()
        existing = connection.execute(statement("commands/by_key"), asked).fetchone()
        if made is not None:
            step = CommandStep(now, CommandState.REQUESTED, "person", person)
            _add_step(connection, made[0], step)
    assert existing is not None  # noqa: S101 - inserted above, or there before
    record = _record(existing)
    if (record.asset_id, record.verb, record.parameters) != (asset_id, verb, parameters):
        raise Conflict("this order's key was already used for another order")
    return record


def _check(verb: str, parameters: dict[str, Any]) -> None:
    if verb not in VERBS:
        raise Refused("unknown_verb", f"no order is called {verb!r}; known are {', '.join(VERBS)}")
    if verb == "open_valve":
        _within(parameters, "duration_s", 1, LONGEST_OPENING_S)
    if verb == "dim":
        _within(parameters, "level", 0, 100)
    if verb == "set_schedule":
        _check_schedule(parameters)
    if verb in {"open_valve", "close_valve"} and parameters.get("valve", 0) not in {0, 1}:
        raise Refused("bad_parameter", f"valve is 0 or 1, not {parameters['valve']!r}")


def _check_schedule(parameters: dict[str, Any]) -> None:
    days = parameters.get("days")
    if not isinstance(days, list) or not days or not set(days) <= set(range(1, 8)):
        raise Refused("bad_parameter", f"days are 1 (Monday) to 7, not {days!r}")
    times = []
    for name in ("start", "end"):
        text = parameters.get(name)
        try:
            times.append(datetime.strptime(str(text), "%H:%M"))  # noqa: DTZ007 - of the device's clock
        except ValueError:
            raise Refused("bad_parameter", f"{name} is a time HH:MM, not {text!r}") from None
    lasts_s = (times[1] - times[0]).total_seconds()
    if "valve" in parameters and not 0 < lasts_s <= LONGEST_OPENING_S:
        longest = f"{LONGEST_OPENING_S // 3600} hours"
        raise Refused("bad_parameter", f"a valve closes {longest} after it opened at the latest")


def _within(parameters: dict[str, Any], name: str, low: float, high: float) -> None:
    value = parameters.get(name)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (number and low <= value <= high):  # type: ignore[operator] # number checked before
        raise Refused("bad_parameter", f"{name} must be from {low} to {high}, not {value!r}")


def command(connection: Connection[TupleRow], command_id: UUID) -> CommandRecord:
    """Return one order.

    Raises
    ------
    NotFound
        There is none of that id.
    """
    row = connection.execute(statement("commands/by_id"), {"id": command_id}).fetchone()
    if row is None:
        raise NotFound("command", str(command_id))
    return _record(row)


def commands_of(
    connection: Connection[TupleRow], asset_ids: Sequence[int], since: datetime
) -> list[CommandRecord]:
    """Return the orders to these assets requested since an instant, newest first."""
    asked = {"asset_ids": list(asset_ids), "since": since}
    return [_record(row) for row in connection.execute(statement("commands/of_assets"), asked)]


def steps(connection: Connection[TupleRow], command_id: UUID) -> list[CommandStep]:
    """Return the history of one order, oldest first."""
    rows = connection.execute(statement("commands/steps"), {"id": command_id})
    return [CommandStep(at, CommandState(state), *rest) for at, state, *rest in rows]


def cancel(
    connection: Connection[TupleRow], command_id: UUID, *, person: str, now: datetime
) -> CommandRecord:
    """Withdraw an order that has not left yet.

    Raises
    ------
    Conflict
        It has left, or has already ended.
    """
    if not advance(
        connection, command_id, CommandState.CANCELLED, at=now, source="person", detail=person
    ):
        state = command(connection, command_id).state
        raise Conflict(f"this order cannot be withdrawn any more: it is {state}")
    return command(connection, command_id)


def advance(
    connection: Connection[TupleRow],
    command_id: UUID,
    state: CommandState,
    *,
    at: datetime,
    source: str,
    detail: str = "",
    reason: str = "",
) -> bool:
    """Move an order on, if that step can follow from where it stands.

    Parameters
    ----------
    source : str
        Who says so: ``person``, ``network``, ``gateway``, ``telemetry``, ``clock``, ``ingest``.
    reason : str
        Stable code when it ended badly: ``unconfirmed``, ``no_route``, ``not_acknowledged``…

    Returns
    -------
    bool
        False when it is past that state, or has ended: nothing was changed.
    """
    asked = {
        "id": command_id,
        "state": str(state),
        "at": at,
        "reason": reason,
        "allowed": [str(earlier) for earlier in _FROM[state]],
    }
    if connection.execute(statement("commands/advance"), asked).fetchone() is None:
        return False
    _add_step(connection, command_id, CommandStep(at, state, source, detail or reason))
    return True


def due(connection: Connection[TupleRow]) -> list[DueCommand]:
    """Return the orders that wait to be sent, oldest first."""
    rows = connection.execute(statement("commands/due")).fetchall()
    return [DueCommand(_record(row[:-3]), *row[-3:]) for row in rows]


def queued(connection: Connection[TupleRow], network: str) -> list[DueCommand]:
    """Return the orders that wait at a network to be sent, oldest first."""
    rows = connection.execute(statement("commands/queued"), {"network": network}).fetchall()
    return [DueCommand(_record(row[:-3]), *row[-3:]) for row in rows]


def replies(connection: Connection[TupleRow]) -> list[tuple[DueCommand, list[bytes]]]:
    """Return the schedules under way, each with the device's payloads since, newest first."""
    rows = connection.execute(statement("commands/replies")).fetchall()
    return [
        (DueCommand(_record(row[:-4]), *row[-4:-1]), [bytes(payload) for payload in row[-1]])
        for row in rows
    ]


def end_overdue(connection: Connection[TupleRow], *, now: datetime, grace_s: float) -> list[UUID]:
    """End the orders whose time is over: never sent → expired, never confirmed → failed.

    Parameters
    ----------
    grace_s : float
        How long after its expiry a sent order may still be confirmed. [s]
    """
    ended = []
    asked = {"now": now, "grace_s": grace_s}
    for command_id, state in connection.execute(statement("commands/overdue"), asked).fetchall():
        unsent = state == CommandState.REQUESTED
        end = CommandState.EXPIRED if unsent else CommandState.FAILED
        reason = "expired" if unsent else "unconfirmed"
        if advance(connection, command_id, end, at=now, source="clock", reason=reason):
            ended.append(command_id)
    return ended


def evidence(connection: Connection[TupleRow]) -> list[Evidence]:
    """Return what devices with an order under way said after it was given."""
    rows = connection.execute(statement("commands/evidence")).fetchall()
    return [Evidence(*row) for row in rows]


def _add_step(connection: Connection[TupleRow], command_id: UUID, step: CommandStep) -> None:
    asked = {
        "id": command_id,
        "at": step.at,
        "state": str(step.state),
        "source": step.source,
        "detail": step.detail,
    }
    connection.execute(statement("commands/add_step"), asked)
    connection.execute("SELECT pg_notify('reverbere_command', %s)", (str(command_id),))


def _record(row: TupleRow) -> CommandRecord:
    facts: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    return CommandRecord(**facts | {"state": CommandState(facts["state"])})
