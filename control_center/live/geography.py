"""The lights and the devices of one epoch, by place and by supply: what the map draws lines from.

Read once an epoch: nothing here changes with the state of the city.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from control_center.live.trees import shortest_tree
from twin.store.city import CityReader
from twin.store.database import Database

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Geography:
    """Where lights and devices are, and who feeds whom.

    Attributes
    ----------
    lights : DataFrame
        One row a light: ``asset_id``, ``idx``, ``longitude``, ``latitude``, ``feeder_id`` (null:
        wired to its cabinet, or not known), ``cabinet_id`` (null: not known).
    devices : DataFrame
        Supply devices with a place: ``twin.model.frames.SUPPLY_DEVICES``.
    """

    lights: pl.DataFrame
    devices: pl.DataFrame

    @classmethod
    def read(cls, database: Database) -> "Geography":
        """Read the store."""
        city = CityReader(database)
        devices = city.supply_devices()
        feeders = devices.filter(pl.col("kind") == "feeder").select(
            feeder_id="asset_id", feeder_cabinet="parent_id"
        )
        lights = (
            city.lights()
            .select("asset_id", "idx", "longitude", "latitude", "supply_id")
            .join(feeders, left_on="supply_id", right_on="feeder_id", how="left", coalesce=False)
            .with_columns(cabinet_id=pl.coalesce("feeder_cabinet", "supply_id"))
            .drop("supply_id", "feeder_cabinet")
        )
        return cls(lights, devices.drop_nulls(["longitude", "latitude"]))

    def places(self) -> Points:
        """Return where lights and devices are. [°]"""
        columns = ["longitude", "latitude"]
        both = pl.concat([self.lights.select(columns), self.devices.select(columns)])
        return both.drop_nulls().to_numpy()

    def counts(self, out: NDArray[np.int64]) -> pl.DataFrame:
        """Count lights, and lights out, by cabinet: ``cabinet_id``, ``lights``, ``out``.

        Parameters
        ----------
        out : int64[n]
            Asset ids of the lights that are out.
        """
        dark = pl.Series("asset_id", out)
        return (
            self.lights.drop_nulls("cabinet_id")
            .with_columns(is_out=pl.col("asset_id").is_in(dark.implode()))
            .group_by("cabinet_id")
            .agg(lights=pl.len(), out=pl.col("is_out").sum())
            .sort("cabinet_id")
        )

    def wires(self, dark: NDArray[np.int64]) -> list[list[list[float]]]:
        """Return lines from each cabinet along its feeders to dark lights. [°]

        The register says which feeder a light hangs on, not where its cable runs: lights are
        joined by the shortest tree from their cabinet, which follows the streets well.
        """
        places = {row[0]: (row[1], row[2]) for row in self._cabinet_places().iter_rows()}
        chosen = self.lights.filter(pl.col("asset_id").is_in(pl.Series(dark).implode()))
        lines: list[list[list[float]]] = []
        for (cabinet, _), group in chosen.drop_nulls(["cabinet_id", "longitude"]).group_by(
            "cabinet_id", "feeder_id", maintain_order=True
        ):
            points = group.select("longitude", "latitude").to_numpy()
            start = places.get(cabinet)
            joined = points if start is None else np.vstack([start, points])
            lines += shortest_tree(joined).lines().tolist()
        return lines

    def _cabinet_places(self) -> pl.DataFrame:
        return self.devices.select("asset_id", "longitude", "latitude")
