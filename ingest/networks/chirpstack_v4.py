"""ChirpStack v4: events of devices, in JSON and in Protobuf on the same topics.

Topic ``application/<uuid>/device/<devEui>/event/<kind>``; the template is configurable there, so
identifiers are taken from the payload, and the kind from its shape where no word of the topic tells
it. JSON follows the proto3 mapping: defaults are absent. Each message is told apart by its first
byte; Protobuf becomes the JSON that the server would have written, and is read as that.
"""

from typing import Annotated, Any, Final

import msgspec

from ingest.networks.chirpstack_protobuf import EVENTS
from ingest.networks.identifiers import base64_bytes, eui
from ingest.networks.protobuf import decode
from ingest.networks.radio import of_tx_info, with_rate
from ingest.networks.records import Event, Ignored, Reading, Record, Rejection, Uplink
from twin.model.states import CommandState

NAME: Final = "chirpstack_v4"

_NOTHING: Final = msgspec.Raw(b"")
_LOST: Final = {  # codes of a log that end an order, and the reason we give
    "EXPIRED": "expired",
    "F_CNT_DOWN": "frame_counter",
    "DOWNLINK_PAYLOAD_SIZE": "payload_size",
    "DOWNLINK_CODEC": "codec",
    "DOWNLINK_GATEWAY": "gateway",
}

Counter = Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]
Port = Annotated[int, msgspec.Meta(ge=0, le=255)]


class _Device(msgspec.Struct, gc=False, rename="camel"):
    dev_eui: str
    application_id: str = ""
    device_profile_name: str = ""
    device_name: str = ""


class _Up(msgspec.Struct, gc=False, rename="camel"):
    device_info: _Device
    deduplication_id: str = ""
    time: str | None = None
    dev_addr: str = ""
    f_cnt: Counter = 0
    f_port: Port = 0
    dr: int = 0
    confirmed: bool = False
    data: str = ""
    object: msgspec.Raw = _NOTHING
    rx_info: msgspec.Raw = _NOTHING
    tx_info: msgspec.Raw = _NOTHING
    join_server_context: dict[str, Any] | None = None
    simulated: bool = False


class _Reception(msgspec.Struct, gc=False, rename="camel"):
    gw_time: str | None = None
    ns_time: str | None = None
    time: str | None = None  # before October 2023


class _Event(msgspec.Struct, gc=False, rename="camel"):
    device_info: _Device
    deduplication_id: str = ""
    time: str | None = None
    queue_item_id: str = ""
    downlink_id: int = 0
    acknowledged: bool = False
    level: str = "INFO"
    code: str = ""
    description: str = ""
    context: dict[str, str] = {}
    margin: int | None = None
    external_power_source: bool = False
    battery_level_unavailable: bool = False
    battery_level: float | None = None


_TEMPLATE_WORDS: Final = 12
"""How many words from its end a topic of another template is searched for the kind."""
_MARKS: Final = (  # in JSON; what tells an event of a topic that does not
    (b'"rxInfo"', "up"),
    (b'"gatewayId"', "txack"),
    (b'"queueItemId"', "ack"),
    (b'"description"', "log"),
    (b'"margin"', "status"),
    (b'"batteryLevel', "status"),
    (b'"location"', "location"),
    (b'"devAddr"', "join"),
)

_encode = msgspec.json.Encoder().encode
_up = msgspec.json.Decoder(_Up)
_receptions = msgspec.json.Decoder(list[_Reception])
_event = msgspec.json.Decoder(_Event)


def read(topic: str, payload: bytes) -> Record:
    """Read one event of a device."""
    if not payload.startswith(b"{"):
        return _read_protobuf(topic, payload)
    if topic.endswith("/up"):
        return _read_up(payload)
    return _read_kind(_kind(topic, payload), payload)


def is_event(topic: str, payload: bytes) -> bool:
    """Whether bytes on a topic of another template are an event in Protobuf."""
    if not payload or _kind(topic, payload) not in EVENTS:
        return False
    return isinstance(_read_protobuf(topic, payload), (Uplink, Event))


def _read_protobuf(topic: str, payload: bytes) -> Record:
    if not payload:
        return Rejection("empty")  # to Protobuf, a message of defaults
    kind = _kind(topic, payload)
    table = EVENTS.get(kind)
    if table is None:
        return Ignored("unknown_event")
    try:
        event = decode(table, payload)
    except msgspec.DecodeError as error:
        return Rejection("not_protobuf", str(error))
    if kind == "up" and "txInfo" not in event:  # the server always says how a frame was sent
        return Rejection("not_protobuf", "cut short: no txInfo")
    return _read_kind(kind, _encode(event))


def _read_kind(kind: str, payload: bytes) -> Record:
    if kind == "up":
        return _read_up(payload)
    reader = _KINDS.get(kind)
    if reader is None:
        return Ignored("unknown_event")
    event = _event.decode(payload)
    dev_eui = eui(event.device_info.dev_eui)
    if dev_eui is None:
        return Rejection("bad_eui", event.device_info.dev_eui[:64])
    return reader(event, dev_eui, payload)


def _kind(topic: str, payload: bytes) -> str:
    """Return an event's kind: the topic's last word, else another word of it, else by its shape."""
    words = topic.rsplit("/", _TEMPLATE_WORDS)[::-1]
    if words[0] in EVENTS or words[1:2] == ["event"]:
        return words[0]
    told = next((word for word in words if word in EVENTS), "")
    return told or next((kind for mark, kind in _MARKS if mark in payload), "")


def _read_up(payload: bytes) -> Record:
    up = _up.decode(payload)
    device = up.device_info
    dev_eui = eui(device.dev_eui)
    if dev_eui is None:
        return Rejection("bad_eui", device.dev_eui[:64])
    data = base64_bytes(up.data)
    if data is None:
        return Rejection("bad_base64", up.data[:64])
    if up.simulated:
        return Ignored("simulated")
    receptions = _present(up.rx_info)
    first = _first_timed(receptions)
    return Uplink(
        network=NAME,
        dev_eui=dev_eui,
        payload=data,
        session=up.dev_addr,
        f_cnt=up.f_cnt,
        f_port=up.f_port,
        copy_id=up.deduplication_id,
        gateway_at=first.gw_time or first.time or "",
        network_at=first.ns_time or "",
        application_at=up.time or "",
        receptions=receptions or b"[]",
        decoded=_present(up.object),
        application=device.application_id,
        profile=device.device_profile_name,
        name=device.device_name,
        confirmed=up.confirmed,
        encrypted=up.join_server_context is not None,
        radio=with_rate(of_tx_info(bytes(up.tx_info)), up.dr) if up.tx_info else 0,
    )


def _present(part: msgspec.Raw) -> bytes:
    """Return a part as it came; nothing where it is absent or null."""
    raw = bytes(part)
    return b"" if raw == b"null" else raw


_TIMELESS: Final = _Reception()


def _first_timed(receptions: bytes) -> _Reception:
    """Return the first reception with a gateway's time, else the first, else an empty one."""
    if not receptions:
        return _TIMELESS
    found = _receptions.decode(receptions)
    for reception in found:
        if reception.gw_time or reception.time:
            return reception
    return found[0] if found else _TIMELESS


def _make(  # noqa: PLR0917 - one row of what differs between kinds
    event: _Event,
    kind: str,
    dev_eui: str,
    payload: bytes,
    identity: str,
    readings: tuple[Reading, ...] = (),
) -> Event:
    device = event.device_info
    return Event(
        network=NAME,
        kind=kind,
        subject=dev_eui,
        identity=identity,
        at=event.time or "",
        detail=payload,
        readings=readings,
        application=device.application_id,
        profile=device.device_profile_name,
        name=device.device_name,
    )


def _join(event: _Event, dev_eui: str, payload: bytes) -> Event:
    return _make(event, "join", dev_eui, payload, event.deduplication_id)


def _ack(event: _Event, dev_eui: str, payload: bytes) -> Event:
    made = _make(event, "ack", dev_eui, payload, event.deduplication_id or event.queue_item_id)
    made.command_id = event.queue_item_id
    if event.acknowledged:
        made.outcome = CommandState.ACKNOWLEDGED
    else:
        made.outcome, made.reason = CommandState.REFUSED, "not_acknowledged"
    return made


def _txack(event: _Event, dev_eui: str, payload: bytes) -> Event:
    made = _make(event, "txack", dev_eui, payload, f"{event.queue_item_id} {event.downlink_id}")
    made.command_id, made.outcome = event.queue_item_id, CommandState.SENT
    return made


def _log(event: _Event, dev_eui: str, payload: bytes) -> Event:
    identity = f"{event.code} {event.context.get('deduplication_id', '')} {event.description}"
    made = _make(event, "log", dev_eui, payload, identity)
    item = event.context.get("queue_item_id", "")
    if item and event.code in _LOST:
        made.command_id, made.reason = item, _LOST[event.code]
        expired = event.code == "EXPIRED"
        made.outcome = CommandState.EXPIRED if expired else CommandState.FAILED
    return made


def _status(event: _Event, dev_eui: str, payload: bytes) -> Event:
    readings = []
    if event.margin is not None:
        readings.append(Reading("link_margin", float(event.margin)))
    if not event.external_power_source and not event.battery_level_unavailable:
        readings.append(Reading("battery_level", event.battery_level or 0.0))
    return _make(event, "status", dev_eui, payload, event.deduplication_id, tuple(readings))


def _location(event: _Event, dev_eui: str, payload: bytes) -> Event:
    return _make(event, "location", dev_eui, payload, event.deduplication_id)


_KINDS: Final = {
    "join": _join,
    "ack": _ack,
    "txack": _txack,
    "log": _log,
    "status": _status,
    "location": _location,
}
