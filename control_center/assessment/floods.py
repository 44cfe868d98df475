"""Floods as the store holds them, each extent laid over the city once."""

import numpy as np
import polars as pl
import shapely
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.incidents.city import City
from twin.incidents.times import micros
from twin.incidents.water import Extent, Flood, read_extent
from twin.store.frames import read_frame
from twin.store.incidents import FLOOD_POLYGONS, FLOODS

_EXTENTS = pl.Schema(
    [
        ("extent_id", pl.Int32()),
        ("flood_id", pl.Int32()),
        ("observed_at", pl.Datetime("us", "UTC")),
        ("file_name", pl.String()),
        ("sha256", pl.String()),
    ]
)


class FloodSource:
    """Hands out the floods that still matter: with water, or with devices latched by them.

    Parameters
    ----------
    city : City
        What they are laid over.
    """

    def __init__(self, city: City) -> None:
        self._city = city
        self._buildings = city.building_id, shapely.STRtree(city.building_shape)
        self._extents: dict[tuple[int, str], Extent] = {}

    def read(self, connection: Connection[TupleRow]) -> list[Flood]:
        """Return the floods, the first begun first."""
        extents = read_frame(connection, "incidents/extents", _EXTENTS)
        known = self._laid(connection, extents)
        floods = read_frame(connection, "incidents/floods", FLOODS)
        return [
            Flood(
                id=row["flood_id"],
                slug=row["slug"],
                name=row["name"],
                source=row["source"],
                simulated=row["simulated"],
                started_at=micros(row["started_at"]),
                ended_at=micros(row["ended_at"]),
                extents=tuple(known[row["flood_id"]]),
            )
            for row in floods.sort("started_at", "flood_id").to_dicts()
            if row["flood_id"] in known
        ]

    def _laid(
        self, connection: Connection[TupleRow], extents: pl.DataFrame
    ) -> dict[int, list[Extent]]:
        """Return the extents of each flood, oldest first."""
        rows = extents.to_dicts()
        wanted = [row for row in rows if (row["extent_id"], row["sha256"]) not in self._extents]
        for row in wanted:
            polygons = read_frame(
                connection,
                "incidents/flood_polygons",
                FLOOD_POLYGONS,
                {"extents": [row["extent_id"]]},
            )
            self._extents[row["extent_id"], row["sha256"]] = read_extent(
                self._city.sites,
                self._buildings,
                np.array(shapely.from_wkb(polygons["geom"].to_list()), object),
                polygons["depth_m"].cast(pl.Float64).to_numpy(),
                number=row["extent_id"],
                observed_at=micros(row["observed_at"]),
                file_name=row["file_name"],
            )
        self._extents = {
            key: self._extents[key] for row in rows if (key := (row["extent_id"], row["sha256"]))
        }
        by_flood: dict[int, list[Extent]] = {}
        for row in rows:
            by_flood.setdefault(row["flood_id"], []).append(
                self._extents[row["extent_id"], row["sha256"]]
            )
        return by_flood
