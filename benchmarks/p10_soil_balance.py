"""P10: soil balance of 10 000 zones over a season, beside a plain Python loop on some of them."""

import sys
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.rows import Row
from twin.irrigation.water_balance import RAIN_IGNORED_BELOW, balance

ZONES = 10_000
DAYS = 214  # April to October
SAMPLE = 200
REPEATS = 3


def measure(zones: int = ZONES, sample: int = SAMPLE) -> dict[str, float]:
    """Return seconds of each way for all zones, and the largest difference. [s, mm]"""
    random = np.random.default_rng(1)
    et0 = random.uniform(1, 7, DAYS)
    rain = random.exponential(2.2, DAYS) * (random.random(DAYS) < 0.3)
    irrigation = random.exponential(8, (DAYS, zones)) * (random.random((DAYS, zones)) < 0.1)
    soils = {
        "available_mm": random.uniform(15, 120, zones),
        "depletion_fraction": random.uniform(0.3, 0.6, zones),
        "coefficient": random.uniform(0.3, 1.0, zones),
    }
    best = np.inf
    for _ in range(REPEATS):
        began = time.perf_counter()
        ours = balance(np.zeros(zones), et0_mm=et0, rain_mm=rain, irrigation_mm=irrigation, **soils)
        best = min(best, time.perf_counter() - began)
    began = time.perf_counter()
    plain = [
        _plain(
            et0.tolist(),
            rain.tolist(),
            irrigation[:, zone].tolist(),
            **{name: float(column[zone]) for name, column in soils.items()},
        )
        for zone in range(sample)
    ]
    slow = (time.perf_counter() - began) / sample * zones
    apart = np.abs(np.array(plain).T - ours.depletion[:, :sample]).max()
    return {"ours_s": best, "plain_s": slow, "ratio": slow / best, "apart_mm": float(apart)}


def _plain(
    et0: list[float],
    rain: list[float],
    irrigation: list[float],
    *,
    available_mm: float,
    depletion_fraction: float,
    coefficient: float,
) -> list[float]:
    """Carry one zone through the season, as one would write it first: the ``early`` order."""
    depletion, series = 0.0, []
    for day in range(len(et0)):
        demand = et0[day] * coefficient
        fallen = rain[day] if rain[day] >= RAIN_IGNORED_BELOW * et0[day] else 0.0
        wet = max(depletion - fallen - irrigation[day], 0.0)
        stress = min((available_mm - wet) / ((1 - depletion_fraction) * available_mm), 1.0)
        depletion = min(wet + stress * demand, available_mm)
        series.append(depletion)
    return series


def rows() -> list[Row]:
    """Return the row of the table."""
    found = measure()
    return [
        Row(
            "P10",
            f"soil balance of {ZONES} zones, {DAYS} days",
            1000 * found["ours_s"],
            "ms",
            f"plain Python loop, {found['plain_s']:.1f} s from a sample",
            found["ratio"],
            "≥ 20 ×, equal to 1e-9",
            reached=found["ratio"] >= 20 and found["apart_mm"] <= 1e-9,
            note=f"largest difference {found['apart_mm']:.0e} mm",
        )
    ]


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    for name, value in measure(*map(int, arguments)).items():
        print(f"{name:16} {value:12,.4g}")


if __name__ == "__main__":
    main(sys.argv[1:])
