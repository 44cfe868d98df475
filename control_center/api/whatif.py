"""``/v1/whatif``: drills. What a level of water, or drawn sheets of it, would put out.

Every answer says ``simulated: true``; none of them changes a fact.
"""

from datetime import datetime
from typing import Annotated, Any

import numpy as np
import shapely
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field
from starlette.requests import Request

from control_center.comparing import as_json, compare, sentence
from control_center.drill_answers import Question
from control_center.people import Operator
from control_center.rehearsal import MOST_RANKED, Rehearsals, rehearsals_of
from control_center.rendering import words_of
from gis.errors import NotAnArea
from gis.geojson import area_from_geojson
from twin.errors import NotFound, Refused
from twin.store.scenarios import ScenarioReader

MOST_SHEETS, MOST_LEVELS = 2000, 200_000

router = APIRouter(prefix="/v1", tags=["drills"])


class Sheet(BaseModel):
    """A sheet of water."""

    geometry: dict[str, Any] = Field(description="GeoJSON Polygon or MultiPolygon, WGS 84")
    depth_m: float = Field(gt=0, le=20)


class Sheets(BaseModel):
    """A drawn flood."""

    sheets: list[Sheet] = Field(min_length=1, max_length=MOST_SHEETS)


class Ensemble(BaseModel):
    """Floods over time: one list of levels a member, in the order of time."""

    levels_m: list[list[float]] = Field(min_length=1, description="Over the gauge's zero")
    gauge: str | None = None


class Members(BaseModel):
    """Headline of each member at each step; what a level put out stays out."""

    simulated: bool = True
    devices: list[list[int]]
    lights: list[list[int]]
    attributed_m: list[list[int]]


class Saving(BaseModel):
    """A drill to keep."""

    name: str = Field(min_length=1, max_length=120)
    level_m: float = Field(ge=-5, le=100)
    gauge: str | None = None


class Measured(BaseModel):
    """One quantity of a drill and of what happened; null: not known, or too few to be told."""

    drill: int | None
    happened: int | None
    both: int | None
    only_drill: int | None
    only_happened: int | None
    precision: float | None = Field(description="Share of what the drill said that did happen")
    recall: float | None = Field(description="Share of what happened that the drill had said")


class Comparison(BaseModel):
    """A saved drill beside what water did cut."""

    scenario: str
    start: datetime
    end: datetime
    sentence: str = Field(description="How good the drill was, in words (`lang`)")
    both: list[str] = Field(description="Codes of devices, in the drill and in truth")
    only_drill: list[str]
    only_happened: list[str]
    precision: float | None = Field(description="Share of the drill's devices that did go out")
    recall: float | None = Field(description="Share of those that went out that the drill named")
    streets: dict[str, list[str]] = Field(description="Streets with a dark light, likewise")
    measures: dict[str, Measured] = Field(
        description="devices, lights, streets, metres (attributed), residents"
    )
    gone: list[str] = Field(description="Devices that no longer stand: nothing is counted of them")


@router.get("/whatif", summary="What a level of water would put out")
def at_level(
    request: Request,
    _: Operator,
    level_m: Annotated[float, Query(ge=-5, le=100, description="Over the gauge's zero")],
    gauge: Annotated[str | None, Query(max_length=60)] = None,
) -> dict[str, Any]:
    """Return devices, lights, streets and repairs under a level; the water is taken for flat."""
    drills = _drills(request)
    return drills.at_level(question(drills, level_m, gauge))


@router.post("/whatif", summary="What drawn sheets of water would put out")
def under_sheets(request: Request, _: Operator, drawn: Sheets) -> dict[str, Any]:
    """Return the same for sheets drawn by hand or computed elsewhere."""
    shapes = [(_shape(number, each), each.depth_m) for number, each in enumerate(drawn.sheets)]
    return _drills(request).under_sheets(Question(sheets=len(shapes)), shapes)


@router.get("/whatif/floods/{slug}", summary="A recorded flood that stands higher or lower")
def risen(
    request: Request, _: Operator, slug: str, rise_m: Annotated[float, Query(ge=-20, le=20)] = 0.0
) -> dict[str, Any]:
    """Return the same for the newest extent of a flood, its depths moved by `rise_m`."""
    return _drills(request).risen(slug, rise_m)


@router.post("/whatif/ensemble", summary="An ensemble of floods over time")
def ensemble(request: Request, _: Operator, asked: Ensemble) -> Members:
    """Return the headline of each member at each time step, all at once."""
    steps = {len(member) for member in asked.levels_m}
    if len(steps) != 1 or steps == {0}:
        raise Refused(
            "ragged_ensemble", "every member needs the same number of steps, at least one"
        )
    levels = np.array(asked.levels_m, np.float64)
    if levels.size > MOST_LEVELS or not np.isfinite(levels).all():
        raise Refused("ragged_ensemble", f"at most {MOST_LEVELS} finite levels are answered")
    drills = _drills(request)
    zero = _zero(drills, asked.gauge)
    found = drills.curve().over_time(levels + zero)
    return Members(
        devices=found.devices.tolist(),
        lights=found.lights.tolist(),
        attributed_m=np.rint(found.attributed_cm / 100).astype(np.int64).tolist(),
    )


@router.get("/whatif/ranking", summary="What is lost if one device alone fails")
def ranking(
    request: Request, _: Operator, limit: Annotated[int, Query(ge=1, le=MOST_RANKED)] = 50
) -> list[dict[str, Any]]:
    """Return the devices whose single failure darkens most street, the worst first."""
    return _drills(request).ranking(limit)


@router.post("/whatif/scenarios", summary="Save a drill", status_code=201)
def save(request: Request, person: Operator, asked: Saving) -> dict[str, Any]:
    """Answer a level and keep question and answer under a name; a 409 problem where it is taken."""
    drills = _drills(request)
    answer = drills.at_level(question(drills, asked.level_m, asked.gauge))
    scenario = drills.save(person.name, asked.name, answer)
    return {"slug": scenario.slug, "made_at": scenario.made_at, **answer}


@router.get("/whatif/scenarios", summary="Saved drills")
def scenarios(request: Request, _: Operator) -> list[dict[str, Any]]:
    """Return every saved drill, the last saved first."""
    return [
        {
            "slug": one.slug,
            "name": one.name,
            "made_at": one.made_at,
            "person": one.person,
            "answer": one.answer,
        }
        for one in ScenarioReader(request.app.state.database).all()
    ]


@router.get("/whatif/scenarios/{slug}/comparison", summary="A drill beside what happened")
def comparison(
    request: Request, _: Operator, slug: str, start: AwareDatetime, end: AwareDatetime
) -> Comparison:
    """Hold a saved drill beside what water did cut in a span: devices and all that hangs on them.

    Both are laid over the wiring of today.
    """
    if end <= start:
        raise Refused("bad_span", "a span begins before it ends")
    reader = ScenarioReader(request.app.state.database)
    told = compare(_drills(request), reader, slug, start, end)
    return Comparison(**as_json(told), sentence=sentence(words_of(request), told))


def question(drills: Rehearsals, level_m: float, gauge: str | None) -> Question:
    """Turn a level over a gauge into a level over the sea.

    Raises
    ------
    NotFound
        No such gauge, or none whose zero is known.
    """
    found = drills.gauge(gauge)
    if found is None or found.zero_m_ngf is None:
        raise NotFound("river gauge with a known zero", gauge or "any")
    return Question(
        level_m_ngf=round(level_m + found.zero_m_ngf, 3), gauge=found.code, level_m=level_m
    )


def _zero(drills: Rehearsals, gauge: str | None) -> float:
    return question(drills, 0.0, gauge).level_m_ngf or 0.0


def _drills(request: Request) -> Rehearsals:
    return rehearsals_of(request.app.state.database, request.app.state.clock)


def _shape(number: int, sheet: Sheet) -> shapely.Geometry:
    """Read a sheet; one that crosses itself is mended."""
    try:
        shape = area_from_geojson(sheet.geometry)
    except NotAnArea as error:
        raise Refused("not_a_sheet", f"sheet {number}: {error}", f"sheets.{number}") from None
    return shape if shape.is_valid else shapely.make_valid(shape)
