"""What soils hold, let in and carry on their surface.

Tables with their source; a measured value replaces them zone by zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_MM_PER_INCH = 25.4
_SLOPES_PERCENT = (3.0, 6.0, 12.0)  # upper ends of the first three columns


@dataclass(frozen=True, slots=True)
class Store:
    """Water content at field capacity and at wilting point. [m³/m³]"""

    field_capacity: float
    wilting_point: float


STORES: Mapping[str, Store] = MappingProxyType(
    {
        # FAO-56, table 19; middles of its ranges
        "sand": Store(0.12, 0.045),
        "loamy_sand": Store(0.15, 0.06),
        "sandy_loam": Store(0.23, 0.10),
        "loam": Store(0.25, 0.12),
        "silt_loam": Store(0.29, 0.15),
        "silt": Store(0.32, 0.15),
        "silty_clay_loam": Store(0.34, 0.21),
        "silty_clay": Store(0.35, 0.23),
        "clay": Store(0.36, 0.22),
    }
)

_SURFACE_INCHES: Mapping[str, tuple[tuple[float, float, float, float], float]] = MappingProxyType(
    {
        # SWAT landscape tables: what may pond at 0-3, 4-6, 7-12, > 12 % of slope; intake an hour
        "clay": ((0.20, 0.15, 0.10, 0.10), 0.10),
        "silty_clay": ((0.23, 0.19, 0.16, 0.13), 0.15),
        "clay_loam": ((0.26, 0.22, 0.18, 0.15), 0.20),
        "loam": ((0.30, 0.25, 0.21, 0.17), 0.35),
        "sandy_loam": ((0.33, 0.29, 0.24, 0.20), 0.40),
        "loamy_sand": ((0.36, 0.30, 0.26, 0.22), 0.50),
        "sand": ((0.40, 0.35, 0.30, 0.25), 0.60),
    }
)


def available_water(
    field_capacity: npt.ArrayLike, wilting_point: npt.ArrayLike, root_depth_m: npt.ArrayLike
) -> FloatArray:
    """Return what roots can draw from a full soil, FAO-56 eq. 82 (TAW). [mm]"""
    content = np.asarray(field_capacity, np.float64) - np.asarray(wilting_point, np.float64)
    water: FloatArray = 1000.0 * content * np.asarray(root_depth_m, np.float64)
    return water


def depletion_from_moisture(
    moisture_percent: npt.ArrayLike, field_capacity: npt.ArrayLike, root_depth_m: npt.ArrayLike
) -> FloatArray:
    """Return the depletion that a probe in the root zone shows, FAO-56 eq. 87; >= 0. [mm]

    Parameters
    ----------
    moisture_percent : array_like
        Water content by volume; NaN: not measured. [%]
    """
    missing = (
        np.asarray(field_capacity, np.float64) - np.asarray(moisture_percent, np.float64) / 100
    )
    depletion: FloatArray = 1000.0 * np.maximum(missing, 0.0) * np.asarray(root_depth_m, np.float64)
    return depletion


def intake_mm_h(soil_class: str) -> float | None:
    """Return how fast a soil takes water in; None for a class without a row. [mm/h]"""
    row = _SURFACE_INCHES.get(soil_class)
    return None if row is None else row[1] * _MM_PER_INCH


def surface_allowance_mm(soil_class: str, slope_percent: float = 0.0) -> float | None:
    """Return what may stand on a soil before it runs off; None for a class without a row. [mm]"""
    row = _SURFACE_INCHES.get(soil_class)
    if row is None:
        return None
    column = sum(slope_percent > limit for limit in _SLOPES_PERCENT)
    return row[0][column] * _MM_PER_INCH
