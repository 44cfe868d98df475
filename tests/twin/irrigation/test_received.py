"""Irrigation received: by time, by meter, by day; a silent valve is not believed for ever."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from twin.irrigation.received import daily_depths, metered, openings

EVENING = datetime(2026, 7, 9, 20, 0, tzinfo=UTC)  # 22:00 in Paris
LATER = EVENING + timedelta(days=1)
ZONES = pl.DataFrame(
    {"zone_id": [1], "valve_id": [5], "area_m2": [200.0], "rate_mm_h": [12.0], "uniformity": [0.75]}
)
MESSAGE = {"valve_id": pl.Int64, "measured_at": pl.Datetime("us", "UTC"), "value": pl.Float64}


def said(*messages):
    rows = [(5, EVENING + timedelta(minutes=minute), value) for minute, value in messages]
    return pl.DataFrame(rows, schema=MESSAGE, orient="row")


def depths(opened=None, volumes=None):
    return daily_depths(
        ZONES,
        openings(said(), now=LATER) if opened is None else opened,
        metered(said()) if volumes is None else volumes,
        timezone="Europe/Paris",
    )


def test_twenty_minutes_at_twelve_an_hour_are_four_millimetres_of_which_some_pour_on():
    opened = openings(said((0, 1), (10, 1), (20, 0)), now=LATER)
    row = depths(opened).row(0, named=True)
    assert row["minutes"] == pytest.approx(20)
    assert row["litres"] == pytest.approx(800)
    assert row["irrigation_mm"] == pytest.approx(4 * 0.85)


def test_water_of_the_evening_counts_for_the_day_that_follows():
    assert depths(openings(said((0, 1), (20, 0)), now=LATER))["day"].to_list() == [
        date(2026, 7, 10)
    ]
    morning = openings(said((9 * 60, 1), (9 * 60 + 5, 0)), now=LATER)  # seven in the morning
    assert depths(morning)["day"].to_list() == [date(2026, 7, 10)]
    noon = openings(said((14 * 60, 1), (14 * 60 + 5, 0)), now=LATER)  # noon
    assert depths(noon)["day"].to_list() == [date(2026, 7, 11)]


def test_an_open_valve_that_falls_silent_is_believed_for_half_an_hour():
    assert openings(said((0, 1)), now=LATER)["minutes"].to_list() == [30.0]
    assert openings(said((0, 1), (300, 0)), now=LATER)["minutes"].to_list() == [30.0]


def test_what_an_open_valve_is_still_going_to_give_is_not_in_the_soil():
    three_minutes_later = EVENING + timedelta(minutes=3)
    assert openings(said((0, 1)), now=three_minutes_later)["minutes"].to_list() == [3.0]
    ahead = openings(said((10, 1)), now=three_minutes_later)  # by a clock that is ahead of ours
    assert ahead["minutes"].to_list() == [0.0]


def test_a_meter_is_believed_before_the_clock():
    opened, volumes = (
        openings(said((0, 1), (20, 0)), now=LATER),
        metered(said((0, 5000), (20, 5600))),
    )
    row = depths(opened, volumes).row(0, named=True)
    assert (row["litres"], row["minutes"]) == (600, None)


def test_a_meter_that_was_reset_counts_from_zero():
    assert metered(said((0, 5000), (20, 120)))["litres"].to_list() == [120]


def test_a_valve_that_never_opened_gave_nothing():
    assert depths(openings(said((0, 0), (20, 0)), now=LATER)).is_empty()
