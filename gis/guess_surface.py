"""A proposed mapping for a grid of heights: all that the file tells, and what only people know."""

from pathlib import Path

import numpy as np

from gis.errors import NotRecognised, UnknownCrs
from gis.guess_text import HEAD, written
from gis.importers.raster import read_terrain
from gis.mapping import Mapping
from gis.mapping_tables import Source, Surface
from gis.recognise import mapping_of_surface
from gis.settings import ImportSettings
from gis.terrain import Terrain

_STAND_IN = "EPSG:2154"
"""By which a grid is read that does not say its system: its heights do not hang on it."""


def guess_surface(file: Path, limits: ImportSettings) -> str:
    """Write a mapping for a grid of heights, as TOML.

    A standard error is in no file: it is taken from the mapping that ships for such files, else
    left for its reader to fill in, and the mapping is refused until then.

    Raises
    ------
    LayerUnreadable, LayerEmpty
        See ``gis.importers.raster.read_terrain``.
    """
    said = Mapping(surface=Surface(error_m=1.0))
    told = True
    try:
        grids = read_terrain(file, said, limits)
    except UnknownCrs:
        told = False
        placed = Mapping(surface=said.surface, source=Source(crs=_STAND_IN))
        grids = read_terrain(file, placed, limits)
    lines = [
        HEAD,
        f"title = {written(file.name.partition('.')[0].replace('_', ' '))}",
        'licence = ""               # of the publisher',
        'attribution = ""',
        f"\n[match]\nfiles = [{written(file.name)}]",
        "" if told else '\n[source]\n# crs = "EPSG:2154"         # the file does not say it',
        "\n[surface]",
        *(_about(grid, placed=told) for grid in grids),
        *_error(file),
    ]
    return "\n".join(line for line in lines if line) + "\n"


def _about(grid: Terrain, *, placed: bool) -> str:
    rows, columns = grid.heights_m.shape
    low, high = float(np.nanmin(grid.heights_m)), float(np.nanmax(grid.heights_m))
    unknown = grid.heights_m.size - grid.known
    step = f", every {grid.step_m:.0f} m, {grid.crs}" if placed else ""
    return (
        f"# {grid.code}: {rows} × {columns} cells{step}, {low:.1f} to {high:.1f} m, "
        f"{unknown} without a height"
    )


def _error(file: Path) -> list[str]:
    try:
        known = mapping_of_surface(file)
    except NotRecognised:
        known = None
    if known is None or known.surface is None:
        return [
            "# error_m = 0.5             # [m] standard error: no file tells it, ask its publisher",
            '# datum = "NGF-IGN69"       # what the heights count from',
        ]
    found = known.surface
    return [
        f"error_m = {found.error_m:g}    # as {known.name!r} has it: it reads this file as it is",
        f"datum = {written(found.datum)}",
    ]
