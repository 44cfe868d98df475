"""Hours into days: the 50 % rule, zeros, clock changes."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pytest

from twin.buildings.daily import from_hours

NEW_YEAR = datetime.combine(date(2016, 1, 1), time())  # a file's local time, without zone


def hours(start, count, kwh=2.0, step=timedelta(hours=1)):
    return pl.DataFrame(
        {
            "meter": ["m"] * count,
            "hour": [start + step * i for i in range(count)],
            "kwh": [kwh] * count,
        }
    )


def test_a_whole_day_is_the_sum_of_its_hours():
    days = from_hours(hours(NEW_YEAR, 24))
    assert days.row(0) == ("m", date(2016, 1, 1), 48.0, 24)


@pytest.mark.parametrize(("count", "kwh"), [(12, 48.0), (11, None)])
def test_a_day_stands_with_half_of_its_hours_and_is_scaled(count, kwh):
    assert from_hours(hours(NEW_YEAR, count))["kwh"][0] == kwh


def test_zeros_and_nulls_are_missing_hours():
    day = hours(NEW_YEAR, 24).with_row_index()
    holes = day.with_columns(
        pl.when(pl.col("index") < 6)
        .then(0.0)
        .when(pl.col("index") < 12)
        .then(None)
        .otherwise(pl.col("kwh"))
        .alias("kwh")
    ).drop("index")
    assert from_hours(holes).row(0)[2:] == (48.0, 12)


@pytest.mark.parametrize(("day", "length"), [((2025, 3, 30), 23), ((2025, 10, 26), 25)])
def test_a_local_day_has_the_hours_that_the_clock_gives_it(day, length):
    start = datetime(*day, tzinfo=UTC) - timedelta(hours=3)
    days = from_hours(
        hours(start, 32).with_columns(pl.col("hour").cast(pl.Datetime("us", "UTC"))),
        timezone="Europe/Paris",
    )
    whole = days.filter(pl.col("day") == date(*day))
    assert whole["hours"][0] == length
    assert whole["kwh"][0] == 2.0 * length


def test_the_same_hour_sent_twice_counts_once():
    once = hours(NEW_YEAR, 11)
    twice = pl.concat([once, once])
    assert from_hours(twice)["kwh"].to_list() == [None]
