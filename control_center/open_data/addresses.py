"""Addresses of the open door and the links between its answers."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request

GEOJSON = "application/geo+json"
JSON, HTML, SCHEMA = "application/json", "text/html", "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
JSON_LD = "application/ld+json"
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"

Link = dict[str, Any]


class Addresses:
    """Absolute addresses, as the one who asks reaches us.

    Parameters
    ----------
    request : Request
        Gives our name, and the language of titles.
    """

    def __init__(self, request: Request) -> None:
        self.root = str(request.base_url).rstrip("/")
        self._language = request.query_params.get("lang")

    def at(self, *path: str, **query: str) -> str:
        """Return the address of a resource; its parts are escaped."""
        asked = dict(query)
        if self._language:
            asked["lang"] = self._language
        where = "/".join((self.root, *(quote(part, safe="") for part in path)))
        return f"{where}?{urlencode(asked)}" if asked else where

    def ogc(self, *path: str, **query: str) -> str:
        """Return an address below ``/ogc``."""
        return self.at("ogc", *path, **query)

    def with_query(self, path: tuple[str, ...], query: list[tuple[str, str]]) -> str:
        """Return an address with a question of its own."""
        where = "/".join((self.root, "ogc", *(quote(part, safe="") for part in path)))
        return f"{where}?{urlencode(query)}" if query else where


def link(rel: str, href: str, media_type: str, title: str = "") -> Link:
    """Return one link as the standard writes it."""
    told = {"rel": rel, "href": href, "type": media_type}
    return {**told, "title": title} if title else told


def both_ways(
    addresses: Addresses,
    path: tuple[str, ...],
    machine: str,
    *,
    here: str,
    query: list[tuple[str, str]] | None = None,
) -> list[Link]:
    """Return ``self`` and ``alternate`` of a resource that is had as data and as a page.

    Parameters
    ----------
    machine : str
        Media type of the data.
    here : str
        Media type of the answer that carries the links.
    query : list of pairs
        The question that was asked, without ``f``.
    """
    forms = {machine: "json", HTML: "html"}
    asked = [pair for pair in query or [] if pair[0] != "f"]
    return [
        link(
            "self" if media_type == here else "alternate",
            addresses.with_query(path, [*asked, ("f", word)]),
            media_type,
        )
        for media_type, word in forms.items()
    ]


def header(links: list[Link]) -> Mapping[str, str]:
    """Return links as a ``Link`` header, for those who read a page."""
    parts = [
        f'<{one["href"]}>; rel="{one["rel"]}"; type="{one["type"]}"'
        for one in links
        if one["rel"] in ("self", "alternate", "next")
    ]
    return {"Link": ", ".join(parts)} if parts else {}
