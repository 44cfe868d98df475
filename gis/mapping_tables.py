"""The tables that a mapping file is made of (TOML); ``docs/formats.md`` explains each key."""

from typing import Literal

from msgspec import Struct

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


class Table(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A TOML table whose unknown keys are refused: a typing error is never silent."""


class Match(Table, frozen=True):
    """Which files a mapping recognises."""

    files: tuple[str, ...] = ()
    """Name patterns, ``*`` and ``?``, without regard to case."""
    columns: tuple[str, ...] = ()
    """Columns that must all be there."""


class Join(Table, frozen=True):
    """Figures that stand in another file of the same archive."""

    layer: str
    """Name pattern of that file, without its ending."""
    on: str
    """Column that both have."""


class Series(Table, frozen=True):
    """A text of one value a line, under the date of the first one."""

    start: str
    """Form of that date, as in ``%Y%m%d``."""
    step_h: float = 24.0
    """Hours from line to line."""


class Unpivot(Table, frozen=True):
    """Columns that say the same of several things, made rows: one a thing."""

    columns: str
    """Pattern of their names."""
    name: str
    """Column that the name goes to."""
    value: str
    """Column that the value goes to; rows without one are left out."""


class Source(Table, frozen=True):
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


class Terms(Table, frozen=True):
    """Whose data it is, by which terms, how often it comes anew."""

    licence: str = ""
    attribution: str = ""
    publisher: str = ""
    frequency: Frequency = ""
    url: str = ""


class TerritoryTable(Table, frozen=True):
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


class Condition(Table, frozen=True):
    """A test on one source column; all that is given must hold."""

    column: str
    one_of: tuple[str, ...] = ()
    matches: str | None = None
    empty: bool | None = None
    reason: str = ""
    """Why such rows are set aside, in the words of the report."""


class Rule(Table, frozen=True):
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


class Output(Table, frozen=True):
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


class Surface(Table, frozen=True):
    """The file is a grid of heights of the ground."""

    error_m: float
    """Standard error of a height, by its publisher or by who checked it. [m]"""
    datum: str = ""
    """What the heights count from."""
