"""P6: headline numbers of a flood in a country: eleven million lights, all of France's.

The state is what the answer needs: the network in preorder with its prefix sums, and the index of
sites. Its size is what the process holds once everything else has been let go.
"""

import gc
import sys
from collections.abc import Sequence

import numpy as np
import psutil

from benchmarks.reference_city import ReferenceCity, local_flood, reference_city, river_flood
from benchmarks.rows import Row, best_of, print_by_size
from twin.incidents.outage import Outage, Totals
from twin.supply.ranges import Flags, Longs

LIGHTS = 11_000_000
TIMES = 40
LIMIT_MS, LIMIT_GB = 20.0, 1.5


def run(lights: int = LIGHTS) -> list[Row]:
    """Measure; the rows of the table."""
    before = _held_gb()
    city = reference_city(lights)
    supply, sites = city.supply(), city.sites()
    floods = {
        "1 % of the country, 100 polygons": river_flood(city, share=0.01),
        "8 % of the country, 100 polygons": river_flood(city, share=0.08),
        "2 km² somewhere": local_flood(city),
    }
    place = supply.place_of(sites.ids)

    def headline(name: str) -> Totals:
        shapes, depth = floods[name]
        return Outage(supply, place[sites.tripped(shapes, depth)]).totals

    for name, flood in floods.items():  # the same by plain masks, before any timing
        dark = _dark(city, sites.tripped(*flood))
        found = headline(name)
        assert found.lights == int(dark.sum())
        assert found.residents_thousandths == int(city.residents[dark].sum())
    count = city.lights
    del city, dark
    gc.collect()
    held = _held_gb() - before
    big = count >= 0.99 * LIGHTS
    size = f"{count:,} lights".replace(",", " ")
    rows = [
        Row(
            bar="P6",
            what=f"headline numbers, {size}, flood of {name}",
            value=(took := best_of(TIMES, lambda name=name: headline(name)) * 1000),
            unit="ms",
            target=f"≤ {LIMIT_MS:g} ms",
            reached=took <= LIMIT_MS if big else None,
            note=f"{headline(name).lights:,} lights dark".replace(",", " "),
        )
        for name in floods
    ]
    rows.append(
        Row(
            bar="P6",
            what=f"memory held for headline numbers, {size}",
            value=held,
            unit="GB",
            target=f"≤ {LIMIT_GB:g} GB",
            reached=held <= LIMIT_GB if big else None,
            note="resident memory once the inputs are let go",
        )
    )
    return rows


def _dark(city: ReferenceCity, tripped: Longs) -> Flags:
    """Dark lights by masks as long as the country."""
    out = np.zeros(len(city.parent), np.bool_)
    out[tripped] = True
    up = city.parent
    while (up >= 0).any():
        out |= np.where(up >= 0, out[up], False)
        up = np.where(up >= 0, up[up], -1)
    dark: Flags = out[city.light_device]
    return dark


def _held_gb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e9


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    print_by_size(arguments, __doc__, run, LIGHTS)


if __name__ == "__main__":
    main(sys.argv[1:])
