"""AWS IoT Core for LoRaWAN: what a rule of the destination republishes, JSON.

The topic is the rule's: messages are recognised by their shape. The port is ``FPort`` or ``Fport``.
"""

from typing import Annotated, Any, Final

import msgspec
from msgspec import field

from ingest.networks.identifiers import base64_bytes, eui
from ingest.networks.objects import array
from ingest.networks.radio import index, number, setting
from ingest.networks.records import NO_TIME, Record, Rejection, Uplink

NAME: Final = "aws_iot"
MARK: Final = b'"WirelessMetadata"'

_NOTHING: Final = msgspec.Raw(b"")
_Port = Annotated[int, msgspec.Meta(ge=0, le=255)]


class _Radio(msgspec.Struct, gc=False):
    dev_eui: str = field(name="DevEui")
    f_port: _Port | None = field(default=None, name="FPort")
    fport: _Port | None = field(default=None, name="Fport")
    f_cnt: Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)] = field(default=0, name="FCnt")
    dev_addr: str = field(default="", name="DevAddr")
    timestamp: str | None = field(default=None, name="Timestamp")
    gateways: msgspec.Raw = field(default=_NOTHING, name="Gateways")
    m_type: str = field(default="", name="MType")
    frequency: Any = field(default=None, name="Frequency")
    data_rate: Any = field(default=None, name="DataRate")


class _Metadata(msgspec.Struct, gc=False):
    radio: _Radio = field(name="LoRaWAN")


class _Message(msgspec.Struct, gc=False):
    metadata: _Metadata = field(name="WirelessMetadata")
    device: str = field(default="", name="WirelessDeviceId")
    data: str = field(default="", name="PayloadData")


_message = msgspec.json.Decoder(_Message, strict=False)


def read(topic: str, payload: bytes) -> Record:  # noqa: ARG001 - everything is in the payload
    """Read one uplink."""
    if not payload:
        return Rejection("empty")
    message = _message.decode(payload)
    radio = message.metadata.radio
    dev_eui = eui(radio.dev_eui)
    if dev_eui is None:
        return Rejection("bad_eui", radio.dev_eui[:64])
    data = base64_bytes(message.data)
    if data is None:
        return Rejection("bad_base64", message.data[:64])
    return Uplink(
        network=NAME,
        dev_eui=dev_eui,
        payload=data,
        session=radio.dev_addr.lower(),
        f_cnt=radio.f_cnt,
        f_port=radio.f_port or radio.fport or 0,
        network_at=radio.timestamp or NO_TIME,
        receptions=array(radio.gateways),
        name=message.device,
        radio=setting(number(radio.frequency), data_rate=index(radio.data_rate)),
        confirmed="CONFIRMED" in radio.m_type.upper().replace("UNCONFIRMED", ""),
    )
