"""What a person records that puts lights out: a distributor's cut, a burnt cabinet, works.

Each act is one transaction with its line in the journal, done once however often it is sent; then
the territory is assessed, and whoever listens on the broker is told. What cannot be so is refused,
naming the field.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import shapely
from psycopg import Connection
from psycopg.rows import TupleRow
from shapely.geometry.base import BaseGeometry

from control_center.acts import write_down
from control_center.assessment import assess
from control_center.cause_events import tell_cause
from twin.clock import Clock
from twin.errors import Conflict, NotFound, Refused
from twin.model.states import CauseKind
from twin.store.database import Database
from twin.store.declared import (
    DEVICE_KINDS,
    CauseReader,
    NewCause,
    RecordedCause,
    delivered_in,
    end_cause,
    record_cause,
    things,
    withdraw_cause,
)
from twin.store.declared import move_end as store_end

SOON = timedelta(minutes=5)
"""Clocks differ: what was seen this far ahead was seen now."""

REACH = timedelta(days=366)
"""How far back or ahead a cause may begin, and how long it may be announced to last."""

MOST_NAMED, MOST_VERTICES, LONGEST = 500, 2_000, 200

_SOURCES = {
    CauseKind.DISTRIBUTOR_CUT: "distributor",
    CauseKind.BURNT_CABINET: "person",
    CauseKind.WORKS_ORDER: "planning",
}


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a person says.

    Attributes
    ----------
    devices : sequence of str
        Codes of substations, cabinets, feeders.
    streets, lights : sequence of str
        Short names of streets, codes of lights; of works alone.
    area : shapely geometry or None
        Of a cut alone: polygons, EPSG:4326.
    starts_at : datetime or None
        When it begins, or was seen; None now. [UTC]
    until : datetime or None
        Announced end. [UTC]
    title, reference, source : str
        In a few words; as whoever decides it calls it; who says so.
    """

    kind: CauseKind
    devices: Sequence[str] = ()
    streets: Sequence[str] = ()
    lights: Sequence[str] = ()
    area: BaseGeometry | None = None
    starts_at: datetime | None = None
    until: datetime | None = None
    title: str = ""
    reference: str = ""
    source: str = ""

    def asked(self) -> dict[str, Any]:
        """Return what was asked, to be told from another request under the same key."""
        return {
            "kind": self.kind.value,
            "devices": sorted(self.devices),
            "streets": sorted(self.streets),
            "lights": sorted(self.lights),
            "area": None if self.area is None else self.area.wkt,
            "starts_at": self.starts_at,
            "until": self.until,
            "title": self.title,
            "reference": self.reference,
            "source": self.source,
        }


def declare(
    database: Database, clock: Clock, person: str, said: Declaration, *, key: str | None = None
) -> RecordedCause:
    """Record a cause, and assess what it does.

    Parameters
    ----------
    key : str, optional
        Sent again under the same key by the same person, it is done once; without one each
        request is a cause of its own.

    Raises
    ------
    Refused
        What was said cannot be so; ``field`` names what of it.
    Conflict
        The key was used for another request.
    NoTerritory
        Nothing has been imported or generated yet.
    """
    now = clock.now()
    _require_its_own(said)
    said = _tidied(said)
    starts_at = _window(said, now)
    with database.connection() as connection:
        assets = _named(connection, said)
        new = NewCause(
            kind=said.kind,
            title=said.title,
            reference=said.reference,
            source=said.source or _SOURCES[said.kind],
            assets=assets,
            area=_area(connection, said),
            starts_at=starts_at,
            until=said.until,
            recorded_at=now,
            recorded_by=person,
            request_key=key or uuid4().hex,
            asked=said.asked(),
        )
        code, fresh = record_cause(connection, new)
        if fresh:
            facts = {**said.asked(), "starts_at": starts_at, "until": said.until}
            _note(connection, person, "cause", code, at=now, facts=facts)
    return _after(database, clock, code) if fresh else cause(database, code)


def end(
    database: Database, clock: Clock, person: str, code: str, at: datetime | None = None
) -> RecordedCause:
    """Record that a cause ended: power is back, it was replaced, works are over.

    Parameters
    ----------
    at : datetime, optional
        When; now by default. [UTC]

    Raises
    ------
    NotFound
        No cause has that code.
    Conflict
        It has ended, or was withdrawn.
    Refused
        In the future, or before it began (``at``).
    """
    now = clock.now()
    ended_at = at or now
    before = cause(database, code)
    if ended_at > now + SOON:
        raise Refused("from_the_future", "a cause cannot have ended in the future", "at")
    if ended_at < before.starts_at:
        raise Refused("reversed_window", f"{code} began at {before.starts_at.isoformat()}", "at")
    with database.connection() as connection:
        if not end_cause(connection, code, min(ended_at, now)):
            raise Conflict(f"{code} has ended already, or was withdrawn")
        _note(connection, person, "cause_end", code, at=now, facts={"ended_at": ended_at})
    return _after(database, clock, code)


def move_end(
    database: Database, clock: Clock, person: str, code: str, until: datetime
) -> RecordedCause:
    """Record that a cut or works are now announced to end at another time, later or sooner.

    The end announced before is kept. The same end sent again changes nothing.

    Parameters
    ----------
    until : datetime
        The new announced end. [UTC]

    Raises
    ------
    NotFound
        No cause has that code.
    Conflict
        It has ended, or was withdrawn.
    Refused
        It has no announced end by its kind, or not that one (``until``).
    """
    now = clock.now()
    before = cause(database, code)
    _require_end(before, until, now)
    if before.ended_at is not None or before.withdrawn_at is not None:
        raise Conflict(f"{code} has ended already, or was withdrawn")
    with database.connection() as connection:
        if not store_end(connection, code, until, at=now, person=person):
            return cause(database, code)
        facts = {"until_before": before.until, "until": until}
        _note(connection, person, "cause_term", code, at=now, facts=facts)
    return _after(database, clock, code)


def withdraw(database: Database, clock: Clock, person: str, code: str) -> RecordedCause:
    """Record that a cause had been recorded by mistake: it never held.

    Raises
    ------
    NotFound
        No cause has that code.
    Conflict
        It was withdrawn already.
    """
    now = clock.now()
    cause(database, code)
    with database.connection() as connection:
        if not withdraw_cause(connection, code, now):
            raise Conflict(f"{code} was withdrawn already")
        _note(connection, person, "cause_withdrawal", code, at=now, facts={})
    return _after(database, clock, code)


def cause(database: Database, code: str) -> RecordedCause:
    """Return a recorded cause.

    Raises
    ------
    NotFound
        No cause has that code.
    """
    found = CauseReader(database).one(code)
    if found is None:
        raise NotFound("cause", code)
    return found


def _note(
    connection: Connection[TupleRow],
    person: str,
    act: str,
    code: str,
    *,
    at: datetime,
    facts: dict[str, Any],
) -> None:
    """Write an act on a cause down in the journal."""
    subject = f"cause:{code}"
    write_down(connection, at=at, person=person, act=act, subject=subject, facts=_written(facts))


def _after(database: Database, clock: Clock, code: str) -> RecordedCause:
    found = cause(database, code)
    assess(database, clock)
    tell_cause(database, found)
    return found


def _require_its_own(said: Declaration) -> None:
    """Refuse what does not go with a kind of cause."""
    for field in ("title", "reference", "source"):
        if len(getattr(said, field)) > LONGEST:
            raise Refused("too_long", f"at most {LONGEST} characters", field)
    if said.area is not None and said.kind is not CauseKind.DISTRIBUTOR_CUT:
        raise Refused("not_its_own", "only a distributor's cut has an area", "area")
    for field in ("streets", "lights"):
        if getattr(said, field) and said.kind is not CauseKind.WORKS_ORDER:
            raise Refused("not_its_own", f"only works name {field}", field)
    if said.kind is CauseKind.BURNT_CABINET and len(set(said.devices)) != 1:
        raise Refused("one_device", "exactly one cabinet is burnt at a time", "devices")
    if not (said.devices or said.streets or said.lights or said.area is not None):
        raise Refused("nothing_named", "name at least one device, street or area", "devices")
    if said.kind is CauseKind.WORKS_ORDER and not said.title.strip():
        raise Refused("words_needed", "say in a few words what is done", "title")


def _tidied(said: Declaration) -> Declaration:
    """Return what was said without repeats and stray spaces."""
    return replace(
        said,
        devices=tuple(dict.fromkeys(said.devices)),
        streets=tuple(dict.fromkeys(said.streets)),
        lights=tuple(dict.fromkeys(said.lights)),
        title=" ".join(said.title.split()),
        reference=" ".join(said.reference.split()),
        source=" ".join(said.source.split()),
    )


def _window(said: Declaration, now: datetime) -> datetime:
    """Return when a cause begins; refuse a window that cannot be."""
    starts_at = said.starts_at or now
    if abs(starts_at - now) > REACH:
        raise Refused("not_then", f"{starts_at.isoformat()} is more than a year away", "starts_at")
    if said.kind is CauseKind.BURNT_CABINET:
        if starts_at > now + SOON:
            raise Refused("from_the_future", "nothing is seen burnt before it is", "starts_at")
        if said.until is not None:
            raise Refused("no_end", "what is burnt lasts until it was replaced", "until")
    if said.kind is CauseKind.WORKS_ORDER and said.until is None:
        raise Refused("no_end", "works need the end they are planned for", "until")
    if said.until is not None and said.until <= starts_at:
        raise Refused("reversed_window", "it must end after it begins", "until")
    if said.until is not None and said.until - starts_at > REACH:
        raise Refused("not_then", "it lasts more than a year", "until")
    return min(starts_at, now) if starts_at <= now + SOON else starts_at


def _require_end(before: RecordedCause, until: datetime, now: datetime) -> None:
    """Refuse an announced end that cannot be."""
    if before.kind is CauseKind.BURNT_CABINET:
        raise Refused("no_end", "what is burnt lasts until it was replaced", "until")
    if until <= before.starts_at:
        raise Refused("reversed_window", "it must end after it begins", "until")
    if until <= now:
        raise Refused("past_end", "that hour has passed: record the end itself", "until")
    if until - before.starts_at > REACH:
        raise Refused("not_then", "it lasts more than a year", "until")


def _named(connection: Connection[TupleRow], said: Declaration) -> list[int]:
    """Return the ids of what is named."""
    found: list[int] = []
    for field, kinds in (
        ("devices", DEVICE_KINDS),
        ("streets", ("street",)),
        ("lights", ("streetlight",)),
    ):
        codes = getattr(said, field)
        if len(codes) > MOST_NAMED:
            raise Refused("too_many", f"at most {MOST_NAMED} are named at once", field)
        known = things(connection, kinds, codes) if codes else {}
        for number, code in enumerate(codes):
            if code not in known:
                what = field.removesuffix("s")
                raise Refused("unknown_thing", f"no {what} named {code!r}", f"{field}.{number}")
            found.append(known[code][1])
    return found


def _area(connection: Connection[TupleRow], said: Declaration) -> bytes | None:
    """Return the area of a cut; refuse one that is no area, or holds nothing of the city."""
    area = said.area
    if area is None:
        return None
    if area.geom_type not in {"Polygon", "MultiPolygon"} or area.is_empty:
        raise Refused("not_an_area", "a GeoJSON Polygon or MultiPolygon is expected", "area")
    if shapely.get_num_coordinates(area) > MOST_VERTICES:
        raise Refused("too_many", f"at most {MOST_VERTICES} vertices", "area")
    if not area.is_valid:
        why = shapely.is_valid_reason(area)
        raise Refused("not_an_area", f"its outline is not one: {why}", "area")
    if not delivered_in(connection, area):
        raise Refused("outside", "no cabinet and no substation of ours stands in it", "area")
    wkb: bytes = shapely.to_wkb(area)
    return wkb


def _written(facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts as the journal keeps them, without what was not said."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in facts.items()
        if value not in (None, "", [])
    }
