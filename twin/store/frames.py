"""Query results as polars frames: one COPY out, parsed by polars, no row loop in Python."""

from collections.abc import Mapping
from io import BytesIO

import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.store.sql import statement

_BLOCK = 16 << 20
"""Bytes of text that are parsed at a time: the whole text would stand beside the whole frame."""


def read_frame(
    connection: Connection[TupleRow],
    name: str,
    schema: pl.Schema,
    parameters: Mapping[str, object] | None = None,
) -> pl.DataFrame:
    """Run ``queries/<name>.sql`` and return its rows.

    Parameters
    ----------
    name : str
        The statement's name; it must return one column for each of the schema, in its order.
    schema : polars.Schema
        Names and types wanted. Text, numbers, booleans, dates, instants (UTC), bytes, and lists
        of whole numbers.
    parameters : mapping, optional
        Values of the statement's ``%(…)s``.

    Returns
    -------
    DataFrame
        Exactly the schema; SQL null is null, an empty text stays an empty text.
    """
    return _copied(connection, statement(name), schema, parameters)


def _copied(
    connection: Connection[TupleRow],
    query: str,
    schema: pl.Schema,
    parameters: Mapping[str, object] | None,
) -> pl.DataFrame:
    copy = f"COPY ({query.rstrip().rstrip(';')}) TO STDOUT (FORMAT csv)"
    buffer, pieces = BytesIO(), []
    with connection.cursor() as cursor, cursor.copy(copy, parameters or {}) as rows:
        for row in rows:  # the server sends a row at a time, so a cut is always between two
            buffer.write(row)
            if buffer.tell() >= _BLOCK:
                pieces.append(_read(buffer, schema))
                buffer = BytesIO()
    if buffer.tell() or not pieces:
        pieces.append(_read(buffer, schema))
    return pl.concat(pieces, rechunk=False)


def _read(buffer: BytesIO, schema: pl.Schema) -> pl.DataFrame:
    if not buffer.tell():
        return schema.to_frame()
    buffer.seek(0)
    raw = pl.Schema({column: _wire_type(dtype) for column, dtype in schema.items()})
    frame = pl.read_csv(buffer, has_header=False, schema=raw)
    return frame.select(_parsed(column, dtype) for column, dtype in schema.items())


def _wire_type(dtype: pl.DataType) -> pl.DataType:
    """Type in which polars reads a column before it becomes what was asked."""
    if isinstance(dtype, (pl.Binary, pl.Boolean, pl.Datetime, pl.Date, pl.List)):
        return pl.String()
    return dtype


def _parsed(column: str, dtype: pl.DataType) -> pl.Expr:
    text = pl.col(column)
    match dtype:
        case pl.Boolean():
            return (text == "t").alias(column)
        case pl.Binary():
            return text.str.strip_prefix("\\x").str.decode("hex")
        case pl.Date():
            return text.str.to_date("%Y-%m-%d")
        case pl.Datetime():
            return text.str.to_datetime(
                "%Y-%m-%d %H:%M:%S%.f%#z", time_unit="us"
            ).dt.convert_time_zone("UTC")
        case pl.List():
            filled = text.str.strip_chars("{}")
            items = (
                pl.when(filled == "")
                .then(pl.lit([], dtype))
                .otherwise(filled.str.split(",").cast(dtype))
            )
            return items.alias(column)
        case _:
            return text
