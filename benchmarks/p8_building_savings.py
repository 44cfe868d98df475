"""P8: savings of building meters, daily, beside OpenDSM's legacy model on a sample of them.

    REVERBERE_BENCH_OPENDSM=/path/to/venv/bin/python python -m benchmarks.p8_building_savings

OpenDSM (about 1.2 GB installed) lives in an environment of its own:
``python -m venv V && V/bin/pip install opendsm 'multimethod<2'``. Without it the row has our own
time only, and says so.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.rows import Row
from benchmarks.towns import DAYS, WORKS, Meters, buildings
from twin.buildings.savings import BuildingSavings, building_savings

METERS = 4_000
SAMPLE = 60
REPEATS = 3
YARDSTICK = "REVERBERE_BENCH_OPENDSM"


def measure(meters: int = METERS, sample: int = SAMPLE) -> dict[str, float]:
    """Return seconds a meter of each way, and how far the savings are apart.

    Keys: ``ours_ms`` [ms/meter]; ``covered`` share of 90 % intervals that hold the truth; and where
    the yardstick is there ``opendsm_ms``, ``ratio``, ``apart_percent``: median difference of the
    savings, in per cent of consumption.
    """
    town = buildings(meters)
    found, seconds = _ours(town)
    true = town.saved.sum(axis=1)
    covered = (found.saving.low_kwh <= true) & (true <= found.saving.high_kwh)
    result = {"ours_ms": 1000 * seconds / meters, "covered": float(covered.mean())}
    python = os.environ.get(YARDSTICK)
    if python:
        adjusted, each = _opendsm(Path(python), town, sample)
        apart = np.abs(found.saving.adjusted_kwh[:sample] - adjusted)
        result["opendsm_ms"] = 1000 * each
        result["ratio"] = each / (seconds / meters)
        result["apart_percent"] = float(100 * np.median(apart / found.saving.adjusted_kwh[:sample]))
    return result


def _ours(town: Meters) -> tuple[BuildingSavings, float]:
    """Evaluate every meter at once; the best of some runs."""
    count = len(town.energy)
    best = np.inf
    for _ in range(REPEATS):
        began = time.perf_counter()
        found = building_savings(
            town.energy,
            town.temperature,
            DAYS,
            works_from=np.full(count, WORKS[0]),
            works_to=np.full(count, WORKS[1]),
        )
        best = min(best, time.perf_counter() - began)
    return found, best


def _opendsm(python: Path, town: Meters, sample: int) -> tuple[np.ndarray, float]:
    """Let OpenDSM's legacy model do a sample; its median second a meter, the first left out."""
    before, after = WORKS[0] > DAYS, WORKS[1] < DAYS
    energy = town.energy[:sample]
    with tempfile.TemporaryDirectory() as folder:
        meters, results = Path(folder) / "meters.npz", Path(folder) / "results.npz"
        np.savez(
            meters,
            days=DAYS,
            temperature_c=town.temperature,
            baseline=np.where(before, energy, np.nan),
            reporting=np.where(after, energy, np.nan),
        )
        script = Path(__file__).with_name("opendsm_legacy.py")
        subprocess.run([python, script, meters, results], check=True)
        done = np.load(results)
        return done["adjusted"], float(np.median(done["seconds"][1:]))


def rows() -> list[Row]:
    """Return the row of the table."""
    found = measure()
    what = f"savings of {METERS} building meters, 2 years of days"
    if "ratio" not in found:
        return [
            Row(
                "P8",
                what,
                found["ours_ms"],
                "ms/meter",
                target="≥ 1 000 × OpenDSM legacy",
                note=f"OpenDSM legacy not measured here: {YARDSTICK} names no environment",
            )
        ]
    return [
        Row(
            "P8",
            what,
            found["ours_ms"],
            "ms/meter",
            f"OpenDSM legacy, {found['opendsm_ms']:.0f} ms/meter",
            found["ratio"],
            "≥ 1 000 ×, same savings within 0.5 %",
            reached=found["ratio"] >= 1000 and found["apart_percent"] <= 0.5,
            note=f"savings {found['apart_percent']:.2f} % of consumption apart (median); "
            f"{100 * found['covered']:.0f} % of 90 % intervals hold the truth",
        )
    ]


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    found = measure(*map(int, arguments))
    for name, value in found.items():
        print(f"{name:16} {value:12,.4g}")
    if "ratio" not in found:
        print(f"OpenDSM legacy: not measured here ({YARDSTICK} names no environment)")


if __name__ == "__main__":
    main(sys.argv[1:])
