"""P27: feeders learnt from events, in the simulated town, against the wiring as it is.

The register names the cabinet of every light and the feeder of some. Feeders trip, whole cabinets
fail, lamps go out by themselves; some lights report every quarter of an hour, a report in twenty is
lost. What is written (0.8 and more, moved twice) is held against the truth, and what was said
beside what was right.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.rows import Row, print_by_size
from control_center.learning import FEEDER_FROM, LEAST_MOMENTS
from gis.register import REGISTER_CONFIDENCE
from simulators.city.town import draw_town
from twin.supply.feeders import learn_feeders
from twin.supply.learning import Choices
from twin.supply.moments import SECOND, Reports, shown_by
from twin.supply.ranges import Flags, Floats, Longs

LIGHTS, NIGHTS, WATCHED, LOST, ON_RECORD = 5_000, 30, 0.4, 0.05, 0.25
OWN_FAULTS = 0.3
SCENES = ((1, 1), (2, 1), (4, 2))
_HOUR = 3600 * SECOND
_EVERY = 900 * SECOND
_BANDS = (0.0, 0.5, 0.8, 0.9, 0.96, 1.01)


@dataclass(frozen=True, slots=True)
class Wiring:
    """The truth: feeder of each light, cabinet of each feeder."""

    feeder: Longs
    site_of: Longs


def run(lights: int = LIGHTS) -> list[Row]:
    """Measure; the rows of the table."""
    supply = draw_town(7, lights).supply
    wiring = Wiring(supply.light_feeder.astype(np.int64), supply.feeder_cabinet.astype(np.int64))
    return [row for trips, outages in SCENES for row in _scene(wiring, trips, outages)]


def _scene(wiring: Wiring, trips: int, outages: int) -> list[Row]:
    rng = np.random.default_rng(27)
    count = len(wiring.feeder)
    said = np.where(rng.random(count) < ON_RECORD, wiring.feeder, -1)
    reports = _reports(rng, wiring, trips, outages)
    cabinets = Choices(
        np.arange(count), wiring.site_of[wiring.feeder], np.full(count, REGISTER_CONFIDENCE)
    )
    shown = shown_by(reports, np.full(count, 900.0))
    asked, found = learn_feeders(cabinets, shown, wiring.site_of, said, known=REGISTER_CONFIDENCE)
    order = np.lexsort((found.probability, asked.thing))
    best = order[np.append(np.diff(asked.thing[order]) > 0, True)]
    best = best[(said[asked.thing[best]] < 0) & np.isin(asked.thing[best], reports.thing)]
    right = asked.device[best] == wiring.feeder[asked.thing[best]]
    sure, moved = found.probability[best], found.moments[asked.thing[best]] >= LEAST_MOMENTS
    told = moved & (sure >= FEEDER_FROM)
    scene = f"trips a feeder: {trips}, outages a cabinet: {outages}"
    written = Row("P27", f"feeders written; {scene}", 100 * float(told.mean()), "%",
                  note=f"of {len(best)} watched lights without a feeder on record; "
                  + _bands(sure, right))  # fmt: skip
    if not told.any():
        return [written]
    share = float(right[told].mean())
    return [written, Row("P27", f"of them right; {scene}", 100 * share, "%",
                         target="≥ 95 %", reached=share >= 0.95)]  # fmt: skip


def _bands(sure: Floats, right: Flags) -> str:
    parts = []
    for low, high in pairwise(_BANDS):
        some = (sure >= low) & (sure < high)
        if some.any():
            said, held = sure[some].mean(), right[some].mean()
            parts.append(f"said {said:.2f}, right {held:.2f} ({some.sum()})")
    return "; ".join(parts)


def _reports(rng: np.random.Generator, wiring: Wiring, trips: int, outages: int) -> Reports:
    trip, outage = (
        _spells(rng, number, of)
        for number, of in ((trips, len(wiring.site_of)), (outages, int(wiring.site_of.max()) + 1))
    )
    things, at, on = [], [], []
    for light in np.flatnonzero(rng.random(len(wiring.feeder)) < WATCHED):
        feeder = wiring.feeder[light]
        heard = np.arange(rng.integers(0, 900) * SECOND, NIGHTS * 24 * _HOUR, _EVERY)
        heard = heard[rng.random(len(heard)) > LOST]
        dead = _within(heard, trip, feeder) | _within(heard, outage, wiring.site_of[feeder])
        if rng.random() < OWN_FAULTS:
            dead |= _within(heard, _spells(rng, 1, 1), 0)
        things.append(np.full(len(heard), light))
        at.append(heard)
        on.append(~dead)
    return Reports.of(np.concatenate(things), np.concatenate(at), np.concatenate(on))


def _spells(rng: np.random.Generator, number: int, of: int) -> tuple[Longs, Longs]:
    start = rng.integers(0, NIGHTS * 24 * 3600, (number, of)) * SECOND
    return start, start + rng.integers(900, 5000, start.shape) * SECOND


def _within(heard: Longs, spells: tuple[Longs, Longs], device: int) -> Flags:
    start, end = spells
    return np.asarray(
        ((start[:, device, None] < heard) & (heard <= end[:, device, None])).any(axis=0)
    )


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    print_by_size(arguments, __doc__, run, LIGHTS)


if __name__ == "__main__":
    main(sys.argv[1:])
