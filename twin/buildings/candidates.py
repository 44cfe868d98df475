"""The candidates of one block of days: their sums, their closed forms, the best one."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from twin.evaluation.regression import BoolArray, FloatArray, IntArray

FEWEST_DAYS = 10  # with degrees on one side of a balance point
FEWEST_DEGREE_DAYS = 20 * 5 / 9  # [K day]


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over the days of one block, for A meters and G balance points.

    Energies are centred on each meter's mean over all its days, ``centre``, so that sums of
    squares do not cancel.

    Attributes
    ----------
    centre, points, y, yy : array (A,)
    h, hh, hy, h_days, c, cc, cy, c_days : array (A, G)
        Degree-days below and above each balance point: sum, sum of squares, sum of products with
        energy, days with any.
    """

    centre: FloatArray
    points: FloatArray
    y: FloatArray
    yy: FloatArray
    h: FloatArray
    hh: FloatArray
    hy: FloatArray
    h_days: FloatArray
    c: FloatArray
    cc: FloatArray
    cy: FloatArray
    c_days: FloatArray

    @classmethod
    def of(
        cls,
        energy: FloatArray,
        used: BoolArray,
        temperature: FloatArray,
        grid: FloatArray,
        centre: FloatArray,
    ) -> "Moments":
        """Add up the days of a block.

        Parameters
        ----------
        energy : array (A, n) [kWh/day]
        used : bool array (A, n)
        temperature : array (n,) [°C]
        grid : array (G,)
            Balance points. [°C]
        centre : array (A,)
            What to take off every energy. [kWh/day]
        """
        weight = used.astype(np.float64)
        y = np.where(used, energy - centre[:, None], 0.0)
        t = np.nan_to_num(temperature)[:, None]
        below, above = np.maximum(grid - t, 0.0), np.maximum(t - grid, 0.0)
        degrees = np.concatenate([below, above], axis=1)
        plain = weight @ np.concatenate([degrees, degrees**2, degrees > 0], axis=1)
        h, c, hh, cc, h_days, c_days = np.split(plain, 6, axis=1)
        hy, cy = np.split(y @ degrees, 2, axis=1)
        return cls(
            centre, weight.sum(1), y.sum(1), (y**2).sum(1), h, hh, hy, h_days, c, cc, cy, c_days
        )

    def __add__(self, other: "Moments") -> "Moments":
        summed = {
            field.name: getattr(self, field.name) + getattr(other, field.name)
            for field in fields(self)
            if field.name != "centre"
        }
        return Moments(centre=self.centre, **summed)


@dataclass(frozen=True, slots=True)
class Candidate:
    """The best valid candidate of one block, for A meters; all arrays (A,).

    Attributes
    ----------
    valid : bool array
    points, parameters : int array
        Parameters include the constant.
    base, heating, cooling : array
        [kWh/day, kWh/(day K)]; 0 where there is no such term.
    heating_balance, cooling_balance : array
        [°C]; NaN where there is no such term.
    mean, sse, sst : array
        Of the block's energies. [kWh/day and its square]
    h_mean, c_mean, hh, cc, hc : array
        Mean degree-days, and their centred sums of squares and products at the balance points.
    """

    valid: BoolArray
    points: IntArray
    parameters: IntArray
    base: FloatArray
    heating: FloatArray
    cooling: FloatArray
    heating_balance: FloatArray
    cooling_balance: FloatArray
    mean: FloatArray
    sse: FloatArray
    sst: FloatArray
    h_mean: FloatArray
    c_mean: FloatArray
    hh: FloatArray
    cc: FloatArray
    hc: FloatArray

    @property
    def scatter(self) -> FloatArray:
        """Residual standard deviation, with n - p. [kWh/day]"""
        free = np.where(self.points > self.parameters, self.points - self.parameters, np.nan)
        deviation: FloatArray = np.sqrt(self.sse / free)
        return deviation

    def total_variance(
        self, days: FloatArray, degrees_below: FloatArray, degrees_above: FloatArray
    ) -> FloatArray:
        """Return the variance of observed minus predicted, summed over other days. [kWh²]

        ``s² [ m + m²/n + d' S⁻¹ d ]`` with d the degree-days' excess over the fitted period's
        means, before inflation by autocorrelation.

        Parameters
        ----------
        days, degrees_below, degrees_above : array (A,)
            Their number, and their degree-days at this candidate's balance points.
        """
        dh = np.where(self.heating > 0, degrees_below - days * self.h_mean, 0.0)
        dc = np.where(self.cooling > 0, degrees_above - days * self.c_mean, 0.0)
        hh, cc = np.where(self.heating > 0, self.hh, 1.0), np.where(self.cooling > 0, self.cc, 1.0)
        hc = np.where((self.heating > 0) & (self.cooling > 0), self.hc, 0.0)
        shift = (dh**2 * cc - 2 * dh * dc * hc + dc**2 * hh) / (hh * cc - hc**2)
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.where(days > 0, days + days**2 / self.points + shift, 0.0)
            variance: FloatArray = np.where(days > 0, self.scatter**2 * spread, 0.0)
        return variance

    @classmethod
    def where(cls, condition: BoolArray, one: "Candidate", other: "Candidate") -> "Candidate":
        """Choose meter by meter."""
        return cls(
            **{
                field.name: np.where(
                    condition, getattr(one, field.name), getattr(other, field.name)
                )
                for field in fields(cls)
            }
        )

    @classmethod
    def concatenate(cls, pieces: Sequence["Candidate"]) -> "Candidate":
        """Put meters after one another."""
        return cls(
            **{
                field.name: np.concatenate([getattr(piece, field.name) for piece in pieces])
                for field in fields(cls)
            }
        )


def best_candidate(sums: Moments, grid: FloatArray, may_cool: BoolArray) -> Candidate:
    """Choose, for each meter, the valid candidate of highest adjusted R².

    Candidates stand in one row: neither term, each heating balance, each cooling balance, each
    pair with ``Tc >= Th``.
    """
    first, second = np.triu_indices(grid.size)
    none = np.full(1, -1)
    below = np.concatenate([none, np.arange(grid.size), np.full(grid.size, -1), first])
    above = np.concatenate([none, np.full(grid.size, -1), np.arange(grid.size), second])
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.concatenate(
            [_flat_score(sums), *_single_scores(sums, may_cool), _pair_scores(sums, may_cool)],
            axis=1,
        )
    best = scores.argmax(axis=1)
    return _solved(sums, grid, below[best], above[best], np.isfinite(scores.max(axis=1)))


def _flat_score(sums: Moments) -> FloatArray:
    mean = sums.centre + sums.y / sums.points
    score: FloatArray = np.where((sums.points > 1) & (mean > 0), 0.0, -np.inf)[:, None]
    return score


def _single_scores(sums: Moments, may_cool: BoolArray) -> tuple[FloatArray, FloatArray]:
    n, y = sums.points[:, None], sums.y[:, None]
    scores = []
    for degrees, squares, products, days, allowed in (
        (sums.h, sums.hh, sums.hy, sums.h_days, np.ones_like(may_cool)),
        (sums.c, sums.cc, sums.cy, sums.c_days, may_cool),
    ):
        product = products - degrees * y / n
        slope = product / (squares - degrees**2 / n)
        base = sums.centre[:, None] + (y - slope * degrees) / n
        valid = allowed[:, None] & _enough(degrees, days) & (slope > 0) & (base > 0)
        scores.append(np.where(valid, _adjusted_r2(sums, slope * product, 2), -np.inf))
    return scores[0], scores[1]


def _pair_scores(sums: Moments, may_cool: BoolArray) -> FloatArray:
    i, j = np.triu_indices(sums.h.shape[1])
    n, y = sums.points[:, None], sums.y[:, None]
    hh, cc = sums.hh - sums.h**2 / n, sums.cc - sums.c**2 / n
    hy, cy = sums.hy - sums.h * y / n, sums.cy - sums.c * y / n
    enough_h, enough_c = _enough(sums.h, sums.h_days), _enough(sums.c, sums.c_days)
    h, c = sums.h[:, i], sums.c[:, j]
    hh, cc, hy, cy = hh[:, i], cc[:, j], hy[:, i], cy[:, j]
    hc = -h * c / n
    determinant = hh * cc - hc**2
    heating = (hy * cc - cy * hc) / determinant
    cooling = (cy * hh - hy * hc) / determinant
    base = sums.centre[:, None] + (y - heating * h - cooling * c) / n
    valid = may_cool[:, None] & enough_h[:, i] & enough_c[:, j]
    valid &= (heating > 0) & (cooling > 0) & (base > 0)
    return np.where(valid, _adjusted_r2(sums, heating * hy + cooling * cy, 3), -np.inf)


def _enough(degrees: FloatArray, days: FloatArray) -> BoolArray:
    enough: BoolArray = (days >= FEWEST_DAYS) & (degrees >= FEWEST_DEGREE_DAYS)
    return enough


def _adjusted_r2(sums: Moments, explained: FloatArray, parameters: int) -> FloatArray:
    n = sums.points[:, None]
    sst = (sums.yy - sums.y**2 / sums.points)[:, None]
    score: FloatArray = 1 - (1 - explained / sst) * (n - 1) / np.where(
        n > parameters, n - parameters, np.nan
    )
    return np.nan_to_num(score, nan=-np.inf)


def _solved(
    sums: Moments, grid: FloatArray, below: IntArray, above: IntArray, valid: BoolArray
) -> Candidate:
    """Solve the candidate that each meter keeps."""
    heats, cools = below >= 0, above >= 0
    n = np.where(sums.points > 0, sums.points, np.nan)

    def pick(table: FloatArray, index: IntArray, there: BoolArray) -> FloatArray:
        if not table.shape[1]:
            return np.zeros(table.shape[0])
        return np.where(there, table[np.arange(len(index)), np.maximum(index, 0)], 0.0)

    h, hy = pick(sums.h, below, heats), pick(sums.hy, below, heats)
    c, cy = pick(sums.c, above, cools), pick(sums.cy, above, cools)
    hy, cy = hy - h * sums.y / n, cy - c * sums.y / n
    hh = np.where(heats, pick(sums.hh, below, heats) - h**2 / n, 1.0)
    cc = np.where(cools, pick(sums.cc, above, cools) - c**2 / n, 1.0)
    hc = np.where(heats & cools, -h * c / n, 0.0)
    determinant = hh * cc - hc**2
    heating = np.where(heats, (hy * cc - cy * hc) / determinant, 0.0)
    cooling = np.where(cools, (cy * hh - hy * hc) / determinant, 0.0)
    sst = sums.yy - sums.y**2 / n
    balances = np.append(grid, np.nan)
    return Candidate(
        valid=valid,
        points=sums.points.astype(np.int64),
        parameters=1 + heats.astype(np.int64) + cools.astype(np.int64),
        base=sums.centre + (sums.y - heating * h - cooling * c) / n,
        heating=heating,
        cooling=cooling,
        heating_balance=balances[below],
        cooling_balance=balances[above],
        mean=sums.centre + sums.y / n,
        sse=np.maximum(sst - heating * hy - cooling * cy, 0.0),
        sst=sst,
        h_mean=h / n,
        c_mean=c / n,
        hh=hh,
        cc=cc,
        hc=hc,
    )
