"""What works on buildings saved: metered energy against a change-point model of the weather."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from twin.buildings import change_point, rest_days
from twin.buildings.change_point import ALL, REST, WORK, ChangePoints
from twin.buildings.rest_days import WEEKEND
from twin.errors import InsufficientData
from twin.evaluation import regression, sufficiency
from twin.evaluation.regression import BoolArray, FloatArray, Saving
from twin.evaluation.stacking import stack
from twin.evaluation.sufficiency import DayArray, Readings, Reason, Rules, Windows

METHOD = "building_change_point@1"
LEVELS_METHOD = "building_levels@1"
"""Without temperatures: levels of work and rest, which describe a building and claim no saving."""


@dataclass(frozen=True, slots=True)
class BuildingSavings:
    """Results for A buildings.

    Attributes
    ----------
    windows : Windows
    readings : Readings
    models : ChangePoints
        Of the year before the works; of the latest year where there were none.
    saving : Saving
    reasons : list of list of str
        Codes of the rules that failed, for each building; empty: the saving stands.
    rest_weekdays : bool array (A, 7)
        Days of the week on which each rests, Monday first.
    mean_use, mean_use_half_width : array (A, 2)
        Mean use on days of work and of rest in the fitted period, and half its interval.
        [kWh/day]
    """

    windows: Windows
    readings: Readings
    models: ChangePoints
    saving: Saving
    reasons: list[list[str]]
    rest_weekdays: BoolArray
    mean_use: FloatArray
    mean_use_half_width: FloatArray

    def frame(self) -> pl.DataFrame:
        """Return one row per building, in the order given; refused figures are null."""
        claimed = np.array([not codes for codes in self.reasons], dtype=bool)
        models, span = self.models, self.windows
        mean, half = self.mean_use, self.mean_use_half_width
        saved = {
            "adjusted_kwh": self.saving.adjusted_kwh,
            "measured_kwh": self.saving.measured_kwh,
            "saving_kwh": self.saving.saving_kwh,
            "low_kwh": self.saving.low_kwh,
            "high_kwh": self.saving.high_kwh,
        }
        fitted = {"r2": models.r2, "cv_rmse": models.cv_rmse, "mean_kwh_day": models.mean}
        fitted["autocorrelation"] = models.autocorrelation
        for kind, name in ((WORK, "work"), (REST, "rest")):
            fitted |= {
                f"{name}_base_kwh_day": models.base[:, kind],
                f"{name}_heating_kwh_day_k": models.heating[:, kind],
                f"{name}_cooling_kwh_day_k": models.cooling[:, kind],
                f"{name}_heating_balance_c": models.heating_balance[:, kind],
                f"{name}_cooling_balance_c": models.cooling_balance[:, kind],
                f"{name}_mean_kwh_day": mean[:, kind],
                f"{name}_mean_half_width_kwh_day": half[:, kind],
            }
        figures = {name: np.where(claimed, value, np.nan) for name, value in saved.items()}
        return pl.DataFrame(
            {
                "baseline_from": span.baseline_from,
                "baseline_to": span.baseline_to,
                "reporting_from": span.reporting_from,
                "reporting_to": span.reporting_to,
                "measured_days": self.readings.measured_days,
                "baseline_days": self.readings.baseline_days,
                "reporting_days": self.readings.reporting_days,
                "split": models.split,
                "rest_weekdays": pl.Series(
                    [np.flatnonzero(week).tolist() for week in self.rest_weekdays],
                    dtype=pl.List(pl.Int64),
                ),
                **{
                    name: pl.Series(value).fill_nan(None)
                    for name, value in (figures | fitted).items()
                },
                "reasons": pl.Series(self.reasons, dtype=pl.List(pl.String)),
            }
        )


def building_savings(
    energy: FloatArray,
    temperature: FloatArray | None,
    days: DayArray,
    *,
    works_from: DayArray,
    works_to: DayArray,
    rest_weekdays: BoolArray | None = None,
    cooled: npt.ArrayLike = True,
    rules: Rules | None = None,
) -> BuildingSavings:
    """Compute the saving of every building, or why none is claimed; fit what the data allow.

    Parameters
    ----------
    energy : array (A, n)
        Use of each local day; NaN or 0: not measured. [kWh/day]
    temperature : array (n,) or None
        Daily mean outdoors; NaN: not known. None: no thermometer. [°C]
    days : datetime64[D] array (n,)
        Consecutive local days; the last one ends the reporting period.
    works_from, works_to : datetime64[D] array (A,)
        In neither window; NaT: no works.
    rest_weekdays : bool array (A, 7), optional
        Days of the week on which each rests, Monday first; by default as its meter shows.
    cooled : bool array_like (A,)
        Whether a meter may have a cooling term.
    rules : Rules, optional
        Limits and level.
    """
    limits = rules or Rules()
    used = sufficiency.clean(energy)
    span = sufficiency.windows(days, works_from, works_to, limits)
    fitted = np.where(_fitted_days(used, span, limits), used, np.nan)
    rest = rest_days.weekly_rest(fitted, days) if rest_weekdays is None else rest_weekdays
    may_cool = np.broadcast_to(np.asarray(cooled, dtype=bool), used.shape[:1])
    groups, member = np.unique(rest, axis=0, return_inverse=True)
    rows = [np.flatnonzero(member == group) for group in range(len(groups))] or [member]
    known = [
        _Known(used[row], fitted[row], temperature, days, may_cool[row], limits) for row in rows
    ]
    spans = [sufficiency.windows(days, works_from[row], works_to[row], limits) for row in rows]
    weeks = groups if len(groups) else WEEKEND[None, :]
    pieces = [_alike(*one) for one in zip(known, spans, weeks, strict=True)]
    return stack(pieces, np.argsort(np.concatenate(rows), kind="stable"))


@dataclass(frozen=True, slots=True)
class _Known:
    """Buildings that rest on the same days of the week, and what is known of them."""

    used: FloatArray
    fitted: FloatArray
    temperature: FloatArray | None
    days: DayArray
    cooled: BoolArray
    rules: Rules


def _alike(known: _Known, span: Windows, week: BoolArray) -> BuildingSavings:
    rules, temperature = known.rules, known.temperature
    resting: BoolArray = week[rest_days.weekdays(known.days)]
    readings = sufficiency.count(known.used, span)
    models = change_point.fit(known.fitted, temperature, resting, cooled=known.cooled)
    reporting = np.where(span.reporting, known.used, np.nan)
    failed = sufficiency.reading_rules(span, readings, rules)
    failed |= _weather_rules(temperature, known.days, span, rules) | _model_rules(models, rules)
    failed[Reason.BASELINE_SHORT] |= ~_worked(span) & (
        readings.measured_days < rules.baseline_days - rules.missing_days
    )
    mean, half = models.mean_use(resting, level=rules.level)
    return BuildingSavings(
        windows=span,
        readings=readings,
        models=models,
        saving=predicted_saving(models, reporting, temperature, resting, level=rules.level),
        reasons=sufficiency.told(failed),
        rest_weekdays=np.broadcast_to(week, (len(known.used), week.size)),
        mean_use=mean,
        mean_use_half_width=half,
    )


def building_saving(
    energy: FloatArray,
    temperature: FloatArray | None,
    days: DayArray,
    *,
    works_from: np.datetime64,
    works_to: np.datetime64,
    rules: Rules | None = None,
) -> dict[str, object]:
    """Compute the saving of one building, as the row that ``BuildingSavings.frame`` holds.

    Raises
    ------
    InsufficientData
        With the code of the first rule that failed.
    """
    many = building_savings(
        energy[None, :],
        temperature,
        days,
        works_from=np.array([works_from]),
        works_to=np.array([works_to]),
        rules=rules,
    )
    row = many.frame().row(0, named=True)
    if row["reasons"]:
        raise InsufficientData(
            row["reasons"][0],
            measured_days=row["measured_days"],
            baseline_days=row["baseline_days"],
            reporting_days=row["reporting_days"],
        )
    return row


def predicted_saving(
    models: ChangePoints,
    energy: FloatArray,
    temperature: FloatArray | None,
    resting: BoolArray,
    *,
    level: float,
) -> Saving:
    """Compare reporting days with the models, each kind of day with its own scatter.

    Parameters
    ----------
    energy : array (A, n)
        Reporting use; NaN: not measured, counted nowhere. [kWh/day]
    temperature : array (n,) or None
    resting : bool array (n,)
    level : float
        Confidence of the interval.
    """
    period = change_point.measured_span(energy)
    measured, rests = energy[:, period], resting[period]
    outdoors = np.zeros(rests.size) if temperature is None else temperature[period]
    used = ~np.isnan(measured) & ~np.isnan(outdoors)
    predicted = models.predict(outdoors, rests)
    variances = {
        block: _block_variance(models, block, used, outdoors, rests) for block in (WORK, REST, ALL)
    }
    variance = np.where(models.split, variances[WORK] + variances[REST], variances[ALL])
    quantile = regression.student(level, models.degrees_of_freedom)
    return Saving(
        days=used.sum(axis=1),
        adjusted_kwh=np.where(used, predicted, 0.0).sum(axis=1),
        measured_kwh=np.where(used, measured, 0.0).sum(axis=1),
        half_width_kwh=quantile * np.sqrt(models.inflation * variance),
    )


def _block_variance(
    models: ChangePoints, block: int, used: BoolArray, temperature: FloatArray, resting: BoolArray
) -> FloatArray:
    days = np.ones_like(resting) if block == ALL else resting == (block == REST)
    counted, t = used[:, days], temperature[days]
    fitted = models.blocks[block]
    below = np.maximum(np.nan_to_num(fitted.heating_balance)[:, None] - t, 0.0)
    above = np.maximum(t - np.nan_to_num(fitted.cooling_balance)[:, None], 0.0)
    return fitted.total_variance(
        counted.sum(axis=1).astype(np.float64),
        np.where(counted, below, 0.0).sum(axis=1),
        np.where(counted, above, 0.0).sum(axis=1),
    )


def _worked(span: Windows) -> BoolArray:
    worked: BoolArray = ~np.isnat(span.baseline_from)
    return worked


def _fitted_days(energy: FloatArray, span: Windows, rules: Rules) -> BoolArray:
    """Choose the baseline's days; each meter's own latest year where there were no works."""
    measured, order = ~np.isnan(energy), np.arange(energy.shape[1])
    last = np.where(measured, order, -1).max(axis=1, initial=-1)
    latest = order > (last - rules.baseline_days)[:, None]
    return np.where(_worked(span)[:, None], span.baseline, latest)


def _weather_rules(
    temperature: FloatArray | None, days: DayArray, span: Windows, rules: Rules
) -> dict[Reason, BoolArray]:
    """Check that both windows have an outdoor temperature, month by month."""
    meters = span.baseline.shape[0]
    if temperature is None or np.isnan(temperature).all():
        return {Reason.NO_TEMPERATURE: np.ones(meters, dtype=bool)}
    known = ~np.isnan(temperature)
    months, month = np.unique(days.astype("datetime64[M]"), return_inverse=True)
    member = np.eye(months.size)[month]
    asked = (span.baseline | span.reporting).astype(np.float64)
    wanted, found = asked @ member, (asked * known) @ member
    gaps: BoolArray = np.logical_or.reduce(found < rules.temperature_month_share * wanted, axis=1)
    return {
        Reason.NO_TEMPERATURE: np.zeros(meters, dtype=bool),
        Reason.TEMPERATURE_GAPS: gaps,
    }


def _model_rules(models: ChangePoints, rules: Rules) -> dict[Reason, BoolArray]:
    fitted = models.points > 2
    return {
        Reason.NO_MODEL: fitted & ~models.valid,
        Reason.POOR_FIT: fitted & models.valid & (models.cv_rmse > rules.largest_cv_rmse),
        Reason.AUTOCORRELATED: fitted & models.valid & ~(models.degrees_of_freedom >= 1),
    }
