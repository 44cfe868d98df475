"""``/v1/incidents/…``: acts on incidents for programs, and the report at a change of shift.

An act sent twice with the same ``Idempotency-Key`` is done once; without one each request is an act
of its own.
"""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Header, Query
from pydantic import AwareDatetime, BaseModel, Field
from starlette.requests import Request

from control_center import care
from control_center.api.incidents import IncidentSummary, summary
from control_center.people import Operator
from control_center.wall.handover import Shift, shift
from twin.errors import Refused
from twin.store.incident_acts import ActReader
from twin.store.incidents import IncidentReader

router = APIRouter(prefix="/v1", tags=["incidents"])

Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=120)]
LONGEST_SPAN = timedelta(days=31)


class Assignment(BaseModel):
    """Who looks after an incident."""

    assignee: str = Field(min_length=1, max_length=80, description="A person, a crew, a firm")


class Shelving(BaseModel):
    """A card put aside for a while."""

    reason: str = Field(min_length=1, max_length=1000)
    hours: float = Field(ge=0.25, le=168, description="For how long")


class Note(BaseModel):
    """Something written down for whoever comes next."""

    words: str = Field(min_length=1, max_length=1000)


class ActLine(BaseModel):
    """One line of an incident's journal."""

    at: datetime
    person: str = Field(description="Or the name of the law that made it ring")
    kind: str = Field(description="acknowledge, assign, shelve, unshelve, note or ring")
    words: str
    assignee: str | None
    until: datetime | None


class ShiftReport(BaseModel):
    """What a shift hands over."""

    start: datetime
    end: datetime
    opened: list[str] = Field(description="Codes of incidents opened in the span")
    closed: list[str]
    still_open: list[str]
    shelved: list[str]
    notes: int
    rings: int = Field(description="Cards that rang: opened, or asking anew")
    worst_ten_minutes: int = Field(description="Most rings within ten minutes")
    held_back: int = Field(description="Things that would have rung by themselves")


@router.post("/incidents/{code}/acknowledgement", summary="Take an incident in charge")
def acknowledge(request: Request, person: Operator, code: str) -> IncidentSummary:
    """Record who takes it in charge; a 409 problem where somebody else has, or it is closed."""
    state = request.app.state
    care.acknowledge(state.database, state.clock, person.name, code)
    return _now(request, code)


@router.post("/incidents/{code}/assignment", summary="Say who looks after an incident")
def assign(
    request: Request, person: Operator, code: str, asked: Assignment, key: Key = None
) -> IncidentSummary:
    """Record who looks after it; a 409 problem where it is closed."""
    state = request.app.state
    care.assign(state.database, state.clock, person.name, code, asked.assignee, after=_key(key))
    return _now(request, code)


@router.post("/incidents/{code}/shelving", summary="Put a card aside for a while")
def shelve(
    request: Request, person: Operator, code: str, asked: Shelving, key: Key = None
) -> IncidentSummary:
    """Hide it from the list until then; nothing else changes, and the list says how many are so."""
    state, lasts = request.app.state, timedelta(hours=asked.hours)
    name, after = person.name, _key(key)
    care.shelve(state.database, state.clock, name, code, lasts, reason=asked.reason, after=after)
    return _now(request, code)


@router.delete("/incidents/{code}/shelving", summary="Put a card back into the list")
def unshelve(request: Request, person: Operator, code: str, key: Key = None) -> IncidentSummary:
    """End its time aside; nothing happens where it is in the list."""
    state = request.app.state
    care.unshelve(state.database, state.clock, person.name, code, after=_key(key))
    return _now(request, code)


@router.post("/incidents/{code}/notes", summary="Write a note about an incident", status_code=201)
def note(request: Request, person: Operator, code: str, asked: Note, key: Key = None) -> Note:
    """Write something down for whoever comes next."""
    state = request.app.state
    care.note(state.database, state.clock, person.name, code, asked.words, after=_key(key))
    return asked


@router.get("/incidents/{code}/acts", summary="What was done about an incident")
def acts(request: Request, _: Operator, code: str) -> list[ActLine]:
    """Return its journal, oldest first; a 404 problem where no incident has that code."""
    database = request.app.state.database
    IncidentReader(database).incident(code)
    return [
        ActLine(
            at=one.at,
            person=one.person,
            kind=one.kind,
            words=one.words,
            assignee=one.assignee,
            until=one.until,
        )
        for one in ActReader(database).of(code)
    ]


@router.get("/handover", summary="What a shift hands over")
def handover(
    request: Request,
    _: Operator,
    start: Annotated[AwareDatetime, Query(description="With its offset")],
    end: Annotated[AwareDatetime | None, Query(description="Now by default")] = None,
) -> ShiftReport:
    """Return what opened, closed, stays open and is put aside in a span of at most 31 days."""
    state = request.app.state
    until = min(end or state.clock.now(), state.clock.now())
    if not timedelta(0) < until - start <= LONGEST_SPAN:
        raise Refused("bad_span", "a span begins before it ends, and lasts 31 days at most")
    return _report(shift(state.database, start, until))


def _report(found: Shift) -> ShiftReport:
    return ShiftReport(
        start=found.start,
        end=found.end,
        opened=[one.code for one in found.opened],
        closed=[one.code for one in found.closed],
        still_open=[one.code for one in found.still_open],
        shelved=[one.code for one in found.shelved],
        notes=len(found.notes),
        rings=found.load.cards,
        worst_ten_minutes=found.load.worst,
        held_back=found.held_back,
    )


def _key(key: str | None) -> str:
    return key or uuid4().hex


def _now(request: Request, code: str) -> IncidentSummary:
    return summary(IncidentReader(request.app.state.database).incident(code))
