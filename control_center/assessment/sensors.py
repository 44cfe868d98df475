"""The states of sensors as last written, and what has to be written to bring them up to date."""

import numpy as np
import numpy.typing as npt
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.incidents.aftermath import NOBODY
from twin.incidents.city import City
from twin.incidents.silence import Hearing, Reason
from twin.incidents.times import NEVER, SECOND
from twin.incidents.understanding import Understanding
from twin.store.sensor_states import NO_INCIDENT, WrittenStates, write_states, written_since
from twin.supply.ranges import Longs, rows_of

_UNWRITTEN = -1
_SAME = SECOND  # instants nearer than this are one


class SensorLedger:
    """Remembers what the store holds of each sensor, by row of ``surroundings.radio``.

    Parameters
    ----------
    city : City
        In whose numbering.
    """

    def __init__(self, city: City) -> None:
        self._ids = city.surroundings.radio.sensor_id
        n = len(self._ids)
        self._state, self._reason, self._incident = (
            np.full(n, _UNWRITTEN, np.int64) for _ in range(3)
        )
        self._remarkable = np.ones(n, np.bool_)  # but for those that are known to report
        self._since, self._deadline = (np.full(n, NEVER, np.int64) for _ in range(2))
        self._revision = -1

    def catch_up(self, connection: Connection[TupleRow]) -> None:
        """Read what another process wrote since."""
        told, self._revision = written_since(connection, self._revision)
        if not len(told.asset):
            return
        row = rows_of(self._ids, told.asset)
        ours = row >= 0
        self._remember(
            row[ours],
            told.state[ours],
            told.reason[ours],
            since=told.since[ours],
            deadline=told.deadline[ours],
            incident=told.incident[ours],
        )

    def write(
        self, connection: Connection[TupleRow], known: Understanding, explained_by: Longs
    ) -> int:
        """Write what changed; return how many sensors that is.

        Parameters
        ----------
        explained_by : int64 array (s)
            Incident that explains the silence of each, or did; ``NOBODY``.
        """
        row = np.flatnonzero((known.radio.heard.reason != Reason.HEARD) | self._remarkable)
        heard = known.radio.heard.of(row)
        state, reason = heard.state.astype(np.int64), heard.reason.astype(np.int64)
        reporting = state == Hearing.REPORTING
        explained = ~reporting & (explained_by[row] != NOBODY)
        incident = np.where(explained, explained_by[row], NO_INCIDENT)
        deadline = np.where(reporting, NEVER, heard.deadline)  # moves with each message: derived
        moved = (np.abs(heard.since - self._since[row]) > _SAME) | (
            np.abs(deadline - self._deadline[row]) > _SAME
        )
        changed = (
            (state != self._state[row])
            | (reason != self._reason[row])
            | (incident != self._incident[row])
            | (moved & ~reporting)
        )
        row = row[changed]
        if not len(row):
            return 0
        self._remember(
            row,
            state[changed],
            reason[changed],
            since=heard.since[changed],
            deadline=deadline[changed],
            incident=incident[changed],
        )
        self._revision = write_states(connection, self._rows(row))
        return len(row)

    def _remember(
        self,
        row: npt.NDArray[np.integer],
        state: Longs,
        reason: Longs,
        *,
        since: Longs,
        deadline: Longs,
        incident: Longs,
    ) -> None:
        self._state[row], self._reason[row] = state, reason
        self._since[row], self._deadline[row] = since, deadline
        self._incident[row] = incident
        self._remarkable[row] = (
            (state != Hearing.REPORTING) | (reason != Reason.HEARD) | (incident != NO_INCIDENT)
        )

    def _rows(self, row: Longs) -> WrittenStates:
        return WrittenStates(
            self._ids[row],
            self._state[row],
            self._reason[row],
            self._since[row],
            self._deadline[row],
            self._incident[row],
        )
