"""How long repairs take, from past outages: by the kind of outage and of what failed."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from twin.model.kinds import FEEDER
from twin.store.database import Database
from twin.store.returns import past
from twin.supply.ranges import Floats

LEAST = 5
"""Past repairs from which on their middle is taken."""

ASSUMED_H = 4.0
"""How long a repair is taken to last where the past tells of none. [h]"""

_BY_WATER, _BY_ITSELF = "flood", {FEEDER: "feeder_out"}


@dataclass(frozen=True, slots=True)
class RepairTimes:
    """Middle durations of past repairs, from the moment when a crew took them. [h]

    Attributes
    ----------
    by_root : dict
        By kind of outage and kind of what failed.
    by_kind : dict
        By kind of outage.
    """

    by_root: dict[tuple[str, str], float] = field(default_factory=dict)
    by_kind: dict[str, float] = field(default_factory=dict)

    def hours(self, device_kinds: list[str], *, by_water: bool) -> tuple[Floats, int]:
        """Return how long each device takes to repair, and how many of that are assumed. [h]"""
        told = [self._of(kind, by_water=by_water) for kind in device_kinds]
        hours = np.array([ASSUMED_H if each is None else each for each in told], np.float64)
        return hours, sum(each is None for each in told)

    def _of(self, device: str, *, by_water: bool) -> float | None:
        outage = _BY_WATER if by_water else _BY_ITSELF.get(device, "cabinet_out")
        return self.by_root.get((outage, device), self.by_kind.get(outage))


def repair_times(database: Database) -> RepairTimes:
    """Return how long past repairs took."""
    with database.connection() as connection:
        history = past(connection)
    taken = history.drop_nulls("taken_at").with_columns(
        hours=(pl.col("closed_at") - pl.col("taken_at")).dt.total_seconds() / 3600
    )
    middle, count = pl.col("hours").median(), pl.len()
    roots = taken.group_by("kind", "root_kind").agg(middle, count=count)
    kinds = taken.group_by("kind").agg(middle, count=count)
    enough = pl.col("count") >= LEAST
    return RepairTimes(
        {(kind, root): hours for kind, root, hours, _ in roots.filter(enough).iter_rows()},
        {kind: hours for kind, hours, _ in kinds.filter(enough).iter_rows()},
    )
