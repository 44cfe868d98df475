"""``/``: the four faces of the product, in plain words."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from control_center.rendering import pages_of
from twin.errors import NoTerritory

router = APIRouter(tags=["pages"], include_in_schema=False)

FACES = (
    ("resident", "street", "/rues"),
    ("gardener", "drop", "/arrosage"),
    ("operator", "map", "/pilotage"),
    ("savings", "chart", "/economies"),
)
"""Key of its words, its icon, its address."""


@router.get("/")
def portal(request: Request) -> HTMLResponse:
    """Show the way to the four faces, and what is going on."""
    state = request.app.state
    if state.territory() is None:
        raise NoTerritory
    return pages_of(request).render(
        request, "portal.html", faces=FACES, incidents=state.hub.open_incidents
    )
