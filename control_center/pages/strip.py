"""A street as a band: each lamp at its place along it, on its side, as the page draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from gis.geometry import METRES_PER_DEGREE
from twin.model.states import LightState

Floats = NDArray[np.float64]
Side = Literal["left", "right"]

BAND = 24
"""Most lamps on one band; a longer street is drawn as several, one under the other."""

MOST = 12 * BAND
"""Lamps beyond which a drawing tells nothing: the counts then speak alone."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One lamp of the drawing.

    Attributes
    ----------
    state : str
        Name of its state, as in ``state.*`` of the catalogues.
    at : float
        Along the band, 0 … 1.
    side : {'left', 'right'}
        Of the street, walking along the band.
    """

    state: str
    at: float
    side: Side


def state_name(code: int | None) -> str:
    """Return the name of a light's state; a light that was never assessed is without measure."""
    return (LightState.UNMONITORED if code is None else LightState(code)).name.lower()


def bands(lights: pl.DataFrame, lines: Sequence[BaseGeometry]) -> list[list[Mark]]:
    """Lay a street's lamps out.

    Parameters
    ----------
    lights : DataFrame
        ``twin.store.streets.STREET_LIGHTS``.
    lines : sequence of geometry
        Centrelines of the street's sections; may be empty. [°]

    Returns
    -------
    list of list of Mark
        One list a band, each in order; empty for no lamp, or for more than ``MOST``.
    """
    placed = lights.drop_nulls(["longitude", "latitude"])
    if placed.is_empty() or placed.height > MOST:
        return []
    scale = METRES_PER_DEGREE * np.array(
        [np.cos(np.radians(float(placed["latitude"].mean()))), 1.0]  # type: ignore[arg-type]
    )
    points = placed.select("longitude", "latitude").to_numpy() * scale
    along, left = _along(points, [_scaled(line, scale) for line in lines])
    order = np.argsort(along, kind="stable")
    names = [state_name(code) for code in placed["state"]]
    parts = np.array_split(order, -(-len(order) // BAND))
    return [_band(part, along, left, names) for part in parts]


def _along(points: Floats, lines: list[LineString]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return how far along the street each point stands [m], and whether it is on its left."""
    axis = _axis(points, lines)
    if not lines:
        middle = points.mean(axis=0)
        return (points - middle) @ axis, _cross(axis, points - middle) > 0
    merged = shapely.line_merge(shapely.union_all(lines))
    single = merged if isinstance(merged, LineString) else None
    at, left = _feet(points, [single] if single else lines, axis)
    if single is None:
        return (points - points.mean(axis=0)) @ axis, left
    coordinates = shapely.get_coordinates(single)
    forward = (coordinates[-1] - coordinates[0]) @ axis >= 0
    return at if forward else single.length - at, left


def _feet(
    points: Floats, lines: Sequence[LineString], axis: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return where points meet their nearest line [m], and whether they are left of the axis."""
    here, drawn = shapely.points(points), np.array(lines, dtype=object)
    line = drawn[np.argmin(shapely.distance(drawn[:, None], here), axis=0)]
    at = shapely.line_locate_point(line, here)
    around = np.stack([np.maximum(at - 1.0, 0.0), at, np.minimum(at + 1.0, shapely.length(line))])
    before, foot, after = shapely.get_coordinates(
        shapely.line_interpolate_point(line, around)
    ).reshape(3, -1, 2)
    tangent, offset = after - before, points - foot
    side = tangent[:, 0] * offset[:, 1] - tangent[:, 1] * offset[:, 0]
    return at, np.where(tangent @ axis >= 0, side, -side) > 0


def _axis(points: Floats, lines: list[LineString]) -> Floats:
    """Return the street's direction as a unit vector, eastward, or northward if it has no east."""
    spread = shapely.get_coordinates(lines) if lines else points
    centred = spread - spread.mean(axis=0)
    if len(spread) < 2 or not np.any(centred):
        return np.array([1.0, 0.0])
    axis: Floats = np.linalg.svd(centred, full_matrices=False)[2][0]
    lean = axis[0] if abs(axis[0]) > 0.05 else axis[1]
    return axis if lean >= 0 else -axis


def _cross(axis: Floats, offsets: Floats) -> Floats:
    crossed: Floats = axis[0] * offsets[:, 1] - axis[1] * offsets[:, 0]
    return crossed


def _scaled(line: BaseGeometry, scale: Floats) -> LineString:
    return LineString(shapely.get_coordinates(line) * scale)


def _band(
    part: NDArray[np.intp], along: Floats, left: NDArray[np.bool_], names: list[str]
) -> list[Mark]:
    """Place the lamps of one band: true proportions, kept apart where they would touch."""
    start, end = along[part[0]], along[part[-1]]
    reach = (along[part] - start) / (end - start) if end > start else np.full(len(part), 0.5)
    at = np.empty(len(part))
    for side in (True, False):
        chosen = np.flatnonzero(left[part] == side)
        at[chosen] = spread_out(reach[chosen])
    return [
        Mark(names[light], round(float(at[rank]), 4), "left" if left[light] else "right")
        for rank, light in enumerate(part)
    ]


def spread_out(reach: Floats, gap: float = 0.041) -> Floats:
    """Push sorted places apart so that no two are nearer than a gap; stays within 0 … 1."""
    if len(reach) * gap > 1 + gap:
        return np.linspace(0, 1, len(reach))
    placed = reach.copy()
    for rank in range(1, len(placed)):
        placed[rank] = max(placed[rank], placed[rank - 1] + gap)
    if len(placed):
        placed[-1] = min(placed[-1], 1.0)
    for rank in range(len(placed) - 2, -1, -1):
        placed[rank] = min(placed[rank], placed[rank + 1] - gap)
    return placed
