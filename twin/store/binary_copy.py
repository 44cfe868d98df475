"""Rows in PostgreSQL's binary COPY format, from columns; no loop over rows but one join.

A row is a count of fields, then for each field its length (−1: null) and its bytes, big-endian.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_SHORT: Final = 64
_NULL: Final = b"\xff\xff\xff\xff"
_WIRE: Final = {"i2": ">i2", "i4": ">i4", "i8": ">i8", "f8": ">f8"}

PG_EPOCH_US: Final = 946_684_800_000_000
"""2000-01-01 UTC, from which PostgreSQL counts. [µs since 1970]"""


class Fixed:
    """A column of whole numbers or floats; ``present`` False marks null.

    Parameters
    ----------
    kind : str
        ``i2``, ``i4``, ``i8`` (smallint, integer, bigint) or ``f8`` (double precision).
    """

    def __init__(
        self, kind: str, values: NDArray[Any], present: NDArray[np.bool_] | None = None
    ) -> None:
        self.kind = kind
        self.values = values
        self.present = None if present is None or present.all() else present


class Times(Fixed):
    """A column of timestamptz from µs since 1970 UTC."""

    def __init__(self, micros: NDArray[np.int64], present: NDArray[np.bool_] | None = None) -> None:
        super().__init__("i8", micros - PG_EPOCH_US, present)


class Bytes:
    """A column of bytea, or of text encoded as UTF-8; None is null."""

    def __init__(self, values: Sequence[bytes | None]) -> None:
        self.values = values

    @staticmethod
    def common_size(lengths: list[int]) -> int:
        """Return the one length that all values have, where it is short; else 0."""
        first = lengths[0] if lengths else 0
        alike = 0 < first <= _SHORT and lengths.count(first) == len(lengths)
        return first if alike else 0


Column = Fixed | Bytes


def encode(columns: Sequence[Column]) -> bytes:
    """Return the rows, with header and trailer, for ``COPY … FROM STDIN (FORMAT BINARY)``."""
    count = len(columns[0].values)
    record = _Record(count)
    record.put(">i2", len(columns))
    pieces: list[Sequence[bytes]] = []
    for column in columns:
        if isinstance(column, Bytes):
            lengths = [-1 if value is None else len(value) for value in column.values]
            size = column.common_size(lengths)
            record.put(">i4", size if size else np.array(lengths, np.int64))
            if size:
                record.put(f"S{size}", np.array(column.values, f"S{size}"))
            else:
                pieces += [record.rows(), [value or b"" for value in column.values]]
                record = _Record(count)
        elif column.present is None:
            record.put(">i4", int(column.kind[1]))
            record.put(_WIRE[column.kind], column.values)
        else:
            pieces += [record.rows(), _nullable(column, count)]
            record = _Record(count)
    if not pieces:
        return _HEADER + record.packed() + _TRAILER
    pieces.append(record.rows())
    return _HEADER + b"".join(chain.from_iterable(zip(*pieces, strict=True))) + _TRAILER


def _nullable(column: Fixed, count: int) -> list[bytes]:
    record = _Record(count)
    record.put(">i4", int(column.kind[1]))
    record.put(_WIRE[column.kind], column.values)
    assert column.present is not None  # noqa: S101 - the caller's branch
    present = column.present.tolist()
    return [row if there else _NULL for row, there in zip(record.rows(), present, strict=True)]


class _Record:
    """Adjacent fields of fixed size, as one array of records."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._fields: list[tuple[str, NDArray[Any] | int]] = []

    def put(self, wire: str, values: NDArray[Any] | int) -> None:
        self._fields.append((wire, values))

    def packed(self) -> bytes:
        dtype = np.dtype([(f"f{n}", wire) for n, (wire, _) in enumerate(self._fields)])
        array = np.empty(self._count, dtype)
        for number, (_, values) in enumerate(self._fields):
            array[f"f{number}"] = values
        return array.tobytes()

    def rows(self) -> list[bytes]:
        if not self._fields:
            return [b""] * self._count
        raw = self.packed()
        size = len(raw) // self._count if self._count else 1
        return [raw[at : at + size] for at in range(0, len(raw), size)]
