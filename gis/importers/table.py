"""What every reader hands over, whatever the format was."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that a reader could not even cut into fields."""

    row: int
    value: str
    expected: str


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


def tidy(rows: pl.DataFrame) -> pl.DataFrame:
    """Strip every text and make the empty ones null."""
    texts = pl.col(pl.String)
    return rows.with_columns(texts.str.strip_chars().replace("", None))
