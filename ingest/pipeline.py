"""How a message travels: receive, read, recognise, decode, store, tell, acknowledge.

Everything that one batch changes is one transaction; only after its commit does the broker hear of
it. Delivery is at least once, the effect exactly once.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import psycopg
import structlog

from gis.errors import ReverbereError
from ingest.births import Births
from ingest.codecs.profiles import profiles, read_profiles
from ingest.codecs.runner import CodecRunner
from ingest.compose import (
    frames_of,
    gather,
    ledger,
    observations_of,
    seen_of,
    sessions_of,
    tell,
)
from ingest.copies import Frame
from ingest.decode import decode
from ingest.devices import Devices
from ingest.doubles import Doubles
from ingest.events import events_of
from ingest.fates import Fates
from ingest.message import Message
from ingest.networks import Networks
from ingest.networks.plain import read_rules
from ingest.networks.records import Event, Uplink
from ingest.pen import Pen
from ingest.read import Records, read, receive
from ingest.recognise import recognise
from ingest.registered import RegisteredCodecs
from ingest.settings import IngestSettings
from ingest.stored import frames_around, last_states
from ingest.unmapped import UnmappedNotes
from ingest.uplinks import uplinks_of
from twin.model.states import Outcome
from twin.store.database import Database
from twin.store.dedicated import Dedicated
from twin.store.telemetry_writer import TelemetryBatch, TelemetryWriter

Outcomes = Counter[tuple[Outcome, str]]
"""How many messages ended how: (outcome, reason) → count."""

_log = structlog.get_logger("ingest")
_ATTEMPTS: Final = 3
_MOST_NEW_DAYS: Final = 100
_MOST_VALUES: Final = 200_000
"""Values that senders name themselves, in one batch; each is some 300 bytes on its way."""


class _TooManyValues(Exception):
    """The batch holds more values than memory should: it is halved."""


class _TooManyDays(Exception):
    """The batch opens more days than one transaction should: it is halved."""


class _Unsettled(Exception):
    """A batch before this one met trouble: what this one was prepared with does not hold."""


@dataclass(slots=True)
class Prepared:
    """A batch that is ready to be stored.

    Attributes
    ----------
    batch : TelemetryBatch
        Its rows.
    fates : Fates
        What became of its messages.
    memory : int
        Which memory of the store it was prepared with.
    """

    batch: TelemetryBatch
    fates: Fates
    memory: int


class Pipeline:
    """From messages to committed rows.

    Parameters
    ----------
    database : Database
        The territory's store, migrated.
    settings : IngestSettings
        Limits, mapping files, topics.

    Attributes
    ----------
    settled : callable
        Waits until all batches prepared before are stored, where that is done elsewhere; False
        when one of them met trouble.
    shared : bool
        Whether other workers write too: the pen goes round, batch by batch.
    fates : callable
        Makes the record of what becomes of a batch's messages.
    last_batch : int
        Number of the last transaction.
    """

    def __init__(self, database: Database, settings: IngestSettings) -> None:
        self.settings = settings
        rules = settings.plain_mapping
        self.networks = Networks(read_rules(rules) if rules else None, ZoneInfo(settings.zone))
        known = read_profiles(settings.profiles) if settings.profiles else profiles()
        self.settled: Callable[[], bool] = lambda: True
        self.shared = settings.workers > 1
        self.fates: Callable[[Sequence[Message]], Fates] = Fates
        self.last_batch = 0
        self._unmapped = UnmappedNotes()
        self._doubles = Doubles()
        self._births = Births(self.networks.sparkplug, shared=self.shared)
        self._devices = Devices(known, settings.unknown_devices)
        self._link = Dedicated(database, "reverbere ingest memory")
        self._pen = Pen(Dedicated(database, "reverbere ingest pen"))
        self._writer = TelemetryWriter(Dedicated(database, "reverbere ingest"))
        self._codecs = RegisteredCodecs(CodecRunner(known, settings.codec_processes))
        self._memory = 0
        self._in_turn = False
        self._thinking = threading.RLock()

    def take(self, messages: Sequence[Message]) -> Outcomes:
        """Prepare and store one batch; each of its messages ends in exactly one outcome.

        A message that the store cannot take is found by halving and rejected: it never blocks.

        Raises
        ------
        StoreUnreachable, psycopg.OperationalError
            The database went away: nothing of the batch is stored, try it again later.
        """
        with self._thinking:
            self._in_turn = True  # all batches before this one are stored: nothing to wait for
            try:
                return self._take_patiently(messages)
            except Exception as error:  # whatever one message provokes ends with it
                self.forget()
                if self.is_outage(error):
                    raise
                if len(messages) > 1:
                    middle = len(messages) // 2
                    return self.take(messages[:middle]) + self.take(messages[middle:])
                return self._refuse(messages, error)
            finally:
                self._in_turn = False

    def prepare(self, messages: Sequence[Message]) -> Prepared:
        """Do all of a batch but storing it: read, recognise, decode, compose."""
        with self._thinking:
            memory = self._memory
            fates = self.fates(messages)
            receive(fates)
            self._births.before(lambda: self._link.connection)
            records = read(fates, self.networks, self.settings.message_bytes)
            if len(messages) > 1 and records.values > _MOST_VALUES:
                raise _TooManyValues
            try:
                return Prepared(self._compose(records, fates), fates, memory)
            except Exception:
                self.forget()  # it has moved on with a batch that will not be stored like this
                raise

    def store(self, prepared: Prepared) -> Outcomes:
        """Store a batch in one transaction; return what became of its messages."""
        self.last_batch = self._writer.write(prepared.batch)
        return prepared.fates.counts()

    def fresh(self, prepared: Prepared) -> bool:
        """Whether a batch was prepared with the present memory of the store."""
        return prepared.memory == self._memory

    def forget(self) -> None:
        """Drop what memory believes of the store, after a failure or a new import."""
        with self._thinking:
            self._memory += 1
            self._devices.forget()
            self._unmapped.forget()
            self._births.forget()
            self._codecs.forget()

    def close(self) -> None:
        """Give the connections back."""
        with self._thinking:
            self._codecs.close()
            self._link.close()
            self._pen.close()
        self._writer.close()

    def give_way(self) -> None:
        """Let others write; everything that was prepared is stored."""
        with self._thinking:
            self._pen.give()

    def ask_for_pen(self) -> None:
        """Wait until no worker writes, as one who is no worker."""
        with self._thinking:
            self._pen.ask(self._link)

    @staticmethod
    def is_outage(error: Exception) -> bool:
        """Whether the store is away, or full, rather than a message wrong.

        A statement that takes too long may be either: the batch is halved.
        """
        away = isinstance(error, (ReverbereError, psycopg.OperationalError))
        return away and not isinstance(error, psycopg.errors.QueryCanceled)

    def _take_patiently(self, messages: Sequence[Message]) -> Outcomes:
        """Try again where another transaction stood in the way."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return self.store(self.prepare(messages))
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                self.forget()
        return self.store(self.prepare(messages))

    def _compose(self, records: Records, fates: Fates) -> TelemetryBatch:
        connection, devices, settings = self._link.connection, self._devices, self.settings
        if self._pen.take():
            self._devices.doubt()
        self._meet(records, fates)
        devices.doubt_identity(self._doubles.news())
        uplinks = uplinks_of(records.uplinks, fates.messages, devices, settings)
        happened = events_of(records.events, fates.messages, settings, self._last_states)
        window_us = settings.copy_window_s * 1_000_000
        recognised = recognise(uplinks, devices, window_us, self._frames_around)
        gathered = gather(uplinks, recognised, happened, devices)
        self._codecs.meet(connection, gathered.subjects.received_at)
        columns = decode(gathered.subjects, devices, self._codecs)
        self._codecs.settle(connection, gathered.subjects.received_at)
        observations, removed = observations_of(columns, gathered, devices, connection)
        frames, replaced = frames_of(uplinks, recognised, gathered, devices)
        tell(fates, uplinks, recognised, happened)
        batch = TelemetryBatch(
            frames=frames,
            observations=observations,
            sessions=sessions_of(recognised, devices),
            seen=seen_of(uplinks, happened, devices),
            ledger=lambda *known: ledger(fates, uplinks, recognised, happened, known),
            replaced=replaced,
            removed=removed,
            events=happened.rows(),
            rejected=fates.rejected(settings.rejected_bytes),
            also=[
                happened.follow_orders,
                fates.settle,
                self._births.keep(),
                self._unmapped.of(gathered.subjects, devices),
                self._doubles.look([devices.names[one] for one in recognised.suspects]),
            ],
        )
        if len(fates.messages) > 1 and self._writer.count_new_days(batch) > _MOST_NEW_DAYS:
            raise _TooManyDays
        return batch

    def _frames_around(self, since: Mapping[str, int]) -> dict[str, list[Frame]]:
        self._wait_for_the_store()
        return frames_around(self._link.connection, since)

    def _last_states(self, gateways: Sequence[str]) -> Mapping[str, int]:
        self._wait_for_the_store()
        return last_states(self._link.connection, gateways)

    def _wait_for_the_store(self) -> None:
        if not self._in_turn and not self.settled():
            raise _Unsettled

    def _meet(self, records: Records, fates: Fates) -> None:
        """Introduce the batch's devices; messages of those beyond the limit end here."""
        everything: list[Uplink | Event] = [record for _, record in records.uplinks]
        everything += [record for _, record in records.events]
        refused = self._devices.meet(self._link.connection, everything)
        if not refused:
            return
        for index, uplink in records.uplinks:
            if uplink.dev_eui in refused:
                fates.reject(index, "too_many_unknown_devices", uplink.dev_eui)
        for index, event in records.events:
            if event.subject in refused:
                fates.reject(index, "too_many_unknown_devices", event.subject)
        records.uplinks = [pair for pair in records.uplinks if pair[1].dev_eui not in refused]
        records.events = [pair for pair in records.events if pair[1].subject not in refused]

    def _refuse(self, messages: Sequence[Message], error: Exception) -> Outcomes:
        """Keep the one message that the store would not take, with the reason."""
        reason = "not_storable" if isinstance(error, psycopg.DataError) else "internal_error"
        _log.warning("message rejected", reason=reason, topic=messages[0].topic, error=str(error))
        fates = self.fates(messages)
        receive(fates)
        fates.reject(0, reason, f"{type(error).__name__}: {error}")
        return self.store(Prepared(self._compose(Records(), fates), fates, self._memory))
