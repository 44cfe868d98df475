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
from twin.store.incidents import FLOOD_POLYGONS
from twin.store.rows import read_rows


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
        known = self._laid(connection)
        if not known:
            return []
        floods = sorted(read_rows(connection, "incidents/floods"), key=lambda row: (row[5], row[0]))
        return [
            Flood(
                id=number,
                slug=slug,
                name=name,
                source=source,
                simulated=simulated,
                started_at=micros(started_at),
                ended_at=micros(ended_at),
                extents=tuple(known[number]),
            )
            for number, slug, name, source, simulated, started_at, ended_at, *_ in floods
            if number in known
        ]

    def _laid(self, connection: Connection[TupleRow]) -> dict[int, list[Extent]]:
        """Return the extents of each flood, oldest first."""
        kept, self._extents = self._extents, {}
        by_flood: dict[int, list[Extent]] = {}
        for number, flood, observed_at, file_name, sha256 in read_rows(
            connection, "incidents/extents"
        ):
            extent = kept.get((number, sha256))
            if extent is None:
                extent = self._lay(connection, number, micros(observed_at), file_name)
            self._extents[number, sha256] = extent
            by_flood.setdefault(flood, []).append(extent)
        return by_flood

    def _lay(
        self, connection: Connection[TupleRow], number: int, observed_at: int, file_name: str
    ) -> Extent:
        sheets = read_frame(
            connection, "incidents/flood_polygons", FLOOD_POLYGONS, {"extents": [number]}
        )
        return read_extent(
            self._city.sites,
            self._buildings,
            np.array(shapely.from_wkb(sheets["geom"].to_list()), object),
            sheets["depth_m"].cast(pl.Float64).to_numpy(),
            number=number,
            observed_at=observed_at,
            file_name=file_name,
        )
