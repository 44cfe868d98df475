import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulators.city.grouping import balanced_groups
from simulators.city.lines import share_out


@given(
    places=st.integers(1, 60),
    groups=st.integers(1, 12),
    seed=st.integers(0, 1000),
)
def test_every_group_has_somebody_and_labels_are_dense(places: int, groups: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = balanced_groups(rng.normal(size=(places, 2)), rng.integers(1, 5, places) * 1.0, groups)
    assert set(labels) == set(range(min(places, groups)))


def test_equal_weights_on_a_line_are_cut_into_equal_neighbours() -> None:
    xy = np.column_stack([np.arange(12.0), np.zeros(12)])
    labels = balanced_groups(xy, np.ones(12), 3)
    assert [sorted(np.flatnonzero(labels == k)) for k in sorted(set(labels))] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
    ]


@given(
    weights=st.lists(st.floats(0, 1e3), min_size=1, max_size=40).filter(lambda w: sum(w) > 1e-3),
    total=st.integers(0, 5000),
)
def test_shares_are_whole_add_up_and_are_never_more_than_one_off(
    weights: list[float], total: int
) -> None:
    array = np.array(weights)
    shares = share_out(array, total)
    assert shares.sum() == total
    assert (np.abs(shares - array / array.sum() * total) < 1 + 1e-6).all()
