"""Which coordinate reference system a file is in, when it does not say so, or says it wrongly."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError

from gis.errors import UnknownCrs
from gis.geometry import WGS84, Geometries, Mask, known_crs, to_wgs84, transformer
from gis.importers.table import Table
from gis.mapping_tables import Source, TerritoryTable

_NATIONAL: Final = (
    2154,  # France, Lambert-93
    *range(3942, 3951),  # France, conic conformal in nine zones
    27572,  # France, Lambert II étendu
    31370, 3812,  # Belgium
    28992,  # Netherlands
    2056, 21781,  # Switzerland
    3003, 3004, 6707, 6708,  # Italy
    27700,  # Great Britain
    3763,  # Portugal
    5490, 2972, 2975, 4471,  # French overseas
)  # fmt: skip
_UTM: Final = (*range(25828, 25836), *range(32628, 32636))
_WEB: Final = 3857  # of the whole world: any pair of metres is somewhere in it
CANDIDATES: Final = (*_NATIONAL, _WEB, *_UTM)
"""EPSG codes that are tried where a file says nothing: national systems before the wide ones."""

_NEAR_DEG = 1.5
"""How far from its territory a file's middle may lie. [°]"""
_LEAST_CONFIDENCE = 60
"""Of pyproj, that a system written out is one of its codes. [%]"""
_SAMPLE = 1_000


@dataclass(frozen=True, slots=True)
class System:
    """A system, and what had to be decided to know it.

    Attributes
    ----------
    crs : str
        What pyproj understands.
    notes : tuple of str
        For the report; empty where the file said it plainly.
    """

    crs: str
    notes: tuple[str, ...] = ()


def system_of(
    table: Table, source: Source, shapes: Geometries, home: TerritoryTable | None
) -> System:
    """Coordinate reference system of a file: the mapping's word, else the file's own, else found.

    Parameters
    ----------
    shapes : ndarray of geometries
        As published.
    home : TerritoryTable or None
        Where they should lie.

    Raises
    ------
    UnknownCrs
        Nothing says it and the coordinates fit no system, or several.
    """
    if source.crs is not None:
        if not known_crs(source.crs):
            raise UnknownCrs(table.file, source.crs)
        return System(source.crs)
    if table.crs is not None and known_crs(table.crs):
        return _as_said(table.crs, shapes, home)
    x, y = middle(shapes)
    fitting = candidates(x, y, home)
    if len(fitting) != 1:
        raise UnknownCrs(table.file, table.crs, [f"EPSG:{code}" for code in fitting])
    found = f"EPSG:{fitting[0]}"
    return System(found, (f"the file names no coordinate system; its coordinates are in {found}",))


def _as_said(said: str, shapes: Geometries, home: TerritoryTable | None) -> System:
    """Take the file's word, unless its coordinates cannot be of that system."""
    code = None if said.upper().startswith("EPSG:") else code_of(said)
    if code is None:
        plain = System(said)
    else:
        note = f"coordinate system written without a code, recognised as EPSG:{code}"
        plain = System(f"EPSG:{code}", (note,))
    x, y = middle(shapes)
    if np.isnan(x) or fits(plain.crs, x, y, home):
        return plain
    others = candidates(x, y, home)
    if len(others) != 1:
        return plain
    found = f"EPSG:{others[0]}"
    note = f"the file says {name_of(said)}, and its coordinates are in {found}"
    return System(found, (note,))


def middle(shapes: Geometries) -> tuple[float, float]:
    """Median of the coordinates of a sample; NaN where there is none."""
    present = shapes[~shapely.is_missing(shapes)][:_SAMPLE]
    bounds = shapely.bounds(present)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(bounds):
        return np.nan, np.nan
    return float(np.median(bounds[:, 0])), float(np.median(bounds[:, 1]))


def candidates(x: float, y: float, home: TerritoryTable | None = None) -> list[int]:
    """EPSG codes whose area holds a point, the likelier first; near the territory if one is known.

    Systems that put the point in the same place to 10 m (the same grid on another datum) count
    as one, the first of them.
    """
    if abs(x) <= 180 and abs(y) <= 90:
        return [4326] if fits(WGS84, x, y, home) else []
    tried = CANDIDATES if home is not None else [code for code in CANDIDATES if code != _WEB]
    fitting = [code for code in tried if fits(f"EPSG:{code}", x, y, home)]
    places: list[tuple[float, float]] = []
    apart = []
    for code in fitting:
        place = transformer(f"EPSG:{code}", WGS84).transform(x, y)
        if not any(np.hypot(place[0] - a, place[1] - b) < 1e-4 for a, b in places):
            apart.append(code)
        places.append(place)
    return apart


def fits(crs: str, x: float, y: float, home: TerritoryTable | None = None) -> bool:
    """Whether a point lies in the area of use of a system, and near the territory."""
    longitude, latitude = transformer(crs, WGS84).transform(x, y)
    if not (np.isfinite(longitude) and np.isfinite(latitude)):
        return False
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        return False
    if home is not None:
        apart = np.hypot(
            (longitude - home.longitude) * np.cos(np.radians(latitude)), latitude - home.latitude
        )
        return bool(apart <= _NEAR_DEG)
    west, south, east, north = _area(crs)
    return bool(west <= longitude <= east and south <= latitude <= north)


def code_of(crs: str) -> int | None:
    """EPSG code of a system, also of one written out without it; None where it is none."""
    try:
        system = pyproj.CRS.from_user_input(crs)
    except CRSError:
        return None
    found = system.to_epsg(min_confidence=_LEAST_CONFIDENCE)
    return found if found is not None else _same_grid(system)


def name_of(crs: str) -> str:
    """Short name of a system, for sentences."""
    try:
        system = pyproj.CRS.from_user_input(crs)
    except CRSError:
        return crs[:20]
    code = system.to_epsg(min_confidence=_LEAST_CONFIDENCE)
    return f"EPSG:{code}" if code else system.name


def _same_grid(system: pyproj.CRS) -> int | None:
    """Find the code of a projection by its parameters, whatever its datum is called."""
    if not system.is_projected:
        return None
    wanted = _parameters(system)
    return next((code for code in (*_NATIONAL, *_UTM) if _parameters_of(code) == wanted), None)


def _parameters(system: pyproj.CRS) -> frozenset[tuple[str, float]] | None:
    operation = system.coordinate_operation
    if operation is None:
        return None
    named = {
        str(entry.code or entry.name): round(float(entry.value), 4) for entry in operation.params
    }
    # the two standard parallels may change places
    parallels = sorted(named.pop(code) for code in ("8823", "8824") if code in named)
    named.update({f"parallel {rank}": value for rank, value in enumerate(parallels)})
    return frozenset(named.items())


@cache
def _parameters_of(code: int) -> frozenset[tuple[str, float]] | None:
    return _parameters(pyproj.CRS.from_epsg(code))


@cache
def _area(crs: str) -> tuple[float, float, float, float]:
    area = pyproj.CRS.from_user_input(crs).area_of_use
    return (-180.0, -90.0, 180.0, 90.0) if area is None else area.bounds


def degrees_among_metres(shapes: Geometries, crs: str) -> Mask:
    """Which geometries are in degrees in a file of metres: no town is at a projection's origin."""
    if not pyproj.CRS.from_user_input(crs).is_projected:
        return np.zeros(len(shapes), dtype=bool)
    x_min, y_min, x_max, y_max = np.abs(shapely.bounds(shapes)).T
    small = (np.maximum(x_min, x_max) <= 180) & (np.maximum(y_min, y_max) <= 90)
    return np.asarray(small, dtype=np.bool_)


def to_degrees(shapes: Geometries, crs: str, own: list[str | None] | None) -> Geometries:
    """Bring geometries to WGS 84; ``own`` names the system of a row that has one of its own."""
    if own is None and crs == WGS84:
        return shapes
    if own is None:
        return to_wgs84(shapes, crs)
    moved = np.full(len(shapes), None, dtype=object)
    systems = np.array([crs if name is None else name for name in own], dtype=object)
    for name in dict.fromkeys(systems.tolist()):
        rows = systems == name
        moved[rows] = to_wgs84(shapes[rows], name)
    return moved
