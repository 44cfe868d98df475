"""Mapping files: how a publisher's file becomes canonical layers, written as data (TOML).

``docs/formats.md`` explains each key to those who bring their own city; this module reads and
checks them, so that a wrong key is told before any row is read.
"""

import math
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import msgspec

from gis.errors import MappingInvalid
from gis.layer_types import Layer
from gis.layers import LAYERS
from gis.mapping_tables import (
    Condition,
    Frequency,
    Match,
    Output,
    Rule,
    Source,
    Surface,
    Table,
    TerritoryTable,
)


class Mapping(Table, frozen=True):
    """A whole mapping file."""

    name: str = ""
    """Its file's name, set on reading."""
    title: str = ""
    licence: str = ""
    attribution: str = ""
    publisher: str = ""
    """Who owns the data, where it is not the one to be credited."""
    frequency: Frequency = ""
    """How often its publisher brings it anew; empty: not said."""
    url: str = ""
    extends: str | None = None
    """Another mapping beside it, or one that ships: what this one does not say is taken from it."""
    canonical: bool = False
    """The file is already canonical: its name is the layer's, its columns are the layer's."""
    match: Match = Match()
    source: Source = Source()
    territory: str | TerritoryTable | None = None
    """A table, or the name of a file in ``territories/`` beside the mapping."""
    skip: tuple[Condition, ...] = ()
    """Rows that are not what the layer is about, each with the reason to be told."""
    layers: tuple[Output, ...] = ()
    surface: Surface | None = None
    """The file is no table but a grid of heights."""

    @property
    def home(self) -> TerritoryTable | None:
        """The territory that the file belongs to, where the mapping says it."""
        return self.territory if isinstance(self.territory, TerritoryTable) else None

    def source_columns(self) -> set[str]:
        """Every source column that the mapping names."""
        source = self.source
        named = {source.x, source.y, source.wkt, source.point, source.geojson, source.crs_column}
        if source.join is not None:
            named.add(source.join.on)
        named.update(source.stated, self.match.columns, (skip.column for skip in self.skip))
        for output in self.layers:
            named.update(output.distinct, output.same, output.properties.values())
            named.update(condition.column for condition in output.where)
            for rule in output.columns.values():
                named.update(columns_of(rule))
        return {column for column in named if column is not None}


_TERMS = ("title", "licence", "attribution", "publisher", "frequency", "url")
_SLOT = re.compile(r"\{([^{}]+)\}")
_OF_THE_ROW = ("@row", "@part", "@position")  # known of any row, whatever the file


def columns_of(rule: str | Rule) -> set[str]:
    """Source columns that a rule reads."""
    if isinstance(rule, str):
        return {rule}
    slots = {slot for slot in _SLOT.findall(rule.template or "") if slot not in _OF_THE_ROW}
    return slots | set(rule.first_of) | ({rule.column} if rule.column else set())


def read_mapping(file: Path) -> Mapping:
    """Read and check a mapping file.

    Raises
    ------
    MappingInvalid
        It is not there, not TOML, has a key that means nothing, a layer or a column that does not
        exist, a regular expression that cannot be compiled.
    """
    mapping = _extended(file, _decoded(file, Mapping))
    mapping = msgspec.structs.replace(mapping, name=file.stem)
    if isinstance(mapping.territory, str):
        beside = file.parent / "territories" / f"{mapping.territory}.toml"
        mapping = msgspec.structs.replace(mapping, territory=_decoded(beside, TerritoryTable))
    _check(file, mapping)
    return mapping


def _extended(file: Path, mapping: Mapping) -> Mapping:
    """Take what a mapping does not say from the one that it extends."""
    if mapping.extends is None:
        return mapping
    beside = [folder / f"{mapping.extends}.toml" for folder in (file.parent, _builtin_folder())]
    below = next((path for path in beside if path.is_file()), None)
    if below is None or below == file:
        raise MappingInvalid(file, f"no mapping {mapping.extends!r} to extend")
    base = _decoded(below, Mapping)
    if base.extends is not None:
        raise MappingInvalid(file, f"{mapping.extends!r} extends another one itself")
    unsaid = Mapping()
    kept = {
        key: getattr(base, key)
        for key in (*_TERMS, "source", "skip", "layers", "surface")
        if getattr(mapping, key) == getattr(unsaid, key)
    }
    return msgspec.structs.replace(mapping, **kept)


def read_territory(file: Path) -> TerritoryTable:
    """Read the ``[territory]`` table of a file, e.g. of a generated city's ``city.toml``.

    Raises
    ------
    MappingInvalid
        It is not there, not TOML, or lacks a key.
    """

    class City(Table, frozen=True):
        territory: TerritoryTable

    return _decoded(file, City).territory


_T = TypeVar("_T")


def _decoded(file: Path, kind: type[_T]) -> _T:
    try:
        return msgspec.toml.decode(file.read_bytes(), type=kind)
    except OSError as error:
        raise MappingInvalid(file, f"cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MappingInvalid(file, str(error)) from error


def builtin_mapping(name: str) -> Mapping | None:
    """Return a mapping that ships with the product, None where there is none of that name."""
    return next((mapping for mapping in builtin_mappings() if mapping.name == name), None)


@cache
def builtin_mappings() -> tuple[Mapping, ...]:
    """Return the mappings that ship with the product, by name."""
    return tuple(read_mapping(file) for file in sorted(_builtin_folder().glob("*.toml")))


def _builtin_folder() -> Path:
    return Path(str(files("gis").joinpath("mappings")))


def _check(file: Path, mapping: Mapping) -> None:
    if sum((mapping.canonical, bool(mapping.layers), mapping.surface is not None)) != 1:
        expected = "one of `canonical = true`, [[layers]] and [surface] is expected"
        raise MappingInvalid(file, expected)
    if mapping.surface is not None and not 0 < mapping.surface.error_m < math.inf:
        raise MappingInvalid(file, "[surface] error_m: a number of metres above 0 is expected")
    for condition in mapping.skip:
        if not condition.reason:
            raise MappingInvalid(file, f"skip on {condition.column!r} must give its reason")
        _check_pattern(file, condition.matches)
    for output in mapping.layers:
        layer = LAYERS.get(output.layer)
        if layer is None:
            known = ", ".join(LAYERS)
            raise MappingInvalid(file, f"no layer {output.layer!r}; known layers: {known}")
        _check_output(file, output, layer)


def _check_output(file: Path, output: Output, layer: Layer) -> None:
    where = f"layer {layer.name!r}"
    for name, rule in output.columns.items():
        if layer.column(name) is None:
            known = ", ".join(column.name for column in layer.columns)
            raise MappingInvalid(file, f"{where} has no column {name!r}; its columns: {known}")
        if isinstance(rule, Rule):
            _check_rule(file, f"{where}, column {name!r}", rule)
    for column in layer.columns:
        if column.required and column.name not in output.columns:
            raise MappingInvalid(file, f"{where} needs a rule for column {column.name!r}")
    for name in output.properties:
        if layer.column(name) is not None:
            raise MappingInvalid(file, f"{where}: {name!r} is a canonical column, not a property")
    for condition in output.where:
        _check_pattern(file, condition.matches)


def _check_rule(file: Path, where: str, rule: Rule) -> None:
    origins = [
        rule.column is not None,
        bool(rule.first_of),
        rule.template is not None,
        rule.constant is not None,
        rule.share_of is not None,
    ]
    if sum(origins) != 1:
        expected = "one of column, first_of, template, constant, share_of"
        raise MappingInvalid(file, f"{where}: {expected} is expected, {sum(origins)} are given")
    _check_pattern(file, rule.extract)
    _check_pattern(file, rule.replace[0] if rule.replace else None)


def _check_pattern(file: Path, pattern: str | None) -> None:
    if pattern is None:
        return
    try:
        re.compile(pattern)
    except re.error as error:
        raise MappingInvalid(file, f"pattern {pattern!r} cannot be used: {error}") from error
