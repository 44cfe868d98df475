"""A town put into a store by hand, with one street for each thing that a public page can say.

Bellerive, Thursday 19 November 2026, 20:14:32 in its streets. It stands in for an import and an
assessment where a test is about what residents, gardeners and officials read.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import shapely
from psycopg import Connection
from psycopg.types.json import Jsonb

from tests.pages.proofs import flood_proof, lamp_proof, silence_proof
from twin.model.states import LightState
from twin.store.database import Database

EVENING = datetime(2026, 11, 19, 19, 14, 32, tzinfo=UTC)
DAYTIME = datetime(2026, 11, 19, 11, 2, 0, tzinfo=UTC)

_LONGITUDE, _LATITUDE = 4.3, 45.5
_METRES = 111_320.0
_LONG_AGO = EVENING - timedelta(days=300)

LIT, CONFIRMED, INFERRED = LightState.LIT, LightState.CONFIRMED_DARK, LightState.INFERRED_DARK
SILENT, PLANNED, UNMONITORED = LightState.SILENT, LightState.PLANNED_OFF, LightState.UNMONITORED

STREETS: dict[str, list[LightState]] = {
    "Rue des Lavandières": [CONFIRMED] * 14 + [LIT] * 2,
    "Quai des Tanneurs": [CONFIRMED] * 18 + [INFERRED] * 6,
    "Rue Haute": [LIT] * 5 + [CONFIRMED] + [LIT] * 4,
    "Rue Saint-Clair": [SILENT] * 5,
    "Rue Basse": [UNMONITORED] * 9,
    "Place du Marché": [LIT] * 12,
    "Allée des Tilleuls": [PLANNED] * 8,
    "Rue du Pont": [CONFIRMED] * 11,
    "Avenue de la Gare": [LIT] * 30 + [UNMONITORED] * 6,
    "Chemin Vert": [],
}
"""Each street with the states of its lamps, in order along it."""


@dataclass
class Town:
    """What a test needs to know of it."""

    connection: Connection[Any]
    ids: dict[str, int] = field(default_factory=dict)
    lights: dict[str, list[int]] = field(default_factory=dict)

    def asset(self, kind: str, code: str, name: str = "", geometry: Any = None, **more: Any) -> int:
        """Put one thing in; return its id."""
        middle = None if geometry is None else geometry.representative_point()
        row = self.connection.execute(
            "INSERT INTO asset (kind, code, name, geom, longitude, latitude, properties,"
            " valid_from) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
            (
                kind,
                code,
                name,
                None if geometry is None else shapely.to_wkb(geometry),
                None if middle is None else middle.x,
                None if middle is None else middle.y,
                Jsonb(more),
                _LONG_AGO,
            ),
        ).fetchone()
        assert row is not None
        self.ids[code] = int(row[0])
        return self.ids[code]

    def row(self, table: str, **columns: Any) -> None:
        """Insert one row."""
        names = ", ".join(columns)
        marks = ", ".join(["%s"] * len(columns))
        self.connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",
            [Jsonb(value) if isinstance(value, dict) else value for value in columns.values()],
        )


def slug_of(name: str) -> str:
    """Return a street's name in addresses."""
    plain = name.lower().translate(str.maketrans("éèêà", "eeea"))
    return "-".join(plain.replace("’", " ").split())


def build(database: Database, *, contact: dict[str, str] | None = None) -> Town:
    """Fill an empty store with the streets and the incidents."""
    with database.connection() as connection:
        town = Town(connection)
        _territory(town, CONTACT if contact is None else contact)
        for number, (name, states) in enumerate(STREETS.items()):
            _street(town, number, name, states)
        _incidents(town)
        _news(town, EVENING - timedelta(seconds=20))
    return town


def wire(town: Town) -> None:
    """Hang the lights of two streets on their cabinets, so that a street has a share of a meter."""
    for name, code in (("Rue des Lavandières", "A-112"), ("Place du Marché", "A-108")):
        cabinet = town.asset("cabinet", code, place="quai des Tanneurs")
        town.ids[f"cabinet:{code}"] = cabinet
        lights = town.connection.execute(
            "SELECT l.asset_id FROM light l JOIN street_section s ON s.asset_id = l.section_id"
            " JOIN asset a ON a.id = s.street_id WHERE a.name = %s",
            (name,),
        ).fetchall()
        for (light,) in lights:
            town.row(
                "link",
                child_id=light,
                parent_id=cabinet,
                role="supplies",
                rung=0,
                source="register",
                confidence=0.98,
                valid_from=_LONG_AGO,
            )


CONTACT = {
    "emergency": "112",
    "emergency_sms": "114",
    "phone": "02 61 91 00 12",
    "name": "Mairie de Bellerive",
    "hours": "24 h sur 24",
}


def _territory(town: Town, contact: dict[str, str]) -> None:
    town.row(
        "territory",
        slug="bellerive",
        name="Bellerive",
        simulated=True,
        timezone="Europe/Paris",
        metric_srid=2154,
        longitude=_LONGITUDE,
        latitude=_LATITUDE,
        data_version="pages",
        contact=contact,
        created_at=_LONG_AGO,
    )


def _street(town: Town, number: int, name: str, states: list[LightState]) -> None:
    street = town.asset("street", slug_of(name), name)
    length = max(120.0, 15.0 * len(states))
    bend = [[0.0, 60.0 * number], [length / 2, 60.0 * number + 6], [length, 60.0 * number]]
    section = town.asset(
        "street_section", f"t-{number}", geometry=shapely.LineString(_degrees(bend))
    )
    town.row("street_section", asset_id=section, street_id=street, length_cm=round(length * 100))
    town.lights[name] = []
    for rank, state in enumerate(states):
        along = (rank + 0.5) * length / len(states)
        side = 4.0 if rank % 2 == 0 else -4.0
        across = 60.0 * number + 6 * (1 - abs(2 * along / length - 1)) + side
        code = f"L-{number}{rank:03d}"
        light = town.asset(
            "streetlight", code, geometry=shapely.Point(_degrees([[along, across]])[0])
        )
        town.row("light", asset_id=light, section_id=section, attributed_cm=1500)
        town.row(
            "light_state",
            asset_id=light,
            state=int(state),
            probability=0.94 if state is INFERRED else float(state is CONFIRMED),
            since=EVENING - timedelta(minutes=32),
            seq=number * 1000 + rank + 1,
        )
        town.lights[name].append(light)


def _incidents(town: Town) -> None:
    flood = ["Rue des Lavandières", "Quai des Tanneurs"]
    _incident(town, "I-2026-0012", "flood", flood_proof("I-2026-0012", EVENING), flood, taken=True)
    receding = flood_proof("I-2026-0010", EVENING, cabinet="A-104", state="awaiting_inspection")
    _incident(town, "I-2026-0010", "flood", receding, ["Rue du Pont"])
    lamp = lamp_proof("I-2026-0013", EVENING)
    _incident(town, "I-2026-0013", "lamp_failure", lamp, ["Rue Haute"])
    silence = silence_proof("I-2026-0014", EVENING)
    _incident(town, "I-2026-0014", "gateway_silent", silence, ["Rue Saint-Clair"])


def _incident(
    town: Town,
    code: str,
    kind: str,
    document: dict[str, Any],
    streets: list[str],
    *,
    taken: bool = False,
) -> None:
    opened = EVENING - timedelta(minutes=32)
    text = orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()
    row = town.connection.execute(
        "INSERT INTO incident (code, kind, root_key, status, opened_at, changed_at, headline,"
        " proof_version, acknowledged_at) VALUES (%s, %s, %s, 'open', %s, %s, %s, 1, %s)"
        " RETURNING id",
        (
            code,
            kind,
            f"{kind}:{code}",
            opened,
            opened,
            Jsonb(document["headline"]),
            opened + timedelta(minutes=23) if taken else None,
        ),
    ).fetchone()
    assert row is not None
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    town.row(
        "proof",
        incident_id=row[0],
        version=1,
        made_at=opened + timedelta(minutes=9),
        sha256=sha256,
        document=text,
    )
    role = "silent" if kind == "gateway_silent" else "light"
    for name in streets:
        for light, state in zip(town.lights[name], STREETS[name], strict=True):
            if state in {CONFIRMED, INFERRED, SILENT}:
                town.row("incident_asset", incident_id=row[0], asset_id=light, role=role)


def _news(town: Town, at: datetime) -> None:
    gauge = town.asset("river_gauge", "VR-02", "pont Vieux")
    row = town.connection.execute(
        "INSERT INTO datastream (dev_eui, asset_id, property, channel, unit)"
        " VALUES (NULL, %s, 'water_level', 0, 'm') RETURNING id",
        (gauge,),
    ).fetchone()
    assert row is not None
    town.row(
        "latest",
        datastream_id=row[0],
        measured_at=at,
        value=3.42,
        quality=0,
        received_at=at,
        batch=1,
    )


def _degrees(metres: list[list[float]]) -> Any:
    east = _METRES * np.cos(np.radians(_LATITUDE))
    return np.array(metres) / [east, _METRES] + [_LONGITUDE, _LATITUDE]
