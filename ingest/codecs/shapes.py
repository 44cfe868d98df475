"""Payloads of one layout are decoded together, as the columns of a matrix of bytes.

Self-describing payloads (tag, value, tag, value…) have few layouts in practice: group by length,
walk the first payload, take every payload whose layout bytes are the same, repeat on the rest. What
is read from a payload may depend on the items of its layout alone.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.codecs.readings import Bytes, Readings, Rows

LONGEST_PAYLOAD: Final = 255
"""No LoRaWAN frame carries more. [byte]"""

_LEFT_OUT: Final = -1
_FEW: Final = 48
"""Layouts of one length that are looked for by their bytes: more are noise, walked in one pass."""


class Item(NamedTuple):
    """One value of a layout: its tag, where its bytes start and how many they are."""

    tag: int
    start: int
    size: int


class Layout(NamedTuple):
    """What one payload is made of.

    Attributes
    ----------
    items : tuple of Item
        In order.
    marks : tuple of int
        Offsets of the bytes that fix this layout: payloads alike there are alike throughout.
    problem : str
        Why the walk stopped before the end; empty when it did not.
    """

    items: tuple[Item, ...]
    marks: tuple[int, ...]
    problem: str = ""


def by_shape(
    payloads: Sequence[bytes],
    walk: Callable[[bytes], Layout],
    readings: Readings,
    among: Rows | None = None,
) -> Iterator[tuple[Layout, Rows, Bytes]]:
    """Yield (layout, rows, matrix of their bytes) until every payload had its turn.

    Problems of layouts, empty and overlong payloads are noted in ``readings``. ``among`` leaves
    all other payloads out, as those of another port.
    """
    lengths = np.fromiter(map(len, payloads), np.int64, len(payloads))
    if among is not None:
        left_out = np.ones(len(payloads), bool)
        left_out[among] = False
        lengths[left_out] = _LEFT_OUT
    for length in np.unique(lengths).tolist():
        if length == _LEFT_OUT:
            continue
        rows = np.flatnonzero(lengths == length)
        if length == 0 or length > LONGEST_PAYLOAD:
            readings.fail(rows, "empty" if length == 0 else "too_long")
            continue
        joined = b"".join([payloads[row] for row in rows.tolist()])
        matrix = np.frombuffer(joined, np.uint8).reshape(len(rows), length)
        for _ in range(_FEW):
            if not len(rows):
                break
            layout = walk(payloads[int(rows[0])])
            marks = list(layout.marks)
            alike = (matrix[:, marks] == matrix[0, marks]).all(axis=1)
            if layout.problem:
                readings.fail(rows[alike], layout.problem)
            yield layout, rows[alike], matrix[alike]
            rows, matrix = rows[~alike], matrix[~alike]
        yield from _walked(payloads, walk, readings, rows, matrix)


def _walked(
    payloads: Sequence[bytes],
    walk: Callable[[bytes], Layout],
    readings: Readings,
    rows: Rows,
    matrix: Bytes,
) -> Iterator[tuple[Layout, Rows, Bytes]]:
    """Walk payloads of too many layouts one by one; those that came out alike go together."""
    groups: dict[tuple[tuple[Item, ...], str], tuple[Layout, list[int]]] = {}
    for number, row in enumerate(rows.tolist()):
        layout = walk(payloads[row])
        groups.setdefault((layout.items, layout.problem), (layout, []))[1].append(number)
    for layout, numbers in groups.values():
        if layout.problem:
            readings.fail(rows[numbers], layout.problem)
        yield layout, rows[numbers], matrix[numbers]


def big_endian(matrix: Bytes, start: int, size: int, *, signed: bool = False) -> NDArray[np.int64]:
    """Read up to 7 bytes a row as integers, most significant byte first."""
    return _integers(matrix, range(start, start + size), signed=signed)


def little_endian(
    matrix: Bytes, start: int, size: int, *, signed: bool = False
) -> NDArray[np.int64]:
    """Read up to 7 bytes a row as integers, least significant byte first."""
    return _integers(matrix, range(start + size - 1, start - 1, -1), signed=signed)


def _integers(matrix: Bytes, columns: range, *, signed: bool) -> NDArray[np.int64]:
    value = np.zeros(len(matrix), np.int64)
    for column in columns:
        value = (value << 8) | matrix[:, column]
    if signed:
        top = 1 << (8 * len(columns) - 1)
        value = np.where(value >= top, value - 2 * top, value)
    return value
