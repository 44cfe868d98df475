"""``/pilotage/et-si/dessin``: a sheet of water drawn by hand, and what it would put out."""

from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from control_center.catalogue import Texts
from control_center.contours import Drawn, read_contour
from control_center.drill_answers import Question
from control_center.pages.territories import territory_of
from control_center.people import Operator
from control_center.rehearsal import Rehearsals, rehearsals_of
from control_center.rendering import pages_of, words_of
from control_center.security import map_policy
from control_center.texts import address
from twin.errors import Refused

LEAST_DEPTH_M, MOST_DEPTH_M, DEPTH_STEP_M, FIRST_DEPTH_M = 0.05, 3.0, 0.05, 0.5
PATH = "/pilotage/et-si/dessin"

_NO_STORE = {"Cache-Control": "no-store"}

router = APIRouter(prefix="/pilotage", tags=["pages"], include_in_schema=False)

Contour = Annotated[str, Form(max_length=100_000)]
Depth = Annotated[float, Form(ge=LEAST_DEPTH_M, le=20)]


@router.get("/et-si/dessin")
def blank(request: Request, _: Operator) -> HTMLResponse:
    """Show the map, nothing drawn on it."""
    return _page(request, Drawn("", None), FIRST_DEPTH_M)


@router.post("/et-si/dessin")
def drawn(
    request: Request, _: Operator, *, contour: Contour = "", depth: Depth = FIRST_DEPTH_M
) -> HTMLResponse:
    """Answer what was drawn: the whole page, or the answer alone for the page's own script."""
    found = read_contour(contour)
    if not request.headers.get("x-part"):
        return _page(request, found, depth)
    context = _answer(_drills(request), found, depth)
    html = pages_of(request).html(request, "operator/drawing_answer.html", **context)
    return HTMLResponse(html, headers=_NO_STORE)


@router.post("/et-si/dessin/garder")
def keep(
    request: Request,
    person: Operator,
    *,
    contour: Contour,
    depth: Depth,
    name: Annotated[str, Form(min_length=1, max_length=120)],
) -> Response:
    """Keep what was drawn as a drill, under a name."""
    found = read_contour(contour)
    if found.shape is None:
        raise Refused("not_a_sheet", "a drill needs a contour of three corners at least")
    drills = _drills(request)
    answer = drills.under_sheets(Question(sheets=1), [(found.shape, depth)])
    scenario = drills.save(person.name, name, answer)
    there = address(words_of(request).language, "/pilotage/et-si", exercice=scenario.slug)
    return RedirectResponse(there, status_code=303)


def _page(request: Request, found: Drawn, depth: float) -> HTMLResponse:
    state, territory = request.app.state, territory_of(request)
    words = words_of(request)
    return pages_of(request).render(
        request,
        "operator/drawing.html",
        headers={
            "Content-Security-Policy": map_policy(plan_ign=state.settings.plan),
            **_NO_STORE,
        },
        **_answer(_drills(request), found, depth),
        depths=(LEAST_DEPTH_M, MOST_DEPTH_M, DEPTH_STEP_M),
        drawing={
            "engine": state.assets.engine_url,
            "center": [territory.longitude, territory.latitude],
            "ink": "--water-edge",
            "simulated": True,
            "words": drawing_words(words),
        },
    )


def drawing_words(words: Texts) -> dict[str, str]:
    """Return what the script of a drawn contour says."""
    return {
        key: words.plain(f"drawing.{key}", count="{count}")
        for key in ("no_map", "corner", "corners", "cleared", "closed", "close", "reopen")
    }


def _answer(drills: Rehearsals, found: Drawn, depth: float) -> dict[str, Any]:
    """Return what a template needs to answer a drawing."""
    answer = None
    if found.shape is not None:
        answer = drills.under_sheets(Question(sheets=1), [(found.shape, depth)])
    return {
        "drawn": found,
        "depth": depth,
        "answer": answer,
        "tripped": [] if answer is None else [one["code"] for one in answer["devices"]],
        "gauge": None,
        "flood": None,
        "others": [],
        "thresholds": [],
    }


def _drills(request: Request) -> Rehearsals:
    return rehearsals_of(request.app.state.database, request.app.state.clock)
