"""``/pilotage``: the operator's wall, whole, and each of its parts by itself."""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query
from pydantic import AwareDatetime
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from control_center.api.map import icon_mapping
from control_center.figures import Figures
from control_center.live.hub import Hub
from control_center.moments import Moments
from control_center.pages.care import done
from control_center.people import Operator
from control_center.rendering import NOWHERE, pages_of, words_of
from control_center.security import map_policy
from control_center.texts import address
from control_center.wall.cards import Cards, alarms
from control_center.wall.declared import DeclaredLines
from control_center.wall.hearing import Hearings
from control_center.wall.next_check import Advice, advice
from control_center.wall.panel import Panels
from control_center.wall.thing import Things
from control_center.wall.timebar import TimeBars
from control_center.wall.words import age, age_of, clock_of, ledger_of, script_words
from control_center.wall.zones import zones
from gis.basemap import PLAN_IGN_CREDIT
from twin.errors import NoTerritory, NotFound
from twin.model.states import LightState
from twin.store.city import Territory
from twin.store.diagnosis import checks_of
from twin.store.incident_acts import ActReader
from twin.store.incidents import IncidentReader
from twin.store.operator import OperatorReader
from twin.store.past_incidents import PastReader
from twin.store.past_things import PastThings
from twin.store.returns import Announced, ReturnReader
from twin.store.sensor_states import SensorStateReader, totals

router = APIRouter(prefix="/pilotage", tags=["pages"], include_in_schema=False)

Code = Annotated[str, Query(max_length=120)]
Instant = Annotated[AwareDatetime | None, Query(description="As it stood then; now by default")]
_FRAGMENT = {"Cache-Control": "no-store"}


@router.get("")
def wall(
    request: Request,
    _: Operator,
    incident: Code = "",
    objet: Code = "",
    grandeur: Code = "",
) -> HTMLResponse:
    """Show the wall: an incident or a thing may be chosen in the address."""
    desk = Desk(request)
    panel = desk.panel(incident) if incident else None
    thing = desk.thing(*_kind_and_code(objet), grandeur or None) if objet and not panel else None
    return pages_of(request).render(
        request,
        "operator/page.html",
        headers={
            "Content-Security-Policy": map_policy(plan_ign=request.app.state.settings.plan),
            "Cache-Control": "no-store",
        },
        **desk.cards(chosen=incident),
        **desk.legend(),
        zones=zones(desk.database, desk.moments),
        **desk.head(),
        **desk.hours(),
        panel=panel,
        thing=thing,
        titles=desk.titles() if thing else {},
        bar=desk.bar(),
        wall=desk.settings(),
        engine=request.app.state.assets.engine_url,
        attribution=desk.attribution(),
    )


@router.get("/incidents")
def incident_list(
    request: Request, _: Operator, incident: Code = "", instant: Instant = None
) -> HTMLResponse:
    """Show the list alone, as it stands or as it stood at an instant."""
    desk = Desk(request, instant)
    return _part(request, "operator/list.html", **desk.cards(chosen=incident))


@router.get("/incidents/{code}")
def incident_panel(
    request: Request, _: Operator, code: str, instant: Instant = None
) -> HTMLResponse:
    """Show the panel of one incident alone, as it stands or as it stood at an instant."""
    desk = Desk(request, instant)
    if desk.past is None:
        panel = desk.panel(code)
        return _part(request, "operator/panel.html", panel=panel, past=None, **desk.hours())
    try:
        panel = desk.panel(code)
    except NotFound:
        desk.incidents.incident(code)  # known at least, or a 404 problem
        return _part(request, "operator/not_then.html", code=code, past=desk.then)
    return _part(request, "operator/panel.html", panel=panel, past=desk.then, **desk.hours())


@router.get("/objets/{kind}/{code:path}")
def thing_panel(
    request: Request,
    _: Operator,
    *,
    kind: str,
    code: str,
    grandeur: Code = "",
    instant: Instant = None,
) -> HTMLResponse:
    """Show the panel of one thing alone, as it is known or as it was known at an instant."""
    desk = Desk(request, instant)
    return _part(
        request,
        "operator/thing.html",
        thing=desk.thing(kind, code, grandeur or None),
        titles=desk.titles(),
        past=desk.then,
        **desk.hours(),
    )


@router.get("/lampadaires/{idx}")
def light_panel(
    request: Request, person: Operator, idx: int, instant: Instant = None
) -> HTMLResponse:
    """Show the panel of the light that has a row of the current map."""
    code = OperatorReader(request.app.state.database).light_at(idx)
    return thing_panel(request, person, kind="streetlight", code=code, instant=instant)


@router.get("/frise")
def time_bar(request: Request, _: Operator) -> HTMLResponse:
    """Show the time bar alone."""
    desk = Desk(request)
    return _part(request, "operator/timebar.html", bar=desk.bar(), **desk.hours())


@router.get("/zones")
def declared_zones(request: Request, _: Operator, instant: Instant = None) -> HTMLResponse:
    """Show the zones without power alone, as they are known or as they were at an instant."""
    desk = Desk(request, instant)
    return _part(request, "operator/zones.html", zones=zones(desk.database, desk.moments))


@router.get("/recherche")
def search(
    request: Request, _: Operator, q: Annotated[str, Query(max_length=60)] = ""
) -> HTMLResponse:
    """Show what was found: a page, or the list alone for the page's own script."""
    found = Desk(request).found(q.strip())
    if request.headers.get("x-part"):
        return _part(request, "operator/found.html", found=found, suggesting=True)
    return pages_of(request).render(request, "operator/search.html", found=found, suggesting=False)


@router.post("/controles")
def inspect(
    request: Request,
    person: Operator,
    cabinet: Annotated[str, Form(max_length=120)],
    who: Annotated[str, Form(min_length=1, max_length=80)],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Record that somebody inspected a cabinet: it may be put back in service."""
    from control_center import acts  # noqa: PLC0415 - it brings the whole assessment along

    state = request.app.state
    signed = f"{who.strip()} ({person.name})"
    acts.record_inspection(state.database, state.clock, signed, cabinet, note.strip())
    return done(request, objet=f"cabinet:{cabinet}")


class Desk:
    """What the parts of the wall are made from, for one request.

    Parameters
    ----------
    instant : datetime, optional
        An instant of the past to look at; the present by default. [aware]
    """

    def __init__(self, request: Request, instant: datetime | None = None) -> None:
        self.request = request
        self.state = request.app.state
        self.database = self.state.database
        self.words = words_of(request)
        self.figures = Figures(self.words)
        self.territory: Territory = self.state.territory() or NOWHERE
        if self.territory is NOWHERE:
            raise NoTerritory
        self.now: datetime = self.state.clock.now()
        self.past = None
        if instant is not None and instant < self.now:
            self.now = instant.astimezone(self.now.tzinfo)
            self.past = PastReader(self.database, self.now)
        self.moments = Moments(self.words, ZoneInfo(self.territory.timezone), self.now)
        self.incidents = IncidentReader(self.database)

    @property
    def then(self) -> str | None:
        """The instant of the past in words; None for the present."""
        return None if self.past is None else self.moments.at(self.now)

    @cached_property
    def returns(self) -> dict[str, Announced]:
        """The newest return announced for each open incident."""
        if self.past is not None:
            return self.past.returns()
        return ReturnReader(self.database).newest()

    def cards(self, chosen: str) -> dict[str, Any]:
        """Return what the list of incidents needs."""
        past = self.past
        found = self.incidents.open_incidents() if past is None else past.incidents()
        cards = Cards(self.words, self.moments, self.returns)
        aside = [one for one in found if one.shelved(self.now)]
        return {
            "cards": cards.list([one for one in found if not one.shelved(self.now)]),
            "aside": cards.list(aside),
            "alarms": alarms(found),
            "chosen": chosen,
            "sensor_line": Hearings(self.words, self.moments).line(
                totals(SensorStateReader(self.database).counts())
            ),
            "last": None if found or past else self._last_closed(),
            "past": self.then,
        }

    def _last_closed(self) -> str | None:
        for incident in self.incidents.closed_incidents(limit=1):
            if incident.closed_at is not None:
                return self.moments.at(incident.closed_at)
        return None

    def legend(self) -> dict[str, Any]:
        """Return what the legend needs: every state, with how many lights are in it."""
        hub: Hub = self.state.hub
        counts = hub.image.counts()
        names = [state.name.lower() for state in LightState]
        return {
            "legend": list(zip(names, counts, strict=True)),
            "codes": {state.name.lower(): int(state) for state in LightState},
        }

    def head(self) -> dict[str, Any]:
        """Return what the header needs."""
        pulse = self.state.hub.pulse
        return {
            "clock": clock_of(self.moments),
            "ledger": ledger_of(self.words, self.figures, pulse),
            "age": age_of(self.words, pulse.last_received_at, self.now),
        }

    def hours(self) -> dict[str, Any]:
        """Return the functions with which templates write hours, and what to check next."""
        return {
            "next_check": self.next_check,
            "declared": DeclaredLines(self.database, self.words, self.moments),
            "when": self._when,
            "at": self.moments.at,
            "since": self.moments.since,
            "ago": self._ago,
        }

    def next_check(self, code: str) -> Advice | None:
        """Return what to look at next about an incident."""
        return advice(self.words, checks_of(self.database, code))

    def _ago(self, instant: datetime) -> str:
        seconds = round((self.now - instant).total_seconds())
        return self.words.plain("operator.ago", age=age(max(0, seconds)))

    def _when(self, instant: datetime) -> str:
        """Write an hour, or a month and a year for what is old."""
        if abs(self.now - instant) < timedelta(hours=20):
            return self.moments.hour(instant)
        if abs(self.now - instant) < timedelta(days=60):
            local = instant.astimezone(self.moments.zone)
            return f"{local.day:02d}/{local.month:02d}"
        return self.moments.month(instant.astimezone(self.moments.zone).date())

    def panel(self, code: str) -> Any:
        """Return the panel of one incident."""
        incident = (self.past or self.incidents).incident(code)
        version = None if self.past is None else incident.proof_version
        stored = self.incidents.stored_proof(code, version)
        acts = [act for act in ActReader(self.database).of(code) if act.at <= self.now]
        return Panels(self.words, self.moments, self.returns).panel(incident, stored, acts)

    def thing(self, kind: str, code: str, property_code: str | None) -> Any:
        """Return the panel of one thing."""
        past = None if self.past is None else PastThings(self.database, self.now)
        things = Things(self.database, self.words, self.moments, past)
        return things.panel(kind, code, property_code)

    def titles(self) -> dict[str, str]:
        """Return how each open incident is called."""
        cards = Cards(self.words, self.moments)
        found = self.incidents.open_incidents() if self.past is None else self.past.incidents()
        return {one.code: cards.title(one, "headline") for one in found}

    def bar(self) -> Any:
        """Return the time bar."""
        return TimeBars(self.database, self.words, self.moments).bar()

    def found(self, typed: str) -> list[dict[str, Any]]:
        """Return what was found, ready to be listed."""
        if not typed:
            return []
        rows = OperatorReader(self.database).search(typed).to_dicts()
        return [self._found(row) for row in rows]

    def _found(self, row: dict[str, Any]) -> dict[str, Any]:
        language = self.words.language
        street = row["kind"] == "street"
        named = street or (row["kind"] in {"building", "park", "river_gauge"} and row["name"])
        query = {"objet": f"{row['kind']}:{row['code']}"}
        return {
            **row,
            "kind_name": row[f"kind_{language}"],
            "title": row["name"] if named else row["code"],
            "detail": "" if named or row["name"] == row["code"] else row["name"],
            "href": address(language, f"/rue/{row['code']}")
            if street
            else address(language, "/pilotage", **query),
        }

    def attribution(self) -> str:
        """Return whom the map's data come from."""
        plan = [PLAN_IGN_CREDIT] if self.state.settings.plan else []
        return ", ".join([*OperatorReader(self.database).attributions(), *plan])

    def settings(self) -> dict[str, Any]:
        """Return what the page's scripts start from."""
        return {
            "language": self.words.language,
            "zone": self.territory.timezone,
            "now": round(self.now.timestamp() * 1000),
            "center": [self.territory.longitude, self.territory.latitude],
            "engine": self.state.assets.engine_url,
            "uplot": {
                "script": self.state.assets.url("vendor/uplot/uPlot.iife.min.js"),
                "style": self.state.assets.url("vendor/uplot/uPlot.min.css"),
            },
            "icons": icon_mapping(),
            "words": script_words(self.words),
        }


def _part(request: Request, template: str, **context: Any) -> HTMLResponse:
    html = pages_of(request).html(request, template, **context)
    return HTMLResponse(html, headers=_FRAGMENT)


def _kind_and_code(thing: str) -> tuple[str, str]:
    kind, _, code = thing.partition(":")
    return kind, code
