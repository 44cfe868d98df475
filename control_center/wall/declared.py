"""What people recorded of one thing, or of one incident, in words and with the acts that end it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import uuid4

import shapely

from control_center.catalogue import Texts
from control_center.moments import Moments
from twin.model.states import CauseKind
from twin.store.database import Database
from twin.store.declared import CauseReader, MovedEnd, RecordedCause
from twin.store.operator import Thing

LISTED_FOR: Final = timedelta(days=30)
"""How long what is over stays on the page of all causes."""

MOST_NAMED: Final = 12


@dataclass(frozen=True, slots=True)
class DeclaredLine:
    """One recorded cause.

    Attributes
    ----------
    end : str
        What the button says that ends it.
    until : str or None
        Its announced end, as a form field takes it; None where none was announced.
    movable : bool
        Whether an announced end may be moved: what is burnt has none.
    """

    code: str
    words: str
    end: str
    until: str | None
    movable: bool


class DeclaredLines:
    """Tells recorded causes in one language, as they were known at one moment."""

    def __init__(self, database: Database, texts: Texts, moments: Moments) -> None:
        self._reader = CauseReader(database)
        self._texts, self._moments = texts, moments

    def of_thing(self, thing: Thing) -> list[DeclaredLine]:
        """Return what is recorded of a thing and holds, or is to come: by name, or by area."""
        standing = self._reader.known_at(self._moments.now)
        return self._lines(one for one in standing if _about(one, thing))

    def of_incident(self, root_key: str) -> list[DeclaredLine]:
        """Return the recorded cause of an incident, as long as nobody has ended it."""
        code = root_key.partition(":")[2]
        standing = self._reader.known_at(self._moments.now)
        return self._lines(one for one in standing if one.code == code)

    def fresh_key(self) -> str:
        """Return a key under which a form may be sent more than once and is one act."""
        return uuid4().hex

    def _lines(self, causes: Iterable[RecordedCause]) -> list[DeclaredLine]:
        return [self.line(one) for one in causes]

    def line(self, one: RecordedCause) -> DeclaredLine:
        """Tell one recorded cause."""
        until = None if one.until is None else one.until.astimezone(self._moments.zone)
        return DeclaredLine(
            code=one.code,
            words=words_of_cause(one, self._moments),
            end=self._texts.plain(f"declared.end.{one.kind}"),
            until=None if until is None else f"{until:%Y-%m-%dT%H:%M}",
            movable=one.kind is not CauseKind.BURNT_CABINET,
        )


@dataclass(frozen=True, slots=True)
class DeclaredCause:
    """One recorded cause on the page of all.

    Attributes
    ----------
    what : str
        What it touches.
    terms : list of str
        Each time its announced end was moved.
    ended : str or None
        When it ended; None before.
    """

    code: str
    state: str
    line: DeclaredLine
    what: str
    terms: list[str]
    ended: str | None


def declared_causes(database: Database, texts: Texts, moments: Moments) -> list[DeclaredCause]:
    """Return what holds, is to come or ended in the last month, the newest first."""
    reader, lines = CauseReader(database), DeclaredLines(database, texts, moments)
    return [
        DeclaredCause(
            code=one.code,
            state=one.state(moments.now),
            line=lines.line(one),
            what=_touched(one, texts),
            terms=[] if one.moved_at is None else _terms(reader.terms(one.code), moments),
            ended=_ended(one, moments),
        )
        for one in reader.known_at(moments.now, LISTED_FOR)
    ]


def _ended(one: RecordedCause, moments: Moments) -> str | None:
    over = one.ended_at or one.until
    return None if over is None or over > moments.now else moments.at(over)


def _touched(one: RecordedCause, texts: Texts) -> str:
    """Say what a cause touches: a drawn zone, or things by name."""
    if one.area is not None and not one.things:
        return texts.plain("causes.zone")
    codes = [thing.partition(":")[2] for thing in one.things]
    shown = ", ".join(codes[:MOST_NAMED]) + (", …" if len(codes) > MOST_NAMED else "")
    return texts.plain("causes.things", codes=shown)


def _terms(moved: Iterable[MovedEnd], moments: Moments) -> list[str]:
    return [
        moments.texts.plain(
            "declared.moved.line",
            person=one.person,
            at=moments.at(one.at),
            before=None if one.before is None else moments.until(one.before),
        )
        for one in moved
    ]


def words_of_cause(one: RecordedCause, moments: Moments) -> str:
    """Tell a recorded cause in one line: what, since when or from when on, until when."""
    texts = moments.texts
    since = moments.since(one.starts_at)
    if one.starts_at > moments.now:
        day = moments.day(one.starts_at.astimezone(moments.zone).date())
        since = texts.plain("declared.from", day=day, hour=moments.hour(one.starts_at))
    return texts.plain(
        f"declared.line.{one.kind}",
        reference=one.reference or None,
        title=one.title or None,
        since=since,
        **dict.fromkeys(("until", "extended", "shortened"))
        | {one.moved or "until": None if one.until is None else moments.until(one.until)},
    )


def _about(one: RecordedCause, thing: Thing) -> bool:
    if f"{thing.kind}:{thing.code}" in one.things:
        return True
    if one.area is None or thing.kind not in {"cabinet", "substation"}:
        return False
    if thing.longitude is None or thing.latitude is None:
        return False
    here = shapely.Point(thing.longitude, thing.latitude)
    return bool(shapely.intersects(shapely.from_wkb(one.area), here))
