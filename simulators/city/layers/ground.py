"""Buildings, water, parks; and the schools, places of care and shelters among them."""

import numpy as np
import polars as pl
import shapely

from simulators.city.geometry import Ring, area
from simulators.city.layers import drawing
from simulators.city.model import LayerData
from simulators.city.town import Public, Town

_PLACES = {
    "schools": ("E", ("school", "secondary_school")),
    "care_places": ("SO", ("care",)),
    "shelters": ("AB", ("shelter",)),
}


def ground_layers(town: Town) -> dict[str, LayerData]:
    """Return buildings, waters, parks, schools, care_places and shelters."""
    layers = {"buildings": _buildings(town), "waters": _waters(town), "parks": _parks(town)}
    for name, (prefix, uses) in _PLACES.items():
        chosen = [public for public in town.public if public.use in uses]
        if chosen:
            layers[name] = _places(town, chosen, prefix)
    return layers


def building_code(number: int) -> str:
    """Code of a public building by its rank; ordinary ones follow."""
    return f"B-{number + 1:05d}"


def _buildings(town: Town) -> LayerData:
    """Public buildings first, wings of one in one shape; then the houses."""
    wings = [ring for public in town.public for ring in public.wings]
    owner = [k for k, public in enumerate(town.public) for _ in public.wings]
    drawn = drawing.polygons(town.warp, wings)
    shapes = [shapely.union_all(drawn[[o == k for o in owner]]) for k in range(len(town.public))]
    houses = drawing.polygons(town.warp, [building.ring for building in town.buildings])
    count = len(town.public) + len(town.buildings)
    frame = pl.DataFrame(
        {
            "code": [building_code(k) for k in range(count)],
            "name": [p.name for p in town.public] + [""] * len(town.buildings),
            "use": [p.use for p in town.public] + [b.use for b in town.buildings],
            "followed": [p.followed for p in town.public] + [False] * len(town.buildings),
            "floor_area_m2": [p.floor_m2 for p in town.public]
            + [round(0.85 * b.storeys * area(b.ring)) for b in town.buildings],
        },
        schema_overrides={"floor_area_m2": pl.Float64},
    )
    return LayerData(frame, np.concatenate([np.array(shapes, dtype=object), houses]))


def _waters(town: Town) -> LayerData:
    reach, half = 2.4 * town.plan.radius, town.plan.river_half_width
    river: Ring = [(-reach, half), (reach, half), (reach, -half), (-reach, -half)]
    ponds = [park for park in town.parks if park.pond]
    rings = [river, *(park.pond for park in ponds)]
    frame = pl.DataFrame(
        {
            "code": [f"W-{k + 1}" for k in range(len(rings))],
            "name": ["la Vaire", *(f"étang du {park.name}" for park in ponds)],
        }
    )
    return LayerData(frame, drawing.polygons(town.warp, rings, drawing.AREA_STEP_M))


def _parks(town: Town) -> LayerData:
    frame = pl.DataFrame(
        {
            "code": [f"PK-{k + 1:02d}" for k in range(len(town.parks))],
            "name": [park.name for park in town.parks],
        }
    )
    rings = [park.ground for park in town.parks]
    return LayerData(frame, drawing.polygons(town.warp, rings, drawing.AREA_STEP_M))


def _places(town: Town, chosen: list[Public], prefix: str) -> LayerData:
    frame = pl.DataFrame(
        {
            "code": [f"{prefix}-{k + 1:02d}" for k in range(len(chosen))],
            "name": [public.name for public in chosen],
        }
    )
    centres = np.array([public.centre for public in chosen])
    return LayerData(frame, drawing.points(town.warp, centres))
