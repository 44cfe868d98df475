"""Geometries as they come made into geometries that can be drawn and measured.

Vectorised over arrays of shapely geometries; None stands for a missing one throughout.
"""

from functools import cache

import numpy as np
import polars as pl
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError, ProjError

from gis.layer_types import GeometryKind

Geometries = NDArray[np.object_]
Mask = NDArray[np.bool_]
Coordinates = NDArray[np.float64]

WGS84 = "EPSG:4326"
METRES_PER_DEGREE = 111_320.0
"""Of latitude, on a globe of the equator's girth. [m]"""

_TYPES = (
    "Point",
    "LineString",
    "LinearRing",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)  # in the order of GEOS's numbers
_FAMILIES: dict[GeometryKind, tuple[str, ...]] = {
    "point": ("Point", "MultiPoint"),
    "line": ("LineString", "LinearRing", "MultiLineString"),
    "area": ("Polygon", "MultiPolygon"),
    "none": (),
}
_KINDS: tuple[GeometryKind, ...] = ("point", "line", "area")


@cache
def transformer(source: str, target: str) -> pyproj.Transformer:
    """Return the transformation between two systems, east before north.

    Raises
    ------
    pyproj.exceptions.CRSError
        One of them is unknown.
    """
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def known_crs(name: str) -> bool:
    """Whether a name or a WKT stands for a coordinate reference system."""
    try:
        pyproj.CRS.from_user_input(name)
    except CRSError:
        return False
    return True


def to_wgs84(geometries: Geometries, crs: str) -> Geometries:
    """Bring geometries to longitude and latitude. [°]

    A geometry whose coordinates the system cannot carry (infinite, far outside) becomes None.
    """
    return _transformed(geometries, transformer(crs, WGS84))


def to_metric(geometries: Geometries, srid: int) -> Geometries:
    """Bring geometries from longitude and latitude to a metric system. [m]"""
    return _transformed(geometries, transformer(WGS84, f"EPSG:{srid}"))


def from_metric(geometries: Geometries, srid: int) -> Geometries:
    """Bring geometries from a metric system to longitude and latitude. [°]"""
    return _transformed(geometries, transformer(f"EPSG:{srid}", WGS84))


def metric_points(longitude: pl.Series, latitude: pl.Series, srid: int) -> Coordinates:
    """Coordinates of points in a metric system, shape (n, 2); NaN where unknown. [m]"""
    lon, lat = longitude.to_numpy(), latitude.to_numpy()
    x, y = transformer(WGS84, f"EPSG:{srid}").transform(lon, lat)
    points = np.column_stack([np.asarray(x, float), np.asarray(y, float)])
    points[~np.isfinite(points).all(axis=1)] = np.nan
    return points


def utm_srid(longitude: float, latitude: float) -> int:
    """EPSG code of the UTM zone (WGS 84) of a place."""
    zone = int((longitude + 180) // 6) % 60 + 1
    return (32600 if latitude >= 0 else 32700) + zone


def of_kind(geometries: Geometries, kind: GeometryKind) -> Mask:
    """Which geometries are of a kind; a missing one is of none."""
    numbers = [_TYPES.index(name) for name in _FAMILIES[kind]]
    return np.isin(shapely.get_type_id(geometries), numbers)


def type_names(geometries: Geometries) -> list[str]:
    """Names of the types that occur, sorted."""
    present = np.unique(shapely.get_type_id(geometries))
    return sorted(_TYPES[number] for number in present.tolist() if number >= 0)


def repaired(geometries: Geometries) -> tuple[Geometries, Mask]:
    """Mend invalid areas: rings that cross themselves, holes outside.

    Returns
    -------
    geometries
        Valid areas; None where nothing of an area remained.
    mask
        Which ones had to be mended.
    """
    present = ~shapely.is_missing(geometries)
    broken = present & ~shapely.is_valid(geometries)
    mended = geometries.copy()
    mended[broken] = _areas(shapely.make_valid(geometries[broken]))
    return mended, broken


def _areas(geometries: Geometries) -> Geometries:
    """Keep the areas of whatever ``make_valid`` returned; None where there is none."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    inner = shapely.get_type_id(parts) == shapely.GeometryType.MULTIPOLYGON
    if inner.any():
        nested, nested_owner = shapely.get_parts(parts, return_index=True)
        parts, owner = nested, owner[nested_owner]
    polygons = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (
        shapely.area(parts) > 0
    )
    kept = np.empty(len(geometries), dtype=object)
    if polygons.any():
        joined = shapely.multipolygons(parts[polygons], indices=owner[polygons], out=kept)
        single = shapely.get_num_geometries(joined) == 1
        joined[single] = shapely.get_geometry(joined[single], 0)
        kept = joined
    return kept


def stand_in_points(geometries: Geometries) -> tuple[Coordinates, Coordinates]:
    """Give a point that stands for each geometry: itself, the middle of a line, inside an area.

    Returns
    -------
    x, y : NaN where the geometry is missing
    """
    points = np.full(len(geometries), None, dtype=object)
    for kind, place in zip(_KINDS, (_first_point, _middle, _inside), strict=True):
        mask = of_kind(geometries, kind)
        points[mask] = place(geometries[mask])
    return shapely.get_x(points), shapely.get_y(points)


def _first_point(points: Geometries) -> Geometries:
    multiple = shapely.get_type_id(points) == shapely.GeometryType.MULTIPOINT
    first = points.copy()  # of the array: a million points are not made again
    first[multiple] = shapely.get_geometry(points[multiple], 0)
    return first


def _middle(lines: Geometries) -> Geometries:
    return np.asarray(shapely.line_interpolate_point(lines, 0.5, normalized=True))


def _inside(areas: Geometries) -> Geometries:
    return np.asarray(shapely.point_on_surface(areas))


def _transformed(geometries: Geometries, way: pyproj.Transformer) -> Geometries:
    def move(coordinates: Coordinates) -> Coordinates:
        x, y = way.transform(coordinates[:, 0], coordinates[:, 1])
        return np.column_stack([x, y])

    try:
        moved = np.asarray(shapely.transform(geometries, move))
    except ProjError:
        return np.full(len(geometries), None, dtype=object)
    bounds = shapely.bounds(moved)
    lost = ~shapely.is_missing(moved) & ~np.isfinite(bounds).all(axis=1)
    moved[lost] = None
    return moved


_ALPHABET = np.frombuffer(b"0123456789bcdefghjkmnpqrstuvwxyz", dtype=np.uint8)


def geohash(longitude: Coordinates, latitude: Coordinates, length: int = 10) -> list[str | None]:
    """Name places by their position (Niemeyer's geohash).

    Parameters
    ----------
    longitude, latitude : ndarray
        [°]; NaN where unknown.
    length : int
        Characters; 10 tell places about one metre apart.

    Returns
    -------
    list of str or None
        None where the position is unknown.
    """
    bits = 5 * length
    known = np.isfinite(longitude) & np.isfinite(latitude)
    east = _steps(np.where(known, longitude, 0.0), -180.0, 180.0, (bits + 1) // 2)
    north = _steps(np.where(known, latitude, 0.0), -90.0, 90.0, bits // 2)
    digits = np.zeros((len(longitude), length), dtype=np.uint8)
    for bit in range(bits):  # alternately one bit of longitude, one of latitude, highest first
        source, width = (east, (bits + 1) // 2) if bit % 2 == 0 else (north, bits // 2)
        value = (source >> np.uint64(width - 1 - bit // 2)) & np.uint64(1)
        digits[:, bit // 5] = (digits[:, bit // 5] << 1) | value.astype(np.uint8)
    names = _ALPHABET[digits].tobytes().decode("ascii")
    return [
        names[row * length : (row + 1) * length] if present else None
        for row, present in enumerate(known.tolist())
    ]


def _steps(values: Coordinates, low: float, high: float, bits: int) -> NDArray[np.uint64]:
    scaled = (values - low) / (high - low) * 2.0**bits
    return np.clip(np.floor(scaled), 0, 2.0**bits - 1).astype(np.uint64)
