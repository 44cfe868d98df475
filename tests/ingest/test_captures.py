"""The real captures: every line ends stored, merged or rejected, and the figures are these."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.codecs import elsys
from ingest.networks.identifiers import base64_bytes
from ingest.recordings import read_recording
from ingest.sources.recording import RecordingSource
from ingest.stages import run
from tests.ingest.streams import balance, pipeline, tables
from twin.store.database import Database

pytestmark = pytest.mark.shared_data

DOOR = "sainteynard_door_chirpstack_2023.ndjson.gz"  # ChirpStack v3, as a logger kept it
TOWER = "tour_perret_ems_helium_2023.ndjson.gz"  # Helium, one message a hotspot


def stored(database: Database, file: Path) -> dict[str, int]:
    with pipeline(database) as worker:
        outcomes = run(worker, RecordingSource(read_recording(file), 3000))
    return {f"{outcome} {reason}".strip(): count for (outcome, reason), count in outcomes.items()}


def test_the_door_of_the_fort(database: Database, shared_data: Path) -> None:
    outcomes = stored(database, shared_data / "lorawan" / DOOR)
    # 9 418 uplinks, of which one came by two gateways 10 ms apart, and 368 status reports
    assert outcomes == {"stored": 9_785, "merged copy": 1}
    assert balance(database) == {"received": 9_786, "stored": 9_785, "merged": 1}
    found = tables(database)
    assert len(found["frame"]) == 9_417
    assert Counter(row[16] for row in found["frame"]) == {1: 9_416, 2: 1}
    assert {row[5] for row in found["frame"]} == {0}
    sources = Counter(row[12] for row in found["frame"])
    # 6 936 uplinks without a gateway's time; the one that was merged took the other's, earlier
    assert sources == {0: 2_482, 2: 6_935}
    [session] = found["device_session"]
    assert session[3] == 14_928
    assert session[5:] == (9_417, 1_143)
    assert len(found["network_event"]) == 368
    readings = Counter(row[2] for row in found["observation"])
    assert readings == {"air_temperature": 6_138, "air_pressure": 6_138, "link_margin": 368}


def test_the_tower(database: Database, shared_data: Path) -> None:
    outcomes = stored(database, shared_data / "lorawan" / TOWER)
    # 10 631 frames; two came back bit for bit 48 days later and are readings of their own
    assert outcomes == {"stored": 10_633, "merged copy": 1_981}
    assert balance(database) == {"received": 12_614, "stored": 10_633, "merged": 1_981}
    found = tables(database)
    assert sum(row[16] for row in found["frame"]) == 12_614
    assert max(row[16] for row in found["frame"]) == 12
    assert sum(1 for row in found["frame"] if row[16] > 1) == 824 - 2 + 1
    assert Counter(row[5] for row in found["frame"]) == {0: 739, 1: 254, 2: 57, 3: 9_583}
    assert sum(1 for row in found["frame"] if row[13] & 8) == 2


def test_the_towers_payloads_decode_as_the_network_decoded_them(shared_data: Path) -> None:
    with gzip.open(shared_data / "lorawan" / TOWER) as lines:
        events: list[dict[str, Any]] = [json.loads(line) for line in lines]
    payloads = [base64_bytes(event["payload"]) or b"" for event in events]
    ports = np.array([event["port"] for event in events], np.int16)
    found = elsys.decode(payloads, ports)
    assert found.problems == {}
    ours: list[dict[str, float]] = [{} for _ in events]
    for part in found.parts:
        for row, value in zip(part.rows.tolist(), part.values.tolist(), strict=True):
            ours[row][part.field] = value
    compared = 0
    for event, mine in zip(events, ours, strict=True):
        theirs = event["decoded"]["payload"]
        for name, (field, factor) in _NAMES.items():
            assert (name in theirs) == (field in mine)
            if name in theirs:
                assert mine[field] * factor == pytest.approx(theirs[name], abs=1e-9)
                compared += 1
    assert compared == 12_612 * 10 + 8


_NAMES = {
    "temperature": ("temperature", 1),
    "humidity": ("humidity", 1),
    "x": ("acceleration_x", 63),
    "y": ("acceleration_y", 63),
    "z": ("acceleration_z", 63),
    "vdd": ("battery", 1000),
    "pulseAbs": ("pulse_total_1", 1),
    "digital": ("digital_1", 1),
    "accMotion": ("acceleration_count", 1),
    "waterleak": ("leak", 1),
}
