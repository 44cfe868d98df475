"""Where the things of an unknown file are: its geometry, or the columns that stand for one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
import shapely
from msgspec import structs

from gis.coordinates import from_pairs
from gis.errors import UnknownCrs
from gis.geometry import WGS84, Geometries, of_kind, transformer
from gis.importers.table import Table
from gis.layer_types import GeometryKind
from gis.mapping_tables import Source, TerritoryTable
from gis.profiles import Profile, share
from gis.report import Findings
from gis.shapes import read_geometry
from gis.systems import candidates, fits, middle, system_of
from gis.vocabulary import nearest, vocabulary, words

_KINDS: tuple[GeometryKind, ...] = ("point", "line", "area")
_GRIDS = {"easting": 27700, "eastings": 27700, "x_l93": 2154, "x_lambert93": 2154}
"""Systems whose publishers call their coordinates like no other."""
_MIRRORED = frozenset({
    ("x", "y"), ("lon", "lat"), ("long", "lat"), ("lng", "lat"), ("longitude", "latitude"),
    ("est", "nord"), ("easting", "northing"), ("este", "norte"), ("east", "north"),
})  # fmt: skip
_ENOUGH = 0.6
_ALIKE = 0.7
_SAMPLE = 5_000
_PARTS = 4
_FEW = 50


@dataclass(frozen=True)
class PlaceGuess:
    """How the geometry of a file is read, and what led to it.

    Attributes
    ----------
    source : Source
        ``crs``, ``x``, ``y``, ``point``, ``wkt``, ``geojson``, ``explode`` are set.
    kind : {'point', 'line', 'area', 'none'}
        What most rows are drawn as.
    reasons : dict of str to str
        Key of the source → why.
    longitude, latitude : float
        The middle; NaN where it is not known. [°]
    """

    source: Source
    kind: GeometryKind
    reasons: dict[str, str] = field(default_factory=dict)
    longitude: float = float("nan")
    latitude: float = float("nan")


def guess_place(table: Table, columns: Sequence[Profile]) -> PlaceGuess:
    """Find the geometry of a file and the system that it is in."""
    sample = _head(table)
    if table.geometry is not None:
        return _located(sample, PlaceGuess(Source(), "none", {"geometry": "the file has its own"}))
    for found in (_by_content(columns), _by_names(sample, columns)):
        if found is not None:
            return _located(sample, found)
    reason = "no column holds coordinates: things will be known by what they name"
    return PlaceGuess(Source(), "none", {"geometry": reason})


def _head(table: Table) -> Table:
    geometry = None if table.geometry is None else table.geometry[:_SAMPLE]
    return replace(
        table,
        rows=table.rows.head(_SAMPLE),
        numbers=table.numbers[:_SAMPLE],
        geometry=geometry,
    )


def _by_content(columns: Sequence[Profile]) -> PlaceGuess | None:
    """Recognise a column that holds whole geometries by how its texts begin."""
    forms = {
        "wkt": r"^\s*(?:SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON)\s*Z?M?\s*\(",
        "geojson": r'^\s*\{.*"coordinates"',
        "point": r"^[\s(\[]*-?\d{1,2}\.\d+\s*[,;]\s*-?\d{1,3}\.\d+[\s)\]]*$",
    }
    for key, form in forms.items():
        for column in columns:
            if share(column.said.str.contains(form)) > _ENOUGH:
                source = structs.replace(Source(), **{key: column.name})
                reason = f"the texts of {column.name!r} are geometries"
                return PlaceGuess(source, "none", {key: reason})
    return None


def _by_names(table: Table, columns: Sequence[Profile]) -> PlaceGuess | None:
    """Choose two columns by their names; of several pairs, the one that most rows fill."""
    known = vocabulary()
    best: tuple[float, str, str] | None = None
    numeric = [column for column in columns if _numbers(column) > _ENOUGH]
    for x in numeric:
        for y in numeric:
            if x is y:
                continue
            near_x, near_y = nearest(x.name, known.x)[0], nearest(y.name, known.y)[0]
            alike = _ALIKE if _mirrored(x.name, y.name) else 0.0
            named, both = near_x + near_y, min(near_x, near_y)
            if both < _ENOUGH or _kinship(x.name, y.name, columns) < 1:
                named = both = alike
            if both < _ENOUGH:
                continue
            shapes = read_geometry(table, Source(x=x.name, y=y.name), Findings(0))
            filled = float(np.mean(~shapely.is_missing(shapes))) if shapes is not None else 0.0
            fitting = 1.0 if shapes is not None and candidates(*middle(shapes)) else 0.0
            score = named + 2 * filled + fitting
            if best is None or score > best[0]:
                best = (score, x.name, y.name)
    if best is None:
        return None
    reason = f"{best[1]!r} and {best[2]!r} are called like coordinates and hold numbers"
    return PlaceGuess(Source(x=best[1], y=best[2]), "none", {"x": reason})


def _mirrored(x: str, y: str) -> bool:
    """Whether two names differ in one word alone, x here and y there: ``X_CC43`` and ``Y_CC43``."""
    east, north = words(x), words(y)
    apart = [pair for pair in zip(east, north, strict=False) if pair[0] != pair[1]]
    return len(east) == len(north) and len(apart) == 1 and apart[0] in _MIRRORED


def _kinship(x: str, y: str, columns: Sequence[Profile]) -> int:
    """Whether two names are a pair: of one form, so that ``X`` does not meet ``lat``."""
    pairs = ({"x", "y"}, {"lon", "lat"}, {"long", "lat"}, {"est", "nord"}, {"lng", "lat"})
    low = {x.casefold(), y.casefold()}
    if low in pairs:
        return 1
    names = {column.name for column in columns}
    return 0 if x.casefold() == "x" and names & {"Y", "y"} and y.casefold() != "y" else 1


def _numbers(column: Profile) -> float:
    number = r"^\s*[+-]?\d+(?:[.,]\d+)?\s*$|^\s*\d{1,3}\s*°"
    return share(column.said.str.contains(number))


def _located(table: Table, found: PlaceGuess) -> PlaceGuess:
    """Say what the rows are drawn as, and in which system."""
    source, reasons = found.source, dict(found.reasons)
    shapes = (
        from_pairs(table, source.point, Findings(0))
        if source.point
        else read_geometry(table, source, Findings(0))
    )
    if shapes is None or shapely.is_missing(shapes).all():
        return replace(found, kind="none")
    kind = max(_KINDS, key=lambda kind: int(of_kind(shapes, kind).sum()))
    crs, reason = _system(table, source, shapes)
    if crs is not None:
        reasons["crs"] = reason
        source = structs.replace(source, crs=crs)
    if kind == "area" and _in_classes(shapes):
        reasons["explode"] = "few features of many parts: one feature a class, cut into its parts"
        source = structs.replace(source, explode=True)
    longitude, latitude = _middle(shapes, crs or table.crs or WGS84)
    return PlaceGuess(source, kind, reasons, longitude, latitude)


def _system(table: Table, source: Source, shapes: Geometries) -> tuple[str | None, str]:
    """Name the system; None where the file's own word is good."""
    x, y = middle(shapes)
    inspire = _inspire_code(table)
    if inspire is not None:
        return f"EPSG:{inspire}", f"the cells are named after it: CRS{inspire}RES…"
    if table.crs is not None and fits(table.crs, x, y):
        system = system_of(table, source, shapes, None)
        return (system.crs, system.notes[0]) if system.notes else (None, "")
    preferred = _GRIDS.get((source.x or "").casefold())
    fitting = sorted(candidates(x, y), key=lambda code: code != preferred)
    if not fitting:
        raise UnknownCrs(table.file, table.crs)
    others = f"; also possible: {', '.join(map(str, fitting[1:5]))}" if fitting[1:] else ""
    return f"EPSG:{fitting[0]}", f"coordinates around {x:.6g}, {y:.6g} fit it{others}"


def _inspire_code(table: Table) -> str | None:
    """Read the code that INSPIRE writes into the names of grid cells."""
    for column in table.rows.select(pl.col(pl.String)).iter_columns():
        codes = column.str.extract(r"^CRS(\d{4,5})RES").drop_nulls()
        if len(codes):
            return str(codes[0])
    return None


def _in_classes(shapes: Geometries) -> bool:
    parts = shapely.get_num_geometries(shapes)
    return len(shapes) <= _FEW and float(np.mean(parts)) >= _PARTS


def _middle(shapes: Geometries, crs: str) -> tuple[float, float]:
    x, y = middle(shapes)
    longitude, latitude = transformer(crs, WGS84).transform(x, y)
    return float(longitude), float(latitude)


def home_of(place: PlaceGuess, words: Sequence[str]) -> TerritoryTable | None:
    """Propose the territory that a file is of: its middle, and a name to be checked."""
    if not np.isfinite(place.longitude):
        return None
    slug = "-".join(words) or "my-town"
    return TerritoryTable(
        slug=slug,
        name=" ".join(word.capitalize() for word in words) or "My town",
        timezone=vocabulary().timezone(place.longitude, place.latitude),
        longitude=round(place.longitude, 4),
        latitude=round(place.latitude, 4),
    )
