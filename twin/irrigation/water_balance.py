"""One bucket of soil water a zone, day by day, after FAO-56 chapter 8.

Depletion Dr is the water missing from a full soil: 0 is full, TAW is empty. Two orders of the day
are legitimate, and FAO-56 uses both; a result names its own, and series of different orders are
never compared. Only the days are looped over: each depends on the one before.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

RAIN_IGNORED_BELOW = 0.2  # of the day's reference evapotranspiration
HIGHEST_DAILY_ET0_MM = 10.0  # taken for days that were not measured
_FRACTION_LOW, _FRACTION_HIGH = 0.1, 0.8
_NEGLIGIBLE_MM = 1e-9  # p may be 1: plants then drink freely to the last drop


class Order(StrEnum):
    """What comes first in a day."""

    EARLY = "early"
    """Wetting, drainage, stress, evaporation (FAO-56 example 38): watering by night."""
    LATE = "late"
    """Stress from yesterday, evaporation, drainage (equations 85 and 88, example 37)."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Z zones over T days; all arrays (T, Z), at or over the end of each day. [mm]

    Attributes
    ----------
    depletion : array
        Dr.
    evaporated : array
        ETa, what soil and plants really lost.
    percolated : array
        What drained below the roots.
    rain : array
        What counted of the rain: too little to wet the soil counts nothing.
    stress : array
        Ks; 1: plants drink as they like. [1]
    """

    depletion: FloatArray
    evaporated: FloatArray
    percolated: FloatArray
    rain: FloatArray
    stress: FloatArray


def balance(
    start_mm: npt.ArrayLike,
    *,
    et0_mm: npt.ArrayLike,
    rain_mm: npt.ArrayLike,
    irrigation_mm: npt.ArrayLike,
    available_mm: npt.ArrayLike,
    depletion_fraction: npt.ArrayLike,
    coefficient: npt.ArrayLike,
    order: Order = Order.EARLY,
    adjust_fraction: bool = False,
) -> Balance:
    """Carry the depletion of every zone through the days.

    Parameters
    ----------
    start_mm : array_like (Z,)
        Depletion at the end of the day before the first.
    et0_mm, rain_mm, irrigation_mm : array_like (T,) or (T, Z)
        Of each day; rain fallen, never announced; irrigation that reached the roots. No NaN: a day
        that was not measured is a gap, see ``across_gap``. [mm/d]
    available_mm : array_like (Z,)
        TAW.
    depletion_fraction : array_like (Z,)
        p: the share of TAW that plants draw without stress.
    coefficient : array_like (Z,)
        KL, or Kc.
    order : Order
    adjust_fraction : bool
        Whether p follows each day's demand, ``p + 0.04 (5 - ETc)`` within [0.1, 0.8].
    """
    available = np.asarray(available_mm, dtype=np.float64)
    et0 = _by_day(et0_mm)
    demand = et0 * np.asarray(coefficient, dtype=np.float64)
    rain = _by_day(rain_mm)
    rain = np.where(rain >= RAIN_IGNORED_BELOW * et0, rain, 0.0)
    wetting = rain + _by_day(irrigation_mm)
    fraction = np.asarray(depletion_fraction, dtype=np.float64)
    if adjust_fraction:
        fraction = np.clip(fraction + 0.04 * (5 - demand), _FRACTION_LOW, _FRACTION_HIGH)
    unstressed = (1 - fraction) * available
    shape = np.broadcast_shapes(
        demand.shape, wetting.shape, unstressed.shape, np.shape(start_mm), available.shape
    )
    season = _Season(
        wetting=np.broadcast_to(wetting, shape),
        demand=np.broadcast_to(demand, shape),
        available=np.broadcast_to(available, shape[1:]),
        steepness=np.broadcast_to(1 / np.maximum(unstressed, _NEGLIGIBLE_MM), shape),
        out=np.empty((4, *shape)),
    )
    start = np.broadcast_to(np.asarray(start_mm, dtype=np.float64), shape[1:])
    (season.early if order is Order.EARLY else season.late)(start)
    depletion, evaporated, percolated, stress = season.out
    return Balance(depletion, evaporated, percolated, np.broadcast_to(rain, shape), stress)


def across_gap(
    low_mm: npt.ArrayLike,
    high_mm: npt.ArrayLike,
    *,
    days: int,
    available_mm: npt.ArrayLike,
    coefficient: npt.ArrayLike,
) -> tuple[FloatArray, FloatArray]:
    """Bound the depletion after days that were not measured: a gap is no dry day and no zero.

    It may have rained enough to fill the soil; it may have been as hot as it gets.

    Returns
    -------
    low, high : array (Z,)
        Least and most depletion that is possible now. [mm]
    """
    lost = days * HIGHEST_DAILY_ET0_MM * np.asarray(coefficient, dtype=np.float64)
    highest = np.minimum(np.asarray(high_mm) + lost, np.asarray(available_mm))
    return np.zeros_like(np.asarray(low_mm, dtype=np.float64)), highest


@dataclass(frozen=True, slots=True)
class _Season:
    """The recurrence over days, each row of the arrays written in place.

    Ks (eq. 84) falls from 1 at RAW to 0 at TAW: ``steepness`` is ``1/((1 - p) TAW)``.
    """

    wetting: FloatArray
    demand: FloatArray
    available: FloatArray
    steepness: FloatArray
    out: FloatArray

    def early(self, depletion: FloatArray) -> None:
        """Wet, drain, then evaporate."""
        for day, wetting in enumerate(self.wetting):
            end, evaporated, percolated, stress = self.out[:, day]
            np.subtract(wetting, depletion, out=percolated)
            wet = np.maximum(-percolated, 0.0)
            np.maximum(percolated, 0.0, out=percolated)
            self._stress(day, wet, stress)
            np.multiply(stress, self.demand[day], out=end)
            end += wet
            np.minimum(end, self.available, out=end)
            np.subtract(end, wet, out=evaporated)
            depletion = end

    def late(self, depletion: FloatArray) -> None:
        """Evaporate with the stress of the evening before, then wet and drain."""
        for day, wetting in enumerate(self.wetting):
            end, evaporated, percolated, stress = self.out[:, day]
            self._stress(day, depletion, stress)
            np.multiply(stress, self.demand[day], out=evaporated)
            dry = depletion - wetting + evaporated
            np.maximum(-dry, 0.0, out=percolated)
            np.clip(dry, 0.0, self.available, out=end)
            evaporated -= np.maximum(dry - self.available, 0.0)
            depletion = end

    def _stress(self, day: int, depletion: FloatArray, stress: FloatArray) -> None:
        np.subtract(self.available, depletion, out=stress)
        stress *= self.steepness[day]
        np.minimum(stress, 1.0, out=stress)


def _by_day(values: npt.ArrayLike) -> FloatArray:
    """Give a series of days alone a zone axis."""
    series = np.asarray(values, dtype=np.float64)
    return series[:, None] if series.ndim == 1 else series
