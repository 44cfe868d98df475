"""How a message travels: receive, read, recognise, decode, store, tell, acknowledge.

Everything that one batch changes is one transaction; only after its commit does the broker hear of
it. Delivery is at least once, the effect exactly once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import psycopg
import structlog

from gis.errors import ReverbereError
from ingest.codecs import CODECS
from ingest.codecs.profiles import profiles, read_profiles
from ingest.compose import frames_of, gather, observations_of, seen_of, sessions_of
from ingest.decode import decode
from ingest.devices import Devices
from ingest.events import events_of
from ingest.fates import Fates
from ingest.message import Message, Source
from ingest.networks import Networks
from ingest.networks.plain import read_rules
from ingest.networks.records import Event, Uplink
from ingest.read import Records, read, receive
from ingest.recognise import Recognised, recognise
from ingest.settings import IngestSettings
from ingest.stored import frames_around, last_states
from ingest.uplinks import Uplinks, uplinks_of
from twin.model.states import Outcome
from twin.store.database import Database
from twin.store.sql import statement
from twin.store.telemetry_rows import LedgerRow
from twin.store.telemetry_writer import Key, TelemetryBatch, TelemetryWriter

Outcomes = Counter[tuple[Outcome, str]]
"""How many messages ended how: (outcome, reason) → count."""

_log = structlog.get_logger("ingest")
_ATTEMPTS: Final = 3
_MOST_NEW_DAYS: Final = 100


class _TooManyDays(Exception):
    """The batch opens more days than one transaction should: it is halved."""


class Pipeline:
    """From messages to committed rows.

    Parameters
    ----------
    database : Database
        The territory's store, migrated.
    settings : IngestSettings
        Limits, mapping files, topics.
    """

    def __init__(self, database: Database, settings: IngestSettings) -> None:
        self.settings = settings
        rules = settings.plain_mapping
        self.networks = Networks(read_rules(rules) if rules else None)
        known = read_profiles(settings.profiles) if settings.profiles else profiles()
        self._devices = Devices(known, settings.unknown_devices)
        self._writer = TelemetryWriter(database)
        self._codecs: Mapping[str, int] = {}
        self.last_batch = 0

    def run(self, source: Source) -> Outcomes:
        """Take all that a source gives; return what became of it."""
        outcomes: Outcomes = Counter()
        for batch in source.batches():
            outcomes += self.take(batch.messages)
            batch.commit()
        return outcomes

    def take(self, messages: Sequence[Message]) -> Outcomes:
        """Store one batch; each of its messages ends in exactly one outcome.

        A message that the store cannot take is found by halving and rejected: it never blocks.

        Raises
        ------
        StoreUnreachable, psycopg.OperationalError
            The database went away: nothing of the batch is stored, try it again later.
        """
        try:
            return self._take_patiently(messages)
        except Exception as error:  # whatever one message provokes ends with it
            self.forget()
            if _is_outage(error):
                raise
            if len(messages) > 1:
                middle = len(messages) // 2
                return self.take(messages[:middle]) + self.take(messages[middle:])
            return self._refuse(messages, error)

    def forget(self) -> None:
        """Drop what memory believes of the store, after a failure or a new import."""
        self._devices.forget()
        self._codecs = {}

    def close(self) -> None:
        """Give the connection back."""
        self._writer.close()

    def _take_patiently(self, messages: Sequence[Message]) -> Outcomes:
        """Try again where another transaction stood in the way."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._take(messages)
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                self.forget()
        return self._take(messages)

    def _take(self, messages: Sequence[Message]) -> Outcomes:
        fates = Fates(messages)
        received = receive(messages, fates)
        records = read(received, self.networks, self.settings.message_bytes, fates)
        try:
            self._store(records, fates)
        except Exception:
            self._devices.forget()  # it moved on with a batch that was not stored
            raise
        return fates.counts()

    def _store(self, records: Records, fates: Fates) -> None:
        connection, devices, settings = self._writer.connection, self._devices, self.settings
        self._meet(records, fates)
        uplinks = uplinks_of(records.uplinks, fates.messages, devices, settings)
        happened = events_of(
            records.events, fates.messages, settings, lambda who: last_states(connection, who)
        )
        recognised = recognise(
            uplinks,
            devices,
            settings.copy_window_s * 1_000_000,
            lambda since: frames_around(connection, since),
        )
        gathered = gather(uplinks, recognised, happened, devices)
        columns = decode(gathered.subjects, devices, self._codec_ids())
        observations, removed = observations_of(columns, gathered, devices, self._writer)
        frames, replaced = frames_of(uplinks, recognised, gathered, devices)
        fates.end_all(uplinks.messages.tolist(), Outcome.STORED)
        fates.end_all(uplinks.messages[recognised.merged].tolist(), Outcome.MERGED, "copy")
        fates.end_all(happened.messages, Outcome.STORED)
        fates.end_all(happened.merged, Outcome.MERGED, "copy")

        def ledger(known_frames: set[Key], known_events: set[Key]) -> Sequence[LedgerRow]:
            _merge_known(fates, uplinks, recognised, known_frames)
            for index, row in zip(happened.messages, event_rows, strict=True):
                if (row.event_at, row.copy_key) in known_events:
                    fates.end(index, Outcome.MERGED, "copy")
            return fates.ledger()

        event_rows = happened.rows()
        batch = TelemetryBatch(
            frames=frames,
            observations=observations,
            sessions=sessions_of(recognised, devices),
            seen=seen_of(uplinks, happened, devices),
            ledger=ledger,
            replaced=replaced,
            removed=removed,
            events=event_rows,
            rejected=fates.rejected(settings.rejected_bytes),
            also=[happened.follow_orders],
        )
        if len(fates.messages) > 1 and self._writer.count_new_days(batch) > _MOST_NEW_DAYS:
            raise _TooManyDays
        self.last_batch = self._writer.write(batch)

    def _meet(self, records: Records, fates: Fates) -> None:
        """Introduce the batch's devices; frames of those beyond the limit end here."""
        everything: list[Uplink | Event] = [record for _, record in records.uplinks]
        everything += [record for _, record in records.events]
        refused = self._devices.meet(self._writer.connection, everything)
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

    def _codec_ids(self) -> Mapping[str, int]:
        if not self._codecs:
            codecs = sorted(CODECS.values())
            connection = self._writer.connection
            with connection.transaction():
                connection.execute(
                    statement("telemetry/register_codecs"),
                    {
                        "names": [codec.name for codec in codecs],
                        "versions": [codec.version for codec in codecs],
                    },
                )
                rows = connection.execute(statement("telemetry/codecs")).fetchall()
            ids = {(name, version): number for name, version, number in rows}
            self._codecs = {codec.name: ids[codec.name, codec.version] for codec in codecs}
        return self._codecs

    def _refuse(self, messages: Sequence[Message], error: Exception) -> Outcomes:
        """Keep the one message that the store would not take, with the reason."""
        reason = "not_storable" if isinstance(error, psycopg.DataError) else "internal_error"
        _log.warning("message rejected", reason=reason, topic=messages[0].topic, error=str(error))
        fates = Fates(messages)
        receive(messages, fates)
        fates.reject(0, reason, f"{type(error).__name__}: {error}")
        self._store(Records(), fates)
        return fates.counts()


def _is_outage(error: Exception) -> bool:
    """Whether the store is away, or full, rather than a message wrong; a time-out may be either."""
    away = isinstance(error, (ReverbereError, psycopg.OperationalError))
    return away and not isinstance(error, psycopg.errors.QueryCanceled)


def _merge_known(fates: Fates, uplinks: Uplinks, recognised: Recognised, known: set[Key]) -> None:
    """Another worker stored these frames in the meantime: they are copies after all."""
    if not known:
        return
    rows = [*recognised.fresh.tolist(), *(frame.uplink for _, frame in recognised.frames)]
    for row in rows:
        if row >= 0 and (int(uplinks.event_at[row]), int(uplinks.copy_key[row])) in known:
            fates.end(int(uplinks.messages[row]), Outcome.MERGED, "copy")
