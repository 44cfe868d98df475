"""``/pilotage/cablage``: what feeds the lights and how that is known, as a card and as a page."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from control_center.people import Operator
from control_center.rendering import pages_of, words_of
from control_center.wall.wiring import wiring_card

router = APIRouter(prefix="/pilotage", tags=["pages"], include_in_schema=False)


@router.get("/cablage")
def wiring(request: Request, _: Operator) -> HTMLResponse:
    """Show the card alone to the map, the page to everybody else."""
    part = request.headers.get("x-part")
    template = "operator/wiring.html" if part else "operator/wiring_page.html"
    card = wiring_card(request.app.state.database, words_of(request))
    return pages_of(request).render(
        request, template, headers={"Cache-Control": "no-store"}, card=card
    )
