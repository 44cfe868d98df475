"""Geographic formats, read by GDAL: shapefile, GeoJSON, GeoPackage, FlatGeobuf, MapInfo, …"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyogrio
import pyogrio.raw
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from gis.errors import LayerEmpty, LayerUnreadable, SeveralLayers, UnknownCrs
from gis.geometry import WGS84, known_crs, to_wgs84
from gis.importers.encodings import mended
from gis.importers.table import LAYER, Table, Wanted, fits, tidy, together
from gis.mapping_tables import Join, Source
from gis.settings import ImportSettings

CONTAINERS = (".gpkg", ".gml", ".kml")
"""Formats whose files may hold several layers."""
ENDINGS = (".gpkg", ".fgb", ".shp", ".geojson", ".mif", ".tab", ".gml", ".kml", ".json", ".dbf")
WITH_TABLES = (".shp", ".mif", ".tab")
"""Formats with a table of their own name beside them, which is no layer."""
_SHAPEFILE = (".shx", ".dbf")
_MAPINFO = (".mid",)
_FALLBACK = "cp1252"  # a MapInfo file may say "Neutral", which says nothing
_PARTS = {".shp": ("shapefile", _SHAPEFILE), ".mif": ("MapInfo file", _MAPINFO)}


def read_vector(wanted: Wanted) -> Table:
    """Read one layer of a geographic file, or those that the mapping names.

    ``layer`` or ``layers`` of the source pick some of several, ``encoding`` overrides that of a
    shapefile, ``join`` adds the columns of another file of the archive.

    Raises
    ------
    LayerUnreadable
        GDAL cannot read it, a part is missing, several layers and none was chosen.
    LayerEmpty
        The layer has no feature.
    """
    file, path, source = wanted.file, wanted.path, wanted.source
    _check_parts(file, path)
    with _reading(file, path) as notes:
        names = _chosen_layers(wanted)
        tables = [_layer(wanted, name) for name in names]
    tables = in_one_system(tables, source)
    table = together(file, tables, LAYER, names) if source.layers else tables[0]
    if source.join is not None:
        table = _joined(table, source.join, wanted)
    return replace(table, notes=[*table.notes, *sorted(set(notes))])


@contextmanager
def _reading(file: Path, path: Path) -> Iterator[list[str]]:
    """Collect what GDAL warns of; make one sentence of what it cannot do.

    Raises
    ------
    LayerUnreadable
        It cannot read the file.
    """
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield notes
        except (DataSourceError, DataLayerError, UnicodeDecodeError, ValueError) as error:
            raise LayerUnreadable(file, _first_line(error, path)) from error
        notes += [_first_line(entry.message, path) for entry in caught]


def _layer(wanted: Wanted, layer: str) -> Table:
    try:
        return _layer_in(wanted, layer, wanted.source.encoding)
    except UnicodeDecodeError:
        if wanted.source.encoding is not None:
            raise
    table = _layer_in(wanted, layer, _FALLBACK)
    return replace(table, notes=[*table.notes, f"its texts are not UTF-8, read as {_FALLBACK}"])


def _layer_in(wanted: Wanted, layer: str, encoding: str | None) -> Table:
    file, path, limits, columns = wanted.file, wanted.path, wanted.limits, wanted.columns
    about = pyogrio.read_info(path, layer=layer, encoding=encoding)
    _check_amount(file, about["features"], limits)
    folded = None if columns is None else {name.casefold() for name in columns}
    asked = [name for name in about["fields"] if folded is None or name.casefold() in folded]
    meta, _, geometry, values = pyogrio.raw.read(
        path,
        layer=layer,
        columns=asked,
        encoding=encoding,
        force_2d=True,
        max_features=limits.max_rows + 1,
    )
    fields = zip(meta["fields"], values, strict=True)
    rows = pl.DataFrame({name: _series(name, column) for name, column in fields})
    rows, notes = _readable(rows)
    count = len(geometry) if geometry is not None else rows.height
    _check_amount(file, count, limits)
    return Table(
        file=file,
        rows=tidy(rows),
        numbers=np.arange(1, count + 1),
        geometry=geometry,
        crs=meta["crs"],
        notes=notes,
    )


def _readable(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Mend texts of another encoding than the file's, and note how many."""
    found = {c.name: mended(c) for c in rows.select(pl.col(pl.String)).iter_columns()}
    notes = [
        f"{count} texts of column {name!r} were in another encoding than the file's, mended"
        for name, (_, count) in found.items()
        if count
    ]
    return rows.with_columns(texts.alias(name) for name, (texts, _) in found.items()), notes


def _joined(table: Table, join: Join, wanted: Wanted) -> Table:
    """Add the columns of another file of the archive, row by row of a common column.

    Raises
    ------
    LayerUnreadable
        There is no such file, or it lacks the column.
    """
    tables = [member for member in wanted.members or () if member.suffix.lower() == ".dbf"]
    found = [member for member in tables if fits(member.stem, (join.layer,))]
    if not found:
        raise LayerUnreadable(table.file, f"{join.layer}.dbf is expected beside the layer")
    with _reading(table.file, found[0]) as notes:
        layer = str(pyogrio.list_layers(found[0])[0, 0])
        beside = replace(wanted, path=found[0], source=Source(), columns=None)
        figures = _layer(beside, layer).rows
    for rows in (table.rows, figures):
        if join.on not in rows.columns:
            problem = f"column {join.on!r} is expected in both files of the join"
            raise LayerUnreadable(table.file, problem)
    new = [name for name in figures.columns if name == join.on or name not in table.rows.columns]
    figures = figures.select(new).unique(join.on, keep="first", maintain_order=True)
    lost = table.rows.join(figures, on=join.on, how="anti").height
    if lost:
        notes.append(f"{lost} rows have no figures in {found[0].name}")
    rows = table.rows.join(figures, on=join.on, how="left", maintain_order="left")
    return replace(table, rows=rows, notes=[*table.notes, *notes])


def in_one_system(tables: list[Table], source: Source) -> list[Table]:
    """Bring layers to WGS 84 where they are in several systems and no mapping names one.

    Raises
    ------
    UnknownCrs
        One of them names none.
    """
    if source.crs or len({table.crs for table in tables}) == 1:
        return tables
    return [_in_degrees(table) for table in tables]


def _in_degrees(table: Table) -> Table:
    """Bring a layer to WGS 84.

    Raises
    ------
    UnknownCrs
        It names none.
    """
    crs = table.crs
    if table.geometry is None:
        return table
    if crs is None or not known_crs(crs):
        raise UnknownCrs(table.file, crs)
    moved = to_wgs84(np.asarray(shapely.from_wkb(table.geometry, on_invalid="ignore")), crs)
    return replace(table, geometry=np.asarray(shapely.to_wkb(moved), dtype=object), crs=WGS84)


def _check_parts(file: Path, path: Path) -> None:
    kind, parts = _PARTS.get(path.suffix.lower(), ("", ()))
    beside = {other.suffix.lower() for other in path.parent.glob(f"{_literal(path.stem)}.*")}
    missing = [part for part in parts if part not in beside]
    if missing:
        raise LayerUnreadable(file, f"the {kind} lacks its {' and its '.join(missing)}")


def _literal(stem: str) -> str:
    return "".join(f"[{sign}]" if sign in "[]*?" else sign for sign in stem)


def _chosen_layers(wanted: Wanted) -> list[str]:
    """Names of the layers to read; in an archive the patterns may be those of files."""
    file, source = wanted.file, wanted.source
    names = [str(name) for name in pyogrio.list_layers(wanted.path)[:, 0]]
    patterns = source.layers or ((source.layer,) if source.layer else ("*",))
    chosen = [name for name in names if fits(name, patterns)]
    if not chosen and len(names) == 1 and wanted.members is not None:
        return names
    if not chosen:
        asked = ", ".join(patterns)
        raise LayerUnreadable(file, f"no layer {asked!r}; found: {', '.join(names)}")
    if len(chosen) > 1 and not source.layers:
        raise SeveralLayers(file, names)
    return chosen


def _check_amount(file: Path, features: int, limits: ImportSettings) -> None:
    if features == 0:
        raise LayerEmpty(file)
    if features > limits.max_rows:
        raise LayerUnreadable(file, f"more than {limits.max_rows} rows (REVERBERE_IMPORT_MAX_ROWS)")


def _series(name: str, values: NDArray[Any]) -> pl.Series:
    if values.dtype == object:
        texts = [None if value is None else str(value) for value in values]
        return pl.Series(name, texts, dtype=pl.String)
    series = pl.Series(name, values)
    return series.fill_nan(None) if series.dtype.is_float() else series


def _first_line(problem: object, path: Path) -> str:
    line = str(problem).strip().split("\n", 1)[0]
    return line.replace(str(path), path.name).replace(str(path.parent), "")
