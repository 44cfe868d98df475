"""``/v1/ledger`` and ``/v1/devices``: where every message went, for programs."""

from datetime import datetime, timedelta
from typing import Annotated

import polars as pl
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from control_center.deliveries import deliveries_of
from control_center.people import OPERATORS_ONLY
from twin.errors import Refused
from twin.store.codecs import known_codecs
from twin.store.doubles import doubles
from twin.store.ledger import BEGINNING, END, LedgerReader
from twin.store.unmapped import unmapped_names

router = APIRouter(prefix="/v1", tags=["messages"], dependencies=OPERATORS_ONLY)

LONGEST = timedelta(days=31)

Start = Annotated[datetime | None, Query(description="The beginning by default")]
End = Annotated[datetime | None, Query(description="Not included; now by default")]


class Balance(BaseModel):
    """What one source gave, and how it ended."""

    source: str = Field(description="The network that read it; unknown: none did")
    received: int
    stored: int
    merged: int = Field(description="Deliveries of a message that was stored already")
    rejected: int
    ignored: int
    difference: int = Field(description="By how much its minutes are out of balance: 0")
    last_minute: datetime


class Ended(BaseModel):
    """How many messages of a source ended one way."""

    source: str
    outcome: str = Field(description="received, stored, merged, rejected or ignored")
    reason: str = Field(description="Stable code; empty where there is nothing to explain")
    count: int


class EndedInMinute(Ended):
    """The same, of the messages received in one minute."""

    minute: datetime


class Unmapped(BaseModel):
    """A name in a sender's words that became no reading."""

    profile: str = Field(description="Of the devices that send it; empty: they have none")
    name: str
    why: str = Field(description="no_mapping, not_a_number, unit or bad_channel")
    unit: str = Field(description="As sent, last; empty: not said")
    example: str
    devices: int = Field(description="How many send it; 0: counted by profile only")
    first_at: datetime
    last_at: datetime


class Ledger(BaseModel):
    """Where messages went."""

    balances: bool = Field(description="received = stored + merged + rejected + ignored, always")
    sources: list[Balance]
    outcomes: list[Ended]


class RejectedMessage(BaseModel):
    """A message in the quarantine."""

    id: int
    source: str
    topic: str
    reason: str
    detail: str
    raw: str = Field(description="Its bytes, hexadecimal, cut at a limit")
    raw_bytes: int = Field(description="Its true length")
    received_at: datetime = Field(description="The first time")
    times: int


class Heard(BaseModel):
    """One gateway's hearing of a frame."""

    gateway: str
    rssi: float | None = Field(description="dBm")
    snr: float | None = Field(description="dB")


class Sent(BaseModel):
    """How a frame was sent; null: not told."""

    frequency_mhz: float | None
    bandwidth_khz: int | None
    spreading_factor: int | None = Field(description="Null also where the modulation has none")
    data_rate: int | None = Field(description="Index in the region's table")


class FrameDetail(BaseModel):
    """One frame; null: not told."""

    event_at: datetime = Field(description="The time that counts")
    time_source: str = Field(description="gateway, network, application or door")
    gateway_at: datetime | None
    network_at: datetime | None
    application_at: datetime | None
    received_at: datetime = Field(description="At our door")
    session: str
    epoch: int
    f_cnt: int
    f_port: int
    payload: str = Field(description="Hexadecimal; empty too where notes say `untold`")
    copies: int = Field(description="Deliveries that were merged into it, itself included")
    codec: str | None = Field(description="Name and version of what read it")
    notes: list[str]
    radio: Sent
    receptions: list[Heard]


class Read(BaseModel):
    """One value that was read out of the newest frame."""

    property: str
    channel: int
    unit: str
    value: float
    quality: int
    codec: str | None


class Epoch(BaseModel):
    """A run of frames in which the counter only grows."""

    epoch: int
    session: str
    first_f_cnt: int
    last_f_cnt: int
    received: int
    expected: int
    per: float = Field(description="Packet error rate: 1 − received / expected")
    first_at: datetime
    last_at: datetime


class Gap(BaseModel):
    """Counts that never came."""

    epoch: int
    first_f_cnt: int
    last_f_cnt: int
    missing: int
    heard_before: datetime
    heard_after: datetime


class CounterRun(BaseModel):
    """Frames whose counter only grows: one of the devices under an identifier."""

    network: str
    session: str
    first_f_cnt: int
    last_f_cnt: int
    first_at: datetime
    last_at: datetime
    frames: int = Field(description="How many of the newest ones are its own")


class Double(BaseModel):
    """An identifier that two devices answer to: runs of counters alternate under it."""

    dev_eui: str
    name: str
    first_at: datetime
    last_at: datetime
    returns: int = Field(description="How often a run was taken up again")
    runs: list[CounterRun]


class CodecState(BaseModel):
    """One version of a codec, pinned by its content."""

    name: str
    version: str
    sha256: str | None = Field(description="Of its file; null: one of ours")
    strikes: int = Field(description="How often it had to be stopped")
    quarantined: str | None = Field(description="Why it is not run any more; null: it is")
    since: datetime | None = Field(description="Since when it is in quarantine")


class DeviceMessages(BaseModel):
    """Where one device's messages are."""

    dev_eui: str
    network: str
    name: str
    profile: str
    registered: bool
    first_seen: datetime | None
    last_seen: datetime | None
    double: Double | None = Field(description="Null: nothing says that it is two devices")
    loss: float | None = Field(description="0 to 1; null: nothing counts, or two devices at once")
    frames: list[FrameDetail] = Field(description="Newest first")
    readings: list[Read]
    epochs: list[Epoch]
    gaps: list[Gap]
    unmapped: list[Unmapped]
    rejected: list[RejectedMessage]


@router.get("/ledger", summary="Where messages went, by source")
def ledger(request: Request, start: Start = None, end: End = None) -> Ledger:
    """Return, for each source, what was received in [start, end) and how it ended."""
    reader = LedgerReader(request.app.state.database)
    span = start or BEGINNING, end or END
    balances = reader.balance(*span)
    return Ledger(
        balances=not any(balances["difference"]),
        sources=[Balance.model_validate(row) for row in balances.to_dicts()],
        outcomes=[Ended.model_validate(row) for row in reader.totals(*span).to_dicts()],
    )


@router.get("/ledger/minutes", summary="Where messages went, minute by minute")
def minutes(request: Request, start: Start = None, end: End = None) -> list[EndedInMinute]:
    """Return the ledger of the minutes in [start, end): the last hour by default, 31 days at most.

    A 422 problem beyond.
    """
    until = end or request.app.state.clock.now()
    since = start or until - timedelta(hours=1)
    if until - since > LONGEST:
        raise Refused("too_long", f"the ledger is read by {LONGEST.days} days at most")
    rows = LedgerReader(request.app.state.database).minutes(since, until)
    return [EndedInMinute.model_validate(row) for row in rows.to_dicts()]


@router.get("/ledger/rejected", summary="Messages in the quarantine")
def rejected(
    request: Request,
    reason: Annotated[str | None, Query(max_length=60)] = None,
    source: Annotated[str | None, Query(max_length=60)] = None,
    before: Annotated[int | None, Query(ge=1, description="The page after this number")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> list[RejectedMessage]:
    """Return rejected messages, newest first, with their bytes and their reason."""
    reader = LedgerReader(request.app.state.database)
    return _rejected(reader.rejected(limit, before, reason=reason, source=source))


@router.get("/ledger/unmapped", summary="Values that nobody has given a meaning")
def unmapped(
    request: Request, limit: Annotated[int, Query(ge=1, le=2_000)] = 500
) -> list[Unmapped]:
    """Return the names that became no reading, the last seen first, and why."""
    with request.app.state.database.connection() as connection:
        found = unmapped_names(connection, limit=limit)
    return [Unmapped.model_validate(one, from_attributes=True) for one in found]


@router.get("/ledger/doubles", summary="Identifiers that two devices answer to")
def doubled(request: Request, limit: Annotated[int, Query(ge=1, le=1_000)] = 100) -> list[Double]:
    """Return identifiers under which counters alternate as one device's cannot, newest first."""
    with request.app.state.database.connection() as connection:
        found = doubles(connection, limit=limit)
    return [Double.model_validate(one, from_attributes=True) for one in found]


@router.get("/codecs", summary="What reads the devices, and what is in quarantine")
def codecs(request: Request) -> list[CodecState]:
    """Return all versions of codecs that ever read something, by name, the newest last."""
    return [
        CodecState(
            name=one.name,
            version=one.version,
            sha256=None if one.sha256 is None else one.sha256.hex(),
            strikes=one.strikes,
            quarantined=one.reason,
            since=one.since,
        )
        for one in known_codecs(request.app.state.database)
    ]


@router.get("/devices/{dev_eui}/messages", summary="Where one device's messages are")
def device(
    request: Request,
    dev_eui: str,
    days: Annotated[int, Query(ge=1, le=400, description="How far back counters are read")] = 7,
) -> DeviceMessages:
    """Return its newest frames, what was read, what was lost, what was rejected; else a 404."""
    state = request.app.state
    found = deliveries_of(state.database, dev_eui, state.clock.now(), timedelta(days=days))
    return DeviceMessages(
        **{name: found.device[name] for name in _REGISTER},
        double=found.double and Double.model_validate(found.double, from_attributes=True),
        loss=found.loss,
        frames=[FrameDetail.model_validate(one, from_attributes=True) for one in found.frames],
        readings=[Read.model_validate(row) for row in found.readings],
        epochs=[Epoch.model_validate(row) for row in found.epochs.to_dicts()],
        gaps=[Gap.model_validate(row) for row in found.gaps.to_dicts()],
        unmapped=[Unmapped.model_validate(one, from_attributes=True) for one in found.unmapped],
        rejected=_rejected(found.rejected),
    )


_REGISTER = ("dev_eui", "network", "name", "profile", "registered", "first_seen", "last_seen")


def _rejected(rows: pl.DataFrame) -> list[RejectedMessage]:
    shown = rows.with_columns(pl.col("raw").bin.encode("hex"))
    return [RejectedMessage.model_validate(row) for row in shown.to_dicts()]
