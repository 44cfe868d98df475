"""Grids of heights in the store, and the ground of supply devices that follows from them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from gis.importers.raster import as_geotiff, from_geotiff
from gis.report import Figure, LayerCounts
from gis.terrain import Terrain
from twin.incidents.flood import SURE_GROUND_M
from twin.store.copying import stage
from twin.store.frames import read_frame
from twin.store.sql import statement

LAYER: Final = "terrain"
"""What the report of an import calls it."""

_TO_GROUND = pl.Schema(
    {"asset_id": pl.Int64(), "longitude": pl.Float64(), "latitude": pl.Float64()}
)
_GROUND = {"asset_id": "bigint", "height_m": "real", "terrain_id": "integer"}


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid of heights that the store holds, without its cells.

    Attributes
    ----------
    id, code, file_name : int, str, str
        Its number, its name, the file that it came in.
    owner, licence : str
        Whose it is, by which terms; empty: not said.
    datum : str
        What its heights count from; empty: not said.
    error_m, step_m : float
        Standard error of a height, and distance of two rows. [m]
    west, south, east, north : float
        What it covers. [°]
    known : int
        Cells whose height is known.
    valid_from : datetime
        Since when.
    """

    id: int
    code: str
    file_name: str
    owner: str
    licence: str
    datum: str
    error_m: float
    step_m: float
    west: float
    south: float
    east: float
    north: float
    known: int
    valid_from: datetime

    @property
    def sure(self) -> bool:
        """Whether its heights are compared with water."""
        return self.error_m <= SURE_GROUND_M

    def covers(self, places: pl.DataFrame) -> bool:
        """Whether one of some places (longitude, latitude) lies within it."""
        inside = places.filter(
            pl.col("longitude").is_between(self.west, self.east),
            pl.col("latitude").is_between(self.south, self.north),
        )
        return not inside.is_empty()


class TerrainStore:
    """Grids of heights, on one connection.

    Parameters
    ----------
    connection : Connection
        Inside the caller's transaction, where it writes.
    """

    def __init__(self, connection: Connection[TupleRow]) -> None:
        self._connection = connection

    def merge(self, terrain: Terrain, dataset: int, at: datetime) -> LayerCounts:
        """Keep a grid, in place of the one of its name; count its cells."""
        content = as_geotiff(terrain)
        west, south, east, north = terrain.bounds
        told = {
            "code": terrain.code,
            "datum": terrain.datum,
            "error_m": terrain.error_m,
            "sha256": hashlib.sha256(content).digest(),
            "at": at,
        }
        found = self._connection.execute(statement("terrain/merge"), told).fetchone()
        unchanged, replaced = found or (False, False)
        counts = LayerCounts(LAYER, terrain.known)
        if unchanged:
            counts.unchanged = terrain.known
            return counts
        where = {"west": west, "south": south, "east": east, "north": north}
        more = {
            "dataset": dataset,
            "step_m": terrain.step_m,
            "known": terrain.known,
            "content": content,
        }
        self._connection.execute(statement("terrain/add"), told | where | more)
        if replaced:
            counts.changed = terrain.known
        else:
            counts.added = terrain.known
        return counts

    def grids(self) -> list[Grid]:
        """Return the grids of now, the surest first."""
        with self._connection.cursor(row_factory=class_row(Grid)) as cursor:
            return cursor.execute(statement("terrain/all")).fetchall()

    def terrain(self, grid: Grid) -> Terrain:
        """Read the cells of a grid."""
        row = self._connection.execute(statement("terrain/content"), {"id": grid.id}).fetchone()
        if row is None:
            raise KeyError(grid.id)
        return from_geotiff(grid.code, row[0], grid.error_m, grid.datum)

    def figures(self) -> list[Figure]:
        """Return of how many supply devices the ground is known, and how surely.

        Nothing where the store holds no grid.
        """
        sure = {"sure_m": SURE_GROUND_M}
        row = self._connection.execute(statement("terrain/figures"), sure).fetchone()
        grids, *devices = row or (0,)
        names = (
            "ground of supply devices told by a register",
            f"ground told by a grid, to {SURE_GROUND_M:g} m or better",
            "ground told by a grid too coarse to be compared with water",
            "ground not known",
        )
        told = grids and any(devices)
        return [Figure(*each) for each in zip(names, devices, strict=True)] if told else []

    def ground_devices(self) -> int:
        """Give each device the height that the surest grid tells of its place.

        What a register says of a device's ground holds and is not touched.

        Returns
        -------
        int
            Devices whose ground is now another one.
        """
        places = read_frame(self._connection, "terrain/to_ground", _TO_GROUND)
        height = np.full(places.height, np.nan)
        told_by = np.zeros(places.height, np.int64)
        for grid in self.grids():
            open_ones = np.flatnonzero(np.isnan(height))
            left = places[open_ones]
            if not grid.covers(left):
                continue
            terrain = self.terrain(grid)
            height[open_ones] = terrain.heights_at(
                left["longitude"].to_numpy(), left["latitude"].to_numpy()
            )
            told_by[open_ones] = grid.id
        rows = places.select(
            "asset_id",
            height_m=pl.Series(np.round(height, 2)).fill_nan(None),
            terrain_id=pl.Series(told_by),
        ).with_columns(pl.when(pl.col("height_m").is_not_null()).then("terrain_id"))
        stage(self._connection, "incoming_ground", _GROUND, rows)
        changed = self._connection.execute(statement("terrain/set_ground")).fetchone()
        return int(changed[0]) if changed else 0
