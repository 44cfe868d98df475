"""A hand-made town for whole stories: a substation, three cabinets on a quay, a gateway.

::

    P-1 ── A-112 (plinth 0.35 m, measured) ── D1 ── L-01 … L-06   rue des Lavandières
        │                                  └─ D2 ── L-07 … L-10   quai des Tanneurs
        ├─ A-113 (plinth unknown) ─────────── D3 ── L-11 … L-14   quai des Tanneurs
        └─ A-114 (plinth 0.40 m, plan) ────── D4 ── L-15 … L-20   rue Haute

Cabinets stand 0.001° apart along latitude 47.45; A-112 at longitude -0.550.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import shapely

from twin.incidents.city import City, Frames, lay_out
from twin.incidents.declared import Declared
from twin.incidents.latch import Latch
from twin.incidents.light_states import ON
from twin.incidents.observed import Observed
from twin.incidents.schedule import Night, night_at
from twin.incidents.times import NEVER, SECOND, micros
from twin.incidents.understanding import Understanding, understand
from twin.incidents.water import Extent, Flood, read_extent
from twin.model import frames

MINUTE = 60 * SECOND
EVENING = datetime(2026, 11, 19, 19, 14, 32, tzinfo=UTC)
NOON = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
T = micros(EVENING)
LATITUDE, LONGITUDE = 47.45, -0.55

SUBSTATION, A112, A113, A114, D1, D2, D3, D4 = range(1, 9)
_PARENT = {
    A112: SUBSTATION,
    A113: SUBSTATION,
    A114: SUBSTATION,
    D1: A112,
    D2: A112,
    D3: A113,
    D4: A114,
}
_LIGHTS = {D1: range(101, 107), D2: range(107, 111), D3: range(111, 115), D4: range(115, 121)}
_STREET = {D1: 21, D2: 22, D3: 22, D4: 23}
GATEWAY = 40
SOIL_PROBE, LEVEL_PROBE = 50, 51


def _devices() -> pl.DataFrame:
    codes = ["P-1", "A-112", "A-113", "A-114", "D1", "D2", "D3", "D4"]
    kinds = ["substation"] + ["cabinet"] * 3 + ["feeder"] * 4
    plinth = {A112: (0.35, "measured"), A113: (None, "unknown"), A114: (0.40, "plan")}
    place = {A112: "quai des Tanneurs", A113: "quai des Tanneurs", A114: "rue Haute"}
    rows = [
        {
            "asset_id": number,
            "kind": kind,
            "code": code,
            "name": "",
            "longitude": {SUBSTATION: -0.56, A112: -0.550, A113: -0.549, A114: -0.548}.get(number),
            "latitude": None if kind == "feeder" else LATITUDE,
            "parent_id": _PARENT.get(number),
            "confidence": 0.98 if number in _PARENT else 1.0,
            "rung": 0,
            "plinth_m": plinth.get(number, (None, ""))[0],
            "plinth_source": plinth.get(number, (None, "unknown"))[1],
            "ground_m_ngf": None,
            "ground_error_m": None,
            "regime": "permanent",
            "rated_kw": None,
            "place": place.get(number, ""),
        }
        for number, (code, kind) in enumerate(zip(codes, kinds, strict=True), 1)
    ]
    return pl.DataFrame(rows, schema=frames.SUPPLY_DEVICES)


def _lights() -> pl.DataFrame:
    rows = [
        {
            "asset_id": light,
            "idx": light - 101,
            "code": f"L-{light - 100:02d}",
            "longitude": -0.550 + (light - 101) * 1e-4,
            "latitude": LATITUDE,
            "supply_id": feeder,
            "link_confidence": 0.98,
            "link_rung": 0,
            "lamp_w": 28.0,
            "mains_w": 30.0,
            "technology": "led",
            "section_id": _STREET[feeder] + 10,
            "street_id": _STREET[feeder],
            "attributed_cm": 3000,
        }
        for feeder, ids in _LIGHTS.items()
        for light in ids
    ]
    return pl.DataFrame(rows, schema=frames.LIGHTS)


def _stretches() -> pl.DataFrame:
    rows = [
        {
            "stretch_id": number,
            "section_id": _STREET[feeder] + 10,
            "street_id": _STREET[feeder],
            "length_cm": 2500,
            "light_ids": [light],
        }
        for feeder, ids in _LIGHTS.items()
        for number, light in enumerate(ids, 1000 * feeder)
    ]
    return pl.DataFrame(rows, schema=frames.STRETCHES)


def town_frames() -> Frames:
    """The town as frames."""
    lights = _lights()
    return Frames(
        lights=lights,
        devices=_devices(),
        sections=pl.DataFrame(
            [(31, 21, 15_000, 60_000), (32, 22, 20_000, 40_000), (33, 23, 15_000, 30_000)],
            schema=frames.SECTIONS,
            orient="row",
        ),
        stretches=_stretches(),
        streets=pl.DataFrame(
            [
                (21, "rue-des-lavandieres", "Rue des Lavandières", 15_000, 6, 60.0),
                (22, "quai-des-tanneurs", "Quai des Tanneurs", 20_000, 8, 40.0),
                (23, "rue-haute", "Rue Haute", 15_000, 6, 30.0),
            ],
            schema=frames.STREETS,
            orient="row",
        ),
        buildings=pl.DataFrame(
            [
                (
                    60,
                    "B-1",
                    "Moulin",
                    "",
                    False,
                    shapely.box(-0.5501, 47.4499, -0.5499, 47.4501).wkb,
                ),
                (
                    61,
                    "B-2",
                    "Mairie",
                    "",
                    True,
                    shapely.box(-0.5401, 47.4499, -0.5399, 47.4501).wkb,
                ),
            ],
            schema=frames.BUILDINGS,
            orient="row",
        ),
        places=pl.DataFrame(
            [
                (70, "crossing", "C-1", "", -0.5499, LATITUDE),
                (71, "school", "E-1", "", -0.5, LATITUDE),
            ],
            schema=frames.PLACES,
            orient="row",
        ),
        gateways=pl.DataFrame(
            {
                "gateway_id": [GATEWAY],
                "supply_id": [A114],
                "backup_h": [None],
                "code": ["G-3"],
                "name": ["Clocher"],
            },
            schema_overrides={"backup_h": pl.Float64},
        ),
        sensors=pl.DataFrame(
            {
                "sensor_id": [*lights["asset_id"], SOIL_PROBE, LEVEL_PROBE],
                "supply_id": [*lights["supply_id"], None, A112],
                "kind": ["streetlight"] * len(lights) + ["hydrozone", "sensor"],
            }
        ),
        hears=pl.DataFrame(
            {
                "gateway_id": [GATEWAY] * 22,
                "sensor_id": [*lights["asset_id"], SOIL_PROBE, LEVEL_PROBE],
            }
        ),
    )


def town() -> City:
    """The town laid out."""
    return lay_out(town_frames())


def place(city: City, device: int) -> int:
    return int(city.supply.place_of(np.array([device]))[0])


def ranks(city: City, *lights: int) -> np.ndarray:
    return city.supply.rank_of(np.array(lights))


def night(at: datetime = EVENING) -> Night:
    return night_at(at, LATITUDE, LONGITUDE, "Europe/Paris")


def lit_town(city: City, at: int = T) -> Observed:
    """Every light reports light, every device was heard, five minutes ago."""
    calm = Observed.silence(city)
    recent = at - 5 * MINUTE
    m, s = len(calm.lights.reported), len(calm.radio.seen_at)
    return replace(
        calm,
        lights=replace(
            calm.lights,
            reported_at=np.full(m, recent),
            reported=np.full(m, ON, np.int8),
            ordered_level=np.full(m, 100.0),
            power_w=np.full(m, 29.0),
            interval_s=np.full(m, 900.0),
        ),
        radio=replace(calm.radio, seen_at=np.full(s, recent), interval_s=np.full(s, 900.0)),
    )


def tell(news: Any, where: Any, **said: Any) -> Any:
    """Return news in which some rows say something else."""
    changed = {}
    for name, value in said.items():
        column = getattr(news, name).copy()
        column[where] = value
        changed[name] = column
    return replace(news, **changed)


def extent(city: City, at: int, *sheets: tuple[float, float, float]) -> Extent:
    """Sheets of water between two longitudes, with their depth."""
    polygons = np.array([shapely.box(a, 47.44, b, 47.46) for a, b, _ in sheets], object)
    footprints = city.building_id, shapely.STRtree(city.building_shape)
    depth = np.array([d for *_, d in sheets])
    return read_extent(
        city.sites, footprints, polygons, depth, number=1, observed_at=at, file_name="crue.geojson"
    )


def flood(*extents: Extent, ended_at: int = NEVER) -> Flood:
    return Flood(
        id=1,
        slug="crue-demo",
        name="Crue de démonstration",
        source="exercice",
        simulated=True,
        started_at=extents[0].observed_at,
        ended_at=ended_at,
        extents=extents,
    )


def look(
    city: City,
    observed: Observed,
    *floods: Flood,
    latch: Latch | None = None,
    at: datetime = EVENING,
    declared: Sequence[Declared] = (),
) -> Understanding:
    """Understand the town at an instant."""
    latch = latch or Latch.all_normal(len(city.supply))
    return understand(city, observed, list(floods), latch=latch, night=night(at), declared=declared)
