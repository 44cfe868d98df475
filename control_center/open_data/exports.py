"""Whole layers as files: GeoPackage, GeoParquet, GeoJSON, CSV; in longitude and latitude.

GeoParquet 1.1 is Parquet with a note of where its geometries are; polars writes both. A layer
without places (feeders) is written as a table.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson
import polars as pl
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from control_center.errors import TooManyRows
from control_center.open_data.geojson import MEDIA_TYPE as GEOJSON
from control_center.open_data.geojson import OPTIONS, features
from control_center.open_data.holdings import Held
from control_center.open_data.reference_systems import CRS84, ReferenceSystem
from twin.errors import NotFound

_CHUNK = 5_000  # features written at once
_KINDS = {"point": "Point", "line": "LineString", "area": "Polygon"}
_DECIMALS = 7


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file.

    Attributes
    ----------
    media_type : str
        As registered.
    file_type : str
        Its name in the EU's list of file types, for the catalogue.
    tables : bool
        Whether a layer without places can be written.
    write : callable
        ``write(held, path)``.
    """

    media_type: str
    file_type: str
    tables: bool
    write: Callable[[Held, Path], None]


def export(held: Held, name: str, path: Path, most: int | None = None) -> None:
    """Write a layer as a file.

    Parameters
    ----------
    name : str
        One of ``FORMATS``.
    path : Path
        Overwritten.
    most : int, optional
        Most rows that may be written.

    Raises
    ------
    NotFound
        The layer has no such file: GeoJSON needs places.
    TooManyRows
        The layer has more rows.
    """
    form = FORMATS.get(name)
    if form is None or (held.collection.geometry == "none" and not form.tables):
        raise NotFound("file", f"{held.collection.id}.{name}")
    if most is not None and held.rows.height > most:
        raise TooManyRows(held.rows.height, most)
    form.write(held, path)


def _columns(held: Held) -> pl.DataFrame:
    return held.rows.select(column.name for column in held.collection.columns)


def _wkb(held: Held) -> NDArray[np.object_]:
    """Return the geometries, rounded to what means something; None where there is none."""
    shapes = held.geometries(np.arange(held.rows.height))
    return np.asarray(shapely.to_wkb(ReferenceSystem(CRS84).written(shapes), byte_order=1))


def _csv(held: Held, path: Path) -> None:
    rows = _columns(held)
    if held.collection.geometry == "point":
        place = pl.col("longitude", "latitude").round(_DECIMALS)
        rows = rows.hstack(held.rows.select(place))
    elif held.collection.geometry != "none":
        shapes = held.geometries(np.arange(held.rows.height))
        texts = shapely.to_wkt(shapes, rounding_precision=_DECIMALS)
        rows = rows.with_columns(pl.Series("wkt", texts, pl.String))
    rows.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%SZ")


def _geojson(held: Held, path: Path) -> None:
    with path.open("wb") as file:
        file.write(b'{"type":"FeatureCollection","name":')
        file.write(orjson.dumps(held.collection.id) + b',"features":[\n')
        _write_features(held, file)
        file.write(b"\n]}\n")


def _write_features(held: Held, file: BinaryIO) -> None:
    system = ReferenceSystem(CRS84)
    for start in range(0, held.rows.height, _CHUNK):
        numbers = np.arange(start, min(start + _CHUNK, held.rows.height))
        some = (orjson.dumps(one, option=OPTIONS) for one in features(held, numbers, system))
        file.write((b",\n" if start else b"") + b",\n".join(some))


def _geopackage(held: Held, path: Path) -> None:
    path.unlink(missing_ok=True)  # GDAL would add to it
    rows = _columns(held)
    data = [_array(rows[name]) for name in rows.columns]
    placed = held.collection.geometry != "none"
    pyogrio.raw.write(
        str(path),
        _wkb(held) if placed else None,
        [values for values, _ in data],
        rows.columns,
        field_mask=[mask for _, mask in data],
        layer=held.collection.id,
        driver="GPKG",
        geometry_type=_geometry_type(held) if placed else None,
        crs="EPSG:4326" if placed else None,
        gdal_tz_offsets={
            name: np.full(rows.height, _UTC_OFFSET)
            for name, dtype in rows.schema.items()
            if isinstance(dtype, pl.Datetime)
        },
    )


_UTC_OFFSET = 100  # as GDAL writes it


def _array(values: pl.Series) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Return a column as pyogrio takes it: values, and which of them are null where it must ask."""
    match values.dtype:
        case pl.Int64():
            return values.fill_null(0).to_numpy(), values.is_null().to_numpy()
        case pl.Boolean():
            return values.fill_null(value=False).to_numpy(), values.is_null().to_numpy()
        case pl.Date():
            return values.to_numpy().astype("datetime64[D]"), None
        case pl.Datetime():
            plain = values.dt.replace_time_zone(None).to_numpy()
            return plain.astype("datetime64[ms]"), None
        case _:
            return values.to_numpy(), None


def _geometry_type(held: Held) -> str:
    """Return the type of all geometries, or that there are several."""
    found = _types(held)
    return found[0] if len(found) == 1 else "Unknown"


def _types(held: Held) -> list[str]:
    if held.collection.geometry == "point" or not held.rows.height:
        return [_KINDS[held.collection.geometry]]
    shapes = held.geometries(np.arange(held.rows.height))
    return sorted({str(shape.geom_type) for shape in shapes if shape is not None})


def _parquet(held: Held, path: Path) -> None:
    rows = _columns(held)
    if held.collection.geometry == "none":
        rows.write_parquet(path)
        return
    edges = pl.DataFrame(held.bounds, schema=["xmin", "ymin", "xmax", "ymax"], nan_to_null=True)
    rows = rows.with_columns(
        pl.Series("geometry", _wkb(held), pl.Binary),
        edges.to_struct("bbox"),
    )
    rows.write_parquet(path, metadata={"geo": json.dumps(_geo(held))})


def _geo(held: Held) -> dict[str, Any]:
    """Return the note of GeoParquet 1.1; without a system, it is in longitude and latitude."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": _types(held) if held.rows.height else [],
        "covering": {"bbox": {edge: ["bbox", edge] for edge in ("xmin", "ymin", "xmax", "ymax")}},
    }
    if held.extent is not None:
        column["bbox"] = list(held.extent)
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


FORMATS: dict[str, Format] = {
    "gpkg": Format("application/geopackage+sqlite3", "GPKG", tables=True, write=_geopackage),
    "parquet": Format("application/vnd.apache.parquet", "PARQUET", tables=True, write=_parquet),
    "geojson": Format(GEOJSON, "GEOJSON", tables=False, write=_geojson),
    "csv": Format("text/csv", "CSV", tables=True, write=_csv),
}
"""Kinds of files, by the end of their name."""
