"""A city of any size put straight into a store: lights on a grid, their streets, their tiles."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.tile_drawing import TileLayer
from gis.tiles import publish
from twin.model.states import LightState
from twin.store.database import Database

LONGITUDE, LATITUDE = 4.85, 45.75
SPACING_M, STREET = 28.0, 60  # between two lights; lights along a street
EXCEPTIONS = 0.1
_METRES = 111_320.0
_SINCE = datetime(2026, 11, 1, tzinfo=UTC)


def build(database: Database, home: Path, lights: int) -> None:
    """Fill an empty store with ``lights`` lights, a tenth of which deserve a look."""
    places = _places(lights)
    random = np.random.default_rng(1)
    states = np.where(
        random.random(lights) < EXCEPTIONS,
        random.choice([LightState.DEGRADED, LightState.CONFIRMED_DARK, LightState.SILENT], lights),
        LightState.LIT,
    )
    version = publish(_layers(places), home / "tiles" / "grid").version
    with database.connection() as connection:
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(
            "INSERT INTO territory (slug, name, simulated, timezone, metric_srid, longitude,"
            " latitude, data_version, created_at)"
            " VALUES ('grid', 'Grid', true, 'Europe/Paris', 2154, %s, %s, %s, %s)",
            (LONGITUDE, LATITUDE, version, _SINCE),
        )
        cursor = connection.cursor()
        with cursor.copy(
            "COPY asset (id, kind, code, longitude, latitude, valid_from) FROM STDIN"
        ) as copy:
            for number, (x, y) in enumerate(places.tolist()):
                copy.write_row((number + 1, "streetlight", f"L-{number}", x, y, _SINCE))
        with cursor.copy("COPY light_index (idx, asset_id) FROM STDIN") as copy:
            for number in range(lights):
                copy.write_row((number, number + 1))
        with cursor.copy(
            "COPY light_state (asset_id, state, probability, since, seq) FROM STDIN"
        ) as copy:
            for number, state in enumerate(states.tolist()):
                copy.write_row((number + 1, state, 0.9, _SINCE, number + 1))


def _places(lights: int) -> NDArray[np.float64]:
    side = int(np.ceil(np.sqrt(lights)))
    grid = np.stack(np.divmod(np.arange(lights), side), axis=1) - side / 2
    metres = grid * SPACING_M + np.random.default_rng(2).uniform(-4, 4, (lights, 2))
    east = _METRES * np.cos(np.radians(LATITUDE))
    return metres / [east, _METRES] + [LONGITUDE, LATITUDE]


def _layers(places: NDArray[np.float64]) -> list[TileLayer]:
    streets = [
        shapely.linestrings(places[start : start + STREET])
        for start in range(0, len(places) - 1, STREET)
    ]
    names = np.array([f"rue {number}" for number in range(len(streets))], dtype=object)
    return [
        TileLayer(
            "streets",
            "line",
            np.asarray(shapely.to_wkb(streets), dtype=object),
            {"name": names, "length": np.full(len(streets), 1_600)},
        ),
        TileLayer("lights", "point", np.asarray(shapely.to_wkb(shapely.points(places)), object)),
    ]
