"""A city as a folder: one file a layer, ``city.toml``, ``truth.json`` and a ready flood."""

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyogrio
import shapely

from gis.errors import LayerUnreadable
from gis.layers import LAYERS
from simulators.city.model import City, Geometries, LayerData

TERRITORY_FILE, TRUTH_FILE, FLOOD_FILE = "city.toml", "truth.json", "crue.geojson"
STATE_FILE = "world.json"
"""Kept by the living town beside its files: what a restart must not forget."""


def write(city: City, folder: Path) -> list[Path]:
    """Write a city into a folder, which is made where needed.

    Parameters
    ----------
    city : City
        As ``generate`` returns it.
    folder : Path
        Gets ``<layer>.fgb`` for what is drawn, ``<layer>.csv`` for tables, ``city.toml``,
        ``truth.json`` and ``crue.geojson``, a flood to try.

    Returns
    -------
    list of Path
        What was written, layers first, parents before children.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _forget_former_city(folder)
    written = [_write_layer(folder, name, data) for name, data in city.layers.items()]
    territory = folder / TERRITORY_FILE
    territory.write_text(_toml(city.territory), encoding="utf-8")
    truth = folder / TRUTH_FILE
    truth.write_text(json.dumps(city.truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    flood = folder / FLOOD_FILE
    flood.write_text(json.dumps(city.flood, separators=(",", ":")) + "\n", encoding="utf-8")
    return [*written, territory, truth, flood]


def read(folder: Path, layers: set[str] | None = None) -> City:
    """Read a city back.

    Parameters
    ----------
    folder : Path
        As ``write`` left it.
    layers : set of str, optional
        Only these.

    Raises
    ------
    LayerUnreadable
        The folder does not hold a generated city.
    """
    try:
        territory = tomllib.loads((folder / TERRITORY_FILE).read_text(encoding="utf-8"))[
            "territory"
        ]
        truth = json.loads((folder / TRUTH_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError) as error:
        problem = "no generated city here; `reverbere simulate generate --out FOLDER` makes one"
        raise LayerUnreadable(folder, problem) from error
    found: dict[str, LayerData] = {}
    for name in LAYERS if layers is None else [n for n in LAYERS if n in layers]:
        drawn, table = folder / f"{name}.fgb", folder / f"{name}.csv"
        if drawn.exists():
            found[name] = _read_drawn(drawn)
        elif table.exists():
            found[name] = LayerData(pl.read_csv(table, infer_schema_length=None))
    return City(territory, found, truth)


def _forget_former_city(folder: Path) -> None:
    """Remove what an earlier city left: a smaller one has fewer layers."""
    if not (folder / TRUTH_FILE).exists():
        return
    for name in LAYERS:
        (folder / f"{name}.fgb").unlink(missing_ok=True)
        (folder / f"{name}.csv").unlink(missing_ok=True)
    (folder / STATE_FILE).unlink(missing_ok=True)


def _write_layer(folder: Path, name: str, data: LayerData) -> Path:
    if data.geometry is None:
        path = folder / f"{name}.csv"
        data.frame.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%SZ")
        return path
    path = folder / f"{name}.fgb"
    path.unlink(missing_ok=True)
    columns = [_column(data.frame[column]) for column in data.frame.columns]
    kinds = sorted({geometry.geom_type for geometry in data.geometry})
    pyogrio.raw.write(
        str(path),
        geometry=shapely.to_wkb(np.asarray(data.geometry, dtype=object)),
        field_data=[values for values, _ in columns],
        field_mask=[mask for _, mask in columns],
        fields=data.frame.columns,
        geometry_type=kinds[0] if len(kinds) == 1 else f"Multi{kinds[-1].removeprefix('Multi')}",
        promote_to_multi=len(kinds) > 1,
        crs="EPSG:4326",
        driver="FlatGeobuf",
        layer_options={"SPATIAL_INDEX": "NO"},  # rows stay in order: the same bytes every time
    )
    return path


def _column(series: pl.Series) -> tuple[Any, Any]:
    """Values and the mask of nulls, as GDAL takes them."""
    mask = series.is_null().to_numpy()
    if series.dtype == pl.String:
        return series.fill_null("").to_numpy().astype(object), mask
    if series.dtype == pl.Boolean:
        return series.fill_null(value=False).to_numpy(), mask
    if series.dtype == pl.Date:
        return series.to_numpy().astype("datetime64[D]"), mask
    return series.fill_null(0).to_numpy(), mask


def _read_drawn(path: Path) -> LayerData:
    meta, _, geometry, columns = pyogrio.raw.read(str(path))
    frame = pl.DataFrame(
        [_series(name, column) for name, column in zip(meta["fields"], columns, strict=True)]
    )
    shapes: Geometries = np.asarray(shapely.from_wkb(geometry))
    return LayerData(frame, shapes)


def _series(name: str, column: Any) -> pl.Series:
    """Return a column as GDAL gives it: texts are objects, missing numbers are NaN."""
    if column.dtype == object:
        return pl.Series(name, column.tolist(), dtype=pl.String)
    series = pl.Series(name, column)
    return series.fill_nan(None) if series.dtype.is_float() else series


def _toml(territory: dict[str, Any]) -> str:
    """Write the [territory] table; values are text, numbers, yes or no, and inner tables."""
    lines = ["[territory]"]
    inner = {key: value for key, value in territory.items() if isinstance(value, dict)}
    lines += [
        f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in territory.items() if k not in inner
    ]
    for key, table in inner.items():
        lines += ["", f"[territory.{key}]"]
        lines += [f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in table.items()]
    return "\n".join(lines) + "\n"
