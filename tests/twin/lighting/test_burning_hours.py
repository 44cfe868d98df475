"""Hours of the night: published windows, clock changes, the one sun of a city."""

from datetime import date, time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.lighting.burning_hours import (
    CityNights,
    burning_hours,
    civil_day_hours,
    lengths,
    local_day_hours,
    night_hours,
    window_hours,
)
from twin.lighting.sun import Crossings, crossings
from twin.local_time import LocalWindow

YEAR = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
SWITCH_OFF = LocalWindow(time(23), time(5))
PLACE = (47.5, 7.3)


def test_from_eleven_to_five_is_always_dark_and_makes_2190_hours():
    night = crossings(YEAR, *PLACE)
    window = Crossings(*SWITCH_OFF.instants(YEAR, "Europe/Paris"))
    assert window_hours(night, window).sum() == pytest.approx(2190, abs=0.01)


def test_what_is_switched_off_and_what_burns_make_the_night():
    night = crossings(YEAR, *PLACE)
    lit = burning_hours(night, (SWITCH_OFF,), evenings=YEAR, timezone="Europe/Paris")
    assert lit.sum() + 2190 == pytest.approx(lengths(night).sum(), abs=0.01)
    assert (lit > 0).all()


@pytest.mark.parametrize(
    ("evening", "hours"),
    [(date(2025, 3, 29), 5.0), (date(2025, 10, 25), 7.0), (date(2025, 12, 24), 6.0)],
)
def test_a_window_follows_the_clock_when_it_changes(evening, hours):
    opened = SWITCH_OFF.instants([evening], "Europe/Paris")
    assert lengths(Crossings(*opened)) == pytest.approx([hours])


def test_an_hour_before_noon_belongs_to_the_morning_after_the_evening():
    late = LocalWindow(time(0, 30), time(5)).instants([date(2025, 1, 10)], "Europe/Paris")
    assert late.start[0] == np.datetime64("2025-01-10T23:30")


def test_a_window_that_goes_backwards_is_refused():
    with pytest.raises(ValueError, match="goes forward"):
        LocalWindow(time(5), time(23))


def test_civil_days_hold_the_same_dark_hours_as_the_nights_they_cut():
    days = local_day_hours(YEAR, *PLACE, timezone="Europe/Paris")
    nights = night_hours(YEAR, *PLACE)
    assert days.sum() == pytest.approx(nights.sum(), abs=0.1)
    assert np.abs(days[1:] - (nights[1:] + nights[:-1]) / 2).max() < 1.05  # an hour: clock changes


def test_civil_days_of_a_whole_city_come_from_its_one_sun():
    evenings = np.arange("2024-12-31", "2026-01-01", dtype="datetime64[D]")
    city = CityNights.around(evenings, *PLACE)
    latitude, longitude = np.array([47.46, 47.53]), np.array([7.25, 7.36])
    together = civil_day_hours(city.crossings(latitude, longitude), YEAR, "Europe/Paris")
    for row in range(2):
        alone = local_day_hours(YEAR, latitude[row], longitude[row], timezone="Europe/Paris")
        assert np.abs(together[row] - alone).max() * 3600 < 0.4


def test_in_a_polar_summer_there_is_no_figure_rather_than_zero():
    assert np.isnan(night_hours([date(2025, 6, 21)], 70.0, 20.0)).all()
    assert np.isnan(local_day_hours([date(2025, 6, 21)], 70.0, 20.0, timezone="Europe/Oslo")).all()


def test_one_sun_for_the_city_is_within_a_fifth_of_a_second_of_each_lights_own():
    random = np.random.default_rng(7)
    latitude = PLACE[0] + random.uniform(-0.05, 0.05, 200)  # 11 km
    longitude = PLACE[1] + random.uniform(-0.08, 0.08, 200)  # 12 km
    city = CityNights.around(YEAR, *PLACE)
    exact = crossings(YEAR, latitude[:, None], longitude[:, None])
    near = city.crossings(latitude, longitude)
    for ours, theirs in zip(near, exact, strict=True):
        assert np.abs((ours - theirs) / np.timedelta64(1, "ms")).max() < 200
    hours = city.hours(latitude)
    assert np.abs(hours - lengths(exact)).max() * 3600 < 0.2


def test_lights_of_one_city_differ_by_little_more_than_an_hour_a_year():
    city = CityNights.around(YEAR, *PLACE)
    south, north = city.hours([47.45, 47.55]).sum(axis=1)
    assert south - north == pytest.approx(1.3, abs=0.8)
    assert abs(south - north) < 0.0005 * south


@settings(deadline=None)
@given(
    start=st.times(time(18), time(23, 59)),
    end=st.times(time(0, 30), time(8)),
    day=st.dates(date(2000, 1, 1), date(2040, 1, 1)),
)
def test_what_burns_is_never_negative_nor_longer_than_the_night(start, end, day):
    night = crossings([day], *PLACE)
    window = LocalWindow(start, end)
    lit = burning_hours(night, (window,), evenings=[day], timezone="Europe/Paris")
    assert -1e-9 <= lit[0] <= lengths(night)[0] + 1e-9
