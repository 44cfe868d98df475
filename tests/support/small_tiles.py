"""The tiles of the small city."""

from pathlib import Path

import numpy as np

from gis.tile_drawing import TileLayer
from gis.tiles import publish
from twin.store.database import Database


def publish_tiles(database: Database, home: Path) -> str:
    """Build the tiles of the small city below a home folder; return their version."""
    kinds = {
        "water": ("water", "area"),
        "streets": ("street_section", "line"),
        "buildings": ("building", "area"),
        "lights": ("streetlight", "point"),
    }
    layers = []
    with database.connection() as connection:
        for name, (kind, geometry) in kinds.items():
            rows = connection.execute(
                "SELECT a.geom, CASE WHEN a.kind = 'street_section' THEN substr(a.code, 3)"
                " ELSE a.code END, a.name FROM asset a LEFT JOIN light_index i ON i.asset_id = a.id"
                " WHERE a.kind = %s ORDER BY i.idx, a.id",
                (kind,),
            ).fetchall()
            shapes = np.array([bytes(row[0]) for row in rows], dtype=object)
            codes = np.array([row[1] for row in rows], dtype=object)
            columns = {} if name == "lights" else {"code": codes, "name": codes}
            if name == "streets":
                columns["length"] = np.full(len(rows), 2_000)
            layers.append(TileLayer(name, geometry, shapes, columns))
    version = publish(layers, home / "tiles" / "bellerive").version
    with database.connection() as connection:
        connection.execute("UPDATE territory SET data_version = %s", (version,))
    return version
