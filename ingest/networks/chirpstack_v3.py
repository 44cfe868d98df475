"""ChirpStack v3: Protobuf, three JSON dialects, and the one of loggers that added a time.

Topics ``application/<number>/device/<devEUI>/event/<kind>``, before v3.11
``application/<number>/device/<devEUI>/<kind>``, in captures also ``application/<kind>``.
There is no identifier of a frame: copies are recognised by their content.
"""

from typing import Annotated, Final

import msgspec
from msgspec import field

from ingest.networks.chirpstack_protobuf import EVENTS_V3
from ingest.networks.identifiers import base64_bytes, eui, hex_bytes
from ingest.networks.instants import by_magnitude
from ingest.networks.protobuf import decode
from ingest.networks.radio import of_tx_info, with_rate
from ingest.networks.records import NO_TIME, Event, Ignored, Reading, Record, Rejection, Uplink

NAME: Final = "chirpstack_v3"

_NOTHING: Final = msgspec.Raw(b"")
_UP: Final = frozenset({"up", "rx"})
_EVENTS: Final = frozenset({"status", "join", "ack", "txack", "error", "location"})


class _Device(msgspec.Struct, gc=False):
    dev_eui: str = field(name="devEUI")
    application_id: str | int = field(default="", name="applicationID")
    device_name: str = field(default="", name="deviceName")
    profile_name: str = field(default="", name="deviceProfileName")
    logged_at: int | None = field(default=None, name="_timestamp")  # ms, the logger's


class _Up(_Device, gc=False):
    f_cnt: Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)] = field(default=0, name="fCnt")
    f_port: Annotated[int, msgspec.Meta(ge=0, le=255)] = field(default=0, name="fPort")
    dev_addr: str = field(default="", name="devAddr")
    data: str | None = None
    object: msgspec.Raw = _NOTHING
    object_json: str = field(default="", name="objectJSON")
    rx_info: msgspec.Raw = field(default=_NOTHING, name="rxInfo")
    tx_info: msgspec.Raw = field(default=_NOTHING, name="txInfo")
    dr: int | None = None
    confirmed: bool = field(default=False, name="confirmedUplink")


class _Reception(msgspec.Struct, gc=False):
    time: str | None = None


class _Status(_Device, gc=False):
    margin: int | None = None
    external: bool = field(default=False, name="externalPowerSource")
    unavailable: bool = field(default=False, name="batteryLevelUnavailable")
    battery_level: float | None = field(default=None, name="batteryLevel")


_encode = msgspec.json.Encoder().encode
_up = msgspec.json.Decoder(_Up)
_receptions = msgspec.json.Decoder(list[_Reception] | None)
_status = msgspec.json.Decoder(_Status)


def read(topic: str, payload: bytes) -> Record:
    """Read one event of a device; its kind is the last word of the topic."""
    kind = topic.rpartition("/")[2]
    if kind not in _UP and kind not in _EVENTS:
        kind = "up" if b'"rxInfo"' in payload else kind  # a topic of another template
    if not payload.startswith(b"{"):
        return _read_protobuf(kind, payload)
    if kind in _UP:
        return _read_up(payload)
    return _read_event(kind, payload) if kind in _EVENTS else Ignored("unknown_event")


def _read_protobuf(kind: str, payload: bytes) -> Record:
    """Read Protobuf as the JSON that the server's Protobuf dialect would have been."""
    if not payload:
        return Rejection("empty")
    table = EVENTS_V3.get("up" if kind in _UP else kind)
    if table is None:
        return Ignored("unknown_event")
    try:
        written = _encode(decode(table, payload))
    except msgspec.DecodeError as error:
        return Rejection("not_protobuf", str(error))
    return _read_up(written) if kind in _UP else _read_event(kind, written)


def _read_up(payload: bytes) -> Record:
    up = _up.decode(payload)
    dev_eui = eui(up.dev_eui)
    if dev_eui is None:
        return Rejection("bad_eui", up.dev_eui[:64])
    text = up.data or ""
    logged = up.logged_at is not None  # these loggers write the payload in hexadecimal
    data = hex_bytes(text) if logged else base64_bytes(text)
    if data is None:
        return Rejection("bad_hex" if logged else "bad_base64", text[:64])
    receptions = bytes(up.rx_info)
    return Uplink(
        network=NAME,
        dev_eui=dev_eui,
        payload=data,
        session=_address(up.dev_addr),
        f_cnt=up.f_cnt,
        f_port=up.f_port,
        gateway_at=_gateway_time(receptions),
        application_at=by_magnitude(up.logged_at),
        receptions=b"[]" if receptions in {b"", b"null"} else receptions,
        decoded=_decoded(up),
        application=str(up.application_id),
        profile=up.profile_name,
        name=up.device_name,
        confirmed=up.confirmed,
        radio=_radio(up),
    )


def _radio(up: _Up) -> int:
    known = of_tx_info(bytes(up.tx_info))
    return known if up.dr is None else with_rate(known, up.dr)


def _gateway_time(receptions: bytes) -> str | int:
    found = _receptions.decode(receptions) if receptions else None
    return next((heard.time for heard in found or () if heard.time), NO_TIME)


def _decoded(up: _Up) -> bytes:
    if up.object_json:
        return up.object_json.encode()
    raw = bytes(up.object)
    return b"" if raw == b"null" else raw


def _address(text: str) -> str:
    """Fold a device address: hexadecimal, or base64 of its four bytes in the Protobuf dialect."""
    raw = base64_bytes(text) if text.endswith("==") else None
    return raw.hex() if raw is not None else text.lower()


def _read_event(kind: str, payload: bytes) -> Record:
    event = _status.decode(payload)
    dev_eui = eui(event.dev_eui)
    if dev_eui is None:
        return Rejection("bad_eui", event.dev_eui[:64])
    readings = []
    if kind == "status":
        if event.margin is not None:
            readings.append(Reading("link_margin", float(event.margin)))
        if event.battery_level is not None and not (event.unavailable or event.external):
            readings.append(Reading("battery_level", event.battery_level))
    return Event(
        network=NAME,
        kind="log" if kind == "error" else kind,
        subject=dev_eui,
        identity="",  # of its bytes
        at=by_magnitude(event.logged_at),
        detail=payload,
        readings=tuple(readings),
        application=str(event.application_id),
        profile=event.profile_name,
        name=event.device_name,
    )
