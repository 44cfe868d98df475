"""Water or not: thresholds, room for rain, and what happens when the soil is not known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.irrigation.needs import Decision, needs, reserve_percent

ZONE = {"available_mm": [100.0], "depletion_fraction": [0.5]}


@pytest.mark.parametrize(
    ("low", "high", "decision", "depth"),
    [
        (55.0, 55.0, Decision.WATER, 35.0),  # room for 20 mm of rain is left
        (50.0, 50.0, Decision.WATER, 30.0),
        (49.0, 49.0, Decision.ENOUGH, 0.0),
        (60.0, 90.0, Decision.WATER, 40.0),  # dry for sure: as deep as is sure
        (10.0, 40.0, Decision.ENOUGH, 0.0),
        (20.0, 80.0, Decision.UNKNOWN, 0.0),
        (48.0, 52.0, Decision.WATER, 28.0),  # within five per cent it is one value
    ],
)
def test_the_decision_follows_what_is_sure(low, high, decision, depth):
    found = needs([low], [high], **ZONE)
    assert (found.decision[0], found.depth_mm[0]) == (decision, pytest.approx(depth))
    assert found.threshold_mm[0] == 50.0


def test_the_room_for_rain_never_eats_more_than_half_of_a_small_refill():
    found = needs([16.0], [16.0], available_mm=[100.0], depletion_fraction=[0.15])
    assert found.depth_mm[0] == pytest.approx(16 - 7.5)


@given(low=st.floats(0, 100), spread=st.floats(0, 100), room=st.floats(0, 0.9))
def test_no_water_ever_percolates_by_plan(low, spread, room):
    found = needs([low], [min(low + spread, 100.0)], rain_room=room, **ZONE)
    assert 0 <= found.depth_mm[0] <= low


def test_the_reserve_is_what_is_not_missing():
    assert reserve_percent(38.0, 100.0) == pytest.approx(62.0)
