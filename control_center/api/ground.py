"""Water, buildings in it and silent areas, as the GeoJSON that the map draws."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from control_center.wall.zones import Zone
from gis.geometry import METRES_PER_DEGREE

Features = dict[str, Any]

BAND_LIMITS_M = (0.3, 0.6)
"""Depths between the three bands of water. [m]"""

_AROUND_M = 30.0
_CANDIDATES = 12


def collection(features: Iterable[Features]) -> Features:
    """Return a feature collection."""
    return {"type": "FeatureCollection", "features": list(features)}


def flood_features(
    sheets: Sequence[tuple[BaseGeometry, float]],
    *,
    simulated: bool,
    deepest: str,
    occupied: NDArray[np.float64],
) -> list[Features]:
    """Draw one extent of a flood: bands, an edge around each sheet of water, its greatest depth.

    Parameters
    ----------
    sheets : sequence of (geometry, depth)
        Polygons with their depth. [°, m]
    simulated : bool
        Whether the water was invented: hatched, with a dotted edge.
    deepest : str
        How the greatest depth of a sheet is printed, with ``{}`` for the centimetres.
    occupied : float64[n, 2]
        Places where something else is drawn: depths keep clear of them. [°]
    """
    deepest_last = sorted(sheets, key=lambda sheet: sheet[1])
    features = [
        _feature(shape, band=_band(depth), simulated=simulated, outer=False)
        for shape, depth in deepest_last
    ]
    whole = shapely.union_all([shape for shape, _ in deepest_last])
    for water in shapely.get_parts(whole):
        features.append(_feature(water.boundary, simulated=simulated, outer=True))
        inside = [sheet for sheet in deepest_last if shapely.intersects(sheet[0], water)]
        shape, depth = inside[-1]
        text = deepest.format(round(depth * 100))
        point = clear_point(shapely.intersection(shape, water), occupied)
        features.append(_feature(point, label=text, simulated=simulated, outer=False))
    return features


def building_features(buildings: Iterable[tuple[str, str, BaseGeometry]]) -> list[Features]:
    """Draw the buildings that stand in water."""
    return [_feature(shape, code=code, name=name) for code, name, shape in buildings]


def silent_area(members: pl.DataFrame, label: str) -> list[Features]:
    """Draw a circle around things that went silent together, and say what they are.

    Parameters
    ----------
    members : DataFrame
        ``longitude`` and ``latitude`` of each, null where it has no place.
    """
    placed = members.drop_nulls(["longitude", "latitude"])
    if placed.is_empty():
        return []
    points = placed.select("longitude", "latitude").to_numpy()
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    scale = np.array([METRES_PER_DEGREE * np.cos(np.radians(centre[1])), METRES_PER_DEGREE])
    radius = float(np.hypot(*((points - centre) * scale).T).max()) + _AROUND_M
    turn = np.linspace(0, 2 * np.pi, 73)
    ring = centre + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1) / scale
    top = shapely.points(centre[0], centre[1] + radius / scale[1])
    return [_feature(shapely.linestrings(ring)), _feature(top, label=label)]


def zone_features(zones: Iterable[Zone]) -> list[Features]:
    """Draw declared zones: the area with its state, its label on its northernmost corner."""
    features = []
    for zone in zones:
        features.append(_feature(zone.shape, code=zone.code, state=zone.state))
        corners = shapely.get_coordinates(zone.shape)
        top = shapely.points(corners[np.argmax(corners[:, 1])])
        features.append(_feature(top, code=zone.code, state=zone.state, label=zone.label))
    return features


def bounds_of(points: pl.DataFrame) -> list[list[float]] | None:
    """Return the south-west and north-east corners of placed things; None for none. [°]"""
    placed = points.drop_nulls(["longitude", "latitude"])
    if placed.is_empty():
        return None
    corners = placed.select(
        west=pl.min("longitude"),
        south=pl.min("latitude"),
        east=pl.max("longitude"),
        north=pl.max("latitude"),
    ).row(0)
    return [[corners[0], corners[1]], [corners[2], corners[3]]]


def clear_point(shape: BaseGeometry, occupied: NDArray[np.float64]) -> BaseGeometry:
    """Return a point inside a shape, far from its edge and from what is drawn there. [°]"""
    west, south, east, north = shape.bounds
    steps = np.linspace(0, 1, _CANDIDATES + 2)[1:-1]
    grid = np.stack(
        np.meshgrid(west + steps * (east - west), south + steps * (north - south)), axis=-1
    ).reshape(-1, 2)
    candidates = np.asarray(shapely.points(grid))
    inside = shapely.intersects(shape, candidates)
    if not inside.any():
        return shape.representative_point()
    room = shapely.distance(candidates, shape.boundary)
    near = occupied[_within(occupied, (west, south, east, north))]
    if len(near):
        apart = np.hypot(*(grid[:, None, :] - near[None, :, :]).transpose(2, 0, 1)).min(axis=1)
        room = np.minimum(room, apart)
    best: BaseGeometry = candidates[int(np.argmax(np.where(inside, room, -1.0)))]
    return best


def _within(
    places: NDArray[np.float64], bounds: tuple[float, float, float, float]
) -> NDArray[np.bool_]:
    west, south, east, north = bounds
    x, y = places[:, 0], places[:, 1]
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def _band(depth_m: float) -> int:
    return 1 + sum(depth_m > limit for limit in BAND_LIMITS_M)


def _feature(shape: BaseGeometry, **properties: Any) -> Features:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": shapely.geometry.mapping(shapely.set_precision(shape, 1e-7)),
    }
