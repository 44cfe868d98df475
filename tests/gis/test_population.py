import numpy as np
import polars as pl
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.population import cells_of, metres_in_cells, residents_thousandths
from twin.supply.ranges import apportion


def grid(side, count):
    """Square cells side by side."""
    return np.array([shapely.box(side * k, 0, side * (k + 1), side) for k in range(count)], object)


def test_a_point_is_in_its_cell_and_on_an_edge_in_the_first():
    points = np.array([[10.0, 10.0], [200.0, 50.0], [390.0, 10.0], [900.0, 0.0], [np.nan, 0.0]])
    assert cells_of(points, grid(200, 2)).tolist() == [0, 0, 1, -1, -1]
    assert cells_of(points[:0], grid(200, 2)).tolist() == []
    assert cells_of(points, grid(200, 0)).tolist() == [-1] * 5


def test_a_street_is_measured_in_each_cell_that_it_crosses():
    street = np.array([shapely.LineString([(100, 50), (260, 50)])], object)
    section, cell, length = metres_in_cells(street, grid(200, 3))
    assert (section.tolist(), cell.tolist(), length.tolist()) == ([0, 0], [0, 1], [10_000, 6_000])
    assert metres_in_cells(street, grid(200, 0))[0].tolist() == []


def test_nobody_counted_is_not_nobody_there():
    section = np.array([0, 0, 1, -1])
    unknown = residents_thousandths(section, pl.Series([None] * 4, dtype=pl.Float64), 2)
    assert unknown.to_list() == [None, None]
    some = residents_thousandths(section, pl.Series([1.5, None, None, 9.0]), 3)
    assert some.to_list() == [1500, 0, 0]


@given(st.lists(st.integers(0, 400_000), min_size=3, max_size=3), st.integers(0, 2**32 - 1))
def test_each_cell_keeps_its_sum_whatever_its_addresses(people, seed):
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 600, (20, 2)) * [1, 1 / 3]
    cell = cells_of(points, grid(200, 3))
    shares = apportion(np.array(people), cell.astype(np.int32), rng.integers(0, 5000, 20))
    for number in set(cell.tolist()) - {-1}:
        assert shares[cell == number].sum() == people[number]
