"""``/v1/things``: what stands in the city, its last values and its history, for programs."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field
from starlette.requests import Request

from control_center.people import Operator
from control_center.wall.known import Known, known_now, known_then
from twin.errors import Refused
from twin.model.states import LightState
from twin.store.operator import OperatorReader
from twin.store.past_things import PastThings
from twin.store.telemetry import TelemetryReader

router = APIRouter(prefix="/v1", tags=["things"])

LONGEST = timedelta(days=31)


class LastValue(BaseModel):
    """The newest value of one observed property; null: nothing yet."""

    property: str
    channel: int = Field(description="0: the only one, or the sum; 1, 2, 3: phases")
    unit: str
    value: float | None
    measured_at: datetime | None
    quality: int | None = Field(description="0: good; bits: out of range, time guessed, late…")


class Supplier(BaseModel):
    """One device on the way up to the source."""

    kind: str
    code: str
    confidence: float = Field(description="Of the link below it, 0 to 1")
    state: str = Field(description="normal, tripped, awaiting_inspection or recovering")


class ThingDetail(BaseModel):
    """One thing of the city; null: not known."""

    kind: str
    code: str
    name: str
    longitude: float | None
    latitude: float | None
    state: str | None = Field(description="Of a light or a supply device; null for anything else")
    since: datetime | None
    supply: list[Supplier] = Field(description="From the nearest device to the source")
    values: list[LastValue]
    incidents: list[str] = Field(description="Codes of the open incidents that touch it")
    not_known: list[str] = Field(
        description="Of an instant of the past, what no history tells: `state`, `sheet`, `supply`,"
        " `message`, `readings`, `hearing`, `repaired` (doubts about its wiring settled since)"
    )


class Found(BaseModel):
    """One thing that was found."""

    kind: str
    code: str
    name: str
    longitude: float | None
    latitude: float | None


class Series(BaseModel):
    """Readings of one property of one thing, in order."""

    property: str
    channel: list[int]
    measured_at: list[datetime]
    value: list[float]


@router.get("/things", summary="Search by code or name")
def search(
    request: Request,
    _: Operator,
    q: Annotated[str, Query(min_length=1, max_length=60, description="Part of a code or a name")],
    limit: Annotated[int, Query(ge=1, le=100)] = 12,
) -> list[Found]:
    """Return what holds the text, exact matches first."""
    found = OperatorReader(request.app.state.database).search(q.strip(), limit)
    return [Found.model_validate(row) for row in found.to_dicts()]


@router.get("/things/{kind}/{code:path}/series", summary="Readings of one property")
def series(
    request: Request,
    _: Operator,
    kind: str,
    code: str,
    *,
    property_code: Annotated[str, Query(alias="property", max_length=60)],
    start: Annotated[datetime | None, Query(description="A day before the end by default")] = None,
    end: Annotated[datetime | None, Query(description="Now by default")] = None,
) -> Series:
    """Return the readings in [start, end), a month at most; a 422 problem beyond."""
    state = request.app.state
    until = end or state.clock.now()
    since = start or until - timedelta(days=1)
    if until - since > LONGEST:
        raise Refused("too_long", f"a series spans {LONGEST.days} days at most")
    thing = OperatorReader(state.database).thing(kind, code)
    history = TelemetryReader(state.database).history(
        [property_code], since, until, asset_ids=[thing.id]
    )
    return Series(
        property=property_code,
        channel=history["channel"].to_list(),
        measured_at=history["measured_at"].to_list(),
        value=history["value"].to_list(),
    )


@router.get("/things/{kind}/{code:path}", summary="One thing")
def thing(
    request: Request,
    _: Operator,
    kind: str,
    code: str,
    at: Annotated[
        AwareDatetime | None, Query(description="As it was known then; now by default")
    ] = None,
) -> ThingDetail:
    """Return what is known of one thing, or was; a 404 problem where none has that code."""
    state = request.app.state
    found = OperatorReader(state.database).thing(kind, code)
    past = at is not None and at < state.clock.now()
    if at is not None and past:
        known = known_then(state.database, found, PastThings(state.database, at))
    else:
        known = known_now(state.database, found)
    name, since = _state(known, past=past)
    return ThingDetail(
        kind=known.thing.kind,
        code=known.thing.code,
        name=known.thing.name,
        longitude=known.thing.longitude,
        latitude=known.thing.latitude,
        state=name,
        since=since,
        supply=[
            Supplier(kind=one.kind, code=one.code, confidence=one.confidence, state=one.state)
            for one in known.path
        ],
        values=[LastValue.model_validate(row) for row in known.streams.to_dicts()],
        incidents=[one.code for one in known.incidents],
        not_known=known.lacking,
    )


def _state(known: Known, *, past: bool) -> tuple[str | None, datetime | None]:
    if known.light is not None:
        unknown = None if past else LightState.UNMONITORED.name.lower()
        state = known.light.state
        return (unknown if state is None else LightState(state).name.lower()), known.light.since
    return (None, None) if known.latch is None else (known.latch.state, known.latch.since)
