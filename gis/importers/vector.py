"""Geographic formats, read by GDAL: shapefile (also zipped), GeoJSON, GeoPackage, FlatGeobuf, …"""

import tempfile
import warnings
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyogrio
import pyogrio.raw
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from gis.errors import LayerEmpty, LayerUnreadable
from gis.importers.guards import unpack
from gis.importers.table import Table, tidy
from gis.mapping import Source
from gis.settings import ImportSettings

# In an archive the first kind that occurs is meant: a .json beside a .shp is about it.
_INNER = (".gpkg", ".fgb", ".shp", ".geojson", ".mif", ".tab", ".gml", ".json")
ENDINGS = (*_INNER, ".zip")
_SHAPEFILE = (".shx", ".dbf")


def read_vector(
    file: Path, source: Source, limits: ImportSettings, columns: set[str] | None = None
) -> Table:
    """Read one layer of a geographic file.

    Parameters
    ----------
    source : Source
        ``layer`` picks one of several; ``encoding`` overrides that of a shapefile.
    columns : set of str, optional
        Read only these; all by default. Those that are missing are not asked for.

    Raises
    ------
    LayerUnreadable
        GDAL cannot read it, a shapefile lacks a part, several layers and none was chosen.
    LayerEmpty
        The layer has no feature.
    """
    if file.suffix.lower() != ".zip":
        return _read(file, file, source, limits, columns)
    with tempfile.TemporaryDirectory(prefix="reverbere-import-") as folder:
        members = unpack(file, Path(folder), limits)
        inner = _chosen_member(file, members, source.layer)
        return _read(file, inner, source, limits, columns)


def _chosen_member(archive: Path, members: list[Path], pattern: str | None) -> Path:
    layers = [member for member in members if member.suffix.lower() in _INNER]
    wanted = [member for member in layers if pattern is None or fnmatch(member.stem, pattern)]
    meant = min((_INNER.index(member.suffix.lower()) for member in wanted), default=0)
    wanted = [member for member in wanted if member.suffix.lower() == _INNER[meant]]
    names = ", ".join(member.name for member in layers) or "none"
    if not wanted:
        asked = "a layer" if pattern is None else f"a layer named {pattern!r}"
        raise LayerUnreadable(archive, f"{asked} is expected in the archive; found: {names}")
    if len(wanted) > 1:
        raise LayerUnreadable(archive, f"several layers, name one in the mapping: {names}")
    return wanted[0]


def _read(
    file: Path, path: Path, source: Source, limits: ImportSettings, columns: set[str] | None
) -> Table:
    _check_parts(file, path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            layer = _chosen_layer(file, path, source)
            about = pyogrio.read_info(path, layer=layer, encoding=source.encoding)
            _check_amount(file, about["features"], limits)
            present = list(about["fields"])
            asked = None if columns is None else [name for name in present if name in columns]
            meta, _, geometry, values = pyogrio.raw.read(
                path,
                layer=layer,
                columns=asked,
                encoding=source.encoding,
                force_2d=True,
            )
        except (DataSourceError, DataLayerError, UnicodeDecodeError, ValueError) as error:
            raise LayerUnreadable(file, _first_line(error, path)) from error
    rows = pl.DataFrame(
        {name: _series(name, column) for name, column in zip(meta["fields"], values, strict=True)}
    )
    count = len(geometry) if geometry is not None else rows.height
    _check_amount(file, count, limits)
    notes = sorted({_first_line(entry.message, path) for entry in caught})
    return Table(
        file=file,
        rows=tidy(rows),
        numbers=np.arange(1, count + 1),
        geometry=geometry,
        crs=meta["crs"],
        notes=notes,
    )


def _check_parts(file: Path, path: Path) -> None:
    if path.suffix.lower() != ".shp":
        return
    beside = {other.suffix.lower() for other in path.parent.glob(f"{_literal(path.stem)}.*")}
    missing = [part for part in _SHAPEFILE if part not in beside]
    if missing:
        raise LayerUnreadable(file, f"the shapefile lacks its {' and its '.join(missing)}")


def _literal(stem: str) -> str:
    return "".join(f"[{sign}]" if sign in "[]*?" else sign for sign in stem)


def _chosen_layer(file: Path, path: Path, source: Source) -> str:
    names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    wanted = [name for name in names if source.layer is None or fnmatch(name, source.layer)]
    if not wanted:
        raise LayerUnreadable(file, f"no layer {source.layer!r}; found: {', '.join(names)}")
    if len(wanted) > 1:
        raise LayerUnreadable(file, f"several layers, name one in the mapping: {', '.join(names)}")
    return wanted[0]


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
