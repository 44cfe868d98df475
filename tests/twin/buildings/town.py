"""Buildings whose true use is known, and a weather that they share."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tests.twin.evaluation.synthetic import noise
from twin.buildings.rest_days import WEEKEND, weekdays

FloatArray = npt.NDArray[np.float64]
DAYS = np.arange("2023-01-01", "2025-01-01", dtype="datetime64[D]")
WORKS = (np.datetime64("2024-01-01"), np.datetime64("2024-01-07"))
AFTER = WORKS[1] < DAYS


@dataclass(frozen=True)
class Town:
    """A buildings over two years: what they should use, and what their meters say."""

    temperature: FloatArray
    expected: FloatArray
    metered: FloatArray
    saved: FloatArray


def temperature(seed: int = 0) -> FloatArray:
    """Return two years of daily means around Basel's. [°C]"""
    season = -9.5 * np.cos(2 * np.pi * (np.arange(DAYS.size) - 20) / 365.25)
    return 11.5 + season + 3 * noise((1, DAYS.size), 0.75, seed)[0]


def town(
    buildings: int,
    *,
    seed: int = 0,
    autocorrelation: float = 0.4,
    scatter: float = 0.08,
    share_saved: float = 0.12,
) -> Town:
    """Draw buildings: heated and cooled from off-grid balance points, some resting at weekends."""
    random = np.random.default_rng(seed)
    outdoors = temperature(seed + 1)

    def draw(low: float, high: float) -> FloatArray:
        return random.uniform(low, high, (buildings, 1))

    base = draw(100, 800)
    heating = base * draw(0, 0.08) * np.maximum(draw(13, 18) - outdoors, 0)
    cooling = base * draw(0, 0.08) * np.maximum(outdoors - draw(19, 23), 0)
    weekend = np.where(draw(0, 1) < 0.6, draw(0.3, 0.8), 1.0)
    expected = (base + heating + cooling) * np.where(WEEKEND[weekdays(DAYS)], weekend, 1.0)
    saved = np.where(AFTER, share_saved, 0.0) * expected
    errors = scatter * base * noise((buildings, DAYS.size), autocorrelation, seed + 2)
    return Town(outdoors, expected, expected - saved + errors, saved)


def works(buildings: int) -> dict[str, npt.NDArray[np.datetime64]]:
    """Return the same works for every building."""
    return {
        "works_from": np.full(buildings, WORKS[0], dtype="datetime64[D]"),
        "works_to": np.full(buildings, WORKS[1], dtype="datetime64[D]"),
    }
