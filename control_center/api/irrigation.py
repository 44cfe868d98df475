"""Orders of gardeners: asked once, answered with an id, followed step by step."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Response
from pydantic import AwareDatetime, BaseModel, Field
from starlette.requests import Request

from control_center import watering_orders as orders
from control_center.pages.territories import territory_of
from control_center.people import Gardener, Person
from control_center.watering.night import Night
from twin.errors import Refused
from twin.irrigation.settings import WateringSettings
from twin.store import commands
from twin.store.commands import CommandRecord
from twin.store.database import Database

router = APIRouter(prefix="/v1/irrigation", tags=["irrigation"])

Act = Literal["water", "stop", "skip", "resume"]
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=100)]


class Asked(BaseModel):
    """What a gardener asks for one zone."""

    zone: str = Field(max_length=100, description="Code of the zone")
    act: Act
    minutes: float | None = Field(default=None, description="How long to water; with `water`")
    issued_at: AwareDatetime | None = Field(
        default=None, description="When the person asked; now by default"
    )
    expires_at: AwareDatetime | None = Field(
        default=None, description="From when on it must not act; two hours later at most"
    )


class Step(BaseModel):
    """One line of an order's history."""

    at: datetime
    state: str
    source: str


class Ordered(BaseModel):
    """An order as it stands, or a decision about a night.

    `state` is one of requested, queued, sent, acknowledged, confirmed, refused, failed, expired,
    cancelled for an order; `skipped` or `resumed` for a decision.
    """

    id: str
    zone: str
    act: Act
    state: str
    reason: str = ""
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    steps: list[Step] = []


@router.post("/commands", status_code=202)
def ask(request: Request, response: Response, person: Gardener, asked: Asked, key: Key) -> Ordered:
    """Record an order; the same key asked again gives the same order."""
    ordered = carry_out(request, person, asked, key)
    response.headers["Location"] = f"/v1/irrigation/commands/{ordered.id}"
    return ordered


@router.get("/commands/{command_id}")
def follow(request: Request, person: Gardener, command_id: UUID) -> Ordered:  # noqa: ARG001 - a role
    """Tell where an order stands, with its history."""
    database: Database = request.app.state.database
    with database.connection() as connection:
        record = commands.command(connection, command_id)
        history = commands.steps(connection, command_id)
        zone = orders.zone_of_valve(connection, record.asset_id)
    told = _told(record, zone)
    told.steps = [Step(at=step.at, state=step.state, source=step.source) for step in history]
    return told


def carry_out(request: Request, person: Person, asked: Asked, key: str) -> Ordered:
    """Do what a gardener asks, in one transaction; pages without JavaScript come here too.

    Raises
    ------
    NotFound, Refused, CommandExpired, Conflict
        See ``control_center.watering_orders``.
    """
    state = request.app.state
    database: Database = state.database
    now = state.clock.now()
    wish = orders.Wish(asked.zone, key, asked.issued_at or now, now, asked.expires_at)
    with database.connection() as connection:
        match asked.act:
            case "water":
                if asked.minutes is None:
                    raise Refused("bad_minutes", "minutes are needed to water")
                record = orders.water(connection, person, wish, asked.minutes)
                return _told(record, asked.zone)
            case "stop":
                return _told(orders.stop(connection, person, wish), asked.zone)
            case "skip":
                zone_time = ZoneInfo(territory_of(request).timezone)
                night = Night.at(now, zone_time.key, WateringSettings()).evening
                number = orders.skip(connection, person, wish, night, zone_time)
                return Ordered(id=str(number), zone=asked.zone, act="skip", state="skipped")
            case "resume":
                orders.resume(connection, person, wish)
                return Ordered(id="0", zone=asked.zone, act="resume", state="resumed")


def _told(record: CommandRecord, zone: str) -> Ordered:
    return Ordered(
        id=str(record.id),
        zone=zone,
        act="water" if record.verb == "open_valve" else "stop",
        state=record.state.value,
        reason=record.reason,
        issued_at=record.issued_at,
        expires_at=record.expires_at,
    )
