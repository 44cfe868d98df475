"""One row of the table: what was measured, beside which yardstick, against which bar."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement.

    Attributes
    ----------
    bar : str
        Number of the bar, e.g. ``P5``.
    what : str
        What was measured, on what.
    value : float
        The figure, in ``unit``.
    unit : str
        E.g. ``ms``.
    yardstick : str
        What it is compared with, in the same run; empty for an absolute bar.
    ratio : float or None
        How it compares; the target says which way round.
    target : str
        The bar as text, e.g. ``≥ 40 ×``.
    reached : bool or None
        Whether the bar is reached; None where it sets none, or could not be measured.
    note : str
        Where the time goes, or why nothing could be measured.
    """

    bar: str
    what: str
    value: float
    unit: str
    yardstick: str = ""
    ratio: float | None = None
    target: str = ""
    reached: bool | None = None
    note: str = ""


def best_of(times: int, work: Callable[[], object]) -> float:
    """Return the shortest of several runs: the one that others disturbed least. [s]"""
    best = float("inf")
    for _ in range(times):
        began = perf_counter()
        work()
        best = min(best, perf_counter() - began)
    return best


def print_by_size(
    arguments: Sequence[str],
    description: str | None,
    run: Callable[[int], Iterable[Row]],
    lights: int,
) -> None:
    """Measure a city of so many lights (``--lights``), and print the rows."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--lights", type=int, default=lights)
    for row in run(parser.parse_args(arguments).lights):
        print(row)
