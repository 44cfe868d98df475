"""Non-routine events: an extension, a closure, a change of use that a saving must not swallow.

A saving looks like a constant or a share of what was predicted; a holiday comes back on the same
dates. What is left after both are taken off, and lasts a month or more, is shown to a person with
the saving with and without it; nothing is adjusted silently.
"""

from dataclasses import dataclass

import numpy as np

from twin.evaluation.regression import BoolArray, FloatArray, IntArray, variance_inflation
from twin.evaluation.sufficiency import DayArray

WINDOWS_DAYS = (30, 45, 60, 90)
THRESHOLD_SIGMA = 5.0
_MAD_TO_SIGMA = 1.4826
_LEAST_PRESENT = 0.8  # share of a window's days that must be measured


@dataclass(frozen=True, slots=True)
class Events:
    """The strongest lasting shift of A meters; all arrays (A,).

    Attributes
    ----------
    flagged : bool array
        Whether it is beyond the threshold.
    strength : array
        Its size in standard deviations of a mean over its window; 0 where nothing was scanned.
    first, last : int array
        Its first and last column of the calendar.
    shift : array
        Its mean effect; positive: more use than the models explain. [kWh/day]
    """

    flagged: BoolArray
    strength: FloatArray
    first: IntArray
    last: IntArray
    shift: FloatArray


def scan(
    residuals: FloatArray,
    predicted: FloatArray,
    baseline_residuals: FloatArray,
    days: DayArray,
    autocorrelation: FloatArray,
) -> Events:
    """Look for the strongest lasting shift of each meter's reporting period.

    Parameters
    ----------
    residuals : array (A, n)
        Observed minus predicted on reporting days, NaN elsewhere. [kWh/day]
    predicted : array (A, n)
        What the models give. [kWh/day]
    baseline_residuals : array (A, n)
        On baseline days, NaN elsewhere. [kWh/day]
    days : datetime64[D] array (n,)
        Consecutive.
    autocorrelation : array (A,)
        Of the baseline's residuals.
    """
    if not days.size:
        nothing = np.zeros(residuals.shape[0])
        none = nothing.astype(np.int64)
        return Events(nothing > 0, nothing, none, none, nothing)
    left = _without_saving(residuals, predicted)
    left = left - _same_dates_before(baseline_residuals, days)
    scale = _MAD_TO_SIGMA * _median(np.abs(left - _median(left)[:, None]))
    scale = np.where(scale > 0, scale * np.sqrt(variance_inflation(autocorrelation)), np.nan)
    found = [_strongest(left, width) for width in WINDOWS_DAYS]
    strengths = np.stack(
        [
            np.nan_to_num(np.abs(mean) * np.sqrt(width) / scale)
            for width, (mean, _) in zip(WINDOWS_DAYS, found, strict=True)
        ]
    )
    best, meters = strengths.argmax(axis=0), np.arange(left.shape[0])
    starts = np.stack([start for _, start in found])[best, meters]
    means = np.stack([mean for mean, _ in found])[best, meters]
    strength: FloatArray = strengths[best, meters]
    return Events(
        flagged=strength > THRESHOLD_SIGMA,
        strength=strength,
        first=starts,
        last=starts + np.array(WINDOWS_DAYS)[best] - 1,
        shift=np.where(strength > 0, means, 0.0),
    )


def _without_saving(residuals: FloatArray, predicted: FloatArray) -> FloatArray:
    """Take off each meter's best constant and share of the prediction."""
    used = ~np.isnan(residuals)
    count = np.maximum(used.sum(axis=1, keepdims=True), 1)
    y, x = np.where(used, residuals, 0.0), np.where(used, predicted, 0.0)
    dy = np.where(used, y - y.sum(axis=1, keepdims=True) / count, 0.0)
    dx = np.where(used, x - x.sum(axis=1, keepdims=True) / count, 0.0)
    spread = (dx**2).sum(axis=1, keepdims=True)
    share = (dx * dy).sum(axis=1, keepdims=True) / np.where(spread > 0, spread, np.inf)
    return np.where(used, dy - share * dx, np.nan)


def _same_dates_before(baseline_residuals: FloatArray, days: DayArray) -> FloatArray:
    """Return the baseline's residual of the same date one or two years earlier; 0 if none."""
    earlier = np.zeros_like(baseline_residuals)
    for years in (2, 1):
        columns = _columns_before(days, years)
        moved = baseline_residuals[:, np.maximum(columns, 0)]
        earlier = np.where((columns >= 0) & ~np.isnan(moved), moved, earlier)
    return earlier


def _columns_before(days: DayArray, years: int) -> IntArray:
    months = days.astype("datetime64[M]")
    day_of_month = days - months.astype("datetime64[D]")
    moved = (months - np.timedelta64(12 * years, "M")).astype("datetime64[D]") + day_of_month
    columns: IntArray = (moved - days[:1]).astype(np.int64)
    return columns


def _strongest(series: FloatArray, width: int) -> tuple[FloatArray, IntArray]:
    """Return the running mean of largest size of each row, and where it starts."""
    if series.shape[1] < width:
        nothing = np.zeros(series.shape[0])
        return nothing, nothing.astype(np.int64)
    used = ~np.isnan(series)
    total = _running_sum(np.where(used, series, 0.0), width)
    count = _running_sum(used.astype(np.float64), width)
    mean = np.where(count >= _LEAST_PRESENT * width, total / np.maximum(count, 1), 0.0)
    start = np.abs(mean).argmax(axis=1)
    return mean[np.arange(len(mean)), start], start


def _running_sum(series: FloatArray, width: int) -> FloatArray:
    total = np.cumsum(series, axis=1)
    sums: FloatArray = total[:, width - 1 :].copy()
    sums[:, 1:] -= total[:, :-width]
    return sums


def _median(series: FloatArray) -> FloatArray:
    """Median of each row without its NaN; NaN where the row has nothing else."""
    points = (~np.isnan(series)).sum(axis=1)
    ordered = np.sort(series, axis=1)
    rows = np.arange(len(series))
    low, high = np.maximum(points - 1, 0) // 2, points // 2
    middle: FloatArray = (ordered[rows, low] + ordered[rows, np.minimum(high, low + 1)]) / 2
    return middle
