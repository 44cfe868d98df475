"""What works on a lighting cabinet saved: metered energy against night hours.

``y_d = a h_d + b``: a is the connected power [kW], b what runs day and night [kWh/day], h_d the
dark hours of the civil day [h], known exactly. The baseline is *as found*: lamps that were dead
before the works were dead in it.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from twin.errors import InsufficientData
from twin.evaluation import regression, sufficiency
from twin.evaluation.decomposition import split
from twin.evaluation.regression import BoolArray, FloatArray
from twin.evaluation.sufficiency import DayArray, Readings, Reason, Rules, Windows

METHOD = "cabinet_night_hours@1"


@dataclass(frozen=True, slots=True)
class CabinetSavings:
    """Results for A cabinets; the laws of both windows stay at hand for whoever explains them.

    Attributes
    ----------
    windows : Windows
    readings : Readings
    baseline : Fit
        Constant b, then slope a.
    reporting : Fit
        The same regression since the works. Its slope is the connected power of today; its
        constant holds whatever does not follow the night: parasitic load, less what a fixed window
        of dimming saves.
    saving : Saving
    reasons : list of list of str
        Codes of the rules that failed, for each cabinet; empty: the saving stands.
    """

    windows: Windows
    readings: Readings
    baseline: regression.Fit
    reporting: regression.Fit
    saving: regression.Saving
    reasons: list[list[str]]

    def frame(self) -> pl.DataFrame:
        """Return one row per cabinet, in the order given; refused figures are null.

        ``power_part_kwh`` and ``profile_part_kwh`` sum to the saving: what lower connected power
        brought, and what fewer equivalent hours at full power did.
        """
        claimed = np.array([not codes for codes in self.reasons], dtype=bool)
        base, now = self.baseline.coefficients, self.reporting.coefficients
        figures = {
            "adjusted_kwh": self.saving.adjusted_kwh,
            "measured_kwh": self.saving.measured_kwh,
            "saving_kwh": self.saving.saving_kwh,
            "low_kwh": self.saving.low_kwh,
            "high_kwh": self.saving.high_kwh,
        }
        fitted = {
            "connected_kw": base[:, 1],
            "parasitic_kwh_day": base[:, 0],
            "connected_kw_after": now[:, 1],
            "r2": self.baseline.r2,
            "cv_rmse": self.baseline.cv_rmse,
            "autocorrelation": self.baseline.autocorrelation,
        }
        figures |= self._parts()
        columns = {
            **{name: np.where(claimed, value, np.nan) for name, value in figures.items()},
            **fitted,
        }
        span = self.windows
        return pl.DataFrame(
            {
                "baseline_from": span.baseline_from,
                "baseline_to": span.baseline_to,
                "reporting_from": span.reporting_from,
                "reporting_to": span.reporting_to,
                "baseline_days": self.readings.baseline_days,
                "reporting_days": self.readings.reporting_days,
                **{name: pl.Series(value).fill_nan(None) for name, value in columns.items()},
                "reasons": pl.Series(self.reasons, dtype=pl.List(pl.String)),
            }
        )

    def _parts(self) -> dict[str, FloatArray]:
        """Share the saving between connected power and the profile of the night, exactly.

        What ran day and night before the works is taken to run on: it is in neither part.
        """
        always = self.baseline.coefficients[:, 0] * self.saving.days
        kilowatts = (self.baseline.coefficients[:, 1], self.reporting.coefficients[:, 1])
        energies = (self.saving.adjusted_kwh - always, self.saving.measured_kwh - always)
        usable = np.all([np.nan_to_num(x) > 0 for x in (*kilowatts, *energies)], axis=0)
        before, after = (
            {
                "power": np.where(usable, kilowatt, 1.0),
                "profile": np.where(usable, energy / kilowatt, 1.0),
            }
            for kilowatt, energy in zip(kilowatts, energies, strict=True)
        )
        parts = split(before, after)
        return {f"{name}_part_kwh": np.where(usable, -part, np.nan) for name, part in parts.items()}


def cabinet_savings(
    energy: FloatArray,
    night_hours: FloatArray,
    days: DayArray,
    *,
    works_from: DayArray,
    works_to: DayArray,
    rules: Rules | None = None,
) -> CabinetSavings:
    """Compute the saving of every cabinet, or why none is claimed.

    Parameters
    ----------
    energy : array (A, n)
        Use of each local day; NaN or 0: not measured. [kWh/day]
    night_hours : array (n,) or (A, n)
        Dark hours of each local day, less what the local clock cut before the works:
        ``twin.lighting.burning_hours.local_day_hours``. [h]
    days : datetime64[D] array (n,)
        Consecutive local days; the last one ends the reporting period.
    works_from, works_to : datetime64[D] array (A,)
        In neither window; NaT: no works.
    rules : Rules, optional
        Limits and level.
    """
    limits = rules or Rules()
    used = sufficiency.clean(energy)
    hours = np.broadcast_to(night_hours, used.shape)
    span = sufficiency.windows(days, works_from, works_to, limits)
    readings = sufficiency.count(used, span)
    regressors = np.stack([np.ones_like(hours), hours], axis=2)
    before = np.where(span.baseline, used, np.nan)
    after = np.where(span.reporting, used, np.nan)
    baseline = regression.fit(before, regressors)
    saving = regression.saving(baseline, after, regressors, level=limits.level)
    failed = sufficiency.reading_rules(span, readings, limits) | _model_rules(
        baseline, hours, readings, limits
    )
    return CabinetSavings(
        windows=span,
        readings=readings,
        baseline=baseline,
        reporting=regression.fit(after, regressors),
        saving=saving,
        reasons=sufficiency.told(failed),
    )


def cabinet_saving(
    energy: FloatArray,
    night_hours: FloatArray,
    days: DayArray,
    *,
    works_from: np.datetime64,
    works_to: np.datetime64,
    rules: Rules | None = None,
) -> dict[str, object]:
    """Compute the saving of one cabinet, as the row that ``CabinetSavings.frame`` holds.

    Raises
    ------
    InsufficientData
        With the code of the first rule that failed.
    """
    many = cabinet_savings(
        energy[None, :],
        night_hours,
        days,
        works_from=np.array([works_from]),
        works_to=np.array([works_to]),
        rules=rules,
    )
    row = many.frame().row(0, named=True)
    if row["reasons"]:
        raise InsufficientData(
            row["reasons"][0],
            baseline_days=row["baseline_days"],
            reporting_days=row["reporting_days"],
        )
    return row


def _model_rules(
    baseline: regression.Fit, hours: FloatArray, readings: Readings, rules: Rules
) -> dict[Reason, BoolArray]:
    """Apply the rules on the fit; those without enough readings have failed earlier."""
    enough = readings.baseline_days > 2
    nights = ~np.isnan(hours).any(axis=1)
    slope = baseline.coefficients[:, 1]
    fitted = enough & nights & (slope > 0)
    return {
        Reason.NO_NIGHTS: enough & ~nights,
        Reason.NO_MODEL: enough & nights & ~(slope > 0),
        Reason.POOR_FIT: fitted & (baseline.cv_rmse > rules.largest_cv_rmse),
        Reason.AUTOCORRELATED: fitted & ~(baseline.degrees_of_freedom >= 1),
    }
