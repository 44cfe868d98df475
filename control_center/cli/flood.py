"""``reverbere flood``: record the extent of a flood, or its end, and say at once what it does."""

import getpass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import polars as pl
import shapely
import typer

from control_center import acts
from control_center.cli.common import open_database, open_settings, say, say_json
from control_center.cli.flood_report import report
from control_center.moments import Moments
from control_center.texts import LANGUAGES, texts
from gis.floods import FloodFile, read_flood
from gis.street_names import street_key
from twin.errors import NotFound, Refused
from twin.store.city import CityReader
from twin.store.database import Database
from twin.store.incident_writer import NewExtent
from twin.store.incidents import Incident, IncidentReader

_SOON = timedelta(minutes=5)


def command(
    file: Annotated[
        Path | None,
        typer.Argument(help="GeoJSON of polygons with a depth in metres.", show_default=False),
    ] = None,
    *,
    receded: Annotated[
        bool, typer.Option("--receded", help="The water has gone: no file needed.")
    ] = False,
    event: Annotated[
        str | None,
        typer.Option(help="Name of the flood; successive extents of one flood share it."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(help="When it was seen, e.g. 2026-11-19T20:14 (local); now by default."),
    ] = None,
    depth_column: Annotated[
        str | None, typer.Option(help="Property that holds the depth; found out by default.")
    ] = None,
    depth: Annotated[
        float | None, typer.Option(min=0.01, max=20, help="Depth of features without one. [m]")
    ] = None,
    exercise: Annotated[
        bool, typer.Option("--exercise", help="Not a real flood: every page says so.")
    ] = False,
    territory: Annotated[
        str | None, typer.Option(help="Short name of the territory; default: the one that is open.")
    ] = None,
    language: Annotated[str, typer.Option(help="Of the answer: fr or en.")] = "fr",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False,
) -> None:
    """Record the extent of a flood, or its end, and say at once what it puts out.

    A cabinet trips where the water stands higher than its plinth. When the water has gone it stays
    out until somebody records that it was inspected.
    """
    if (file is None) != receded:
        raise Refused("file_or_receded", "give a FILE, or --receded, and not both")
    if language not in LANGUAGES:
        raise Refused("language", f"--language is one of {', '.join(LANGUAGES)}")
    settings = open_settings()
    with open_database(territory, settings=settings, name="reverbere flood") as database:
        place, reader = CityReader(database).territory(), IncidentReader(database)
        clock, zone = CityReader(database).clock(), ZoneInfo(place.timezone)
        seen_at = _instant(at, zone, clock.now())
        if file is None:
            slug = _flood_with_water(reader, event)
            acts.end_flood(database, clock, _person(), slug, seen_at)
        else:
            read = read_flood(file, depth_column=depth_column, default_depth_m=depth)
            extent = _extent(
                read,
                file,
                name=event or file.stem,
                seen_at=seen_at,
                now=clock.now(),
                simulated=exercise or place.simulated,
            )
            slug = extent.slug
            acts.record_flood(database, clock, _person(), extent, gauge_level_m=read.gauge_level_m)
            if not as_json:
                _tell_reading(database, read, place.name)
        incident = _incident(reader, slug)
        proof = reader.proof(incident.code) if incident else {}
        if as_json:
            say_json({"flood": slug, "incident": incident and incident.code, "proof": proof})
            return
        moments = Moments(texts(language), zone, clock.now())
        key = "flood.receded" if receded else "flood.recorded"
        name = event or (file.stem if file else slug)
        say(moments.texts.plain(key, name=name, at_time=moments.at(seen_at)))
        for line in report(incident, proof, moments):
            say(line)


def _extent(
    read: FloodFile, file: Path, *, name: str, seen_at: datetime, now: datetime, simulated: bool
) -> NewExtent:
    return NewExtent(
        slug=street_key(name) or "flood",
        name=name,
        source=_person(),
        simulated=simulated,
        observed_at=seen_at,
        recorded_at=now,
        file_name=file.name,
        sha256=read.sha256,
        polygons=[(shapely.to_wkb(shape), depth) for shape, depth in read.polygons],
    )


def _instant(at: str | None, zone: ZoneInfo, now: datetime) -> datetime:
    """Read an instant; without a zone it is the territory's local time."""
    if at is None:
        return now
    try:
        told = datetime.fromisoformat(at)
    except ValueError:
        raise Refused(
            "bad_instant", f"--at {at!r}: an instant such as 2026-11-19T20:14 is expected"
        ) from None
    seen_at = (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)
    if seen_at > now + _SOON:
        raise Refused("from_the_future", f"--at {at}: a flood cannot be seen before it happens")
    return seen_at


def _flood_with_water(reader: IncidentReader, event: str | None) -> str:
    """Return the flood that recedes: the one named, else the only one with water."""
    there = reader.floods().filter(pl.col("ended_at").is_null())
    if event is not None:
        wanted = there.filter(pl.col("slug") == street_key(event))
        if not len(wanted):
            raise NotFound("flood with water", event)
        return str(wanted["slug"][0])
    names = there["name"].to_list()
    if len(names) != 1:
        what = "no flood has water" if not names else f"several have water: {', '.join(names)}"
        raise Refused("which_flood", f"{what}; name one with --event")
    return str(there["slug"][0])


def _tell_reading(database: Database, read: FloodFile, territory: str) -> None:
    """Say what was set aside, mended, or lies elsewhere."""
    for aside in read.set_aside:
        say(f"feature {aside.feature} set aside: {aside.reason}")
    if read.repaired:
        say(f"{read.repaired} polygons crossed themselves and were mended")
    devices = CityReader(database).supply_devices()
    lights = CityReader(database).lights()
    around = pl.concat([frame.select("longitude", "latitude") for frame in (devices, lights)])
    west, south, east, north = read.bounds
    inside = around.filter(
        pl.col("longitude").is_between(west, east), pl.col("latitude").is_between(south, north)
    )
    if not len(inside):
        say(
            f"warning: the flood lies outside {territory}: longitude {west:.3f} to {east:.3f}, "
            f"latitude {south:.3f} to {north:.3f}; it was recorded and touches nothing"
        )


def _incident(reader: IncidentReader, slug: str) -> Incident | None:
    key = f"flood:{slug}"
    return next((i for i in reader.open_incidents() if i.root_key == key), None)


def _person() -> str:
    """Who runs the command, as the journal will name them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, in a container
        return "reverbere"
