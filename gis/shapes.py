"""The geometry column of a file, made ready for one canonical layer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from gis import geometry
from gis.coordinates import as_text_series, from_columns, from_pairs, require
from gis.errors import LayerUnreadable, NotPolygons, WrongGeometry
from gis.geometry import Coordinates, Geometries, Mask
from gis.importers.table import Table
from gis.layer_types import Layer
from gis.mapping_tables import Source, TerritoryTable
from gis.report import Effect, Findings
from gis.settings import ImportSettings
from gis.systems import degrees_among_metres, name_of, system_of, to_degrees

_APART = 1.0  # in the file's own unit
_EXPECTED = {"point": "points", "line": "lines", "area": "polygons"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where geometries are: the system of the file, and that of each row that names one.

    Attributes
    ----------
    crs : str
        Of the file.
    own : list of str or None
        Of each row, None where it is the file's; None where no row has one.
    """

    crs: str
    own: list[str | None] | None = None

    def of(self, rows: NDArray[np.int64]) -> "Place":
        """Return the place of some of the rows."""
        return self if self.own is None else Place(self.crs, [self.own[row] for row in rows])


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
        return from_columns(table, source, source.x, source.y, findings)
    if source.point is not None:
        return from_pairs(table, source.point, findings)
    if source.wkt is not None:
        return _from_texts(table, source.wkt, shapely.from_wkt, "well-known text", findings)
    if source.geojson is not None:
        return _from_texts(table, source.geojson, shapely.from_geojson, "GeoJSON", findings)
    if table.geometry is None:
        return None
    shapes = np.asarray(shapely.from_wkb(table.geometry, on_invalid="ignore"))
    return _without_empty(np.asarray(shapely.force_2d(shapes)))


def shapes_for(
    layer: Layer,
    shapes: Geometries,
    table: Table,
    *,
    place: Place,
    findings: Findings,
    limits: ImportSettings,
) -> Shapes:
    """Prepare geometries for a layer: one kind, valid, WGS 84, each with a point for it.

    Degrees among metres are read as WGS 84, and told.

    Raises
    ------
    NotPolygons, WrongGeometry
        Not one row is of the kind that the layer is made of.
    """
    told = _Teller(layer.name, table, findings)
    shapes = shapes.copy()
    vertices = shapely.get_num_coordinates(shapes)
    heavy = vertices > limits.max_vertices
    most = f"{limits.max_vertices} vertices at most"
    counted = [f"{number} vertices" for number in vertices[heavy]]
    told.add("geometry too heavy", Effect.SET_ASIDE, heavy, most, counted)
    shapes[heavy] = None
    wrong = _sorted_out(layer, shapes, table, told)
    if layer.geometry == "area":
        shapes, lost = _mended(shapes, told)
        wrong |= lost
    present = ~shapely.is_missing(shapes)
    shapes = _in_degrees(shapes, place, told)
    x, y = geometry.stand_in_points(shapes)
    outside = present & ~((np.abs(x) <= 180) & (np.abs(y) <= 90))
    system = f"coordinates in {name_of(place.crs)}"
    strays = [f"{east:g}, {north:g}" for east, north in zip(x[outside], y[outside], strict=True)]
    told.add("coordinates outside the world", Effect.LEFT_OUT, outside, system, strays)
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

    def add(
        self, reason: str, effect: Effect, mask: Mask, expected: str, values: Sequence[str] = ()
    ) -> None:
        """Record the rows of a mask; ``values`` in their order say what is there instead."""
        self._findings.add(
            reason,
            effect,
            self._table.numbers[mask],
            values,
            layer=self._layer,
            field="geometry",
            expected=expected,
        )


def _in_degrees(shapes: Geometries, place: Place, told: _Teller) -> Geometries:
    """Bring geometries to WGS 84, each from its own system where it has one."""
    own = place.own
    strange = degrees_among_metres(shapes, place.crs) & (own is None)
    if strange.any():
        told.add(
            "degrees in a file of metres",
            Effect.REPAIRED,
            strange,
            f"metres in {name_of(place.crs)}",
        )
        own = [geometry.WGS84 if one else None for one in strange.tolist()]
    return to_degrees(shapes, place.crs, own)


def _mended(shapes: Geometries, told: _Teller) -> tuple[Geometries, Mask]:
    """Repair invalid areas; say what was wrong, and of which ones nothing remained."""
    mended, broken = geometry.repaired(shapes)
    lost = broken & shapely.is_missing(mended)
    for reason, effect, mask in (
        ("invalid ring repaired", Effect.REPAIRED, broken & ~lost),
        ("nothing left of an invalid ring", Effect.SET_ASIDE, lost),
    ):
        why = [str(word) for word in shapely.is_valid_reason(shapes[mask])]
        told.add(reason, effect, mask, "a valid polygon", why)
    return mended, lost


def _kinds(shapes: Geometries, mask: Mask) -> list[str]:
    return [shape.geom_type for shape in shapes[mask]]


def _sorted_out(layer: Layer, shapes: Geometries, table: Table, told: _Teller) -> Mask:
    """Bring geometries to the layer's kind, in place; say which ones are of another."""
    present = ~shapely.is_missing(shapes)
    fits = geometry.of_kind(shapes, layer.geometry)
    other = present & ~fits
    if layer.geometry == "point":
        drawn = _kinds(shapes, other)
        other_shapes = shapes[other]
        x, y = geometry.stand_in_points(other_shapes)
        shapes[other] = shapely.points(x, y)
        told.add("drawn as the point that stands for it", Effect.NOTED, other, "points", drawn)
        multiple = shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT
        many = multiple & (shapely.get_num_geometries(shapes) > 1)
        shapes[multiple] = shapely.get_geometry(shapes[multiple], 0)
        told.add("several points, the first one holds", Effect.NOTED, many, "one point")
        return np.zeros(len(shapes), dtype=bool)
    if present.any() and not fits.any():
        found = geometry.type_names(shapes)
        if layer.geometry == "area":
            raise NotPolygons(table.file, found)
        raise WrongGeometry(table.file, _EXPECTED[layer.geometry], found)
    expected = _EXPECTED[layer.geometry]
    told.add("another kind of geometry", Effect.SET_ASIDE, other, expected, _kinds(shapes, other))
    shapes[other] = None
    return other


def place_of(
    table: Table,
    source: Source,
    shapes: Geometries | None,
    home: TerritoryTable | None,
    findings: Findings,
) -> Place:
    """Say which system the geometries are in, and note what had to be found out for it.

    Raises
    ------
    UnknownCrs
        Nothing says it, and the coordinates do not tell.
    """
    if shapes is None:
        return Place(geometry.WGS84)
    system = system_of(table, source, shapes, home)
    for note in system.notes:
        findings.note(note)
    _compare_stated(table, source, shapes, findings)
    own = None if source.crs_column is None else _own_systems(table, source.crs_column, findings)
    return Place(system.crs, own)


def _compare_stated(table: Table, source: Source, shapes: Geometries, findings: Findings) -> None:
    """Tell the points that are drawn elsewhere than the file's own columns say."""
    if not source.stated:
        return
    stated = (as_text_series(table, name).cast(pl.Float64, strict=False) for name in source.stated)
    x, y = (values.fill_null(float("nan")).to_numpy() for values in stated)
    drawn_x, drawn_y = geometry.stand_in_points(shapes)
    apart = np.hypot(drawn_x - x, drawn_y - y)
    far = apart > _APART
    findings.add(
        "drawn elsewhere than its own columns say",
        Effect.NOTED,
        table.numbers[far],
        [f"{distance:.1f}" for distance in apart[far]],
        field=", ".join(source.stated),
        expected=f"at most {_APART:g} apart",
    )


def _own_systems(table: Table, column: str, findings: Findings) -> list[str | None]:
    """Read the EPSG code of each row; one that is none is told, and the file's system is meant."""
    codes = as_text_series(table, column).str.extract(r"(\d{4,6})$")
    known = {code: geometry.known_crs(f"EPSG:{code}") for code in codes.drop_nulls().unique()}
    bad = np.array([code is not None and not known[code] for code in codes])
    findings.add(
        "coordinate system that does not exist",
        Effect.LEFT_OUT,
        table.numbers[bad],
        codes.filter(pl.Series(bad)),
        field=column,
        expected="an EPSG code, e.g. 2154",
    )
    return [f"EPSG:{code}" if code and known[code] else None for code in codes]


def _from_texts(
    table: Table,
    column: str,
    read: Callable[..., object],
    expected: str,
    findings: Findings,
) -> Geometries:
    require(table, column)
    texts = table.rows[column].to_numpy()
    shapes = np.asarray(read(texts, on_invalid="ignore"))
    unread = shapely.is_missing(shapes) & np.array([text is not None for text in texts])
    findings.add(
        "geometry that cannot be read",
        Effect.LEFT_OUT,
        table.numbers[unread],
        texts[unread],
        field=column,
        expected=expected,
    )
    return _without_empty(shapes)


def _without_empty(shapes: Geometries) -> Geometries:
    """Make none of a geometry without a point: ``POLYGON EMPTY`` is nowhere."""
    shapes[shapely.is_empty(shapes)] = None
    return shapes


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
