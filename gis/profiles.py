"""What the cells of a column look like, whatever the column is called."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from gis.importers.table import Table
from gis.lamps import read_lamps
from gis.layer_types import Column, ColumnType
from gis.mapping_tables import Rule
from gis.transforms import as_text, parsed

DATE_FORMATS = (
    "%Y-%m-%d", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%d.%m.%Y", "%Y%m%d",
    "%d/%m/%y", "%d-%m-%y", "%d_%m_%y", "%d-%b-%Y", "%d %b %Y", "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
)  # fmt: skip
_SEEN = 20_000
_NO_WORD = r"^[?\s/.,;:_*-]+$"  # "????/??/??", "--"
_RARE = 0.02


@dataclass(frozen=True)
class Profile:
    """A column of a file as texts, and what can be said of them.

    Attributes
    ----------
    name : str
        As published.
    texts : Series of String
        The first rows; placeholders and empty cells are null.
    placeholders : tuple of str
        Values that stand for "not known", as they occur.
    filled : float
        Share of rows that say something, 0 to 1.
    """

    name: str
    texts: pl.Series
    placeholders: tuple[str, ...]
    filled: float

    @cached_property
    def said(self) -> pl.Series:
        """The texts that are there."""
        return self.texts.drop_nulls()

    @cached_property
    def unique(self) -> float:
        """Share of the texts that occur for the first time, 0 to 1."""
        return self.said.n_unique() / len(self.said) if len(self.said) else 0.0

    @cached_property
    def comma(self) -> bool:
        """Whether its numbers carry a decimal comma."""
        return bool(self.said.str.contains(r"^\s*[+-]?\d+,\d+\s*$").any())

    @cached_property
    def lamps(self) -> float:
        """Share of the texts that a lamp can be read of, 0 to 1."""
        distinct = self.said.unique()
        if not len(distinct) or len(distinct) > len(self.said) / 2 + 5:
            return 0.0
        return share(read_lamps(self.said)["technology"].is_not_null())

    def fits(self, column: Column) -> float:
        """Share of the texts that a canonical column can take, 0 to 1."""
        if not len(self.said):
            return 0.0
        values = self._values(column)
        if column.low is not None or column.high is not None:
            low = float("-inf") if column.low is None else column.low
            high = float("inf") if column.high is None else column.high
            values = values.filter(values.is_between(low, high))
        return (len(values) - values.null_count()) / len(self.said)

    def date_formats(self) -> tuple[str, ...]:
        """Forms of its dates, the most frequent first; empty where they are ISO alone."""
        left = self.said
        found: list[str] = []
        while len(left) > _RARE * len(self.said) and len(found) < len(DATE_FORMATS):
            counts = {form: _dates(left, form).count() for form in DATE_FORMATS}
            best = max(counts, key=lambda form: counts[form])
            if counts[best] <= _RARE * len(self.said):
                break
            found.append(best)
            left = left.filter(_dates(left, best).is_null())
        return () if found == ["%Y-%m-%d"] else tuple(found)

    def _values(self, column: Column) -> pl.Series:
        dates = self.date_formats() if column.type is ColumnType.DATE else ()
        rule = Rule(column=self.name, dates=dates)
        cells = pl.DataFrame({"text": self.said})
        decimal = "," if self.comma else "."
        return cells.select(parsed(pl.col("text"), column, rule, decimal)).to_series()


def share(holds: pl.Series) -> float:
    """Share of rows for which something holds, 0 to 1; 0 where there is none."""
    return int(holds.sum() or 0) / len(holds) if len(holds) else 0.0


def profiles(table: Table, missing: Sequence[str]) -> list[Profile]:
    """Look at every column of a file; those that say nothing are left out.

    Parameters
    ----------
    missing : sequence of str
        Words for "not known".
    """
    gone = [word.casefold() for word in missing]
    found = []
    for name in table.rows.columns:
        if name in {"@file", "@layer"}:
            continue
        texts = table.rows.head(_SEEN).select(as_text(table.rows, name)).to_series()
        held = texts.str.to_lowercase().is_in(gone) | texts.str.contains(_NO_WORD)
        held = held.fill_null(value=False)
        placeholders = texts.filter(held).unique().sort().to_list()
        clean = texts.set(held, None)
        if clean.null_count() < len(clean):
            filled = 1 - clean.null_count() / len(clean)
            found.append(Profile(name, clean, tuple(placeholders), filled))
    return found


def _dates(texts: pl.Series, form: str) -> pl.Series:
    if "H" in form:
        return texts.str.to_datetime(form, strict=False).dt.date()
    return texts.str.to_date(form, strict=False)
