"""Non-routine events: found where they were put, and seldom elsewhere."""

import numpy as np
import pytest

from tests.twin.buildings.town import AFTER, DAYS, town, works
from twin.buildings import events
from twin.buildings.rest_days import WEEKEND, weekdays
from twin.buildings.savings import building_savings


def scanned(buildings, metered):
    rest = WEEKEND[weekdays(DAYS)]
    found = building_savings(metered, buildings.temperature, DAYS, **works(len(metered)))
    predicted = found.models.predict(buildings.temperature, rest)
    return events.scan(
        np.where(found.windows.reporting, metered - predicted, np.nan),
        predicted,
        np.where(found.windows.baseline, metered - predicted, np.nan),
        DAYS,
        found.models.autocorrelation,
    )


def test_a_saving_alone_is_no_event():
    buildings = town(400, seed=2)
    assert scanned(buildings, buildings.metered).flagged.mean() < 0.02


def test_a_new_server_room_is_found_with_its_dates_and_its_size():
    buildings = town(200, seed=8, scatter=0.05)
    added = 0.25 * buildings.expected.mean(axis=1, keepdims=True)
    opened, closed = 500, 580
    during = (np.arange(DAYS.size) >= opened) & (np.arange(DAYS.size) < closed)
    found = scanned(buildings, buildings.metered + np.where(during, added, 0.0))
    assert found.flagged.mean() > 0.9
    seen = found.flagged
    assert np.median(np.abs(found.first[seen] - opened)) < 20
    assert (found.shift[seen] > 0).mean() > 0.98


def test_a_holiday_of_every_year_is_not_an_event():
    buildings = town(200, seed=9, scatter=0.05)
    month = DAYS.astype("datetime64[M]").astype(int) % 12
    august = np.where(month == 7, 0.6, 1.0)
    closed_each_year = scanned(buildings, buildings.metered * august)
    closed_once = scanned(buildings, buildings.metered * np.where(AFTER, august, 1.0))
    assert closed_each_year.flagged.mean() < 0.05
    assert closed_once.flagged.mean() > 0.8


@pytest.mark.parametrize("days", [0, 20])
def test_too_short_a_period_has_no_event(days):
    series = np.ones((2, days))
    found = events.scan(series, series, series * np.nan, DAYS[:days], np.zeros(2))
    assert not found.flagged.any()
