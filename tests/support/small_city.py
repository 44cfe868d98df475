"""A small city put into a store by hand: streets, lights on feeders, water, one incident.

It stands in for an import and an assessment where a test is about what screens do with them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from psycopg import Connection

from tests.support.small_proof import proof
from twin.model.states import LightState
from twin.store.database import Database

EVENING = datetime(2026, 11, 19, 19, 14, 32, tzinfo=UTC)
"""The moment at which the city is seen: 20:14:32 in its streets."""

_LONGITUDE, _LATITUDE = 4.3000, 45.5000
_METRES_PER_DEGREE = 111_320.0
_STREETS_EAST = ("quai des Tanneurs", "rue Basse", "rue des Lavandières", "rue Haute", "rue Neuve")
_STREETS_NORTH = ("rue du Pont", "rue de la Halle", "rue Saint-Clair", "place du Marché")
_TILT = np.radians(-22.0)


@dataclass(frozen=True)
class SmallCity:
    """What a test needs to know of it."""

    lights: NDArray[np.int64]
    """Asset ids, in the order of the map's index."""
    cabinets: list[str]
    flooded: str
    """Code of the cabinet in the water."""
    incident: str
    dark: NDArray[np.int64]
    """Indices of the lights that the incident put out."""


def build(database: Database, *, blocks: int = 4, block_m: float = 84.0) -> SmallCity:
    """Fill an empty store.

    Parameters
    ----------
    blocks : int
        Blocks on each side of the town; a cabinet feeds the lights of two blocks by two.
    """
    with database.connection() as connection:
        return _Builder(connection, blocks, block_m).build()


class _Builder:
    def __init__(self, connection: Connection[Any], blocks: int, block_m: float) -> None:
        self.connection = connection
        self.blocks, self.block_m = blocks, block_m
        self.lights: list[tuple[int, float, float, int, int]] = []
        self.cabinets: dict[str, tuple[int, float, float]] = {}

    def build(self) -> SmallCity:
        self._territory()
        self._streets_and_lights()
        self._ground()
        flooded = min(self.cabinets, key=lambda code: self.cabinets[code][2])
        dark = np.array(
            [index for index, light in enumerate(self.lights) if light[3] == self._id(flooded)]
        )
        incident = self._flood(flooded, dark)
        self._telemetry()
        ids = np.array([light[0] for light in self.lights], dtype=np.int64)
        return SmallCity(ids, list(self.cabinets), flooded, incident, dark)

    # ------------------------------------------------------------------ city
    def _territory(self) -> None:
        self.connection.execute(
            "INSERT INTO territory (slug, name, simulated, timezone, metric_srid, longitude,"
            " latitude, data_version, created_at)"
            " VALUES ('bellerive', 'Bellerive', true, 'Europe/Paris', 2154, %s, %s, 'small', %s)",
            (_LONGITUDE, _LATITUDE, EVENING),
        )

    def _streets_and_lights(self) -> None:
        side = self.blocks * self.block_m
        for number in range(self.blocks + 1):
            across = (number / self.blocks - 0.5) * side
            east = np.array([[-side / 2, across], [side / 2, across]])
            self._street(_STREETS_EAST, number, east)
            self._street(_STREETS_NORTH, number, east[:, ::-1])
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO light_index (idx, asset_id) VALUES (%s, %s)",
                [(index, light[0]) for index, light in enumerate(self.lights)],
            )

    def _street(self, names: tuple[str, ...], number: int, ends: NDArray[np.float64]) -> None:
        name = names[number % len(names)] + ("" if number < len(names) else f" {number}")
        street = self._asset("street", f"s-{name}", name=name)
        line = shapely.linestrings(_degrees(ends))
        section = self._asset("street_section", f"t-{name}", geometry=line)
        length = float(np.hypot(*(ends[1] - ends[0])))
        self.connection.execute(
            "INSERT INTO street_section VALUES (%s, %s, %s, 120000)",
            (section, street, round(length * 100)),
        )
        steps = np.arange(14.0, length, 28.0)
        points = ends[0] + steps[:, None] * (ends[1] - ends[0]) / length
        for rank, (x, y) in enumerate(points):
            self._light(name, rank, x, y, section)

    def _light(self, street: str, rank: int, x: float, y: float, section: int) -> None:
        cell = self.block_m * 2
        column, row = int((x + 1e4 * cell) // cell) - 10_000, int((y + 1e4 * cell) // cell) - 10_000
        cabinet = self._cabinet(column, row, cell)
        feeder = self._feeder(cabinet, street)
        asset = self._point("streetlight", f"L-{len(self.lights) + 1:04d}", x, y)
        self.connection.execute(
            "INSERT INTO light (asset_id, technology, lamp_w, mains_w, section_id, attributed_cm)"
            " VALUES (%s, 'led', 42, 46, %s, 2800)",
            (asset, section),
        )
        self._supplies(asset, feeder)
        longitude, latitude = _degrees(np.array([[x, y]]))[0]
        self.lights.append((asset, longitude, latitude, self._id(cabinet), rank))

    def _cabinet(self, column: int, row: int, cell: float) -> str:
        code = f"A-{(row + 50) * 100 + column + 50}"
        if code not in self.cabinets:
            x, y = (column + 0.5) * cell, (row + 0.45) * cell
            asset = self._point("cabinet", code, x, y)
            self.connection.execute(
                "INSERT INTO supply_device VALUES (%s, 0.35, 'plan', 2.8, 'night', 4.2)", (asset,)
            )
            self.cabinets[code] = (asset, x, y)
        return code

    def _feeder(self, cabinet: str, street: str) -> int:
        code = f"{cabinet}/{street}"
        row = self.connection.execute(
            "SELECT id FROM asset WHERE kind = 'feeder' AND code = %s", (code,)
        ).fetchone()
        if row:
            return int(row[0])
        feeder = self._asset("feeder", code, name=f"départ {street}")
        self.connection.execute("INSERT INTO supply_device (asset_id) VALUES (%s)", (feeder,))
        self._supplies(feeder, self._id(cabinet))
        return feeder

    def _ground(self) -> None:
        side = self.blocks * self.block_m
        shore = -side / 2 - 30
        river = [
            [-3 * side, shore - 160],
            [3 * side, shore - 160],
            [3 * side, shore],
            [-3 * side, shore],
        ]
        self._asset("water", "vaire", name="la Vaire", geometry=_area(river))
        self._point("river_gauge", "VR-02", -40.0, shore - 20, name="pont Vieux")
        self._point("gateway", "G-3", -side / 3, side / 3, name="Passerelle G-3")
        self._point("gateway", "G-1", side / 3, side / 6, name="Passerelle G-1")
        for number in range(self.blocks):
            x, y = (
                (number - self.blocks / 2 + 0.5) * self.block_m,
                (0.5 - self.blocks / 2) * self.block_m,
            )
            corners = [[x - 20, y - 24], [x + 20, y - 24], [x + 20, y + 10], [x - 20, y + 10]]
            self._asset("building", f"B-{number}", name="École Jean-Macé", geometry=_area(corners))

    # -------------------------------------------------------------- incident
    def _flood(self, cabinet: str, dark: NDArray[np.int64]) -> str:
        asset, x, y = self.cabinets[cabinet]
        since = EVENING - timedelta(minutes=32)
        execute = self.connection.execute
        flood = _returned(
            execute(
                "INSERT INTO flood (slug, name, source, simulated, started_at)"
                " VALUES ('crue', 'Crue de la Vaire', 'pont Vieux', true, %s) RETURNING id",
                (since,),
            )
        )
        extent = _returned(
            execute(
                "INSERT INTO flood_extent (flood_id, observed_at, recorded_at, file_name, sha256)"
                " VALUES (%s, %s, %s, 'crue.geojson', 'ab') RETURNING id",
                (flood, since, since),
            )
        )
        for number, (width, depth) in enumerate(((230, 0.25), (150, 0.45), (80, 0.62))):
            shape = shapely.Point(0, 0).buffer(width, quad_segs=12)
            ring = shapely.get_coordinates(shape) * [1, 0.55] + [x, y - 60]
            execute(
                "INSERT INTO flood_polygon VALUES (%s, %s, %s, %s)",
                (extent, number, shapely.to_wkb(shapely.polygons(_degrees(ring))), depth),
            )
        execute(
            "INSERT INTO supply_state"
            " VALUES (%s, 'tripped', %s, 'flooded', 'measured', 1, '{}', %s)",
            (asset, since, flood),
        )
        states = np.full(len(self.lights), LightState.LIT)
        states[dark] = LightState.CONFIRMED_DARK
        states[dark[-6:]] = LightState.INFERRED_DARK
        self._states(states, since, asset)
        return self._incident(cabinet, asset, dark, since)

    def _states(self, states: NDArray[np.int64], since: datetime, root: int) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO light_state"
                " VALUES (%s, %s, %s, %s, %s, %s, nextval('light_state_seq'))",
                [
                    (light[0], int(state), 0.94 if state == 3 else 0.99, since, root, root)
                    for light, state in zip(self.lights, states, strict=True)
                ],
            )

    def _incident(self, cabinet: str, asset: int, dark: NDArray[np.int64], since: datetime) -> str:
        code = "I-2026-0012"
        document = proof(code, cabinet, int(dark.size), EVENING)
        row = self.connection.execute(
            "INSERT INTO incident (code, kind, root_key, status, opened_at, changed_at, headline,"
            " proof_version) VALUES (%s, 'flood', %s, 'open', %s, %s, %s, 1) RETURNING id",
            (code, f"cabinet:{cabinet}", since, since, orjson.dumps(document["headline"]).decode()),
        )
        number = _returned(row)
        text = orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()
        self.connection.execute(
            "INSERT INTO proof VALUES (%s, 1, %s, 'f00d', %s)", (number, since, text)
        )
        members = [(asset, "root"), *((self.lights[index][0], "light") for index in dark)]
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO incident_asset (incident_id, asset_id, role) VALUES (%s, %s, %s)",
                [(number, member, role) for member, role in members],
            )
        return code

    def _telemetry(self) -> None:
        gauge = self._id("VR-02", "river_gauge")
        stream = _returned(
            self.connection.execute(
                "INSERT INTO datastream (dev_eui, asset_id, property, channel, unit)"
                " VALUES (NULL, %s, 'water_level', 0, 'm') RETURNING id",
                (gauge,),
            )
        )
        start = EVENING - timedelta(hours=6)
        days = [start.date(), EVENING.date()]
        self.connection.execute("SELECT ensure_partitions('observation', %s)", (days,))
        times = [start + timedelta(minutes=10 * step) for step in range(37)]
        levels = [2.6 + 0.82 / (1 + np.exp(-(step - 24) / 4)) for step in range(37)]
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO observation VALUES (%s, %s, %s, 0, 0)",
                [(at, stream, float(level)) for at, level in zip(times, levels, strict=True)],
            )
        self.connection.execute(
            "INSERT INTO latest VALUES (%s, %s, %s, 0, %s, 1)",
            (stream, times[-1], float(levels[-1]), times[-1]),
        )
        minute = times[-1].replace(second=0, microsecond=0)
        for outcome, count in (("received", 40), ("stored", 38), ("merged", 1), ("rejected", 1)):
            reason = "" if outcome in {"received", "stored"} else "duplicate"
            self.connection.execute(
                "INSERT INTO ledger VALUES ('mqtt', %s, %s, %s, %s)",
                (minute, outcome, reason, count),
            )

    # ------------------------------------------------------------- small SQL
    def _id(self, code: str, kind: str = "cabinet") -> int:
        if kind == "cabinet":
            return self.cabinets[code][0]
        found = self.connection.execute(
            "SELECT id FROM asset WHERE kind = %s AND code = %s", (kind, code)
        )
        return _returned(found)

    def _point(self, kind: str, code: str, x: float, y: float, name: str = "") -> int:
        point = shapely.points(_degrees(np.array([[x, y]]))[0])
        return self._asset(kind, code, name=name, geometry=point)

    def _asset(
        self, kind: str, code: str, name: str = "", geometry: shapely.Geometry | None = None
    ) -> int:
        middle = None if geometry is None else geometry.representative_point()
        row = self.connection.execute(
            "INSERT INTO asset (kind, code, name, geom, longitude, latitude, valid_from)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
            (
                kind,
                code,
                name,
                None if geometry is None else shapely.to_wkb(geometry),
                None if middle is None else middle.x,
                None if middle is None else middle.y,
                EVENING - timedelta(days=300),
            ),
        )
        return _returned(row)

    def _supplies(self, child: int, parent: int) -> None:
        self.connection.execute(
            "INSERT INTO link (child_id, parent_id, role, rung, source, confidence, valid_from)"
            " VALUES (%s, %s, 'supplies', 0, 'register', 0.98, %s)",
            (child, parent, EVENING - timedelta(days=300)),
        )


def _degrees(metres: NDArray[np.float64]) -> NDArray[np.float64]:
    cos, sin = np.cos(_TILT), np.sin(_TILT)
    turned = metres @ np.array([[cos, -sin], [sin, cos]])
    east = _METRES_PER_DEGREE * np.cos(np.radians(_LATITUDE))
    return turned / [east, _METRES_PER_DEGREE] + [_LONGITUDE, _LATITUDE]


def _area(corners: list[list[float]]) -> shapely.Geometry:
    return shapely.polygons(_degrees(np.array(corners, dtype=float)))


def _returned(cursor: Any) -> int:
    row = cursor.fetchone()
    assert row is not None
    return int(row[0])
