"""P5: the full answer to a flood on a million lights, beside two complete other ways.

All three must agree to the last checksum before anything is timed. ``--lights`` changes the size.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.flood_yardsticks import Answer, Graph, Masks, answer_of
from benchmarks.reference_city import (
    around,
    local_flood,
    reference_city,
    river_flood,
    surroundings,
)
from benchmarks.rows import Row, best_of
from twin.incidents.flood import Shapes
from twin.incidents.impact import Impact, impact
from twin.incidents.outage import Outage, Totals
from twin.supply.ranges import Floats

LIGHTS = 1_000_000
TIMES = 25
IN_A_ROW = 4
GRAPH_TIMES = 6


class Bench:
    """A city with our layout and the plain one.

    Parameters
    ----------
    lights : int
        About how many.
    """

    def __init__(self, lights: int) -> None:
        self.city = reference_city(lights)
        self.around = around(self.city)
        self.supply = self.city.supply()
        self.surroundings = surroundings(self.city, self.supply, self.around)
        self.sites = self.city.sites()
        self.place = self.supply.place_of(self.sites.ids)
        self.masks = Masks(self.city, self.around)

    def full(self, shapes: Shapes, depth_m: Floats) -> Impact:
        """Our full answer."""
        out = np.sort(self.place[self.sites.tripped(shapes, depth_m)])
        found = impact(self.supply, self.surroundings, out)
        assert len(found.outage.proximate) == len(found.outage.root)  # the causes of each light
        return found

    def headline(self, shapes: Shapes, depth_m: Floats) -> Totals:
        """Our headline numbers alone."""
        return Outage(self.supply, self.place[self.sites.tripped(shapes, depth_m)]).totals

    def answer(self, shapes: Shapes, depth_m: Floats) -> Answer:
        """Our full answer, to compare."""
        return answer_of(self.supply, self.full(shapes, depth_m), self.around.crossings)


def run(lights: int = LIGHTS, *, graph: bool = True) -> list[Row]:
    """Measure; the rows of the table."""
    bench = Bench(lights)
    flood, local = river_flood(bench.city), local_flood(bench.city)
    for shapes, depth in (flood, local):
        _same(bench.answer(shapes, depth), bench.masks.answer(shapes, depth), "numpy masks")
    size = f"{bench.city.lights:,} lights".replace(",", " ")
    judged = bench.city.lights >= 0.99 * LIGHTS
    rows = [
        _row(
            f"full answer to a flood, {size}",
            lambda: bench.full(*flood),
            ("numpy masks + STRtree", lambda: bench.masks.answer(*flood)),
            0.25 if judged else None,
        ),
        _headline(bench, flood, size),
        _row(
            f"full answer to a flood of 2 km², {size}",
            lambda: bench.full(*local),
            ("numpy masks + STRtree", lambda: bench.masks.answer(*local)),
        ),
    ]
    if graph:
        rows.insert(0, _graph(bench, flood, f"full answer to a flood, {size}"))
    return rows


def _graph(bench: Bench, flood: tuple[Shapes, Floats], what: str) -> Row:
    other = Graph(bench.city, bench.around)
    _same(bench.answer(*flood), other.answer(*flood), "networkx")
    ours, took = _together(
        lambda: bench.full(*flood), lambda: other.answer(*flood), GRAPH_TIMES, theirs_in_a_row=1
    )
    ratio = took / ours
    return Row(
        bar="P5",
        what=what,
        value=ours * 1000,
        unit="ms",
        yardstick=f"geopandas.sjoin + networkx.descendants: {took * 1000:.0f} ms",
        ratio=ratio,
        target="≥ 40 × as fast",
        reached=ratio >= 40 if bench.city.lights >= 0.99 * LIGHTS else None,
    )


def _headline(bench: Bench, flood: tuple[Shapes, Floats], size: str) -> Row:
    found, plain = bench.headline(*flood), bench.masks.headline(*flood)
    assert (found.lights, found.attributed_cm, found.residents_thousandths) == plain
    return _row(
        f"headline only (lights, metres, residents), {size}",
        lambda: bench.headline(*flood),
        ("numpy masks, headline only", lambda: bench.masks.headline(*flood)),
    )


def _row(
    what: str,
    ours: Callable[[], object],
    other: tuple[str, Callable[[], object]],
    limit: float | None = None,
) -> Row:
    name, plain = other
    mine, theirs = _together(ours, plain, TIMES)
    ratio = mine / theirs
    return Row(
        bar="P5",
        what=what,
        value=mine * 1000,
        unit="ms",
        yardstick=f"{name}: {theirs * 1000:.2f} ms",
        ratio=ratio,
        target="" if limit is None else f"≤ {limit} ×",
        reached=None if limit is None else ratio <= limit,
    )


def _together(
    ours: Callable[[], object],
    other: Callable[[], object],
    times: int,
    theirs_in_a_row: int = IN_A_ROW,
) -> tuple[float, float]:
    """Time two ways in turn, so that whatever else the machine does disturbs both alike. [s]

    Each turn runs a way a few times in a row: the first finds the other's data in the caches.
    """
    best = [float("inf"), float("inf")]
    for _ in range(times):
        for k, (work, in_a_row) in enumerate(((ours, IN_A_ROW), (other, theirs_in_a_row))):
            best[k] = min(best[k], best_of(in_a_row, work))
    return best[0], best[1]


def _same(ours: Answer, other: Answer, name: str) -> None:
    assert ours == other, f"the answers differ from those of {name}: {ours} != {other}"


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lights", type=int, default=LIGHTS)
    parser.add_argument("--no-graph", action="store_true", help="leave networkx out")
    asked = parser.parse_args(arguments)
    for row in run(asked.lights, graph=not asked.no_graph):
        print(row)


if __name__ == "__main__":
    main(sys.argv[1:])
