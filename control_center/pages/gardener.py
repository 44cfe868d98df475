"""Pages of gardeners: tonight's zones on a telephone, and the orders that they give."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from control_center.api import irrigation as api
from control_center.catalogue import LANGUAGES, Texts
from control_center.pages.gardener_view import Card, Cards
from control_center.pages.territories import territory_of
from control_center.people import Gardener
from control_center.rendering import pages_of, words_of
from control_center.texts import address, moments_of
from control_center.watering.night import Night, parsed
from control_center.watering_orders import LASTS
from twin.errors import Refused
from twin.irrigation.settings import WateringSettings
from twin.store.irrigation import IrrigationReader
from twin.store.valves import valve_words

router = APIRouter(include_in_schema=False)

CHOICES = (5, 10, 20)
"""Minutes offered; the middle one is chosen at first."""

SCOPE = "/arrosage"
_SHELL = (
    "css/tokens.css",
    "css/base.css",
    "css/gardener.css",
    "css/orders.css",
    "js/outbox.js",
    "js/press.js",
    "js/gardener.js",
    "icons/reverbere.svg",
    "vendor/atkinson-hyperlegible-next/atkinson-hyperlegible-next-latin-wght-normal.woff2",
)
"""What the telephone keeps to open the page without network."""


@dataclass(frozen=True, slots=True)
class Park:
    """A park as its page shows it."""

    code: str
    name: str
    cards: list[Card]
    chosen: Card
    watered: int
    litres: float
    opens: datetime
    closes: datetime
    computed_at: datetime | None


@router.get(SCOPE)
def parks(request: Request, person: Gardener) -> Response:
    """List the parks with what this night gives them."""
    territory_of(request)
    rows = IrrigationReader(request.app.state.database).parks().to_dicts()
    return pages_of(request).render(request, "gardener/parks.html", parks=rows, person=person)


@router.get(f"{SCOPE}/sw.js")
def service_worker(request: Request) -> Response:
    """Give the service worker, with the list of what it keeps; a new version changes its bytes."""
    assets = request.app.state.assets
    shell = orjson.dumps([assets.url(name) for name in _SHELL]).decode()
    offline = orjson.dumps(_offline_page(words_of(request))).decode()
    head = (
        f'const VERSION = "{assets.version}";\nconst SHELL = {shell};\nconst OFFLINE = {offline};\n'
        f'importScripts("{assets.url("js/outbox.js")}");\n'
    )
    return Response(
        head + assets.own("js/sw.js").raw.decode(),
        media_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-cache", "Service-Worker-Allowed": SCOPE},
    )


@router.get(f"{SCOPE}/manifest.webmanifest")
def manifest(request: Request) -> Response:
    """Describe the page as an application for the telephone's first screen."""
    texts, assets = words_of(request), request.app.state.assets
    territory = territory_of(request)
    icons: list[dict[str, str]] = [
        {"src": assets.url("icons/reverbere.svg"), "sizes": "any", "type": "image/svg+xml"}
    ]
    icons += [
        {
            "src": assets.url(f"icons/reverbere-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": "any maskable",
        }
        for size in (192, 512)
    ]
    start = address(texts.language, SCOPE)
    body = {
        "name": texts.plain("gardener.app", territory=territory.name),
        "short_name": texts.plain("gardener.app.short"),
        "lang": texts.language,
        "dir": "auto",
        "id": SCOPE,
        "start_url": start,
        "scope": SCOPE,
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b4a7d",
        "icons": icons,
    }
    return Response(orjson.dumps(body), media_type="application/manifest+json")


@router.get(f"{SCOPE}/{{park}}")
def park_page(
    request: Request,
    person: Gardener,
    park: str,
    secteur: str | None = None,
    refus: str | None = None,
) -> Response:
    """Show the zones of a park, the driest first, and the orders that can be given."""
    context = _context(request, park, secteur)
    return pages_of(request).render(
        request,
        "gardener/park.html",
        person=person,
        refused=_refusal(refus, words_of(request)),
        client=_client(request, context["park"]),
        **context,
    )


@router.get(f"{SCOPE}/{{park}}/cartes")
def cards(
    request: Request,
    person: Gardener,  # noqa: ARG001 - a role is needed to read
    park: str,
    secteur: str | None = None,
) -> Response:
    """Give the cards alone: what a page that is open asks for again and again."""
    return pages_of(request).render(
        request,
        "gardener/cards.html",
        headers={"Cache-Control": "no-store"},
        **_context(request, park, secteur),
    )


@router.post(f"{SCOPE}/{{park}}/ordres")
def order(  # noqa: PLR0917 - the fields of the form
    request: Request,
    person: Gardener,
    park: str,
    zone: Annotated[str, Form(max_length=100)],
    act: Annotated[api.Act, Form()],
    key: Annotated[str, Form(min_length=8, max_length=100)],
    minutes: Annotated[float | None, Form()] = None,
    lang: Annotated[str, Form()] = "fr",
) -> Response:
    """Take an order from a form: the way of telephones without JavaScript."""
    query = {"secteur": zone}
    try:
        api.carry_out(request, person, api.Asked(zone=zone, act=act, minutes=minutes), key)
    except Refused as refused:
        query["refus"] = refused.rule
    language = lang if lang in LANGUAGES else "fr"
    return RedirectResponse(address(language, f"{SCOPE}/{park}", **query), status_code=303)


def _context(request: Request, code: str, chosen: str | None) -> dict[str, Any]:
    """Read a park.

    Raises
    ------
    NotFound
        No park of that code has a zone.
    """
    state, texts = request.app.state, words_of(request)
    territory, now = territory_of(request), state.clock.now()
    zones = IrrigationReader(state.database).zones(code, at=now)
    valves = [zone["valve_id"] for zone in zones if zone["valve_id"]]
    moments = moments_of(texts.language, territory, now)
    made = Cards(moments, valve_words(state.database, valves)).cards(zones)
    night = Night.at(now, territory.timezone, WateringSettings())
    windows = [zone["why"]["window"] for zone in zones if zone["why"].get("window")]
    opens, closes = (
        (parsed(windows[0]["opens"]), parsed(windows[0]["closes"]))
        if windows
        else (night.opens, night.closes)
    )
    watered = [card for card in made if card.state in {"water", "running"} and card.minutes]
    park = Park(
        code=code,
        name=zones[0]["park_name"] or code,
        cards=made,
        chosen=_chosen(made, chosen),
        watered=len(watered),
        litres=sum(card.litres for card in watered),
        opens=opens,
        closes=closes,
        computed_at=max((z["computed_at"] for z in zones if z["computed_at"]), default=None),
    )
    return {
        "park": park,
        "choices": CHOICES,
        "key": uuid.uuid4().hex,
        "expires_at": now + LASTS,
    }


def _chosen(made: list[Card], code: str | None) -> Card:
    asked = [card for card in made if card.code == code]
    wet = [card for card in made if card.running or card.opening]
    return (asked or wet or made)[0]


def _refusal(rule: str | None, texts: Texts) -> str | None:
    if rule is None:
        return None
    key = f"gardener.refused.{rule}"
    return texts.plain(key if key in texts else "gardener.refused.other")


def _client(request: Request, park: Park) -> str:
    """Return what the page's script must know, as JSON."""
    texts, territory = words_of(request), territory_of(request)
    refusals = {
        key.removeprefix("gardener.refused."): texts.plain(key)
        for key in texts.messages
        if key.startswith("gardener.refused.")
    }
    told = {
        "park": park.code,
        "orders": "/v1/irrigation/commands",
        "cards": address(texts.language, f"{SCOPE}/{park.code}/cartes"),
        "worker": address(texts.language, f"{SCOPE}/sw.js"),
        "scope": SCOPE,
        "language": texts.language,
        "zone": territory.timezone,
        "clock_offset_ms": round(territory.clock_offset.total_seconds() * 1000),
        "lasts_ms": round(LASTS.total_seconds() * 1000),
        "planned_at": park.computed_at,
        "refusals": refusals,
        "words": {
            name: texts.message(key)
            for name, key in {
                "hour": "hour.full",
                "round": "hour.round",
                "noon": "hour.noon",
                "midnight": "hour.midnight",
                "offline": "gardener.offline",
                "since": "gardener.offline.since",
                "plan": "gardener.offline.plan",
                "waiting": "gardener.offline.waiting",
                "water": "gardener.order.water",
                "stop": "gardener.order.stop",
                "at": "moment.at_today",
                "min": "unit.min",
                "refused": "gardener.refused",
            }.items()
        },
        "plurals": list(texts.plural_categories),
    }
    return orjson.dumps(told, option=orjson.OPT_NAIVE_UTC).decode().replace("<", "\\u003c")


def _offline_page(texts: Texts) -> str:
    """Return the page for an address that the telephone never opened while it had network."""
    return (
        f'<!doctype html><html lang="{texts.language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Réverbère</title>'
        f"<p>{texts.html('gardener.offline.page')}</p>"
        f'<p><a href="{SCOPE}">{texts.html("gardener.offline.retry")}</a></p>'
    )
