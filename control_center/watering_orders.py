"""What a gardener orders: water now for some minutes, stop, skip the night, take that back.

An order carries the moment at which it was asked for and the moment from which it must not act:
a telephone may have kept it while there was no network. Nothing here opens a valve; ``ingest``
sends what is recorded, and only the valve's own word confirms it.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from control_center.people import Person
from twin.errors import Conflict, NotFound, Refused
from twin.model.states import CommandState
from twin.store import commands
from twin.store.commands import CommandRecord
from twin.store.incident_writer import record_audit
from twin.store.irrigation import overrides, zones_of
from twin.store.irrigation_writer import add_override, undo_override

LASTS: Final = timedelta(hours=2)
"""An order that was not carried out after this long never is."""

AHEAD: Final = timedelta(minutes=2)
"""How far a telephone's clock may be ahead of ours."""

LONGEST_MIN: Final = 60
"""Longest watering by one order. [min]"""

LOOK_BACK: Final = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Wish:
    """An order as a person gives it.

    Attributes
    ----------
    zone_code : str
    key : str
        The same wish sent twice carries the same key.
    issued_at, now : datetime
        When the person asked; when we learn of it. [UTC]
    expires_at : datetime | None
        From when on it must not act; never later than ``LASTS`` after it was asked for.
    """

    zone_code: str
    key: str
    issued_at: datetime
    now: datetime
    expires_at: datetime | None = None

    @property
    def until(self) -> datetime:
        """From when on the order must not act. [UTC]

        Raises
        ------
        Refused
            The clock of the device that it comes from is ahead of ours.
        """
        if self.issued_at > self.now + AHEAD:
            raise Refused("clock_ahead", "this device's clock is ahead: set it to network time")
        last = self.issued_at + LASTS
        return min(self.expires_at or last, last)


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone, as far as orders are concerned."""

    id: int
    code: str
    name: str
    valve_id: int
    valve_code: str
    dev_eui: str


def water(
    connection: Connection[TupleRow], person: Person, wish: Wish, minutes: float
) -> CommandRecord:
    """Order a zone to be watered for some minutes.

    Raises
    ------
    NotFound
        No zone has that code.
    CommandExpired
        The order's time is over.
    Refused
        Minutes out of bounds, a clock that is ahead, no valve, water already running.
    """
    zone = orderable(connection, wish.zone_code)
    if not 1 <= minutes <= LONGEST_MIN:
        raise Refused("bad_minutes", f"minutes must be from 1 to {LONGEST_MIN}, not {minutes:g}")
    before = _recent(connection, zone, wish.now)
    running = _running(before, wish.now)
    parameters = {"duration_s": round(minutes * 60), "valve": 0}
    record = _request(connection, person, wish, zone, ("open_valve", parameters))
    if _is_new(record, before):
        if running is not None:  # the caller's transaction takes the order back
            raise Refused("already_running", f"zone {zone.code} is already being watered")
        _Journal(connection, person, wish.now).write("water", zone, minutes=minutes)
    return record


def stop(connection: Connection[TupleRow], person: Person, wish: Wish) -> CommandRecord:
    """Withdraw what waits for a zone, and order its valve to close.

    Raises
    ------
    NotFound, CommandExpired, Refused
        As for ``water``.
    """
    zone = orderable(connection, wish.zone_code)
    before = _recent(connection, zone, wish.now)
    for order in before:
        if order.verb == "open_valve" and order.state == CommandState.REQUESTED:
            _withdraw(connection, order, person, wish.now)
    record = _request(connection, person, wish, zone, ("close_valve", {"valve": 0}))
    if _is_new(record, before):
        _Journal(connection, person, wish.now).write("stop_watering", zone)
    return record


def _request(
    connection: Connection[TupleRow],
    person: Person,
    wish: Wish,
    zone: Zone,
    order: tuple[str, dict[str, Any]],
) -> CommandRecord:
    verb, parameters = order
    return commands.request(
        connection,
        person=person.name,
        idempotency_key=wish.key,
        asset_id=zone.valve_id,
        dev_eui=zone.dev_eui,
        verb=verb,
        parameters=parameters,
        issued_at=wish.issued_at,
        now=wish.now,
        expires_at=wish.until,
    )


def skip(
    connection: Connection[TupleRow],
    person: Person,
    wish: Wish,
    night: date,
    zone_time: ZoneInfo,
) -> int:
    """Leave a zone without its watering of one night; return the decision's number.

    Parameters
    ----------
    night : date
        Of its evening; the decision holds until noon of the next day.
    zone_time : ZoneInfo
        Time zone of the territory.
    """
    zone, now = known_zone(connection, wish.zone_code), wish.now
    standing = holding(connection, zone.id, now)
    if standing is not None:
        return int(standing["id"])
    ends_at = datetime.combine(night + timedelta(days=1), time(12), zone_time)
    number = add_override(
        connection, zone_id=zone.id, kind="skip", starts_at=now, ends_at=ends_at, person=person.name
    )
    _Journal(connection, person, now).write("skip_watering", zone, night=night.isoformat())
    return number


def resume(connection: Connection[TupleRow], person: Person, wish: Wish) -> None:
    """Take back the decision to skip; nothing happens where there is none."""
    zone = known_zone(connection, wish.zone_code)
    standing = holding(connection, zone.id, wish.now)
    if standing is None:
        return
    undo_override(connection, int(standing["id"]), wish.now)
    _Journal(connection, person, wish.now).write("resume_watering", zone)


def holding(connection: Connection[TupleRow], zone_id: int, now: datetime) -> dict[str, Any] | None:
    """Return the decision of a person that holds for this zone alone; None without one."""
    found = overrides(connection, now, now + timedelta(seconds=1)).filter(
        pl.col("zone_id") == zone_id
    )
    return found.row(0, named=True) if found.height else None


def _recent(connection: Connection[TupleRow], zone: Zone, now: datetime) -> list[CommandRecord]:
    """Return the last orders to a zone's valve, newest first."""
    return commands.commands_of(connection, [zone.valve_id], now - LOOK_BACK)


def _running(orders: list[CommandRecord], now: datetime) -> CommandRecord | None:
    """Return the order under which water runs, or may run any moment; None without one."""
    for order in orders:
        if order.verb == "close_valve" and order.state == CommandState.CONFIRMED:
            return None
        if order.verb != "open_valve":
            continue
        if not order.state.final and order.expires_at > now:
            return order
        if order.state == CommandState.CONFIRMED and ends_at(order) > now:
            return order
    return None


def ends_at(order: CommandRecord) -> datetime:
    """Return when the water of a confirmed order stops by itself. [UTC]"""
    return order.state_at + timedelta(seconds=float(order.parameters.get("duration_s", 0)))


def known_zone(connection: Connection[TupleRow], code: str) -> Zone:
    """Return a zone by code.

    Raises
    ------
    NotFound
        There is none.
    """
    found = zones_of(connection).filter(pl.col("code") == code)
    if found.is_empty():
        raise NotFound("zone", code)
    row = found.row(0, named=True)
    return Zone(
        id=row["zone_id"],
        code=row["code"],
        name=row["name"] or row["code"],
        valve_id=row["valve_id"] or 0,
        valve_code=row["valve_code"] or "",
        dev_eui=row["dev_eui"] or "",
    )


def zone_of_valve(connection: Connection[TupleRow], valve_id: int) -> str:
    """Return the code of the zone that a valve waters; empty where there is none."""
    found = zones_of(connection).filter(pl.col("valve_id") == valve_id)
    return "" if found.is_empty() else str(found["code"][0])


def orderable(connection: Connection[TupleRow], code: str) -> Zone:
    """Return a zone whose valve can be ordered.

    Raises
    ------
    NotFound
        No zone has that code.
    Refused
        Its valve is not known, or nothing drives it.
    """
    zone = known_zone(connection, code)
    if not zone.valve_id or not zone.dev_eui:
        raise Refused("no_valve", f"zone {code} has no valve that can be ordered from here")
    return zone


def _is_new(record: CommandRecord, before: list[CommandRecord]) -> bool:
    """Whether an order was recorded just now, not at an earlier try under the same key."""
    return record.id not in {order.id for order in before}


def _withdraw(
    connection: Connection[TupleRow], order: CommandRecord, person: Person, now: datetime
) -> None:
    try:
        commands.cancel(connection, order.id, person=person.name, now=now)
    except Conflict:  # it left meanwhile: closing the valve is what remains
        return


@dataclass(frozen=True, slots=True)
class _Journal:
    """Writes what one person does, at one moment."""

    connection: Connection[TupleRow]
    person: Person
    now: datetime

    def write(self, act: str, zone: Zone, **detail: Any) -> None:
        """Add a line."""
        record_audit(
            self.connection,
            at=self.now,
            person=self.person.name,
            role=self.person.role.value,
            act=act,
            subject=f"hydrozone:{zone.code}",
            detail=detail,
        )
