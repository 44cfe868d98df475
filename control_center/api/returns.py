"""``/v1/returns``: expected returns as announced, and what became of past ones."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request

from control_center.people import Operator
from control_center.return_calibration import supports
from control_center.returns import published
from twin.incidents.times import SECOND
from twin.store.incidents import IncidentReader
from twin.store.returns import Announced, ReturnReader

router = APIRouter(prefix="/v1", tags=["incidents"])


class ReturnAnnounced(BaseModel):
    """One window as it was announced; it never changes."""

    incident: str
    made_at: datetime
    crew_state: str = Field(description="waiting, taken, returning or announced")
    earliest: datetime
    latest: datetime
    coverage: float | None = Field(
        description="Share of such windows that are meant to hold; null: announced by others"
    )
    based_on: int | None = Field(description="Past durations it rests on; null: likewise")


class ReturnRecord(BaseModel):
    """What became of the windows announced for one kind of incident."""

    kind: str
    kept: int
    early: int = Field(description="The light was back before the window")
    late: int = Field(description="The light was back after it")
    total: int
    meant: float | None = Field(
        description="Mean share that was meant to hold; null: announced by others"
    )


@router.get("/returns", summary="Expected returns of open incidents")
def returns(request: Request, _: Operator) -> list[ReturnAnnounced]:
    """Return the newest window of each open incident that has one."""
    newest = ReturnReader(request.app.state.database).newest()
    return [_announced(one) for one in newest.values()]


@router.get("/returns/record", summary="What became of announced returns")
def record(request: Request) -> list[ReturnRecord]:
    """Return the record by kind of incident: public, like the page `/retours`."""
    return [
        ReturnRecord(
            kind=one.kind,
            kept=one.record.kept,
            early=one.record.early,
            late=one.record.late,
            total=one.record.total,
            meant=None if one.meant is None else round(one.meant, 3),
        )
        for one in published(request.app.state.database)
    ]


class ReturnSupport(BaseModel):
    """What past outages of one kind support, tested on themselves: each against all the others."""

    kind: str
    crew_state: str = Field(description="waiting, taken or returning")
    outages: int = Field(description="Past outages that tell how long it took from there")
    needed: int = Field(description="How many the narrowest window needs")
    kept: int | None = Field(description="Inside the window that all the others give")
    early: int | None
    late: int | None
    meant: float | None = Field(description="Share that is meant to hold; null: too few for any")
    earliest_s: float | None = Field(description="Window of a new outage, from that state on")
    latest_s: float | None


@router.get("/returns/calibration", summary="How far past outages support a return time")
def calibration(request: Request) -> list[ReturnSupport]:
    """Return each kind and state of repair with its leave-one-out test: public, like `/retours`."""
    return [
        ReturnSupport(
            kind=one.kind,
            crew_state=one.stage.value,
            outages=one.outages,
            needed=one.needed,
            kept=None if told is None else told.record.kept,
            early=None if told is None else told.record.early,
            late=None if told is None else told.record.late,
            meant=None if told is None else round(told.meant, 3),
            earliest_s=None if told is None else told.earliest / SECOND,
            latest_s=None if told is None else told.latest / SECOND,
        )
        for one in supports(request.app.state.database)
        for told in [one.calibration]
    ]


@router.get("/incidents/{code}/returns", summary="Windows announced for one incident")
def of_incident(request: Request, _: Operator, code: str) -> list[ReturnAnnounced]:
    """Return every window announced for it, the newest first; old ones stay."""
    database = request.app.state.database
    IncidentReader(database).incident(code)
    return [_announced(one) for one in ReturnReader(database).announced(code)]


def _announced(one: Announced) -> ReturnAnnounced:
    return ReturnAnnounced(
        incident=one.code,
        made_at=one.made_at,
        crew_state=one.crew_state,
        earliest=one.earliest,
        latest=one.latest,
        coverage=None if one.coverage is None else round(one.coverage, 3),
        based_on=one.based_on,
    )
