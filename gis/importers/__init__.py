"""Readers, one file a family of formats; ``open_table`` chooses by the file's name."""

from pathlib import Path

from gis.errors import LayerUnreadable
from gis.importers import delimited, vector
from gis.importers.guards import check_file
from gis.importers.table import Table
from gis.mapping import Source
from gis.settings import ImportSettings

__all__ = ["Table", "open_table"]


def open_table(
    file: Path, source: Source, limits: ImportSettings, columns: set[str] | None = None
) -> Table:
    """Read a file of any format that the product knows.

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
    ending = file.suffix.lower()
    if ending in delimited.ENDINGS:
        return delimited.read_delimited(file, source, limits)
    if ending in vector.ENDINGS:
        return vector.read_vector(file, source, limits, columns)
    known = ", ".join((*delimited.ENDINGS, *vector.ENDINGS))
    raise LayerUnreadable(file, f"unknown format {ending or 'without an ending'!r}; known: {known}")
