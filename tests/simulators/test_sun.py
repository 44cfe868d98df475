import numpy as np
import pandas as pd
import pvlib
import pytest

from simulators import sun

LATITUDE, LONGITUDE = 47.2874, -0.8312


def test_elevation_agrees_with_the_solar_position_algorithm_of_nrel() -> None:
    times = pd.date_range("2026-01-01", "2027-01-01", freq="41h", tz="UTC")
    judge = pvlib.solarposition.get_solarposition(times, LATITUDE, LONGITUDE)["elevation"]
    ours = sun.elevation(times.tz_localize(None).to_numpy(), LATITUDE, LONGITUDE)
    assert np.abs(ours - judge.to_numpy()).max() < 0.02


def test_the_sun_stands_at_the_wanted_elevation_at_its_crossings() -> None:
    days = np.arange("2026-01-01", "2027-01-01", dtype="datetime64[D]")
    for instants in sun.crossings(days, LATITUDE, LONGITUDE, at=-6.0):
        assert sun.elevation(instants, LATITUDE, LONGITUDE) == pytest.approx(-6.0, abs=1e-4)


def test_a_year_has_about_4117_lit_hours_at_three_degrees_below_the_horizon() -> None:
    days = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
    dawn, dusk = sun.crossings(days, 47.5, 7.3)
    assert 8760 - ((dusk - dawn) / np.timedelta64(1, "h")).sum() == pytest.approx(4117, abs=2)


def test_the_polar_day_has_no_crossing() -> None:
    dawn, dusk = sun.crossings(np.array(["2026-06-21"], "datetime64[D]"), 70.0, 20.0)
    assert np.isnat(dawn).all()
    assert np.isnat(dusk).all()
