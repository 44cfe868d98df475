"""Coordinates written as text: numbers, degrees and minutes, both in one cell."""

import re

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from gis.errors import MissingColumn
from gis.geometry import Coordinates, Geometries
from gis.importers.table import Table
from gis.mapping_tables import Source
from gis.report import Effect, Findings
from gis.transforms import as_text

_SEXAGESIMAL = re.compile(
    r"""^\s*([+-]?)(\d{1,3})\s*[°dº]\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*['′’m]\s*)?"""
    r"""(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:["″”s]|'')?\s*)?([NSEWO]?)\s*$""",
    re.IGNORECASE,
)
_SOUTH_OR_WEST = "SWO"  # O: ouest, ovest, oeste
_PAIR = r"^[\s(\[]*([+-]?\d+(?:\.\d+)?)\s*[,; ]\s*([+-]?\d+(?:\.\d+)?)[\s)\]]*$"


def from_columns(
    table: Table, source: Source, x_name: str, y_name: str, findings: Findings
) -> Geometries:
    """Points of two columns; 0, 0 stands for "not known".

    Raises
    ------
    MissingColumn
        The file lacks one of them.
    """
    x, y = (_numbers(table, name, source.decimal, findings) for name in (x_name, y_name))
    return _points(x, y)


def from_pairs(table: Table, column: str, findings: Findings) -> Geometries:
    """Points of one column that holds latitude and longitude, in this order.

    Raises
    ------
    MissingColumn
        The file lacks it.
    """
    require(table, column)
    text = as_text_series(table, column)
    north, east = (text.str.extract(_PAIR, group).cast(pl.Float64) for group in (1, 2))
    unread = (text.is_not_null() & north.is_null()).to_numpy()
    findings.add(
        "coordinate that cannot be read",
        Effect.LEFT_OUT,
        table.numbers[unread],
        text.filter(pl.Series(unread)),
        field=column,
        expected="latitude, longitude",
    )
    x, y = (values.fill_null(float("nan")).to_numpy() for values in (east, north))
    return _points(x, y)


def require(table: Table, column: str) -> None:
    """See that a column is there.

    Raises
    ------
    MissingColumn
        It is not.
    """
    if column not in table.rows.columns:
        raise MissingColumn(table.file, column, table.rows.columns)


def as_text_series(table: Table, column: str) -> pl.Series:
    """Return a source column as text."""
    return table.rows.select(as_text(table.rows, column)).to_series()


def sexagesimal(text: str) -> float | None:
    """Read degrees, minutes and seconds; None where the text is something else.

    >>> sexagesimal("3°00'36W")
    -3.01
    """
    found = _SEXAGESIMAL.match(text)
    if found is None:
        return None
    sign, degrees, minutes, seconds, side = found.groups()
    parts = [float((part or "0").replace(",", ".")) for part in (degrees, minutes, seconds)]
    value = parts[0] + parts[1] / 60 + parts[2] / 3600
    return -value if sign == "-" or (side and side.upper() in _SOUTH_OR_WEST) else value


def _points(x: NDArray[np.float64], y: NDArray[np.float64]) -> Geometries:
    known = np.isfinite(x) & np.isfinite(y) & ~((x == 0) & (y == 0))
    shapes = np.full(len(x), None, dtype=object)
    shapes[known] = shapely.points(x[known], y[known])
    return shapes


def _numbers(table: Table, name: str, decimal: str, findings: Findings) -> Coordinates:
    """Read one column: a decimal comma is understood in any case, and so are minutes."""
    require(table, name)
    text = as_text_series(table, name)
    value = text.cast(pl.Float64, strict=False)
    if value.null_count() > text.null_count():
        commas = text.str.replace_all(r"[\s\x{a0}]", "").str.replace(",", ".", literal=True)
        value = value.fill_null(commas.cast(pl.Float64, strict=False))
    left = (text.is_not_null() & value.is_null()).to_numpy()
    numbers = value.fill_null(float("nan")).to_numpy().copy()
    if left.any():
        read = [sexagesimal(cell) for cell in text.filter(pl.Series(left))]
        numbers[left] = [np.nan if one is None else one for one in read]
        left[left] = [one is None for one in read]
    findings.add(
        "coordinate that cannot be read",
        Effect.LEFT_OUT,
        table.numbers[left],
        text.filter(pl.Series(left)),
        field=name,
        expected=f"a number with decimal {decimal!r}",
    )
    return numbers
