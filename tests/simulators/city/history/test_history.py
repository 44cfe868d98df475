from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from simulators.city import City
from simulators.city.history.cabinets import DIMMED_POWER
from simulators.city.history.calendar import Calendar
from simulators.city.history.series import Works, progress

LATITUDE, LONGITUDE = 47.2874, -0.8312


def _calendar(today: date, days: int = 366) -> Calendar:
    return Calendar.before(today, days, LATITUDE, LONGITUDE)


def test_a_year_of_local_days_holds_the_sun_s_night_hours() -> None:
    when = _calendar(date(2026, 1, 1), 365)
    assert when.night_h.sum() == pytest.approx(4119, abs=3)
    assert when.dim_h.sum() == pytest.approx(6 * 365, abs=2)
    assert when.off_h.sum() == pytest.approx(4.5 * 365, abs=2)


@pytest.mark.parametrize(
    ("day", "hours", "offset"),
    [
        (date(2026, 3, 29), 23, 1),  # clocks go forward at 2 h
        (date(2026, 10, 25), 25, 2),  # and back at 3 h
        (date(2026, 6, 1), 24, 2),
    ],
)
def test_a_local_day_starts_at_local_midnight_and_has_its_own_length(
    day: date, hours: int, offset: int
) -> None:
    when = _calendar(day + timedelta(days=2), 2)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=offset)
    assert when.days[0] == day
    assert when.starts[0] == np.datetime64(midnight.replace(tzinfo=None))
    assert (when.starts[1] - when.starts[0]) / np.timedelta64(1, "h") == hours


def test_works_are_done_little_by_little() -> None:
    works = [Works(1, "led", "", first=2, last=5, planned_kwh=0, cost_eur=0)]
    done = progress(8, 2, works)
    assert list(done[:, 0]) == [1] * 8
    assert list(done[:, 1]) == [0, 0, 0.25, 0.5, 0.75, 1, 1, 1]


def test_energy_of_a_cabinet_is_its_power_times_the_night(city: City) -> None:
    """Regression on night hours finds the connected power of cabinets that nobody touched."""
    readings = city.frame("readings").filter(pl.col("asset_kind") == "cabinet")
    cabinets = city.frame("cabinets")
    touched = set(city.frame("saving_actions")["asset_code"])
    plain = cabinets.filter(pl.col("dim_from").is_null() & pl.col("off_from").is_null())[
        "code"
    ].to_list()
    power = dict(
        city.frame("streetlights").group_by("cabinet").agg(pl.col("mains_w").sum()).iter_rows()
    )
    days = sorted(city.frame("daily_weather")["day"])
    when = Calendar.before(date.fromisoformat(city.truth["today"]), len(days), LATITUDE, LONGITUDE)
    hours = dict(zip(when.starts, when.night_h, strict=True))
    tried = 0
    for code in set(plain) - touched:
        rows = readings.filter(pl.col("asset_code") == code)
        starts = rows["measured_at"].dt.replace_time_zone(None).to_numpy()
        night = np.array([hours[start] for start in starts])
        slope, _ = np.polyfit(night, rows["value"].to_numpy(), 1)
        assert slope * 1000 == pytest.approx(power[code], rel=0.03)
        tried += 1
    assert tried > 2


def test_a_renewed_cabinet_uses_what_its_new_lamps_use(city: City) -> None:
    actions = city.frame("saving_actions").filter(pl.col("asset_kind") == "cabinet")
    led = actions.filter(pl.col("code") == "led")
    assert len(led) > 2
    saved = []
    for code, start, end in led.select("asset_code", "works_from", "works_to").iter_rows():
        rows = city.frame("readings").filter(pl.col("asset_code") == code)
        day = rows["measured_at"].dt.convert_time_zone("Europe/Paris").dt.date()
        # the same season before and after, else the sun explains the difference
        before = rows.filter((day < start) & (day >= start - timedelta(days=365)))
        after = rows.filter((day > end) & (day <= end + timedelta(days=365)))
        if min(len(before), len(after)) > 300:
            saved.append(1 - after["value"].mean() / before["value"].mean())
    assert saved
    assert 0.45 < np.mean(saved) < 0.8


def test_some_cabinets_have_gaps_so_that_a_saving_must_be_refused(city: City) -> None:
    readings = city.frame("readings").filter(pl.col("asset_kind") == "cabinet")
    counts = readings.group_by("asset_code").len()["len"]
    assert counts.min() < 913 - 140  # type: ignore[operator]
    assert counts.max() > 900  # type: ignore[operator]


def test_buildings_need_more_energy_in_the_cold(city: City) -> None:
    weather = city.frame("daily_weather").select("day", "t_mean_c")
    readings = city.frame("readings").filter(pl.col("asset_kind") == "building")
    day = pl.col("measured_at").dt.convert_time_zone("Europe/Paris").dt.date().alias("day")
    joined = readings.with_columns(day).join(weather, on="day")
    for code, rows in joined.group_by("asset_code"):
        cold = rows.filter(pl.col("t_mean_c") < 6)["value"].mean()
        warm = rows.filter(pl.col("t_mean_c").is_between(18, 22))["value"].mean()
        assert cold > 1.3 * warm, code  # type: ignore[operator]


def test_history_ends_the_day_before_the_present(city: City) -> None:
    last = city.frame("readings")["measured_at"].max()
    assert last == datetime(2026, 11, 17, 23, 0, tzinfo=UTC)  # the 18th of November, local
    assert city.frame("daily_weather")["day"].max() == date(2026, 11, 18)


def test_half_the_light_takes_a_little_more_than_half_the_power() -> None:
    assert pytest.approx(0.53) == DIMMED_POWER
