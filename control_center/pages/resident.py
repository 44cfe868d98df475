"""Pages of residents: find a street, read why it is dark; no account, no JavaScript."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import polars as pl
from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from control_center.moments import time_tag
from control_center.pages.cache import cache_of
from control_center.pages.street_view import StreetView, street_view, switch_on_after
from control_center.pages.territories import territory_of
from control_center.rendering import pages_of, words_of
from control_center.texts import address, helpers, moments_of
from twin.store.city import Territory
from twin.store.streets import StreetReader

router = APIRouter(include_in_schema=False)

_MOST_FOUND = 40
_MOST_TOUCHED = 60
_MOST_LISTED = 300
_GENERIC = frozenset({"rue", "avenue", "boulevard", "de", "du", "des", "d", "la", "le", "les", "l"})


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call: only what the territory gives."""

    number: str
    label: str
    href: str


@router.get("/rues")
def search(request: Request, q: str = "") -> Response:
    """Find a street by its name; list those where lights are out."""
    territory = territory_of(request)
    names = StreetReader(request.app.state.database).names()
    asked = " ".join(q.split())[:80]
    found = matching(names, asked) if asked else names.clear()
    if asked and found.height == 1:
        return RedirectResponse(
            address(words_of(request).language, f"/rue/{found['slug'][0]}"), status_code=303
        )
    by_name = names.sort(pl.col("name").map_elements(plain_name, return_dtype=pl.String))
    dark = pl.col("confirmed") + pl.col("inferred")
    touched = by_name.filter(dark > 0).sort(dark, descending=True, maintain_order=True)
    return pages_of(request).render(
        request,
        "resident/search.html",
        headers={"Cache-Control": "public, max-age=10"},
        asked=asked,
        found=_rows(found, _MOST_FOUND),
        more=found.height > _MOST_FOUND,
        touched=_rows(touched, _MOST_TOUCHED),
        every=_rows(by_name, _MOST_LISTED) if names.height <= _MOST_LISTED else [],
        by_day=switch_on_after(request.app.state.clock.now(), territory) is not None,
        example=by_name["name"][by_name.height // 2] if by_name.height else "",
    )


@router.get("/rue/{slug}")
def street(request: Request, slug: str) -> Response:
    """Say what is out in a street, since when, why, how sure, and what is not known."""
    territory = territory_of(request)

    def build() -> Response:
        state, language = request.app.state, words_of(request).language
        view = street_view(state.database, territory, state.clock.now(), language, slug)
        return pages_of(request).render(
            request, "resident/street.html", **_context(view, territory, language)
        )

    return cache_of(request).respond(request, build)


def _context(view: StreetView, territory: Territory, language: str) -> dict[str, Any]:
    texts = helpers(language)["texts"]
    by_day = "strip.by_day." if view.switch_on else "strip."
    return {
        "view": view,
        "strip_key": by_day,
        "counted": [
            texts.plural(f"{by_day if state.endswith('_dark') else 'strip.'}{state}", number)
            for state, number in view.counts.shown()
        ],
        "unseen": _unseen(view, territory, language),
        "contacts": contacts(territory, language),
    }


def _unseen(view: StreetView, territory: Territory, language: str) -> list[Markup]:
    """Return what the page does not know, one sentence each."""
    texts = helpers(language)["texts"]
    said = []
    if view.told and view.told[0].unknown:
        said.append(texts.html("unknown.sentence", things=view.told[0].unknown))
    if view.counts.silent:
        said.append(texts.plural_html("resident.unseen.silent", view.counts.silent))
    if view.counts.unmonitored:
        lights = texts.plural("count.lights", view.counts.unmonitored)
        said.append(texts.html("resident.unseen.unmonitored", lights=lights))
    if view.switch_on is not None and not view.told:
        moments = moments_of(language, territory, view.as_of)
        hour = time_tag(view.switch_on, moments.hour(view.switch_on))
        said.append(texts.html("resident.unseen.by_day", switch_on=hour))
    return said


def contacts(territory: Territory, language: str) -> list[Contact]:
    """Return whom to call, from what the territory gives: no number is ever made up."""
    given, texts = territory.contact, helpers(language)["texts"]
    service = given.get("name") or texts.plain("resident.contact.service")
    offered = [
        ("emergency", "tel", texts.plain("resident.contact.emergency")),
        ("emergency_sms", "sms", texts.plain("resident.contact.emergency_sms")),
        (
            "phone",
            "tel",
            texts.plain("resident.contact.phone", service=service, hours=given.get("hours")),
        ),
        ("email", "mailto", texts.plain("resident.contact.email")),
    ]
    return [
        Contact(_printed(scheme, given[key]), label, _address(scheme, given[key]))
        for key, scheme, label in offered
        if given.get(key)
    ]


def _printed(scheme: str, address: str) -> str:
    """Return a number that no line break can cut, an address as it is."""
    return address if scheme == "mailto" else "\u00a0".join(address.split())


def _address(scheme: str, address: str) -> str:
    return f"{scheme}:{address if scheme == 'mailto' else re.sub(r'[^+0-9]', '', address)}"


# searching


def plain_name(name: str) -> str:
    """Return a name as it is compared: no accent, no capital, no mark."""
    bare = unicodedata.normalize("NFKD", name.lower())
    letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[a-z0-9]+", letters.replace("œ", "oe")))


def matching(names: pl.DataFrame, asked: str) -> pl.DataFrame:
    """Return the streets that hold every word asked for, the nearest names first.

    Parameters
    ----------
    names : DataFrame
        ``twin.store.streets.STREET_NAMES``.
    asked : str
        What a person typed.
    """
    words = plain_name(asked).split()
    telling = [word for word in words if word not in _GENERIC] or words
    if not telling:
        return names.clear()
    plain = names["name"].map_elements(plain_name, return_dtype=pl.String)
    kept = names.with_columns(plain=plain).filter(
        pl.all_horizontal(pl.col("plain").str.contains(rf"\b{word}") for word in telling)
    )
    exact = pl.col("plain") == " ".join(words)
    if kept.filter(exact).height == 1:
        return kept.filter(exact).drop("plain")
    return kept.sort(pl.col("plain").str.len_chars(), "plain").drop("plain")


def _rows(streets: pl.DataFrame, most: int) -> list[dict[str, Any]]:
    return streets.head(most).to_dicts()
