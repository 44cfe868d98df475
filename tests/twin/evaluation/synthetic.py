"""Meters whose truth is known."""

import numpy as np
import numpy.typing as npt


def noise(shape: tuple[int, int], autocorrelation: float, seed: int) -> npt.NDArray[np.float64]:
    """Return unit-variance noise in which each day resembles the day before, array (A, n)."""
    random = np.random.default_rng(seed)
    series = random.standard_normal(shape)
    fresh = np.sqrt(1 - autocorrelation**2)
    for day in range(1, shape[1]):
        series[:, day] = autocorrelation * series[:, day - 1] + fresh * series[:, day]
    return series
