"""Parks: lawns, beds and hedges with their soils, sprinklers, valves and water connections."""

from dataclasses import dataclass

import numpy as np

from simulators.city.geometry import Ring, area, box_of, centre_of, halves
from simulators.city.plan import Point

# plant type: what it is called, landscape coefficient, root depth [m], depletion fraction,
# precipitation rate [mm/h], area [m²] from and to
_PLANTS = {
    "cool_turf": ("Pelouse", 0.80, (0.18, 0.32), 0.40, (11.0, 16.0), (320, 900)),
    "annual_bed": ("Massif fleuri", 0.85, (0.22, 0.34), 0.40, (16.0, 26.0), (60, 180)),
    "shrub_bed": ("Massif d’arbustes", 0.60, (0.45, 0.70), 0.50, (10.0, 15.0), (120, 380)),
    "hedge": ("Haie", 0.55, (0.50, 0.80), 0.50, (8.0, 13.0), (70, 160)),
    "young_trees": ("Jeunes arbres", 0.65, (0.60, 0.95), 0.45, (14.0, 20.0), (60, 150)),
    "planters": ("Jardinières", 0.95, (0.16, 0.22), 0.35, (18.0, 28.0), (25, 70)),
}
# soil class: field capacity, wilting point [m³/m³], intake rate [mm/h], surface allowance [mm]
_SOILS = {
    "loamy_sand": (0.15, 0.06, 12.7, 9.1),
    "sandy_loam": (0.23, 0.10, 10.2, 8.4),
    "loam": (0.25, 0.12, 8.9, 7.6),
    "silt_loam": (0.29, 0.15, 8.0, 7.0),
    "clay_loam": (0.31, 0.18, 5.1, 6.6),
}
_SIDES = ("nord", "sud", "est", "ouest", "du centre")


@dataclass(frozen=True, slots=True)
class Hydrozone:
    """One watered area and its valve; see ``gis.layers`` for the columns."""

    ring: Ring
    park: int
    name: str
    plant_type: str
    landscape_coefficient: float
    soil_class: str
    field_capacity: float
    wilting_point: float
    root_depth_m: float
    depletion_fraction: float
    area_m2: float
    precipitation_mm_h: float
    distribution_uniformity: float
    intake_mm_h: float
    surface_allowance_mm: float

    @property
    def flow_m3_h(self) -> float:
        """What its valve lets through. [m³/h]"""
        return round(self.precipitation_mm_h * self.area_m2 / 1000, 2)


@dataclass(frozen=True, slots=True)
class Watering:
    """Zones of all parks, and the water connection of each park."""

    zones: list[Hydrozone]
    connections: list[Point]
    capacities: list[float]
    sources: list[str]


def plant(rng: np.random.Generator, grounds: list[Ring]) -> Watering:
    """Lay out three to five zones a park.

    Parameters
    ----------
    grounds : list of rings
        What the streets leave of each park, in plan coordinates.
    """
    zones: list[Hydrozone] = []
    connections, capacities, sources = [], [], []
    for park, ground in enumerate(grounds):
        soil = str(rng.choice(list(_SOILS), p=[0.14, 0.34, 0.26, 0.16, 0.10]))
        here = _park_zones(rng, park, ground, soil)
        zones += here
        connections.append(_gate(ground))
        largest = max(zone.flow_m3_h for zone in here)
        total = sum(zone.flow_m3_h for zone in here)
        capacities.append(round(max(1.15 * largest, 0.6 * total), 1))
        sources.append(str(rng.choice(["AEP", "SUP", "SOU"], p=[0.6, 0.2, 0.2])))
    return Watering(zones, connections, capacities, sources)


def _park_zones(rng: np.random.Generator, park: int, ground: Ring, soil: str) -> list[Hydrozone]:
    count = int(rng.integers(3, 6))
    types = ["cool_turf", "shrub_bed", str(rng.choice(["annual_bed", "planters"]))]
    types += [str(t) for t in rng.choice(["cool_turf", "hedge", "young_trees"], count - 3)]
    parts = _parts(ground, count)
    seen: dict[str, int] = {}
    zones = []
    for plant_type, part in zip(types, parts, strict=False):
        title = _PLANTS[plant_type][0]
        side = _side(ground, part)
        seen[title + side] = seen.get(title + side, 0) + 1
        more = f" {seen[title + side]}" if seen[title + side] > 1 else ""
        zones.append(_zone(rng, park, part, plant_type, soil=soil, name=f"{title} {side}{more}"))
    return zones


def _zone(
    rng: np.random.Generator, park: int, part: Ring, plant_type: str, *, soil: str, name: str
) -> Hydrozone:
    _, coefficient, roots, depletion, rate, sizes = _PLANTS[plant_type]
    if plant_type == "planters":
        soil = "loam"
    capacity, wilting, intake, allowance = _SOILS[soil]
    size = min(float(rng.uniform(*sizes)), 0.8 * area(part))
    return Hydrozone(
        ring=_scaled(part, (size / area(part)) ** 0.5),
        park=park,
        name=name,
        plant_type=plant_type,
        landscape_coefficient=round(coefficient * float(rng.uniform(0.92, 1.12)), 2),
        soil_class=soil,
        field_capacity=capacity,
        wilting_point=wilting,
        root_depth_m=round(float(rng.uniform(*roots)), 2),
        depletion_fraction=depletion,
        area_m2=round(size, 1),
        precipitation_mm_h=round(float(rng.uniform(*rate)), 1),
        distribution_uniformity=round(float(rng.uniform(0.58, 0.84)), 2),
        intake_mm_h=intake,
        surface_allowance_mm=allowance,
    )


def _parts(ground: Ring, count: int) -> list[Ring]:
    """Cut a park into so many parts, always the largest next."""
    parts = [ground]
    while len(parts) < count:
        parts.sort(key=area)
        largest = parts.pop()
        cut = halves(largest, box_of(largest).across(0.5))
        parts += cut if cut else (largest, _scaled(largest, 0.6))
    return sorted(parts, key=area, reverse=True)


def _scaled(ring: Ring, factor: float) -> Ring:
    x0, y0 = centre_of(ring)
    return [(x0 + factor * (x - x0), y0 + factor * (y - y0)) for x, y in ring]


def _side(ground: Ring, part: Ring) -> str:
    """On which side of its park a part lies, as a gardener says it."""
    box = box_of(ground)
    x, y = centre_of(part)
    dx, dy = x - box.centre[0], y - box.centre[1]
    if max(abs(dx), abs(dy)) < 0.12 * box.length:
        return _SIDES[4]
    if abs(dy) >= abs(dx):
        return _SIDES[0] if dy > 0 else _SIDES[1]
    return _SIDES[2] if dx > 0 else _SIDES[3]


def _gate(ground: Ring) -> Point:
    """Return a corner of the park, a little inside."""
    x0, y0 = centre_of(ground)
    x, y = ground[0]
    return x + 0.12 * (x0 - x), y + 0.12 * (y0 - y)
