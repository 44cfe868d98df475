"""``reverbere import``: bring in layers of a real territory, and say what became of each row."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from control_center.cli.common import open_database, open_settings, say_json
from control_center.importing import Batch, load_batch, read_files, read_folder
from gis.errors import LayerUnreadable
from gis.guess import guess as propose
from gis.guess_surface import guess_surface
from gis.guess_text import as_toml
from gis.importers.raster import holds_grids
from gis.report import Effect, FileReport, Finding, ImportReport
from gis.settings import ImportSettings
from ingest.recordings import is_recording
from twin.clock import SystemClock
from twin.errors import NoTerritory
from twin.store.city import CityReader
from twin.store.database import Database

_EFFECTS = {
    Effect.SET_ASIDE: "set aside",
    Effect.LEFT_OUT: "value left out",
    Effect.REPAIRED: "repaired",
    Effect.NOTED: "noted",
}
_SHOWN_EXAMPLES = 3


def command(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Files of one territory, or one folder of canonical files.", show_default=False
        ),
    ],
    *,
    mapping: Annotated[
        str | None,
        typer.Option(
            help="Name of a mapping, or path of your own TOML file; found out by default."
        ),
    ] = None,
    territory: Annotated[
        str | None,
        typer.Option(help="Short name of the territory; by default the one the mapping names."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read, count and report; change nothing.")
    ] = False,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Derive wiring, streets and tiles again in any case."),
    ] = False,
    guess: Annotated[
        bool,
        typer.Option(
            "--guess", help="Propose a mapping for one file, with reasons; import nothing."
        ),
    ] = False,
    layer: Annotated[
        str | None,
        typer.Option(help="With --guess: the layer to look at, where the file holds several."),
    ] = None,
    details: Annotated[
        bool, typer.Option("--details", help="List every row of which something is told.")
    ] = False,
    timing: Annotated[bool, typer.Option("--timing", help="Say where the time went.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False,
) -> None:
    """Bring in layers of a real territory, from files or a folder.

    A mapping says what a publisher's columns mean; those of Lecce and Montpellier ship with the
    product, docs/formats.md tells how to write your own. Good rows go in, each bad one is
    reported with its reason; a second import of the same file changes nothing. --guess writes a
    mapping for a file of your own: keep it, read it, import by it.
    """
    if mapping is None:
        _refuse_recordings(files)
    if guess:
        typer.echo(_proposed(_alone(files), layer), nl=False)
        return
    settings = open_settings()
    batch = _read(files, mapping)
    slug = territory or (batch.territory.slug if batch.territory else None)
    with open_database(slug, settings=settings, create=True, name="reverbere import") as database:
        clock = SystemClock(_clock_offset(database))
        report = load_batch(
            database, batch, clock=clock, home=settings.home, dry_run=dry_run, rebuild=rebuild
        )
    if as_json:
        say_json(asdict(report))
        return
    _print(report, details=details, timing=timing)


def _refuse_recordings(files: list[Path]) -> None:
    """Name the command for what is no layer.

    Raises
    ------
    LayerUnreadable
        One of them holds messages.
    """
    for file in files:
        if file.is_file() and is_recording(file):
            problem = f"messages of devices, not a layer; they go in by `reverbere replay {file}`"
            raise LayerUnreadable(file, problem)


def _read(files: list[Path], mapping: str | None) -> Batch:
    if not any(file.is_dir() for file in files):
        return read_files(files, mapping=mapping)
    if len(files) > 1:
        raise LayerUnreadable(files[0], "a folder is imported alone")
    return read_folder(files[0])


def _proposed(file: Path, layer: str | None) -> str:
    """Return a mapping for a file, of a table or of a grid of heights, as TOML."""
    if holds_grids(file):
        return guess_surface(file, ImportSettings())
    return as_toml(propose(file, ImportSettings(), layer))


def _alone(files: list[Path]) -> Path:
    """Return the one file that a mapping is proposed for.

    Raises
    ------
    LayerUnreadable
        There are several.
    """
    if len(files) > 1:
        raise LayerUnreadable(files[1], "--guess looks at one file at a time")
    return files[0]


def _clock_offset(database: Database) -> timedelta:
    try:
        return CityReader(database).territory().clock_offset
    except NoTerritory:
        return timedelta(0)


def _print(report: ImportReport, *, details: bool, timing: bool) -> None:
    console = Console(highlight=False)
    title = f"Import into {report.territory}"
    console.print(f"\n[bold]{title}{' (dry run: nothing was changed)' if report.dry_run else ''}")
    console.print(_files_table(report.files))
    console.print(_layers_table(report.files))
    for file in report.files:
        if file.findings:
            console.print(_findings_table(f"{file.file}, by reason", file.findings))
        if details:
            _print_details(console, file)
    if report.findings:
        console.print(_findings_table("The city as a whole", report.findings, rows=False))
    console.print(_figures_table(report))
    if report.data_version:
        console.print(f"Map of epoch [bold]{report.data_version}[/] is published.")
    if timing:
        spent = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in report.seconds.items())
        console.print(f"Time: {sum(report.seconds.values()):.1f} s ({spent})")


def _files_table(files: list[FileReport]) -> Table:
    table = _table()
    table.add_column("File", overflow="fold")
    table.add_column("Mapping", overflow="fold")
    for name in ("Read", "Kept", "Set aside"):
        table.add_column(name, justify="right", no_wrap=True)
    for file in files:
        counts = (file.read, file.kept, file.set_aside)
        table.add_row(file.file, file.mapping, *map(_count, counts))
    return table


def _layers_table(files: list[FileReport]) -> Table:
    table = _table()
    table.add_column("Layer")
    for name in ("Rows", "Added", "Changed", "Unchanged", "Closed"):
        table.add_column(name, justify="right", no_wrap=True)
    for made in (counts for file in files for counts in file.layers):
        counts = (made.kept, made.added, made.changed, made.unchanged, made.closed)
        table.add_row(made.layer, *map(_count, counts))
    return table


def _findings_table(title: str, findings: list[Finding], *, rows: bool = True) -> Table:
    table = _table(title)
    table.add_column("Rows", justify="right", no_wrap=True)
    table.add_column("What became of them", no_wrap=True)
    table.add_column("Why")
    table.add_column("Where", overflow="fold")
    for finding in findings:
        field = ".".join(part for part in (finding.layer, finding.field) if part)
        expected = f"\n[dim]expected: {escape(finding.expected)}" if finding.expected else ""
        examples = _examples(finding, rows=rows)
        table.add_row(
            _count(finding.count),
            _EFFECTS[finding.effect],
            escape(finding.reason) + expected,
            "\n".join(escape(part) for part in (field, examples) if part),
        )
    return table


def _examples(finding: Finding, *, rows: bool) -> str:
    shown = finding.items[:_SHOWN_EXAMPLES]
    more = " …" if finding.count > len(shown) else ""
    if not rows:
        return ", ".join(item.value for item in shown) + more
    said = [f"{item.row}: {item.value!r}" if item.value else str(item.row) for item in shown]
    return f"row {', '.join(said)}{more}" if said else ""


def _print_details(console: Console, file: FileReport) -> None:
    for finding in file.findings:
        effect = "" if finding.effect is Effect.SET_ASIDE else f" ({_EFFECTS[finding.effect]})"
        for item in finding.items:
            field = finding.field or "row"
            console.print(
                f"{file.file}, row {item.row}, {field} {item.value!r}: {finding.reason}"
                + (f"; expected {finding.expected}" if finding.expected else "")
                + effect,
                markup=False,
            )
        hidden = finding.count - len(finding.items)
        if hidden:
            console.print(f"… and {hidden} more rows: {finding.reason}", markup=False)


def _figures_table(report: ImportReport) -> Table:
    table = _table("The city now")
    table.add_column("Figure")
    table.add_column("Value", justify="right")
    for figure in report.figures:
        value = f"{figure.value:,.0f}".replace(",", " ")
        table.add_row(figure.name, f"{value} {figure.unit}".strip())
    return table


def _table(title: str | None = None) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ") if number else "0"
