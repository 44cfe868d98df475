"""``reverbere replay``: send recorded messages again, and show what became of them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl
import typer

from control_center.cli.common import mqtt_url, open_database, open_settings, say, say_json
from ingest.message import Message
from ingest.networks.instants import datetime_of
from ingest.pipeline import Pipeline
from ingest.recordings import read_recording
from ingest.replay import send
from ingest.settings import IngestSettings
from ingest.sources.recording import RecordingSource
from ingest.stages import run
from twin.clock import SystemClock, VirtualClock
from twin.errors import RecordingInvalid, Refused
from twin.store.database import Database
from twin.store.ledger import LedgerReader

_PATIENCE_S = 30.0
_LOOK_S = 0.25


def command(
    files: Annotated[
        list[Path],
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="Recordings of `reverbere ingest --record`; captures of ChirpStack v3 or Helium; "
            "exports of receptions (CSV).",
        ),
    ],
    *,
    speed: Annotated[
        str, typer.Option(help="How many times faster than recorded, e.g. 60, or max.")
    ] = "max",
    direct: Annotated[
        bool,
        typer.Option("--direct", help="Store here, without the broker and the running ingest."),
    ] = False,
    zone: Annotated[
        str | None,
        typer.Option(help="Time zone of exports that do not say it; default: Europe/Paris."),
    ] = None,
    territory: Annotated[
        str | None, typer.Option(help="Short name of the territory; default: the one that is open.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the ledger as JSON.")] = False,
) -> None:
    """Send recorded messages again, with the instants of their recording, and print the ledger.

    The same recording gives the same tables at any speed and through both doors; what was stored
    before is recognised and merged.
    """
    settings, pace = open_settings(), _pace(speed)
    recorded = Recorded.of(files, _zone(zone or IngestSettings().zone))
    with open_database(territory, settings=settings, name="replay") as database:
        before = recorded.ledger(database)
        if direct:
            _store_here(database, recorded)
        else:
            send(recorded.messages(), mqtt_url(settings, "ingest"), SystemClock(), speed=pace)
        ledger = _settled(database, recorded, before)
    if json:
        say_json(ledger.to_dicts())
    else:
        say(_table(ledger, recorded.count))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the files hold: how many messages, from when to when.

    Attributes
    ----------
    start, end : datetime
        Whole minutes of reception; the end is not part of it. [UTC]
    """

    files: list[Path]
    zone: ZoneInfo
    count: int
    start: datetime
    end: datetime

    @classmethod
    def of(cls, files: list[Path], zone: ZoneInfo) -> "Recorded":
        """Read the files once, so that nothing is sent of a recording that cannot be read."""
        count, first, last = 0, 1 << 62, 0
        for file in files:
            for message in read_recording(file, zone):
                count += 1
                first, last = min(first, message.received_at), max(last, message.received_at)
        if not count:
            raise RecordingInvalid(str(files[0]), 1, "the recording holds no message")
        minute = datetime_of(first).replace(second=0, microsecond=0)
        return cls(files, zone, count, minute, datetime_of(last) + timedelta(minutes=1))

    def messages(self) -> Iterator[Message]:
        """Yield the messages, file after file."""
        for file in self.files:
            yield from read_recording(file, self.zone)

    def ledger(self, database: Database) -> pl.DataFrame:
        """Return what the ledger says of the minutes of the recording."""
        return LedgerReader(database).totals(self.start, self.end)


def _pace(speed: str) -> float | None:
    if speed == "max":
        return None
    try:
        pace = float(speed)
    except ValueError:
        pace = 0.0
    if not 0 < pace < 1e9:
        raise Refused("speed", f"--speed takes a number above 0, or max, not {speed!r}")
    return pace


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refused(
            "zone", f"--zone takes a time zone such as Europe/Paris or UTC, not {name!r}"
        ) from error


def _store_here(database: Database, recorded: Recorded) -> None:
    settings = IngestSettings()
    pipeline = Pipeline(database, settings)
    try:
        pipeline.ask_for_pen()  # a worker that runs waits until the recording is stored
        clock = VirtualClock(recorded.start)
        run(pipeline, RecordingSource(recorded.messages(), settings.batch_messages, clock))
    finally:
        pipeline.close()


def _settled(database: Database, recorded: Recorded, before: pl.DataFrame) -> pl.DataFrame:
    """Wait until the ledger has every message; return what it gained.

    Raises
    ------
    Refused
        Nothing has moved for half a minute: no ingest takes the messages.
    """
    moved = time.monotonic()
    last = -1
    while True:
        gained = _gained(before, recorded.ledger(database))
        received = int(gained.filter(pl.col("outcome") == "received")["count"].sum())
        if received >= recorded.count:
            return gained
        if received != last:
            last, moved = received, time.monotonic()
        if time.monotonic() - moved > _PATIENCE_S:
            raise Refused(
                "nobody_takes",
                f"{received} of {recorded.count} messages were taken, and no more for "
                f"{_PATIENCE_S:.0f} s: is `reverbere ingest` running for this territory? "
                "(--direct stores them without it)",
            )
        time.sleep(_LOOK_S)


def _gained(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    keys = ["source", "outcome", "reason"]
    joined = after.join(before, on=keys, how="left", suffix="_before", nulls_equal=True)
    count = pl.col("count") - pl.col("count_before").fill_null(0)
    return joined.select(*keys, count).filter(pl.col("count") > 0).sort(keys)


def _table(ledger: pl.DataFrame, sent: int) -> str:
    lines = [f"{'source':<16} {'outcome':<10} {'reason':<26} {'messages':>9}"]
    lines += [
        f"{row['source']:<16} {row['outcome']:<10} {row['reason'] or '':<26} {row['count']:>9}"
        for row in ledger.iter_rows(named=True)
    ]
    received = ledger.filter(pl.col("outcome") == "received")["count"].sum()
    ended = ledger.filter(pl.col("outcome") != "received")["count"].sum()
    verdict = "balances" if received == ended else "DOES NOT BALANCE"
    lines.append(f"sent {sent}, received {received} = ended {ended}: the ledger {verdict}")
    return "\n".join(lines)
