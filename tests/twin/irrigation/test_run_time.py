"""Depth to minutes, cycles and soaks: hand cases, limits, and no run-off ever."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.irrigation.landscape import demand_litres, landscape_coefficient
from twin.irrigation.run_time import (
    deepest_pond,
    distribution_uniformity,
    precipitation_rate,
    run_time,
    scheduling_multiplier,
    split,
)


def test_two_cubic_metres_an_hour_on_two_hundred_square_metres_give_ten_millimetres():
    assert precipitation_rate(2.0, 200.0) == pytest.approx(10.0)


def test_six_millimetres_at_ten_an_hour_take_thirty_six_minutes_if_all_is_even():
    assert run_time(6.0, 10.0) == pytest.approx((36.0, 0.0))


def test_uneven_sprinklers_add_a_margin_that_is_told():
    # DU 0.75: 1/(0.4 + 0.45) = 1.176
    minutes, margin = run_time(6.0, 10.0, 0.75)
    assert minutes == pytest.approx(42.35, abs=0.01)
    assert margin == pytest.approx(6.35, abs=0.01)
    assert scheduling_multiplier(1.0) == 1.0


def test_uniformity_is_the_driest_quarter_over_the_mean():
    assert distribution_uniformity([4, 6, 7, 8, 8, 8, 9, 10]) == pytest.approx(5 / 7.5)


def test_demand_in_litres_is_millimetres_times_square_metres():
    coefficient = landscape_coefficient(0.5, 1.2, 0.9)
    assert coefficient == pytest.approx(0.54)
    assert demand_litres(5.0, coefficient, 100.0, 0.9) == pytest.approx(300.0)


def test_a_clay_that_drinks_slowly_is_watered_in_several_goes():
    # 60 x 5 / (15 - 5) = 30 minutes at most, then an hour's pause
    cycles = split(70.0, 15.0, 5.0, 5.0)
    assert (int(cycles.number), float(cycles.soak)) == (3, 60.0)
    assert cycles.minutes == pytest.approx(70 / 3)


@pytest.mark.parametrize(
    ("intake", "allowance"), [(20.0, 5.0), (15.0, 5.0), (np.nan, 5.0), (5.0, np.nan)]
)
def test_where_the_soil_keeps_up_or_is_not_known_there_is_one_run(intake, allowance):
    cycles = split(70.0, 15.0, intake, allowance)
    assert (int(cycles.number), float(cycles.minutes), float(cycles.soak)) == (1, 70.0, 0.0)


@given(
    minutes=st.floats(1, 300),
    rate=st.floats(1, 80),
    intake=st.floats(1, 60),
    allowance=st.floats(1, 12),
)
def test_water_never_stands_deeper_than_it_may(minutes, rate, intake, allowance):
    cycles = split(minutes, rate, intake, allowance)
    assert deepest_pond(cycles, rate, intake) <= allowance * (1 + 1e-6) or rate <= intake
    assert cycles.number * cycles.minutes == pytest.approx(minutes)


def test_zones_together_give_what_each_gives_alone():
    rates, intakes = np.array([15.0, 8.0, 40.0]), np.array([5.0, 20.0, np.nan])
    together = split(np.array([70.0, 30.0, 10.0]), rates, intakes, np.array([5.0, 4.0, 3.0]))
    alone = split(70.0, 15.0, 5.0, 5.0)
    assert [column[0] for column in together] == [float(column) for column in alone]
    assert together.number.tolist() == [3, 1, 1]


def test_one_go_instead_of_three_would_run_off():
    once = split(70.0, 15.0, np.nan, np.nan)
    assert deepest_pond(once, 15.0, 5.0) == pytest.approx(70 / 60 * 10)
