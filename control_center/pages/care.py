"""Forms of the wall that act on incidents: plain posts, answered by the page they came from."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from control_center import care
from control_center.people import Operator
from control_center.rendering import words_of
from control_center.texts import address

router = APIRouter(prefix="/pilotage", tags=["pages"], include_in_schema=False)

After = Annotated[str, Form(max_length=80)]
Words = Annotated[str, Form(max_length=1000)]


def done(request: Request, **chosen: str) -> Response:
    """Answer an act: nothing for the page's own script, the page itself for a plain form."""
    if request.headers.get("x-part"):
        return Response(status_code=204)
    language = words_of(request).language
    return RedirectResponse(address(language, "/pilotage", **chosen), status_code=303)


@router.post("/incidents/{code}/prise-en-charge")
def acknowledge(request: Request, person: Operator, code: str) -> Response:
    """Take an incident in charge."""
    state = request.app.state
    care.acknowledge(state.database, state.clock, person.name, code)
    return done(request, incident=code)


@router.post("/incidents/{code}/attribution")
def assign(
    request: Request,
    person: Operator,
    code: str,
    assignee: Annotated[str, Form(max_length=80)],
    after: After = "",
) -> Response:
    """Say who looks after an incident."""
    state = request.app.state
    care.assign(state.database, state.clock, person.name, code, assignee, after=after)
    return done(request, incident=code)


@router.post("/incidents/{code}/mise-en-attente")
def shelve(
    request: Request,
    person: Operator,
    code: str,
    *,
    reason: Words,
    hours: Annotated[float, Form(gt=0, le=168)],
    after: After = "",
) -> Response:
    """Put a card aside for some hours."""
    state, lasts = request.app.state, timedelta(hours=hours)
    name = person.name
    care.shelve(state.database, state.clock, name, code, lasts, reason=reason, after=after)
    return done(request, incident=code)


@router.post("/incidents/{code}/reprise")
def unshelve(request: Request, person: Operator, code: str, after: After = "") -> Response:
    """Put a card back into the list."""
    state = request.app.state
    care.unshelve(state.database, state.clock, person.name, code, after=after)
    return done(request, incident=code)


@router.post("/incidents/{code}/notes")
def note(
    request: Request, person: Operator, code: str, words: Words, after: After = ""
) -> Response:
    """Write something down for whoever comes next."""
    state = request.app.state
    care.note(state.database, state.clock, person.name, code, words, after=after)
    return done(request, incident=code)
