"""Canonical columns read out of a publisher's columns, and what could not be read of them."""

import numpy as np
import polars as pl

from gis.geometry import Mask
from gis.importers.table import Table
from gis.layer_types import Column, ColumnType, Layer
from gis.mapping import Mapping
from gis.mapping_tables import Rule
from gis.report import Effect, Findings
from gis.transforms import EXPECTED, meant, parsed, written

_SPOKEN = ("name", "street")  # texts that people read: inner blanks are made one

DTYPES: dict[ColumnType, pl.DataType] = {
    ColumnType.TEXT: pl.String(),
    ColumnType.NUMBER: pl.Float64(),
    ColumnType.INTEGER: pl.Int64(),
    ColumnType.BOOLEAN: pl.Boolean(),
    ColumnType.DATE: pl.Date(),
    ColumnType.INSTANT: pl.Datetime("us", "UTC"),
    ColumnType.PARTIAL_DATE: pl.String(),
}
"""How polars holds each type."""


class ColumnReader:
    """Reads canonical columns out of a file and tells what could not be read."""

    def __init__(self, layer: Layer, table: Table, mapping: Mapping, findings: Findings) -> None:
        self._layer, self._table, self._findings = layer, table, findings
        self._decimal = mapping.source.decimal

    def read(self, column: Column, rule: str | Rule | None) -> tuple[pl.Series, Mask]:
        """Return the column's values, and the rows to be set aside for it."""
        height = self._table.rows.height
        if rule is None:
            return pl.Series(column.name, [None] * height, dtype=DTYPES[column.type]), np.zeros(
                height, dtype=bool
            )
        frame = self._table.rows
        cells = frame.with_columns(
            written(frame, rule).alias("@written"), meant(frame, rule).alias("@meant")
        ).select(
            "@written",
            "@meant",
            parsed(pl.col("@meant"), column, rule, self._decimal).alias("@value"),
        )
        values = cells["@value"].cast(DTYPES[column.type]).alias(column.name)
        if column.name in _SPOKEN:
            values = values.str.replace_all(r"\s+", " ")
        unread = (cells["@meant"].is_not_null() & values.is_null()).to_numpy()
        aside, outside = self._tell(column, cells["@written"], values, unread)
        if column.keeps_row and outside.any():
            values = values.set(pl.Series(outside), None)
        return values, aside

    def _tell(
        self, column: Column, text: pl.Series, values: pl.Series, unread: Mask
    ) -> tuple[Mask, Mask]:
        """Tell what is wrong; return the rows to be set aside, and those outside the range."""
        empty = text.is_null().to_numpy() | (values.is_null().to_numpy() & ~unread)
        aside, outside = np.zeros((2, len(values)), dtype=bool)
        expected = EXPECTED[column.type]
        if column.required:
            aside |= empty | unread
            self._add("required value missing", empty, text, column, expected=expected)
        effect = Effect.SET_ASIDE if column.required else Effect.LEFT_OUT
        self._add("value that cannot be read", unread, text, column, effect, expected=expected)
        if column.low is not None or column.high is not None:
            low = -np.inf if column.low is None else column.low
            high = np.inf if column.high is None else column.high
            outside = ~values.is_between(low, high).fill_null(value=True).to_numpy()
            span = f"between {low:g} and {high:g}" if np.isfinite(high) else f"at least {low:g}"
            effect = Effect.LEFT_OUT if column.keeps_row else Effect.SET_ASIDE
            self._add("value out of range", outside, text, column, effect, expected=span)
            aside |= outside & (not column.keeps_row)
        return aside, outside

    def _add(
        self,
        reason: str,
        mask: Mask,
        text: pl.Series,
        column: Column,
        effect: Effect = Effect.SET_ASIDE,
        *,
        expected: str,
    ) -> None:
        self._findings.add(
            reason,
            effect,
            self._table.numbers[mask],
            text.filter(pl.Series(mask)),
            layer=self._layer.name,
            field=column.name,
            expected=expected,
        )
