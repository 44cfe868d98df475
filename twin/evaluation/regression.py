"""Least squares for many meters at once, and the exact uncertainty of what they predict.

The variance of a saving is that of ordinary least squares, whole: the scatter of the reporting
days, the error of the fitted coefficients at the reporting conditions, and the inflation by the
autocorrelation of the residuals. Nothing is approximated for "a year against a year"; the same
lines serve days, bills and hours.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

MOST_AUTOCORRELATED = 0.95  # above, the effective number of points says nothing any more


@dataclass(frozen=True, slots=True)
class Fit:
    """Regressions of A meters on k regressors, the constant among them.

    Attributes
    ----------
    coefficients : array (A, k)
    unscaled_covariance : array (A, k, k)
        Inverse of X'X.
    points : array (A,)
        Days that were used.
    mean : array (A,)
        Mean of the fitted values' target. [kWh/day]
    rmse : array (A,)
        ``sqrt(SSE / (n - k))``: the constant counts as a parameter. [kWh/day]
    r2 : array (A,)
    autocorrelation : array (A,)
        Lag 1, of the residuals of neighbouring days; never below 0.
    residuals : array (A, n)
        Observed minus fitted; NaN where nothing was observed. [kWh/day]
    """

    coefficients: FloatArray
    unscaled_covariance: FloatArray
    points: IntArray
    mean: FloatArray
    rmse: FloatArray
    r2: FloatArray
    autocorrelation: FloatArray
    residuals: FloatArray

    @property
    def cv_rmse(self) -> FloatArray:
        """RMSE over the mean."""
        ratio: FloatArray = self.rmse / self.mean
        return ratio

    @property
    def inflation(self) -> FloatArray:
        """Kappa: how much autocorrelation widens a variance."""
        return variance_inflation(self.autocorrelation)

    @property
    def degrees_of_freedom(self) -> FloatArray:
        """Effective points less parameters."""
        free: FloatArray = self.points / self.inflation - self.coefficients.shape[1]
        return free


@dataclass(frozen=True, slots=True)
class Saving:
    """What A meters saved over the days of their reporting period that were measured.

    Attributes
    ----------
    days : array (A,)
        Reporting days measured, hence counted in every figure here.
    adjusted_kwh, measured_kwh, saving_kwh : array (A,)
        Baseline under the reporting conditions; metered; their difference. [kWh]
    half_width_kwh : array (A,)
        Half of the interval at the level asked. [kWh]
    """

    days: IntArray
    adjusted_kwh: FloatArray
    measured_kwh: FloatArray
    half_width_kwh: FloatArray

    @property
    def saving_kwh(self) -> FloatArray:
        """Adjusted baseline less metered use. [kWh]"""
        saved: FloatArray = self.adjusted_kwh - self.measured_kwh
        return saved

    @property
    def low_kwh(self) -> FloatArray:
        """Lower end of the interval. [kWh]"""
        low: FloatArray = self.saving_kwh - self.half_width_kwh
        return low

    @property
    def high_kwh(self) -> FloatArray:
        """Upper end of the interval. [kWh]"""
        high: FloatArray = self.saving_kwh + self.half_width_kwh
        return high


def fit(energy: FloatArray, regressors: FloatArray) -> Fit:
    """Fit every meter by ordinary least squares.

    Parameters
    ----------
    energy : array (A, n)
        Daily use; NaN: not measured. [kWh/day]
    regressors : array (A, n, k) or (n, k)
        The constant included; NaN: the day is left out.
    """
    design = np.broadcast_to(regressors, (*energy.shape, regressors.shape[-1]))
    used = ~np.isnan(energy) & ~np.isnan(design).any(axis=2)
    x = np.where(used[..., None], design, 0.0)
    y = np.where(used, energy, 0.0)
    gram = np.einsum("ank,anl->akl", x, x, optimize=True)
    inverse = _inverse(gram)
    coefficients = np.einsum("akl,al->ak", inverse, np.einsum("ank,an->ak", x, y, optimize=True))
    residuals = np.where(used, y - np.einsum("ank,ak->an", x, coefficients), np.nan)
    points = used.sum(axis=1)
    sse = np.nansum(residuals**2, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = y.sum(axis=1) / points
        sst = np.where(used, (y - mean[:, None]) ** 2, 0.0).sum(axis=1)
        free = np.where(points > x.shape[2], points - x.shape[2], np.nan)
        return Fit(
            coefficients=coefficients,
            unscaled_covariance=inverse,
            points=points,
            mean=mean,
            rmse=np.sqrt(sse / free),
            r2=1 - sse / np.where(sst > 0, sst, np.nan),
            autocorrelation=lag_one(residuals),
            residuals=residuals,
        )


def saving(
    baseline: Fit, energy: FloatArray, regressors: FloatArray, *, level: float = 0.9
) -> Saving:
    """Compare the reporting days of each meter with its adjusted baseline.

    ``Var(S) = κ s² [ m + X (X'X)⁻¹ X' ]``, X the sum of the reporting regressors over m measured
    days; Student's quantile with ``n/κ - k`` degrees of freedom.

    Parameters
    ----------
    baseline : Fit
        Of the same meters.
    energy : array (A, m)
        Reporting use; NaN: not measured, counted nowhere. [kWh/day]
    regressors : array (A, m, k) or (m, k)
    level : float
        Confidence of the interval.
    """
    design = np.broadcast_to(regressors, (*energy.shape, regressors.shape[-1]))
    used = ~np.isnan(energy) & ~np.isnan(design).any(axis=2)
    totals = np.where(used[..., None], design, 0.0).sum(axis=1)
    days = used.sum(axis=1)
    shape = np.einsum("ak,akl,al->a", totals, baseline.unscaled_covariance, totals)
    variance = baseline.inflation * baseline.rmse**2 * (days + shape)
    return Saving(
        days=days,
        adjusted_kwh=np.einsum("ak,ak->a", totals, baseline.coefficients),
        measured_kwh=np.where(used, energy, 0.0).sum(axis=1),
        half_width_kwh=student(level, baseline.degrees_of_freedom) * np.sqrt(variance),
    )


def lag_one(residuals: FloatArray) -> FloatArray:
    """Return the autocorrelation of neighbouring days, limited to [0, 0.95].

    Least squares leaves residuals that resemble their neighbours less than the errors did, by
    ``(1 + 4ρ)/n`` to first order (Marriott and Pope, 1954); that is given back.

    Parameters
    ----------
    residuals : array (A, n)
        One column a day; NaN: missing, and no neighbour of anything.
    """
    pairs = residuals[:, 1:] * residuals[:, :-1]
    paired, present = ~np.isnan(pairs), ~np.isnan(residuals)
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = np.nansum(pairs, axis=1) / paired.sum(axis=1)
        variance = np.nansum(residuals**2, axis=1) / present.sum(axis=1)
        correlation = covariance / variance
        correlation += (1 + 4 * correlation) / present.sum(axis=1)
    limited: FloatArray = np.clip(np.nan_to_num(correlation, nan=0.0), 0.0, MOST_AUTOCORRELATED)
    return limited


def variance_inflation(autocorrelation: FloatArray) -> FloatArray:
    """Kappa, ``(1 + ρ)/(1 - ρ)``."""
    kappa: FloatArray = (1 + autocorrelation) / (1 - autocorrelation)
    return kappa


def student(level: float, degrees_of_freedom: FloatArray) -> FloatArray:
    """Two-sided Student quantile; NaN under one degree of freedom."""
    free = np.where(degrees_of_freedom >= 1, degrees_of_freedom, np.nan)
    quantile: FloatArray = stats.t.ppf(0.5 + level / 2, free)
    return quantile


def _inverse(gram: FloatArray) -> FloatArray:
    """Invert each matrix; NaN where it is singular (a regressor that does not vary)."""
    scale = np.sqrt(np.einsum("akk->ak", gram))
    scale = np.where(scale > 0, scale, 1.0)
    outer = scale[:, :, None] * scale[:, None, :]
    correlation = gram / outer
    sound = np.linalg.det(correlation) > 1e-10
    safe = np.where(sound[:, None, None], correlation, np.eye(gram.shape[1]))
    inverse: FloatArray = np.where(sound[:, None, None], np.linalg.inv(safe) / outer, np.nan)
    return inverse
