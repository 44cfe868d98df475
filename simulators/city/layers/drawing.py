"""Draw plan coordinates as WGS 84 geometries, many at once."""

from itertools import pairwise

import numpy as np
import shapely

from simulators.city.geometry import Ring
from simulators.city.model import Geometries
from simulators.city.plan import Floats
from simulators.city.warp import Warp

STREET_STEP_M, AREA_STEP_M = 14.0, 18.0


def points(warp: Warp, uv: Floats) -> Geometries:
    """Return one point a row."""
    return np.asarray(shapely.points(warp.wgs84(uv)))


def lines(warp: Warp, courses: list[Floats]) -> Geometries:
    """Return one line a course."""
    flat = warp.wgs84(np.concatenate(courses))
    owner = np.repeat(np.arange(len(courses)), [len(course) for course in courses])
    return np.asarray(shapely.linestrings(flat, indices=owner))


def polygons(warp: Warp, rings: list[Ring], step_m: float | None = None) -> Geometries:
    """Return one polygon a ring; long sides get more corners so that they bend with the land."""
    closed = [_closed(ring, step_m) for ring in rings]
    flat = warp.wgs84(np.concatenate(closed))
    owner = np.repeat(np.arange(len(closed)), [len(ring) for ring in closed])
    return np.asarray(shapely.polygons(shapely.linearrings(flat, indices=owner)))


def _closed(ring: Ring, step_m: float | None) -> Floats:
    corners = np.array([*ring, ring[0]])
    if step_m is None:
        return corners
    pieces = [
        np.linspace(a, b, max(1, round(float(np.hypot(*(b - a))) / step_m)), endpoint=False)
        for a, b in pairwise(corners)
    ]
    return np.concatenate([*pieces, corners[:1]])
