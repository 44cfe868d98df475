"""The codecs as the store knows them: each version has a number, and some are in quarantine."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import TupleRow

from ingest.codecs.profiles import Profile
from ingest.codecs.readings import Readings
from ingest.codecs.runner import CodecRunner, Version, version_of, version_of_profile
from ingest.networks.instants import datetime_of
from twin.store import codecs as store

_FORGIVEN_AFTER: Final = timedelta(days=7)
_log = structlog.get_logger("ingest")


class RegisteredCodecs:
    """Runs codecs, once the store has numbered them.

    Memory of the store, for speed: after any failure it is forgotten and read again.

    Parameters
    ----------
    runner : CodecRunner
        Runs them.
    """

    def __init__(self, runner: CodecRunner) -> None:
        self._runner = runner
        self._numbers: dict[Version, int] = {}
        self._remembers = False

    def meet(self, connection: Connection[TupleRow], received_at: NDArray[np.int64]) -> None:
        """Make sure that the store knows all codecs, and hear which ones it keeps out.

        Parameters
        ----------
        received_at : int64 array
            Of the batch: strikes of the week before it count. [µs since 1970 UTC]
        """
        if not self._numbers:
            sources: dict[store.Known, tuple[bytes, str]] = {
                version_of(script): (script.key, script.source) for script in self._runner.scripts
            }
            found = store.register(connection, self._runner.versions, sources)
            self._numbers = {Version(*known): number for known, number in found.items()}
            self._runner.keep_out(store.quarantined(connection))
        elif self._runner.keeps_out:
            self._runner.keep_out(store.quarantined(connection))
        if not self._remembers and received_at.size:
            since = datetime_of(int(received_at.max())) - _FORGIVEN_AFTER
            self._runner.remember(store.strikes(connection, since))
            self._remembers = True

    def begin(
        self,
        profile: Profile,
        payloads: Sequence[bytes],
        f_ports: NDArray[np.int16],
        at_us: NDArray[np.int64],
    ) -> Callable[[], Readings]:
        """Begin to decode payloads of one profile; see ``CodecRunner.begin``."""
        return self._runner.begin(profile, payloads, f_ports, at_us)

    def number(self, profile: Profile) -> int:
        """Return the store's number of the version that a profile is decoded with."""
        return self._numbers[version_of_profile(profile)]

    def settle(self, connection: Connection[TupleRow], received_at: NDArray[np.int64]) -> None:
        """Tell the store which codecs went into quarantine, with a batch of these times."""
        for script, count in self._runner.struck().items():
            at = datetime_of(int(received_at.max()))
            store.keep_strike(connection, script.key, script.name, count, at)
        for verdict in self._runner.news():
            script, since = verdict.script, datetime_of(int(received_at.max()))
            _log.warning("codec in quarantine", codec=script.name, reason=verdict.reason)
            store.quarantine(connection, script.key, script.name, verdict.reason, since)

    def forget(self) -> None:
        """Drop what memory believes of the store."""
        self._numbers.clear()
        self._remembers = False

    def close(self) -> None:
        """End the processes of codecs."""
        self._runner.close()
