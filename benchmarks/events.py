"""Whole ChirpStack v4 events of simulated lamp controllers, ready to be published."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from ingest.codecs import volc2180
from ingest.networks.chirpstack_v4_wire import DeviceInfo, event_topic, reception, write_up

START = datetime(2026, 11, 19, 18, 0, tzinfo=UTC)
READINGS = 7
"""Observations that one event makes."""


def lamp_events(
    count: int, devices: int, *, seed: int = 1, start: datetime = START, interval_s: float = 600.0
) -> Iterator[tuple[str, bytes, datetime]]:
    """Yield (topic, payload, instant): each device speaks once an interval, counters rising."""
    random = np.random.default_rng(seed)
    infos = [_info(number) for number in range(devices)]
    offsets = random.uniform(0, interval_s, devices)
    order = np.argsort(offsets)
    for number in range(count):
        turn, device = divmod(number, devices)
        device = int(order[device])
        at = start + timedelta(seconds=turn * interval_s + float(offsets[device]))
        info = infos[device]
        payload = volc2180.encode_meter(
            dimming=100,
            power=40 + device % 50 + turn % 3,
            energy=100 + turn * 0.01,
            power_factor=0.95,
            current=0.19,
            voltage=225 + device % 11,
        )
        heard = [
            reception("0016c001f153a14c", at, rssi=-70 - device % 50, snr=7.5, uplink_id=number),
        ]
        event = write_up(
            info,
            dedup_id=str(uuid.UUID(int=(seed << 100) + number)),
            at=at,
            dev_addr=f"{device:08x}",
            f_cnt=turn,
            f_port=1,
            payload=payload,
            receptions=heard,
            decoded={"power": 42, "dimming": 100},
        )
        yield event_topic(info.application_id, info.dev_eui, "up"), event, at


def _info(number: int) -> DeviceInfo:
    return DeviceInfo(
        tenant_id="52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
        tenant_name="Ville",
        application_id="17c82e96-be03-4f38-aef3-f83d48582d97",
        application_name="lampes",
        device_profile_id="14855bf7-d10d-4aee-b618-ebfcb64dc7ad",
        device_profile_name="volc2180",
        device_name=f"L-{number:05d}",
        dev_eui=f"{0xA840410000000000 + number:016x}",
        tags={"quartier": str(number % 9)},
    )
