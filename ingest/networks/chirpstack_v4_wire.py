"""ChirpStack v4 from the other side: events as the server writes them, orders as it reads them.

For the simulated town, the benchmarks and the tests; and for our own orders down.
"""

import base64
from datetime import datetime
from typing import Any, Final

import msgspec

from ingest.networks.identifiers import base64_bytes, eui
from ingest.networks.instants import micros_of, text_of

_GPS_EPOCH_S: Final = 315_964_800
_LEAP_S: Final = 18


def event_topic(application: str, dev_eui: str, kind: str) -> str:
    """Return the topic of an event: ``up``, ``join``, ``ack``, ``txack``, ``log``, ``status``."""
    return f"application/{application}/device/{dev_eui}/event/{kind}"


def command_topic(application: str, dev_eui: str) -> str:
    """Return the topic that orders to a device are written to."""
    return f"application/{application}/device/{dev_eui}/command/down"


class DeviceInfo(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Who a device is to its server."""

    tenant_id: str
    tenant_name: str
    application_id: str
    application_name: str
    device_profile_id: str
    device_profile_name: str
    device_name: str
    dev_eui: str
    device_class_enabled: str = "CLASS_A"
    tags: dict[str, str] = {}


class Downlink(msgspec.Struct, frozen=True, rename="camel"):
    """One order in the server's queue; ``id`` comes back as ``queueItemId``."""

    id: str
    dev_eui: str
    data: str
    f_port: int
    confirmed: bool = False
    expires_at: str = ""

    @property
    def payload(self) -> bytes:
        """The bytes for the device; empty where they cannot be read."""
        return base64_bytes(self.data) or b""


_downlink = msgspec.json.Decoder(Downlink)
_encode = msgspec.json.Encoder().encode


def write_downlink(
    order_id: str,
    dev_eui: str,
    payload: bytes,
    *,
    f_port: int,
    confirmed: bool,
    expires_at: datetime,
) -> bytes:
    """Write an order for ``command_topic``."""
    data = base64.b64encode(payload).decode()
    at = text_of(micros_of(expires_at))
    return _encode(Downlink(order_id, dev_eui, data, f_port, confirmed, at))


def read_downlink(topic: str, payload: bytes) -> Downlink | None:
    """Read an order as the server does; None where it would drop it: not JSON, wrong devEui."""
    try:
        order = _downlink.decode(payload)
    except msgspec.DecodeError:
        return None
    words = topic.split("/")
    addressed = eui(words[3]) if len(words) > 3 else None
    return order if addressed is not None and eui(order.dev_eui) == addressed else None


def write_up(
    device: DeviceInfo,
    *,
    dedup_id: str,
    at: datetime,
    dev_addr: str,
    f_cnt: int,
    f_port: int,
    payload: bytes,
    receptions: list[dict[str, Any]],
    data_rate: int = 5,
    confirmed: bool = False,
    decoded: dict[str, Any] | None = None,
) -> bytes:
    """Write an ``up`` event.

    Parameters
    ----------
    at : datetime
        When the gateways heard it.
    receptions : list of dict
        Made by ``reception``.
    """
    event: dict[str, Any] = {
        "deduplicationId": dedup_id,
        "time": text_of(micros_of(at)),
        "deviceInfo": device,
        "devAddr": dev_addr,
        "adr": True,
        "dr": data_rate,
        "fCnt": f_cnt,
        "fPort": f_port,
        "confirmed": confirmed,
        "data": base64.b64encode(payload).decode(),
        "object": decoded,
        "rxInfo": receptions,
        "txInfo": {
            "frequency": 868_100_000,
            "modulation": {
                "lora": {
                    "bandwidth": 125_000,
                    "spreadingFactor": 12 - data_rate,
                    "codeRate": "CR_4_5",
                }
            },
        },
        "regionConfigId": "eu868",
    }
    return _encode({key: value for key, value in event.items() if value or key in _KEPT})


_KEPT: Final = {"rxInfo"}


def reception(
    gateway_id: str,
    at: datetime,
    *,
    rssi: int,
    snr: float,
    uplink_id: int = 0,
    longitude: float | None = None,
    latitude: float | None = None,
) -> dict[str, Any]:
    """Describe how one gateway heard a frame. [dBm, dB, °]"""
    instant = micros_of(at)
    gps = instant / 1e6 - _GPS_EPOCH_S + _LEAP_S
    heard: dict[str, Any] = {
        "gatewayId": gateway_id,
        "uplinkId": uplink_id,
        "gwTime": text_of(instant),
        "nsTime": text_of(instant + 45_000),
        "timeSinceGpsEpoch": f"{gps:.3f}s",
        "rssi": rssi,
        "snr": snr,
        "channel": uplink_id % 8,
        "context": "E3OWOQ==",
        "metadata": {"region_config_id": "eu868"},
        "crcStatus": "CRC_OK",
    }
    if longitude is not None and latitude is not None:
        heard["location"] = {"latitude": latitude, "longitude": longitude}
    return heard


def write_event(device: DeviceInfo, at: datetime, **fields: Any) -> bytes:
    """Write another event: its own ``fields`` in the server's spelling, defaults left out.

    For example ``queueItemId`` and ``fCntDown`` for a txack, with ``acknowledged`` for an ack;
    ``margin`` and ``batteryLevel`` for a status; ``level``, ``code``, ``description``,
    ``context`` for a log.
    """
    event = {"time": text_of(micros_of(at)), "deviceInfo": device, **fields}
    return _encode({key: value for key, value in event.items() if value is not False})
