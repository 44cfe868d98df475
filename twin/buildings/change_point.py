"""Change-point models of daily energy, fitted to thousands of meters at once.

``E = μ + βH (Th - T)+ + βC (T - Tc)+``, the family of CalTRACK 2.0: balance points on a grid no
coarser than 3 °F, candidates with heating, cooling, both or neither, valid where every coefficient
is positive and each term has enough days; the highest adjusted R² is kept. Days of work and days of
rest get models of their own where the Bayesian information criterion says so.

No day is both below Th and above Tc, so the two terms never meet and every candidate's normal
equations come from the same few sums: a matrix product for all meters and all balance points.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from twin.buildings.candidates import Candidate, Moments, best_candidate
from twin.evaluation import regression
from twin.evaluation.regression import BoolArray, FloatArray, IntArray

GRID_C: FloatArray = np.linspace(-10 / 9, 290 / 9, 21)  # 30 to 90 °F by 3 °F
FEWEST_REST_DAYS = 20  # of either kind, for a model of its own
_LONGEST_LAG = 60  # 0.95^60 is 5 %
_CHUNK = 512  # meters whose sums stay in the processor's cache together
WORK, REST, ALL = 0, 1, 2


@dataclass(frozen=True, slots=True)
class ChangePoints:
    """Models of A meters, for days of work (0) and days of rest (1).

    Attributes
    ----------
    base : array (A, 2)
        μ. [kWh/day]
    heating, cooling : array (A, 2)
        Slopes; 0: no such term. [kWh/(day K)]
    heating_balance, cooling_balance : array (A, 2)
        Th and Tc; NaN: no such term. [°C]
    split : bool array (A,)
        Whether the two kinds of day have models of their own.
    valid : bool array (A,)
        Whether any candidate was.
    points, parameters : array (A,)
        Days used; coefficients, constants included, balance points not.
    mean, rmse, r2 : array (A,)
        Of all days; RMSE with n - p. [kWh/day]
    autocorrelation : array (A,)
        Lag 1, of residuals scaled by their kind of day.
    residuals : array (A, n)
        Observed minus fitted, NaN where unused. [kWh/day]
    blocks : tuple of Candidate
        Fits of work, rest, and all days: what uncertainty needs.
    """

    base: FloatArray
    heating: FloatArray
    cooling: FloatArray
    heating_balance: FloatArray
    cooling_balance: FloatArray
    split: BoolArray
    valid: BoolArray
    points: IntArray
    parameters: IntArray
    mean: FloatArray
    rmse: FloatArray
    r2: FloatArray
    autocorrelation: FloatArray
    residuals: FloatArray
    blocks: tuple[Candidate, Candidate, Candidate]

    @property
    def cv_rmse(self) -> FloatArray:
        """RMSE over the mean."""
        ratio: FloatArray = self.rmse / self.mean
        return ratio

    @property
    def inflation(self) -> FloatArray:
        """Kappa: how much autocorrelation widens a variance."""
        return regression.variance_inflation(self.autocorrelation)

    @property
    def degrees_of_freedom(self) -> FloatArray:
        """Effective points less parameters."""
        free: FloatArray = self.points / self.inflation - self.parameters
        return free

    def predict(self, temperature: FloatArray, resting: BoolArray) -> FloatArray:
        """Return the energy that the models give, array (A, n). [kWh/day]

        Parameters
        ----------
        temperature : array (n,)
            Daily means. [°C]
        resting : bool array (n,)
        """
        predicted = np.empty((self.base.shape[0], temperature.size))
        for kind, days in ((WORK, ~resting), (REST, resting)):
            t = temperature[days]
            below = np.maximum(np.nan_to_num(self.heating_balance[:, kind, None]) - t, 0.0)
            above = np.maximum(t - np.nan_to_num(self.cooling_balance[:, kind, None]), 0.0)
            below *= self.heating[:, kind, None]
            above *= self.cooling[:, kind, None]
            predicted[:, days] = below + above + self.base[:, kind, None]
        return predicted

    def mean_use(self, resting: BoolArray, *, level: float = 0.9) -> tuple[FloatArray, FloatArray]:
        """Return mean use by kind of day under the fitted period's weather, and half its interval.

        Parameters
        ----------
        resting : bool array (n,)
            As fitted: days of one kind that lie apart resemble one another less.
        level : float
            Confidence of the interval.

        Returns
        -------
        mean, half_width : array (A, 2) [kWh/day]
        """
        chosen = [self._blocks(kind) for kind in (WORK, REST)]
        mean = np.stack([block.mean for block in chosen], axis=1)
        error = np.stack([block.scatter / np.sqrt(block.points) for block in chosen], axis=1)
        apart = [_inflation_within(days, self.autocorrelation) for days in (~resting, resting)]
        kappa = np.where(self.split, np.stack(apart), self.inflation).T
        quantile = regression.student(level, self.degrees_of_freedom)
        return mean, quantile[:, None] * np.sqrt(kappa) * error

    def _blocks(self, kind: int) -> Candidate:
        return Candidate.where(self.split, self.blocks[kind], self.blocks[ALL])


def fit(
    energy: FloatArray,
    temperature: FloatArray | None,
    resting: BoolArray,
    *,
    cooled: npt.ArrayLike = True,
) -> ChangePoints:
    """Fit every meter.

    Parameters
    ----------
    energy : array (A, n)
        Daily use; NaN: not measured, or outside the period. [kWh/day]
    temperature : array (n,) or None
        Daily mean outdoors; NaN: not known, the day is left out. None: no thermometer at all;
        then only levels can be fitted. [°C]
    resting : bool array (n,)
        Days on which the buildings rest: weekends, closures that are known.
    cooled : bool array_like (A,)
        Whether a meter may have a cooling term; never one of gas.
    """
    period = measured_span(energy)
    measured, rests = energy[:, period], resting[period]
    outdoors = np.zeros(rests.size) if temperature is None else temperature[period]
    grid = GRID_C[:0] if temperature is None else GRID_C
    may_cool = np.broadcast_to(np.asarray(cooled, dtype=bool), energy.shape[:1])
    pieces = [
        _fit_blocks(measured[rows], outdoors, rests, grid, may_cool[rows])
        for rows in (slice(i, i + _CHUNK) for i in range(0, max(len(energy), 1), _CHUNK))
    ]
    blocks = tuple(Candidate.concatenate([piece[b] for piece in pieces]) for b in range(3))
    models = _assemble(measured, outdoors, rests, (blocks[WORK], blocks[REST], blocks[ALL]))
    residuals = np.full(energy.shape, np.nan)
    residuals[:, period] = models.residuals
    return replace(models, residuals=residuals)


def measured_span(energy: FloatArray) -> slice:
    """Return the columns from the first to the last that holds a value; none: nothing."""
    held = np.flatnonzero(~np.isnan(energy).all(axis=0))
    return slice(int(held[0]), int(held[-1]) + 1) if held.size else slice(0, 0)


def _fit_blocks(
    energy: FloatArray,
    temperature: FloatArray,
    resting: BoolArray,
    grid: FloatArray,
    may_cool: BoolArray,
) -> tuple[Candidate, Candidate, Candidate]:
    used = ~np.isnan(energy) & ~np.isnan(temperature)
    centre = np.where(used, energy, 0.0).sum(axis=1) / np.maximum(used.sum(axis=1), 1)
    sums = [
        Moments.of(energy[:, days], used[:, days], temperature[days], grid, centre)
        for days in (~resting, resting)
    ]
    work, rest = (best_candidate(moments, grid, may_cool) for moments in sums)
    return work, rest, best_candidate(sums[WORK] + sums[REST], grid, may_cool)


def _assemble(
    energy: FloatArray,
    temperature: FloatArray,
    resting: BoolArray,
    blocks: tuple[Candidate, Candidate, Candidate],
) -> ChangePoints:
    work, rest, whole = blocks
    split = (
        (np.minimum(work.points, rest.points) >= FEWEST_REST_DAYS)
        & work.valid
        & rest.valid
        & (_criterion(work, rest) < _criterion(whole))
    )
    kinds = [Candidate.where(split, block, whole) for block in (work, rest)]
    sse = np.where(split, work.sse + rest.sse, whole.sse)
    parameters = np.where(split, work.parameters + rest.parameters, whole.parameters)
    free = np.where(whole.points > parameters, whole.points - parameters, np.nan)
    unfinished = ChangePoints(
        base=np.stack([kind.base for kind in kinds], axis=1),
        heating=np.stack([kind.heating for kind in kinds], axis=1),
        cooling=np.stack([kind.cooling for kind in kinds], axis=1),
        heating_balance=np.stack([kind.heating_balance for kind in kinds], axis=1),
        cooling_balance=np.stack([kind.cooling_balance for kind in kinds], axis=1),
        split=split,
        valid=np.where(split, work.valid & rest.valid, whole.valid),
        points=whole.points,
        parameters=parameters,
        mean=whole.mean,
        rmse=np.sqrt(sse / free),
        r2=1 - sse / np.where(whole.sst > 0, whole.sst, np.nan),
        autocorrelation=np.zeros(len(energy)),
        residuals=energy,
        blocks=blocks,
    )
    residuals = energy - unfinished.predict(temperature, resting)
    scale = np.where(resting, kinds[REST].scatter[:, None], kinds[WORK].scatter[:, None])
    correlation = regression.lag_one(residuals / np.where(scale > 0, scale, np.nan))
    return replace(unfinished, residuals=residuals, autocorrelation=correlation)


def _inflation_within(days: BoolArray, autocorrelation: FloatArray) -> FloatArray:
    """Kappa of a mean over some days only: ``1 + 2 Σ ρ^k f_k``, f_k the share with a partner."""
    lags = np.arange(1, min(_LONGEST_LAG, days.size))
    paired = np.array([(days[lag:] & days[:-lag]).sum() for lag in lags]) / max(days.sum(), 1)
    kappa: FloatArray = 1 + 2 * (autocorrelation[:, None] ** lags * paired).sum(axis=1)
    return kappa


def _criterion(*blocks: Candidate) -> FloatArray:
    """Bayesian information criterion of independent blocks, balance points counted."""
    points = np.stack([block.points for block in blocks]).sum(axis=0)
    sse = np.stack([block.sse for block in blocks]).sum(axis=0)
    # a slope brings its balance point
    size = np.stack([2 * block.parameters - 1 for block in blocks]).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value: FloatArray = points * np.log(np.maximum(sse, 1e-12) / points) + size * np.log(points)
    return value
