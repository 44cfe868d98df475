"""P7: the exact posterior of every device from scattered evidence, on a million lights.

A night with failed cabinets and feeders; one light in ten reports, one lamp in fifty is out by
itself. Before timing, one more report is checked to give what all reports at once give.
"""

import sys
from collections.abc import Sequence
from itertools import cycle

import numpy as np

from benchmarks.reference_city import reference_city
from benchmarks.rows import Row, best_of, print_by_size
from twin.incidents.common_cause import DARK_WEIGHT, LAMP_FAILURE, LIT_WEIGHT
from twin.incidents.diagnosis import Diagnosis
from twin.supply import Supply
from twin.supply.ranges import Flags, Floats

LIGHTS = 1_000_000
FULL_MS, ONE_MS = 40.0, 2.0
TIMES = 25


def run(lights: int = LIGHTS) -> list[Row]:
    """Measure; the rows of the table."""
    supply = reference_city(lights).supply()
    prior, weight, dark = _night(supply)
    diagnosis = Diagnosis(supply, prior, weight)
    found = diagnosis.posterior()
    claimed = _below(supply, found.dead >= 0.5)
    precision = float((claimed & dark).sum() / max(claimed.sum(), 1))
    recall = float((claimed & dark).sum() / max(dark.sum(), 1))
    _check(supply, prior, weight)
    full = best_of(TIMES, lambda: Diagnosis(supply, prior, weight).posterior()) * 1000
    ranks = cycle(np.random.default_rng(5).integers(0, len(weight), 10_000).tolist())

    def one_report() -> float:
        rank = next(ranks)
        diagnosis.add(rank, DARK_WEIGHT)
        return diagnosis.dead(int(supply.light_device[rank]))

    one = best_of(2_000, one_report) * 1000
    big = len(weight) >= 0.99 * LIGHTS
    lamps, devices = (f"{count:,}".replace(",", " ") for count in (len(weight), len(supply)))
    size = f"{lamps} lights on {devices} devices"
    return [
        Row(
            bar="P7",
            what=f"exact posterior of every device, and the likeliest set, {size}",
            value=full,
            unit="ms",
            target=f"≤ {FULL_MS:g} ms",
            reached=full <= FULL_MS if big else None,
            note=f"of the dark lights {recall:.0%} found, {precision:.0%} of those named are dark",
        ),
        Row(
            bar="P7",
            what=f"one more report, and what it says of its device, {size}",
            value=one,
            unit="ms",
            target=f"≤ {ONE_MS:g} ms",
            reached=one <= ONE_MS if big else None,
        ),
    ]


def _night(supply: Supply, seed: int = 2) -> tuple[Floats, Floats, Flags]:
    """Priors, weights of the reports, and which lights are dark for want of supply."""
    random = np.random.default_rng(seed)
    n, m = len(supply), len(supply.light_id)
    prior = np.full(n, 0.001)
    dark = _below(supply, random.random(n) < prior)
    out = dark | (random.random(m) < LAMP_FAILURE)
    told = random.random(m) < 0.1
    weight = np.where(told, np.where(out, DARK_WEIGHT, LIT_WEIGHT), 0.0)
    return prior, weight, dark


def _below(supply: Supply, device: Flags) -> Flags:
    """Lights below some devices."""
    dead = device.copy()
    for places in supply.levels[1:]:
        dead[places] |= dead[supply.parent[places]]
    lights: Flags = dead[supply.light_device]
    return lights


def _check(supply: Supply, prior: Floats, weight: Floats) -> None:
    told = int(np.flatnonzero(weight)[0])
    without = weight.copy()
    without[told] = 0.0
    later = Diagnosis(supply, prior, without)
    later.add(told, float(weight[told]))
    at_once = Diagnosis(supply, prior, weight).posterior().dead
    assert np.allclose(later.posterior().dead, at_once, atol=1e-9)


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    print_by_size(arguments, __doc__, run, LIGHTS)


if __name__ == "__main__":
    main(sys.argv[1:])
