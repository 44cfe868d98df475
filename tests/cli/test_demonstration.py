"""A simulated town's clock goes to an hour that is asked for, and only forward."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from control_center.cli.demonstration import next_hour, set_hour, territory_of
from twin.clock import SystemClock
from twin.errors import Refused
from twin.store.database import Database

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("now", "wanted", "expected"),
    [
        ("2026-11-19T12:00+00:00", "20:14", "2026-11-19T19:14+00:00"),
        ("2026-11-19T19:30+00:00", "20:14", "2026-11-20T19:14+00:00"),
        ("2026-11-19T19:14+00:00", "20:14", "2026-11-20T19:14+00:00"),
        ("2026-11-19T23:30+00:00", "00:40", "2026-11-19T23:40+00:00"),
        ("2026-03-28T20:00+00:00", "20:14", "2026-03-29T18:14+00:00"),
        ("2026-10-24T19:00+00:00", "20:14", "2026-10-25T19:14+00:00"),
        ("2026-03-29T00:30+00:00", "02:30", "2026-03-29T01:30+00:00"),
    ],
    ids=[
        "today",
        "tomorrow",
        "not now",
        "past midnight here",
        "into summer time",
        "out of summer time",
        "an hour that the clocks leap over",
    ],
)
def test_the_next_such_hour_is_found(now: str, wanted: str, expected: str) -> None:
    found = next_hour(datetime.fromisoformat(now), wanted, PARIS)
    assert found == datetime.fromisoformat(expected)
    assert found > datetime.fromisoformat(now)


@pytest.mark.parametrize("wanted", ["25:00", "20h14", "8:14", "20:14:30", "", "demain"])
def test_what_is_no_hour_is_refused(wanted: str) -> None:
    with pytest.raises(Refused, match="takes an hour like 20:14"):
        next_hour(datetime(2026, 11, 19, tzinfo=UTC), wanted, PARIS)


def add_territory(database: Database, *, simulated: bool) -> None:
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO territory (slug, name, simulated, timezone, metric_srid, longitude,"
            " latitude, created_at) VALUES ('x', 'X', %s, 'Europe/Paris', 2154, 3, 43,"
            " '2026-11-19 12:00+00')",
            (simulated,),
        )


def test_a_simulated_town_lives_at_the_hour_asked_for(database: Database) -> None:
    add_territory(database, simulated=True)
    before = territory_of(database)
    assert before is not None
    moved = set_hour(database, before, "20:14")
    local = SystemClock(moved.clock_offset).now().astimezone(PARIS)
    assert local.strftime("%H:%M") == "20:14"
    again = set_hour(database, moved, "20:14")
    day_s = (again.clock_offset - moved.clock_offset).total_seconds()
    assert day_s > 22 * 3600  # the night into summer time is an hour shorter


def test_the_clock_of_a_real_territory_is_not_touched(database: Database) -> None:
    add_territory(database, simulated=False)
    real = territory_of(database)
    assert real is not None
    with pytest.raises(Refused, match="X is real"):
        set_hour(database, real, "20:14")
    assert territory_of(database) == real


def test_an_empty_store_has_no_territory(database: Database) -> None:
    assert territory_of(database) is None
