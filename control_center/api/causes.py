"""``/v1/causes``: cuts of the distributor, burnt cabinets, works, recorded by people.

A request sent twice with the same ``Idempotency-Key`` is done once; without one each request is a
cause of its own.
"""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Header, Query
from pydantic import AwareDatetime, BaseModel, Field
from shapely.geometry.base import BaseGeometry
from starlette.requests import Request

from control_center import declaring
from control_center.declaring import MOST_NAMED, Declaration
from control_center.people import Operator
from gis.errors import NotAnArea
from gis.geojson import area_from_geojson
from twin.errors import Refused
from twin.model.states import CauseKind
from twin.store.declared import CauseReader, RecordedCause

router = APIRouter(prefix="/v1/causes", tags=["causes"])

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=120)]
Code = Annotated[str, Field(min_length=1, max_length=120)]
Words = Annotated[str, Field(max_length=declaring.LONGEST)]


class Wanted(BaseModel):
    """A cause to record."""

    kind: CauseKind = Field(description="distributor_cut, burnt_cabinet or works_order")
    devices: list[Code] = Field(
        default=[],
        max_length=MOST_NAMED,
        description="Codes of substations, cabinets, feeders; exactly one for burnt_cabinet",
    )
    streets: list[Code] = Field(
        default=[], max_length=MOST_NAMED, description="Short names of streets; works alone"
    )
    lights: list[Code] = Field(
        default=[], max_length=MOST_NAMED, description="Codes of lights; works alone"
    )
    area: dict[str, Any] | None = Field(
        default=None, description="GeoJSON Polygon or MultiPolygon, WGS 84; a cut alone"
    )
    starts_at: AwareDatetime | None = Field(default=None, description="With its offset; now")
    until: AwareDatetime | None = Field(
        default=None, description="Announced end; works need one, what is burnt has none"
    )
    title: Words = Field(default="", description="In a few words; works need it")
    reference: Words = Field(default="", description="Of the notice, of the works order")
    source: Words = Field(default="", description="Who says so")


class Ending(BaseModel):
    """When a cause ended."""

    at: AwareDatetime | None = Field(default=None, description="With its offset; now by default")


class Term(BaseModel):
    """Another announced end."""

    until: AwareDatetime = Field(description="With its offset; still to come")


class MovedEnd(BaseModel):
    """An announced end that was moved."""

    at: datetime
    person: str
    before: datetime | None = Field(description="null: none had been announced")
    after: datetime


class CauseDetail(BaseModel):
    """A cause as it was recorded, and where it stands."""

    code: str
    kind: CauseKind
    state: str = Field(description="to_come, holds, over or withdrawn")
    title: str
    reference: str
    source: str
    starts_at: datetime
    until: datetime | None = Field(description="Announced end")
    until_before: datetime | None = Field(description="The end announced before it was last moved")
    moved_at: datetime | None = Field(description="When its announced end was last moved")
    moved_by: str | None
    ended_at: datetime | None = Field(description="Recorded end")
    withdrawn_at: datetime | None
    recorded_at: datetime
    recorded_by: str
    things: list[str] = Field(description="kind:code of what it names")
    area: dict[str, Any] | None = Field(description="GeoJSON, WGS 84")


@router.post("", summary="Record a cut, a burnt cabinet, works", status_code=201)
def record(request: Request, person: Operator, asked: Wanted, key: Key = None) -> CauseDetail:
    """Record a cause; its lights, card and sentences follow at once.

    A 422 problem names the `field` of what cannot be so: an unknown device, a window that ends
    before it begins, an area that crosses itself or holds nothing of the city. 409 where the key
    was used for another request.
    """
    area = None if asked.area is None else area_of(asked.area)
    said = Declaration(**asked.model_dump(exclude={"area"}), area=area)
    state = request.app.state
    found = declaring.declare(state.database, state.clock, person.name, said, key=key)
    return detail(found, state.clock.now())


@router.get("", summary="Recorded causes")
def causes(
    request: Request,
    _: Operator,
    standing: Annotated[bool, Query(description="Only what holds or is to come")] = False,
) -> list[CauseDetail]:
    """Return recorded causes, the newest first; at most 500."""
    state = request.app.state
    now = state.clock.now()
    return [detail(each, now) for each in CauseReader(state.database).all(now, standing=standing)]


@router.get("/{code}", summary="One recorded cause")
def one(request: Request, _: Operator, code: str) -> CauseDetail:
    """Return it; a 404 problem where no cause has that code."""
    state = request.app.state
    return detail(declaring.cause(state.database, code), state.clock.now())


@router.post("/{code}/end", summary="A cut, a repair, works are over")
def end(request: Request, person: Operator, code: str, asked: Ending | None = None) -> CauseDetail:
    """Record its end; a 409 problem where it has ended or was withdrawn."""
    state, at = request.app.state, asked.at if asked else None
    found = declaring.end(state.database, state.clock, person.name, code, at)
    return detail(found, state.clock.now())


@router.post("/{code}/term", summary="A cut, works are announced to end at another time")
def move_end(request: Request, person: Operator, code: str, asked: Term) -> CauseDetail:
    """Record another announced end, later or sooner; the one before is kept.

    The same end sent again changes nothing. A 409 problem where the cause has ended or was
    withdrawn, a 422 problem that names `until` where it cannot end then.
    """
    state = request.app.state
    found = declaring.move_end(state.database, state.clock, person.name, code, asked.until)
    return detail(found, state.clock.now())


@router.get("/{code}/terms", summary="How its announced end was moved")
def terms(request: Request, _: Operator, code: str) -> list[MovedEnd]:
    """Return each time it was moved, in order; a 404 problem where no cause has that code."""
    database = request.app.state.database
    declaring.cause(database, code)
    return [MovedEnd(**one._asdict()) for one in CauseReader(database).terms(code)]


@router.post("/{code}/withdrawal", summary="A cause had been recorded by mistake")
def withdraw(request: Request, person: Operator, code: str) -> CauseDetail:
    """Record that it never held; a 409 problem where it was withdrawn already."""
    state = request.app.state
    found = declaring.withdraw(state.database, state.clock, person.name, code)
    return detail(found, state.clock.now())


def area_of(document: dict[str, Any]) -> BaseGeometry:
    """Read an area from GeoJSON.

    Raises
    ------
    Refused
        It is no polygon.
    """
    try:
        return area_from_geojson(document)
    except NotAnArea as error:
        raise Refused("not_an_area", error.sentence, "area") from None


def detail(found: RecordedCause, now: datetime) -> CauseDetail:
    """Return what programs get of a cause, by whichever door."""
    area = None if found.area is None else shapely.to_geojson(shapely.from_wkb(found.area))
    return CauseDetail.model_validate(
        {
            **asdict(found),
            "state": found.state(now),
            "things": list(found.things),
            "area": None if area is None else json.loads(area),
        }
    )
