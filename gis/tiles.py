"""Vector tiles: built at import, checked feature by feature, published at once, read one by one.

One PMTiles archive a layer (``gis.tile_drawing``). A vector tile is a list of layers, so a set of
layers is joined when served by putting their bytes one after the other. No archive is ever written
over: the archives of an epoch are made in a folder of their own, which then takes its name.
"""

import gzip
import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

import orjson

from gis.tile_archive import Archive
from gis.tile_drawing import Drawing, TileLayer, begin

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
_MANIFEST: Final = "manifest.json"
_PUBLISHED: Final = ".published"
_MAKING: Final = ".making-"
_CACHED_TILES: Final = 4_096


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


class Epoch:
    """The archives of one epoch while they are made; leaving it gives up what is not published.

    Parameters
    ----------
    folder : Path
        The territory's folder of tiles; the epoch gets a folder of its own in it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._drawings: dict[str, Drawing] = {}

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        for left in self._folder.glob(f"{_MAKING}*"):  # by an import that was killed; one at a time
            shutil.rmtree(left, ignore_errors=True)
        self._making = Path(tempfile.mkdtemp(prefix=_MAKING, dir=self._folder))
        self._made = self._making / "tiles"
        self._made.mkdir()
        return self

    def __exit__(self, *raised: object) -> None:
        for drawing in self._drawings.values():
            drawing.stop()
        shutil.rmtree(self._making, ignore_errors=True)

    def draw(self, layer: TileLayer) -> None:
        """Begin to draw a layer; an empty one is left out. Large ones go on beside the caller."""
        if len(layer.shapes):
            archive = self._made / f"{layer.name}.pmtiles"
            self._drawings[layer.name] = begin(layer, archive, ZOOMS[layer.name])

    def publish(self) -> Published:
        """Wait for the archives, check and publish them; the last two epochs stay.

        Raises
        ------
        TilesIncomplete
            Something that must be there is not: nothing is published.
        TilesNotDrawn
            An archive could not be finished: nothing is published.
        """
        counts = {name: self._drawings[name].counts() for name in ZOOMS if name in self._drawings}
        version = _version(self._made, counts)
        manifest = {"version": version, "layers": counts}
        (self._made / _MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_NON_STR_KEYS))
        target = self._folder / version
        if not (target / _MANIFEST).exists():
            shutil.rmtree(target, ignore_errors=True)
            self._made.replace(target)
        _touch(target)
        _forget_old(self._folder)
        return Published(version, target, counts)


def publish(layers: Sequence[TileLayer], folder: Path) -> Published:
    """Build, check and publish the archives of one epoch: see ``Epoch``."""
    with Epoch(folder) as epoch:
        for layer in layers:
            epoch.draw(layer)
        return epoch.publish()


def _version(folder: Path, names: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(name.encode())
        with (folder / f"{name}.pmtiles").open("rb") as archive:
            digest.update(hashlib.file_digest(archive, "sha256").digest())
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
