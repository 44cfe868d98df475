"""Meters of a made-up town for the energy benchmarks: weather, weekends, noise that persists."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

DAYS = np.arange("2023-01-01", "2025-01-01", dtype="datetime64[D]")
WORKS = (np.datetime64("2024-01-01"), np.datetime64("2024-01-07"))
SHARE_SAVED = 0.12


@dataclass(frozen=True, slots=True)
class Meters:
    """A buildings over two years.

    Attributes
    ----------
    temperature : array (n,)
        [°C]
    energy, expected, saved : array (A, n)
        Metered; what it would be without works and noise; what the works took off. [kWh/day]
    """

    temperature: FloatArray
    energy: FloatArray
    expected: FloatArray
    saved: FloatArray


def buildings(count: int, seed: int = 7) -> Meters:
    """Draw buildings, heated and some cooled, 60 % of them quieter at weekends."""
    random = np.random.default_rng(seed)
    season = -9.5 * np.cos(2 * np.pi * (np.arange(DAYS.size) - 20) / 365.25)
    outdoors = 11.5 + season + 3 * _persistent(random, (1, DAYS.size), 0.75)[0]
    weekend = (DAYS.astype(np.int64) + 3) % 7 >= 5

    def draw(low: float, high: float) -> FloatArray:
        return random.uniform(low, high, (count, 1))

    base = draw(100, 800)
    heating = base * draw(0.01, 0.08) * np.maximum(draw(13, 18) - outdoors, 0)
    cooled = draw(0, 1) < 0.5
    cooling = cooled * base * draw(0.01, 0.08) * np.maximum(outdoors - draw(19, 23), 0)
    quiet = np.where(draw(0, 1) < 0.6, draw(0.4, 0.8), 1.0)
    expected = (base + heating + cooling) * np.where(weekend, quiet, 1.0)
    saved = np.where(WORKS[1] < DAYS, SHARE_SAVED, 0.0) * expected
    errors = 0.06 * base * _persistent(random, (count, DAYS.size), 0.4)
    return Meters(outdoors, expected - saved + errors, expected, saved)


def _persistent(random: np.random.Generator, shape: tuple[int, int], memory: float) -> FloatArray:
    series = random.standard_normal(shape)
    for day in range(1, shape[1]):
        series[:, day] = memory * series[:, day - 1] + np.sqrt(1 - memory**2) * series[:, day]
    return series
