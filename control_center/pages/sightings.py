"""What somebody on site says of a light, written down by the operator who hears it."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse

from control_center.people import Operator
from control_center.rendering import words_of
from control_center.texts import address
from control_center.witnessing import witness
from twin.store.diagnosis import NewSighting

router = APIRouter(prefix="/pilotage", tags=["pages"], include_in_schema=False)


@router.post("/constats")
def seen(
    request: Request,
    person: Operator,
    light: Annotated[str, Form(min_length=1, max_length=120)],
    dark: Annotated[bool, Form()],
    incident: Annotated[str, Form(max_length=120)] = "",
) -> RedirectResponse:
    """Record that a patrol saw a light dark or lit."""
    state = request.app.state
    said = NewSighting(light, state.clock.now(), dark, "patrol", person.name)
    witness(state.database, state.clock, said)
    chosen = {"incident": incident} if incident else {}
    where = address(words_of(request).language, "/pilotage", **chosen)
    return RedirectResponse(where, status_code=303)
