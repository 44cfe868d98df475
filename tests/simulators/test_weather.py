from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from simulators.weather import HISTORY_DAYS, Climate

TODAY = date(2026, 11, 19)


def _climate(today: date = TODAY, seed: int = 5) -> Climate:
    return Climate.draw(seed, today, 47.29, -0.83)


def test_the_same_seed_and_day_give_the_same_weather() -> None:
    assert np.array_equal(_climate().rain, _climate().rain)
    assert not np.array_equal(_climate().rain, _climate(seed=6).rain)


@pytest.mark.parametrize("month", [1, 4, 7, 10])
def test_the_days_before_the_present_are_dry_after_a_good_soaking(month: int) -> None:
    climate = _climate(date(2026, month, 15))
    last_rain = np.flatnonzero(climate.rain[:HISTORY_DAYS] > 0)[-1]
    assert climate.rain[last_rain + 1 : HISTORY_DAYS + 3].sum() == 0
    assert climate.rain[last_rain - 2 : last_rain + 1].sum() > 35
    dry = climate.first + timedelta(days=int(last_rain) + 1)
    evaporated = sum(
        climate.evaporation_between(_midnight(day), _midnight(day) + 86_400)
        for day in (dry + timedelta(days=k) for k in range((date(2026, month, 15) - dry).days))
    )
    assert 12 < evaporated < 25  # enough for shallow soils, not for deep ones


def test_a_year_of_weather_is_that_of_western_france() -> None:
    climate = _climate()
    years = len(climate.rain) / 365.25
    assert 500 < climate.rain.sum() / years < 850
    assert 11 < climate.t_mean.mean() < 14.5
    assert (climate.t_max > climate.t_min).all()
    assert ((climate.rh_min >= 0) & (climate.rh_max <= 100)).all()


def test_what_a_station_measures_adds_up_to_its_day() -> None:
    climate = _climate()
    wet = int(np.argmax(climate.rain[:HISTORY_DAYS]))
    start = np.datetime64(climate.first + timedelta(days=wet), "us")
    steps = start + np.arange(145) * np.timedelta64(10, "m")
    fallen = sum(climate.rain_between(a, b) for a, b in pairwise(steps))
    assert fallen == pytest.approx(climate.rain[wet], abs=1e-9)
    joules = climate.global_radiation(steps[:-1]) * 600
    assert joules.sum() / 1e6 == pytest.approx(climate.radiation[wet], rel=0.25)
    temperature = climate.temperature(steps)
    assert temperature.min() == pytest.approx(climate.t_min[wet], abs=0.1)
    assert temperature.max() == pytest.approx(climate.t_max[wet], abs=0.1)


def _midnight(day: date) -> float:
    return (np.datetime64(day, "s") - np.datetime64(0, "s")) / np.timedelta64(1, "s")
