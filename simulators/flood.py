"""Floods of the demonstration town: the ground under water at a level of the gauge."""

from typing import Any

import numpy as np
import shapely

from simulators.city.geometry import Ring
from simulators.city.layers import drawing
from simulators.city.terrain import DEMONSTRATION_LEVEL_M
from simulators.city.town import Town, draw_town

_REACH = 1.25
"""How far along the valley to look, in radii of the town."""
_SMALLEST_M2 = 6.0


def flood_of(seed: int, lights: int, level: float = DEMONSTRATION_LEVEL_M) -> dict[str, Any]:
    """Return the flood of a generated town as GeoJSON.

    Parameters
    ----------
    seed, lights : int
        As given to ``simulators.city.generate``.
    level : float
        Reading of the gauge at the pont Vieux. [m]

    Returns
    -------
    dict
        A FeatureCollection of polygons that do not overlap, each with ``depth_m``: the depth in
        the middle of its band, within 3 cm of the depth anywhere in it. [m]
    """
    return flood_extent(draw_town(seed, lights), level)


def flood_extent(town: Town, level: float) -> dict[str, Any]:
    """Return the flooded ground of a town at a level of its gauge, as GeoJSON."""
    reach = _REACH * town.plan.radius
    bands = [(ring, depth) for ring, depth in town.terrain.bands(level, -reach, reach)]
    rings: list[Ring] = [[(float(u), float(v)) for u, v in ring] for ring, _ in bands]
    features = []
    if rings:
        drawn = drawing.polygons(town.warp, rings)
        sizes = [_area(ring) for ring, _ in bands]
        features = [
            _feature(polygon, depth, level)
            for polygon, (_, depth), size in zip(drawn, bands, sizes, strict=True)
            if size > _SMALLEST_M2 and polygon.is_valid
        ]
    return {"type": "FeatureCollection", "name": "crue", "features": features}


def _area(ring: np.ndarray) -> float:
    u, v = ring[:, 0], ring[:, 1]
    return float(abs(np.dot(u, np.roll(v, 1)) - np.dot(v, np.roll(u, 1))) / 2)


def _feature(polygon: shapely.Polygon, depth: float, level: float) -> dict[str, Any]:
    ring = [[round(x, 6), round(y, 6)] for x, y in polygon.exterior.coords]
    return {
        "type": "Feature",
        "properties": {"depth_m": depth, "gauge_level_m": round(level, 2)},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
