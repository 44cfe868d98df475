"""Vector tiles: built at import, checked feature by feature, published at once, read one by one.

One PMTiles archive a layer, written by GDAL (inside the pyogrio wheel). A vector tile is a list of
layers, so a set of layers is joined when served by putting their bytes one after the other.

What the writer does by itself, and what is done about it:

- it writes no feature id: the column ``idx`` carries one, 0 … N-1, and the style promotes it;
- it drops features from tiles above a size without a word: the size is raised, and what was
  written is counted at each zoom before anybody sees it;
- it never overwrites: archives are made in a folder of their own, which then takes its name;
- it sorts features by tile in a database on the disk: in memory, and by one thread, the same takes
  a third of the processor's time (20 000 lights: 0.9 s instead of 2.9 s).
"""

import gzip
import hashlib
import mmap
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import orjson
import pyogrio
import pyogrio.raw
import shapely
from numpy.typing import NDArray
from pmtiles.tile import (
    MagicNumberNotFound,
    SpecVersionUnsupported,
    deserialize_directory,
    deserialize_header,
    zxy_to_tileid,
)

from gis.errors import LayerUnreadable, TilesIncomplete
from gis.layer_types import GeometryKind

ZOOMS: Final[Mapping[str, tuple[int, int]]] = {
    "parks": (10, 15),
    "water": (10, 15),
    "streets": (11, 15),
    "buildings": (13, 15),
    "cabinets": (13, 15),
    "names": (12, 15),
    "lights": (12, 15),
}
"""Layers of the tiles, from the ground up, with their zooms; above 15 the map enlarges."""

LAYER_SETS: Final[Mapping[str, tuple[str, ...]]] = {
    "city": ("parks", "water", "streets", "buildings", "cabinets", "names"),
    "lights": ("lights",),
}
"""What is served together: everything that stays, and the lights, which are followed one by one."""

KEPT_VERSIONS: Final = 2
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
_MANIFEST: Final = "manifest.json"
_PUBLISHED: Final = ".published"
_MAKING: Final = ".making-"
_CACHED_TILES: Final = 4_096


@dataclass(frozen=True, slots=True)
class TileLayer:
    """One layer to be written.

    Attributes
    ----------
    name : str
        One of ``ZOOMS``.
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


@dataclass(frozen=True, slots=True)
class Published:
    """What was published.

    Attributes
    ----------
    version : str
        Hash over the archives; the same input gives the same.
    folder : Path
        Where they are.
    counts : dict
        Layer → zoom → features kept.
    """

    version: str
    folder: Path
    counts: Mapping[str, Mapping[int, int]]


def publish(layers: Sequence[TileLayer], folder: Path) -> Published:
    """Build, check and publish the archives of one epoch; the last two stay.

    Parameters
    ----------
    layers : sequence of TileLayer
        An empty one is left out.
    folder : Path
        The territory's folder of tiles; the epoch gets a folder of its own in it.

    Raises
    ------
    TilesIncomplete
        Something that must be there is not: nothing is published.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_MAKING}*"):  # by an import that was killed; one runs at a time
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_MAKING, dir=folder) as making:
        made = Path(making) / "tiles"
        made.mkdir()
        counts = {layer.name: _build(layer, made) for layer in layers if len(layer.shapes)}
        version = _version(made, counts)
        manifest = {"version": version, "layers": counts}
        (made / _MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_NON_STR_KEYS))
        target = folder / version
        if not (target / _MANIFEST).exists():
            shutil.rmtree(target, ignore_errors=True)
            made.replace(target)
    _touch(target)
    _forget_old(folder)
    return Published(version, target, counts)


def _build(layer: TileLayer, folder: Path) -> dict[int, int]:
    """Write the archive of one layer and count what it kept at each zoom."""
    archive = folder / f"{layer.name}.pmtiles"
    low, high = ZOOMS[layer.name]
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
    return {zoom: _kept(archive, layer, zoom) for zoom in range(low, high + 1)}


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


def _kept(archive: Path, layer: TileLayer, zoom: int) -> int:
    """Count the features of one zoom.

    Raises
    ------
    TilesIncomplete
        A point is missing, or a line at the highest zoom.
    """
    read = pyogrio.raw.read(archive, columns=["idx"], read_geometry=False, ZOOM_LEVEL=str(zoom))
    kept = len(np.unique(read[3][0]))
    top = zoom == ZOOMS[layer.name][1]
    needed = layer.geometry == "point" or (layer.geometry == "line" and top)
    if needed and kept != len(layer.shapes):
        raise TilesIncomplete(layer.name, zoom, len(layer.shapes), kept)
    return kept


def _version(folder: Path, counts: Mapping[str, object]) -> str:
    digest = hashlib.sha256()
    for name in sorted(counts):
        digest.update(name.encode())
        digest.update((folder / f"{name}.pmtiles").read_bytes())
    return digest.hexdigest()[:12]


def _touch(folder: Path) -> None:
    """Mark an epoch as the newest, also when the same one comes back."""
    (folder / _PUBLISHED).touch()


def _forget_old(folder: Path) -> None:
    """Keep the newest epochs: an open page may still ask for the one before."""
    marks = sorted(folder.glob(f"*/{_PUBLISHED}"), key=lambda mark: mark.stat().st_mtime_ns)
    for mark in marks[:-KEPT_VERSIONS]:
        shutil.rmtree(mark.parent, ignore_errors=True)


def is_published(folder: Path, version: str) -> bool:
    """Whether the tiles of an epoch are below a territory's folder."""
    return version.isalnum() and (folder / version / _MANIFEST).is_file()


class Archive:
    """One PMTiles archive, its directory read once.

    Parameters
    ----------
    file : Path
        The archive; it stays readable even when it is removed meanwhile.
    """

    def __init__(self, file: Path) -> None:
        try:
            with file.open("rb") as opened:
                self._bytes = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
            header = deserialize_header(self._bytes[:127])
        except (OSError, ValueError, MagicNumberNotFound, SpecVersionUnsupported) as error:
            raise LayerUnreadable(file, "not a tile archive") from error
        self.min_zoom: int = header["min_zoom"]
        self.max_zoom: int = header["max_zoom"]
        self._data: int = header["tile_data_offset"]
        root = (header["root_offset"], header["root_length"])
        self._places = dict(self._entries(header["leaf_directory_offset"], *root))

    def _entries(
        self, leaves: int, offset: int, length: int
    ) -> Iterator[tuple[int, tuple[int, int]]]:
        for entry in deserialize_directory(self._bytes[offset : offset + length]):
            if entry.run_length == 0:
                yield from self._entries(leaves, leaves + entry.offset, entry.length)
            for step in range(entry.run_length):
                yield entry.tile_id + step, (entry.offset, entry.length)

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return a tile as stored, gzipped; None where it is empty."""
        place = self._places.get(zxy_to_tileid(z, x, y))
        if place is None:
            return None
        start = self._data + place[0]
        return self._bytes[start : start + place[1]]

    def close(self) -> None:
        """Let go of the file."""
        self._bytes.close()


class TileSet:
    """The archives of one epoch.

    Parameters
    ----------
    folder : Path
        As of ``Published.folder``.
    """

    def __init__(self, folder: Path) -> None:
        self.version = folder.name
        names = orjson.loads((folder / _MANIFEST).read_bytes())["layers"]
        self._archives = {name: Archive(folder / f"{name}.pmtiles") for name in names}
        self._joined = lru_cache(maxsize=_CACHED_TILES)(self._join)

    @classmethod
    def open(cls, folder: Path, version: str) -> Self | None:
        """Open an epoch below a territory's folder; None where it is unknown or forgotten."""
        return cls(folder / version) if is_published(folder, version) else None

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers that have an archive; an empty layer has none."""
        return tuple(self._archives)

    def tile(self, layer_set: str, z: int, x: int, y: int) -> bytes | None:
        """Return a tile of a set of layers.

        Parameters
        ----------
        layer_set : str
            One of ``LAYER_SETS``.
        z, x, y : int
            Of the usual pyramid.

        Returns
        -------
        bytes or None
            Gzipped vector tile; None where nothing is there, for any z, x, y.

        Raises
        ------
        KeyError
            There is no such set.
        """
        names = LAYER_SETS[layer_set]
        if not (0 <= z <= 24 and 0 <= x < 1 << z and 0 <= y < 1 << z):
            return None
        return self._joined(names, z, x, y)

    def _join(self, names: tuple[str, ...], z: int, x: int, y: int) -> bytes | None:
        found = (self._archives[name].tile(z, x, y) for name in names if name in self._archives)
        tiles = [tile for tile in found if tile is not None]
        if len(tiles) < 2:
            return tiles[0] if tiles else None
        return gzip.compress(b"".join(gzip.decompress(tile) for tile in tiles), 6, mtime=0)

    def close(self) -> None:
        """Let go of the files."""
        for archive in self._archives.values():
            archive.close()
