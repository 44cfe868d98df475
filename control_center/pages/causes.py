"""``/pilotage/causes``: cuts, burnt cabinets, works; the forms that record, move and end them."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from control_center import declaring
from control_center.pages.care import done
from control_center.pages.territories import territory_of
from control_center.people import Operator
from control_center.rendering import pages_of, words_of
from control_center.texts import address, moments_of
from control_center.wall.declared import declared_causes
from twin.errors import Refused
from twin.model.states import CauseKind

router = APIRouter(prefix="/pilotage/causes", tags=["pages"], include_in_schema=False)

PAGE = "causes"
"""What a form says that stands on the page of all causes."""

Moment = Annotated[str, Form(max_length=40)]
Words = Annotated[str, Form(max_length=200)]


@router.get("")
def declared(request: Request, _: Operator) -> HTMLResponse:
    """Show what people declared: what holds or is to come, and what ended in the last month."""
    state, words = request.app.state, words_of(request)
    moments = moments_of(words.language, territory_of(request), state.clock.now())
    causes = declared_causes(state.database, words, moments)
    return pages_of(request).render(
        request,
        "operator/causes.html",
        headers={"Cache-Control": "no-store"},
        standing=[each for each in causes if each.state != "over"],
        over=[each for each in causes if each.state == "over"],
    )


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
        starts_at=form_instant(starts, zone, "starts"),
        until=form_instant(until, zone, "until"),
        title=title,
        reference=reference,
    )
    declaring.declare(state.database, state.clock, person.name, said, key=key)
    return _back(request, thing)


@router.post("/{code}/fin")
def end(
    request: Request, person: Operator, code: str, thing: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Record that a cause is over."""
    state = request.app.state
    declaring.end(state.database, state.clock, person.name, code)
    return _back(request, thing)


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
    told = form_instant(until, _zone(request), "until")
    if told is None:
        raise Refused("no_end", "the new end is needed", "until")
    declaring.move_end(state.database, state.clock, person.name, code, told)
    return _back(request, thing)


@router.post("/{code}/retrait")
def withdraw(
    request: Request, person: Operator, code: str, thing: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Record that a cause had been recorded by mistake."""
    state = request.app.state
    declaring.withdraw(state.database, state.clock, person.name, code)
    return _back(request, thing)


def _back(request: Request, thing: str) -> Response:
    """Return to where the form stood: a thing on the wall, or the page of all causes."""
    if thing != PAGE or request.headers.get("x-part"):
        return done(request, objet=thing)
    there = address(words_of(request).language, "/pilotage/causes")
    return RedirectResponse(there, status_code=303)


def _zone(request: Request) -> ZoneInfo:
    return ZoneInfo(territory_of(request).timezone)


def form_instant(text: str, zone: ZoneInfo, field: str) -> datetime | None:
    """Read an instant of a form, in the territory's local time; nothing where it is empty."""
    if not text.strip():
        return None
    try:
        told = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refused("bad_instant", f"{text!r} is no date and time", field) from None
    return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)
