"""Measured values in words: what a property is called, how a value is written."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from control_center.catalogue import Texts
from control_center.figures import Figures
from control_center.wall.curve import main

YES_OR_NO = "bool"
"""Unit of what holds until the next word."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The last value of one property, in words.

    Attributes
    ----------
    doubtful : bool
        Out of range, late, or its time guessed.
    """

    code: str
    name: str
    value: str
    at: datetime | None
    doubtful: bool


class Values:
    """Writes properties and their values in one language."""

    def __init__(self, texts: Texts) -> None:
        self._texts, self._figures = texts, Figures(texts)

    def name(self, code: str) -> str:
        """Name a property."""
        key = f"operator.property.{code}"
        return self._texts.plain(key) if key in self._texts else code.replace("_", " ")

    def written(self, value: float, code: str, unit: str) -> str:
        """Write a value with its unit; what is yes or no in words."""
        if unit == YES_OR_NO:
            key = f"operator.value.{code}.{'yes' if value else 'no'}"
            fallback = f"operator.value.{'yes' if value else 'no'}"
            return self._texts.plain(key if key in self._texts else fallback)
        digits = 2 if unit == "m" or abs(value) < 1 else 1
        if unit != "m" and (abs(value) >= 100 or float(value).is_integer()):
            digits = 0
        return self._texts.plain(_unit_key(unit), value=self._figures.number(value, digits))

    def unit(self, unit: str) -> str:
        """Write a unit alone; nothing for what is yes or no."""
        if unit == YES_OR_NO:
            return ""
        return self._texts.plain(_unit_key(unit), value="").strip()

    def last(self, streams: pl.DataFrame) -> list[Reading]:
        """Return one row a property: its sum where there is one, else its phases in a row.

        Parameters
        ----------
        streams : DataFrame
            ``twin.store.telemetry.STREAMS``.
        """
        measured = streams.drop_nulls("value")
        return [
            Reading(
                code=str(code),
                name=self.name(str(code)),
                value=", ".join(
                    self.written(row["value"], row["property"], row["unit"])
                    for row in main(group).to_dicts()
                ),
                at=group["measured_at"].to_list()[0],
                doubtful=bool((main(group)["quality"] != 0).any()),
            )
            for (code,), group in measured.group_by("property", maintain_order=True)
        ]


def _unit_key(unit: str) -> str:
    """Return the key of a unit: letters and underscores only."""
    return f"operator.unit.{unit.replace('/', '_').replace('%', 'percent')}"
