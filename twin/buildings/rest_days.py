"""On which days of the week a building rests: seen in its own meter.

Many public buildings do not rest at weekends: libraries close on Mondays, museums on Tuesdays.
"""

import numpy as np

from twin.evaluation.regression import BoolArray, FloatArray, IntArray
from twin.evaluation.sufficiency import DayArray

WEEKEND: BoolArray = np.array([False] * 5 + [True] * 2)
"""Monday first; where the meter shows no week of its own."""

MOST_REST_DAYS = 3
_CLEAR_GAP_SIGMA = 4.0  # between the quietest days and the others
_WEEK = 7


def weekdays(days: DayArray) -> IntArray:
    """Return the day of the week of each date, 0 for Monday."""
    numbers: IntArray = (days.astype("datetime64[D]").astype(np.int64) + 3) % _WEEK
    return numbers


def weekly_rest(energy: FloatArray, days: DayArray) -> BoolArray:
    """Find the one to three quietest days of each meter's week.

    Each day is compared with the week around it, so that seasons do not count. Where no gap
    between quiet and busy days is clear, the answer is Saturday and Sunday.

    Parameters
    ----------
    energy : array (A, n)
        Daily use; NaN: not measured. [kWh/day]
    days : datetime64[D] array (n,)
        Consecutive.

    Returns
    -------
    bool array (A, 7)
        Monday first.
    """
    apart = energy - _week_around(energy)
    member = np.eye(_WEEK)[weekdays(days)]
    known = ~np.isnan(apart)
    count = known.astype(np.float64) @ member
    filled = np.where(known, apart, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (filled @ member) / count
        scatter = np.sqrt(((filled**2) @ member / count - mean**2).mean(axis=1))
        error = scatter / np.sqrt(count.min(axis=1))
    ranked = np.sort(mean, axis=1)
    gaps = np.diff(ranked[:, : MOST_REST_DAYS + 1], axis=1)
    quiet = gaps.argmax(axis=1)
    clear = gaps[np.arange(len(gaps)), quiet] > _CLEAR_GAP_SIGMA * error
    limit = ranked[np.arange(len(ranked)), quiet]
    return np.where(clear[:, None], mean <= limit[:, None], WEEKEND)


def _week_around(energy: FloatArray) -> FloatArray:
    """Mean of the seven days of which each is the middle; NaN at gaps and ends."""
    known = ~np.isnan(energy)
    total = np.cumsum(np.where(known, energy, 0.0), axis=1)
    count = np.cumsum(known, axis=1)
    mean = np.full(energy.shape, np.nan)
    if energy.shape[1] <= _WEEK:
        return mean
    half = _WEEK // 2
    whole = count[:, _WEEK:] - count[:, :-_WEEK] == _WEEK
    summed = (total[:, _WEEK:] - total[:, :-_WEEK]) / _WEEK
    mean[:, half + 1 : -half] = np.where(whole, summed, np.nan)
    return mean
