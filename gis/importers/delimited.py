"""Delimited text: CSV and its relatives, in whatever encoding it was saved."""

import codecs
import csv
import io
from pathlib import Path

import numpy as np
import polars as pl

from gis.errors import LayerEmpty, LayerUnreadable
from gis.importers.table import SetAside, Table, tidy
from gis.mapping import Source
from gis.settings import ImportSettings

ENDINGS = (".csv", ".tsv", ".txt")
_DELIMITERS = (";", "\t", "|", ",")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FALLBACK = "cp1252"  # what spreadsheets of western Europe save when nobody asks them


def read_delimited(file: Path, source: Source, limits: ImportSettings) -> Table:
    """Read a delimited text; every column is text.

    Encoding and delimiter are found out where the mapping does not name them. A line that is not
    of the file's encoding is read as Windows-1252 and noted; a row with more fields than the head
    is set aside.

    Raises
    ------
    LayerUnreadable
        Binary content, or an encoding that does not exist.
    LayerEmpty
        No row below the head.
    """
    text, notes = _decoded(file, source.encoding)
    if "\x00" in text[:4096]:
        raise LayerUnreadable(file, "not a text file")
    delimiter = source.delimiter or _delimiter_of(text)
    rows, numbers, unread = _rows(file, text, delimiter)
    if rows.height + len(unread) > limits.max_rows:
        raise LayerUnreadable(file, f"more than {limits.max_rows} rows (REVERBERE_IMPORT_MAX_ROWS)")
    if rows.height == 0 and not unread:
        raise LayerEmpty(file)
    return Table(file, tidy(rows), numbers, notes=notes, unread=unread)


def _decoded(file: Path, encoding: str | None) -> tuple[str, list[str]]:
    raw = file.read_bytes()
    for mark, marked in _BOMS:
        if raw.startswith(mark):
            raw, encoding = raw[len(mark) :], marked
    wanted = encoding or "utf-8"
    try:
        return raw.decode(wanted), []
    except LookupError as error:
        raise LayerUnreadable(file, f"no encoding is called {wanted!r}") from error
    except UnicodeDecodeError:
        return _decoded_by_line(raw, wanted)


def _decoded_by_line(raw: bytes, encoding: str) -> tuple[str, list[str]]:
    """Decode line by line: files put together from several often mix two encodings."""
    lines, odd = [], []
    for number, line in enumerate(raw.split(b"\n"), start=1):
        try:
            lines.append(line.decode(encoding))
        except UnicodeDecodeError:
            lines.append(line.decode(_FALLBACK, errors="replace"))
            odd.append(number)
    shown = ", ".join(map(str, odd[:5])) + (" …" if len(odd) > 5 else "")
    note = f"{len(odd)} lines are not {encoding} and were read as {_FALLBACK}: lines {shown}"
    return "\n".join(lines), [note]


def _delimiter_of(text: str) -> str:
    head = text.split("\n", 1)[0]
    return max(_DELIMITERS, key=head.count)


def _rows(
    file: Path, text: str, delimiter: str
) -> tuple[pl.DataFrame, np.ndarray[tuple[int], np.dtype[np.int64]], list[SetAside]]:
    try:
        rows = pl.read_csv(
            io.BytesIO(text.encode()),
            separator=delimiter,
            infer_schema=False,
            raise_if_empty=True,
        )
    except pl.exceptions.NoDataError as error:
        raise LayerEmpty(file) from error
    except pl.exceptions.ComputeError:
        return _rows_one_by_one(text, delimiter)
    return rows, np.arange(2, rows.height + 2), []


def _rows_one_by_one(
    text: str, delimiter: str
) -> tuple[pl.DataFrame, np.ndarray[tuple[int], np.dtype[np.int64]], list[SetAside]]:
    """Read a file in which some row does not have the fields of the head."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    head = next(reader)
    kept, numbers, unread = [], [], []
    for number, row in enumerate(reader, start=2):
        if len(row) > len(head):
            expected = f"{len(head)} fields as in the head, found {len(row)}"
            unread.append(SetAside(number, delimiter.join(row)[:120], expected))
        elif row:
            kept.append(row + [""] * (len(head) - len(row)))
            numbers.append(number)
    columns = {f"{name}": [row[i] for row in kept] for i, name in enumerate(head)}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return frame, np.array(numbers, dtype=np.int64), unread
