"""What a canonical layer is made of: a kind of geometry, columns, what a cell of each may hold."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

GeometryKind = Literal["point", "line", "area", "none"]


class ColumnType(StrEnum):
    """What a cell may hold after reading."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    PARTIAL_DATE = "partial_date"
    """A year, a month or a day, as far as it is known: ``1997``, ``1997-12``, ``1997-12-18``."""


@dataclass(frozen=True, slots=True)
class Column:
    """One canonical column.

    Attributes
    ----------
    name : str
        Its name; a unit, where there is one, ends it.
    type : ColumnType
        What a cell may hold.
    required : bool
        Whether a row without it is set aside.
    low, high : float | None
        Plausible range, inclusive; a value outside sets the row aside.
    keeps_row : bool
        A value outside is left out instead, and the row stays.
    """

    name: str
    type: ColumnType = ColumnType.TEXT
    required: bool = False
    low: float | None = None
    high: float | None = None
    keeps_row: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """One canonical layer.

    Attributes
    ----------
    name : str
        Plural, as in mapping files and reports.
    kind : str
        The asset kind of its rows; empty for tables that are not assets.
    geometry : {'point', 'line', 'area', 'none'}
        What its rows are drawn as.
    columns : tuple of Column
        All but the geometry.
    """

    name: str
    kind: str
    geometry: GeometryKind
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """Return a column by name, None where the layer has none of that name."""
        return next((column for column in self.columns if column.name == name), None)
