"""Which features a question asks for, by column at once; pages by key, so that none is seen twice.

A page starts after the code at which the one before ended. Things that come and go between two
pages shift nothing: what stands all the while is given exactly once.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from control_center.open_data.holdings import Held
from control_center.open_data.instants import Interval
from control_center.open_data.query import Query, Value


@dataclass(frozen=True, slots=True)
class Page:
    """One page of features.

    Attributes
    ----------
    numbers : int64[n]
        Rows of the layer, in order.
    matched : int
        Features of all pages together.
    following : str
        Code after which the next page starts; empty after the last one.
    """

    numbers: NDArray[np.int64]
    matched: int
    following: str


def select(held: Held, query: Query) -> Page:
    """Return the page that a question asks for."""
    wanted = np.ones(held.rows.height, dtype=bool)
    if query.equal or query.interval:
        wanted &= _told(held, query)
    if query.area is not None:
        wanted &= _within(held, query.area, wanted)
    matched = np.flatnonzero(wanted)
    rest = matched
    if query.cursor:
        after = int(held.rows.select((pl.col("code") <= query.cursor).sum()).item())
        rest = matched[np.searchsorted(matched, after) :]
    numbers = rest[: query.limit]
    more = len(rest) > len(numbers)
    last = str(held.rows["code"][int(numbers[-1])]) if more else ""
    return Page(numbers.astype(np.int64), len(matched), last)


def row_of(held: Held, code: str, interval: Interval | None = None) -> int | None:
    """Return the row of a feature, None where there is none of that code, or not then."""
    found = int(held.rows["code"].search_sorted(code))
    there = found < held.rows.height and held.rows["code"][found] == code
    if not there:
        return None
    if interval is not None:
        tests = _during(held, interval)
        holds = held.rows[found : found + 1].select(pl.all_horizontal(tests)).item()
        return found if holds else None
    return found


def _told(held: Held, query: Query) -> NDArray[np.bool_]:
    """Look at values and times."""
    tests = [_one_of(name, values) for name, values in query.equal.items()]
    if query.interval is not None:
        tests += _during(held, query.interval)
    if not tests:
        return np.ones(held.rows.height, dtype=bool)
    return held.rows.select(pl.all_horizontal(tests)).to_series().to_numpy()


def _one_of(name: str, values: tuple[Value, ...]) -> pl.Expr:
    if isinstance(values[0], str):
        return pl.col(name).cast(pl.String).is_in(values).fill_null(value=False)
    return pl.any_horizontal(pl.col(name) == value for value in values).fill_null(value=False)


def _during(held: Held, interval: Interval) -> list[pl.Expr]:
    """Compare two intervals; a feature without any time holds at all times.

    Live state holds to its last instant included; a version of what stands ends where the next one
    begins.
    """
    start, end = interval
    first, last = held.collection.starts, held.collection.ends
    tests = []
    if end is not None:
        tests.append((pl.col(first) <= pl.lit(end)).fill_null(value=True))
    if start is not None and last:
        until = pl.col(last)
        holds = until >= pl.lit(start) if held.collection.live else until > pl.lit(start)
        tests.append(holds.fill_null(value=True))
    return tests


def _within(held: Held, area: BaseGeometry, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Look at places: boxes first, then what they cannot tell."""
    box = shapely.box(*area.bounds)
    west, south, east, north = area.bounds
    bounds = held.bounds
    with np.errstate(invalid="ignore"):
        near = (
            (bounds[:, 0] <= east)
            & (bounds[:, 2] >= west)
            & (bounds[:, 1] <= north)
            & (bounds[:, 3] >= south)
        )
    exact = held.collection.geometry in ("line", "area") or not shapely.equals(area, box)
    if exact:
        doubtful = np.flatnonzero(near & among)
        shapely.prepare(area)
        near[doubtful] = shapely.intersects(area, held.geometries(doubtful.astype(np.int64)))
    return np.asarray(near, dtype=bool)
