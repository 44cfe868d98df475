"""The small transforms of mapping files, as polars expressions over whole columns."""

import re

import polars as pl

from gis.layer_types import Column, ColumnType
from gis.mapping_tables import Condition, Rule, Scalar

_TRUE = ("true", "t", "1", "yes", "y", "oui", "o", "vrai", "si", "sì", "s", "vero")
_FALSE = ("false", "f", "0", "no", "n", "non", "faux", "falso")
_SLOT = re.compile(r"\{([^{}]+)\}")

EXPECTED: dict[ColumnType, str] = {
    ColumnType.TEXT: "a text",
    ColumnType.NUMBER: "a number",
    ColumnType.INTEGER: "a whole number",
    ColumnType.BOOLEAN: "yes or no",
    ColumnType.DATE: "a date",
    ColumnType.INSTANT: "an instant with its offset, e.g. 2026-11-19T20:14:00+01:00",
    ColumnType.PARTIAL_DATE: "a day, a month or a year, e.g. 2002-12-12, 2002/12/??, 12/12/2002",
}


def as_text(frame: pl.DataFrame, column: str) -> pl.Expr:
    """Give a source column as text; whole numbers are written without a decimal point."""
    values = pl.col(column)
    dtype = frame.schema[column]
    if dtype.is_float():
        whole = (values == values.floor()) & (values.abs() < 2**53)
        return (
            pl.when(whole)
            .then(values.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(values.cast(pl.String))
        )
    return values.cast(pl.String)


def holds(frame: pl.DataFrame, condition: Condition) -> pl.Expr:
    """Whether each row fulfils a condition; an empty cell fulfils only ``empty = true``."""
    text = as_text(frame, condition.column)
    tests = [pl.lit(value=True)]
    if condition.one_of:
        wanted = [value.casefold() for value in condition.one_of]
        tests.append(text.str.to_lowercase().is_in(wanted))
    if condition.matches is not None:
        tests.append(text.str.contains(condition.matches))
    if condition.empty is not None:
        tests.append(text.is_null() if condition.empty else text.is_not_null())
    return pl.all_horizontal(tests).fill_null(value=False)


def written(frame: pl.DataFrame, rule: str | Rule) -> pl.Expr:
    """Give what the publisher wrote for a canonical column, as text: the value of the report."""
    if isinstance(rule, str):
        return as_text(frame, rule)
    if rule.column is not None:
        return as_text(frame, rule.column)
    if rule.first_of:
        return pl.coalesce(as_text(frame, column) for column in rule.first_of)
    if rule.template is not None:
        return _filled(frame, rule.template)
    if rule.share_of is not None:
        return pl.lit(str(rule.share_of / max(frame.height, 1)))
    return pl.lit(_scalar_text(rule.constant))


def meant(frame: pl.DataFrame, rule: str | Rule) -> pl.Expr:
    """Give what it means as text, before parsing: missing words, extraction, lookup, case."""
    text = written(frame, rule)
    if isinstance(rule, str):
        return text
    if rule.missing:
        gone = [word.casefold() for word in rule.missing]
        text = pl.when(text.str.to_lowercase().is_in(gone)).then(None).otherwise(text)
    if rule.extract is not None:
        group = 1 if re.compile(rule.extract).groups else 0
        text = text.str.extract(rule.extract, group).replace("", None)
    if rule.replace is not None:
        text = text.str.replace_all(*rule.replace)
    if rule.lookup:
        text = _looked_up(text, rule)
    if rule.case == "title":
        text = _title(text)
    elif rule.case is not None:
        text = text.str.to_lowercase() if rule.case == "lower" else text.str.to_uppercase()
    return text


def parsed(text: pl.Expr, column: Column, rule: str | Rule, decimal: str) -> pl.Expr:
    """Parse text to a column's type; null where it cannot be."""
    rule = Rule(column=rule) if isinstance(rule, str) else rule
    match column.type:
        case ColumnType.NUMBER:
            return _number(text, rule.decimal or decimal) * rule.scale + rule.offset
        case ColumnType.INTEGER:
            value = _number(text, rule.decimal or decimal) * rule.scale + rule.offset
            return pl.when(value == value.round()).then(value).cast(pl.Int64, strict=False)
        case ColumnType.BOOLEAN:
            word = text.str.to_lowercase()
            return pl.when(word.is_in(_TRUE)).then(True).when(word.is_in(_FALSE)).then(False)
        case ColumnType.DATE:
            formats = rule.dates or ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f")
            return pl.coalesce(text.str.to_date(form, strict=False) for form in formats)
        case ColumnType.INSTANT:
            return _instant(text)
        case ColumnType.PARTIAL_DATE:
            return _partial_date(text)
        case _:
            return text


def _filled(frame: pl.DataFrame, template: str) -> pl.Expr:
    """Fill a template; null as soon as one of its columns is empty."""
    slots = _SLOT.findall(template)
    literal = _SLOT.sub("{}", template)
    return pl.format(literal, *(as_text(frame, slot) for slot in slots))


def _looked_up(text: pl.Expr, rule: Rule) -> pl.Expr:
    table = {key.casefold(): _scalar_text(value) for key, value in rule.lookup.items()}
    found = text.str.to_lowercase().replace_strict(table, default=None, return_dtype=pl.String)
    otherwise = _scalar_text(rule.otherwise)
    return pl.coalesce(found, pl.lit(otherwise, pl.String)) if otherwise is not None else found


def _title(text: pl.Expr) -> pl.Expr:
    """Capitals at the start of each word, for names written all in capitals."""
    shouted = text == text.str.to_uppercase()
    return pl.when(shouted).then(text.str.to_titlecase()).otherwise(text)


def _number(text: pl.Expr, decimal: str) -> pl.Expr:
    plain = text.str.replace_all(r"[\s\u00a0\u202f]", "")
    if decimal == ",":
        plain = plain.str.replace(",", ".", literal=True)
    sound = plain.str.contains(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
    return pl.when(sound).then(plain).cast(pl.Float64, strict=False)


def _instant(text: pl.Expr) -> pl.Expr:
    zulu = text.str.replace(r"[zZ]$", "+00:00").str.replace(r"([+-]\d\d)$", "${1}:00")
    spaced = zulu.str.replace(" ", "T", literal=True)
    forms = ("%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%dT%H:%M%:z")
    return pl.coalesce(
        spaced.str.to_datetime(form, time_unit="us", strict=False, time_zone="UTC")
        for form in forms
    )


_YEAR, _MONTH, _DAY = r"(\d{4})", r"(0?[1-9]|1[0-2])", r"(0?[1-9]|[12]\d|3[01])"
_OPEN, _BETWEEN = r"(?:\?+|0+|x+)", r"[-/._ ]"  # "??", "00": not known
_NOON = r"(?:[T ].*)?"


def _partial_date(text: pl.Expr) -> pl.Expr:
    """Read a date as far as it is known, year first or day first, to ISO 8601 text."""
    forms = (
        (rf"^{_YEAR}{_BETWEEN}{_MONTH}{_BETWEEN}{_DAY}{_NOON}$", (1, 2, 3)),
        (rf"^{_DAY}{_BETWEEN}{_MONTH}{_BETWEEN}{_YEAR}{_NOON}$", (3, 2, 1)),
        (r"^(\d{4})(\d\d)(\d\d)$", (1, 2, 3)),
        (rf"^{_YEAR}{_BETWEEN}{_MONTH}(?:{_BETWEEN}{_OPEN})?$", (1, 2)),
        (rf"^(?:{_OPEN}{_BETWEEN})?{_MONTH}{_BETWEEN}{_YEAR}$", (2, 1)),
        (rf"^{_YEAR}(?:{_BETWEEN}{_OPEN}{{1,2}}){{0,2}}$", (1,)),
        (rf"^(?:{_OPEN}{_BETWEEN}){{2}}{_YEAR}$", (1,)),
    )
    return pl.coalesce(_iso(text, pattern, places) for pattern, places in forms)


def _iso(text: pl.Expr, pattern: str, places: tuple[int, ...]) -> pl.Expr:
    """Write the groups of a pattern year first; null where there is no such day."""
    parts = [text.str.extract(pattern, place).str.zfill(2) for place in places]
    written = pl.concat_str(parts, separator="-")
    if len(places) < 3:
        return written
    return pl.when(written.str.to_date("%Y-%m-%d", strict=False).is_not_null()).then(written)


def _scalar_text(value: Scalar | None) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
