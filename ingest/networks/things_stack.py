"""The Things Stack v3: ``v3/<application>[@<tenant>]/devices/<device>/…``, JSON.

Three times: the gateway's (where it has GNSS or NTP), the network server's and the application
server's. A frame's own identifier is its ``as:up:`` correlation id. Empty, zero and false fields
are absent. What the server sends as ``up/normalized`` is in ``up`` as well, and read there. A
device's application is ``<application>[@<tenant>]/<device>``: the way back for orders.
"""

import re
from typing import Annotated, Final

import msgspec

from ingest.networks.identifiers import base64_bytes, eui, plain_identifier
from ingest.networks.objects import named_values, present
from ingest.networks.radio import setting
from ingest.networks.records import NO_TIME, Event, Ignored, Named, Record, Rejection, Uplink
from twin.model.states import CommandState

NAME: Final = "things_stack"

_NOTHING: Final = msgspec.Raw(b"")
_OWN: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_BELOW_MARKER: Final = frozenset({"push", "replace"})


class _Application(msgspec.Struct, gc=False):
    application_id: str = ""


class _Ids(msgspec.Struct, gc=False):
    device_id: str = ""
    dev_eui: str = ""
    dev_addr: str = ""
    application_ids: _Application | None = None


class _Version(msgspec.Struct, gc=False):
    model_id: str = ""


class _Reception(msgspec.Struct, gc=False):
    time: str | None = None


class _Lora(msgspec.Struct, gc=False):
    bandwidth: float = 0.0
    spreading_factor: int = 0


class _Rate(msgspec.Struct, gc=False):
    lora: _Lora | None = None


class _Settings(msgspec.Struct, gc=False):
    data_rate: _Rate | None = None
    frequency: str | float = 0.0


class _Up(msgspec.Struct, gc=False):
    session_key_id: str = ""
    f_port: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0
    f_cnt: Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)] = 0
    frm_payload: str = ""
    decoded_payload: msgspec.Raw = _NOTHING
    normalized_payload: msgspec.Raw = _NOTHING
    rx_metadata: msgspec.Raw = _NOTHING
    received_at: str | None = None
    confirmed: bool = False
    app_s_key: msgspec.Raw = _NOTHING
    version_ids: _Version | None = None
    settings: msgspec.Raw = _NOTHING


class _Problem(msgspec.Struct, gc=False):
    name: str = ""


class _Failed(msgspec.Struct, gc=False):
    error: _Problem | None = None
    downlink: "_Down | None" = None


class _Down(msgspec.Struct, gc=False):
    correlation_ids: list[str] | None = None


class _Message(msgspec.Struct, gc=False):
    end_device_ids: _Ids
    correlation_ids: list[str] | None = None
    received_at: str | None = None
    uplink_message: _Up | None = None
    simulated: bool = False
    downlink_ack: _Down | None = None
    downlink_nack: _Down | None = None
    downlink_sent: _Down | None = None
    downlink_queued: _Down | None = None
    downlink_failed: _Failed | None = None


_message = msgspec.json.Decoder(_Message)
_receptions = msgspec.json.Decoder(list[_Reception])
_normalized = msgspec.json.Decoder()
_settings = msgspec.json.Decoder(_Settings)


def read(topic: str, payload: bytes) -> Record:
    """Read one message of a device; its kind is in the words after the device's."""
    if not payload:
        return Rejection("empty")
    words = topic.split("/")
    kind = "/".join(words[4:6]) if words[2:3] == ["devices"] else ""
    if kind == "up/normalized":
        return Ignored("normalized_copy")
    if kind.startswith("down/") and words[-1] in _BELOW_MARKER:
        return Ignored("command")
    message = _message.decode(payload)
    ids = message.end_device_ids
    device = eui(ids.dev_eui) or (None if ids.dev_eui else plain_identifier(ids.device_id))
    if device is None:
        return Rejection("bad_eui", (ids.dev_eui or ids.device_id)[:64])
    if message.simulated:
        return Ignored("simulated")
    way = f"{words[1]}/{words[3]}" if kind else ""
    if message.uplink_message is not None:
        return _read_up(message, message.uplink_message, device, way)
    return _read_event(kind, message, device, way, payload)


def _read_up(message: _Message, up: _Up, device: str, way: str) -> Record:
    data = base64_bytes(up.frm_payload)
    if data is None:
        return Rejection("bad_base64", up.frm_payload[:64])
    ids = message.end_device_ids
    receptions = present(up.rx_metadata)
    heard = _receptions.decode(receptions) if receptions else ()
    return Uplink(
        network=NAME,
        dev_eui=device,
        payload=data,
        session=up.session_key_id or ids.dev_addr.lower(),
        f_cnt=up.f_cnt,
        f_port=up.f_port,
        copy_id=_as_up(message.correlation_ids),
        gateway_at=next((one.time for one in heard if one.time), NO_TIME),
        network_at=up.received_at or NO_TIME,
        application_at=message.received_at or NO_TIME,
        receptions=receptions or b"[]",
        decoded=present(up.decoded_payload),
        application=way,
        profile=up.version_ids.model_id if up.version_ids else "",
        name=ids.device_id,
        confirmed=up.confirmed,
        encrypted=bool(present(up.app_s_key)),
        named=_measurements(present(up.normalized_payload)),
        radio=_radio(present(up.settings)),
    )


def _radio(settings: bytes) -> int:
    """Return how it was sent; nothing where that is written otherwise than it should be."""
    try:
        told = _settings.decode(settings) if settings else _Settings()
        lora = (told.data_rate and told.data_rate.lora) or _Lora()
        return setting(float(told.frequency), lora.bandwidth, lora.spreading_factor)
    except (msgspec.DecodeError, ValueError):
        return 0


def _as_up(told: list[str] | None) -> str:
    return next((one for one in told or () if one.startswith("as:up:")), "")


def _measurements(normalized: bytes) -> tuple[Named, ...]:
    """Return the server's normalized measurements, each with its own time where it has one."""
    if not normalized:
        return ()
    found: list[Named] = []
    document = _normalized.decode(normalized)
    for group in document if isinstance(document, list) else [document]:
        if isinstance(group, dict):
            told = group.pop("time", None)
            found += named_values(group, told if isinstance(told, str) else NO_TIME)
    return tuple(found)


def _read_event(kind: str, message: _Message, device: str, way: str, payload: bytes) -> Record:
    told = _KINDS.get(kind)
    if told is None:
        return Ignored("unknown_event")
    ids = message.end_device_ids
    event = Event(
        network=NAME,
        kind=told[0],
        subject=device,
        identity="",  # of its bytes
        at=message.received_at or NO_TIME,
        detail=payload,
        application=way,
        name=ids.device_id,
    )
    order = _order(message)
    if order and told[1] is not None:
        event.command_id, event.outcome, event.reason = order, told[1], told[2]
        if told[1] is CommandState.FAILED and message.downlink_failed:
            error = message.downlink_failed.error
            event.reason = error.name if error and error.name else told[2]
    return event


def _order(message: _Message) -> str:
    """Return our own identifier of the order that an event speaks of; it came as a correlation."""
    parts = (
        message.downlink_ack,
        message.downlink_nack,
        message.downlink_sent,
        message.downlink_queued,
        message.downlink_failed.downlink if message.downlink_failed else None,
        message,
    )
    for part in parts:
        for text in (part.correlation_ids if part else None) or ():
            found = _OWN.search(text.lower())
            if found:
                return found.group()
    return ""


_KINDS: Final[dict[str, tuple[str, CommandState | None, str]]] = {
    "join": ("join", None, ""),
    "down/queued": ("log", None, ""),
    "down/sent": ("txack", CommandState.SENT, ""),
    "down/ack": ("ack", CommandState.ACKNOWLEDGED, ""),
    "down/nack": ("ack", CommandState.REFUSED, "not_acknowledged"),
    "down/failed": ("log", CommandState.FAILED, "network"),
    "down/invalidated": ("log", CommandState.FAILED, "invalidated"),
    "location/solved": ("location", None, ""),
    "service/data": ("log", None, ""),
}
"""The topic's last words → our kind, and for an order its new state and why."""
