"""The documents that describe the open door: landing page, conformance, collections, columns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from control_center.catalogue import Texts
from control_center.open_data.addresses import (
    GEOJSON,
    HTML,
    JSON,
    JSON_LD,
    OPENAPI,
    QUERYABLES,
    SCHEMA,
    Addresses,
    Link,
    both_ways,
    link,
)
from control_center.open_data.collections import Collection
from control_center.open_data.exports import FORMATS
from control_center.open_data.holdings import Held
from control_center.open_data.reference_systems import CRS84, ReferenceSystem
from gis.layer_types import Column, ColumnType
from twin.store.city import Territory

_FEATURES_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
_FEATURES_2 = "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/"
CONFORMANCE = (
    *(f"{_FEATURES_1}{name}" for name in ("core", "oas30", "html", "geojson")),
    f"{_FEATURES_2}crs",
)
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"

_JSON_TYPES: dict[ColumnType, dict[str, str]] = {
    ColumnType.TEXT: {"type": "string"},
    ColumnType.NUMBER: {"type": "number"},
    ColumnType.INTEGER: {"type": "integer"},
    ColumnType.BOOLEAN: {"type": "boolean"},
    ColumnType.DATE: {"type": "string", "format": "date"},
    ColumnType.INSTANT: {"type": "string", "format": "date-time"},
    ColumnType.PARTIAL_DATE: {"type": "string"},
}
_GEOMETRIES = {
    "point": ("Point",),
    "line": ("LineString", "MultiLineString"),
    "area": ("Polygon", "MultiPolygon"),
}


def title_of(texts: Texts, collection: Collection) -> str:
    """Return what a collection is called; a layer without a text goes by its own name."""
    key = f"open.layer.{collection.id}"
    return texts.plain(key) if key in texts else collection.id.replace("_", " ")


def about(texts: Texts, collection: Collection) -> str:
    """Return what a collection holds, in a sentence."""
    key = f"open.layer.{collection.id}.what"
    return texts.plain(key) if key in texts else title_of(texts, collection)


def landing(
    addresses: Addresses, texts: Texts, territory: Territory, here: str = JSON
) -> dict[str, Any]:
    """Describe the door."""
    return {
        "title": texts.plain("open.title", territory=territory.name),
        "description": texts.plain("open.lead", territory=territory.name),
        "links": [
            *both_ways(addresses, (), JSON, here=here),
            link("service-desc", addresses.ogc("api", f="json"), OPENAPI),
            link("service-doc", addresses.ogc("api", f="html"), HTML),
            link("conformance", addresses.ogc("conformance"), JSON),
            link("data", addresses.ogc("collections"), JSON, texts.plain("open.collections")),
            link("describedby", addresses.at("catalogue.jsonld"), JSON_LD),
        ],
    }


def conformance(addresses: Addresses, here: str = JSON) -> dict[str, Any]:
    """List the classes that the door conforms to."""
    return {
        "conformsTo": list(CONFORMANCE),
        "links": both_ways(addresses, ("conformance",), JSON, here=here),
    }


def collections(
    addresses: Addresses,
    described: list[dict[str, Any]],
    systems: Mapping[str, ReferenceSystem],
    here: str = JSON,
) -> dict[str, Any]:
    """List the collections."""
    return {
        "links": [
            *both_ways(addresses, ("collections",), JSON, here=here),
            link("describedby", addresses.at("catalogue.jsonld"), JSON_LD),
        ],
        "crs": list(systems),
        "collections": described,
    }


def collection(
    addresses: Addresses,
    texts: Texts,
    held: Held,
    systems: Mapping[str, ReferenceSystem],
    here: str = JSON,
) -> dict[str, Any]:
    """Describe one collection: where, when, in which systems, at which addresses."""
    one = held.collection
    described: dict[str, Any] = {
        "id": one.id,
        "title": title_of(texts, one),
        "description": about(texts, one),
        "itemType": "feature",
        "extent": _extent(held),
        "links": [*both_ways(addresses, ("collections", one.id), JSON, here=here)],
    }
    if one.geometry != "none":
        described["crs"] = list(systems)
        described["storageCrs"] = CRS84
    else:
        described["crs"] = [CRS84]
    described["links"] += _ways_in(addresses, one)
    return described


def queryables(addresses: Addresses, texts: Texts, one: Collection) -> dict[str, Any]:
    """Describe the columns of a collection as a JSON schema."""
    properties: dict[str, Any] = {column.name: _schema(column, texts) for column in one.columns}
    if one.geometry != "none":
        shape = "-or-".join(_GEOMETRIES[one.geometry]).lower()
        properties["geometry"] = {"format": f"geometry-{shape}", "x-ogc-role": "primary-geometry"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": addresses.ogc("collections", one.id, "queryables"),
        "type": "object",
        "title": title_of(texts, one),
        "properties": properties,
        "additionalProperties": False,
    }


def feature_schema(addresses: Addresses, texts: Texts, one: Collection) -> dict[str, Any]:
    """Describe a feature of a collection as a JSON schema: GDAL and QGIS type their columns by it.

    Without it, a column whose values are all null on the first page would be taken for a text.
    They read plain types alone, so that null is told by ``nullable``, as OpenAPI 3.0 has it.
    """
    shapes = [
        {"$ref": f"https://geojson.org/schema/{shape}.json"}
        for shape in _GEOMETRIES.get(one.geometry, ())
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": addresses.ogc("collections", one.id, "schema"),
        "title": title_of(texts, one),
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": "string"},
            "geometry": {"oneOf": [{"type": "null"}, *shapes]},
            "properties": {
                "type": "object",
                "properties": {
                    column.name: {**_schema(column, texts), "nullable": column.name != "code"}
                    for column in one.columns
                },
            },
        },
    }


def column_meaning(texts: Texts, column: Column) -> str:
    """Return what a column means; empty where its name says it all."""
    key = f"open.column.{column.name}"
    return texts.plain(key) if key in texts else ""


def json_type(column: Column) -> dict[str, str]:
    """Return the type of a column in a JSON schema."""
    return dict(_JSON_TYPES[column.type])


def _schema(column: Column, texts: Texts) -> dict[str, Any]:
    meaning = column_meaning(texts, column)
    told = {"title": column.name, **json_type(column)}
    return {**told, "description": meaning} if meaning else told


def _extent(held: Held) -> dict[str, Any]:
    extent: dict[str, Any] = {}
    if held.extent is not None:
        extent["spatial"] = {"bbox": [[round(edge, 7) for edge in held.extent]], "crs": CRS84}
    start, end = held.interval
    extent["temporal"] = {"interval": [[_utc(start), _utc(end)]], "trs": GREGORIAN}
    return extent


def _ways_in(addresses: Addresses, one: Collection) -> list[Link]:
    items = ("collections", one.id, "items")
    schema = addresses.ogc("collections", one.id, "queryables")
    return [
        link("items", addresses.ogc(*items, f="json"), GEOJSON),
        link("items", addresses.ogc(*items, f="html"), HTML),
        link(QUERYABLES, schema, SCHEMA),
        link("describedby", addresses.ogc("collections", one.id, "schema"), SCHEMA),
        *(
            link("enclosure", addresses.at("v1", "exports", f"{one.id}.{name}"), form.media_type)
            for name, form in FORMATS.items()
            if one.geometry != "none" or form.tables
        ),
    ]


def _utc(instant: datetime | None) -> str | None:
    return None if instant is None else instant.strftime("%Y-%m-%dT%H:%M:%SZ")
