"""P17: the topology of a million lights: links resolved, laid out, one of them changed.

Three steps. *Resolve*: the codes of the register become links, with cycles, orphans and two parents
found (``gis.topology``). *Lay out*: links become intervals and prefix sums (``twin.supply``); this
is what an edit would cost without ``twin.supply.edit``. *Edit*: one light on another device, one
feeder under another cabinet, each anywhere in the city; equal to laying out anew, which is checked.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import polars as pl

from benchmarks.reference_city import SPACING_M, ReferenceCity, reference_city
from benchmarks.rows import Row, best_of, print_by_size
from gis.geometry import Coordinates
from gis.likely_cabinets import likely_cabinets
from gis.register import REFERENCE_COLUMNS, SUPPLIES
from gis.topology import Topology, build_topology
from twin.supply import Supply
from twin.supply.edit import with_device_under, with_light_on

LIGHTS = 1_000_000
TIMES = 5
REBUILD_S, EDIT_MS = 1.0, 25.0
EDITS = 20


def run(lights: int = LIGHTS) -> list[Row]:
    """Measure; the rows of the table."""
    city = reference_city(lights)
    size = f"{city.lights:,} lights".replace(",", " ")
    big = city.lights >= 0.99 * LIGHTS
    nodes, places = _register(city)
    topology: list[Topology] = []
    resolve = best_of(3, lambda: topology.append(build_topology(nodes, places)))
    assert _links(topology[0]) == city.lights + int((city.parent >= 0).sum())
    supply = city.supply()
    rows = [
        _row(f"links resolved from the register, {size}", resolve, "s", REBUILD_S, big=big),
        _row(
            f"layout rebuilt from links, {size}",
            best_of(TIMES, city.supply),
            "s",
            REBUILD_S,
            big=big,
        ),
    ]
    for what, edit, anew in (_light_edits(city, supply), _feeder_edits(city, supply)):
        assert np.array_equal(edit(0).light_id, anew.light_id)
        assert np.array_equal(edit(0).last_light, anew.last_light)
        took = [best_of(3, partial(edit, k)) * 1000 for k in range(EDITS)]
        rows.append(_row(f"{what}, {size}", float(np.median(took)), "ms", EDIT_MS, big=big))
    known = np.flatnonzero(~np.isnan(places[:, 0]))
    stand, sites = known[known >= len(city.parent)], known[known < len(city.parent)]
    guess = best_of(1, lambda: likely_cabinets(places[stand], places[sites]))
    rows.append(_row(f"all cabinets hidden and inferred, {size}", guess, "s", None, big=big))
    return rows


def _row(what: str, value: float, unit: str, limit: float | None, *, big: bool) -> Row:
    return Row(
        bar="P17",
        what=what,
        value=value,
        unit=unit,
        target="" if limit is None else f"≤ {limit:g} {unit}",
        reached=value <= limit if big and limit is not None else None,
    )


def _links(topology: Topology) -> int:
    return topology.links.filter(pl.col("role") == SUPPLIES).height


def _register(city: ReferenceCity) -> tuple[pl.DataFrame, Coordinates]:
    """Write a city as its register would: things with codes, and the codes of what feeds them."""
    n, m, sites = len(city.parent), city.lights, len(city.site_x)
    substations = int((city.parent < 0).sum())
    parent = np.concatenate([city.parent, city.light_device])
    thing = np.arange(n + m)
    named = pl.Series(parent).cast(pl.String)
    below_cabinet = (thing >= substations) & (thing < sites) & (parent >= substations)
    masks = {
        "parent_cabinet": below_cabinet,
        "substation": (thing >= substations) & (thing < sites) & ~below_cabinet,
        "cabinet": (thing >= sites) & (thing < n),
        "feeder": thing >= n,
    }
    nothing = np.zeros(n + m, np.bool_)
    kinds = pl.Series(["substation", "cabinet", "feeder", "streetlight"])
    bounds = np.array([substations, sites, n])
    nodes = pl.DataFrame(
        {
            "asset_id": thing,
            "kind": kinds.gather(np.searchsorted(bounds, thing, "right")),
            "code": pl.Series(thing).cast(pl.String),
            **{
                column: pl.select(
                    pl.when(pl.Series(masks.get(column, nothing))).then(named)
                ).to_series()
                for column in REFERENCE_COLUMNS
            },
        }
    )
    places = np.full((n + m, 2), np.nan)
    places[:sites] = np.stack([city.site_x, city.site_y], axis=1)
    row, column = np.divmod(np.arange(m), city.side)
    places[n:] = np.stack([column, row], axis=1) * SPACING_M
    return nodes, places


Edits = tuple[str, Callable[[int], Supply], Supply]


def _light_edits(city: ReferenceCity, supply: Supply) -> Edits:
    """Lights hung on feeders anywhere, and the first such change laid out anew."""
    random = np.random.default_rng(1)
    light = random.integers(0, city.lights, EDITS)
    device = city.light_device[random.integers(0, city.lights, EDITS)]
    street = city.street[supply.light_id]
    changed = city.light_device.copy()
    changed[light[0]] = device[0]
    anew = _laid_out(city, city.parent, changed)

    def edit(k: int) -> Supply:
        return with_light_on(supply, int(light[k]), int(device[k]), street)

    return "one light hung on another feeder", edit, anew


def _feeder_edits(city: ReferenceCity, supply: Supply) -> Edits:
    """Feeders hung under cabinets anywhere, and the first such change laid out anew."""
    random = np.random.default_rng(2)
    sites, n = len(city.site_x), len(city.parent)
    feeder = random.integers(sites, n, EDITS)
    cabinet = city.parent[random.integers(sites, n, EDITS)]
    changed = city.parent.copy()
    changed[feeder[0]] = cabinet[0]
    anew = _laid_out(city, changed, city.light_device)

    def edit(k: int) -> Supply:
        return with_device_under(supply, int(feeder[k]), int(cabinet[k]))

    return "one feeder hung under another cabinet", edit, anew


def _laid_out(city: ReferenceCity, parent: np.ndarray, light_device: np.ndarray) -> Supply:
    return Supply.build(
        np.arange(len(parent), dtype=np.int64),
        parent,
        np.arange(city.lights, dtype=np.int64),
        light_device,
        cm=city.cm,
        residents=city.residents,
        group=city.street,
    )


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    print_by_size(arguments, __doc__, run, LIGHTS)


if __name__ == "__main__":
    main(sys.argv[1:])
