"""Orange Live Objects: ``fifo/<name>`` (queued) or ``router/~event/v1/data/new/…``, JSON.

The frame is hexadecimal in ``value.payload``; where the platform decoded it, its other members are
the decoded object. ``timestamp`` is when it was measured, ``created`` when it was stored there.
"""

from typing import Annotated, Any, Final

import msgspec
from msgspec import field

from ingest.networks.identifiers import eui, hex_bytes
from ingest.networks.objects import present
from ingest.networks.radio import index, setting
from ingest.networks.records import NO_TIME, Event, Ignored, Record, Rejection, Uplink

NAME: Final = "live_objects"
MARKS: Final = (b'"metadata"', b'"connector"', b'"value"')

_NOTHING: Final = msgspec.Raw(b"")
_DATA: Final = frozenset({"", "UNCONFIRMED_DATA_UP", "CONFIRMED_DATA_UP"})
_ADDRESS: Final = "urn:lo:nsid:lora:"


class _Radio(msgspec.Struct, gc=False):
    dev_eui: str = field(default="", name="devEUI")
    f_port: Annotated[int, msgspec.Meta(ge=0, le=255)] = field(default=0, name="port")
    f_cnt: Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)] = field(default=0, name="fcnt")
    message_type: str = field(default="", name="messageType")
    spreading_factor: Any = field(default=None, name="sf")


class _Network(msgspec.Struct, gc=False):
    lora: msgspec.Raw = _NOTHING


class _Metadata(msgspec.Struct, gc=False):
    connector: str = ""
    source: str = ""
    encoding: str | None = None
    network: _Network | None = None


class _Message(msgspec.Struct, gc=False):
    metadata: _Metadata
    value: Any = None
    stream: str = field(default="", name="streamId")
    created: str | None = None
    timestamp: str | None = None


_message = msgspec.json.Decoder(_Message)
_radio = msgspec.json.Decoder(_Radio)
_encode = msgspec.json.Encoder().encode


def read(topic: str, payload: bytes) -> Record:  # noqa: ARG001 - everything is in the payload
    """Read one message of a device."""
    if not payload:
        return Rejection("empty")
    message = _message.decode(payload)
    told = message.metadata
    raw = present(told.network.lora) if told.network else b""
    if told.connector != "lora" or not raw:
        return Ignored("other_connector")
    radio = _radio.decode(raw)
    address = radio.dev_eui or told.source.removeprefix(_ADDRESS)
    dev_eui = eui(address) or eui(message.stream.removeprefix(_ADDRESS))
    if dev_eui is None:
        return Rejection("bad_eui", address[:64])
    if radio.message_type not in _DATA:
        return _join(message, dev_eui, radio, payload)
    value = message.value if isinstance(message.value, dict) else {}
    text = value.get("payload") or ""
    data = hex_bytes(text) if isinstance(text, str) else None
    if data is None:
        return Rejection("bad_hex", str(text)[:64])
    decoded = {key: item for key, item in value.items() if key != "payload"}
    return Uplink(
        network=NAME,
        dev_eui=dev_eui,
        payload=data,
        f_cnt=radio.f_cnt,
        f_port=radio.f_port,
        network_at=message.timestamp or NO_TIME,
        application_at=message.created or NO_TIME,
        receptions=b"[" + raw + b"]",
        decoded=_encode(decoded) if decoded else b"",
        profile=told.encoding or "",
        confirmed=radio.message_type == "CONFIRMED_DATA_UP",
        radio=setting(spreading_factor=index(radio.spreading_factor)),
    )


def _join(message: _Message, dev_eui: str, radio: _Radio, payload: bytes) -> Record:
    if "JOIN" not in radio.message_type:
        return Ignored("unknown_event")
    return Event(
        network=NAME,
        kind="join",
        subject=dev_eui,
        identity="",  # of its bytes
        at=message.timestamp or message.created or NO_TIME,
        detail=payload,
    )
