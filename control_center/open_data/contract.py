"""The contract of the open door in OpenAPI 3.0: one path a collection, with its own columns."""

from collections.abc import Mapping
from typing import Any

from control_center.catalogue import Texts
from control_center.open_data import description
from control_center.open_data.addresses import GEOJSON, HTML, JSON, SCHEMA
from control_center.open_data.collections import Collection
from control_center.open_data.query import DEFAULT_LIMIT, LARGEST_LIMIT
from control_center.open_data.reference_systems import CRS84, ReferenceSystem
from control_center.versions import product_version
from twin.store.city import Territory

Part = dict[str, Any]

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}
_OFTEN = ("f", "lang")


def contract(
    root: str,
    texts: Texts,
    territory: Territory,
    offered: list[Collection],
    systems: Mapping[str, ReferenceSystem],
) -> Part:
    """Return the OpenAPI 3.0 document.

    Parameters
    ----------
    root : str
        Address of the door, ``…/ogc``.
    """
    paths = {
        "/": _get("getLandingPage", "Server", "Landing page", JSON),
        "/conformance": _get("getConformance", "Server", "Conformance classes", JSON),
        "/collections": _get("getCollections", "Server", "Collections", JSON),
    }
    for one in offered:
        paths |= _paths(one, texts)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": texts.plain("open.title", territory=territory.name),
            "description": texts.plain("open.lead", territory=territory.name),
            "version": product_version(),
        },
        "servers": [{"url": root}],
        "tags": [{"name": "Server"}, *({"name": one.id} for one in offered)],
        "paths": paths,
        "components": {"parameters": _parameters(systems), "schemas": _SCHEMAS},
    }


def _paths(one: Collection, texts: Texts) -> dict[str, Part]:
    title = description.title_of(texts, one)
    base = f"/collections/{one.id}"
    often = ("limit", "cursor", "datetime")
    where = ("bbox", "bbox-crs", "crs")
    items = _get(f"items.{one.id}", one.id, title, GEOJSON, (*often, *where))
    items["get"]["parameters"] += [
        {
            "name": column.name,
            "in": "query",
            "required": False,
            "description": description.column_meaning(texts, column) or f"Only this {column.name}",
            "schema": description.json_type(column),
            "style": "form",
            "explode": False,
        }
        for column in one.columns
    ]
    feature = _get(f"feature.{one.id}", one.id, title, GEOJSON, ("crs", "datetime"))
    feature["get"]["parameters"].append(
        {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}
    )
    return {
        base: _get(f"collection.{one.id}", one.id, title, JSON),
        f"{base}/queryables": _get(f"queryables.{one.id}", one.id, title, SCHEMA),
        f"{base}/schema": _get(f"schema.{one.id}", one.id, title, SCHEMA),
        f"{base}/items": items,
        f"{base}/items/{{featureId}}": feature,
    }


def _get(name: str, tag: str, summary: str, media_type: str, more: tuple[str, ...] = ()) -> Part:
    parameters = [{"$ref": f"#/components/parameters/{one}"} for one in (*_OFTEN, *more)]
    schema = {"$ref": "#/components/schemas/any"}
    responses: Part = {
        "200": {
            "description": summary,
            "content": {media_type: {"schema": schema}, HTML: {"schema": {"type": "string"}}},
        },
        "400": {"description": "The question cannot be read", "content": _PROBLEM},
        "404": {"description": "Nothing has that name", "content": _PROBLEM},
        "406": {"description": "Not in that form", "content": _PROBLEM},
        "500": {"description": "Something failed", "content": _PROBLEM},
    }
    return {
        "get": {
            "operationId": name,
            "tags": [tag],
            "summary": summary,
            "parameters": parameters,
            "responses": responses,
        }
    }


def _parameters(systems: Mapping[str, ReferenceSystem]) -> Part:
    uri: Part = {"type": "string", "format": "uri", "enum": list(systems), "default": CRS84}
    box: Part = {
        "type": "array",
        "items": {"type": "number"},
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
    }
    limit: Part = {
        "type": "integer",
        "minimum": 1,
        "maximum": LARGEST_LIMIT,
        "default": DEFAULT_LIMIT,
    }
    text: Part = {"type": "string"}
    return {
        "f": _query("f", "Form of the answer", {**text, "enum": ["json", "html"]}),
        "lang": _query("lang", "Language of titles", {**text, "enum": ["fr", "en"]}),
        "limit": _query("limit", "Most features of a page; a larger one is cut", limit),
        "cursor": _query("cursor", "Where a page starts: follow the link `next`", text),
        "datetime": _query(
            "datetime",
            "Instant, or start/end; `..` leaves an end open; each feature as it last stood then",
            text,
        ),
        "bbox": _query("bbox", "Lower and upper corner, in the axes of bbox-crs", box),
        "bbox-crs": _query("bbox-crs", "Reference system of bbox", uri),
        "crs": _query("crs", "Reference system of the answer", uri),
    }


def _query(name: str, about: str, schema: Part) -> Part:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": about,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


_SCHEMAS: Part = {
    "any": {"type": "object"},
    "problem": {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string"},
            "parameter": {"type": "string"},
        },
    },
}
