"""P9: burning hours of 30 000 lights over 365 nights, beside pvlib's SPA on a sample of sites."""

import sys
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pvlib

from benchmarks.rows import Row
from twin.lighting.burning_hours import CityNights
from twin.lighting.sun import crossings

LIGHTS = 30_000
SAMPLE = 10
REPEATS = 5
PLACE = (47.5, 7.3)
NIGHTS = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
SUNSET_DEG = -0.83333  # the elevation that pvlib's crossings have
DELTA_T_S = 69.2


def measure(lights: int = LIGHTS, sample: int = SAMPLE) -> dict[str, float]:
    """Return seconds of each way for all lights, and how far crossings are from the SPA.

    Keys: ``ours_s``; ``exact_s``, every light by itself, from a sample; ``pvlib_s``, from a sample;
    ``ratio``; ``first_order_s``, farthest of our first order from our exact form; ``apart_s``,
    farthest crossing from the SPA. [s]
    """
    random = np.random.default_rng(1)
    latitude = PLACE[0] + random.uniform(-0.05, 0.05, lights)
    longitude = PLACE[1] + random.uniform(-0.08, 0.08, lights)
    ours = min(_city(latitude) for _ in range(REPEATS))
    exact, first_order = _exactly(latitude[:200], longitude[:200])
    judged, apart = _spa(latitude[:sample], longitude[:sample])
    return {
        "ours_s": ours,
        "exact_s": exact / 200 * lights,
        "pvlib_s": judged / sample * lights,
        "ratio": judged / sample * lights / ours,
        "first_order_s": first_order,
        "apart_s": apart,
    }


def _city(latitude: np.ndarray) -> float:
    began = time.perf_counter()
    hours = CityNights.around(NIGHTS, *PLACE).hours(latitude)
    took = time.perf_counter() - began
    assert hours.shape == (latitude.size, NIGHTS.size)
    return took


def _exactly(latitude: np.ndarray, longitude: np.ndarray) -> tuple[float, float]:
    """Compute each light by itself, and how far the city's one sun is from it."""
    began = time.perf_counter()
    exact = crossings(NIGHTS, latitude[:, None], longitude[:, None])
    took = time.perf_counter() - began
    near = CityNights.around(NIGHTS, *PLACE).crossings(latitude, longitude)
    apart = [
        np.abs(a - b).max() / np.timedelta64(1, "us") for a, b in zip(near, exact, strict=True)
    ]
    return took, max(apart) / 1e6


def _spa(latitude: np.ndarray, longitude: np.ndarray) -> tuple[float, float]:
    days = pd.DatetimeIndex(NIGHTS).tz_localize("UTC")
    began = time.perf_counter()
    judged = [
        pvlib.solarposition.sun_rise_set_transit_spa(days, *site, delta_t=DELTA_T_S)
        for site in zip(latitude, longitude, strict=True)
    ]
    took = time.perf_counter() - began
    ours = crossings(NIGHTS, latitude[:, None], longitude[:, None], SUNSET_DEG)
    farthest = 0.0
    for row, site in enumerate(judged):
        sunset = site["sunset"].dt.tz_localize(None).to_numpy()[1:-1]
        apart = np.abs(ours.dusk[row, 1:-1] - sunset).max() / np.timedelta64(1, "us")
        farthest = max(farthest, float(apart) / 1e6)
    return took, farthest


def rows() -> list[Row]:
    """Return the row of the table."""
    found = measure()
    return [
        Row(
            "P9",
            f"burning hours of {LIGHTS} lights, 365 nights",
            1000 * found["ours_s"],
            "ms",
            f"pvlib SPA per site, {found['pvlib_s']:.0f} s from a sample",
            found["ratio"],
            "≥ 1 000 ×, crossings within 10 s",
            reached=found["ratio"] >= 1000 and found["apart_s"] <= 10,
            note=f"crossings {found['apart_s']:.1f} s from the SPA at most; every light by itself "
            f"{found['exact_s']:.0f} s, {found['first_order_s']:.2f} s from our first order",
        )
    ]


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    for name, value in measure(*map(int, arguments)).items():
        print(f"{name:16} {value:12,.4g}")


if __name__ == "__main__":
    main(sys.argv[1:])
