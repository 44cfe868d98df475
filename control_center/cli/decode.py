"""``reverbere decode --again``: read stored frames with the codecs and profiles of today."""

from dataclasses import asdict
from typing import Annotated

import typer

from control_center.cli.common import open_database, say, say_json
from control_center.cli.instants import instant_of
from ingest.codecs.profiles import profile_key, profiles, read_profiles
from ingest.networks.identifiers import eui
from ingest.redecode import Redecoder, Report
from ingest.settings import IngestSettings
from twin.clock import Clock, SystemClock
from twin.errors import NoTerritory, NotFound, Refused
from twin.store.city import CityReader
from twin.store.database import Database
from twin.store.ledger import BEGINNING, END


def command(
    territory: Annotated[
        str | None, typer.Option(help="Short name of the territory; default: the one that is open.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="From then on: 30min, 2h, 7d, or 2026-11-19T18:00Z.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Before then; as --since.")] = None,
    device: Annotated[list[str] | None, typer.Option(help="Only these devices.")] = None,
    profile: Annotated[str | None, typer.Option(help="Only devices of this profile.")] = None,
    *,
    again: Annotated[
        bool, typer.Option("--again", help="Really: values that read otherwise will change.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False,
) -> None:
    """Decode stored frames again, after a codec or a profile was put right.

    A value that reads otherwise now takes the place of the old one, which is kept beside it
    (`reverbere codec history`). Doing it twice changes nothing more. Ingest may run meanwhile.
    """
    if not again:
        raise Refused("again", "values may change: say `reverbere decode --again`")
    tuning = IngestSettings()
    known = read_profiles(tuning.profiles) if tuning.profiles else dict(profiles())
    wanted = None if profile is None else profile_key(profile)
    if wanted is not None and wanted not in known:
        raise NotFound("profile", profile or "")
    with open_database(territory, name="reverbere decode") as database:
        clock = _clock(database)
        start = BEGINNING if since is None else instant_of(since, clock, "since")
        end = END if until is None else instant_of(until, clock, "until")
        names = None if not device else [eui(name) or name.lower() for name in device]
        redecoder = Redecoder(database, known, tuning.codec_processes)
        try:
            report = redecoder.run(start, end, clock.now(), dev_euis=names, profile=wanted)
        finally:
            redecoder.close()
    if as_json:
        say_json(asdict(report))
    else:
        say(_sentence(report))


def _sentence(report: Report) -> str:
    told = (
        f"{report.frames} frames decoded again: {report.made} values written, "
        f"{report.superseded} set aside"
    )
    if report.failed:
        told += f"; {report.failed} frames could not be read now, their values stay as they were"
    return told


def _clock(database: Database) -> Clock:
    try:
        return CityReader(database).clock()
    except NoTerritory:
        return SystemClock()
