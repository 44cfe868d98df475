"""``/v1/incidents``: what is out and why, for programs; and the acts of an operator."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from control_center.people import Operator
from twin.incidents.alarms import held_back
from twin.store.incidents import Incident, IncidentReader

router = APIRouter(prefix="/v1", tags=["incidents"])


class IncidentSummary(BaseModel):
    """One cause and what hangs under it; null: not known."""

    code: str
    kind: str = Field(
        description="flood, cabinet_out, feeder_out, lamp_failure, gateway_silent, still_silent…"
    )
    status: str = Field(description="open, recovering or closed")
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    rang_at: datetime = Field(description="When it last asked for somebody")
    assigned_to: str | None
    shelved_until: datetime | None = Field(description="Past: it is in the list again")
    shelved_by: str | None
    shelved_reason: str | None
    held_back: int = Field(description="Things under it that would have rung by themselves")
    root: dict[str, Any] = Field(description="kind, code, name and place of the root cause")
    claim: dict[str, Any] = Field(description="verdict, basis, probability and since")
    headline: dict[str, Any] = Field(description="Counts, metres of street, residents")
    proof: str = Field(description="Address of the newest proof")


class Inspection(BaseModel):
    """What somebody found at a cabinet."""

    who: str = Field(min_length=1, max_length=80, description="Who inspected")
    note: str = Field(default="", max_length=500, description="What was found")


@router.get("/incidents", summary="Incidents, open ones by default")
def incidents(
    request: Request,
    _: Operator,
    closed: Annotated[bool, Query(description="Those that were closed last instead")] = False,
) -> list[IncidentSummary]:
    """Return open incidents, or the fifty that were closed last, newest first."""
    reader = IncidentReader(request.app.state.database)
    found = reader.closed_incidents() if closed else reader.open_incidents()
    return [summary(one) for one in found]


@router.get("/incidents/{code}", summary="One incident")
def incident(request: Request, _: Operator, code: str) -> IncidentSummary:
    """Return one incident, open or closed; a 404 problem where none has that code."""
    return summary(IncidentReader(request.app.state.database).incident(code))


@router.post(
    "/cabinets/{code:path}/inspections", summary="Record an inspection on site", status_code=201
)
def inspect(request: Request, person: Operator, code: str, found: Inspection) -> Inspection:
    """Record that a cabinet was inspected: it may be put back in service.

    A 422 problem where water still stands in it (``still_wet``) or where it waits for no
    inspection (``nothing_to_inspect``).
    """
    from control_center import acts  # noqa: PLC0415 - it brings the whole assessment along

    state = request.app.state
    signed = f"{found.who.strip()} ({person.name})"
    acts.record_inspection(state.database, state.clock, signed, code, found.note.strip())
    return found


def summary(one: Incident) -> IncidentSummary:
    """Return an incident as programs read it."""
    return IncidentSummary(
        code=one.code,
        kind=one.kind,
        status=one.status,
        opened_at=one.opened_at,
        changed_at=one.changed_at,
        closed_at=one.closed_at,
        acknowledged_at=one.acknowledged_at,
        acknowledged_by=one.acknowledged_by,
        rang_at=one.rang_at or one.opened_at,
        assigned_to=one.assigned_to,
        shelved_until=one.shelved_until,
        shelved_by=one.shelved_by,
        shelved_reason=one.shelved_reason,
        held_back=held_back(one.headline),
        root=dict(one.root),
        claim=dict(one.claim),
        headline=dict(one.headline),
        proof=f"/preuve/{one.code}.json",
    )
