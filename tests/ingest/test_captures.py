"""The real captures: every line ends stored, merged or rejected, and the figures are these."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from ingest.codecs import elsys
from ingest.networks.identifiers import base64_bytes
from ingest.networks.records import TO_THE_MINUTE, UNTOLD
from ingest.receptions import receptions_of
from ingest.recordings import read_recording
from ingest.sources.recording import RecordingSource
from ingest.stages import run
from tests.ingest.streams import balance, pipeline, tables, take
from twin.model.states import Outcome
from twin.store.database import Database
from twin.store.ledger import LedgerReader

pytestmark = pytest.mark.shared_data

DOOR = "sainteynard_door_chirpstack_2023.ndjson.gz"  # ChirpStack v3, as a logger kept it
STATION = "sainteynard_station_gateway_refuge_gouter_2024.csv.gz"  # receptions, as exported
EUI = "d1d1e80000000033"
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


def test_the_station_heard_from_109_km(database: Database, shared_data: Path) -> None:
    """What the store holds against the file, counted by other means."""
    file = shared_data / "lorawan" / STATION
    lines = pl.read_csv(file, separator=";", infer_schema=False).with_columns(
        pl.col("Sequence").cast(pl.Int64),
        at=pl.col("Date Time").str.to_datetime("%d/%m/%Y %H:%M", time_zone="Europe/Paris"),
    )
    frames = lines.group_by("DevAddr", "Sequence").agg(pl.col("Gateway").n_unique(), pl.len())
    assert (lines.height, frames.height, lines["DevAddr"].n_unique()) == (8_708, 8_373, 1)
    counts = sorted(frames["Sequence"])
    expected = counts[-1] - counts[0] + 1

    assert stored(database, file) == {"stored": 8_373, "merged copy": 335}
    assert balance(database) == {"received": 8_708, "stored": 8_373, "merged": 335}
    found = tables(database)["frame"]
    assert sorted(row[6] for row in found) == counts
    assert {(row[4], row[5], row[7], bytes(row[8])) for row in found} == {("fc00af46", 0, 3, b"")}
    assert {row[13] for row in found} == {UNTOLD | TO_THE_MINUTE}
    first, last = lines["at"].min(), lines["at"].max()
    instants = [row[0] for row in found]
    assert (min(instants), max(instants)) == (first, last)
    assert first == datetime(2023, 6, 23, 10, 11, tzinfo=UTC)
    assert last == datetime(2024, 1, 23, 17, 13, tzinfo=UTC)

    heard = [json.loads(part) for row in found for part in bytes(row[17]).split(b"\n")]
    per_gateway = Counter(one["gateway_id"] for [one] in heard)
    assert per_gateway == dict(lines["Gateway"].value_counts().iter_rows())
    assert sorted(per_gateway.values()) == [141, 8_567]
    by_both = sum(len(receptions_of(bytes(row[17]))) == 2 for row in found)
    assert by_both == frames.filter(pl.col("Gateway") == 2).height == 97

    reader = LedgerReader(database)
    [epoch] = reader.epochs(EUI, first, last + timedelta(days=1)).to_dicts()
    assert (epoch["first_f_cnt"], epoch["last_f_cnt"]) == (1_152, 31_786)
    assert (epoch["received"], epoch["expected"]) == (8_373, expected) == (8_373, 30_635)
    assert epoch["per"] == pytest.approx(1 - 8_373 / 30_635)
    gaps = reader.gaps(EUI, first, last + timedelta(days=1), limit=10_000)
    assert gaps.height == sum(after - before > 1 for before, after in pairwise(counts))
    assert gaps["missing"].sum() == expected - 8_373

    again = take(database, list(read_recording(file))[-500:])
    assert again == {(Outcome.MERGED, "copy"): 500}
    with database.connection() as connection:
        assert connection.execute("SELECT count(*) FROM frame").fetchone() == (8_373,)


def test_the_stations_hours_are_those_of_paris(shared_data: Path) -> None:
    """While nobody was heard, clocks went back an hour; the gateway's own counter did not."""
    lines = (
        pl.read_csv(shared_data / "lorawan" / STATION, separator=";", infer_schema=False)
        .filter(pl.col("Gateway").str.ends_with("RightSide"))
        .select(
            pl.col("Timestamp").cast(pl.Int64),
            wall=pl.col("Date Time").str.to_datetime("%d/%m/%Y %H:%M"),
        )
        .sort("wall")
    )
    change = datetime(2023, 10, 29, 3, 0)  # noqa: DTZ001 - a wall's hour
    before = lines.filter(pl.col("wall") < change).row(-1)
    after = lines.filter(pl.col("wall") >= change).row(0)
    turn = (1 << 32) / 1e6
    walls, counter = (after[1] - before[1]).total_seconds(), (after[0] - before[0]) / 1e6

    def off(elapsed: float) -> float:
        """How far an elapsed time is from what the counter says, whole turns aside. [s]"""
        return (elapsed - counter + turn / 2) % turn - turn / 2

    assert abs(off(walls + 3_600)) < 60  # minutes are all that the walls tell
    assert abs(off(walls)) > 600


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
