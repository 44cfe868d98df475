"""Opening an unknown file: what is in it, what goes with it, and what its names say."""

import zipfile
from pathlib import Path, PurePosixPath

from gis.errors import LayerUnreadable
from gis.importers import open_table
from gis.importers.table import Table
from gis.mapping_tables import Join, Source
from gis.settings import ImportSettings
from gis.vocabulary import spelled, vocabulary, words

_OF_NO_TOWN = frozenset({
    "shp", "mif", "mid", "mifmid", "csv", "export", "data", "donnees", "open", "opendata", "public",
    "publics", "publique", "ville", "city", "citta", "comune", "metropole", "territoire", "les",
    "des", "the", "dei", "delle", "del", "liste", "list", "elenco", "points", "point", "wgs",
    "final",
})  # fmt: skip


def opened(file: Path, limits: ImportSettings, layer: str | None) -> tuple[Table, Join | None]:
    """Read a file, with the figures that stand in a table of its own beside the geometry."""
    table = open_table(file, Source(layer=layer), limits)
    if not table.rows.height:  # every row was set aside by the reader
        first = table.unread[0]
        problem = f"no row can be read; row {first.row}: {first.expected}"
        raise LayerUnreadable(file, problem)
    for stem in _tables_beside(file):
        for column in table.rows.columns:
            join = Join(layer=stem, on=column)
            try:
                return open_table(file, Source(layer=layer, join=join), limits), join
            except LayerUnreadable:
                continue  # not the column that both have
    return table, None


def names_of(table: Table) -> list[str]:
    """Names that say what a file is about: its own, and those of what was read in it."""
    inner = [table.rows[name].head(1) for name in ("@file", "@layer") if name in table.rows.columns]
    return [table.file.name.partition(".")[0], *(str(name[0]) for name in inner if len(name))]


def own_words(file: Path) -> tuple[str, ...]:
    """Words of a file's name that speak of no layer: likely the town's."""
    known = {word for spoken in vocabulary().layers.values() for hint in spoken.hints
             for word in words(hint)}  # fmt: skip
    said = spelled(file.name.partition(".")[0])
    own = [
        word
        for word in said
        if not known & set(words(word)) and not word.isdigit() and len(word) > 2
    ]
    return tuple(word for word in own if word not in _OF_NO_TOWN)[:1]


def _tables_beside(file: Path) -> list[str]:
    """Names of the dBASE tables of an archive that are no part of a shapefile."""
    if file.suffix.lower() != ".zip":
        return []
    with zipfile.ZipFile(file) as archive:
        members = [PurePosixPath(name) for name in archive.namelist()]
    drawn = {path.stem for path in members if path.suffix.lower() == ".shp"}
    return [m.stem for m in members if m.suffix.lower() == ".dbf" and m.stem not in drawn]
