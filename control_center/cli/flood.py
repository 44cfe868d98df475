"""``reverbere flood``: record the extent of a flood, or its end, and say at once what it does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import polars as pl
import shapely
import typer

from control_center import acts
from control_center.cli.common import (
    acting_person,
    open_database,
    open_settings,
    say,
    say_json,
)
from control_center.cli.flood_report import report
from control_center.cli.instants import local_instant
from control_center.moments import Moments
from control_center.texts import LANGUAGES, texts
from gis.floods import FloodFile, read_flood
from gis.street_names import street_key
from twin.clock import Clock
from twin.errors import NotFound, Refused
from twin.store.city import CityReader, Territory
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
    with open_database(territory, settings=open_settings(), name="reverbere flood") as database:
        desk = _Desk.at(database)
        seen_at = _instant(at, desk.zone, desk.clock.now())
        notes: list[str] = []
        if file is None:
            slug = _recede(desk, event, seen_at)
        else:
            read = read_flood(file, depth_column=depth_column, default_depth_m=depth)
            slug = _record(desk, read, file, event or file.stem, seen_at, exercise=exercise)
            notes = _notes(desk, read)
        if as_json:
            say_json(desk.facts(slug))
            return
        for line in (*notes, *desk.told(slug, seen_at, language, receded=receded)):
            say(line)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the command works on."""

    database: Database
    place: Territory
    clock: Clock
    reader: IncidentReader

    @classmethod
    def at(cls, database: Database) -> "_Desk":
        city = CityReader(database)
        return cls(database, city.territory(), city.clock(), IncidentReader(database))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.place.timezone)

    def incident(self, slug: str) -> Incident | None:
        key = f"flood:{slug}"
        return next((i for i in self.reader.open_incidents() if i.root_key == key), None)

    def facts(self, slug: str) -> dict[str, object]:
        """Return what programs get."""
        incident = self.incident(slug)
        proof = self.reader.proof(incident.code) if incident else {}
        return {"flood": slug, "incident": incident.code if incident else None, "proof": proof}

    def told(self, slug: str, seen_at: datetime, language: str, *, receded: bool) -> Iterator[str]:
        """Tell what the flood does, in a language."""
        incident, moments = (
            self.incident(slug),
            Moments(texts(language), self.zone, self.clock.now()),
        )
        floods = self.reader.floods()
        name = str(floods.filter(pl.col("slug") == slug)["name"][0])
        key = "flood.receded" if receded else "flood.recorded"
        yield moments.texts.plain(key, name=name, at_time=moments.at(seen_at))
        yield from report(incident, self.reader.proof(incident.code) if incident else {}, moments)


def _recede(desk: _Desk, event: str | None, seen_at: datetime) -> str:
    slug = _flood_with_water(desk.reader, event)
    acts.end_flood(desk.database, desk.clock, acting_person(), slug, seen_at)
    return slug


def _record(
    desk: _Desk, read: FloodFile, file: Path, name: str, seen_at: datetime, *, exercise: bool
) -> str:
    extent = NewExtent(
        slug=street_key(name) or "flood",
        name=name,
        source=acting_person(),
        simulated=exercise or desk.place.simulated,
        observed_at=seen_at,
        recorded_at=desk.clock.now(),
        file_name=file.name,
        sha256=read.sha256,
        polygons=[(shapely.to_wkb(shape), depth) for shape, depth in read.polygons],
    )
    return acts.record_flood(
        desk.database, desk.clock, acting_person(), extent, gauge_level_m=read.gauge_level_m
    )


def _instant(at: str | None, zone: ZoneInfo, now: datetime) -> datetime:
    """Read an instant; without a zone it is the territory's local time."""
    if at is None:
        return now
    seen_at = local_instant(at, zone, "at")
    if seen_at > now + _SOON:
        raise Refused("from_the_future", f"--at {at}: a flood cannot be seen before it happens")
    return seen_at


def _flood_with_water(reader: IncidentReader, event: str | None) -> str:
    """Return the flood that recedes: the one named, else the only one with water."""
    there = reader.floods().filter(pl.col("ended_at").is_null())
    if event is not None:
        asked = street_key(event)
        for slug, name in there.select("slug", "name").iter_rows():
            if asked in {slug, street_key(name)}:
                return str(slug)
        raise NotFound("flood with water", event)
    names = there["name"].to_list()
    if len(names) != 1:
        what = "no flood has water" if not names else f"several have water: {', '.join(names)}"
        raise Refused("which_flood", f"{what}; name one with --event")
    return str(there["slug"][0])


def _notes(desk: _Desk, read: FloodFile) -> list[str]:
    """Say what was set aside, mended, or lies elsewhere."""
    notes = [f"feature {each.feature} set aside: {each.reason}" for each in read.set_aside]
    if read.repaired:
        notes.append(f"{read.repaired} polygons crossed themselves and were mended")
    city = CityReader(desk.database)
    standing = pl.concat(
        [frame.select("longitude", "latitude") for frame in (city.supply_devices(), city.lights())]
    )
    west, south, east, north = read.bounds
    inside = standing.filter(
        pl.col("longitude").is_between(west, east), pl.col("latitude").is_between(south, north)
    )
    if not len(inside):
        notes.append(
            f"warning: the flood lies outside {desk.place.name}: longitude {west:.3f} to "
            f"{east:.3f}, latitude {south:.3f} to {north:.3f}; it was recorded and touches nothing"
        )
    return notes
