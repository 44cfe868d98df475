"""Which mapping reads which file: by name first, then by columns, and always with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from gis.errors import NotRecognised
from gis.importers import Table, open_table
from gis.importers.raster import holds_grids
from gis.layers import LAYERS
from gis.mapping import Mapping, builtin_mapping, builtin_mappings, read_mapping
from gis.mapping_tables import Source
from gis.settings import ImportSettings


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file, read as its mapping wants it."""

    table: Table
    mapping: Mapping


def recognise(file: Path, limits: ImportSettings, mapping: Mapping | None = None) -> Recognised:
    """Read a file with its mapping: the one given, else the one that recognises it.

    Raises
    ------
    NotRecognised
        No mapping knows the file, or several do.
    LayerUnreadable, LayerEmpty
        The file cannot be read.
    """
    if mapping is None:
        named = by_name(file, builtin_mappings())
        if not named:
            mapping = _by_columns(file, limits, builtin_mappings())
        elif len(named) == 1:
            mapping = named[0]
        else:
            raise NotRecognised(file, f"several mappings know this name: {_names(named)}; {_HINT}")
    if mapping.canonical:
        _check_layer_name(file)
    columns = None if mapping.canonical else mapping.source_columns()
    return Recognised(open_table(file, mapping.source, limits, columns), mapping)


def mapping_of_surface(file: Path, mapping: Mapping | None = None) -> Mapping | None:
    """Return the mapping by which a file is a grid of heights; None where it is a table.

    Parameters
    ----------
    mapping : Mapping, optional
        The one given; by default the one that knows the file's name.

    Raises
    ------
    NotRecognised
        By its ending it is a grid, and no mapping says whose and how sure it is.
    """
    known = by_name(file, builtin_mappings()) if mapping is None else [mapping]
    surfaces = [one for one in known if one.surface is not None]
    if len(surfaces) == 1:
        return surfaces[0]
    if mapping is None and not known and holds_grids(file):
        problem = (
            "a grid of heights whose standard error no mapping tells; write a mapping with a "
            "[surface] table (docs/formats.md) and give it with --mapping FILE.toml"
        )
        raise NotRecognised(file, problem)
    return None


def mapping_called(name: str) -> Mapping:
    """Return a mapping by its name, or by the path of its file.

    Raises
    ------
    NotRecognised
        No mapping of that name ships with the product.
    MappingInvalid
        The file is no mapping.
    """
    if name.endswith(".toml"):
        return read_mapping(Path(name))
    found = builtin_mapping(name)
    if found is None:
        raise NotRecognised(name, f"no mapping of that name; known: {_names(builtin_mappings())}")
    return found


_HINT = "choose one with --mapping"


def by_name(file: Path, mappings: Sequence[Mapping]) -> list[Mapping]:
    """Return the mappings that know a file's name, the narrower ones where they extend others."""
    name = file.name.casefold()
    known = [
        mapping
        for mapping in mappings
        if any(fnmatch(name, pattern.casefold()) for pattern in mapping.match.files)
    ]
    general = {mapping.extends for mapping in known}
    narrow = [mapping for mapping in known if mapping.name not in general]
    publishers = [mapping for mapping in narrow if not mapping.canonical]
    return publishers or narrow


def _by_columns(file: Path, limits: ImportSettings, mappings: Sequence[Mapping]) -> Mapping:
    found = open_table(file, Source(), limits).rows.columns
    present = {name.casefold() for name in found}
    fitting = [
        mapping
        for mapping in mappings
        if mapping.match.columns
        and present.issuperset(name.casefold() for name in mapping.match.columns)
    ]
    if not fitting:
        columns = ", ".join(sorted(found)[:30]) or "none"
        problem = (
            f"no mapping knows this file; columns found: {columns}; known mappings: "
            f"{_names(mappings)}; let one be proposed by --guess, or write it (docs/formats.md), "
            "and give it with --mapping FILE.toml"
        )
        raise NotRecognised(file, problem)
    most = max(len(mapping.match.columns) for mapping in fitting)
    best = [mapping for mapping in fitting if len(mapping.match.columns) == most]
    if len(best) > 1:
        raise NotRecognised(file, f"several mappings know these columns: {_names(best)}; {_HINT}")
    return best[0]


def _check_layer_name(file: Path) -> None:
    if file.stem not in LAYERS:
        known = ", ".join(LAYERS)
        raise NotRecognised(file, f"a canonical file is named after its layer: {known}")


def _names(mappings: Sequence[Mapping]) -> str:
    return ", ".join(mapping.name for mapping in mappings)
