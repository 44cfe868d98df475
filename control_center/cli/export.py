"""``reverbere export``: write layers as files, as the web gives them, without its limits."""

from pathlib import Path
from typing import Annotated

import typer

from control_center.cli.common import open_database, open_settings, say, say_json
from control_center.open_data.collections import Collection
from control_center.open_data.exports import FORMATS, export
from control_center.open_data.holdings import Holdings
from control_center.open_data.settings import OpenDataSettings
from twin.errors import NotFound, Refused
from twin.store.city import CityReader

_ENDS = ", ".join(FORMATS)


def command(
    layers: Annotated[
        list[str] | None,
        typer.Argument(
            help="Layers to write, e.g. streetlights or live-incidents; without any, the list "
            "of what is there.",
            show_default=False,
        ),
    ] = None,
    *,
    form: Annotated[str, typer.Option("--format", "-f", help=f"Kind of file: {_ENDS}.")] = "gpkg",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="File to write, for one layer; or folder. By default LAYER.FORMAT, here.",
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Write every layer that is there.")] = False,
    territory: Annotated[
        str | None, typer.Option(help="Short name of the territory; by default the open one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False,
) -> None:
    """Write layers as GeoPackage, GeoParquet, GeoJSON or CSV, in longitude and latitude.

    What is withheld on the web (REVERBERE_OPEN_WITHHELD, whatever speaks of persons) is not
    written either.
    """
    if form not in FORMATS:
        raise Refused("unknown_format", f"no format {form!r}; formats: {_ENDS}")
    settings = open_settings()
    with open_database(territory, settings=settings, name="reverbere export") as database:
        holdings = Holdings(database, CityReader(database).clock(), OpenDataSettings())
        offered = {one.id: one for one in holdings.offered()}
        wanted = list(offered) if every else _known(layers or [], offered)
        if not wanted:
            _list(holdings, offered, as_json=as_json)
            return
        written = [
            _write(holdings, offered[name], form, path)
            for name, path in _paths(wanted, form, output)
        ]
    written = [one for one in written if one["file"]]
    if as_json:
        say_json(written)
        return
    for one in written:
        say(f"{one['file']}: {one['rows']} rows of {one['layer']}")


def _known(names: list[str], offered: dict[str, Collection]) -> list[str]:
    for name in names:
        if name not in offered:
            raise NotFound("layer", f"{name}; there are: {', '.join(offered)}")
    return names


def _paths(names: list[str], form: str, output: Path | None) -> list[tuple[str, Path]]:
    """Return where each layer goes."""
    if output is not None and len(names) == 1 and not output.is_dir():
        return [(names[0], output)]
    folder = output or Path()
    folder.mkdir(parents=True, exist_ok=True)
    return [(name, folder / f"{name}.{form}") for name in names]


def _write(holdings: Holdings, one: Collection, form: str, path: Path) -> dict[str, str | int]:
    """Write one layer; a table among many that the format cannot hold is left out, and said."""
    if one.geometry == "none" and not FORMATS[form].tables:
        say(f"{one.id} has no places, {form} needs them: left out")
        return {"layer": one.id, "file": "", "rows": 0}
    held = holdings.held(one.id)
    export(held, form, path)
    return {"layer": one.id, "file": str(path), "rows": held.rows.height}


def _list(holdings: Holdings, offered: dict[str, Collection], *, as_json: bool) -> None:
    rows = [
        {"layer": name, "rows": holdings.held(name).rows.height, "geometry": one.geometry}
        for name, one in offered.items()
    ]
    if as_json:
        say_json(rows)
        return
    width = max((len(name) for name in offered), default=0)
    for row in rows:
        say(f"{row['layer']:<{width}}  {row['rows']:>9}  {row['geometry']}")
