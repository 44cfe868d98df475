"""Whether probabilities keep their word: what was said beside what came true."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gis.geometry import Coordinates

RELIABILITY = pl.Schema(
    {
        "low": pl.Float64(),
        "high": pl.Float64(),
        "count": pl.Int64(),
        "said": pl.Float64(),
        "right": pl.Float64(),
    }
)
"""One row a bin of probability: how many statements, their mean probability, the share that was
right."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """How well probabilities of candidates were calibrated.

    Attributes
    ----------
    things : int
        How many were judged.
    first_right : float
        Share whose likeliest candidate is the true one.
    among : float
        Share whose true one is among the candidates.
    table : DataFrame (``RELIABILITY``)
        Bins without a statement are left out.
    error : float
        Expected calibration error: mean of |said - right| over statements.
    brier : float
        Mean squared error of the statements.
    """

    things: int
    first_right: float
    among: float
    table: pl.DataFrame
    error: float
    brier: float


def reliability(
    probability: Coordinates, right: NDArray[np.bool_], *, bins: int = 10
) -> Reliability:
    """Judge probabilities of candidates against the truth.

    Parameters
    ----------
    probability : float array (n, k)
        Of each candidate.
    right : bool array (n, k)
        Whether it is the true one.
    """
    if not probability.size:
        return Reliability(0, np.nan, np.nan, RELIABILITY.to_frame(), np.nan, np.nan)
    said, came = probability.ravel(), right.ravel()
    at = np.minimum((said * bins).astype(np.int64), bins - 1)
    count = np.bincount(at, minlength=bins)
    filled = np.flatnonzero(count)
    mean = np.bincount(at, said, bins)[filled] / count[filled]
    share = np.bincount(at, came, bins)[filled] / count[filled]
    table = pl.DataFrame(
        {
            "low": filled / bins,
            "high": (filled + 1) / bins,
            "count": count[filled],
            "said": mean,
            "right": share,
        },
        schema=RELIABILITY,
    )
    likeliest = np.take_along_axis(right, probability.argmax(axis=1)[:, None], 1)
    return Reliability(
        things=len(probability),
        first_right=float(likeliest.mean()),
        among=float(right.any(axis=1).mean()),
        table=table,
        error=float((np.abs(mean - share) * count[filled]).sum() / len(said)),
        brier=float(((said - came) ** 2).mean()),
    )
