"""Messages into days: sums by hand, gaps, clock changes, the wind's height."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from twin.irrigation.daily_weather import daily_weather
from twin.irrigation.evapotranspiration import wind_at_2m

PARIS = "Europe/Paris"
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def station(start, hours, *, every_minutes=60, **changed):
    values = {
        "air_temperature": 20.0,
        "relative_humidity": 60.0,
        "wind_speed": 2.0,
        "global_radiation": 250.0,
        "rain": 0.1,
    } | changed
    steps = [start + timedelta(minutes=m) for m in range(0, hours * 60, every_minutes)]
    return pl.DataFrame(
        [
            {"property": name, "measured_at": at, "value": value}
            for at in steps
            for name, value in values.items()
            if value is not None
        ],
        schema={
            "property": pl.String,
            "measured_at": pl.Datetime("us", "UTC"),
            "value": pl.Float64,
        },
    )


def days_of(messages, **options):
    return daily_weather(messages, **({"timezone": PARIS, "until": LATER} | options))


MIDNIGHT = datetime(2025, 7, 1, 22, tzinfo=UTC)  # of the second of July, in Paris


def test_a_whole_day_by_hand():
    row = days_of(station(MIDNIGHT, 24)).row(0, named=True)
    assert (row["day"], row["hours"], row["complete"]) == (date(2025, 7, 2), 24, True)
    assert (row["t_min_c"], row["t_mean_c"], row["t_max_c"]) == (20, 20, 20)
    assert row["radiation_mj_m2"] == pytest.approx(250 * 86_400 / 1e6)
    assert row["rain_mm"] == pytest.approx(2.4)
    assert row["wind_2m_m_s"] == pytest.approx(2.0)


def test_more_messages_an_hour_change_no_mean():
    often = days_of(station(MIDNIGHT, 24, every_minutes=10, rain=0.0))
    assert often["radiation_mj_m2"][0] == pytest.approx(21.6)
    assert often["hours"][0] == 24


@pytest.mark.parametrize(("hours", "complete"), [(20, True), (19, False)])
def test_a_day_with_too_few_hours_is_a_gap(hours, complete):
    rows = days_of(station(MIDNIGHT, hours))
    assert rows["complete"].to_list() == [complete]


def test_a_day_is_finished_only_when_its_midnight_has_passed():
    messages = station(MIDNIGHT, 24)
    early = days_of(messages, until=MIDNIGHT + timedelta(hours=23, minutes=30))
    assert early["finished"].to_list() == [False]
    assert early["complete"].to_list() == [False]


def test_a_day_nobody_measured_has_no_row():
    rows = days_of(pl.concat([station(MIDNIGHT, 24), station(MIDNIGHT + timedelta(days=2), 24)]))
    assert rows["day"].to_list() == [date(2025, 7, 2), date(2025, 7, 4)]


@pytest.mark.parametrize(("day", "length"), [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25)])
def test_days_of_clock_changes_have_their_own_length(day, length):
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=30)
    row = days_of(station(start, 72)).filter(pl.col("day") == day).row(0, named=True)
    assert (row["length_h"], row["hours"]) == (length, length)
    assert row["radiation_mj_m2"] == pytest.approx(250 * length * 3600 / 1e6)


def test_some_missing_hours_of_sun_are_bridged_and_do_not_dim_the_day():
    messages = station(MIDNIGHT, 24)
    hole = (pl.col("measured_at") >= MIDNIGHT + timedelta(hours=10)) & (
        pl.col("measured_at") < MIDNIGHT + timedelta(hours=13)
    )
    row = days_of(messages.filter(~hole)).row(0, named=True)
    assert row["radiation_mj_m2"] == pytest.approx(21.6)
    assert row["hours"] == 21


def test_a_station_without_hygrometer_or_pyranometer_leaves_nulls_not_zeros():
    row = days_of(station(MIDNIGHT, 24, relative_humidity=None, global_radiation=None)).row(
        0, named=True
    )
    assert row["rh_min"] is None
    assert row["radiation_mj_m2"] is None
    assert row["complete"] is False


def test_a_station_without_rain_gauge_does_not_say_that_no_rain_fell():
    assert days_of(station(MIDNIGHT, 24, rain=None))["rain_mm"].to_list() == [None]


def test_wind_measured_at_ten_metres_is_brought_to_two():
    row = days_of(station(MIDNIGHT, 24), wind_height_m=10.0)
    assert row["wind_2m_m_s"][0] == pytest.approx(wind_at_2m(2.0, 10.0), rel=1e-3)


def test_no_message_makes_no_day():
    assert days_of(station(MIDNIGHT, 0)).is_empty()
