"""The geometry column of a file, made ready for one canonical layer."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely

from gis import geometry
from gis.errors import LayerUnreadable, MissingColumn, NotPolygons, UnknownCrs, WrongGeometry
from gis.geometry import Coordinates, Geometries, Mask
from gis.importers.table import Table
from gis.layers import Layer
from gis.mapping import Source
from gis.report import Effect, Findings
from gis.settings import ImportSettings
from gis.transforms import as_text

_EXPECTED = {"point": "points", "line": "lines", "area": "polygons"}


@dataclass(frozen=True, slots=True)
class Shapes:
    """Geometries of a layer, row by row.

    Attributes
    ----------
    wkb : ndarray of bytes or None
        EPSG:4326.
    longitude, latitude : ndarray of float64
        A point that stands for the geometry; NaN where there is none. [°]
    aside : ndarray of bool
        Rows that cannot be kept for what is wrong with their geometry.
    """

    wkb: Geometries
    longitude: Coordinates
    latitude: Coordinates
    aside: Mask


def read_geometry(table: Table, source: Source, findings: Findings) -> Geometries | None:
    """Geometries of a file as published, in its own system; None where it has none.

    Raises
    ------
    MissingColumn
        The mapping names coordinate columns that the file lacks.
    """
    if source.x is not None and source.y is not None:
        return _from_coordinates(table, source, source.x, source.y, findings)
    if source.wkt is not None:
        _require(table, source.wkt)
        texts = table.rows[source.wkt].to_numpy()
        shapes = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"))
        unread = shapely.is_missing(shapes) & np.array([text is not None for text in texts])
        findings.add(
            "geometry that cannot be read",
            Effect.LEFT_OUT,
            table.numbers[unread],
            texts[unread],
            field=source.wkt,
            expected="well-known text",
        )
        return shapes
    if table.geometry is None:
        return None
    return np.asarray(shapely.force_2d(shapely.from_wkb(table.geometry, on_invalid="ignore")))


def system_of(table: Table, source: Source) -> str:
    """Coordinate reference system of a file: the mapping's word, else the file's own.

    Raises
    ------
    UnknownCrs
        Neither says it, or what they say stands for nothing.
    """
    crs = source.crs or table.crs
    if crs is None or not geometry.known_crs(crs):
        raise UnknownCrs(table.file, crs)
    return crs


def shapes_for(
    layer: Layer,
    shapes: Geometries,
    table: Table,
    *,
    crs: str,
    findings: Findings,
    limits: ImportSettings,
) -> Shapes:
    """Prepare geometries for a layer: one kind, valid, WGS 84, each with a point for it.

    Raises
    ------
    NotPolygons, WrongGeometry
        Not one row is of the kind that the layer is made of.
    """
    told = _Teller(layer.name, table, findings)
    shapes = shapes.copy()
    heavy = shapely.get_num_coordinates(shapes) > limits.max_vertices
    told.add(
        "geometry too heavy", Effect.SET_ASIDE, heavy, f"{limits.max_vertices} vertices at most"
    )
    shapes[heavy] = None
    wrong = _sorted_out(layer, shapes, table, told)
    if layer.geometry == "area":
        shapes, mended = geometry.repaired(shapes)
        lost = mended & shapely.is_missing(shapes)
        told.add("invalid ring repaired", Effect.REPAIRED, mended & ~lost, "a valid polygon")
        told.add("nothing left of an invalid ring", Effect.SET_ASIDE, lost, "a valid polygon")
        wrong |= lost
    present = ~shapely.is_missing(shapes)
    shapes = geometry.to_wgs84(shapes, crs)
    x, y = geometry.stand_in_points(shapes)
    outside = present & ~((np.abs(x) <= 180) & (np.abs(y) <= 90))
    told.add(
        "coordinates outside the world", Effect.LEFT_OUT, outside, f"coordinates in {_name(crs)}"
    )
    shapes[outside], x[outside], y[outside] = None, np.nan, np.nan
    absent = shapely.is_missing(shapes) & ~heavy & ~wrong
    if layer.geometry == "point":
        told.add("no position", Effect.NOTED, absent & ~outside, "coordinates")
        absent[:] = False
    told.add("no geometry", Effect.SET_ASIDE, absent, _EXPECTED[layer.geometry])
    return Shapes(_wkb(shapes), x, y, heavy | wrong | absent)


class _Teller:
    """Adds findings about the geometry of one layer."""

    def __init__(self, layer: str, table: Table, findings: Findings) -> None:
        self._layer, self._table, self._findings = layer, table, findings

    def add(self, reason: str, effect: Effect, mask: Mask, expected: str, *values: str) -> None:
        self._findings.add(
            reason,
            effect,
            self._table.numbers[mask],
            values,
            layer=self._layer,
            field="geometry",
            expected=expected,
        )


def _sorted_out(layer: Layer, shapes: Geometries, table: Table, told: _Teller) -> Mask:
    """Bring geometries to the layer's kind, in place; say which ones are of another."""
    present = ~shapely.is_missing(shapes)
    fits = geometry.of_kind(shapes, layer.geometry)
    other = present & ~fits
    if layer.geometry == "point":
        other_shapes = shapes[other]
        x, y = geometry.stand_in_points(other_shapes)
        shapes[other] = shapely.points(x, y)
        told.add("drawn as the point that stands for it", Effect.NOTED, other, "points")
        many = geometry.of_kind(shapes, "point") & (shapely.get_num_geometries(shapes) > 1)
        shapes[present] = shapely.get_geometry(shapes[present], 0)
        told.add("several points, the first one holds", Effect.NOTED, many, "one point")
        return np.zeros(len(shapes), dtype=bool)
    if present.any() and not fits.any():
        found = geometry.type_names(shapes)
        if layer.geometry == "area":
            raise NotPolygons(table.file, found)
        raise WrongGeometry(table.file, _EXPECTED[layer.geometry], found)
    told.add("another kind of geometry", Effect.SET_ASIDE, other, _EXPECTED[layer.geometry])
    shapes[other] = None
    return other


def _from_coordinates(
    table: Table, source: Source, x_name: str, y_name: str, findings: Findings
) -> Geometries:
    for name in (x_name, y_name):
        _require(table, name)
    columns = [_numbers(table, name, source.decimal, findings) for name in (x_name, y_name)]
    x, y = columns
    known = np.isfinite(x) & np.isfinite(y) & ~((x == 0) & (y == 0))  # 0, 0 stands for "unknown"
    shapes = np.full(len(x), None, dtype=object)
    shapes[known] = shapely.points(x[known], y[known])
    return shapes


def _numbers(table: Table, name: str, decimal: str, findings: Findings) -> Coordinates:
    text = as_text(table.rows, name)
    plain = text.str.replace(",", ".", literal=True) if decimal == "," else text
    frame = table.rows.select(
        text.alias("text"), plain.cast(pl.Float64, strict=False).alias("value")
    )
    unread = (frame["text"].is_not_null() & frame["value"].is_null()).to_numpy()
    findings.add(
        "coordinate that cannot be read",
        Effect.LEFT_OUT,
        table.numbers[unread],
        frame["text"].filter(pl.Series(unread)),
        field=name,
        expected=f"a number with decimal {decimal!r}",
    )
    return frame["value"].fill_null(float("nan")).to_numpy()


def _require(table: Table, column: str) -> None:
    if column not in table.rows.columns:
        raise MissingColumn(table.file, column, table.rows.columns)


def require_geometry(table: Table, layer: Layer, shapes: Geometries | None) -> Geometries:
    """Refuse a file without geometry where the layer needs one.

    Points may be missing (a light can be known by its cabinet alone); lines and areas may not.
    """
    if shapes is not None:
        return shapes
    if layer.geometry == "point":
        return np.full(table.rows.height, None, dtype=object)
    problem = f"layer {layer.name!r} needs {_EXPECTED[layer.geometry]}; the file has no geometry"
    raise LayerUnreadable(table.file, problem)


def _wkb(shapes: Geometries) -> Geometries:
    return np.asarray(shapely.to_wkb(shapes), dtype=object)


def _name(crs: str) -> str:
    return crs if len(crs) <= 20 else crs.split('"')[1] if '"' in crs else crs[:20]
