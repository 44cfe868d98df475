"""Drawing one layer of vector tiles: by GDAL, here or in a process of its own.

GDAL (inside the pyogrio wheel) writes one PMTiles archive a layer. What the writer does by itself,
and what is done about it:

- it writes no feature id: the column ``idx`` carries one, 0 … N-1, and the style promotes it;
- it drops features from tiles above a size without a word: the size is raised, and what was
  written is counted at each zoom before anybody sees it;
- it sorts features by tile in a database on the disk: in memory, and by one thread, the same takes
  a third of the processor's time (20 000 lights: 0.9 s instead of 2.9 s);
- it holds the interpreter while it writes, a minute for a million lights: a large layer is drawn
  by a process of its own, beside whatever else is to be done;
- that database holds each feature once a zoom, half a gigabyte for a million lights: a large layer
  is drawn zoom by zoom, and the archives are joined. The tiles are the same, byte by byte.
"""

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import polars as pl
import pyogrio
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from gis.errors import TilesIncomplete, TilesNotDrawn
from gis.layer_types import GeometryKind
from gis.tile_archive import join_zooms

LARGE: Final = 1_000_000
"""A layer of more bytes of geometry (50 000 lights) is drawn by a process of its own."""

_TYPES: Final[Mapping[GeometryKind, str]] = {
    "point": "Point",
    "line": "MultiLineString",
    "area": "MultiPolygon",
}
_OPTIONS: Final = {
    "MAX_SIZE": "3000000",
    "MAX_FEATURES": "2000000",
    "TEMPORARY_DB": ":memory:",
}
_UNDECLARED: Final = ".*does not support creation option TEMPORARY_DB"
_THREADS: Final = "GDAL_NUM_THREADS"
_SHAPE: Final = "@shape"


@dataclass(frozen=True, slots=True)
class TileLayer:
    """One layer to be drawn.

    Attributes
    ----------
    name : str
        One of ``gis.tiles.ZOOMS``.
    geometry : {'point', 'line', 'area'}
        What it is made of. Each point must be there at each zoom, each line at the highest;
        what is smaller than a dot of the screen may vanish otherwise.
    shapes : ndarray of bytes
        WKB, EPSG:4326, none missing.
    columns : dict of str to ndarray
        Public columns only: whoever reads a tile reads them. ``idx`` is added.
    """

    name: str
    geometry: GeometryKind
    shapes: NDArray[np.object_]
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)


class Drawing(Protocol):
    """An archive that is being drawn."""

    def counts(self) -> dict[int, int]:
        """Wait until it is there; return how many features each zoom kept.

        Raises
        ------
        TilesIncomplete
            A point is missing, or a line at the highest zoom.
        TilesNotDrawn
            The process that drew it ended before its time.
        """

    def stop(self) -> None:
        """Give it up, if it is still being drawn."""


def begin(layer: TileLayer, archive: Path, zooms: tuple[int, int]) -> Drawing:
    """Begin to draw a layer; a small one is drawn when this returns."""
    if sum(map(len, layer.shapes)) > LARGE:
        return _Elsewhere(layer, archive, zooms)
    return _Here(layer, archive, zooms)


class _Here:
    """An archive drawn by this process."""

    def __init__(self, layer: TileLayer, archive: Path, zooms: tuple[int, int]) -> None:
        self._counts = _draw(layer, archive, zooms)

    def counts(self) -> dict[int, int]:
        return self._counts

    def stop(self) -> None:
        """Nothing goes on."""


class _Elsewhere:
    """An archive drawn by a process of its own; the shapes go there in a file."""

    def __init__(self, layer: TileLayer, archive: Path, zooms: tuple[int, int]) -> None:
        self._layer, self._shapes = layer.name, archive.with_suffix(".arrow")
        pl.DataFrame(
            {_SHAPE: pl.Series(layer.shapes, dtype=pl.Binary)}
            | {name: pl.Series(values) for name, values in layer.columns.items()}
        ).write_ipc(self._shapes)
        task = [layer.name, layer.geometry, str(self._shapes), str(archive), *map(str, zooms)]
        home = str(Path(__file__).parent.parent)  # the same code, wherever it was started from
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gis.tile_drawing", *task],
            env={**os.environ, "PYTHONPATH": home},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def counts(self) -> dict[int, int]:
        said, complaint = self._process.communicate()
        self._shapes.unlink(missing_ok=True)
        if self._process.returncode != 0:
            last = complaint.strip().splitlines()[-1:]
            raise TilesNotDrawn(self._layer, self._process.returncode, *last)
        answer = json.loads(said)
        if "lost" in answer:
            raise TilesIncomplete(self._layer, *answer["lost"])
        return {int(zoom): count for zoom, count in answer["counts"].items()}

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


def _draw(layer: TileLayer, archive: Path, zooms: tuple[int, int]) -> dict[int, int]:
    """Write the archive of one layer and count what it kept at each zoom."""
    _write(layer, archive, zooms)
    return _counted(layer, archive, zooms)


def _draw_by_zooms(layer: TileLayer, archive: Path, zooms: tuple[int, int]) -> dict[int, int]:
    """Do the same with a quarter of the memory, for a layer that is alone in its process."""
    low, high = zooms
    with tempfile.TemporaryDirectory(prefix=archive.stem, dir=archive.parent) as folder:
        made = [Path(folder) / f"{zoom}.pmtiles" for zoom in range(low, high + 1)]
        for zoom, file in enumerate(made, low):
            _write(layer, file, (zoom, zoom))
        join_zooms(made, archive)
    return _counted(layer, archive, zooms)


def _write(layer: TileLayer, archive: Path, zooms: tuple[int, int]) -> None:
    """Let GDAL write an archive of one layer."""
    low, high = zooms
    index = np.arange(len(layer.shapes), dtype=np.int32)
    columns = {"idx": index, **layer.columns}
    with _one_thread(), warnings.catch_warnings():
        # the driver hands this option on to the one that it writes with, and does not declare it
        warnings.filterwarnings("ignore", _UNDECLARED, RuntimeWarning)
        pyogrio.raw.write(
            archive,
            geometry=_as_multiple(layer),
            field_data=list(columns.values()),
            fields=np.array(list(columns)),
            layer=layer.name,
            driver="PMTiles",
            geometry_type=_TYPES[layer.geometry],
            crs="EPSG:4326",
            dataset_options={"NAME": layer.name, "MINZOOM": low, "MAXZOOM": high, **_OPTIONS},
        )


def _counted(layer: TileLayer, archive: Path, zooms: tuple[int, int]) -> dict[int, int]:
    low, high = zooms
    return {zoom: _kept(archive, layer, zoom, top=zoom == high) for zoom in range(low, high + 1)}


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let GDAL write by one thread: several wait for each other at one database."""
    before = pyogrio.get_gdal_config_option(_THREADS)
    pyogrio.set_gdal_config_options({_THREADS: "1"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({_THREADS: before})


def _as_multiple(layer: TileLayer) -> NDArray[np.object_]:
    """Write every line or area as a multiple one: the driver wants one type."""
    if layer.geometry == "point":
        return layer.shapes
    parts, owner = shapely.get_parts(shapely.from_wkb(layer.shapes), return_index=True)
    join = shapely.multilinestrings if layer.geometry == "line" else shapely.multipolygons
    return np.asarray(shapely.to_wkb(join(parts, indices=owner)), dtype=object)


def _kept(archive: Path, layer: TileLayer, zoom: int, *, top: bool) -> int:
    """Count the features of one zoom.

    Raises
    ------
    TilesIncomplete
        A point is missing, or a line at the highest zoom.
    """
    read = pyogrio.raw.read(archive, columns=["idx"], read_geometry=False, ZOOM_LEVEL=str(zoom))
    kept = len(np.unique(read[3][0]))
    needed = layer.geometry == "point" or (layer.geometry == "line" and top)
    if needed and kept != len(layer.shapes):
        raise TilesIncomplete(layer.name, zoom, len(layer.shapes), kept)
    return kept


def main(words: Sequence[str]) -> None:
    """Draw one layer out of the file that it was handed in, and say what was kept."""
    name, geometry, shapes, archive, low, high = words
    frame = pl.read_ipc(shapes)
    layer = TileLayer(
        name,
        next(kind for kind in _TYPES if kind == geometry),
        frame[_SHAPE].to_numpy(),
        {column: frame[column].to_numpy() for column in frame.columns if column != _SHAPE},
    )
    del frame
    try:
        counts = _draw_by_zooms(layer, Path(archive), (int(low), int(high)))
        answer: dict[str, object] = {"counts": counts}
    except TilesIncomplete as error:
        answer = {"lost": [error.zoom, error.expected, error.kept]}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
