"""Lamp texts of lighting registers, read: technology and watts at the lamp.

Registers hold the lamp as a free text in the language of the town: "Sodio AP 250",
"Vapori Di Mercurio BF 125", "6x12V 8,5W", "SHP 150 W", "LED 36". Distinct texts are few (42 in
20 632 rows at Lecce), so each is read once and the answer joined back.

Only what the text says is returned: watts **at the lamp**, not at the mains (gear is apart), and
nothing where no figure can stand for a wattage.
"""

import re
from typing import Final, NamedTuple

import polars as pl

LED: Final = "led"
SODIUM_HIGH_PRESSURE: Final = "sodium_high_pressure"
SODIUM_LOW_PRESSURE: Final = "sodium_low_pressure"
METAL_HALIDE: Final = "metal_halide"
MERCURY: Final = "mercury_vapour"
MIXED_LIGHT: Final = "mixed_light"
COMPACT_FLUORESCENT: Final = "compact_fluorescent"
FLUORESCENT: Final = "fluorescent_tube"
HALOGEN: Final = "halogen"
INCANDESCENT: Final = "incandescent"
INDUCTION: Final = "induction"

TECHNOLOGIES: Final = (
    LED,
    SODIUM_HIGH_PRESSURE,
    SODIUM_LOW_PRESSURE,
    METAL_HALIDE,
    MERCURY,
    MIXED_LIGHT,
    COMPACT_FLUORESCENT,
    FLUORESCENT,
    HALOGEN,
    INCANDESCENT,
    INDUCTION,
)

SCHEMA: Final = pl.Schema({"technology": pl.String(), "lamp_w": pl.Float64()})

# The first that is found wins, so the narrower stands before the wider. Italian, French, English,
# then trade marks and the short codes of lamp makers (ILCOS and usual abbreviations).
_TECHNOLOGIES: Final = (
    (LED, r"\bleds?\b"),
    (
        SODIUM_LOW_PRESSURE,
        r"\b(sodio|sodium)\b.*\b(bp|basse pression|bassa pressione|baja presi[óo]n|low pressure)\b",
    ),
    (SODIUM_LOW_PRESSURE, r"\b(sbp|vsbp|lps|sox)\b"),
    (
        METAL_HALIDE,
        r"\b([ij]oduri|iodures?|halog[ée]nures?|alogenuri|haluros?|halogenuros?|metal halide)\b",
    ),
    (METAL_HALIDE, r"\b(im|jm|hm|hqi|mh|mhl|cdm|cdo|cpo|hci|cosmo(polis|white))\b"),
    (SODIUM_HIGH_PRESSURE, r"\b(sodio|sodium|shp|sap|vsap|hps|son|nav|st)\b"),
    (MIXED_LIGHT, r"\b(luce miscelata|miscelata|lumi[èe]re mixte|mixed light|blended|lm|mbtf)\b"),
    (MERCURY, r"\b(mercurio|mercure|mercury|vapori|bf|ballons? fluo(rescents?)?|hpl|hql|mbf|vm)\b"),
    (
        COMPACT_FLUORESCENT,
        r"\b(basso consumo|basse consommation|bajo consumo|fluo ?-?compactes?|compact fluo\w*)\b",
    ),
    (COMPACT_FLUORESCENT, r"\b(fbc|cfl|compacte|pl[- ]?[lct])\b"),
    (FLUORESCENT, r"\b(tub[oei]s?|tube|fluorescen\w*|neon|n[ée]on|fluo|t5|t8)\b"),
    (HALOGEN, r"\b(alogen[aeo]|halog[eè]ne|halogen|dicroic\w*|dichro\w*|halospot|halopin)\b"),
    (HALOGEN, r"\b(decostar|par ?\d*)\b"),
    (INCANDESCENT, r"\b(incandescen\w*|incandescence)\b"),
    (INDUCTION, r"\b(induzione|induction|ql)\b"),
)
_PATTERNS: Final = tuple((name, re.compile(pattern)) for name, pattern in _TECHNOLOGIES)

_NUMBER: Final = r"\d+(?:[.,]\d+)?"
_VOLTS: Final = re.compile(rf"(?<![\d.,]){_NUMBER}\s*(?:volts?|v)\b")
_KELVIN: Final = re.compile(r"\b\d{4,5}\s*k\b")
_LUMEN: Final = re.compile(rf"\b{_NUMBER}\s*(?:lm|lumens?)\b")
_MILLIAMPERE: Final = re.compile(rf"\b{_NUMBER}\s*ma\b")
_TIMES: Final = re.compile(
    rf"(?<![\d.,])(\d{{1,3}})\s*(?:x|×|\*|led)\s*({_NUMBER})\s*(?:watts?|w)?\b"
)
_LIST: Final = re.compile(rf"\(\s*(\d{{1,3}})\s+({_NUMBER})\s*(?:watts?|w)\s*\)")
_WATTS: Final = re.compile(rf"(?<![\d.,])({_NUMBER})\s*(?:watts?|w)\b")
_BARE: Final = re.compile(rf"(?<![\d.,\w])({_NUMBER})(?![\d.,\w])")

_LARGEST_W: Final = 5_000.0


class Lamp(NamedTuple):
    """What a text says; None where it does not say it."""

    technology: str | None
    lamp_w: float | None


def read_lamps(texts: pl.Series) -> pl.DataFrame:
    """Read a column of lamp texts.

    Parameters
    ----------
    texts : Series of String
        As published; null where nothing is written.

    Returns
    -------
    DataFrame, one row a text, in the same order
        technology : str, one of ``TECHNOLOGIES``, null where the text names none;
        lamp_w : float, at the lamp, gear not counted, null where the text gives none. [W]
    """
    distinct = texts.unique().drop_nulls()
    answers = pl.DataFrame(
        [read_lamp(text) for text in distinct.to_list()], schema=SCHEMA, orient="row"
    ).with_columns(distinct.alias("text"))
    asked = pl.DataFrame({"text": texts.cast(pl.String)})
    return asked.join(answers, on="text", how="left", maintain_order="left").select(SCHEMA.names())


def read_lamp(text: str) -> Lamp:
    """Read one lamp text.

    Examples
    --------
    >>> read_lamp("LED ( 28 12V 1W )")
    Lamp(technology='led', lamp_w=28.0)
    >>> read_lamp("Alogena ( 6x12V 8,5W )")
    Lamp(technology='halogen', lamp_w=51.0)
    """
    plain = text.casefold()
    return Lamp(_technology(plain), _watts(plain))


def _technology(text: str) -> str | None:
    return next((name for name, pattern in _PATTERNS if pattern.search(text)), None)


def _watts(text: str) -> float | None:
    """Quantity × unit power, else the figure with a W, else the last figure that can be one."""
    for noise in (_VOLTS, _KELVIN, _LUMEN, _MILLIAMPERE):
        text = noise.sub(" ", text)
    text = re.sub(r"(\d)\s*[x×*]\s+(?=\d)", r"\1x", text)
    for pattern in (_TIMES, _LIST):
        product = pattern.search(text)
        if product:
            return _plausible(float(product[1]) * _value(product[2]))
    written = _WATTS.findall(text)
    if written:
        return _plausible(_value(written[-1]))
    bare = _BARE.findall(text)
    return _plausible(_value(bare[-1])) if bare else None


def _value(number: str) -> float:
    return float(number.replace(",", "."))


def _plausible(watts: float) -> float | None:
    return watts if 0 < watts <= _LARGEST_W else None
