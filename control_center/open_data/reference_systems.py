"""Coordinate reference systems in which layers are given out: which, in which order of axes.

Layers are kept in CRS84 (longitude, latitude). Every other system is given in the order of axes
that its authority says: EPSG:4326 is latitude, longitude.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/{}"
_ALWAYS = (4326, 3857)
_STEPS = 21  # points on each side of a box that is bent by a projection


@dataclass(frozen=True, slots=True)
class ReferenceSystem:
    """One system.

    Attributes
    ----------
    uri : str
        As in ``crs=`` and ``Content-Crs``.
    srid : int or None
        EPSG code; None for CRS84.
    """

    uri: str
    srid: int | None = None

    @property
    def decimals(self) -> int:
        """Digits that mean something: a centimetre, or less than that in degrees."""
        return 7 if self.srid is None or _crs(self.srid).is_geographic else 2

    def from_crs84(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Convert longitudes and latitudes, float64[N, 2], into this system's axes."""
        if self.srid is None:
            return points
        return np.column_stack(_transformer(self.srid, inverse=False).transform(*points.T))

    def to_crs84(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Convert this system's coordinates, float64[N, 2], into longitudes and latitudes."""
        if self.srid is None:
            return points
        return np.column_stack(_transformer(self.srid, inverse=True).transform(*points.T))

    def written(self, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
        """Convert geometries into this system, rounded to what means something.

        An area that rounding would make cross itself keeps all its digits.
        """
        plain = np.asarray(shapely.transform(geometries, self.from_crs84))
        rounded = np.asarray(
            shapely.transform(plain, lambda points: np.round(points, self.decimals))
        )
        spoilt = shapely.is_valid(plain) & ~shapely.is_valid(rounded)
        return np.where(spoilt, plain, rounded)

    def area(self, low: tuple[float, float], high: tuple[float, float]) -> BaseGeometry:
        """Return a box of this system as an area in longitude and latitude."""
        if self.srid is None or self.srid == 4326:
            (west, south), (east, north) = self.to_crs84(np.array([low, high], dtype=np.float64))
            return _box(west, south, east, north)
        ring = shapely.segmentize(
            shapely.box(*low, *high),
            max(high[0] - low[0], high[1] - low[1], 1e-9) / _STEPS,
        )
        return shapely.transform(ring, self.to_crs84)


def systems(metric_srid: int) -> dict[str, ReferenceSystem]:
    """Return the systems of a territory by URI, the default one first."""
    codes = dict.fromkeys((*_ALWAYS, metric_srid))
    known = [ReferenceSystem(CRS84), *(ReferenceSystem(_EPSG.format(code), code) for code in codes)]
    return {system.uri: system for system in known}


def _box(west: float, south: float, east: float, north: float) -> BaseGeometry:
    if west <= east:
        return shapely.box(west, south, east, north)
    return shapely.union(
        shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)
    )  # over the antimeridian


@lru_cache(maxsize=32)
def _crs(srid: int) -> CRS:
    return CRS.from_epsg(srid)


@lru_cache(maxsize=32)
def _transformer(srid: int, *, inverse: bool) -> Transformer:
    ends = ("OGC:CRS84", _crs(srid))
    return Transformer.from_crs(*(reversed(ends) if inverse else ends))
