"""P21: drills. Every level of water at once, floods over time, N-1, the order of repairs.

The yardstick is our own headline of one flood at a time (P6): what a level curve replaces.
"""

import sys
from collections.abc import Sequence

import numpy as np

from benchmarks.reference_city import reference_city
from benchmarks.rows import Row, best_of, print_by_size
from twin.incidents.flood import Sites
from twin.incidents.outage import Outage
from twin.incidents.repair import repair_order, single_failures
from twin.incidents.what_if import LevelCurve, tripped_at
from twin.supply import Supply
from twin.supply.ranges import Floats

LIGHTS = 1_000_000
MEMBERS, STEPS = 1000, 96
SLOPE = 0.002
"""Ground rises by this much a metre away from the river."""


def run(lights: int = LIGHTS) -> list[Row]:
    """Measure; the rows of the table."""
    city = reference_city(lights)
    supply = city.supply()
    sites = _on_a_slope(supply, city.sites())
    build = best_of(3, lambda: LevelCurve.of(supply, sites))
    curve = LevelCurve.of(supply, sites)
    floods = _hydrographs(curve)
    for level in floods[0, ::16].tolist():  # the same as one outage at a time, before any timing
        assert int(curve.at(np.array(level)).lights) == _one(supply, sites, level).totals.lights
    ensemble = best_of(3, lambda: curve.over_time(floods))
    each = best_of(5, lambda: _one(supply, sites, float(floods[0, 48])).totals)
    level = best_of(200, lambda: curve.at(floods[0, 48]))
    failures = best_of(20, lambda: single_failures(supply))
    wet = _one(supply, sites, float(np.quantile(curve.device_level, 0.02)))
    repairs = best_of(3, lambda: repair_order(wet))
    size = f"{city.lights:,} lights".replace(",", " ")
    times = MEMBERS * STEPS
    return [
        Row("P21", f"every level of water laid out, {size}", build * 1000, "ms"),
        Row("P21", f"headline of one level, {size}", level * 1e6, "µs",
            "one outage", each / level),
        Row("P21", f"{MEMBERS} floods × {STEPS} steps, {size}", ensemble * 1000, "ms",
            "as many outages", times * each / ensemble,
            note=f"{times:,} headlines".replace(",", " ")),
        Row("P21", f"each of {len(supply):,} devices failing alone".replace(",", " "),
            failures * 1000, "ms"),
        Row("P21", f"order of {len(wet.out):,} repairs".replace(",", " "), repairs * 1000, "ms"),
    ]  # fmt: skip


def _one(supply: Supply, sites: Sites, level: float) -> Outage:
    return Outage(supply, tripped_at(sites, level))


def _on_a_slope(supply: Supply, flat: Sites) -> Sites:
    """Give every cabinet a ground that rises away from a river; feeders stand on none."""
    place = supply.place_of(flat.ids)
    dice = np.random.default_rng(9)
    plinth, ground = np.full(len(supply), np.nan), np.full(len(supply), np.nan)
    plinth[place] = flat.plinth_m
    ground[place] = 20 + SLOPE * dice.uniform(0, 20_000, len(place))
    return Sites(
        supply.device_id,
        x=np.full(len(supply), np.nan),
        y=np.full(len(supply), np.nan),
        plinth_m=plinth,
        source=["measured"] * len(supply),
        ground_m_ngf=ground,
    )


def _hydrographs(curve: LevelCurve) -> Floats:
    """Rising and falling levels that wet up to 8 % of the devices."""
    dice = np.random.default_rng(2)
    lowest, highest = np.quantile(curve.device_level, [0.0, 0.08])
    peak = dice.uniform(lowest, highest, (MEMBERS, 1))
    shape = np.sin(np.linspace(0, np.pi, STEPS))[None, :] ** 2
    return lowest - 0.5 + (peak - lowest + 0.5) * shape


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    print_by_size(arguments, __doc__, run, LIGHTS)


if __name__ == "__main__":
    main(sys.argv[1:])
