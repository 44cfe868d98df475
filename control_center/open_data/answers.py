"""Answers of the open door: which form is wanted, for how long it may be kept, who may read it."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from control_center.errors import NotAcceptable, QueryInvalid
from control_center.open_data.holdings import Holdings
from control_center.people import Access, Role

JSON, HTML = "application/json", "text/html"
_WORTH_PACKING = 1_000  # bytes
_KEPT_S, _LIVE_KEPT_S = 60, 5


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write an answer: its word in ``f=`` and its media type."""

    word: str
    media_type: str


def holdings_of(request: Request) -> Holdings:
    """Return the layers that a request may read.

    Raises
    ------
    AccessNeeded, NotAllowed
        They are for operators alone, and nobody or somebody else is asking.
    """
    holdings: Holdings = request.app.state.holdings
    if holdings.settings.readers == "operators":
        access: Access = request.app.state.access
        access.person(request, Role.OPERATOR)
    return holdings


def wanted(request: Request, *offered: Form) -> Form:
    """Choose the form of an answer: ``f=`` first, then ``Accept``; the first one by default.

    Raises
    ------
    QueryInvalid
        ``f`` names a form that is not offered.
    NotAcceptable
        ``Accept`` excludes all of them.
    """
    asked = request.query_params.get("f")
    words = ", ".join(form.word for form in offered)
    if asked is not None:
        for form in offered:
            if form.word == asked:
                return form
        raise QueryInvalid("f", f"one of {words} is expected")
    best = max(
        ((_liking(request, form.media_type), -place) for place, form in enumerate(offered)),
    )
    if best[0] <= 0:
        raise NotAcceptable(", ".join(form.media_type for form in offered))
    return offered[-best[1]]


def _liking(request: Request, media_type: str) -> float:
    """Return the weight that ``Accept`` gives to a media type; the most particular range counts."""
    family = media_type.split("/", maxsplit=1)[0]
    plain = media_type.split(";", maxsplit=1)[0].strip()
    ranks = {plain: 2, f"{family}/*": 1, "*/*": 0}
    found = (-1, 0.0)
    for entry in (request.headers.get("accept") or "*/*").split(","):
        name, *parameters = (part.strip() for part in entry.lower().split(";"))
        if name in ranks:
            found = max(found, (ranks[name], _weight(parameters)))
    return found[1]


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def answer(
    request: Request,
    body: bytes,
    media_type: str,
    *,
    live: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Send an answer, packed where worth it; nothing where the one who asks has it already."""
    holdings = holdings_of(request)
    shared = "public" if holdings.settings.readers == "everybody" else "private"
    told = {
        "Cache-Control": f"{shared}, max-age={_LIVE_KEPT_S if live else _KEPT_S}",
        "ETag": f'"{hashlib.sha256(body).hexdigest()[:20]}"',
        "Vary": "Accept, Accept-Encoding",
        **across_origins(holdings),
        **(headers or {}),
    }
    if told["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=told)
    if "gzip" in request.headers.get("accept-encoding", "") and len(body) > _WORTH_PACKING:
        told["Content-Encoding"] = "gzip"
        body = gzip.compress(body, 5, mtime=0)
    if media_type == HTML:
        media_type = "text/html; charset=utf-8"
    return Response(body, headers={**told, "Content-Type": media_type})


def across_origins(holdings: Holdings) -> dict[str, str]:
    """Return what lets pages of other sites read; nothing unless the settings say so."""
    if not holdings.settings.cross_origin:
        return {}
    return {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Content-Crs, ETag, Link",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
