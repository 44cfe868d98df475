"""``/v1/sensors/states``: how each watched thing is heard, and why it is not."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from control_center.people import OPERATORS_ONLY
from control_center.wall.hearing import BY_NAME, NAMES
from twin.store.sensor_states import SensorState, SensorStateReader, totals

router = APIRouter(prefix="/v1", tags=["messages"], dependencies=OPERATORS_ONLY)

State = Literal["reporting", "late", "silent_explained", "silent_unexplained", "recovering"]


class HowHeard(BaseModel):
    """How one watched thing is heard."""

    kind: str
    code: str
    name: str
    device: str = Field(description="devEUI of a device that watches it")
    state: State
    since: datetime | None = Field(description="null: it was never heard")
    deadline: datetime | None = Field(
        description="Until when it may stay so without a message, or that passed; null: none counts"
    )
    reason: str = Field(
        description="heard, interval_passed, our_door, supply, gateways, schedule, cause_cleared"
        " or no_cause"
    )
    incident: str | None = Field(description="What explains its silence, or did")
    last_seen: datetime | None
    interval_s: float = Field(description="Expected time between two messages")


class Counts(BaseModel):
    """How many watched things are in each state."""

    reporting: int
    late: int
    silent_explained: int
    silent_unexplained: int
    recovering: int


class SensorStates(BaseModel):
    """Watched things by the way they are heard, those that ask for a look first."""

    counts: Counts = Field(description="Of all watched things, whatever was asked for")
    states: list[HowHeard]
    next_skip: int | None = Field(description="For the next page; null: this was the last")


@router.get("/sensors/states", summary="How each watched thing is heard")
def states(
    request: Request,
    *,
    state: Annotated[list[State] | None, Query(description="Only those")] = None,
    kind: Annotated[str | None, Query(max_length=60)] = None,
    incident: Annotated[str | None, Query(max_length=60, description="Whose silence it is")] = None,
    skip: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> SensorStates:
    """Return each thing with its state, since when, until when, why, and the incident behind it."""
    reader = SensorStateReader(request.app.state.database)
    wanted = None if state is None else [BY_NAME[each] for each in state]
    found = reader.states(wanted, kind=kind, incident=incident, skip=skip, most=limit + 1)
    counted = {NAMES[each]: count for each, count in totals(reader.counts()).items()}
    return SensorStates(
        counts=Counts(**counted),
        states=[_heard(one) for one in found[:limit]],
        next_skip=skip + limit if len(found) > limit else None,
    )


def _heard(one: SensorState) -> HowHeard:
    return HowHeard.model_validate(
        {
            "kind": one.kind,
            "code": one.code,
            "name": one.name,
            "device": one.dev_eui,
            "state": NAMES[one.state],
            "since": one.since,
            "deadline": one.deadline,
            "reason": one.reason.name.lower(),
            "incident": one.incident,
            "last_seen": one.last_seen,
            "interval_s": one.interval_s,
        }
    )
