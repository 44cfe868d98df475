"""Grids of heights into the store, and the ground of what stands on them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from psycopg import Connection
from psycopg.rows import TupleRow

from gis.importers.raster import read_terrain
from gis.mapping import Mapping
from gis.report import Effect, Figure, FileReport, Findings, LayerCounts, about_file
from gis.settings import ImportSettings
from gis.terrain import Terrain
from twin.store.city_writer import CityWriter
from twin.store.terrain import LAYER, TerrainStore


@dataclass(slots=True)
class Relief:
    """One file of grids of heights, read, not loaded yet."""

    mapping: Mapping
    grids: list[Terrain]
    report: FileReport


def read_relief(path: Path, mapping: Mapping, limits: ImportSettings) -> Relief:
    """Read a file of heights; the store is not touched.

    Raises
    ------
    LayerError
        See ``gis.importers.raster.read_terrain``.
    """
    grids = read_terrain(path, mapping, limits)
    report = about_file(path, mapping)
    report.read = sum(grid.heights_m.size for grid in grids)
    report.kept = sum(grid.known for grid in grids)
    report.set_aside = report.read - report.kept
    findings = Findings(limits.max_listed)
    for grid in grids:
        _tell_unknown(findings, grid)
        findings.note(_told_of(grid))
    report.findings = findings.all()
    return Relief(mapping, grids, report)


def _tell_unknown(findings: Findings, grid: Terrain) -> None:
    unknown = np.flatnonzero(~np.isfinite(grid.heights_m))
    columns = grid.heights_m.shape[1]
    findings.add(
        "cell without a height",
        Effect.SET_ASIDE,
        unknown + 1,
        (f"line {cell // columns + 1}, column {cell % columns + 1}" for cell in unknown),
        layer=LAYER,
        field=grid.code,
        expected="metres over the sea",
    )


def _told_of(grid: Terrain) -> str:
    west, south, east, north = grid.bounds
    low, high = float(np.nanmin(grid.heights_m)), float(np.nanmax(grid.heights_m))
    counted = f" over {grid.datum}" if grid.datum else ""
    return (
        f"{grid.code}: {low:.1f} to {high:.1f} m{counted}, every {grid.step_m:.0f} m, standard "
        f"error {grid.error_m:g} m; longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to "
        f"{north:.4f}"
    )


def load_relief(connection: Connection[TupleRow], writer: CityWriter, relief: Relief) -> int:
    """Keep the grids of a file; return the number of its data set."""
    dataset = writer.add_dataset(relief.report)
    store = TerrainStore(connection)
    counts = [store.merge(grid, dataset, writer.at) for grid in relief.grids]
    relief.report.layers = [
        LayerCounts(
            LAYER,
            sum(one.kept for one in counts),
            sum(one.added for one in counts),
            sum(one.changed for one in counts),
            sum(one.unchanged for one in counts),
        )
    ]
    return dataset


def derive_ground(connection: Connection[TupleRow]) -> list[Figure]:
    """Give devices the ground that the grids tell; say of how many it is known, and how."""
    store = TerrainStore(connection)
    store.ground_devices()
    return store.figures()
