"""The states of lights as last written, and what has to be written to bring them up to date."""

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.incidents.city import City
from twin.incidents.times import NEVER
from twin.incidents.understanding import Understanding
from twin.model.states import LightState
from twin.store.columns import INSTANT, read_arrays
from twin.store.incident_writer import ChangedLights, IncidentWriter
from twin.supply.ranges import Flags, Longs

_STORED = ("i8", "i2", "f4", INSTANT, "i8", "i8", "i8")

UNWRITTEN = 255
"""State of a light that has none in the store yet."""

NOTICEABLE = 0.005
"""A probability that moves by less is not written again."""


class LightLedger:
    """Remembers what the store holds of each light, by rank.

    Parameters
    ----------
    city : City
        In whose numbering.
    """

    def __init__(self, city: City) -> None:
        self._city = city
        self.seq = -1
        m = len(city.supply.light_id)
        self.state = np.full(m, UNWRITTEN, np.uint8)
        self.since = np.full(m, NEVER, np.int64)
        self._probability = np.full(m, np.nan, np.float32)
        self._proximate_id = np.full(m, -1, np.int64)
        self._root_id = np.full(m, -1, np.int64)
        self._room: set[date] = set()

    def renumber(self, city: City) -> None:
        """Go on in the numbering of a city of the same lights."""
        was = self._city.supply.rank_of(city.supply.light_id)
        self._city = city
        self.state, self.since = self.state[was], self.since[was]
        self._probability = self._probability[was]
        self._proximate_id, self._root_id = self._proximate_id[was], self._root_id[was]

    @property
    def out_since(self) -> Longs:
        """Since when each light is known to be out; ``NEVER`` where it is not. [µs]"""
        return np.where(self.state == LightState.CONFIRMED_DARK, self.since, NEVER)

    def catch_up(self, connection: Connection[TupleRow]) -> None:
        """Read what another process wrote since."""
        asset, *columns, seq = read_arrays(
            connection, "incidents/lights_since", _STORED, {"seq": self.seq}
        )
        if not len(asset):
            return
        rank = self._city.supply.rank_of(asset)
        ours = rank >= 0
        kept: list[NDArray[Any]] = [
            self.state, self._probability, self.since, self._proximate_id, self._root_id,
        ]  # fmt: skip
        for values, into in zip(columns, kept, strict=True):
            into[rank[ours]] = values[ours]
        self.seq = int(seq.max())

    def write(self, writer: IncidentWriter, known: Understanding) -> tuple[int, int | None]:
        """Write what changed.

        Returns
        -------
        changed : int
            Number of lights written.
        seq : int or None
            Of this change; None where nothing changed.
        """
        verdicts, felt = known.lights, known.blackout
        device_id = np.append(self._city.supply.device_id, -1)
        proximate, root = device_id[felt.proximate], device_id[felt.root]
        moved = verdicts.state != self.state
        changed = (
            moved
            | ~(np.abs(verdicts.probability - self._probability) <= NOTICEABLE)
            | (proximate != self._proximate_id)
            | (root != self._root_id)
        )
        rank = np.flatnonzero(changed)
        if not len(rank):
            return 0, None
        before, moved = self.since[rank], moved[rank]
        since = _not_before(verdicts.since[rank], before, known.night.now)
        self.state[rank] = verdicts.state[rank]
        self.since[rank] = np.where(moved, since, before)
        self._probability[rank] = verdicts.probability[rank]
        self._proximate_id[rank], self._root_id[rank] = proximate[rank], root[rank]
        rows = self._rows(rank, moved)
        if lacking := rows.days - self._room:
            writer.make_room(lacking)
            self._room |= lacking
        self.seq = writer.lights(rows)
        return len(rank), self.seq

    def _rows(self, changed: Longs, moved: Flags) -> ChangedLights:
        return ChangedLights(
            asset_id=self._city.supply.light_id[changed],
            state=self.state[changed],
            probability=self._probability[changed],
            since=self.since[changed],
            proximate_id=self._proximate_id[changed],
            root_id=self._root_id[changed],
            moved=moved,
        )


def _not_before(since: Longs, before: Longs, now: int) -> Longs:
    """Keep a light's history in order, whatever its new state rests on."""
    return np.maximum(np.where(since > NEVER, since, now), before)
