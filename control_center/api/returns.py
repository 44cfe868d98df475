"""``/v1/returns``: expected returns as announced, and what became of past ones."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request

from control_center.people import Operator
from control_center.returns import published
from twin.store.incidents import IncidentReader
from twin.store.returns import Announced, ReturnReader

router = APIRouter(prefix="/v1", tags=["incidents"])


class ReturnAnnounced(BaseModel):
    """One window as it was announced; it never changes."""

    incident: str
    made_at: datetime
    crew_state: str = Field(description="waiting, taken or returning")
    earliest: datetime
    latest: datetime
    coverage: float = Field(description="Share of such windows that are meant to hold")
    based_on: int = Field(description="Past durations it rests on")


class ReturnRecord(BaseModel):
    """What became of the windows announced for one kind of incident."""

    kind: str
    kept: int
    early: int = Field(description="The light was back before the window")
    late: int = Field(description="The light was back after it")
    total: int
    meant: float = Field(description="Mean share that was meant to hold")


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
            meant=round(one.meant, 3),
        )
        for one in published(request.app.state.database)
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
        coverage=round(one.coverage, 3),
        based_on=one.based_on,
    )
