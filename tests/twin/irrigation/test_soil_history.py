"""Bounds of the soil's water: they hold the truth, meet when it pours, part in gaps."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.irrigation.soil_history import Days, Zones, carry, narrowed
from twin.irrigation.soils import depletion_from_moisture
from twin.irrigation.water_balance import balance

START = date(2026, 4, 1)
LAWN = Zones(np.array([50.0]), np.array([0.4]), np.array([0.8]))
FULL, EMPTY = np.array([0.0]), np.array([50.0])


def days_of(rain, *, missing=()):
    kept = [i for i in range(len(rain)) if i not in missing]
    return Days(
        [START + timedelta(days=i) for i in kept],
        np.full(len(kept), 4.0),
        np.array([rain[i] for i in kept], dtype=float),
        np.zeros((len(kept), 1)),
    )


def carried(rain, *, missing=(), until=None, low=FULL, high=EMPTY):
    end = START + timedelta(days=len(rain) if until is None else until)
    return carry(LAWN, days_of(rain, missing=missing), low, high, start=START, until=end)


def test_heavy_rain_brings_the_bounds_together_and_they_stay_so():
    found = carried([0, 0, 60, 0, 0])
    spread = found.most.depletion[:, 0] - found.least.depletion[:, 0]
    assert spread[1] > 20
    assert spread[2:] == pytest.approx(0)
    assert found.low_mm == found.high_mm


def test_a_missing_day_parts_them_again():
    found = carried([60, 0, 0, 0], missing=(2,))
    assert found.least.depletion.shape == (3, 1)
    assert found.low_mm[0] < 4  # it may have poured
    assert found.high_mm[0] > 12  # it may have been hot


def test_days_after_the_last_measured_one_are_a_gap_too():
    known, late = carried([60, 0]), carried([60, 0], until=4)
    assert late.low_mm[0] == 0
    assert late.high_mm[0] == pytest.approx(known.high_mm[0] + 2 * 10 * 0.8)


def test_without_any_measured_day_everything_stays_possible():
    found = carried([0, 0], missing=(0, 1))
    assert found.least.depletion.shape == (0, 1)
    assert (found.low_mm[0], found.high_mm[0]) == (0, 50)


def test_going_on_from_a_stored_day_gives_what_one_run_gives():
    rain = [10, 0, 0, 25, 0, 3, 0, 0]
    whole = carried(rain)
    first = carry(LAWN, days_of(rain[:5]), FULL, EMPTY, start=START, until=date(2026, 4, 6))
    rest = Days(
        [date(2026, 4, 6 + i) for i in range(3)],
        np.full(3, 4.0),
        np.array([3.0, 0, 0]),
        np.zeros((3, 1)),
    )
    again = carry(
        LAWN, rest, first.low_mm, first.high_mm, start=date(2026, 4, 6), until=date(2026, 4, 9)
    )
    assert again.low_mm == pytest.approx(whole.low_mm)
    assert again.high_mm == pytest.approx(whole.high_mm)


@pytest.mark.parametrize(
    ("probe", "bounds"),
    [(20.0, (14, 26)), (np.nan, (0, 50)), (48.0, (42, 50)), (90.0, (50, 50))],
)
def test_a_probe_narrows_what_the_balance_leaves_open_and_never_leaves_it(probe, bounds):
    low, high = narrowed(FULL, EMPTY, np.array([probe]), np.array([6.0]))
    assert (low[0], high[0]) == bounds


def test_a_probe_at_field_capacity_shows_a_full_soil_and_drier_ones_what_is_missing():
    shown = depletion_from_moisture([25.0, 18.0, 31.0], 0.25, 0.3)
    assert shown == pytest.approx([0.0, 21.0, 0.0])


@given(
    rain=st.lists(st.floats(0, 30), min_size=1, max_size=30),
    missing=st.sets(st.integers(0, 29)),
    truth=st.floats(0, 50),
)
def test_whatever_the_start_and_the_gaps_the_truth_lies_between(rain, missing, truth):
    found = carried(rain, missing=missing)
    true = balance(
        [truth],
        et0_mm=np.full(len(rain), 4.0),
        rain_mm=rain,
        irrigation_mm=np.zeros(len(rain)),
        available_mm=[50.0],
        depletion_fraction=[0.4],
        coefficient=[0.8],
        adjust_fraction=True,
    ).depletion[-1, 0]
    assert found.low_mm[0] - 1e-9 <= true <= found.high_mm[0] + 1e-9
