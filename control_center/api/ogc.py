"""``/ogc``: OGC API – Features over every layer and over live state, as data and as pages."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from control_center.open_data import addresses as at
from control_center.open_data import contract, description, geojson
from control_center.open_data.addresses import Addresses
from control_center.open_data.answers import Form, across_origins, answer, holdings_of, wanted
from control_center.open_data.holdings import Held
from control_center.open_data.instants import read_interval
from control_center.open_data.query import Query, one_by_one, read_query, read_system
from control_center.open_data.reference_systems import ReferenceSystem, systems
from control_center.open_data.selection import Page, row_of, select
from control_center.pages.territories import territory_of
from control_center.rendering import pages_of, words_of
from twin.errors import NotFound

router = APIRouter(prefix="/ogc", include_in_schema=False)

_METHODS = ("GET", "HEAD")
_read = partial(router.api_route, methods=list(_METHODS))

_JSON, _HTML = Form("json", at.JSON), Form("html", at.HTML)
_GEOJSON, _SCHEMA = Form("json", at.GEOJSON), Form("json", at.SCHEMA)
_OPENAPI = Form("json", at.OPENAPI)
_COMMON = ("f", "lang")
_LARGEST_PAGE = 1_000  # features that a browser shows at once


@_read("")
@_read("/")
def landing(request: Request) -> Response:
    """Show the door."""
    form = _plainly(request, _JSON)
    document = description.landing(
        Addresses(request), words_of(request), territory_of(request), form.media_type
    )
    return _document(request, form, "landing", document)


@_read("/conformance")
def conformance(request: Request) -> Response:
    """List the conformance classes."""
    form = _plainly(request, _JSON)
    document = description.conformance(Addresses(request), form.media_type)
    return _document(request, form, "conformance", document)


@_read("/api")
def api(request: Request) -> Response:
    """Give the contract."""
    form = _plainly(request, _OPENAPI)
    document = contract.contract(
        Addresses(request).root + "/ogc",
        words_of(request),
        territory_of(request),
        holdings_of(request).offered(),
        _systems(request),
    )
    return _document(request, form, "contract", document)


@_read("/collections")
def collections(request: Request) -> Response:
    """List the collections."""
    form = _plainly(request, _JSON)
    holdings, addresses, known = holdings_of(request), Addresses(request), _systems(request)
    described = [
        description.collection(addresses, words_of(request), holdings.held(one.id), known)
        for one in holdings.offered()
    ]
    document = description.collections(addresses, described, known, form.media_type)
    return _document(request, form, "collections", document)


@_read("/collections/{name}")
def collection(request: Request, name: str) -> Response:
    """Describe a collection."""
    held = _held(request, name)
    form = _plainly(request, _JSON)
    document = description.collection(
        Addresses(request), words_of(request), held, _systems(request), form.media_type
    )
    return _document(
        request,
        form,
        "collection",
        document,
        columns=[
            (column.name, column.type.value, description.column_meaning(words_of(request), column))
            for column in held.collection.columns
        ],
    )


@_read("/collections/{name}/queryables")
def queryables(request: Request, name: str) -> Response:
    """Describe the columns of a collection."""
    held = _held(request, name)
    form = _plainly(request, _SCHEMA)
    document = description.queryables(Addresses(request), words_of(request), held.collection)
    return _document(request, form, "queryables", document)


@_read("/collections/{name}/schema")
def schema(request: Request, name: str) -> Response:
    """Describe a feature of a collection, for programs alone."""
    held = _held(request, name)
    one_by_one(request.query_params.multi_items(), _COMMON)
    wanted(request, _SCHEMA)
    document = description.feature_schema(Addresses(request), words_of(request), held.collection)
    return _document(request, _SCHEMA, "schema", document)


@_read("/collections/{name}/items")
def items(request: Request, name: str) -> Response:
    """Give a page of features, as they are or as they stood at some moment of ``datetime``."""
    holdings = holdings_of(request)
    form = wanted(request, _GEOJSON, _HTML)
    given = request.query_params.multi_items()
    query = read_query(given, holdings.collection(name), _systems(request))
    held = holdings.during(name, query.interval)
    if form is _HTML:
        query = replace(query, limit=min(query.limit, _LARGEST_PAGE))
    page = select(held, query)
    links = _links(request, held, page, given, form)
    found = geojson.features(held, page.numbers, query.system)
    document = {
        "type": "FeatureCollection",
        "numberMatched": page.matched,
        "numberReturned": len(found),
        "timeStamp": held.read_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "links": links,
        "features": found,
    }
    shown = _shown(request, held, found) | {"limit": query.limit}
    return _document(request, form, "items", document, held=held, query=query, **shown)


@_read("/collections/{name}/items/{code:path}")
def feature(request: Request, name: str, code: str) -> Response:
    """Give one feature, as it is or as it last stood during ``datetime``."""
    holdings = holdings_of(request)
    form = wanted(request, _GEOJSON, _HTML)
    values = one_by_one(request.query_params.multi_items(), (*_COMMON, "crs", "datetime"))
    query = Query(
        read_system(values, "crs", _systems(request)),
        interval=read_interval(values["datetime"][0]) if "datetime" in values else None,
    )
    held = holdings.during(name, query.interval)
    row = row_of(held, code, query.interval)
    if row is None:
        raise NotFound(name, code)
    numbers = held.rows.with_row_index("n")["n"].to_numpy()[row : row + 1]
    [found] = geojson.features(held, numbers, query.system)
    addresses = Addresses(request)
    path = ("collections", name, "items", code)
    found["links"] = [
        *at.both_ways(
            addresses,
            path,
            at.GEOJSON,
            here=form.media_type,
            query=request.query_params.multi_items(),
        ),
        at.link("collection", addresses.ogc("collections", name, f="json"), at.JSON),
    ]
    shown = _shown(request, held, [found])
    return _document(request, form, "feature", found, held=held, query=query, **shown)


@router.options("")
@router.options("/{path:path}")
def options(request: Request) -> Response:
    """Say what may be done here, to pages of other sites too where they may read."""
    allowed = ", ".join((*_METHODS, "OPTIONS"))
    told = across_origins(holdings_of(request))
    if told:
        told |= {"Access-Control-Allow-Methods": allowed, "Access-Control-Allow-Headers": "*"}
    return Response(status_code=204, headers={"Allow": allowed, **told})


def _held(request: Request, name: str) -> Held:
    return holdings_of(request).held(name)


def _systems(request: Request) -> Mapping[str, ReferenceSystem]:
    return systems(territory_of(request).metric_srid)


def _plainly(request: Request, machine: Form) -> Form:
    """Choose the form of a document that takes no other question."""
    one_by_one(request.query_params.multi_items(), _COMMON)
    holdings_of(request)
    return wanted(request, machine, _HTML)


def _links(
    request: Request, held: Held, page: Page, given: list[tuple[str, str]], form: Form
) -> list[at.Link]:
    addresses, path = Addresses(request), ("collections", held.collection.id, "items")
    links = at.both_ways(addresses, path, at.GEOJSON, here=form.media_type, query=given)
    links.append(
        at.link(
            "collection",
            addresses.ogc("collections", held.collection.id, f="json"),
            at.JSON,
        )
    )
    if page.following:
        asked = [pair for pair in given if pair[0] not in ("cursor", "f")]
        turned = [*asked, ("cursor", page.following), ("f", form.word)]
        links.append(at.link("next", addresses.with_query(path, turned), form.media_type))
    return links


def _shown(request: Request, held: Held, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a page of features needs besides the features: columns that say anything."""
    said = [
        column.name
        for column in held.collection.columns
        if column.name != "code"
        and any(one["properties"][column.name] is not None for one in found)
    ]
    when = request.query_params.get("datetime")
    kept = {"datetime": when} if when else {}
    return {
        "said": said,
        "kept": kept,
        "title": description.title_of(words_of(request), held.collection),
    }


def _document(
    request: Request,
    form: Form,
    name: str,
    document: dict[str, Any],
    *,
    held: Held | None = None,
    query: Query | None = None,
    **shown: Any,
) -> Response:
    """Send a document as data or as a page of ours."""
    headers = dict(at.header(document.get("links", [])))
    headers["Content-Language"] = words_of(request).language
    if query is not None:
        headers["Content-Crs"] = f"<{query.system.uri}>"
    if form is _HTML:
        page = pages_of(request).html(
            request, f"open/{name}.html", document=document, held=held, **shown
        )
        body = page.encode()
    else:
        body = orjson.dumps(document, option=geojson.OPTIONS)
    live = held is not None and held.collection.live
    return answer(request, body, form.media_type, live=live, headers=headers)
