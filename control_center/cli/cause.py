"""``reverbere cause``: record a cut, a burnt cabinet, works; move their end, end and list them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import shapely
import typer
from shapely.geometry.base import BaseGeometry

from control_center import declaring
from control_center.api.causes import area_of, detail
from control_center.cli.common import acting_person, open_database, say, say_json
from control_center.cli.instants import local_instant
from control_center.moments import Moments
from control_center.pages.street_view import next_quarter, switch_on_after, telephone
from control_center.sentences.document import read_proof
from control_center.sentences.speaker import Moment, Speaker
from control_center.texts import LANGUAGES, texts
from control_center.wall.declared import words_of_cause
from twin.clock import Clock
from twin.errors import Refused
from twin.incidents.declared import INCIDENT_OF
from twin.model.states import CauseKind
from twin.store.city import CityReader, Territory
from twin.store.database import Database
from twin.store.declared import CauseReader, RecordedCause
from twin.store.incidents import IncidentReader

LARGEST_BYTES = 5_000_000

app = typer.Typer(
    help="Record a distributor's cut, a burnt cabinet, works; end them; list them.",
    no_args_is_help=True,
)

Kind = Annotated[str, typer.Argument(help="cut, burnt or works.")]
Code = Annotated[str, typer.Argument(help="Of the cause, e.g. C-2026-0012.")]
TerritoryOption = Annotated[
    str | None, typer.Option(help="Short name of the territory; default: the one that is open.")
]
LanguageOption = Annotated[str, typer.Option(help="Of the answer: fr or en.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]

_KINDS = {
    "cut": CauseKind.DISTRIBUTOR_CUT,
    "burnt": CauseKind.BURNT_CABINET,
    "works": CauseKind.WORKS_ORDER,
}


@app.command("record")
def record_command(
    kind: Kind,
    devices: Annotated[
        list[str] | None,
        typer.Argument(help="Codes of cabinets, substations, feeders.", show_default=False),
    ] = None,
    *,
    area: Annotated[
        Path | None, typer.Option(help="GeoJSON of the zone that is cut, instead of codes.")
    ] = None,
    street: Annotated[
        list[str] | None, typer.Option(help="Of works: short name of a street; may be repeated.")
    ] = None,
    light: Annotated[
        list[str] | None, typer.Option(help="Of works: code of a light; may be repeated.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", help="When it begins, e.g. 2026-11-19T20:14 (local); now."),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Its announced end, likewise.")] = None,
    title: Annotated[str, typer.Option(help="In a few words; works need it.")] = "",
    reference: Annotated[str, typer.Option(help="Of the notice, of the works order.")] = "",
    source: Annotated[str, typer.Option(help="Who says so.")] = "",
    territory: TerritoryOption = None,
    language: LanguageOption = "fr",
    as_json: JsonOption = False,
) -> None:
    """Record a cause, and say at once what it puts out.

    A cut gives the power back by itself when it ends. A burnt cabinet stays out until it was
    replaced or inspected. Works make dark by design: no alarm, until their end.
    """
    if kind not in _KINDS:
        raise Refused("kind", f"KIND is one of {', '.join(_KINDS)}, not {kind!r}", "kind")
    with _Desk.opened(territory, language) as desk:
        said = declaring.Declaration(
            kind=_KINDS[kind],
            devices=devices or (),
            streets=street or (),
            lights=light or (),
            area=None if area is None else _area(area),
            starts_at=desk.instant(start, "from"),
            until=desk.instant(until, "until"),
            title=title,
            reference=reference,
            source=source,
        )
        found = declaring.declare(desk.database, desk.clock, acting_person(), said)
        desk.answer(found, "declared.said", as_json=as_json)


@app.command("end")
def end_command(
    code: Code,
    *,
    at: Annotated[
        str | None, typer.Option(help="When, e.g. 2026-11-19T20:14 (local); now by default.")
    ] = None,
    territory: TerritoryOption = None,
    language: LanguageOption = "fr",
    as_json: JsonOption = False,
) -> None:
    """Record that a cut or works are over, or that a burnt cabinet was replaced."""
    with _Desk.opened(territory, language) as desk:
        when = desk.instant(at, "at")
        found = declaring.end(desk.database, desk.clock, acting_person(), code, when)
        desk.answer(found, "declared.ended", as_json=as_json)


@app.command("extend")
def extend_command(
    code: Code,
    *,
    until: Annotated[str, typer.Option(help="The new announced end, 2026-11-19T23:00 (local).")],
    territory: TerritoryOption = None,
    language: LanguageOption = "fr",
    as_json: JsonOption = False,
) -> None:
    """Record that a cut or works are announced to end later, or sooner."""
    with _Desk.opened(territory, language) as desk:
        when = local_instant(until, desk.moments.zone, "until")
        found = declaring.move_end(desk.database, desk.clock, acting_person(), code, when)
        desk.answer(found, "declared.moved", as_json=as_json)


@app.command("withdraw")
def withdraw_command(
    code: Code,
    *,
    territory: TerritoryOption = None,
    language: LanguageOption = "fr",
    as_json: JsonOption = False,
) -> None:
    """Take back a cause that was recorded by mistake: it never held."""
    with _Desk.opened(territory, language) as desk:
        found = declaring.withdraw(desk.database, desk.clock, acting_person(), code)
        desk.answer(found, "declared.withdrawn", as_json=as_json)


@app.command("list")
def list_command(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is over or was withdrawn.")
    ] = False,
    territory: TerritoryOption = None,
    language: LanguageOption = "fr",
    as_json: JsonOption = False,
) -> None:
    """List recorded causes, the newest first."""
    with _Desk.opened(territory, language) as desk:
        now = desk.clock.now()
        found = CauseReader(desk.database).all(now, standing=not everything)
        if as_json:
            say_json([detail(one, now).model_dump() for one in found])
            return
        for one in found:
            say(desk.line(one))
        if not found:
            say(desk.moments.texts.plain("declared.none"))


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the commands work on."""

    database: Database
    place: Territory
    clock: Clock
    moments: Moments

    @classmethod
    @contextmanager
    def opened(cls, territory: str | None, language: str) -> Iterator["_Desk"]:
        """Open the store of a territory."""
        if language not in LANGUAGES:
            raise Refused("language", f"--language is one of {', '.join(LANGUAGES)}", "language")
        with open_database(territory, name="reverbere cause") as database:
            city = CityReader(database)
            place, clock = city.territory(), city.clock()
            moments = Moments(texts(language), ZoneInfo(place.timezone), clock.now())
            yield cls(database, place, clock, moments)

    def instant(self, text: str | None, option: str) -> datetime | None:
        return None if text is None else local_instant(text, self.moments.zone, option)

    def answer(self, found: RecordedCause, key: str, *, as_json: bool) -> None:
        """Say what was done, and what the cause does now."""
        incident, sentence = self._incident(found)
        if as_json:
            say_json({**detail(found, self.clock.now()).model_dump(), "incident": incident})
            return
        words = self.moments.texts
        say(words.plain(key, code=found.code))
        say(f"  {self.line(found)}")
        say(f"  {incident}: {sentence}" if incident else f"  {words.plain('declared.nothing')}")

    def line(self, one: RecordedCause) -> str:
        """Return a cause in one line."""
        words, now = self.moments.texts, self.clock.now()
        told = words_of_cause(one, self.moments)
        where = ", ".join(one.things[:6]) + (", …" if len(one.things) > 6 else "")
        state = words.plain(f"declared.state.{one.state(now)}")
        return "  ".join(part for part in (one.code, state, told, where) if part)

    def _incident(self, found: RecordedCause) -> tuple[str | None, str]:
        """Return the open incident of a cause, and its sentence."""
        reader, key = IncidentReader(self.database), f"{INCIDENT_OF[found.kind]}:{found.code}"
        incident = next((one for one in reader.open_incidents() if one.root_key == key), None)
        if incident is None:
            return None, ""
        now = self.clock.now()
        moment = Moment(next_quarter(now), switch_on_after(now, self.place), telephone(self.place))
        proof = read_proof(reader.proof(incident.code))
        return incident.code, Speaker(self.moments).incident(proof, moment).medium


def _area(file: Path) -> BaseGeometry:
    """Read the polygons of a GeoJSON file as one area."""
    if file.stat().st_size > LARGEST_BYTES:
        raise Refused("too_many", f"{file}: larger than {LARGEST_BYTES // 1_000_000} MB", "area")
    try:
        document = json.loads(file.read_bytes())
        features = document.get("features", [document])
        parts = [area_of(each.get("geometry", each)) for each in features]
    except (ValueError, AttributeError, TypeError) as error:
        raise Refused("not_an_area", f"{file}: not GeoJSON: {error}", "area") from None
    polygons = [p for part in parts for p in shapely.get_parts(part)]
    if not polygons:
        raise Refused("not_an_area", f"{file}: polygons are expected", "area")
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
