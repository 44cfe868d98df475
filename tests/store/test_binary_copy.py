"""Columns become rows: what goes in by COPY comes out by SELECT."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import Connection

from tests.support.databases import fresh_database
from twin.store.arrays import Bigints, Doubles, Instants, Integers, Smallints, register
from twin.store.binary_copy import Bytes, Fixed, Times, encode
from twin.store.database import Database

ROWS = st.lists(
    st.tuples(
        st.integers(-(1 << 15), (1 << 15) - 1),
        st.integers(-(1 << 31), (1 << 31) - 1) | st.none(),
        st.integers(-(1 << 63), (1 << 63) - 1),
        st.floats(allow_nan=False),
        st.binary(max_size=90) | st.none(),
        st.binary(min_size=5, max_size=5),
        st.integers(0, 1 << 52) | st.none(),
    ),
    max_size=12,
)


def copied(connection: Connection, rows: list[tuple]) -> list[tuple]:
    connection.execute(
        "CREATE TEMPORARY TABLE c (n int GENERATED ALWAYS AS IDENTITY, a smallint, b int, c bigint,"
        " d float8, e bytea, f bytea, g timestamptz)"
    )
    count = len(rows)
    columns = list(zip(*rows, strict=True)) or [()] * 7

    def filled(column: tuple, dtype: type) -> tuple[np.ndarray, np.ndarray]:
        present = np.array([value is not None for value in column], bool)
        return np.array([value or 0 for value in column], dtype).reshape(count), present

    raw = encode(
        [
            Fixed("i2", filled(columns[0], np.int64)[0]),
            Fixed("i4", *filled(columns[1], np.int64)),
            Fixed("i8", filled(columns[2], np.int64)[0]),
            Fixed("f8", filled(columns[3], np.float64)[0]),
            Bytes(columns[4]),
            Bytes(columns[5]),
            Times(*filled(columns[6], np.int64)),
        ]
    )
    with connection.cursor().copy("COPY c (a,b,c,d,e,f,g) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(raw)
    found = connection.execute(
        "SELECT a, b, c, d, e, f, (extract(epoch FROM g) * 1000000)::bigint FROM c ORDER BY n"
    ).fetchall()
    connection.execute("DROP TABLE c")
    return found


def test_every_value_and_every_null_arrives() -> None:
    with fresh_database() as database, database.connection() as connection:

        @settings(max_examples=80, deadline=None)
        @given(rows=ROWS)
        def arrive(rows: list[tuple]) -> None:
            assert copied(connection, rows) == rows

        arrive()


def test_columns_are_parameters(database: Database) -> None:
    with database.dedicated("test") as connection:
        register(connection)
        row = connection.execute(
            "SELECT %s, %s, %s, %s, %s, %s",
            (
                Smallints(np.array([1, -2])),
                Integers(np.array([3, -4])),
                Bigints(np.array([1 << 62])),
                Doubles(np.array([0.1, np.inf])),
                Instants(np.array([1_763_582_072_123_456])),
                Integers(np.empty(0, np.int64)),
            ),
        ).fetchone()
    assert row is not None
    assert row[:4] == ([1, -2], [3, -4], [1 << 62], [0.1, float("inf")])
    assert [moment.timestamp() for moment in row[4]] == [1_763_582_072.123456]
    assert row[5] == []
