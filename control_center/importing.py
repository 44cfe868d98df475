"""Bring files of the world into the store: read, load, derive, draw, tell. One transaction."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import asdict
from psycopg import Connection, Rollback
from psycopg.rows import TupleRow

from control_center.deriving import (
    begin_lights,
    derive_streets,
    derive_wiring,
    finish_tiles,
)
from control_center.relief import Relief, derive_ground, load_relief, read_relief
from gis.canonical import CanonicalFile, canonicalise
from gis.errors import LayerUnreadable, MappingInvalid
from gis.geometry import utm_srid
from gis.layers import LAYERS
from gis.mapping import Mapping, read_territory
from gis.mapping_tables import TerritoryTable
from gis.recognise import mapping_called, mapping_of_surface, recognise
from gis.report import FileReport, Finding, Findings, ImportReport, about_file
from gis.settings import ImportSettings
from gis.tiles import Epoch, is_published
from twin.clock import Clock
from twin.errors import NoTerritory, Refused
from twin.store import terrain
from twin.store.city import CityReader, Territory
from twin.store.city_tables import merge_table
from twin.store.city_writer import CityWriter
from twin.store.database import Database

_CITY_FILE = "city.toml"
_ORDER = {name: place for place, name in enumerate(LAYERS)}


@dataclass(slots=True)
class _Read:
    """One file, read and understood, not loaded yet."""

    mapping: Mapping
    content: CanonicalFile
    report: FileReport
    findings: Findings


@dataclass(slots=True)
class Batch:
    """Files read and understood, not loaded yet.

    Attributes
    ----------
    territory : TerritoryTable or None
        Where they belong; None where no mapping says it.
    """

    read: list[_Read]
    reliefs: list[Relief]
    territory: TerritoryTable | None
    watch: "_Stopwatch"


def import_file(
    database: Database,
    path: Path,
    *,
    mapping: str | None = None,
    clock: Clock,
    home: Path,
    dry_run: bool = False,
) -> ImportReport:
    """Import one file.

    Parameters
    ----------
    database : Database
        The territory's store, migrated.
    path : Path
        The file.
    mapping : str, optional
        Name of a mapping that ships with the product, or path of a TOML file; without it, the
        one that recognises the file.
    clock : Clock
        What it changes is valid from this clock's present on.
    home : Path
        Tiles go to ``<home>/tiles/<territory>/<data version>``.
    dry_run : bool
        Read, load, count, then take everything back; build no tiles.

    Returns
    -------
    ImportReport
        Also kept with each data set, unless it is a dry run.

    Raises
    ------
    LayerError
        The file as a whole cannot be taken; nothing was changed.
    Refused
        The store holds another territory.
    """
    return import_files(database, [path], mapping=mapping, clock=clock, home=home, dry_run=dry_run)


def import_folder(
    database: Database, folder: Path, *, clock: Clock, home: Path, dry_run: bool = False
) -> ImportReport:
    """Import a folder of canonical files (``<layer>.fgb``, ``<layer>.csv``) with its ``city.toml``.

    Parents are loaded before children, and streets, wiring and tiles are derived once. What is
    not named after a layer is left alone.

    Raises
    ------
    MappingInvalid
        ``city.toml`` is missing or wrong.
    LayerError
        A file as a whole cannot be taken; nothing was changed.
    """
    return load_batch(database, read_folder(folder), clock=clock, home=home, dry_run=dry_run)


def import_files(
    database: Database,
    paths: Sequence[Path],
    *,
    mapping: str | None = None,
    territory: TerritoryTable | None = None,
    clock: Clock,
    home: Path,
    dry_run: bool = False,
) -> ImportReport:
    """Import several files as one: see ``import_file``.

    Parameters
    ----------
    territory : TerritoryTable, optional
        The territory they belong to, where the mapping does not say it.
    """
    batch = read_files(paths, mapping=mapping, territory=territory)
    return load_batch(database, batch, clock=clock, home=home, dry_run=dry_run)


def read_files(
    paths: Sequence[Path], *, mapping: str | None = None, territory: TerritoryTable | None = None
) -> Batch:
    """Read files into canonical layers; no store is needed for it.

    Raises
    ------
    LayerError
        A file as a whole cannot be taken.
    Refused
        They belong to several territories.
    """
    limits = ImportSettings()
    watch = _Stopwatch()
    chosen = mapping_called(mapping) if mapping else None
    read: list[_Read] = []
    reliefs: list[Relief] = []
    with watch.step("read"):
        for path in paths:
            surface = mapping_of_surface(path, chosen)
            if surface is not None:
                reliefs.append(read_relief(path, surface, limits))
            else:
                read.append(_read(path, chosen, limits))
        read.sort(key=lambda file: min(_ORDER[made.layer.name] for made in file.content.layers))
    named = [file.mapping for file in read] + [relief.mapping for relief in reliefs]
    return Batch(read, reliefs, territory or _territory_of(named), watch)


def read_folder(folder: Path) -> Batch:
    """Read a folder of canonical files: see ``import_folder``."""
    files = [file for file in sorted(folder.iterdir()) if file.stem in LAYERS and file.is_file()]
    if not files:
        raise LayerUnreadable(folder, "no file named after a layer in it")
    territory = read_territory(folder / _CITY_FILE)
    batch = read_files(files, mapping="canonical", territory=territory)
    for file in batch.read:
        file.report.take_terms(**asdict(territory.terms))
    return batch


def load_batch(
    database: Database,
    batch: Batch,
    *,
    clock: Clock,
    home: Path,
    dry_run: bool = False,
    rebuild: bool = False,
) -> ImportReport:
    """Load files that were read, derive what follows, draw the tiles; all or nothing.

    ``rebuild`` derives and draws again even where the files changed nothing: after an upgrade.
    """
    read, watch = batch.read, batch.watch
    files: list[_Read | Relief] = [*read, *batch.reliefs]
    with database.connection() as connection, connection.transaction():
        writer = CityWriter(connection, clock.now())
        with watch.step("load"):
            writer.lock()
            here = _ensure_territory(connection, writer, batch.territory, files[0].mapping)
            report = ImportReport(here.slug, dry_run=dry_run)
            datasets = [_load(connection, writer, file) for file in read]
            datasets += [load_relief(connection, writer, relief) for relief in batch.reliefs]
        report.files = [file.report for file in files]
        _derive(writer, here, report, home, watch, rebuild=rebuild)
        with watch.step("ground"):
            report.figures += derive_ground(connection)
        for dataset, file in zip(datasets, files, strict=True):
            writer.keep_report(dataset, file.report)
        report.seconds = watch.seconds
        if dry_run:
            raise Rollback
    return report


def _derive(
    writer: CityWriter,
    here: Territory,
    report: ImportReport,
    home: Path,
    watch: "_Stopwatch",
    *,
    rebuild: bool,
) -> None:
    """Do what follows from the layers; where nothing moved and tiles are there, leave them."""
    folder = home / "tiles" / here.slug
    drawn = here.data_version is not None and is_published(folder, here.data_version)
    moved = rebuild or any(
        counts.added or counts.changed or counts.closed
        for file in report.files
        for counts in file.layers
        if counts.layer != terrain.LAYER
    )
    if not moved and drawn:
        report.data_version = here.data_version
    elif report.dry_run:
        report.findings = _derive_city(writer, here.metric_srid, watch, None)
    else:
        with Epoch(folder) as epoch:
            report.findings = _derive_city(writer, here.metric_srid, watch, epoch)
            with watch.step("tiles"):
                report.data_version = finish_tiles(writer, epoch).version
    report.figures = writer.figures()


def _derive_city(
    writer: CityWriter, srid: int, watch: "_Stopwatch", epoch: Epoch | None
) -> list[Finding]:
    """Derive streets and wiring; the lights, if they are many, are drawn beside it."""
    if epoch is not None:
        with watch.step("tiles"):
            begin_lights(writer, epoch)
    with watch.step("streets"):
        derive_streets(writer, srid)
    with watch.step("wiring"):
        return derive_wiring(writer, srid)


def _read(path: Path, chosen: Mapping | None, limits: ImportSettings) -> _Read:
    """Read one file into canonical layers; the store is not touched."""
    found = recognise(path, limits, chosen)
    findings = Findings(limits.max_listed)
    content = canonicalise(found.table, found.mapping, findings, limits)
    report = about_file(path, found.mapping)
    report.read, report.kept = content.read, content.kept
    report.set_aside = content.read - content.kept
    return _Read(found.mapping, content, report, findings)


def _load(connection: Connection[TupleRow], writer: CityWriter, file: _Read) -> int:
    """Merge the layers of a file; return the number of its data set."""
    dataset = writer.add_dataset(file.report)
    layers = sorted(file.content.layers, key=lambda made: -_ORDER[made.layer.name])
    file.content.layers.clear()  # what is loaded need not stay in memory
    while layers:
        made = layers.pop()
        name = made.layer.name
        if made.layer.kind:
            counts = writer.merge_layer(
                name,
                made.rows,
                dataset=dataset,
                mapping=file.mapping.name,
                complete=made.complete,
            )
        else:
            today = writer.at.date()
            counts = merge_table(connection, name, made.rows, file.findings, today=today)
            lost = made.rows.height - counts.kept
            file.report.kept -= lost
            file.report.set_aside += lost
        file.report.layers.append(counts)
    file.report.layers.sort(key=lambda counts: -counts.kept)
    file.report.findings = file.findings.all()
    return dataset


def _territory_of(mappings: Sequence[Mapping]) -> TerritoryTable | None:
    """Return the one territory that the mappings name; None where they name none.

    Raises
    ------
    Refused
        They name several.
    """
    named = {mapping.home.slug: mapping.home for mapping in mappings if mapping.home}
    if len(named) > 1:
        raise Refused(
            "several_territories",
            f"these files belong to several territories ({', '.join(sorted(named))}): "
            "import each on its own",
        )
    return next(iter(named.values()), None)


def _ensure_territory(
    connection: Connection[TupleRow],
    writer: CityWriter,
    wanted: TerritoryTable | None,
    mapping: Mapping,
) -> Territory:
    """Return the store's territory, made from the mapping where the store is empty.

    Raises
    ------
    Refused
        The store holds another one.
    MappingInvalid
        It is empty, and the mapping names none.
    """
    if wanted is not None:
        srid = wanted.metric_srid or utm_srid(wanted.longitude, wanted.latitude)
        writer.add_territory(wanted, srid)
    try:
        here = CityReader.territory_on(connection)
    except NoTerritory:
        problem = "the store is empty and the mapping names no territory; add a [territory] table"
        raise MappingInvalid(mapping.name, problem) from None
    if wanted is not None and wanted.slug != here.slug:
        raise Refused(
            "other_territory",
            f"the store holds {here.name}, and these files belong to {wanted.name}: "
            f"choose with --territory {wanted.slug}",
        )
    return here


class _Stopwatch:
    """Where the time of an import goes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add the time of a step to its name."""
        start = time.perf_counter()
        yield
        spent = time.perf_counter() - start
        self.seconds[name] = round(self.seconds.get(name, 0.0) + spent, 3)
