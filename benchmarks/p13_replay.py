"""P13: one recorded day of 30 000 lights replayed through the core, twice, to the same tables.

An event an hour and light: 720 000 whole ChirpStack events. The second replay cuts its batches
elsewhere, as another speed would. Every column of frames, observations and newest values is
compared, surrogate numbers told by what they stand for.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.events import START, lamp_events
from benchmarks.rows import Row
from benchmarks.servers import Servers, servers
from ingest.message import Message
from ingest.networks.instants import micros_of
from ingest.pipeline import Pipeline
from ingest.recordings import Recorder, read_recording
from ingest.settings import IngestSettings
from ingest.sources.recording import RecordingSource
from ingest.stages import run as run_pipeline
from twin.clock import VirtualClock

LIGHTS = 30_000
HOURS = 24
DAY_S = 86_400
_TABLES = {
    "frame": """
        SELECT f.event_at, f.copy_key, f.dev_eui, f.session, f.epoch, f.f_cnt, f.f_port, f.payload,
               f.received_at, f.gateway_at, f.network_at, f.time_source, f.flags, f.copies,
               f.receptions, f.decoded_by_network FROM frame f""",
    "observation": """
        SELECT s.dev_eui, s.property, s.channel, o.measured_at, o.value, o.quality
        FROM observation o JOIN datastream s ON s.id = o.datastream_id""",
    "latest": """
        SELECT s.dev_eui, s.property, s.channel, l.measured_at, l.value, l.quality, l.received_at
        FROM latest l JOIN datastream s ON s.id = l.datastream_id""",
    "device_session": "SELECT * FROM device_session",
    "ledger": "SELECT * FROM ledger",
}
_SUM = "SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM ({}) t"


def run() -> list[Row]:
    """Record a day, replay it twice, compare."""
    with (
        tempfile.TemporaryDirectory(dir="/tmp", prefix="reverbere-day-") as folder,
        servers() as running,
    ):
        recording = Path(folder) / "day.ndjson"
        with Recorder(recording) as recorder:
            for message in _day():
                recorder.write(message)
        took, first = _replayed(running, recording, 20_000)
        again, second = _replayed(running, recording, 7_001)
    fastest = min(took, again)
    speed = DAY_S / fastest
    what = f"a day of {LIGHTS:,} lights, {LIGHTS * HOURS:,} events"
    rate = f"{LIGHTS * HOURS / fastest:,.0f} events/s in {fastest:.0f} s"
    return [
        Row("P13", what, speed, "× real time", "", None, "≥ 1 000 ×", speed >= 1000, rate),
        Row(
            "P13",
            "tables that differ at another speed",
            sum(first[name] != second[name] for name in first),
            "",
            target="0",
            reached=first == second,
        ),
    ]


def _day() -> Iterator[Message]:
    events = lamp_events(LIGHTS * HOURS, LIGHTS, interval_s=3600.0)
    for topic, payload, at in events:
        yield Message(topic, payload, micros_of(at) + 200_000, 1)


def _replayed(running: Servers, recording: Path, batch: int) -> tuple[float, dict[str, object]]:
    with running.fresh(f"day{batch}") as database:
        pipeline = Pipeline(database, IngestSettings(unknown_devices=LIGHTS))
        began = time.perf_counter()
        source = RecordingSource(read_recording(recording), batch, VirtualClock(START))
        outcomes = run_pipeline(pipeline, source)
        took = time.perf_counter() - began
        pipeline.close()
        assert outcomes.total() == LIGHTS * HOURS, outcomes
        with database.connection() as connection:
            connection.execute("SET LOCAL statement_timeout = 0")
            sums: dict[str, object] = {
                name: connection.execute(_SUM.format(query)).fetchone()  # type: ignore[arg-type] # our own texts
                for name, query in _TABLES.items()
            }
    return took, sums


if __name__ == "__main__":
    for row in run():
        print(row)
