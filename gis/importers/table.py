"""What every reader hands over, whatever the format was."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gis.mapping_tables import Source
from gis.settings import ImportSettings

FILE = "@file"
"""Column of what was read together: name, without its ending, of the file that a row is from."""
_ROW = "@place"
LAYER = "@layer"
"""Column of what was read together: name of the layer that a row is from."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read, and how.

    Attributes
    ----------
    file, path : Path
        What the user named, for messages; what is read, another one where it was in an archive.
    source : Source
        How the mapping wants it read.
    limits : ImportSettings
        Caps on rows and bytes.
    columns : set of str or None
        Read only these where the format allows it; None for all.
    members : tuple of Path or None
        The files of the archive that ``path`` is of; None where there is none.
    """

    file: Path
    path: Path
    source: Source
    limits: ImportSettings
    columns: set[str] | None = None
    members: tuple[Path, ...] | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that a reader could not even cut into fields, or could not draw."""

    row: int
    value: str
    expected: str
    reason: str = "row that cannot be cut into fields"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a file, as published.

    Attributes
    ----------
    file : Path
        Where they come from.
    rows : DataFrame
        One column a field; text is stripped, an empty text is null.
    numbers : ndarray of int64
        Row number a person would look for: line of a spreadsheet (its head is line 1), or rank of
        the feature, from 1.
    geometry : ndarray of bytes or None
        WKB or None for each row; None where the format carries no geometry.
    crs : str or None
        What the file says of its coordinates; None where it says nothing.
    notes : list of str
        What the reader had to decide by itself, e.g. an encoding.
    unread : list of SetAside
        Rows that could not be cut into fields.
    """

    file: Path
    rows: pl.DataFrame
    numbers: NDArray[np.int64]
    geometry: NDArray[np.object_] | None = None
    crs: str | None = None
    notes: list[str] = field(default_factory=list)
    unread: list[SetAside] = field(default_factory=list)

    @property
    def read(self) -> int:
        """How many rows the file holds."""
        return self.rows.height + len(self.unread)


def fits(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name is of one of the patterns (``*``, ``?``), without regard to case."""
    return any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in patterns)


def tidy(rows: pl.DataFrame) -> pl.DataFrame:
    """Strip every text and make the empty ones null."""
    texts = pl.col(pl.String)
    return rows.with_columns(texts.str.strip_chars().replace("", None))


def together(file: Path, tables: Sequence[Table], column: str, names: Sequence[str]) -> Table:
    """Put tables under each other; ``column`` says where a row is from, by name.

    Columns that only some of them have are empty in the others; of two types, they become text.
    Geometries must be in one system, or there must be none.
    """
    named = [
        replace(table, rows=table.rows.with_columns(pl.lit(name).alias(column)))
        for table, name in zip(tables, names, strict=True)
    ]
    if len(named) == 1:
        return replace(named[0], file=file)
    drawn = any(table.geometry is not None for table in named)
    return Table(
        file=file,
        rows=pl.concat(_alike([table.rows for table in named]), how="diagonal"),
        numbers=np.concatenate([table.numbers for table in named]),
        geometry=np.concatenate([_shapes(table) for table in named]) if drawn else None,
        crs=next((table.crs for table in named if table.crs), None),
        notes=list(dict.fromkeys(note for table in named for note in table.notes)),
        unread=[row for table in named for row in table.unread],
    )


def unpivoted(table: Table, source: Source) -> Table:
    """Make rows of columns that say the same of several things, if the mapping asks for it."""
    asked = source.unpivot
    if asked is None:
        return table
    wide = [name for name in table.rows.columns if re.search(asked.columns, name)]
    others = [name for name in table.rows.columns if name not in wide]
    long = (
        table.rows.with_row_index(_ROW)
        .unpivot(on=wide, index=[_ROW, *others], variable_name=asked.name, value_name=asked.value)
        .drop_nulls(asked.value)
        .sort(_ROW, maintain_order=True)
    )
    rows = long[_ROW].to_numpy()
    geometry = None if table.geometry is None else table.geometry[rows]
    return replace(table, rows=long.drop(_ROW), numbers=table.numbers[rows], geometry=geometry)


def _shapes(table: Table) -> NDArray[np.object_]:
    if table.geometry is not None:
        return table.geometry
    return np.full(table.rows.height, None, dtype=object)


def _alike(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Make text of the columns that are not of one type everywhere."""
    types: dict[str, set[pl.DataType]] = {}
    for frame in frames:
        for name, dtype in frame.schema.items():
            types.setdefault(name, set()).add(dtype)
    mixed = [name for name, found in types.items() if len(found) > 1]
    return [
        frame.with_columns(pl.col(name).cast(pl.String) for name in mixed if name in frame.columns)
        for frame in frames
    ]
