"""``reverbere ingest``: receive messages from the broker and store them, until told to stop."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import structlog
import typer

from control_center.cli.common import mqtt_url, open_database, open_settings, territory_of
from ingest.codecs.profiles import profiles, read_profiles
from ingest.commands import CommandSender, Downlinks
from ingest.pipeline import Pipeline
from ingest.recordings import Recorder
from ingest.settings import IngestSettings
from ingest.sources.mqtt import MqttSource
from ingest.worker import Worker
from twin.clock import SystemClock
from twin.errors import NoTerritory, Refused
from twin.store.city import CityReader
from twin.store.database import Database

_log = structlog.get_logger("ingest")
_LOCK_WAIT_S = 15.0


def command(
    territory: Annotated[
        str | None, typer.Option(help="Short name of the territory; default: the one that is open.")
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            help="Write every message to this file too, for `reverbere replay`; .gz compresses."
        ),
    ] = None,
) -> None:
    """Receive messages from the broker and store them; carry orders down to devices.

    Runs until SIGTERM or Ctrl-C: then it stores what it has received, acknowledges it and leaves;
    the broker keeps what comes meanwhile.
    """
    settings, tuning = open_settings(), IngestSettings()
    url = mqtt_url(settings, "ingest")
    name = tuning.client_id or f"reverbere-{territory_of(settings, territory)}"
    with (
        open_database(territory, settings=settings, name="ingest") as database,
        _alone(database, name),
    ):
        clock = _clock(database)
        known = read_profiles(tuning.profiles) if tuning.profiles else profiles()
        pipeline = Pipeline(database, tuning)
        topics = [*pipeline.networks.topics, *tuning.topics]
        source = MqttSource(url, name, topics, tuning, clock)
        recorder = Recorder(record) if record else None
        worker = Worker(name, pipeline, source, database, clock, recorder=recorder)

        def city_changed() -> None:
            clock.offset = _clock(database).offset
            worker.renew()

        orders = CommandSender(
            database,
            Downlinks(url, name, tuning.keepalive_s),
            known,
            tuning,
            clock,
            city_changed=city_changed,
            pen_asked=worker.give_way,
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        orders.start()
        _log.info("ingest started", name=name, database=database.address)
        try:
            outcomes = worker.run()
        finally:
            orders.stop()
            if recorder is not None:
                recorder.close()
        ended = {
            f"{outcome} {reason}".strip(): count for (outcome, reason), count in outcomes.items()
        }
        _log.info("ingest stopped", **ended)


def _clock(database: Database) -> SystemClock:
    try:
        return CityReader(database).clock()
    except NoTerritory:
        return SystemClock()


@contextmanager
def _alone(database: Database, name: str) -> Iterator[None]:
    """Make sure that no other worker of this name is at work: the two would push each other out."""
    with database.dedicated("reverbere ingest lock", autocommit=True) as connection:
        until = time.monotonic() + _LOCK_WAIT_S
        query = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
        while True:
            row = connection.execute(query, (f"ingest {name}",)).fetchone()
            if row is not None and row[0]:
                break
            if time.monotonic() > until:
                raise Refused(
                    "already_running", f"another `reverbere ingest` called {name!r} is at work"
                )
            time.sleep(0.2)
        yield
