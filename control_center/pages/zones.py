"""``/pilotage/causes/zone``: the zone of a cut, drawn on the map, counted, recorded."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from control_center import declaring
from control_center.api.ground import collection, zone_features
from control_center.api.overlay import geography
from control_center.contours import Drawn, read_contour
from control_center.pages.causes import form_instant
from control_center.pages.drawing import drawing_words
from control_center.pages.territories import territory_of
from control_center.people import Operator
from control_center.rehearsal import rehearsals_of
from control_center.rendering import pages_of, words_of
from control_center.security import map_policy
from control_center.texts import address, moments_of
from control_center.wall.zones import inside, inside_words, zones
from twin.errors import Refused
from twin.model.states import CauseKind

PATH = "/pilotage/causes/zone"

_NO_STORE = {"Cache-Control": "no-store"}

router = APIRouter(prefix="/pilotage", tags=["pages"], include_in_schema=False)

Contour = Annotated[str, Form(max_length=100_000)]
Moment = Annotated[str, Form(max_length=40)]


@dataclass(frozen=True, slots=True)
class Asked:
    """The other fields of the form, as they were written."""

    starts: str = ""
    until: str = ""
    reference: str = ""
    key: str = ""


@router.get("/causes/zone")
def blank(request: Request, _: Operator) -> HTMLResponse:
    """Show the map, nothing drawn on it."""
    return _page(request, Drawn("", None), Asked(key=uuid4().hex))


@router.post("/causes/zone")
def drawn(request: Request, _: Operator, contour: Contour = "") -> HTMLResponse:
    """Answer what was drawn: the whole page, or the answer alone for the page's own script."""
    found = read_contour(contour)
    if not request.headers.get("x-part"):
        return _page(request, found, Asked(key=uuid4().hex))
    html = pages_of(request).html(request, "operator/zone_answer.html", **_answer(request, found))
    return HTMLResponse(html, headers=_NO_STORE)


@router.post("/causes/zone/enregistrement")
def record(
    request: Request,
    person: Operator,
    *,
    key: Annotated[str, Form(min_length=8, max_length=120)],
    contour: Contour = "",
    starts: Moment = "",
    until: Moment = "",
    reference: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Record the cut of a drawn zone; what cannot be so is said beside what was drawn."""
    state, zone = request.app.state, ZoneInfo(territory_of(request).timezone)
    found = read_contour(contour)
    try:
        said = declaring.Declaration(
            kind=CauseKind.DISTRIBUTOR_CUT,
            area=found.shape,
            starts_at=form_instant(starts, zone, "starts"),
            until=form_instant(until, zone, "until"),
            reference=reference,
        )
        cause = declaring.declare(state.database, state.clock, person.name, said, key=key)
    except Refused as refused:
        asked = Asked(starts, until, reference, key)
        return _page(request, found, asked, refused=refused.rule)
    language = words_of(request).language
    there = address(language, "/pilotage/causes") + f"#{cause.code}"
    return RedirectResponse(there, status_code=303)


def _page(
    request: Request, found: Drawn, asked: Asked, *, refused: str | None = None
) -> HTMLResponse:
    state, territory, words = request.app.state, territory_of(request), words_of(request)
    moments = moments_of(words.language, territory, state.clock.now())
    shown = zones(state.database, moments)
    return pages_of(request).render(
        request,
        "operator/zone.html",
        status=422 if refused else 200,
        headers={"Content-Security-Policy": map_policy(plan_ign=state.settings.plan), **_NO_STORE},
        **_answer(request, found),
        asked=asked,
        refused=_why(request, refused),
        zones=shown,
        drawing={
            "engine": state.assets.engine_url,
            "center": [territory.longitude, territory.latitude],
            "ink": "--text-2",
            "simulated": False,
            "zones": collection(zone_features(shown)),
            "words": drawing_words(words),
        },
    )


def _answer(request: Request, found: Drawn) -> dict[str, Any]:
    """Return what a template needs to answer a drawing."""
    told = None
    if found.shape is not None:
        state = request.app.state
        city = rehearsals_of(state.database, state.clock).city()
        told = inside(found.shape, city, geography(request))
    return {
        "drawn": found,
        "inside": told,
        "said": None if told is None else inside_words(told, words_of(request)),
        "tripped": [] if told is None else told.cabinets,
    }


def _why(request: Request, rule: str | None) -> str | None:
    """Say why a zone was refused, in the words of the wall."""
    if rule is None:
        return None
    words = words_of(request)
    keys = (f"zone.refused.{rule}", f"operator.refused.{rule}", "operator.problem.other")
    return words.plain(next(key for key in keys if key in words))
