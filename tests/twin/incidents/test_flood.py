"""The trip rule: strict, the deepest polygon, edges covered, unknown plinths assumed and said."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from twin.incidents.flood import (
    ASSUMED_PLINTH_M,
    SOFTNESS_M,
    Sites,
    mean_trip_probability,
    trip_probability,
    trips,
)

NAN = float("nan")


def sites(x: list[float], plinth: list[float], source: list[str] | None = None) -> Sites:
    n = len(x)
    return Sites(
        np.arange(n),
        x=np.array(x),
        y=np.zeros(n),
        plinth_m=np.array(plinth),
        source=source or ["measured"] * n,
        ground_m_ngf=np.array([NAN, *[2.8] * (n - 1)]) if n else None,
    )


def boxes(*bounds: tuple[float, float]) -> np.ndarray:
    return np.array([shapely.box(a, -1, b, 1) for a, b in bounds], object)


def test_a_site_takes_the_deepest_of_overlapping_polygons_and_an_edge_counts_as_covered() -> None:
    found = sites([0, 1, 2, 3, 9], [0.3] * 5).depths(boxes((0, 2), (1, 3)), np.array([0.4, 0.9]))
    assert found.tolist() == [0.4, 0.9, 0.9, 0.9, 0.0]


def test_water_trips_a_cabinet_only_strictly_above_its_plinth() -> None:
    depth = np.array([0.0, 0.35, 0.3500001, 0.62])
    assert trips(depth, np.full(4, 0.35)).tolist() == [False, False, True, True]


def test_an_unknown_plinth_is_assumed_and_said_instead_of_staying_dry_for_ever() -> None:
    wet = sites([0, 1], [NAN, 0.3], ["unknown", "plan"])
    assert wet.plinth_m.tolist() == [ASSUMED_PLINTH_M, 0.3]
    assert wet.source.tolist() == ["assumed", "plan"]
    assert trips(np.array([0.21]), np.array([NAN])).tolist() == [True]
    assert wet.tripped(boxes((0, 1)), np.array([0.21])).tolist() == [0]


def test_a_site_whose_place_nobody_wrote_down_is_neither_wet_nor_dry() -> None:
    found = sites([NAN, 0], [0.3, 0.3])
    depth = found.depths(boxes((-1, 1)), np.array([1.0]))
    assert np.isnan(depth[0])
    assert depth[1] == 1.0
    assert trips(depth, found.plinth_m).tolist() == [False, True]


def test_a_level_above_the_ground_of_the_site_replaces_the_painted_depth() -> None:
    found = sites([0, 1], [0.3, 0.3])  # the ground is known at the second only: 2.80 m NGF
    depth = found.depths(boxes((0, 1)), np.array([0.5]), np.array([3.42]))
    assert depth.tolist() == pytest.approx([0.5, 0.62])


def test_without_polygons_everything_is_dry() -> None:
    assert sites([0, 1], [0.3, 0.3]).depths(boxes(), np.empty(0)).tolist() == [0, 0]
    assert not len(sites([], []).tripped(boxes((0, 1)), np.array([1.0])))


@given(
    st.floats(0.001, 5),
    st.floats(0, 3),
    st.sampled_from(sorted(SOFTNESS_M.values())),
)
def test_the_soft_rule_exceeds_one_half_exactly_where_the_hard_rule_trips(
    depth: float, plinth: float, softness: float
) -> None:
    d, p = np.array([depth]), np.array([plinth])
    soft = trip_probability(d, p, softness)[0]
    assert 0 <= soft <= 1
    if abs(depth - plinth) > 1e-9:
        assert (soft > 0.5) == trips(d, p)[0]
        assert trip_probability(d, p, 0.0)[0] == float(trips(d, p)[0])


def test_hand_solved_probabilities() -> None:
    # 62 cm on a measured plinth of 35 cm: 1 / (1 + exp(-0.27 / 0.03)) = 0.99988
    assert trip_probability(np.array([0.62]), np.array([0.35]), 0.03)[0] == pytest.approx(
        0.999877, abs=1e-6
    )
    assert trip_probability(np.array([0.0]), np.array([0.0]), 0.03)[0] == 0  # dry is dry
    mean = mean_trip_probability(np.array([0.3]), np.array([0.2, 0.4]), 0.05)
    assert mean[0] == pytest.approx(0.5)  # symmetric around the depth
