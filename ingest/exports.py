"""Exports of receptions as messages: one a line, oldest first, each at its own instant.

Text with any delimiter, in any encoding, with its columns in any order; their names are looked up
in ``ingest/networks/reception_export.toml``. What a line says is judged where all messages are: by
its network, so that a bad line ends in the quarantine like any other message.
"""

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from gis.errors import LayerUnreadable
from gis.importers.encodings import as_utf8
from ingest.export_times import Told, in_order, month_comes_first, told
from ingest.message import Message
from ingest.networks.identifiers import eui
from ingest.networks.instants import text_of
from ingest.networks.radio import index
from ingest.networks.reception_export import (
    TOPIC,
    WANTED,
    Line,
    columns_of,
    distinct,
    known_names,
    write,
)
from twin.errors import RecordingInvalid

SAMPLE: Final = 65_536
"""Bytes from the beginning of a file in which its head is looked for."""

_DELIMITERS: Final = (";", ",", "\t", "|")
_WITH_NULS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_PREAMBLE: Final = 10
"""Lines above the head: a title, ``sep=;``."""
_TELLING: Final = 3
"""So many known columns make a line a head, whole or not."""
_NAMED: Final = 4
_SHOWN: Final = 120
_BLANK: Final = " \t\r;,|"
_MINUTES: Final = len("2024-01-23T17:13")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an export.

    Attributes
    ----------
    row : int
        Its line; the first is 1.
    columns : mapping of str to str
        Meaning → the column's own name.
    """

    row: int
    delimiter: str
    names: tuple[str, ...]
    columns: Mapping[str, str]

    @property
    def missing(self) -> list[str]:
        """What no column tells and an export of receptions has."""
        return [meaning for meaning in WANTED if meaning not in self.columns]


def head_of(path: Path, sample: bytes) -> Head | None:
    """Find the head of an export of receptions in the first bytes of a file; None: it is none."""
    try:
        text = _text(path, sample)
    except LayerUnreadable:
        return None
    for row, line in enumerate(text.split("\n")[:_PREAMBLE], 1):
        heads = (_head(row, line, sign) for sign in _DELIMITERS)
        found = max(heads, key=lambda head: len(head.columns))
        if len(found.columns) >= _TELLING:
            return found
    return None


def _text(path: Path, raw: bytes) -> str:
    if not raw.startswith(_WITH_NULS):
        raw = raw.replace(b"\0", "\ufffd".encode())  # a line of junk, not a file of it
    return as_utf8(path, raw)[0].decode("utf-8", "replace")


def _head(row: int, line: str, delimiter: str) -> Head:
    names = tuple(distinct(_cut(line, delimiter)))
    return Head(row, delimiter, names, columns_of(names))


def _cut(line: str, delimiter: str) -> list[str]:
    try:
        cells = next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return [line]
    return [cell.strip() for cell in cells]


def read_export(path: Path, raw: bytes, head: Head, zone: ZoneInfo) -> Iterator[Message]:
    """Yield the lines of an export.

    Parameters
    ----------
    raw : bytes
        The whole file, unpacked.
    zone : ZoneInfo
        Of hours without an offset.

    Raises
    ------
    RecordingInvalid
        A column is missing, or no line tells a time that can be read.
    """
    if head.missing:
        raise RecordingInvalid(str(path), head.row, _missing(head))
    rows = _rows(path, raw, head, zone)
    if _newest_first(rows):
        rows.reverse()
    instants = _instants(rows, head)
    for place in sorted(range(len(rows)), key=instants.__getitem__):  # equal ones stay as they are
        yield _message(path.name, head, rows[place], instants[place])


def _missing(head: Head) -> str:
    wanted = "; ".join(
        f"{meaning}: {' or '.join(map(repr, known_names(meaning)[:_NAMED]))}"
        for meaning in head.missing
    )
    found = ", ".join(name for name in head.names if name)
    return f"an export of receptions needs a column more, {wanted}; columns found: {found}"


class _Row(NamedTuple):
    """A line below the head: its instant, or why it has none."""

    number: int
    line: str
    at: Told | None
    problem: str


def _rows(path: Path, raw: bytes, head: Head, zone: ZoneInfo) -> list[_Row]:
    lines = [
        (number, line)
        for number, line in enumerate(_text(path, raw).split("\n"), 1)
        if number > head.row and line.strip(_BLANK) and not _is_head(line, head)
    ]
    times = [_time(_cells(line, head), head) for _, line in lines]
    month_first = month_comes_first(times)
    rows = []
    for (number, line), time in zip(lines, times, strict=True):
        read = told(time, zone, month_first=month_first)
        if isinstance(read, str):
            rows.append(_Row(number, line, None, f"{head.columns['time']} {time!r}: {read}"))
        else:
            rows.append(_Row(number, line, read, ""))
    if rows and not any(row.at for row in rows):
        raise RecordingInvalid(str(path), rows[0].number, f"{rows[0].problem}; so in every line")
    return rows


def _is_head(line: str, head: Head) -> bool:
    """Whether the head stands there once more, as where exports were joined."""
    return tuple(_cut(line, head.delimiter)) == head.names


def _cells(line: str, head: Head) -> dict[str, str]:
    """Return a line's cells by column; nothing where there are not as many as in the head."""
    cells = _cut(line, head.delimiter)
    names = head.names
    if len(cells) < len(names) or any(cells[len(names) :]):
        return {}
    return dict(zip(names, cells, strict=False))


def _time(cells: Mapping[str, str], head: Head) -> str:
    parts = (cells.get(head.columns[name], "") for name in ("time", "hour") if name in head.columns)
    return " ".join(part for part in parts if part)


def _newest_first(rows: Sequence[_Row]) -> bool:
    instants = [row.at.first for row in rows if row.at]
    steps = [(later > sooner) - (later < sooner) for sooner, later in pairwise(instants)]
    return sum(steps) < 0


def _instants(rows: Sequence[_Row], head: Head) -> list[int]:
    """Return when each line was received; one that does not tell it, when the one before it was."""
    settled = in_order((row.at, *_counted(row, head)) for row in rows)
    known = next((at for at in settled if at is not None), 0)
    instants = []
    for at in settled:
        known = known if at is None else at
        instants.append(known)
    return instants


def _counted(row: _Row, head: Head) -> tuple[str, int | None]:
    cells = _cells(row.line, head)
    return cells.get(head.columns["dev_eui"], ""), index(cells.get(head.columns["f_cnt"], ""))


def _message(file: str, head: Head, row: _Row, at: int) -> Message:
    cells = _cells(row.line, head)
    device = eui(cells.get(head.columns["dev_eui"], "")) or "unknown"
    line = Line(file, row.number, cells=cells, problem=row.problem)
    if row.at is not None:
        line.time = text_of(at)[: _MINUTES if row.at.to_the_minute else None].rstrip("Z") + "Z"
    elif not cells:
        found = len(_cut(row.line, head.delimiter))
        line.problem = f"{len(head.names)} cells expected, {found} found: {row.line[:_SHOWN]!r}"
    return Message(f"{TOPIC}{device}", write(line), at, 1)
