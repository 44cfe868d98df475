"""The soil of every zone through measured days and gaps, between two bounds.

Nobody knows the depletion of a zone on its first day. It lies between full and empty, and both are
carried along: rain that fills the soil brings them together, and from then on the value is known.
A day without weather parts them again.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from twin.irrigation.water_balance import Balance, Order, across_gap, balance

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Zones:
    """What the balance needs of Z zones; arrays (Z,), see ``water_balance.balance``."""

    available_mm: FloatArray
    depletion_fraction: FloatArray
    coefficient: FloatArray


@dataclass(frozen=True, slots=True)
class Days:
    """Measured days, ascending, not necessarily without gaps.

    Attributes
    ----------
    days : list of date (T,)
    et0_mm, rain_mm : array (T,)
    irrigation_mm : array (T, Z)
        What reached the roots.
    """

    days: list[date]
    et0_mm: FloatArray
    rain_mm: FloatArray
    irrigation_mm: FloatArray


@dataclass(frozen=True, slots=True)
class Carried:
    """Balances of the measured days, and where the soil stands in the end.

    Attributes
    ----------
    least, most : Balance, arrays (T, Z)
        From the wettest and from the driest start.
    low_mm, high_mm : array (Z,)
        Bounds of the depletion at the end of the day before ``until``.
    """

    least: Balance
    most: Balance
    low_mm: FloatArray
    high_mm: FloatArray


def carry(
    zones: Zones,
    measured: Days,
    low_mm: FloatArray,
    high_mm: FloatArray,
    *,
    start: date,
    until: date,
    order: Order = Order.EARLY,
) -> Carried:
    """Carry both bounds from the beginning of one day to the beginning of another.

    Parameters
    ----------
    low_mm, high_mm : array (Z,)
        Bounds at the end of the day before ``start``.
    start, until : date
        Measured days lie in ``[start, until)``; the others in it are gaps.
    """
    reached = start
    pieces: list[tuple[Balance, Balance]] = []
    for first, last in _stretches(measured.days):
        low_mm, high_mm = _across(zones, low_mm, high_mm, (measured.days[first] - reached).days)
        both = [
            balance(
                bound,
                et0_mm=measured.et0_mm[first:last],
                rain_mm=measured.rain_mm[first:last],
                irrigation_mm=measured.irrigation_mm[first:last],
                available_mm=zones.available_mm,
                depletion_fraction=zones.depletion_fraction,
                coefficient=zones.coefficient,
                order=order,
                adjust_fraction=True,
            )
            for bound in (low_mm, high_mm)
        ]
        pieces.append((both[0], both[1]))
        low_mm, high_mm = both[0].depletion[-1], both[1].depletion[-1]
        reached = measured.days[last - 1] + timedelta(days=1)
    low_mm, high_mm = _across(zones, low_mm, high_mm, (until - reached).days)
    width = zones.available_mm.size
    return Carried(
        _joined([piece[0] for piece in pieces], width),
        _joined([piece[1] for piece in pieces], width),
        low_mm,
        high_mm,
    )


def narrowed(
    low_mm: FloatArray, high_mm: FloatArray, probe_mm: FloatArray, margin_mm: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Narrow bounds by a probe; the balance's bounds hold where the two contradict each other.

    Parameters
    ----------
    low_mm, high_mm : array (Z,)
    probe_mm : array (Z,)
        Depletion that a probe shows; NaN: none, nothing changes. [mm]
    margin_mm : array (Z,)
        What the probe may err, and what one point may differ from its zone. [mm]
    """
    least = np.clip(np.nan_to_num(probe_mm - margin_mm, nan=-np.inf), low_mm, high_mm)
    most = np.clip(np.nan_to_num(probe_mm + margin_mm, nan=np.inf), low_mm, high_mm)
    return least, most


def _across(
    zones: Zones, low_mm: FloatArray, high_mm: FloatArray, days: int
) -> tuple[FloatArray, FloatArray]:
    if days <= 0:
        return low_mm, high_mm
    return across_gap(
        low_mm,
        high_mm,
        days=days,
        available_mm=zones.available_mm,
        coefficient=zones.coefficient,
    )


def _stretches(days: list[date]) -> list[tuple[int, int]]:
    """Cut days into runs without gaps: first row, and the row after the last."""
    cuts = [0]
    cuts += [row for row in range(1, len(days)) if (days[row] - days[row - 1]).days > 1]
    return [(a, b) for a, b in zip(cuts, [*cuts[1:], len(days)], strict=True) if b > a]


def _joined(pieces: list[Balance], width: int) -> Balance:
    if not pieces:
        nothing = np.zeros((0, width))
        return Balance(nothing, nothing, nothing, nothing, nothing)
    return Balance(
        *(
            np.concatenate([getattr(piece, name) for piece in pieces])
            for name in ("depletion", "evaporated", "percolated", "rain", "stress")
        )
    )
