"""Small files of the world, made on the spot."""

import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely

from gis.canonical import CanonicalFile, canonicalise
from gis.importers import open_table
from gis.mapping import Mapping as LayerMapping
from gis.mapping import read_mapping
from gis.report import Finding, Findings
from gis.settings import ImportSettings

LIMITS = ImportSettings()

_DRIVERS = {".shp": "ESRI Shapefile", ".geojson": "GeoJSON", ".gpkg": "GPKG", ".fgb": "FlatGeobuf"}


def write_layer(
    file: Path,
    shapes: Sequence[Any],
    columns: Mapping[str, Sequence[Any]],
    *,
    crs: str | None = "EPSG:4326",
    kind: str = "Unknown",
) -> Path:
    """Write a geographic file of any format; crs None: it says nothing of its system."""
    values = [
        np.array(column, dtype=object if isinstance(column[0], str) else None)
        for column in columns.values()
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL warns where there is no system
        pyogrio.raw.write(
            file,
            geometry=np.asarray(shapely.to_wkb(np.array(shapes, dtype=object)), dtype=object),
            field_data=values,
            fields=np.array(list(columns)),
            driver=_DRIVERS[file.suffix],
            geometry_type=kind,
            crs=crs,
        )
    return file


def write_text(file: Path, *lines: str, encoding: str = "utf-8") -> Path:
    """Write lines of text."""
    file.write_bytes("\n".join([*lines, ""]).encode(encoding))
    return file


def write_zip(file: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    """Write an archive, whatever its members are called."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file


def write_mapping(file: Path, text: str) -> LayerMapping:
    """Write a mapping and read it as the product does."""
    file.write_text(text, encoding="utf-8")
    return read_mapping(file)


def make_canonical(
    file: Path, mapping: LayerMapping, limits: ImportSettings = LIMITS
) -> tuple[CanonicalFile, dict[str, Finding]]:
    """Read a file with a mapping; return its layers, and what was found by reason."""
    findings = Findings(limits.max_listed)
    columns = None if mapping.canonical else mapping.source_columns()
    table = open_table(file, mapping.source, limits, columns)
    made = canonicalise(table, mapping, findings, limits)
    return made, {finding.reason: finding for finding in findings.all()}
