"""Readers, one file a family of formats; ``open_table`` chooses by the file's name."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from gis.errors import LayerUnreadable, SeveralLayers
from gis.importers import delimited, osm, records, vector
from gis.importers.guards import ARCHIVES, check_file, is_archive, unpack
from gis.importers.table import FILE, Table, Wanted, fits, together
from gis.mapping_tables import Source
from gis.settings import ImportSettings

__all__ = ["ENDINGS", "Table", "open_table"]

ENDINGS = (*vector.ENDINGS, *osm.ENDINGS, *delimited.ENDINGS, *records.ENDINGS)
"""Formats that are read, in the order in which a member of an archive is looked for: where there
is a shapefile, a .json or a .txt beside it is about it."""


def open_table(
    file: Path, source: Source, limits: ImportSettings, columns: set[str] | None = None
) -> Table:
    """Read a file of any format that the product knows, or the one that an archive holds.

    Parameters
    ----------
    file : Path
        The file.
    source : Source
        How the mapping wants it read.
    limits : ImportSettings
        Caps on bytes, rows and vertices.
    columns : set of str, optional
        Read only these where the format allows it.

    Raises
    ------
    LayerUnreadable
        Not there, too large, of an unknown or a broken format.
    LayerEmpty
        Nothing in it.
    """
    check_file(file, limits)
    if not is_archive(file):
        return _read(Wanted(file, file, source, limits, columns))
    with tempfile.TemporaryDirectory(prefix="reverbere-import-") as folder:
        members = tuple(unpack(file, Path(folder), limits))
        chosen = _chosen(file, members, source)
        tables = [_read(Wanted(file, one, source, limits, columns, members)) for one in chosen]
        tables = vector.in_one_system(tables, source)
        return together(file, tables, FILE, [one.stem for one in chosen])


def _read(wanted: Wanted) -> Table:
    """Read one plain file."""
    ending = wanted.path.suffix.lower()
    if ending in records.ENDINGS and records.holds_records(wanted.path):
        return records.read_records(wanted)
    if ending in vector.ENDINGS:
        return vector.read_vector(wanted)
    if ending in osm.ENDINGS:
        return osm.read_osm(wanted)
    if ending in delimited.ENDINGS:
        return delimited.read_delimited(wanted)
    known = ", ".join(dict.fromkeys((*ENDINGS, *ARCHIVES)))
    problem = f"unknown format {ending or 'without an ending'!r}; known: {known}"
    raise LayerUnreadable(wanted.file, problem)


def _chosen(archive: Path, members: Sequence[Path], source: Source) -> list[Path]:
    """Choose what is read of an archive: one file, or those that the mapping names."""
    order = {ending: place for place, ending in enumerate(reversed(ENDINGS))}
    drawn = {member.stem for member in members if member.suffix.lower() in vector.WITH_TABLES}
    found = [member for member in members if member.suffix.lower() in order]
    found = [one for one in found if one.suffix.lower() != ".dbf" or one.stem not in drawn]
    patterns = source.layers or ((source.layer,) if source.layer else ("*",))
    wanted = [member for member in found if fits(member.stem, patterns)]
    if not wanted:  # the pattern may be that of a layer inside a file of several
        wanted = [member for member in found if member.suffix.lower() in vector.CONTAINERS]
    meant = max((order[member.suffix.lower()] for member in wanted), default=0)
    wanted = [member for member in wanted if order[member.suffix.lower()] == meant]
    names = ", ".join(member.name for member in found) or "none"
    if not wanted:
        asked = "a layer" if patterns == ("*",) else f"a layer named {', '.join(patterns)!r}"
        raise LayerUnreadable(archive, f"{asked} is expected in the archive; found: {names}")
    if len(wanted) > 1 and not source.layers:
        raise SeveralLayers(archive, [member.name for member in found])
    return wanted
