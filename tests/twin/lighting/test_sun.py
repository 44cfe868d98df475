"""The sun: NREL's SPA as judge, published hours, limit cases, properties."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pvlib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.lighting.sun import Crossings, crossings, solar_elevation

YEAR = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
HOUR = np.timedelta64(1, "h")
DELTA_T_S = 69.2  # terrestrial minus universal time in 2025

latitudes = st.floats(-60, 60)
longitudes = st.floats(-180, 180)


def seconds(span):
    return span / np.timedelta64(1, "us") / 1e6


def night_hours(latitude, longitude, elevation):
    night = crossings(YEAR, latitude, longitude, elevation)
    return ((night.dawn - night.dusk) / HOUR).sum()


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(47.5, 7.3), (40.35, 18.17), (43.6, 3.9), (48.1, -1.7), (60, 25)]
)
def test_crossings_agree_with_the_spa_to_half_a_second_on_average(latitude, longitude):
    days = np.arange("2025-01-02", "2025-12-31", dtype="datetime64[D]")
    judge = pvlib.solarposition.sun_rise_set_transit_spa(
        pd.DatetimeIndex(days).tz_localize("UTC"), latitude, longitude, delta_t=DELTA_T_S
    )
    ours = crossings(days, latitude, longitude, -0.83333)
    dusk = seconds(ours.dusk - judge.sunset.dt.tz_localize(None).to_numpy())
    dawn = seconds(ours.dawn[:-1] - judge.sunrise.dt.tz_localize(None).to_numpy()[1:])
    errors = np.abs(np.concatenate([dusk, dawn]))
    assert errors.mean() < 0.4
    assert errors.max() < 10


@pytest.mark.parametrize("latitude", [-60, -33.8, 0, 25, 60])
@pytest.mark.parametrize("longitude", [-179, -70, 0, 151])
def test_at_our_crossings_the_spa_sees_the_sun_there_within_ten_seconds(latitude, longitude):
    for moments in crossings(YEAR[::7], latitude, longitude, -3.0):
        before, after = (
            pvlib.solarposition.spa_python(
                pd.DatetimeIndex(moments + np.timedelta64(offset, "s")).tz_localize("UTC"),
                latitude,
                longitude,
                delta_t=DELTA_T_S,
            ).elevation.to_numpy()
            for offset in (-30, 30)
        )
        late_s = ((before + after) / 2 + 3.0) / ((before - after) / 60)
        assert np.abs(late_s).max() < 10


@pytest.mark.parametrize(
    ("elevation", "hours"),
    [(-0.83, 4291), (-2, 4198), (-3, 4117), (-4, 4037), (-5, 3956), (-6, 3875)],
)
def test_a_year_of_nights_has_the_published_hours(elevation, hours):
    assert night_hours(47.5, 7.3, elevation) == pytest.approx(hours, abs=0.6)


@pytest.mark.parametrize(("latitude", "hours"), [(41, 4153), (52, 4082)])
def test_nights_shorten_northwards_as_published(latitude, hours):
    assert night_hours(latitude, 7.3, -3) == pytest.approx(hours, abs=1)


def test_a_night_belongs_to_the_date_of_its_evening():
    dusk, dawn = crossings(date(2025, 12, 24), 47.5, 7.3)
    assert dusk.astype("datetime64[D]") == np.datetime64("2025-12-24")
    assert dawn.astype("datetime64[D]") == np.datetime64("2025-12-25")


def test_midnight_sun_and_polar_night_have_no_crossing():
    summer = crossings(date(2025, 6, 21), 69.65, 18.96)
    winter = crossings(date(2025, 12, 21), 78.2, 15.6)
    assert np.isnat(summer).all()
    assert np.isnat(winter).all()


def test_at_the_equator_on_an_equinox_the_day_lasts_twelve_hours():
    crossed = crossings(np.array(["2025-03-19", "2025-03-20"], "datetime64[D]"), 0.0, 0.0, 0.0)
    daylight_h = (crossed.dusk[1] - crossed.dawn[0]) / HOUR
    assert daylight_h == pytest.approx(12.0, abs=0.01)


def test_the_highest_sun_of_the_year_stands_at_ninety_minus_latitude_plus_tilt():
    noon = np.datetime64("2025-06-21T12:00:00") + np.arange(-600, 600, 5) * np.timedelta64(1, "s")
    assert solar_elevation(noon, 47.5, 0.0).max() == pytest.approx(90 - 47.5 + 23.44, abs=0.01)


def test_instants_may_be_arrays_or_aware_datetimes_alike():
    array = np.array(["2025-07-01T04:00:00"], "datetime64[s]")
    utc = datetime(2025, 7, 1, 4, tzinfo=UTC)
    paris = utc.astimezone(timezone(timedelta(hours=2)))
    expected = solar_elevation(array, 47.5, 7.3)
    assert solar_elevation([utc], 47.5, 7.3) == expected
    assert solar_elevation(paris, 47.5, 7.3) == expected[0]


def test_many_places_give_what_each_gives_alone():
    latitude, longitude = np.array([[41.0], [43.6], [52.0]]), np.array([[16.9], [3.9], [-1.0]])
    together = crossings(YEAR, latitude, longitude)
    assert together.dusk.shape == (3, 365)
    for row in range(3):
        alone = crossings(YEAR, latitude[row, 0], longitude[row, 0])
        assert (together.dusk[row] == alone.dusk).all()
        assert (together.dawn[row] == alone.dawn).all()


@given(latitude=latitudes, longitude=longitudes, day=st.dates(date(1990, 1, 1), date(2060, 1, 1)))
def test_at_a_crossing_the_sun_stands_at_the_elevation_asked(latitude, longitude, day):
    night = crossings(day, latitude, longitude)
    for moment in night:
        assert solar_elevation(moment, latitude, longitude) == pytest.approx(-3.0, abs=1e-4)


@given(latitude=latitudes, longitude=longitudes, day=st.dates(date(1990, 1, 1), date(2060, 1, 1)))
def test_a_lower_elevation_makes_a_shorter_night(latitude, longitude, day):
    def length(elevation: float) -> np.timedelta64:
        night: Crossings = crossings(day, latitude, longitude, elevation)
        return night.dawn - night.dusk

    assert np.timedelta64(0) < length(-6) < length(-3) < length(-0.833) < np.timedelta64(24, "h")
