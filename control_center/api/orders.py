"""``/v1/orders``: dim or switch a light, open or close a valve, set a schedule, and follow it."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Response
from pydantic import AwareDatetime, BaseModel, Field
from starlette.requests import Request

from control_center.people import OPERATORS_ONLY, Operator
from ingest.codecs.profiles import Profile, profile_key, profiles, read_profiles
from ingest.encoding import encode, verbs
from ingest.settings import IngestSettings
from twin.errors import NotFound, Refused
from twin.store import commands
from twin.store.commands import CommandRecord
from twin.store.database import Database
from twin.store.operator import OperatorReader, Thing

router = APIRouter(prefix="/v1/orders", tags=["orders"], dependencies=OPERATORS_ONLY)

LONGEST = timedelta(hours=24)
DEFAULT = timedelta(minutes=30)

Verb = Literal["open_valve", "close_valve", "dim", "switch_on", "switch_off", "set_schedule"]
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=100)]


class Wanted(BaseModel):
    """An order to the device of one thing."""

    kind: str = Field(max_length=40, description="Of the thing: streetlight, valve…")
    code: str = Field(max_length=100)
    verb: Verb
    parameters: dict[str, Any] = Field(
        default={},
        description="level (%) to dim; duration_s to open a valve; days, start, end for a schedule",
    )
    issued_at: AwareDatetime | None = Field(default=None, description="Now by default")
    expires_at: AwareDatetime | None = Field(
        default=None, description="From when on it must not act: half an hour later, a day at most"
    )


class OrderStep(BaseModel):
    """One line of an order's history."""

    at: datetime
    state: str
    source: str
    detail: str


class OrderDetail(BaseModel):
    """An order as it stands."""

    id: UUID
    dev_eui: str
    verb: str
    parameters: dict[str, Any]
    state: str = Field(
        description="requested, queued, sent, acknowledged, confirmed, refused, failed, expired "
        "or cancelled"
    )
    reason: str = Field(description="Stable code of why it ended badly")
    issued_at: datetime
    expires_at: datetime
    steps: list[OrderStep] = []


class Preview(BaseModel):
    """What would go down, and what the device would read in it."""

    dev_eui: str
    payload: str = Field(description="Hexadecimal")
    f_port: int
    read_back: dict[str, Any]


@router.post("/preview", summary="What an order would say, without sending it")
def preview(request: Request, wanted: Wanted) -> Preview:
    """Write an order and read it back; a 422 problem where its device does not obey it."""
    database = request.app.state.database
    dev_eui, profile = _device(database, _thing(database, wanted), wanted.verb)
    written = encode(profile, wanted.verb, wanted.parameters)
    return Preview(
        dev_eui=dev_eui,
        payload=written.payload.hex(),
        f_port=written.f_port,
        read_back=dict(written.read_back),
    )


@router.post("", status_code=202, summary="Give an order")
def give(
    request: Request, response: Response, person: Operator, wanted: Wanted, key: Key
) -> OrderDetail:
    """Record an order; the same key asked again gives the same order, and it acts once."""
    state = request.app.state
    database: Database = state.database
    thing = _thing(database, wanted)
    dev_eui, profile = _device(database, thing, wanted.verb)
    now = state.clock.now()
    issued = wanted.issued_at or now
    expires = wanted.expires_at or issued + DEFAULT
    if expires - issued > LONGEST:
        raise Refused("too_long", "an order is good for a day at most")
    encode(profile, wanted.verb, wanted.parameters)  # what cannot be written is refused at once
    with database.connection() as connection:
        record = commands.request(
            connection,
            person=person.name,
            idempotency_key=key,
            asset_id=thing.id,
            dev_eui=dev_eui,
            verb=wanted.verb,
            parameters=wanted.parameters,
            issued_at=issued,
            now=now,
            expires_at=expires,
        )
    response.headers["Location"] = f"/v1/orders/{record.id}"
    return _told(record)


@router.get("/{order_id}", summary="Where an order stands")
def follow(request: Request, order_id: UUID) -> OrderDetail:
    """Tell where an order stands, with its history."""
    with request.app.state.database.connection() as connection:
        told = _told(commands.command(connection, order_id))
        history = commands.steps(connection, order_id)
    told.steps = [
        OrderStep(at=step.at, state=step.state, source=step.source, detail=step.detail)
        for step in history
    ]
    return told


@router.delete("/{order_id}", summary="Withdraw an order that has not left")
def withdraw(request: Request, person: Operator, order_id: UUID) -> OrderDetail:
    """Withdraw it; a 409 problem where it has left already."""
    state = request.app.state
    with state.database.connection() as connection:
        now = state.clock.now()
        return _told(commands.cancel(connection, order_id, person=person.name, now=now))


def _thing(database: Database, wanted: Wanted) -> Thing:
    return OperatorReader(database).thing(wanted.kind, wanted.code)


def _device(database: Database, thing: Thing, verb: str) -> tuple[str, Profile]:
    """Return the device of a thing that obeys a verb, and its profile.

    Raises
    ------
    NotFound
        No device is attached to it.
    Refused
        None of them obeys.
    """
    own = IngestSettings().profiles
    known = read_profiles(own) if own else profiles()
    rows = OperatorReader(database).devices_of(thing.id).to_dicts()
    if not rows:
        raise NotFound("device of", thing.code)
    for row in rows:
        profile = known.get(profile_key(row["profile"]))
        if profile is not None and verb in verbs(profile):
            return str(row["dev_eui"]), profile
    raise Refused("not_supported", f"no device of {thing.code} obeys {verb!r}")


def _told(record: CommandRecord) -> OrderDetail:
    return OrderDetail(
        id=record.id,
        dev_eui=record.dev_eui,
        verb=record.verb,
        parameters=record.parameters,
        state=record.state,
        reason=record.reason,
        issued_at=record.issued_at,
        expires_at=record.expires_at,
    )
