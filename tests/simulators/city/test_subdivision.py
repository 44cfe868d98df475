import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.city.geometry import Line, area, box_of, halves, inset
from simulators.city.subdivision import NO_STREET, Face, Subdivision

SQUARE = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]


def _map(snap_m: float = 10.0) -> tuple[Subdivision, Face]:
    subdivision = Subdivision(snap_m)
    ring = [subdivision.add_point(point) for point in SQUARE]
    return subdivision, Face(ring, [NO_STREET] * 4)


def test_a_chord_cuts_a_square_in_two_halves_that_share_its_ends() -> None:
    subdivision, face = _map()
    parts = subdivision.split(face, Line((50.0, 0.0), (0.0, 1.0)), "rue", 10.0)
    assert parts is not None
    assert [area(subdivision.coordinates(part)) for part in parts] == [5000.0, 5000.0]
    assert len(set(parts[0].ring) & set(parts[1].ring)) == 2


def test_a_second_street_ends_in_the_junction_that_its_neighbour_made() -> None:
    subdivision, face = _map()
    parts = subdivision.split(face, Line((50.0, 0.0), (0.0, 1.0)), "rue", 10.0)
    assert parts is not None
    first = subdivision.split(parts[0], Line((0.0, 40.0), (1.0, 0.0)), "rue", 10.0)
    second = subdivision.split(parts[1], Line((0.0, 45.0), (1.0, 0.0)), "rue", 10.0)
    assert first
    assert second
    on_the_middle_street = {vertex for _, vertex in subdivision.paths[0].vertices}
    crossing = [v for v in on_the_middle_street if subdivision.points[v][1] not in (0.0, 100.0)]
    assert len(crossing) == 1
    assert all(crossing[0] in subdivision.paths[k].along for k in (0, 1, 2))


def test_a_sliver_is_refused() -> None:
    subdivision, face = _map(snap_m=1.0)
    assert subdivision.split(face, Line((2.0, 0.0), (0.0, 1.0)), "rue", 500.0) is None


@given(share=st.floats(0.1, 0.9), turn=st.floats(-0.5, 0.5))
def test_halves_keep_the_area(share: float, turn: float) -> None:
    parts = halves(SQUARE, box_of(SQUARE).across(share, turn))
    assert parts is not None
    assert sum(map(area, parts)) == pytest.approx(10_000.0)


def test_an_inset_square_loses_each_side_its_own_width() -> None:
    assert area(inset(SQUARE, [10.0, 20.0, 10.0, 20.0])) == pytest.approx(80.0 * 60.0)


def test_the_box_of_a_turned_rectangle_has_its_lengths() -> None:
    turned = np.array([(0, 0), (40, 0), (40, 10), (0, 10)]) @ np.array([[0.8, 0.6], [-0.6, 0.8]])
    box = box_of([(float(x), float(y)) for x, y in turned])
    assert (box.length, box.width) == pytest.approx((40.0, 10.0))
