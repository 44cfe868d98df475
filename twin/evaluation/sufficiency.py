"""When a saving may be claimed: two windows around the works, rules, and a code for each refusal.

The rules are CalTRACK 2.0's where it has one. A law declines with a code; screens say it in words.
Every rule that fails is told, in the order in which a person would mend them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import compress

import numpy as np
import numpy.typing as npt

from twin.evaluation.regression import BoolArray, FloatArray, IntArray

DayArray = npt.NDArray[np.datetime64]
_DAY = np.timedelta64(1, "D")


class Reason(StrEnum):
    """Why no saving is claimed. The codes are stable: screens and stored rows carry them."""

    NO_READINGS = "no_readings"
    """Not one day was measured."""
    NO_WORKS = "no_works"
    """Nothing was done: there is no before and after to compare."""
    BASELINE_SHORT = "baseline_short"
    """The meter began too late to cover the year before the works."""
    BASELINE_GAPS = "baseline_gaps"
    """Too many days of the year before the works are missing."""
    REPORTING_SHORT = "reporting_short"
    """Too few days were measured since the works."""
    REPORTING_GAPS = "reporting_gaps"
    """Too many days since the works are missing."""
    NO_TEMPERATURE = "no_outdoor_temperature"
    """A building cannot be corrected for the weather without an outdoor temperature."""
    TEMPERATURE_GAPS = "temperature_gaps"
    """Some month lacks too many outdoor temperatures."""
    NO_NIGHTS = "no_night_hours"
    """The sun does not cross the switching elevation there."""
    NO_MODEL = "no_valid_model"
    """No model of the family explains the meter with coefficients that make sense."""
    POOR_FIT = "poor_fit"
    """The model leaves more scatter than the rule allows."""
    AUTOCORRELATED = "too_few_independent_days"
    """Days resemble their neighbours so much that too few of them count."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits of sufficiency.

    Attributes
    ----------
    baseline_days : int
        Length of the window just before the works.
    missing_share : float
        Share of either window that may be missing: 10 %, 37 days of a year.
    reporting_days : int
        Least days measured since the works; a rule of ours.
    temperature_month_share : float
        Least share of each month's days with an outdoor temperature.
    largest_cv_rmse : float
        Most scatter of a fit, relative to its mean.
    level : float
        Confidence of the intervals.
    """

    baseline_days: int = 365
    missing_share: float = 0.10
    reporting_days: int = 28
    temperature_month_share: float = 0.90
    largest_cv_rmse: float = 1.0
    level: float = 0.9

    @property
    def missing_days(self) -> int:
        """Days of the baseline that may be missing."""
        return round(self.baseline_days * self.missing_share + 0.5)


@dataclass(frozen=True, slots=True)
class Windows:
    """The two windows of A meters on one calendar of n days; the works lie between them.

    Attributes
    ----------
    baseline, reporting : bool array (A, n)
    baseline_from, baseline_to, reporting_from, reporting_to : datetime64[D] array (A,)
        First and last day of each window, whether measured or not; NaT without works.
    """

    baseline: BoolArray
    reporting: BoolArray
    baseline_from: DayArray
    baseline_to: DayArray
    reporting_from: DayArray
    reporting_to: DayArray


def windows(
    days: DayArray, works_from: DayArray, works_to: DayArray, rules: Rules | None = None
) -> Windows:
    """Cut a calendar into the year before the works and the latest year after them.

    Parameters
    ----------
    days : datetime64[D] array (n,)
        Consecutive local days; the last one ends the reporting period.
    works_from, works_to : datetime64[D] array (A,)
        First and last day of the works, which belong to neither window; NaT: no works.
    """
    limits = rules or Rules()
    first, last = works_from.astype("datetime64[D]"), works_to.astype("datetime64[D]")
    year = np.timedelta64(limits.baseline_days, "D")
    reporting_to = np.where(np.isnat(last), last, days[-1])
    reporting_from = np.maximum(last + _DAY, reporting_to - year + _DAY)
    baseline_from: DayArray = np.subtract(first, year)
    baseline_to: DayArray = np.subtract(first, _DAY)
    return Windows(
        baseline=(days >= baseline_from[:, None]) & (days <= baseline_to[:, None]),
        reporting=(days >= reporting_from[:, None]) & (days <= reporting_to[:, None]),
        baseline_from=baseline_from,
        baseline_to=baseline_to,
        reporting_from=reporting_from,
        reporting_to=reporting_to,
    )


@dataclass(frozen=True, slots=True)
class Readings:
    """What a meter gave, counted.

    Attributes
    ----------
    measured_days : array (A,)
        On the whole calendar.
    baseline_days, baseline_missing, baseline_span : array (A,)
        Days measured and days missing in the window; days from the first one measured to the end.
    reporting_days, reporting_missing : array (A,)
    extreme_days, negative_days : array (A,)
        Flags, not refusals: beyond three interquartile ranges from the median; below zero, which
        may be solar panels.
    """

    measured_days: IntArray
    baseline_days: IntArray
    baseline_missing: IntArray
    baseline_span: IntArray
    reporting_days: IntArray
    reporting_missing: IntArray
    extreme_days: IntArray
    negative_days: IntArray


def clean(energy: FloatArray, *, zero_is_missing: bool = True) -> FloatArray:
    """Drop what is no reading: infinities, and the zeros of an electricity meter."""
    unread = ~np.isfinite(energy)
    if zero_is_missing:
        unread |= energy == 0
    return np.where(unread, np.nan, energy)


def count(energy: FloatArray, span: Windows) -> Readings:
    """Count the days of each meter, inside and outside its windows.

    Parameters
    ----------
    energy : array (A, n)
        Daily use; NaN: not measured. [kWh/day]
    span : Windows
    """
    measured = ~np.isnan(energy)
    before = measured & span.baseline
    after = measured & span.reporting
    window = span.baseline.sum(axis=1)
    ever = before.any(axis=1)
    leading = np.where(ever, (before & span.baseline).argmax(axis=1), 0)
    opening = np.where(span.baseline.any(axis=1), span.baseline.argmax(axis=1), 0)
    return Readings(
        measured_days=measured.sum(axis=1),
        baseline_days=before.sum(axis=1),
        baseline_missing=window - before.sum(axis=1),
        baseline_span=np.where(ever, window - (leading - opening), 0),
        reporting_days=after.sum(axis=1),
        reporting_missing=span.reporting.sum(axis=1) - after.sum(axis=1),
        extreme_days=_extremes(energy),
        negative_days=(energy < 0).sum(axis=1),
    )


def reading_rules(span: Windows, readings: Readings, rules: Rules) -> dict[Reason, BoolArray]:
    """Apply the rules that need nothing but readings: which meters fail which."""
    late = rules.baseline_days - readings.baseline_span > rules.missing_days
    reporting_length = span.reporting.sum(axis=1)
    worked = ~np.isnat(span.baseline_from)
    return {
        Reason.NO_READINGS: readings.measured_days == 0,
        Reason.NO_WORKS: ~worked,
        Reason.BASELINE_SHORT: worked & late,
        Reason.BASELINE_GAPS: worked
        & ~late
        & (rules.baseline_days - readings.baseline_days > rules.missing_days),
        Reason.REPORTING_SHORT: worked & (readings.reporting_days < rules.reporting_days),
        Reason.REPORTING_GAPS: worked
        & (readings.reporting_days >= rules.reporting_days)
        & (readings.reporting_missing > np.ceil(reporting_length * rules.missing_share)),
    }


def told(failed: Mapping[Reason, BoolArray]) -> list[list[str]]:
    """Turn failed rules into the list of codes of each meter, in the order of the mapping."""
    codes = [reason.value for reason in failed]
    table: list[list[bool]] = np.stack(list(failed.values()), axis=1).tolist()
    return [list(compress(codes, row)) for row in table]


def _extremes(energy: FloatArray) -> IntArray:
    """Count the days beyond three interquartile ranges from the median."""
    ordered = np.sort(energy, axis=1)  # NaN comes last
    points = np.maximum((~np.isnan(energy)).sum(axis=1), 1)
    low, middle, high = (
        np.take_along_axis(ordered, (quantile * (points - 1)).astype(np.intp)[:, None], axis=1)
        for quantile in (0.25, 0.5, 0.75)
    )
    far: BoolArray = np.greater(np.abs(energy - middle), 3 * (high - low))
    days: IntArray = np.add.reduce(far, axis=1, dtype=np.int64)
    return days
