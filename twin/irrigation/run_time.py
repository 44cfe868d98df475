"""From a depth of water to minutes of a valve, split so that nothing runs off."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class RunTime(NamedTuple):
    """How long to water; arrays that broadcast. [min]"""

    minutes: FloatArray
    """In all, the margin included."""
    margin: FloatArray
    """What unevenness adds: sprinklers do not wet everywhere alike."""


class Cycles(NamedTuple):
    """How a run is split; arrays that broadcast."""

    number: IntArray
    minutes: FloatArray
    """Of each cycle. [min]"""
    soak: FloatArray
    """Least pause between two cycles; 0 where there is one cycle. [min]"""


def precipitation_rate(flow_m3_h: npt.ArrayLike, area_m2: npt.ArrayLike) -> FloatArray:
    """Return the depth that a flow spreads over an area. [mm/h]"""
    rate: FloatArray = 1000.0 * np.asarray(flow_m3_h, np.float64) / np.asarray(area_m2, np.float64)
    return rate


def distribution_uniformity(cans_mm: npt.ArrayLike) -> float:
    """Return the mean of the driest quarter of catch cans over the mean of all."""
    cans = np.sort(np.asarray(cans_mm, dtype=np.float64))
    quarter = cans[: max(1, round(cans.size / 4))]
    return float(quarter.mean() / cans.mean())


def scheduling_multiplier(uniformity: npt.ArrayLike) -> FloatArray:
    """Return how much longer to water so that dry spots get enough, ``1/(0.4 + 0.6 DU)``.

    Irrigation Association, 2005; milder than 1/DU.
    """
    multiplier: FloatArray = 1.0 / (0.4 + 0.6 * np.asarray(uniformity, dtype=np.float64))
    return multiplier


def run_time(
    depth_mm: npt.ArrayLike, rate_mm_h: npt.ArrayLike, uniformity: npt.ArrayLike = 1.0
) -> RunTime:
    """Return the minutes that give a depth.

    Parameters
    ----------
    depth_mm : array_like
        What the soil is to receive. [mm]
    rate_mm_h : array_like
        What the sprinklers give. [mm/h]
    uniformity : array_like
        DU of the driest quarter, in (0, 1].
    """
    even = 60.0 * np.asarray(depth_mm, np.float64) / np.asarray(rate_mm_h, np.float64)
    minutes: FloatArray = even * scheduling_multiplier(uniformity)
    return RunTime(minutes, minutes - even)


def split(
    minutes: npt.ArrayLike,
    rate_mm_h: npt.ArrayLike,
    intake_mm_h: npt.ArrayLike,
    allowance_mm: npt.ArrayLike,
) -> Cycles:
    """Split runs into cycles and soaks so that water never stands deeper than it may.

    Where rain falls faster than the soil drinks, the longest cycle is ``60 ASA/(PR - IR)`` and the
    soak lasts ``ASA/IR``.

    Parameters
    ----------
    minutes : array_like [min]
    rate_mm_h, intake_mm_h : array_like
        NaN intake: not known, one cycle. [mm/h]
    allowance_mm : array_like
        Depth that may stand on the surface; NaN: not known, one cycle. [mm]
    """
    total, rate, intake, allowance = np.broadcast_arrays(
        *(np.asarray(a, dtype=np.float64) for a in (minutes, rate_mm_h, intake_mm_h, allowance_mm))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        runs_off = (rate > intake) & (intake > 0) & (allowance > 0)
        longest = np.where(runs_off, 60.0 * allowance / (rate - intake), np.inf)
        pause = np.where(runs_off, 60.0 * allowance / intake, 0.0)
    number = np.maximum(np.ceil(total / longest - 1e-9), 1).astype(np.int64)
    return Cycles(number, total / number, np.where(number > 1, pause, 0.0))


def deepest_pond(
    cycles: Cycles, rate_mm_h: npt.ArrayLike, intake_mm_h: npt.ArrayLike
) -> FloatArray:
    """Return the deepest water that stands on the surface during a split run. [mm]

    The check of ``split``: fill at ``PR - IR`` while the valve is open, drain at IR while closed.
    """
    rate, intake = np.asarray(rate_mm_h, np.float64), np.asarray(intake_mm_h, np.float64)
    pond = np.zeros(np.broadcast(cycles.number, rate, intake).shape)
    deepest = pond.copy()
    for cycle in range(int(np.max(cycles.number, initial=0))):
        runs = cycle < cycles.number
        full = np.maximum(pond + (rate - intake) * cycles.minutes / 60.0, 0.0)
        deepest = np.where(runs, np.maximum(deepest, full), deepest)
        pond = np.where(runs, np.maximum(full - intake * cycles.soak / 60.0, 0.0), pond)
    return deepest
