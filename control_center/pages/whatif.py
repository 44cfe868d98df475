"""``/pilotage/et-si``: drills by hand. A level of water dragged, an answer, no fact touched."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from control_center.api.whatif import question
from control_center.pages.territories import territory_of
from control_center.people import Operator
from control_center.rehearsal import Rehearsals, rehearsals_of
from control_center.rendering import pages_of, words_of
from control_center.texts import address, moments_of
from twin.store.scenarios import Gauge, ScenarioReader

STEP_M, REACH_M, MOST_RANKED, MOST_THRESHOLDS = 0.05, 4.0, 15, 12
OTHER_LEVELS = (-0.5, -0.25, 0.25, 0.5, 1.0)
COMPARED = timedelta(days=7)

router = APIRouter(prefix="/pilotage", tags=["pages"], include_in_schema=False)

Level = Annotated[float | None, Query(alias="niveau", ge=-5, le=100)]
Named = Annotated[str | None, Query(alias="station", max_length=60)]


@router.get("/et-si")
def drill(
    request: Request,
    _: Operator,
    level: Level = None,
    gauge: Named = None,
    drill_of: Annotated[str, Query(alias="exercice", max_length=120)] = "",
) -> HTMLResponse:
    """Show a drill: the level asked for, or the present one half a metre higher."""
    state = request.app.state
    drills = rehearsals_of(state.database, state.clock)
    found = drills.gauge(gauge)
    context = _unknown() if found is None else _answered(drills, found, level)
    part = "operator/whatif_answer.html" if request.headers.get("x-part") else None
    if part is not None:
        return HTMLResponse(
            pages_of(request).html(request, part, **context), headers={"Cache-Control": "no-store"}
        )
    now = state.clock.now()
    return pages_of(request).render(
        request,
        "operator/whatif.html",
        headers={"Cache-Control": "no-store"},
        **context,
        ranking=drills.ranking(MOST_RANKED),
        saved=ScenarioReader(state.database).all(),
        compared=drills.compare(drill_of, now - COMPARED, now) if drill_of else None,
        when=moments_of(words_of(request).language, territory_of(request), now),
    )


@router.post("/et-si")
def save(
    request: Request,
    person: Operator,
    name: Annotated[str, Form(min_length=1, max_length=120)],
    niveau: Annotated[float, Form(ge=-5, le=100)],
    station: Annotated[str, Form(max_length=60)],
) -> Response:
    """Keep a drill under a name."""
    state = request.app.state
    drills = rehearsals_of(state.database, state.clock)
    drills.save(person.name, name, drills.at_level(question(drills, niveau, station)))
    there = address(words_of(request).language, "/pilotage/et-si", niveau=f"{niveau:g}")
    return RedirectResponse(there, status_code=303)


@dataclass(frozen=True, slots=True)
class Scale:
    """The slider: levels over the gauge's zero. [m]"""

    lowest: float
    highest: float
    step: float
    level: float


def _unknown() -> dict[str, Any]:
    return {"gauge": None, "scale": None, "answer": None, "others": [], "thresholds": []}


def _answered(drills: Rehearsals, gauge: Gauge, level: float | None) -> dict[str, Any]:
    zero = gauge.zero_m_ngf or 0.0
    base = gauge.level_m if gauge.level_m is not None else 0.0
    chosen = round(base + 0.5, 2) if level is None else level
    lowest = np.floor(min(base, chosen) * 4) / 4
    highest = max(lowest + REACH_M, np.ceil(chosen * 4) / 4)
    others = [round(chosen + each, 2) for each in OTHER_LEVELS]
    found = drills.curve().at(np.array(others) + zero)
    return {
        "gauge": gauge,
        "scale": Scale(float(lowest), float(highest), STEP_M, chosen),
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
