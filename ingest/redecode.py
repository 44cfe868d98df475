"""Stored frames decoded once more, with the codecs and the profiles of today.

The raw frames are kept for this: a codec may have been wrong, or come later than its devices. A
value that reads otherwise now takes the place of the old one, which is kept beside it; a value that
is no longer read goes there too. Done twice, the second time changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import psycopg

from ingest.codecs.profiles import Profile
from ingest.codecs.runner import CodecRunner
from ingest.compose import UNITS
from ingest.decode import Subjects, decode, stream_keys, tied
from ingest.devices import Devices
from ingest.networks.instants import micros_of
from ingest.networks.objects import opened
from ingest.networks.records import UNTOLD
from ingest.registered import RegisteredCodecs
from ingest.times import Ints, TimeSource
from ingest.uplinks import (
    CODEC_FAILED,
    ENCRYPTED,
    GUESSED_QUALITY,
    LATE,
    LATE_QUALITY,
    NO_CODEC,
    PARTIAL,
    UNCOUNTED,
)
from twin.store.codec_rewriter import CodecRewriter, Redone, Rewritten
from twin.store.database import Database
from twin.store.telemetry_rows import Observations

_AT_ONCE: Final = 4_000
_ATTEMPTS: Final = 3
_OF_A_CODEC: Final = NO_CODEC | CODEC_FAILED | PARTIAL

Row = Mapping[str, Any]


@dataclass(slots=True)
class Report:
    """What came of decoding again.

    Attributes
    ----------
    frames : int
        Looked at.
    failed : int
        Of these, not read by the present codec: their old values stay.
    superseded, made : int
        Values that went aside, and values that are new or took a place.
    """

    frames: int = 0
    failed: int = 0
    superseded: int = 0
    made: int = 0


class Redecoder:
    """Decodes stored frames again.

    Parameters
    ----------
    database : Database
        The territory's store.
    profiles : mapping of str to Profile
        Of today, by name.
    processes : int
        How many run codecs in JavaScript.
    """

    def __init__(
        self, database: Database, profiles: Mapping[str, Profile], processes: int = 2
    ) -> None:
        self._store = CodecRewriter(database)
        self._devices = Devices(profiles, most_unknown=0)
        self._codecs = RegisteredCodecs(CodecRunner(profiles, processes))

    def close(self) -> None:
        """Give the connection back and end the processes."""
        self._codecs.close()
        self._store.close()

    def run(
        self,
        since: datetime,
        until: datetime,
        now: datetime,
        *,
        dev_euis: Sequence[str] | None = None,
        profile: str | None = None,
        tell: Callable[[Report], None] = lambda _: None,
    ) -> Report:
        """Decode the frames of ``[since, until)`` again.

        Parameters
        ----------
        now : datetime
            The instant from which the old values no longer hold.
        dev_euis : sequence of str, optional
            Of these devices only.
        profile : str, optional
            Of devices of this profile only.
        tell : callable
            Hears the report so far, after each some thousand frames.
        """
        report = Report()
        chunks = self._store.frames(
            since,
            until,
            dev_euis=dev_euis,
            skipped_flags=UNCOUNTED | ENCRYPTED | UNTOLD,
            limit=_AT_ONCE,
        )
        for rows in chunks:
            self._devices.recall(self._store.connection, (row["dev_eui"] for row in rows))
            mine = [row for row in rows if self._is_of(row, profile)]
            if mine:
                self._redo(mine, now, report)
            tell(report)
        return report

    def _is_of(self, row: Row, wanted: str | None) -> bool:
        """Whether a frame is of that profile, and something may be read from it."""
        profile = self._devices.profiles[self._devices.index(row["dev_eui"])]
        if wanted is not None and (profile is None or profile.name != wanted):
            return False
        return bool(row["f_port"] and row["payload"] and profile) or bool(row["decoded_by_network"])

    def _redo(self, rows: Sequence[Row], now: datetime, report: Report) -> None:
        subjects = _subjects(rows, self._devices)
        self._codecs.meet(self._store.connection, subjects.received_at)
        columns = decode(subjects, self._devices, self._codecs)
        self._codecs.settle(self._store.connection, subjects.received_at)
        failed = (subjects.flags & CODEC_FAILED).astype(bool)
        columns = columns.take(~failed[columns.subject])
        keys, which = stream_keys(columns, subjects.device[columns.subject])
        self._devices.resolve(self._store.connection, keys, UNITS)
        streams = tied(keys, self._devices)[which] if keys else which.astype(np.int64)
        observations = Observations(
            measured_at=columns.measured_at,
            datastream_id=streams,
            value=columns.value,
            quality=columns.quality,
            codec_id=columns.codec_id,
            received_at=subjects.received_at[columns.subject],
        ).distinct()
        done = self._rewrite(_redone(rows, subjects, failed), observations, now)
        report.frames += len(rows)
        report.failed += int(failed.sum())
        report.superseded += done.superseded
        report.made += done.made

    def _rewrite(self, redone: Redone, observations: Observations, now: datetime) -> Rewritten:
        """Try again where the ingest's own transaction stood in the way."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._store.rewrite(redone, observations, now)
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                continue
        return self._store.rewrite(redone, observations, now)


def _subjects(rows: Sequence[Row], devices: Devices) -> Subjects:
    """Bring stored frames into the form in which fresh ones are decoded."""
    flags = _column(rows, "flags")
    source = _column(rows, "time_source")
    gateway = np.array([row["gateway_at"] is not None for row in rows])
    network = np.array([row["network_at"] is not None for row in rows])
    doubted = (gateway & (source > TimeSource.GATEWAY)) | (network & (source > TimeSource.NETWORK))
    guessed = doubted | (source == TimeSource.DOOR)
    late = (flags & LATE).astype(bool)
    told = [opened(row["decoded_by_network"] or b"") for row in rows]
    return Subjects(
        device=np.array([devices.index(row["dev_eui"]) for row in rows], np.int64),
        event_at=_instants(rows, "event_at"),
        received_at=_instants(rows, "received_at"),
        quality=guessed * GUESSED_QUALITY | late * LATE_QUALITY,
        flags=flags & ~_OF_A_CODEC,
        f_port=_column(rows, "f_port"),
        payload=[row["payload"] if row["f_port"] else b"" for row in rows],
        decoded=[decoded for _, decoded in told],
        readings=[()] * len(rows),
        named=[named for named, _ in told],
        network=[row["network"] for row in rows],
    )


def _redone(rows: Sequence[Row], subjects: Subjects, failed: "np.ndarray[Any, Any]") -> Redone:
    """Say which frames were read with what; those that failed now stay as they were."""
    before = np.array([row["codec_id"] or 0 for row in rows], np.int64)
    had_failed = (_column(rows, "flags") & CODEC_FAILED).astype(bool)
    was = np.where(had_failed, 0, before)
    # what no codec had made may be of another message at that instant, unless the network read it
    by_network = np.array([bool(row["decoded_by_network"]) for row in rows])
    left_alone = failed | ((was == 0) & ~by_network)
    return Redone(
        dev_eui=[row["dev_eui"] for row in rows],
        event_at=subjects.event_at,
        copy_key=_column(rows, "copy_key"),
        was=np.where(left_alone, -1, was),
        codec_id=np.where(failed, before, subjects.codec_id),
        flags=np.where(failed, _column(rows, "flags"), subjects.flags),
    )


def _column(rows: Sequence[Row], name: str) -> Ints:
    return np.array([row[name] for row in rows], np.int64)


def _instants(rows: Sequence[Row], name: str) -> Ints:
    return np.array([micros_of(row[name]) for row in rows], np.int64)
