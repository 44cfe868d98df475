"""A guess as a TOML file to read, to mend and to import by: each choice with its reason."""

import json
from collections.abc import Mapping as Table
from datetime import date

import msgspec

from gis.guess import Guess
from gis.mapping_tables import Condition, Output, Rule, Source, TerritoryTable

HEAD = """\
# Proposed by `reverbere import --guess` from names and contents: read it before you import by it.
#   reverbere import FILE --mapping THIS.toml --dry-run
# What each key means: docs/formats.md."""
"""How every proposal begins."""


def as_toml(guess: Guess) -> str:
    """Write a guess as a mapping file.

    Examples
    --------
    The text is itself a mapping: ``reverbere import FILE --mapping mine.toml`` accepts it.
    """
    mapping, reasons = guess.mapping, guess.reasons
    parts = [HEAD, f"title = {written(mapping.title)}"]
    if mapping.extends:
        parts.append(f"extends = {written(mapping.extends)}{_why(reasons, 'extends')}")
    else:
        parts += ['licence = ""               # of the publisher', 'attribution = ""']
    if mapping.match.columns:
        parts.append(f"\n[match]\ncolumns = {written(list(mapping.match.columns))}")
    parts += [_source(mapping.source, reasons), _territory(mapping.territory)]
    parts += [
        _output(output, reasons if rank == 0 else {}) for rank, output in enumerate(mapping.layers)
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _source(source: Source, reasons: Table[str, str]) -> str:
    said = {
        field: value
        for field, value in msgspec.structs.asdict(source).items()
        if value != getattr(Source(), field)
    }
    geometry = reasons.get("source.geometry")
    about = f"# {geometry}" if geometry else ""
    if not said:
        return f"\n{about}" if about else ""
    lines = [
        f"{key} = {written(value)}{_why(reasons, f'source.{key}')}" for key, value in said.items()
    ]
    return "\n".join(part for part in ("\n[source]", about, *lines) if part)


def _territory(home: str | TerritoryTable | None) -> str:
    if not isinstance(home, TerritoryTable):
        return ""
    lines = [
        f"slug = {written(home.slug)}    # check: taken from the file's name",
        f"name = {written(home.name)}",
        f"timezone = {written(home.timezone)}    # of the nearest city that is known",
        f"longitude = {home.longitude}",
        f"latitude = {home.latitude}",
    ]
    if home.metric_srid is not None:
        lines.append(f"metric_srid = {home.metric_srid}")
    return "\n".join(["\n[territory]", *lines])


def _output(output: Output, reasons: Table[str, str]) -> str:
    lines = ["\n[[layers]]", f"layer = {written(output.layer)}{_why(reasons, 'layer')}"]
    if output.distinct:
        lines.append(f"distinct = {written(list(output.distinct))}")
    if output.duplicates != "set_aside":
        lines.append(f"duplicates = {written(output.duplicates)}")
    for condition in output.where:
        lines.append("\n[[layers.where]]")
        lines += [f"{key} = {written(value)}" for key, value in _said(condition).items()]
    lines.append("\n[layers.columns]")
    for name, rule in output.columns.items():
        lines.append(f"{name} = {_rule(rule)}{_why(reasons, f'columns.{name}')}")
    if output.properties:
        lines.append("\n[layers.properties]")
        lines += [f"{_key(name)} = {written(column)}" for name, column in output.properties.items()]
    return "\n".join(lines)


def _rule(rule: str | Rule) -> str:
    if isinstance(rule, str):
        return written(rule)
    said = _said(rule).items()
    return "{ " + ", ".join(f"{key} = {written(value)}" for key, value in said) + " }"


def _said(struct: Rule | Condition) -> dict[str, object]:
    """Return the keys that differ from what they are when nothing is said."""
    plain = Rule() if isinstance(struct, Rule) else Condition(column="")
    found = msgspec.structs.asdict(struct).items()
    return {key: value for key, value in found if value != getattr(plain, key)}


def _why(reasons: Table[str, str], subject: str) -> str:
    reason = reasons.get(subject, "").replace("\n", " ")
    return f"    # {reason}" if reason else ""


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else written(name)


def written(value: object) -> str:
    """Write a value as TOML: its strings, numbers and lists are those of JSON."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, msgspec.Struct):
        inner = msgspec.structs.asdict(value).items()
        return "{ " + ", ".join(f"{key} = {written(one)}" for key, one in inner) + " }"
    if isinstance(value, tuple):
        value = list(value)
    return json.dumps(value, ensure_ascii=False)
