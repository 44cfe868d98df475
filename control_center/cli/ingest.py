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
from control_center.cli.crew import run_crew
from control_center.services.registry import running
from control_center.settings import Settings
from ingest.codecs.profiles import profiles, read_profiles
from ingest.commands import CommandSender, Downlinks
from ingest.message import Source
from ingest.networks import IN_ORDER
from ingest.pipeline import Pipeline
from ingest.recordings import Recorder
from ingest.settings import IngestSettings
from ingest.sources.jetstream import JetStreamSource
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
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Share the messages among so many processes.")
    ] = None,
    worker: Annotated[
        int | None, typer.Option(min=1, max=64, help="Be this one of them, alone in this process.")
    ] = None,
) -> None:
    """Receive messages from the broker and store them; carry orders down to devices.

    Runs until SIGTERM or Ctrl-C: then it stores what it has received, acknowledges it and leaves;
    the broker keeps what comes meanwhile.
    """
    settings = open_settings()
    tuning = _with_stream(settings, IngestSettings())
    if workers is not None:
        tuning = tuning.model_copy(update={"workers": workers})
    if record is not None and tuning.workers > 1:
        raise Refused("record", "--record writes the messages of one worker: leave --workers out")
    if worker is None and tuning.workers > 1:
        run_crew(settings, territory_of(settings, territory), tuning.workers)
        return
    number = worker or 1
    base = tuning.client_id or f"reverbere-{territory_of(settings, territory)}"
    name = base if number == 1 else f"{base}-{number}"
    with (
        open_database(territory, settings=settings, name="ingest") as database,
        _alone(database, name),
    ):
        _Ingest(settings, tuning, database, base, name, first=number == 1).run(record)


class _Ingest:
    """One worker and, in the first of a crew, the orders.

    Parameters
    ----------
    base : str
        Name of the crew.
    name : str
        Of this worker: the first has the crew's, which it also has alone.
    """

    def __init__(
        self,
        settings: Settings,
        tuning: IngestSettings,
        database: Database,
        base: str,
        name: str,
        *,
        first: bool,
    ) -> None:
        self._tuning, self._database, self._name = tuning, database, name
        self._url = mqtt_url(settings, "ingest")
        self._clock = _clock(database)
        self._pipeline = Pipeline(database, tuning)
        self._first = first
        self._source = self._open_source(base)

    def run(self, record: Path | None) -> None:
        """Work until told to stop; say what became of the messages."""
        recorder = Recorder(record) if record else None
        worker = Worker(
            self._name,
            self._pipeline,
            self._source,
            self._database,
            self._clock,
            recorder=recorder,
        )

        def city_changed() -> None:
            self._clock.offset = _clock(self._database).offset
            worker.renew()

        known = read_profiles(self._tuning.profiles) if self._tuning.profiles else profiles()
        orders = CommandSender(
            self._database,
            Downlinks(
                self._url, self._name, self._tuning.keepalive_s, expiring=not self._tuning.nats_url
            ),
            known,
            self._tuning,
            self._clock,
            city_changed=city_changed,
            pen_asked=worker.give_way,
            requests=self._pipeline.networks.requests,
            carries=self._first,
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        orders.start()
        _log.info("ingest started", name=self._name, database=self._database.address)
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

    def _open_source(self, base: str) -> Source:
        tuning, clock = self._tuning, self._clock
        topics = [*self._pipeline.networks.topics, *tuning.topics]
        if tuning.nats_url:
            servers = [address.strip() for address in tuning.nats_url.split(",")]
            self._pipeline.networks.sparkplug.follows = tuning.workers == 1
            return JetStreamSource(servers, base, topics, tuning, clock)
        return MqttSource(
            self._url,
            self._name,
            topics,
            tuning,
            clock,
            group=base,
            in_order=IN_ORDER,
            first=self._first,
        )


def _with_stream(settings: Settings, tuning: IngestSettings) -> IngestSettings:
    """Return the settings with the stream of the broker that ``reverbere up`` started, if any."""
    if tuning.nats_url or settings.services.mqtt_url is not None:
        return tuning
    found = running(settings.home)
    stream = found.stream if found else None
    return tuning.model_copy(update={"nats_url": stream}) if stream else tuning


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
