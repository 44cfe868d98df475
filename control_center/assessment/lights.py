"""The states of lights as last written, and what has to be written to bring them up to date."""

import numpy as np
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.incidents.city import City
from twin.incidents.times import NEVER
from twin.incidents.understanding import Understanding
from twin.model.states import LightState
from twin.store.frames import read_frame
from twin.store.incident_writer import CHANGED_LIGHTS, IncidentWriter
from twin.store.incidents import LIGHT_STATES
from twin.supply.layout import longs
from twin.supply.ranges import Flags, Longs

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

    @property
    def out_since(self) -> Longs:
        """Since when each light is known to be out; ``NEVER`` where it is not. [µs]"""
        return np.where(self.state == LightState.CONFIRMED_DARK, self.since, NEVER)

    def catch_up(self, connection: Connection[TupleRow]) -> None:
        """Read what another process wrote since."""
        stored = read_frame(connection, "incidents/light_states", LIGHT_STATES, {"seq": self.seq})
        rank = self._city.supply.rank_of(longs(stored, "asset_id"))
        ours = rank >= 0
        rank = rank[ours]
        self.state[rank] = stored["state"].to_numpy()[ours]
        self.since[rank] = stored["since"].dt.epoch("us").to_numpy()[ours]
        self._probability[rank] = stored["probability"].to_numpy()[ours]
        self._proximate_id[rank] = longs(stored, "proximate_id")[ours]
        self._root_id[rank] = longs(stored, "root_id")[ours]
        if len(stored):
            self.seq = int(longs(stored, "seq").max())

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
        if not changed.any():
            return 0, None
        since = np.where(
            moved, _not_before(verdicts.since, self.since, known.night.now), self.since
        )
        self.state[changed] = verdicts.state[changed]
        self.since[changed] = since[changed]
        self._probability[changed] = verdicts.probability[changed]
        self._proximate_id[changed], self._root_id[changed] = proximate[changed], root[changed]
        self.seq = writer.lights(self._rows(changed, moved))
        return int(changed.sum()), self.seq

    def _rows(self, changed: Flags, moved: Flags) -> pl.DataFrame:
        ids = self._city.supply.light_id
        none_if_negative = [
            pl.when(pl.col(name) >= 0).then(pl.col(name)).alias(name)
            for name in ("proximate_id", "root_id")
        ]
        return (
            pl.DataFrame(
                {
                    "asset_id": ids[changed],
                    "state": self.state[changed],
                    "probability": self._probability[changed],
                    "since": self.since[changed],
                    "proximate_id": self._proximate_id[changed],
                    "root_id": self._root_id[changed],
                    "moved": moved[changed],
                }
            )
            .with_columns(pl.from_epoch("since", "us").dt.replace_time_zone("UTC"))
            .with_columns(none_if_negative)
            .cast(CHANGED_LIGHTS)
            .sort("asset_id")
        )


def _not_before(since: Longs, before: Longs, now: int) -> Longs:
    """Keep a light's history in order, whatever its new state rests on."""
    return np.maximum(np.where(since > NEVER, since, now), before)
