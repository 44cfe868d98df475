"""What templates get to speak with, in one language.

``t("key", slot=…)`` and ``n("key", count, slot=…)`` write a message; ``figures`` numbers with their
units; ``moments(territory, now)`` times in the territory's zone. See ``control_center.catalogue``
for what a message may hold.
"""

import re
from datetime import datetime
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape
from starlette.requests import Request

from control_center.catalogue import LANGUAGES, Texts, texts
from control_center.figures import Figures
from control_center.moments import Moments, time_tag

__all__ = ["LANGUAGES", "Texts", "helpers", "moments_of", "texts"]

_CODE = re.compile(r"\b[A-Z]{1,5}(?:-[A-Z]?\d+)+\b")
_DEFAULT = next(iter(LANGUAGES))


class HasTimezone(Protocol):
    """A territory, as far as hours are concerned."""

    @property
    def timezone(self) -> str:
        """Name in the IANA time zone database."""
        ...


def moments_of(
    language: str, territory: HasTimezone, now: datetime, *, paper: bool = False
) -> Moments:
    """Return the writer of times of a territory, at one moment, in one language."""
    return Moments(texts(language), ZoneInfo(territory.timezone), now, paper)


@cache
def helpers(language: str) -> dict[str, Any]:
    """Return the functions that every template may call.

    Returns
    -------
    dict
        ``t(key, **slots)`` and ``n(key, number, **slots)``: messages as HTML; ``texts``, whose
        ``plain`` and ``plural`` serve attributes; ``figures``; ``moments(territory, now)``;
        ``time_tag(instant, words)``; ``sign(name)``; ``whole(text)``; ``link(path, **query)``:
        an address of ours in the same language; ``other_languages(request)``: code, own name and
        address of this page in each other language.
    """
    catalogue = texts(language)
    return {
        "texts": catalogue,
        "t": catalogue.html,
        "n": catalogue.plural_html,
        "figures": Figures(catalogue),
        "moments": lambda territory, now, paper=False: moments_of(
            language, territory, now, paper=paper
        ),
        "time_tag": time_tag,
        "sign": as_on_sign,
        "whole": whole,
        "link": lambda path, **query: address(language, path, **query),
        "other_languages": lambda request: _other_languages(language, request),
    }


def as_on_sign(name: str) -> str:
    """Return a name with a capital, as its sign has it: « Quai des Bateliers »."""
    return name[:1].upper() + name[1:]


def whole(text: str) -> Markup:
    """Return a text in which no line break cuts a code such as A-112, and nobody translates it."""
    marked = _CODE.sub(r'<span class="code" translate="no">\g<0></span>', str(escape(text)))
    return Markup(marked)  # noqa: S704 - escaped, then marked by us


def address(language: str, path: str, **query: str) -> str:
    """Return an address of ours that keeps the language: French needs no word."""
    asked = {**query, **({} if language == _DEFAULT else {"lang": language})}
    return f"{path}?{urlencode(asked)}" if asked else path


def _other_languages(language: str, request: Request) -> list[tuple[str, str, str]]:
    query = {name: value for name, value in request.query_params.items() if name != "lang"}
    return [
        (other, name, address(other, request.url.path, **query))
        for other, name in LANGUAGES.items()
        if other != language
    ]
