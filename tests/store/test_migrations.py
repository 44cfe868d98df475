"""The schema goes up, down and up again; with and without TimescaleDB it answers alike."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from tests.support.databases import cluster, empty_database, fresh_database
from tests.support.home import REPOSITORY
from twin.errors import MigrationChanged, StoreOutdated
from twin.store.database import Database
from twin.store.migrate import migrate, migrations, require_current, schema_version
from twin.store.settings import StoreSettings

NEWEST = migrations()[-1].number
NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)

both_kinds = pytest.mark.parametrize(
    "extension", [True, False], ids=["hypertables", "plain partitions"]
)


@pytest.fixture
def empty() -> Iterator[str]:
    with empty_database(cluster()) as url:
        yield url


def objects(database: Database) -> set[tuple[str, str]]:
    """What the schema holds: tables, views, functions, indexes, sequences, rules; no partitions."""
    with database.connection() as connection:
        return {
            (str(kind), str(name))
            for kind, name in connection.execute(
                "SELECT relkind::text, relname FROM pg_class"
                " WHERE relnamespace = 'reverbere'::regnamespace AND NOT relispartition"
                " UNION ALL SELECT 'function', p.oid::regprocedure::text FROM pg_proc p"
                " WHERE pronamespace = 'reverbere'::regnamespace"
                " UNION ALL SELECT 'rule', rulename FROM pg_rules WHERE schemaname = 'reverbere'"
            )
        }


@both_kinds
def test_up_down_up_gives_the_same_schema(empty: str, *, extension: bool) -> None:
    with Database(empty, StoreSettings(extension=extension)) as database:
        assert schema_version(database) == 0
        up = migrate(database)
        first = objects(database)
        assert len(up) == len(migrations())
        assert migrate(database) == []
        down = migrate(database, to=0)
        assert [step.split()[0] for step in down] == [step.split()[0] for step in reversed(up)]
        assert schema_version(database) == 0
        assert objects(database) == {("r", "migration"), ("i", "migration_pkey")}
        assert migrate(database) == up
        assert objects(database) == first
        require_current(database)


@both_kinds
def test_every_single_step_can_be_taken_back_and_made_again(empty: str, *, extension: bool) -> None:
    with Database(empty, StoreSettings(extension=extension)) as database:
        migrate(database)
        numbers = [0, *(step.number for step in migrations())]
        for earlier, number in reversed(list(pairwise(numbers))):
            before = objects(database)
            migrate(database, to=earlier)
            assert schema_version(database) == earlier
            migrate(database, to=number)
            assert objects(database) == before
            migrate(database, to=earlier)


@both_kinds
def test_a_store_in_use_can_be_taken_back(empty: str, *, extension: bool) -> None:
    with Database(empty, StoreSettings(extension=extension)) as database:
        migrate(database)
        write(database, [NOON - timedelta(days=3), NOON])
        migrate(database, to=0)
        migrate(database)
        assert count(database) == 0


def test_both_kinds_hold_the_same_tables_and_functions() -> None:
    with fresh_database(extension=True) as hyper, fresh_database(extension=False) as plain:
        assert hyper.capabilities.timescale is not None
        assert names(hyper) == names(plain)


def names(database: Database) -> set[str]:
    partitioned = {("r", "p"): "table", ("i", "I"): "index"}
    kinds = {letter: word for letters, word in partitioned.items() for letter in letters}
    return {f"{kinds.get(kind, kind)} {name}" for kind, name in objects(database)}


def write(database: Database, instants: list[datetime], stream: int = 1) -> None:
    days = sorted({instant.date() for instant in instants})
    with database.connection() as connection:
        connection.execute("SELECT ensure_partitions('observation', %s::date[])", (days,))
        connection.cursor().executemany(
            "INSERT INTO observation VALUES (%s, %s, 1.5, 0, 0)",
            [(instant, stream) for instant in instants],
        )


def count(database: Database) -> int:
    with database.connection() as connection:
        row = connection.execute("SELECT count(*) FROM observation").fetchone()
    assert row is not None
    return int(row[0])


def answers(database: Database) -> dict[str, Any]:
    """Use everything that hides the difference, and say what came back."""
    instants = [NOON + timedelta(hours=7 * step) for step in range(-30, 30)]
    write(database, instants)
    said: dict[str, Any] = {}
    with database.connection() as connection:
        for width in ("1 minute", "15 minutes", "1 hour", "1 day", "7 days"):
            rows = connection.execute(
                "SELECT bucket(%s::interval, measured_at), count(*) FROM observation"
                " GROUP BY 1 ORDER BY 1",
                (width,),
            ).fetchall()
            said[width] = rows
    said["pieces dropped"] = drop(database, NOON)
    with database.connection() as connection:
        oldest = connection.execute("SELECT min(measured_at) FROM observation").fetchone()
        said["oldest"] = oldest
    said["again"] = drop(database, NOON)
    said["rows"] = count(database)
    return said


def drop(database: Database, instant: datetime) -> int:
    with database.connection() as connection:
        row = connection.execute("SELECT drop_before('observation', %s)", (instant,)).fetchone()
    assert row is not None
    return int(row[0])


def test_time_tables_answer_alike_on_both_kinds() -> None:
    with fresh_database(extension=True) as hyper, fresh_database(extension=False) as plain:
        hypertables, partitions = answers(hyper), answers(plain)
    assert hypertables == partitions
    assert hypertables["oldest"] == (datetime(2026, 11, 19, 5, tzinfo=UTC),)
    assert hypertables["pieces dropped"] == 9
    assert hypertables["again"] == 0


@both_kinds
def test_a_bucket_does_not_depend_on_the_connections_time_zone(*, extension: bool) -> None:
    with fresh_database(extension=extension) as database, database.connection() as connection:
        connection.execute("SET LOCAL timezone = 'America/New_York'")
        row = connection.execute("SELECT bucket('1 day', %s)", (NOON,)).fetchone()
    assert row == (datetime(2026, 11, 19, tzinfo=UTC),)


@both_kinds
def test_dropping_from_what_is_no_time_table_is_refused(*, extension: bool) -> None:
    with (
        fresh_database(extension=extension) as database,
        pytest.raises(psycopg.errors.InvalidParameterValue, match="not a time table"),
        database.connection() as connection,
    ):
        connection.execute("SELECT drop_before('territory', %s)", (NOON,))


def test_writers_that_meet_the_same_new_day_do_not_fight_over_it() -> None:
    day = [date(2026, 11, 20)]
    with fresh_database(extension=False) as database:

        def ensure(_: int) -> None:
            with database.connection() as connection:
                connection.execute("SELECT ensure_partitions('observation', %s::date[])", (day,))

        with ThreadPoolExecutor(8) as writers:
            list(writers.map(ensure, range(16)))
        write(database, [datetime(2026, 11, 20, 8, tzinfo=UTC)])
        assert count(database) == 1


def test_two_processes_that_migrate_at_once_do_the_work_once(empty: str) -> None:
    code = (
        "import sys; from twin.store.database import Database; from twin.store.migrate import *;"
        "print(len(migrate(Database(sys.argv[1]))))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, empty], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    done = sorted(int(process.communicate()[0]) for process in processes)
    assert [process.returncode for process in processes] == [0, 0]
    assert done == [0, len(migrations())]


@pytest.mark.parametrize(
    ("number", "remedy"), [(NEWEST + 1, "update"), (NEWEST - 1, "reverbere db migrate")]
)
def test_a_schema_of_another_version_is_refused_with_what_to_do(
    database: Database, number: int, remedy: str
) -> None:
    with database.connection() as connection:
        connection.execute("DELETE FROM migration WHERE number > %s", (number,))
        if number > NEWEST:
            connection.execute("INSERT INTO migration (number, name) VALUES (%s, 'x')", (number,))
    with pytest.raises(StoreOutdated, match=remedy):
        require_current(database)


def test_a_step_that_was_missed_is_applied_after_later_ones(empty: str) -> None:
    *_, before, skipped, last = migrations()  # their numbers may have gaps
    missed = f"{skipped.number:04d}_"
    with Database(empty) as database:
        migrate(database)
        whole = objects(database)
        migrate(database, to=before.number)
        with database.connection() as connection:
            connection.execute(last.up)  # as two branches that were merged leave it
            connection.execute(
                "INSERT INTO migration (number, name, checksum) VALUES (%s, %s, %s)",
                (last.number, last.name, last.checksum),
            )
        with pytest.raises(StoreOutdated, match=f"schema {NEWEST} and lacks {missed}"):
            require_current(database)
        assert [step.split("_")[0] + "_" for step in migrate(database)] == [missed]
        assert objects(database) == whole
        require_current(database)


def test_a_step_that_was_changed_after_it_was_applied_is_refused(database: Database) -> None:
    with database.connection() as connection:
        connection.execute("UPDATE migration SET checksum = 'other' WHERE number = %s", (NEWEST,))
    for work in (migrate, require_current):
        with pytest.raises(MigrationChanged, match=f"the script of {NEWEST:04d}_.*was changed"):
            work(database)
    assert [step.split()[1] for step in migrate(database, to=NEWEST - 1)] == ["down"]
    migrate(database)
    require_current(database)


def test_a_store_of_before_checksums_is_taken_as_it_is(database: Database) -> None:
    with database.connection() as connection:
        connection.execute("ALTER TABLE migration DROP COLUMN checksum")
    require_current(database)
    assert migrate(database) == []
