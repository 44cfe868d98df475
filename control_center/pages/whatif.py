"""``/pilotage/et-si``: drills by hand. Water dragged up and down, an answer, no fact touched."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from control_center.api.whatif import question
from control_center.comparing import compare, sentence
from control_center.pages.territories import territory_of
from control_center.people import Operator
from control_center.rehearsal import Rehearsals, rehearsals_of
from control_center.rendering import pages_of, words_of
from control_center.texts import address, moments_of
from twin.store.scenarios import Gauge, ScenarioReader

STEP_M, REACH_M, MOST_RANKED, MOST_THRESHOLDS = 0.05, 4.0, 15, 12
OTHER_LEVELS = (-0.5, -0.25, 0.25, 0.5, 1.0)
LEAST_RISE_M, MOST_RISE_M = -1.0, 2.0
COMPARED = timedelta(days=7)

router = APIRouter(prefix="/pilotage", tags=["pages"], include_in_schema=False)

Level = Annotated[float | None, Query(alias="niveau", ge=-5, le=100)]
Rise = Annotated[float, Query(alias="hausse", ge=-20, le=20)]
Named = Annotated[str | None, Query(max_length=120)]


@dataclass(frozen=True, slots=True)
class Scale:
    """The slider: levels over a gauge's zero, or how much higher a recorded flood stands. [m]

    Attributes
    ----------
    field : {'niveau', 'hausse'}
        What it sends.
    of : tuple of str
        Field and value that go with it: the gauge, or the flood.
    """

    field: str
    of: tuple[str, str]
    lowest: float
    highest: float
    level: float
    step: float = STEP_M


@router.get("/et-si")
def drill(
    request: Request,
    _: Operator,
    *,
    level: Level = None,
    rise: Rise = 0.0,
    station: Named = None,
    crue: Named = None,
    exercice: Named = None,
) -> HTMLResponse:
    """Show a drill: the level asked for, the present one half a metre higher, or a known flood."""
    state = request.app.state
    drills = rehearsals_of(state.database, state.clock)
    context = _context(drills, level, station, (crue, rise))
    if request.headers.get("x-part"):
        html = pages_of(request).html(request, "operator/whatif_answer.html", **context)
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})
    now = state.clock.now()
    return pages_of(request).render(
        request,
        "operator/whatif.html",
        headers={"Cache-Control": "no-store"},
        **context,
        floods=drills.floods(),
        ranking=drills.ranking(MOST_RANKED),
        saved=ScenarioReader(state.database).all(),
        **_compared(request, drills, exercice),
        when=moments_of(words_of(request).language, territory_of(request), now),
    )


@router.post("/et-si")
def save(
    request: Request,
    person: Operator,
    *,
    name: Annotated[str, Form(min_length=1, max_length=120)],
    field: Annotated[str, Form(pattern="^(niveau|hausse)$")],
    level: Annotated[float, Form(ge=-20, le=100)],
    of: Annotated[str, Form(max_length=120)],
) -> Response:
    """Keep a drill under a name."""
    state = request.app.state
    drills = rehearsals_of(state.database, state.clock)
    by_level = field == "niveau"
    asked = question(drills, level, of) if by_level else None
    answer = drills.risen(of, level) if asked is None else drills.at_level(asked)
    drills.save(person.name, name, answer)
    there = {field: f"{level:g}", "station" if by_level else "crue": of}
    language = words_of(request).language
    return RedirectResponse(address(language, "/pilotage/et-si", **there), status_code=303)


def _compared(request: Request, drills: Rehearsals, slug: str | None) -> dict[str, Any]:
    """Return a saved drill beside the last days, in figures and in words."""
    if not slug:
        return {"compared": None, "told": ""}
    state = request.app.state
    now = state.clock.now()
    found = compare(drills, ScenarioReader(state.database), slug, now - COMPARED, now)
    return {"compared": found, "told": sentence(words_of(request), found)}


def _context(
    drills: Rehearsals, level: float | None, station: str | None, flood: tuple[str | None, float]
) -> dict[str, Any]:
    slug, rise = flood
    gauge = None if slug else drills.gauge(station)
    if gauge is not None:
        return _at_gauge(drills, gauge, level)
    known = drills.floods()
    slug = slug or (known[0][0] if known else None)
    if slug is not None:
        return _risen(drills, slug, dict(known).get(slug, slug), rise)
    return {
        "gauge": None, "flood": None, "scale": None, "answer": None, "others": [], "thresholds": []
    }  # fmt: skip


def _at_gauge(drills: Rehearsals, gauge: Gauge, level: float | None) -> dict[str, Any]:
    zero = gauge.zero_m_ngf or 0.0
    base = gauge.level_m if gauge.level_m is not None else 0.0
    chosen = round(base + 0.5, 2) if level is None else level
    lowest = float(np.floor(min(base, chosen) * 4) / 4)
    highest = max(lowest + REACH_M, float(np.ceil(chosen * 4) / 4))
    others = [round(chosen + each, 2) for each in OTHER_LEVELS]
    found = drills.curve().at(np.array(others) + zero)
    return {
        "gauge": gauge,
        "flood": None,
        "scale": Scale("niveau", ("station", gauge.code), lowest, highest, chosen),
        "answer": drills.at_level(question(drills, chosen, gauge.code)),
        "others": [
            (each, int(found.devices[k]), int(found.lights[k]), round(int(cm) / 100))
            for k, (each, cm) in enumerate(zip(others, found.attributed_cm, strict=True))
        ],
        "thresholds": [
            (code, round(at - zero, 2))
            for code, at in drills.thresholds(MOST_THRESHOLDS, chosen + zero)
        ],
    }


def _risen(drills: Rehearsals, slug: str, name: str, rise: float) -> dict[str, Any]:
    others = []
    for each in (round(rise + by, 2) for by in OTHER_LEVELS):
        head = drills.risen(slug, each)["headline"]
        others.append((each, head["devices"], head["lights"], head["attributed_m"]))
    lowest, highest = min(LEAST_RISE_M, rise), max(MOST_RISE_M, rise)
    return {
        "gauge": None,
        "flood": name,
        "scale": Scale("hausse", ("crue", slug), lowest, highest, rise),
        "answer": drills.risen(slug, rise),
        "others": others,
        "thresholds": [],
    }
