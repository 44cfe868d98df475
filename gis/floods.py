"""Flood extents as GeoJSON: polygons of water with a depth, each feature read or set aside."""

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.errors import LayerEmpty, LayerUnreadable, NotAnArea, NotPolygons, UnknownCrs
from gis.geojson import KINDS, area_from_geojson
from gis.geometry import WGS84, known_crs, to_wgs84

DEPTH_COLUMNS = ("depth", "depth_m", "profondeur", "profondeur_m", "hauteur", "h")
"""Properties in which a depth is looked for when none is named. [m]"""

DEEPEST_M = 20.0
"""A depth greater than this is a mistake of unit. [m]"""

LARGEST_BYTES = 200_000_000

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SetAside:
    """A feature that was not taken, and why.

    Attributes
    ----------
    feature : int
        Its place in the file, from 1.
    """

    feature: int
    reason: str


@dataclass(frozen=True, slots=True)
class FloodFile:
    """What a file says of a flood.

    Attributes
    ----------
    polygons : tuple of (Polygon, depth)
        EPSG:4326; depth in metres.
    set_aside : tuple of SetAside
        Features that were not taken.
    repaired : int
        Polygons that crossed themselves and were mended.
    depth_column : str
        Property the depths came from; empty when all were given.
    sha256 : str
        Of the file's bytes.
    gauge_level_m : float or None
        Reading of the river gauge that goes with it, where the file tells it
        (``gauge_level_m``). [m]
    """

    polygons: tuple[tuple[BaseGeometry, float], ...]
    set_aside: tuple[SetAside, ...]
    repaired: int
    depth_column: str
    sha256: str
    gauge_level_m: float | None

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north. [°]"""
        shapes = np.array([polygon for polygon, _ in self.polygons], object)
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        return west, south, east, north


def read_flood(
    file: Path, *, depth_column: str | None = None, default_depth_m: float | None = None
) -> FloodFile:
    """Read the extent of a flood.

    Parameters
    ----------
    file : Path
        GeoJSON: a FeatureCollection, a Feature or a bare geometry. Without a ``crs`` member the
        coordinates are longitude and latitude, as RFC 7946 wants.
    depth_column : str, optional
        Property that holds the depth; by default the first of ``DEPTH_COLUMNS`` that occurs. [m]
    default_depth_m : float, optional
        Depth of the features that have none. [m]

    Raises
    ------
    LayerUnreadable
        Not there, too large, not JSON, not GeoJSON.
    NotPolygons
        Nothing in it is a polygon.
    UnknownCrs
        Its coordinate reference system cannot be used.
    LayerEmpty
        No feature at all.
    """
    raw = _bytes(file)
    document = _json(file, raw)
    features = _features(file, document)
    if not features:
        raise LayerEmpty(file)
    column = depth_column or _column(features)
    crs = _crs(file, document)
    taken: list[tuple[BaseGeometry, float]] = []
    aside: list[SetAside] = []
    repaired = 0
    for number, feature in enumerate(features, 1):
        read = _water(feature, column, default_depth_m, crs)
        if isinstance(read, str):
            aside.append(SetAside(number, read))
            continue
        placed, mended, depth = read
        repaired += mended
        taken += [(part, depth) for part in _parts(placed)]
    if not taken:
        raise _refusal(file, features, aside)
    return FloodFile(
        polygons=tuple(taken),
        set_aside=tuple(aside),
        repaired=repaired,
        depth_column=column or "",
        sha256=hashlib.sha256(raw).hexdigest(),
        gauge_level_m=_gauge_level(features),
    )


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise LayerUnreadable(file, f"larger than {LARGEST_BYTES // 1_000_000} MB")
        return file.read_bytes()
    except OSError as error:
        raise LayerUnreadable(file, error.strerror or str(error)) from error


def _json(file: Path, raw: bytes) -> Document:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise LayerUnreadable(file, f"not GeoJSON: {error}") from error
    if not isinstance(document, dict) or "type" not in document:
        raise LayerUnreadable(file, "not GeoJSON: an object with a member 'type' is expected")
    return document


def _features(file: Path, document: Document) -> list[Document]:
    match document["type"]:
        case "FeatureCollection":
            features = document.get("features")
            if not isinstance(features, list):
                raise LayerUnreadable(file, "not GeoJSON: 'features' must be a list")
            return [each if isinstance(each, dict) else {} for each in features]
        case "Feature":
            return [document]
        case "Topology":
            raise LayerUnreadable(file, "TopoJSON is not GeoJSON: convert it first")
        case _:
            return [{"type": "Feature", "geometry": document, "properties": {}}]


def _column(features: list[Document]) -> str | None:
    present = {
        name.casefold(): name for feature in features for name in (feature.get("properties") or {})
    }
    return next((present[name] for name in DEPTH_COLUMNS if name in present), None)


def _gauge_level(features: list[Document]) -> float | None:
    levels = [(feature.get("properties") or {}).get("gauge_level_m") for feature in features]
    known = [float(level) for level in levels if isinstance(level, int | float)]
    return max(known, default=None)


def _crs(file: Path, document: Document) -> str:
    """Return the system of the old ``crs`` member, else longitude and latitude."""
    member = document.get("crs")
    if member is None:
        return WGS84
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str) or not known_crs(name):
        raise UnknownCrs(file, name if isinstance(name, str) else None)
    return name


def _water(
    feature: Document, column: str | None, default: float | None, crs: str
) -> tuple[BaseGeometry, bool, float] | str:
    """Read one feature: its shape, whether that was mended, its depth; or why it is set aside."""
    depth = _depth(feature, column, default)
    try:
        shape = area_from_geojson(feature.get("geometry"))
    except NotAnArea as error:
        return error.sentence
    if isinstance(depth, str):
        return depth
    placed = _placed(shape, crs)
    if isinstance(placed, str) or placed.is_valid:
        return placed if isinstance(placed, str) else (placed, False, depth)
    mended = shapely.make_valid(placed, method="structure", keep_collapsed=False)
    return (mended, True, depth) if list(_parts(mended)) else "a polygon without area"


def _depth(feature: Document, column: str | None, default: float | None) -> float | str:
    value = (feature.get("properties") or {}).get(column) if column else None
    if value is None or value == "":
        wanted = f"property {column!r} is empty" if column else "no property holds a depth"
        advice = f"{wanted}: name it with --depth-column, or give one with --depth"
        return advice if default is None else default
    try:
        depth = float(value.replace(",", ".") if isinstance(value, str) else value)
    except (TypeError, ValueError):
        depth = math.nan
    if not math.isfinite(depth) or isinstance(value, bool):
        return f"depth {value!r}: a number of metres is expected"
    if depth <= 0:
        return f"depth {depth:g} m: it must be greater than 0"
    if depth > DEEPEST_M:
        return f"depth {depth:g} m: more than {DEEPEST_M:g} m; is it in centimetres?"
    return depth


def _placed(shape: BaseGeometry, crs: str) -> BaseGeometry | str:
    """Bring a shape to longitude and latitude."""
    placed: BaseGeometry | None = shape
    if crs != WGS84:
        placed = to_wgs84(np.array([shape], object), crs)[0]
    if placed is None:
        return f"its coordinates do not fit {crs}"
    west, south, east, north = placed.bounds
    if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
        return placed
    farthest = max(abs(east), abs(north))
    return (
        f"coordinates up to {farthest:.0f} are no longitude and latitude:"
        " the file needs a 'crs' member"
    )


def _parts(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    for part in shapely.get_parts(shape).tolist():
        if part.geom_type == "Polygon" and part.area > 0:
            yield part


def _refusal(
    file: Path, features: list[Document], aside: list[SetAside]
) -> LayerUnreadable | NotPolygons:
    """Say why nothing of a file could be taken."""
    kinds = {str((feature.get("geometry") or {}).get("type", "nothing")) for feature in features}
    if not kinds & KINDS:
        return NotPolygons(file, sorted(kinds))
    first = aside[0]
    more = f" (and {len(aside) - 1} others)" if len(aside) > 1 else ""
    return LayerUnreadable(file, f"feature {first.feature}: {first.reason}{more}")
