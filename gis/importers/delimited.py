"""Delimited text: CSV and its relatives, in whatever encoding it was saved."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gis.errors import LayerEmpty, LayerUnreadable
from gis.importers.encodings import utf8_bytes
from gis.importers.guards import check_lines
from gis.importers.table import SetAside, Table, Wanted, tidy
from gis.mapping_tables import Series

ENDINGS = (".csv", ".tsv", ".txt")
_DELIMITERS = (";", "\t", "|", ",")
_LAST_WORDS = ("EOF", "END", "<EOF>", "\x1a")  # of a transfer, not of the data
_LONGEST_FIELD = 1 << 20
_SHOWN = 120


def read_delimited(wanted: Wanted) -> Table:
    """Read a delimited text; every column is text.

    Encoding and delimiter are found out where the mapping does not name them. A line that is not
    of the file's encoding is read as Windows-1252 and noted; a row with more fields than the head
    is set aside, unless what is too much is empty (a trailing delimiter); a last line ``EOF`` is
    no row.

    Raises
    ------
    LayerUnreadable
        Binary content, or an encoding that does not exist.
    LayerEmpty
        No row below the head.
    """
    file, source, limits = wanted.file, wanted.source, wanted.limits
    check_lines(file, wanted.path, limits)
    text, notes = utf8_bytes(file, wanted.path, source.encoding)
    head = text.split(b"\n", 1)[0].decode(errors="replace")
    delimiter = source.delimiter or max(_DELIMITERS, key=head.count)
    names = source.head or (("value",) if source.series else ())
    rows, numbers, unread = _rows(file, text, delimiter, names)
    if rows.height == 0 and not unread:
        raise LayerEmpty(file)
    table = Table(file, tidy(rows), numbers, notes=notes, unread=unread)
    table = _without_last_words(_without_nameless(table))
    return _as_series(table, source.series) if source.series else table


def _rows(
    file: Path, text: bytes, delimiter: str, names: Sequence[str]
) -> tuple[pl.DataFrame, NDArray[np.int64], list[SetAside]]:
    try:
        rows = pl.read_csv(
            io.BytesIO(text),
            separator=delimiter,
            infer_schema=False,
            raise_if_empty=True,
            has_header=not names,
            new_columns=list(names) or None,
        )
    except pl.exceptions.NoDataError as error:
        raise LayerEmpty(file) from error
    except pl.exceptions.PolarsError:
        return _rows_one_by_one(file, text, delimiter, names)
    return rows, _counted(rows.height, names), []


def _counted(rows: int, names: Sequence[str]) -> NDArray[np.int64]:
    first = 1 if names else 2
    return np.arange(first, rows + first)


def _rows_one_by_one(
    file: Path, text: bytes, delimiter: str, names: Sequence[str]
) -> tuple[pl.DataFrame, NDArray[np.int64], list[SetAside]]:
    """Read a file in which some row does not have the fields of the head."""
    csv.field_size_limit(_LONGEST_FIELD)
    lines = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="")
    cut = _cut(csv.reader(lines, delimiter=delimiter))
    head = list(names) or next((row for row in cut if isinstance(row, list)), [])
    if not head:
        raise LayerEmpty(file)
    kept: list[list[str]] = []
    numbers: list[int] = []
    unread: list[SetAside] = []
    for number, row in enumerate(cut, start=1 if names else 2):
        if isinstance(row, str):
            unread.append(SetAside(number, "", f"fields that can be told apart: {row}"))
        elif any(row[len(head) :]):
            expected = f"{len(head)} fields as in the head, found {len(row)}"
            unread.append(SetAside(number, delimiter.join(row)[:_SHOWN], expected))
        elif any(row):
            kept.append(row[: len(head)] + [""] * (len(head) - len(row)))
            numbers.append(number)
    columns = {_own(name, place, head): [row[place] for row in kept] for place, name in _told(head)}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return frame, np.array(numbers, dtype=np.int64), unread


def _cut(reader: Iterator[list[str]]) -> Iterator[list[str] | str]:
    """Give each row, or the words of what is wrong with it."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield str(error)


def _told(head: Sequence[str]) -> Iterator[tuple[int, str]]:
    return ((place, name.strip()) for place, name in enumerate(head))


def _own(name: str, place: int, head: Sequence[str]) -> str:
    """Name a column as polars does: a name that was taken is numbered."""
    taken = [other.strip() for other in head[:place]].count(name)
    return f"{name}_duplicated_{taken - 1}" if taken else name


def _without_nameless(table: Table) -> Table:
    """Drop what a trailing delimiter leaves: a column without a name and without a value."""
    rows = table.rows.rename({name: name.strip() for name in table.rows.columns})
    nothing = [
        name
        for name in rows.columns
        if (name == "" or name.startswith("_duplicated_"))
        and rows[name].null_count() == rows.height
    ]
    return replace(table, rows=rows.drop(nothing))


def _without_last_words(table: Table) -> Table:
    """Drop a last line that says the end of a transfer."""
    rows = table.rows
    first = rows.to_series(0) if rows.width else pl.Series([], dtype=pl.String)
    last = first[-1] if len(first) else None
    alone = rows.height and all(value is None for value in rows.row(-1)[1:])
    if not (alone and last and last.upper() in _LAST_WORDS):
        return table
    notes = [*table.notes, f"the last line, {last!r}, is no row"]
    return replace(table, rows=rows.head(-1), numbers=table.numbers[:-1], notes=notes)


def _as_series(table: Table, series: Series) -> Table:
    """Give each line below the first its instant: the first one says when the second one was.

    Raises
    ------
    LayerUnreadable
        The first line is no date of that form.
    """
    start = str(table.rows["value"][0] or "")
    try:
        began = datetime.strptime(start, series.start)  # noqa: DTZ007 - a day of the publisher's own
    except ValueError as error:
        problem = f"a date like {series.start!r} is expected in the first line, found {start!r}"
        raise LayerUnreadable(table.file, problem) from error
    step = timedelta(hours=series.step_h)
    rows = table.rows.tail(-1)
    ends = began + step * max(rows.height - 1, 0)
    instants = pl.datetime_range(began, ends, step, eager=True).head(rows.height)
    told = instants.dt.strftime("%Y-%m-%dT%H:%M:%S").alias("at")
    return replace(table, rows=rows.with_columns(told), numbers=table.numbers[1:])
