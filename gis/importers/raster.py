"""Grids of heights: GeoTIFF, SRTM tiles (``.hgt``), grids of text (``.asc``); in archives too."""

import logging
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.errors import LayerEmpty, LayerUnreadable, UnknownCrs
from gis.importers.guards import check_file, is_archive, unpack
from gis.mapping import Mapping
from gis.mapping_tables import Surface
from gis.settings import ImportSettings
from gis.terrain import Terrain

_DRIVERS = {".hgt": "SRTMHGT", ".tif": "GTiff", ".tiff": "GTiff", ".asc": "AAIGrid"}
ENDINGS = tuple(_DRIVERS)
LOWEST_M, HIGHEST_M = -450.0, 8900.0
"""The Dead Sea's shore and Mount Everest: what lies outside is no height of dry land. [m]"""

_METRES = ("", "m", "metre", "meter", "metres", "meters")


def holds_grids(file: Path) -> bool:
    """Whether a file is, by its name or those of what it holds, a grid of heights or several."""
    name = file.name.lower()
    if name.endswith(".zip"):
        try:
            with zipfile.ZipFile(file) as archive:
                return any(one.lower().endswith(ENDINGS) for one in archive.namelist())
        except (zipfile.BadZipFile, OSError):
            return False  # whoever opens it says what is wrong with it
    return name.removesuffix(".gz").removesuffix(".bz2").endswith(ENDINGS)


def read_terrain(file: Path, mapping: Mapping, limits: ImportSettings) -> list[Terrain]:
    """Read the grids of heights of a file, or of an archive.

    Parameters
    ----------
    file : Path
        The file.
    mapping : Mapping
        One with a ``[surface]``.
    limits : ImportSettings
        Caps on bytes and cells.

    Raises
    ------
    LayerUnreadable
        Not there, too large, no grid of heights, turned against north, not in metres.
    LayerEmpty
        No cell's height is known.
    UnknownCrs
        Neither the file nor the mapping says what its coordinates are in.
    """
    if mapping.surface is None:
        raise LayerUnreadable(file, f"mapping {mapping.name!r} has no [surface] table")
    check_file(file, limits)
    if not is_archive(file):
        return [_read(file, file, mapping, mapping.surface, limits)]
    with tempfile.TemporaryDirectory(prefix="reverbere-import-") as folder:
        members = unpack(file, Path(folder), limits)
        grids = [one for one in members if one.suffix.lower() in _DRIVERS]
        if not grids:
            names = ", ".join(one.name for one in members[:30]) or "none"
            problem = f"a grid of heights ({', '.join(ENDINGS)}) is expected; found: {names}"
            raise LayerUnreadable(file, problem)
        return [_read(file, one, mapping, mapping.surface, limits) for one in grids]


def _read(
    file: Path, path: Path, mapping: Mapping, surface: Surface, limits: ImportSettings
) -> Terrain:
    with _opened(file, path) as grid:
        _check_shape(file, grid, limits)
        crs = mapping.source.crs or (grid.crs.to_string() if grid.crs else None)
        if crs is None:
            raise UnknownCrs(file, None)
        heights = grid.read(1, masked=True)
        scale, offset = grid.scales[0], grid.offsets[0]
        transform = tuple(grid.transform)[:6]
    heights_m = np.ma.filled(heights.astype(np.float32) * scale + offset, np.nan)
    heights_m = np.where(_plausible(heights_m), heights_m, np.nan).astype(np.float32)
    if not np.isfinite(heights_m).any():
        raise LayerEmpty(file)
    return Terrain(path.stem, heights_m, transform, crs, surface.error_m, surface.datum)


def _plausible(heights_m: NDArray[np.float32]) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return (heights_m >= LOWEST_M) & (heights_m <= HIGHEST_M)


@contextmanager
def _opened(file: Path, path: Path) -> Iterator[Any]:
    """Open a grid by the one driver that its ending names: no format is tried at a venture."""
    import rasterio  # noqa: PLC0415 - loads a second of libraries that few commands need

    logging.getLogger("rasterio").setLevel(logging.CRITICAL)  # what it says is in its exceptions
    driver = _DRIVERS.get(path.suffix.lower())
    if driver is None:
        known = ", ".join(ENDINGS)
        raise LayerUnreadable(file, f"a grid of heights is expected; known endings: {known}")
    try:
        with warnings.catch_warnings():
            # said in our words where it matters: UnknownCrs
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(path, driver=driver) as grid:
                yield grid
    except rasterio.errors.RasterioError as error:
        problem = str(error).replace(str(path), path.name)
        raise LayerUnreadable(file, f"no grid of heights: {problem}") from error


def _check_shape(file: Path, grid: Any, limits: ImportSettings) -> None:
    cells = grid.width * grid.height
    if cells > limits.max_cells:
        problem = f"{cells} cells, {limits.max_cells} are accepted (REVERBERE_IMPORT_MAX_CELLS)"
        raise LayerUnreadable(file, problem)
    across, turned, _, leaned, down, _ = tuple(grid.transform)[:6]
    if turned or leaned or across <= 0 or down >= 0:
        raise LayerUnreadable(file, "its rows do not run from west to east, from north to south")
    unit = (grid.units[0] or "").lower()
    if unit not in _METRES:
        raise LayerUnreadable(file, f"heights in metres are expected, and they are in {unit!r}")
    if np.dtype(grid.dtypes[0]).kind not in "iuf":
        raise LayerUnreadable(file, f"numbers are expected, and its cells are {grid.dtypes[0]}")


def as_geotiff(terrain: Terrain) -> bytes:
    """Write a grid of heights as a GeoTIFF, packed without loss."""
    import rasterio  # noqa: PLC0415 - see above
    from rasterio.io import MemoryFile  # noqa: PLC0415

    rows, columns = terrain.heights_m.shape
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            width=columns,
            height=rows,
            count=1,
            dtype="float32",
            nodata=np.nan,
            crs=terrain.crs,
            transform=rasterio.Affine(*terrain.transform),
            compress="deflate",
            predictor=3,
            tiled=min(rows, columns) >= 512,
        ) as grid:
            grid.write(terrain.heights_m, 1)
        return bytes(memory.read())


def from_geotiff(code: str, content: bytes, error_m: float, datum: str = "") -> Terrain:
    """Read what ``as_geotiff`` wrote."""
    from rasterio.io import MemoryFile  # noqa: PLC0415 - see above

    with MemoryFile(content) as memory, memory.open(driver="GTiff") as grid:
        transform = tuple(grid.transform)[:6]
        return Terrain(code, grid.read(1), transform, grid.crs.to_string(), error_m, datum)
