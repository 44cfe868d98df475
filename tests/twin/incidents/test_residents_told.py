"""Residents in documents that everybody may read: tens, and nothing of a handful of homes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.incidents.describe import LEAST_RESIDENTS, residents_told


@pytest.mark.parametrize(
    ("people", "told"),
    [
        (None, (None, False)),
        (0, (0, False)),
        (1, (None, True)),
        (24, (None, True)),
        (25, (20, False)),
        (137, (140, False)),
        (440_974, (440_970, False)),
    ],
)
def test_tens_are_told_and_small_numbers_withheld(people, told):
    assert residents_told(None if people is None else people * 1000) == told


@given(st.integers(0, 10**9), st.integers(0, 10**6))
def test_no_difference_of_two_areas_singles_out_a_household(thousandths, more):
    one, _ = residents_told(thousandths)
    both, _ = residents_told(thousandths + more)
    if one is not None and both is not None:
        assert (both - one) % 10 == 0
    people = round(thousandths / 1000)
    assert (one is None) == (0 < people < LEAST_RESIDENTS)
