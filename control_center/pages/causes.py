"""Forms of the wall by which people record a cut, a burnt cabinet, works, and end them."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from control_center import declaring
from control_center.pages.care import done
from control_center.people import Operator
from twin.errors import NoTerritory, Refused
from twin.model.states import CauseKind

router = APIRouter(prefix="/pilotage/causes", tags=["pages"], include_in_schema=False)

Moment = Annotated[str, Form(max_length=40)]
Words = Annotated[str, Form(max_length=200)]


@router.post("")
def record(
    request: Request,
    person: Operator,
    *,
    kind: Annotated[CauseKind, Form()],
    devices: Annotated[str, Form(max_length=4000)],
    key: Annotated[str, Form(min_length=8, max_length=120)],
    thing: Annotated[str, Form(max_length=200)] = "",
    starts: Moment = "",
    until: Moment = "",
    title: Words = "",
    reference: Words = "",
) -> Response:
    """Record a cause; the same form sent twice is one cause."""
    state, zone = request.app.state, _zone(request)
    said = declaring.Declaration(
        kind=kind,
        devices=[code for code in (each.strip() for each in devices.split(",")) if code],
        starts_at=_instant(starts, zone, "starts"),
        until=_instant(until, zone, "until"),
        title=title,
        reference=reference,
    )
    declaring.declare(state.database, state.clock, person.name, said, key=key)
    return done(request, objet=thing)


@router.post("/{code}/fin")
def end(
    request: Request, person: Operator, code: str, thing: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Record that a cause is over."""
    state = request.app.state
    declaring.end(state.database, state.clock, person.name, code)
    return done(request, objet=thing)


@router.post("/{code}/terme")
def move_end(
    request: Request,
    person: Operator,
    code: str,
    until: Moment,
    thing: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Record that a cause is announced to end at another time."""
    state = request.app.state
    told = _instant(until, _zone(request), "until")
    if told is None:
        raise Refused("no_end", "the new end is needed", "until")
    declaring.move_end(state.database, state.clock, person.name, code, told)
    return done(request, objet=thing)


@router.post("/{code}/retrait")
def withdraw(
    request: Request, person: Operator, code: str, thing: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Record that a cause had been recorded by mistake."""
    state = request.app.state
    declaring.withdraw(state.database, state.clock, person.name, code)
    return done(request, objet=thing)


def _zone(request: Request) -> ZoneInfo:
    territory = request.app.state.territory()
    if territory is None:
        raise NoTerritory
    return ZoneInfo(territory.timezone)


def _instant(text: str, zone: ZoneInfo, field: str) -> datetime | None:
    """Read an instant of a form, in the territory's local time; nothing where it is empty."""
    if not text.strip():
        return None
    try:
        told = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refused("bad_instant", f"{text!r} is no date and time", field) from None
    return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)
