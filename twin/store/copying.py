"""Frames into the store: one COPY in, from which one set-based statement then loads."""

from collections.abc import Iterable
from io import BytesIO

import polars as pl
from psycopg import Connection, sql
from psycopg.rows import TupleRow

SLICE_ROWS = 50_000
"""Rows that are written at a time: the text of a million would need their memory again."""


def stage(
    connection: Connection[TupleRow],
    table: str,
    columns: dict[str, str],
    rows: pl.DataFrame | Iterable[pl.DataFrame],
) -> None:
    """Copy a frame into a temporary table that lives as long as the transaction.

    Parameters
    ----------
    table : str
        Name of the temporary table; what an earlier call left in it is forgotten.
    columns : dict of str to str
        Its columns and their SQL types; the frame has one of each name.
    rows : DataFrame, or iterable of them
        Values, whole or piece by piece; bytes and lists of whole numbers are written as
        PostgreSQL reads them.
    """
    name = sql.Identifier(table)
    fields = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind))
        for column, kind in columns.items()
    )
    connection.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(name))
    connection.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(name, fields)
    )
    copy = sql.SQL("COPY {} FROM STDIN (FORMAT csv, NULL '\\N')").format(name)
    pieces = [rows] if isinstance(rows, pl.DataFrame) else rows
    with connection.cursor() as cursor, cursor.copy(copy) as sink:
        for piece in pieces:
            for part in piece.iter_slices(SLICE_ROWS):
                sink.write(_text(part, columns))
    connection.execute(sql.SQL("ANALYZE {}").format(name))


def _text(rows: pl.DataFrame, columns: Iterable[str]) -> memoryview:
    buffer = BytesIO()
    rows.select(_written(rows.schema[column], column) for column in columns).write_csv(
        buffer, include_header=False, null_value="\\N", quote_style="non_numeric"
    )
    return buffer.getbuffer()


def _written(dtype: pl.DataType, column: str) -> pl.Expr:
    values = pl.col(column)
    if dtype == pl.Binary:
        return (pl.lit("\\x") + values.bin.encode("hex")).alias(column)
    if isinstance(dtype, pl.List):
        items = values.cast(pl.List(pl.String)).list.join(",")
        return (pl.lit("{") + items + pl.lit("}")).alias(column)
    if isinstance(dtype, pl.Datetime):
        return values.dt.strftime("%Y-%m-%d %H:%M:%S%.6f+00").alias(column)
    if dtype.is_float():
        return values.fill_nan(None)
    return values
