"""What follows from a lamp: its power at the mains, how sure the reading is, its last year.

Nothing here is published by the town: figures are estimates and are kept apart from published ones.
"""

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from gis import lamps
from gis.gear import mains_power


class LastSale(NamedTuple):
    """From when on a kind of lamp may no longer be put on the European market.

    Attributes
    ----------
    day : date
    act : str
        The regulation that says so.
    source : str
        How the day follows from it, and where that was read.
    """

    day: date
    act: str
    source: str


_ROHS_EXPIRY = "end of its exemption for mercury in annex III; rohs.ca 2022-03-20, sdeeg33.fr"

END_OF_PRODUCTION: Final[Mapping[str, LastSale]] = MappingProxyType(
    {
        lamps.INCANDESCENT: LastSale(
            date(2012, 9, 1),
            "Commission Regulation (EC) No 244/2009",
            "annex I, fourth stage: the last clear bulbs; ecolamp.it, germanenergyblog.de",
        ),
        lamps.MERCURY: LastSale(
            date(2015, 4, 13),
            "Commission Regulation (EC) No 245/2009",
            "annex III, third stage: six years after it took effect on 13 April 2009; "
            "intertek.com, filiere-3e.fr 47076",
        ),
        lamps.COMPACT_FLUORESCENT: LastSale(date(2023, 2, 24), "RoHS 2011/65/EU", _ROHS_EXPIRY),
        lamps.FLUORESCENT: LastSale(date(2023, 8, 24), "RoHS 2011/65/EU", _ROHS_EXPIRY),
        lamps.SODIUM_HIGH_PRESSURE: LastSale(date(2027, 2, 24), "RoHS 2011/65/EU", _ROHS_EXPIRY),
    }
)
"""Technology → its last day on the market, the act, and the source of both.

Those that are not here are still made, or no source was found for a single day: mixed light,
low-pressure sodium, metal halide (sources give 2023 or 2027), halogen (it depends on the cap),
induction, LED. Stock may be used after that day.
"""

USUAL_W: Final[Mapping[str, frozenset[float]]] = MappingProxyType(
    {
        lamps.SODIUM_HIGH_PRESSURE: frozenset({35, 50, 70, 100, 150, 250, 400, 600, 1000}),
        lamps.SODIUM_LOW_PRESSURE: frozenset({18, 26, 35, 36, 55, 66, 90, 91, 131, 135, 180}),
        lamps.METAL_HALIDE: frozenset({20, 35, 45, 50, 60, 70, 90, 100, 140, 150, 250, 400, 1000}),
        lamps.MERCURY: frozenset({50, 80, 125, 250, 400, 700, 1000}),
        lamps.MIXED_LIGHT: frozenset({100, 160, 250, 500}),
    }
)
"""Powers that lamps of a technology are sold in; one of them makes a bare figure likely. [W]"""

SCHEMA: Final = pl.Schema(
    {
        "technology": pl.String(),
        "lamp_w": pl.Float64(),
        "mains_estimate_w": pl.Float64(),
        "lamp_confidence": pl.Float64(),
        "end_of_production": pl.Date(),
    }
)

_WATTS_SAID = re.compile(r"\d\s*(?:watts?|w)\b", re.IGNORECASE)
_SPELT_OUT = re.compile(r"[a-zà-ÿ]{4,}", re.IGNORECASE)


class LampFacts(NamedTuple):
    """A lamp as far as its text tells.

    Attributes
    ----------
    technology : str or None
        One of ``gis.lamps.TECHNOLOGIES``.
    lamp_w : float or None
        At the lamp. [W]
    mains_estimate_w : float or None
        With usual gear; None where technology or watts are not known. [W]
    lamp_confidence : float
        Of technology and watts together, 0 (nothing read) to 1.
    end_of_production : date or None
        See ``END_OF_PRODUCTION``.
    """

    technology: str | None
    lamp_w: float | None
    mains_estimate_w: float | None
    lamp_confidence: float
    end_of_production: date | None


def describe_lamp(text: str) -> LampFacts:
    """Read one lamp text and say what follows from it.

    Examples
    --------
    >>> describe_lamp("Sodio AP 150").mains_estimate_w
    165.0
    """
    lamp = lamps.read_lamp(text)
    ends = END_OF_PRODUCTION.get(lamp.technology or "")
    mains = None
    if lamp.technology is not None and lamp.lamp_w is not None:
        mains = round(float(mains_power(lamp.lamp_w, lamp.technology)), 1)
    return LampFacts(
        lamp.technology, lamp.lamp_w, mains, _confidence(text, lamp), ends.day if ends else None
    )


def describe_lamps(texts: pl.Series) -> pl.DataFrame:
    """Read a column of lamp texts; each distinct text is read once.

    Returns
    -------
    DataFrame of ``SCHEMA``, one row a text, in the same order; all null where the text is.
    """
    distinct = texts.unique().drop_nulls()
    answers = pl.DataFrame(
        [describe_lamp(text) for text in distinct.to_list()], schema=SCHEMA, orient="row"
    ).with_columns(distinct.cast(pl.String).alias("text"))
    asked = pl.DataFrame({"text": texts.cast(pl.String)})
    return asked.join(answers, on="text", how="left", maintain_order="left").select(SCHEMA.names())


def mains_estimates(technology: pl.Series, lamp_w: pl.Series) -> pl.Series:
    """Power at the mains by technology and lamp; null where one of them is not known. [W]"""
    watts = lamp_w.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    mains = np.full(len(watts), np.nan)
    for name in technology.drop_nulls().unique():
        rows = (technology == name).fill_null(value=False).to_numpy()
        mains[rows] = mains_power(watts[rows], name)
    return pl.Series(np.round(mains, 1)).fill_nan(None)


def _confidence(text: str, lamp: lamps.Lamp) -> float:
    """How sure a reading is: words spelt out and a W say more than letters and a bare figure."""
    if lamp.technology is None and lamp.lamp_w is None:
        return 0.0
    named = 0.3 if lamp.technology is None else 0.98 if _SPELT_OUT.search(text) else 0.9
    if lamp.lamp_w is None:
        return round(0.5 * named, 2)
    usual = lamp.lamp_w in USUAL_W.get(lamp.technology or "", frozenset())
    figure = 0.98 if _WATTS_SAID.search(text) else 0.95 if usual else 0.75
    return round(named * figure, 2)
