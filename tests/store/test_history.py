"""Decades of readings lie in pieces of a year; telemetry in pieces of a day, beside them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from gis.report import Findings
from tests.support.databases import cluster, empty_database, fresh_database
from twin.store.city_tables import merge_table
from twin.store.database import Database
from twin.store.migrate import migrate
from twin.store.settings import StoreSettings

TODAY = date(2026, 7, 10)
BEFORE = 18  # the newest step that knows pieces of a day alone

both_kinds = pytest.mark.parametrize(
    "extension", [True, False], ids=["hypertables", "plain partitions"]
)


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Iterator[Database]:
    with fresh_database(extension=request.param) as database:
        yield database


on_both_kinds = pytest.mark.parametrize(
    "store", [True, False], ids=["hypertables", "plain partitions"], indirect=True
)


def days(first: date, count: int, step: int = 1) -> list[date]:
    return [first + timedelta(days=step * number) for number in range(count)]


def make_room(database: Database, wanted: list[date], function: str = "history") -> None:
    asked = {
        "history": "SELECT ensure_history(%s::date[])",
        "days": "SELECT ensure_partitions('observation', %s::date[])",
    }
    with database.connection() as connection:
        connection.execute(asked[function], (wanted,))


def write(database: Database, wanted: list[date], stream: int = 1) -> None:
    """Write a reading at noon of each day, as whoever writes telemetry does."""
    make_room(database, wanted, "days")
    with database.connection() as connection:
        connection.cursor().executemany(
            "INSERT INTO observation VALUES (%s, %s, 1.5, 0, 0)",
            [(datetime(d.year, d.month, d.day, 12, tzinfo=UTC), stream) for d in wanted],
        )


def pieces(database: Database) -> list[tuple[date, int]]:
    """First day and number of days of each piece."""
    with database.connection() as connection:
        return connection.execute(
            "SELECT lower(days), upper(days) - lower(days) FROM pieces('observation') ORDER BY 1"
        ).fetchall()


def rows(database: Database) -> list[tuple[int, int]]:
    """How many readings each stream has."""
    with database.connection() as connection:
        return connection.execute(
            "SELECT datastream_id, count(*) FROM observation GROUP BY 1 ORDER BY 1"
        ).fetchall()


@on_both_kinds
def test_years_of_the_past_get_a_piece_each_and_telemetry_keeps_its_days(store: Database) -> None:
    wanted = days(date(1969, 12, 30), 500)
    make_room(store, wanted)
    make_room(store, wanted)  # once more changes nothing
    write(store, [*wanted, TODAY])
    assert pieces(store) == [
        (date(1969, 1, 1), 365),
        (date(1970, 1, 1), 365),
        (date(1971, 1, 1), 365),
        (TODAY, 1),
    ]
    assert rows(store) == [(1, 501)]


@on_both_kinds
def test_pieces_that_are_there_stay_and_the_holes_between_them_are_filled(store: Database) -> None:
    kept = [date(1970, 1, 1), date(1970, 3, 1), date(1970, 3, 2), date(1970, 12, 31)]
    write(store, kept)
    make_room(store, [date(1970, 2, 1), date(1970, 3, 2), date(1970, 6, 1)])
    assert pieces(store) == [
        (date(1970, 1, 1), 1),
        (date(1970, 1, 2), 58),
        (date(1970, 3, 1), 1),
        (date(1970, 3, 2), 1),
        (date(1970, 3, 3), 303),
        (date(1970, 12, 31), 1),
    ]
    write(store, days(date(1970, 1, 1), 365), stream=2)
    assert rows(store) == [(1, 4), (2, 365)]


@on_both_kinds
def test_a_year_is_forgotten_when_all_of_it_is_older(store: Database) -> None:
    make_room(store, days(date(1970, 1, 1), 730))
    write(store, days(date(1970, 1, 1), 730))
    for instant, dropped, left in (("1970-12-31", 0, 730), ("1971-06-01", 1, 365)):
        with store.connection() as connection:
            found = connection.execute("SELECT drop_before('observation', %s)", (instant,))
            assert found.fetchone() == (dropped,)
        assert rows(store) == [(1, left)]


@on_both_kinds
def test_an_import_that_is_not_finished_locks_nobody_out(store: Database) -> None:
    write(store, [TODAY])
    with store.connection() as importing, store.connection() as telemetry:
        importing.execute("SELECT ensure_history(%s::date[])", (days(date(1960, 1, 1), 900),))
        importing.execute("SELECT ensure_partitions('observation', ARRAY['2026-07-09'::date])")
        telemetry.execute("SET lock_timeout = '1s'")
        telemetry.execute("INSERT INTO observation VALUES ('2026-07-10 13:00+00', 1, 2.5, 0, 0)")
        found = telemetry.execute("SELECT count(*) FROM observation").fetchone()
        assert found == (2,)


@both_kinds
def test_a_store_with_years_can_be_taken_back_and_forth_with_its_readings(
    *, extension: bool
) -> None:
    wanted = [date(1962, 5, 1), date(1962, 5, 2), date(1963, 7, 1), TODAY]
    with (
        empty_database(cluster()) as url,
        Database(url, StoreSettings(extension=extension)) as database,
    ):
        migrate(database)
        make_room(database, wanted[:3])
        write(database, wanted)
        migrate(database, to=BEFORE)
        assert rows(database) == [(1, 4)]
        write(database, days(date(1962, 5, 1), 5), stream=2)  # late, among them days without any
        migrate(database)
        make_room(database, days(date(1962, 1, 1), 365))
        write(database, days(date(1962, 5, 1), 30), stream=3)
        assert rows(database) == [(1, 4), (2, 5), (3, 30)]


def readings(wanted: list[date]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "row": range(len(wanted)),
            "asset_kind": "river_gauge",
            "asset_code": "Y320",
            "property": "river_discharge",
            "measured_at": [datetime(d.year, d.month, d.day, tzinfo=UTC) for d in wanted],
            "value": [0.5 * number for number in range(len(wanted))],
        },
        schema_overrides={"row": pl.Int64, "measured_at": pl.Datetime("us", "UTC")},
    )


@on_both_kinds
def test_a_daily_series_takes_a_piece_a_year_but_for_what_is_still_being_measured(
    store: Database,
) -> None:
    with store.connection() as connection:
        connection.execute(
            "INSERT INTO asset (kind, code, valid_from) VALUES ('river_gauge', 'Y320', %s)",
            (datetime(2026, 7, 1, tzinfo=UTC),),
        )
    series = readings([*days(date(2019, 1, 1), 60, step=30), *days(date(2026, 7, 1), 5)])
    for added in (65, 0):
        with store.connection() as connection:
            counts = merge_table(connection, "readings", series, Findings(10), today=TODAY)
        assert (counts.kept, counts.added, counts.changed) == (65, added, 0)
    found = pieces(store)
    assert [length for _, length in found] == [365] * 5 + [1] * 5
    assert found[0] == (date(2018, 12, 20), 365)
    assert rows(store) == [(1, 65)]
