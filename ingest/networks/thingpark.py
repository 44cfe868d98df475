"""Actility ThingPark: one object named after the kind of the message, numbers as such or as text.

The topic is configured per connection: messages are recognised by their shape. ``Late`` marks what
waited in a gateway: disorder is normal here. ``points`` are values with units that the network
decoded; they are named values for the device's profile.
"""

from typing import Annotated, Any, Final

import msgspec
from msgspec import field

from ingest.networks.identifiers import eui, hex_bytes
from ingest.networks.objects import array, named_values, present
from ingest.networks.radio import index, number, setting
from ingest.networks.records import NO_TIME, Event, Ignored, Named, Record, Rejection, Uplink
from twin.model.states import CommandState

NAME: Final = "thingpark"
MARK: Final = b'"DevEUI_'

_NOTHING: Final = msgspec.Raw(b"")


class _Driver(msgspec.Struct, gc=False):
    model: str = field(default="", name="mId")


class _DriverConfig(msgspec.Struct, gc=False):
    app: _Driver | None = None


class _Receivers(msgspec.Struct, gc=False):
    receivers: msgspec.Raw = field(default=_NOTHING, name="Lrr")


class _Head(msgspec.Struct, gc=False):
    dev_eui: str = field(name="DevEUI")
    time: str | None = field(default=None, name="Time")


class _Up(_Head, gc=False):
    f_port: Annotated[int, msgspec.Meta(ge=0, le=255)] = field(default=0, name="FPort")
    f_cnt: Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)] = field(default=0, name="FCntUp")
    m_type: int = field(default=2, name="MType")
    payload_hex: str = ""
    dev_addr: str = field(default="", name="DevAddr")
    receivers: _Receivers | None = field(default=None, name="Lrrs")
    driver: _DriverConfig | None = field(default=None, name="DriverCfg")
    customer: str | int = field(default="", name="CustomerID")
    encrypted: int = field(default=0, name="PayloadEncryption")
    payload: msgspec.Raw = _NOTHING
    points: dict[str, Any] | None = None
    frequency: Any = field(default=None, name="Frequency")
    spreading_factor: Any = field(default=None, name="SpFact")


class _Sent(_Head, gc=False):
    status: int = field(default=1, name="DeliveryStatus")
    cause_1: str | int = field(default="00", name="DeliveryFailedCause1")
    cause_2: str | int = field(default="00", name="DeliveryFailedCause2")
    cause_3: str | int = field(default="00", name="DeliveryFailedCause3")
    correlation: str = field(default="", name="CorrelationID")


class _Note(_Head, gc=False):
    kind: str = field(default="", name="Type")


class _Message(msgspec.Struct, gc=False):
    up: msgspec.Raw = field(default=_NOTHING, name="DevEUI_uplink")
    sent: msgspec.Raw = field(default=_NOTHING, name="DevEUI_downlink_Sent")
    note: msgspec.Raw = field(default=_NOTHING, name="DevEUI_notification")
    location: msgspec.Raw = field(default=_NOTHING, name="DevEUI_location")


_CONFIRMED_UP: Final = 4
_message = msgspec.json.Decoder(_Message)
# strict=False: "368" is a number, as the servers of 2018 wrote it
_up = msgspec.json.Decoder(_Up, strict=False)
_sent = msgspec.json.Decoder(_Sent, strict=False)
_note = msgspec.json.Decoder(_Note, strict=False)


def read(topic: str, payload: bytes) -> Record:  # noqa: ARG001 - everything is in the payload
    """Read one message."""
    if not payload:
        return Rejection("empty")
    message = _message.decode(payload)
    if message.up:
        return _read_up(_up.decode(message.up))
    if message.sent:
        return _read_sent(_sent.decode(message.sent), payload)
    part = message.note or message.location
    if not part:
        return Ignored("unknown_event")
    note = _note.decode(part)
    kind = "location" if message.location else "join" if note.kind == "join" else "log"
    return _event(note, kind, payload)


def _read_up(up: _Up) -> Record:
    dev_eui = eui(up.dev_eui)
    if dev_eui is None:
        return Rejection("bad_eui", up.dev_eui[:64])
    data = hex_bytes(up.payload_hex)
    if data is None:
        return Rejection("bad_hex", up.payload_hex[:64])
    return Uplink(
        network=NAME,
        dev_eui=dev_eui,
        payload=data,
        session=up.dev_addr.lower(),
        f_cnt=up.f_cnt,
        f_port=up.f_port,
        gateway_at=up.time or NO_TIME,
        receptions=array(up.receivers.receivers) if up.receivers else b"[]",
        decoded=present(up.payload),
        application=str(up.customer),
        profile=up.driver.app.model if up.driver and up.driver.app else "",
        confirmed=up.m_type == _CONFIRMED_UP,
        encrypted=bool(up.encrypted),
        named=_points(up.points or {}),
        radio=setting(number(up.frequency), spreading_factor=index(up.spreading_factor)),
    )


def _points(points: dict[str, Any]) -> tuple[Named, ...]:
    """Return values with units: one ``record``, or ``records`` with the times of each."""
    found: list[Named] = []
    for name, point in points.items():
        records = point.get("records") if isinstance(point, dict) else None
        if not isinstance(records, list):
            found += named_values({name: point})
            continue
        unit = point.get("unitId", "")
        for record in records:
            if isinstance(record, dict):
                at = record.get("eventTime")
                value = {name: {"value": record.get("value"), "unit": unit}}
                found += named_values(value, at if isinstance(at, str) else NO_TIME)
    return tuple(found)


def _read_sent(sent: _Sent, payload: bytes) -> Record:
    event = _event(sent, "txack", payload)
    if isinstance(event, Event) and sent.correlation:
        event.command_id = sent.correlation
        event.outcome = CommandState.SENT if sent.status else CommandState.FAILED
        if not sent.status:
            causes = (str(sent.cause_1), str(sent.cause_2), str(sent.cause_3))
            event.reason = "gateway " + " ".join(cause for cause in causes if cause.strip("0"))
    return event


def _event(head: _Head, kind: str, payload: bytes) -> Record:
    dev_eui = eui(head.dev_eui)
    if dev_eui is None:
        return Rejection("bad_eui", head.dev_eui[:64])
    return Event(
        network=NAME,
        kind=kind,
        subject=dev_eui,
        identity="",  # of its bytes
        at=head.time or NO_TIME,
        detail=payload,
    )
