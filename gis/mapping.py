"""Mapping files: how a publisher's file becomes canonical layers, written as data (TOML).

``docs/formats.md`` explains each key to those who bring their own city; this module reads and
checks them, so that a wrong key is told before any row is read.
"""

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from gis.errors import MappingInvalid
from gis.layer_types import Layer
from gis.layers import LAYERS

Scalar = str | int | float | bool
Frequency = Literal[
    "",
    "continuous",
    "hourly",
    "daily",
    "weekly",
    "monthly",
    "quarterly",
    "biannual",
    "annual",
    "never",
    "unknown",
]


class _Table(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A TOML table whose unknown keys are refused: a typing error is never silent."""


class Match(_Table, frozen=True):
    """Which files a mapping recognises."""

    files: tuple[str, ...] = ()
    """Name patterns, ``*`` and ``?``, without regard to case."""
    columns: tuple[str, ...] = ()
    """Columns that must all be there."""


class Join(_Table, frozen=True):
    """Figures that stand in another file of the same archive."""

    layer: str
    """Name pattern of that file, without its ending."""
    on: str
    """Column that both have."""


class Series(_Table, frozen=True):
    """A text of one value a line, under the date of the first one."""

    start: str
    """Form of that date, as in ``%Y%m%d``."""
    step_h: float = 24.0
    """Hours from line to line."""


class Unpivot(_Table, frozen=True):
    """Columns that say the same of several things, made rows: one a thing."""

    columns: str
    """Pattern of their names."""
    name: str
    """Column that the name goes to."""
    value: str
    """Column that the value goes to; rows without one are left out."""


class Source(_Table, frozen=True):
    """How the file is read."""

    encoding: str | None = None
    """Of text; found out where absent."""
    delimiter: str | None = None
    """Of delimited text; found out where absent."""
    decimal: Literal[".", ","] = "."
    crs: str | None = None
    """What the coordinates are in, whatever the file says about it."""
    crs_column: str | None = None
    """Column that says it row by row, as an EPSG code."""
    layer: str | None = None
    """Name pattern of the layer, where a file holds several."""
    layers: tuple[str, ...] = ()
    """Name patterns of layers that are read together; ``@layer`` and ``@file`` tell them apart."""
    head: tuple[str, ...] = ()
    """Names of the columns, of a text whose first line is data already."""
    series: Series | None = None
    """One value a line: gives the columns ``value`` and ``at``."""
    unpivot: Unpivot | None = None
    """Columns that say the same of several things, made rows."""
    join: Join | None = None
    """Figures that stand in another file of the same archive."""
    x: str | None = None
    y: str | None = None
    """Columns of the coordinates, where the format has no geometry of its own."""
    stated: tuple[str, ...] = ()
    """Columns x, y in which the file says where its own geometry is; what is apart is told."""
    point: str | None = None
    """Column of both coordinates in one text, north before east: ``43.61, 3.87``."""
    wkt: str | None = None
    """Column of a geometry written as well-known text."""
    geojson: str | None = None
    """Column of a geometry written as GeoJSON."""
    explode: bool = False
    """Cut geometries of several parts into one row a part."""


class Terms(_Table, frozen=True):
    """Whose data it is, by which terms, how often it comes anew."""

    licence: str = ""
    attribution: str = ""
    publisher: str = ""
    frequency: Frequency = ""
    url: str = ""


class TerritoryTable(_Table, frozen=True):
    """The territory that a file belongs to; makes its row where the store has none."""

    slug: str
    name: str
    timezone: str
    longitude: float
    latitude: float
    metric_srid: int | None = None
    """EPSG code for lengths and areas; the UTM zone of the place where absent."""
    simulated: bool = False
    clock_offset_s: int = 0
    contact: dict[str, str] = {}
    terms: Terms = Terms()
    """Of files of this territory whose mapping says nothing of it: a generated city's."""


class Condition(_Table, frozen=True):
    """A test on one source column; all that is given must hold."""

    column: str
    one_of: tuple[str, ...] = ()
    matches: str | None = None
    empty: bool | None = None
    reason: str = ""
    """Why such rows are set aside, in the words of the report."""


class Rule(_Table, frozen=True):
    """Where the values of one canonical column come from, and what is done to them, in order."""

    column: str | None = None
    first_of: tuple[str, ...] = ()
    """Columns; the first that is not empty wins."""
    template: str | None = None
    """Text with ``{COLUMN}``; also ``{@row}`` and ``{@position}`` (a geohash)."""
    constant: Scalar | None = None
    missing: tuple[str, ...] = ()
    """Values that mean "not known"."""
    extract: str | None = None
    """Regular expression; its first group (or all of it) is kept, null where it does not match."""
    replace: tuple[str, str] | None = None
    """Regular expression, and what takes the place of what it matches (``$1`` for a group)."""
    lookup: dict[str, Scalar] = {}
    """Values by text, without regard to case; what is not in it becomes ``otherwise``."""
    otherwise: Scalar | None = None
    case: Literal["title", "lower", "upper"] | None = None
    dates: tuple[str, ...] = ()
    """Formats tried in order, as in ``%d/%m/%y``."""
    decimal: Literal[".", ","] | None = None
    scale: float = 1.0
    """Factor to the canonical unit."""
    offset: float = 0.0
    """What is added after it: ``-273.15`` makes °C of K."""
    share_of: float | None = None
    """A total, split evenly over the rows; marks the figure as estimated."""


class Output(_Table, frozen=True):
    """One canonical layer made from the file."""

    layer: str
    columns: dict[str, str | Rule] = {}
    """Canonical column → source column, or a rule."""
    properties: dict[str, str] = {}
    """Name → source column: kept beside, without a meaning to the product."""
    where: tuple[Condition, ...] = ()
    """Only rows that fulfil all of them; the others are not counted against the layer."""
    distinct: tuple[str, ...] = ()
    """Source columns: one row for each distinct combination (a table derived from its children)."""
    duplicates: Literal["set_aside", "number"] = "set_aside"
    """Rows with a code already taken: set aside, or numbered (``~2``)."""
    same: tuple[str, ...] = ()
    """Source columns that tell a row from another: one that repeats them all is set aside."""
    complete: bool = False
    """The file holds all there is: what it no longer holds is closed."""


class Mapping(_Table, frozen=True):
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
        for key in (*_TERMS, "source", "skip", "layers")
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

    class City(_Table, frozen=True):
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
    if mapping.canonical == bool(mapping.layers):
        raise MappingInvalid(file, "one of `canonical = true` and [[layers]] is expected")
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
