"""What works on buildings saved: metered energy against a change-point model of the weather."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from twin.buildings import change_point
from twin.buildings.change_point import ALL, REST, WORK, ChangePoints
from twin.errors import InsufficientData
from twin.evaluation import regression, sufficiency
from twin.evaluation.regression import BoolArray, FloatArray, Saving
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
    resting : bool array (n,)
    level : float
        Confidence of every interval here.
    """

    windows: Windows
    readings: Readings
    models: ChangePoints
    saving: Saving
    reasons: list[list[str]]
    resting: BoolArray
    level: float

    def frame(self) -> pl.DataFrame:
        """Return one row per building, in the order given; refused figures are null."""
        claimed = np.array([not codes for codes in self.reasons], dtype=bool)
        models, span = self.models, self.windows
        mean, half = models.mean_use(self.resting, level=self.level)
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
    resting: BoolArray | None = None,
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
    resting : bool array (n,), optional
        Days on which buildings rest; Saturdays and Sundays by default.
    cooled : bool array_like (A,)
        Whether a meter may have a cooling term.
    rules : Rules, optional
        Limits and level.
    """
    limits = rules or Rules()
    used = sufficiency.clean(energy)
    rest = weekends(days) if resting is None else resting
    span = sufficiency.windows(days, works_from, works_to, limits)
    readings = sufficiency.count(used, span)
    models = change_point.fit(
        np.where(_fitted_days(used, span, limits), used, np.nan), temperature, rest, cooled=cooled
    )
    reporting = np.where(span.reporting, used, np.nan)
    saving = predicted_saving(models, reporting, temperature, rest, level=limits.level)
    failed = sufficiency.reading_rules(span, readings, limits)
    failed |= _weather_rules(temperature, days, span, limits) | _model_rules(models, limits)
    failed[Reason.BASELINE_SHORT] |= ~_worked(span) & (
        readings.measured_days < limits.baseline_days - limits.missing_days
    )
    told = sufficiency.told(failed)
    return BuildingSavings(span, readings, models, saving, told, rest, limits.level)


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
    outdoors = np.zeros(energy.shape[1]) if temperature is None else temperature
    used = ~np.isnan(energy) & ~np.isnan(outdoors)
    predicted = models.predict(outdoors, resting)
    variances = {
        block: _block_variance(models, block, used, outdoors, resting)
        for block in (WORK, REST, ALL)
    }
    variance = np.where(models.split, variances[WORK] + variances[REST], variances[ALL])
    quantile = regression.student(level, models.degrees_of_freedom)
    return Saving(
        days=used.sum(axis=1),
        adjusted_kwh=np.where(used, predicted, 0.0).sum(axis=1),
        measured_kwh=np.where(used, energy, 0.0).sum(axis=1),
        half_width_kwh=quantile * np.sqrt(models.inflation * variance),
    )


def weekends(days: DayArray) -> BoolArray:
    """Return which days are Saturdays and Sundays."""
    rest: BoolArray = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7 >= 5
    return rest


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
    """Choose the baseline's days; the latest year's where there were no works."""
    latest = np.zeros(energy.shape[1], dtype=bool)
    latest[-rules.baseline_days :] = True
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
