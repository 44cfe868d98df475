"""LORIOT: a frame comes as ``cmd: "rx"`` at once and again as ``cmd: "gw"`` with all gateways.

Both carry the same counter and bytes: they merge into one row by their content. ``ts`` is Unix
time, in ms or, at resellers, in s. ``encdata`` stands where the server has no keys. The topic is
configured per application: messages are recognised by their shape.
"""

import re
from typing import Annotated, Any, Final

import msgspec
from msgspec import field

from ingest.networks.identifiers import eui, hex_bytes
from ingest.networks.instants import by_magnitude
from ingest.networks.objects import present
from ingest.networks.radio import of_text
from ingest.networks.records import NO_TIME, Event, Ignored, Instant, Record, Rejection, Uplink

NAME: Final = "loriot"
MARKS: Final = (b'"cmd"', b'"EUI"')

_NOTHING: Final = msgspec.Raw(b"")
_PREFIXED: Final = re.compile(r".*[^0-9A-Fa-f]([0-9A-Fa-f]{16})", re.ASCII)


class _Message(msgspec.Struct, gc=False):
    cmd: str
    dev_eui: str = field(default="", name="EUI")
    at: float | None = field(default=None, name="ts")
    f_cnt: Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)] = field(default=0, name="fcnt")
    f_port: Annotated[int, msgspec.Meta(ge=0, le=255)] = field(default=0, name="port")
    data: str | None = None
    encrypted: str | None = field(default=None, name="encdata")
    gateways: msgspec.Raw = field(default=_NOTHING, name="gws")
    decoded: msgspec.Raw = _NOTHING
    ack: bool = False
    rate: Any = field(default=None, name="dr")
    frequency: Any = field(default=None, name="freq")


class _Gateway(msgspec.Struct, gc=False):
    time: str | None = None
    at: float | None = field(default=None, name="ts")


_message = msgspec.json.Decoder(_Message)
_gateways = msgspec.json.Decoder(list[_Gateway])


def read(topic: str, payload: bytes) -> Record:  # noqa: ARG001 - everything is in the payload
    """Read one message of an application's stream."""
    if not payload:
        return Rejection("empty")
    message = _message.decode(payload)
    if message.cmd not in {"rx", "gw", "txd"}:
        return Ignored("unknown_event")
    dev_eui = _address(message.dev_eui)
    if dev_eui is None:
        return Rejection("bad_eui", message.dev_eui[:64])
    if message.cmd == "txd":
        return Event(
            network=NAME,
            kind="txack",
            subject=dev_eui,
            identity="",  # of its bytes
            at=by_magnitude(message.at),
            detail=payload,
        )
    text = message.data or message.encrypted or ""
    data = hex_bytes(text)
    if data is None:
        return Rejection("bad_hex", text[:64])
    heard = present(message.gateways)
    return Uplink(
        network=NAME,
        dev_eui=dev_eui,
        payload=data,
        f_cnt=message.f_cnt,
        f_port=message.f_port,
        gateway_at=_gateway_time(heard),
        network_at=by_magnitude(message.at),
        receptions=heard or b"[]",
        decoded=present(message.decoded),
        confirmed=message.ack,
        encrypted=not message.data and bool(message.encrypted),
        radio=of_text(message.rate, message.frequency),
    )


def _address(told: str) -> str | None:
    """Read an EUI, also behind a vendor's prefix."""
    prefixed = _PREFIXED.fullmatch(told)
    return eui(told) or (eui(prefixed.group(1)) if prefixed else None)


def _gateway_time(heard: bytes) -> Instant:
    """Return the first time that a gateway took from its own clock."""
    gateways = _gateways.decode(heard) if heard else []
    own = next((one.time for one in gateways if one.time), None)
    return own or next((by_magnitude(one.at) for one in gateways if one.at), NO_TIME)
