"""The root of the product's one exception tree, and its geographic branch.

::

    ReverbereError                      gis.errors
    ├── LayerError                      a file of the world cannot be taken as it is
    │   ├── LayerUnreadable             not there, not this format, not this encoding, too large
    │   │   └── SeveralLayers           it holds several, and none was chosen
    │   ├── LayerEmpty                  read, and nothing is in it
    │   ├── MissingColumn               the mapping names a column that the file lacks
    │   ├── UnknownCrs                  no usable coordinate reference system
    │   ├── WrongGeometry               another kind of geometry was expected
    │   │   └── NotPolygons             areas were expected
    │   ├── NotRecognised               no mapping knows this file
    │   └── MappingInvalid              the mapping file itself is wrong
    ├── NotAnArea                       a geometry that should be an area is none
    ├── SupplyCycle                     a device would feed itself
    ├── TilesIncomplete                 a written archive lost features
    └── TilesNotDrawn                   the process that draws an archive ended before its time
    (twin.errors continues: store, replay, laws, commands, services)

A row that cannot be kept is no error: it is set aside with a reason in the import's report.
"""

from collections.abc import Sequence
from pathlib import Path


class ReverbereError(Exception):
    """Anything the product refuses or fails to do, with a sentence that a person can act on."""

    @property
    def sentence(self) -> str:
        """What happened and what to do about it, in plain words."""
        return str(self)


class LayerError(ReverbereError):
    """A file of the world cannot be taken as it is."""

    def __init__(self, file: Path | str, problem: str) -> None:
        self.file = str(file)
        self.problem = problem
        super().__init__(f"{self.file}: {problem}")


class LayerUnreadable(LayerError):
    """The file is not there, not of this format or encoding, or too large."""


class SeveralLayers(LayerUnreadable):
    """The file holds several layers, and nobody said which one is meant."""

    def __init__(self, file: Path | str, names: Sequence[str]) -> None:
        self.names = list(names)
        shown = ", ".join(self.names[:30])
        super().__init__(
            file,
            f"several layers, name one: {shown}; `layer = …` below [source] in the mapping, or "
            "`--guess --layer NAME` to look at it",
        )


class LayerEmpty(LayerError):
    """The file was read and holds nothing to import."""

    def __init__(self, file: Path | str) -> None:
        super().__init__(file, "the file holds no row to import")


class MissingColumn(LayerError):
    """The mapping names a column that the file lacks."""

    def __init__(self, file: Path | str, column: str, present: Sequence[str]) -> None:
        self.column = column
        self.present = list(present)
        shown = ", ".join(self.present[:30]) or "none"
        super().__init__(file, f"column {column!r} is expected and missing; columns found: {shown}")


class UnknownCrs(LayerError):
    """The file names no coordinate reference system that can be used."""

    def __init__(self, file: Path | str, found: str | None, candidates: Sequence[str] = ()) -> None:
        self.found, self.candidates = found, list(candidates)
        what = "no coordinate reference system" if found is None else f"unknown system {found!r}"
        fitting = f" (its coordinates fit {', '.join(self.candidates[:4])})" if candidates else ""
        super().__init__(file, f"{what}{fitting}; name it in the mapping, e.g. crs = 'EPSG:2154'")


class WrongGeometry(LayerError):
    """The layer must be made of one kind of geometry and holds none of it."""

    def __init__(self, file: Path | str, expected: str, found: Sequence[str]) -> None:
        self.expected = expected
        self.found = list(found)
        shown = ", ".join(self.found) or "no geometry at all"
        super().__init__(file, f"{expected} are expected; found: {shown}")


class NotPolygons(WrongGeometry):
    """The layer must be made of polygons and is not."""

    def __init__(self, file: Path | str, found: Sequence[str]) -> None:
        super().__init__(file, "polygons", found)


class NotRecognised(LayerError):
    """No mapping knows this file, or several do."""


class MappingInvalid(LayerError):
    """The mapping file itself is wrong: which key, what was found, what is expected."""


class NotAnArea(ReverbereError):
    """A geometry that should be an area is absent, of another kind, broken or empty."""


class SupplyCycle(ReverbereError):
    """A device would feed itself: the supply tree cannot be numbered."""

    def __init__(self, devices: Sequence[int | str]) -> None:
        self.devices = list(devices)
        shown = " → ".join(str(device) for device in self.devices[:12])
        super().__init__(f"the supply topology has a cycle: {shown}")


class TilesIncomplete(ReverbereError):
    """A tile archive lost features while it was written; it must not be served."""

    def __init__(self, layer: str, zoom: int, expected: int, kept: int) -> None:
        self.layer, self.zoom, self.expected, self.kept = layer, zoom, expected, kept
        super().__init__(f"tiles of {layer!r} at zoom {zoom}: {kept} of {expected} features kept")


class TilesNotDrawn(ReverbereError):
    """The process that draws an archive ended before its time, as for want of memory."""

    def __init__(self, layer: str, code: int, complaint: str = "") -> None:
        self.layer, self.code = layer, code
        how = f"ended by signal {-code}" if code < 0 else f"failed with {code}"
        told = f": {complaint}" if complaint else ""
        super().__init__(f"the process that draws the tiles of {layer!r} {how}{told}")
