"""PMTiles archives: reading one tile by tile, joining those of single zooms into one."""

import gzip
import json
import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from pmtiles.tile import (
    Entry,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    deserialize_directory,
    deserialize_header,
    serialize_header,
    zxy_to_tileid,
)
from pmtiles.writer import optimize_directories

from gis.errors import LayerUnreadable

_HEADER_BYTES: Final = 127
_ROOT_BYTES: Final = 16_384 - _HEADER_BYTES
"""Header and root lie in the first 16 KiB: readers fetch them at once."""


class Archive:
    """One PMTiles archive, its directory read once.

    Parameters
    ----------
    file : Path
        The archive; it stays readable even when it is removed meanwhile.

    Attributes
    ----------
    header : dict
        Offsets, lengths, counts, zooms and bounds, as pmtiles names them.
    min_zoom, max_zoom : int
        Zooms that it was drawn for.

    Raises
    ------
    LayerUnreadable
        It is no such archive.
    """

    def __init__(self, file: Path) -> None:
        try:
            with file.open("rb") as opened:
                self._bytes = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
            self.header = deserialize_header(self._bytes[:_HEADER_BYTES])
        except (OSError, ValueError, MagicNumberNotFound, SpecVersionUnsupported) as error:
            raise LayerUnreadable(file, "not a tile archive") from error
        self.min_zoom: int = self.header["min_zoom"]
        self.max_zoom: int = self.header["max_zoom"]
        self._places = {
            entry.tile_id + step: (entry.offset, entry.length)
            for entry in self.entries()
            for step in range(entry.run_length)
        }

    def entries(self) -> Iterator[Entry]:
        """Return the runs of tiles in the order of the archive, whatever leaves they stand in."""
        leaves = self.header["leaf_directory_offset"]
        for entry in self._directory(self.header["root_offset"], self.header["root_length"]):
            if entry.run_length:
                yield entry
            else:
                yield from self._directory(leaves + entry.offset, entry.length)

    def _directory(self, offset: int, length: int) -> list[Entry]:
        return deserialize_directory(self._bytes[offset : offset + length])

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return a tile as stored, gzipped; None where it is empty."""
        place = self._places.get(zxy_to_tileid(z, x, y))
        if place is None:
            return None
        start = self.header["tile_data_offset"] + place[0]
        return self._bytes[start : start + place[1]]

    def metadata(self) -> dict[str, Any]:
        """Return what the archive says of itself and its layers."""
        start = self.header["metadata_offset"]
        packed = self._bytes[start : start + self.header["metadata_length"]]
        said: dict[str, Any] = json.loads(gzip.decompress(packed))
        return said

    def copy_data(self, to: BinaryIO) -> None:
        """Write all tiles, one after the other, as they are stored."""
        start = self.header["tile_data_offset"]
        with memoryview(self._bytes) as stored:
            to.write(stored[start : start + self.header["tile_data_length"]])

    def close(self) -> None:
        """Let go of the file."""
        self._bytes.close()


def join_zooms(files: Sequence[Path], target: Path) -> None:
    """Join archives of one zoom each into one; the tiles' bytes stay as they are.

    Parameters
    ----------
    files : sequence of Path
        Archives of one layer, ascending by zoom: so their tiles' numbers ascend as well.
    target : Path
        The archive that is made. The same archives give the same bytes.
    """
    archives = [Archive(file) for file in files]
    entries: list[Entry] = []
    data_bytes = 0
    for archive in archives:
        entries += [
            Entry(entry.tile_id, data_bytes + entry.offset, entry.length, entry.run_length)
            for entry in archive.entries()
        ]
        data_bytes += archive.header["tile_data_length"]
    with target.open("wb") as made:
        made.write(_head(archives, entries, data_bytes))
        for archive in archives:
            archive.copy_data(made)
            archive.close()


def _head(archives: Sequence[Archive], entries: Sequence[Entry], data_bytes: int) -> bytes:
    """Write what stands before the tiles: header, directory, metadata, leaves."""
    first, last = archives[0], archives[-1]
    root, leaves, _ = optimize_directories(  # type: ignore[no-untyped-call]  # of pmtiles
        entries, _ROOT_BYTES
    )
    metadata = gzip.compress(
        json.dumps(_widened(last.metadata(), first.min_zoom)).encode(), mtime=0
    )
    after_root = _HEADER_BYTES + len(root)
    after_metadata = after_root + len(metadata)
    header = last.header | {
        "root_length": len(root),
        "metadata_offset": after_root,
        "metadata_length": len(metadata),
        "leaf_directory_offset": after_metadata,
        "leaf_directory_length": len(leaves),
        "tile_data_offset": after_metadata + len(leaves),
        "tile_data_length": data_bytes,
        "addressed_tiles_count": sum(entry.run_length for entry in entries),
        "tile_entries_count": len(entries),
        "tile_contents_count": sum(each.header["tile_contents_count"] for each in archives),
        "min_zoom": first.min_zoom,
        "center_zoom": first.min_zoom,
    }
    return b"".join((serialize_header(header), root, metadata, leaves))


def _widened(metadata: dict[str, Any], min_zoom: int) -> dict[str, Any]:
    """Let what an archive says of itself begin at a lower zoom."""
    layers = [{**layer, "minzoom": min_zoom} for layer in metadata.get("vector_layers", [])]
    return {**metadata, "minzoom": str(min_zoom), "vector_layers": layers}
