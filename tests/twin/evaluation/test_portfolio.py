"""A town's total: both bounds, and what has no figure stays out of every sum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.evaluation.portfolio import total


def test_three_and_four_make_five_if_independent_and_seven_if_not():
    town = total(np.array([100.0, 80.0]), np.array([60.0, 50.0]), np.array([3.0, 4.0]))
    assert (town.saving_kwh, town.independent_kwh, town.conservative_kwh) == (70, 5, 7)


def test_a_refused_meter_is_in_no_sum():
    town = total(np.array([100.0, np.nan]), np.array([60.0, 50.0]), np.array([3.0, np.nan]))
    assert (town.meters, town.saving_kwh, town.measured_kwh) == (1, 40, 60)


def test_no_meter_at_all_is_a_total_of_nothing():
    town = total(*np.zeros((3, 0)))
    assert (town.meters, town.saving_kwh, town.conservative_kwh) == (0, 0, 0)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_the_conservative_bound_is_never_the_narrower_one(widths):
    town = total(np.ones(len(widths)), np.zeros(len(widths)), np.array(widths))
    assert town.independent_kwh <= town.conservative_kwh * (1 + 1e-12)
    assert town.saving_kwh == pytest.approx(len(widths))
