"""The catalogue against the shapes of DCAT-AP 3: what is mandatory, of which kind, how often.

The profile publishes its rules as SHACL; these are the mandatory ones and those on the kind of
value, written as a table. ``iri`` is a reference, ``words`` a literal with or without language,
``node`` a thing described here, ``instant`` an xsd:dateTime.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from control_center.open_data.freshness import Frequency
from tests.support import small_city
from tests.support.small_city import EVENING
from tests.support.web import TestClient, application, clock_at, visiting
from twin.store.database import Database

EU = "http://publications.europa.eu/resource/authority/"
MANY = 10_000

# class: {property: (least, most, kind)}
SHAPES: dict[str, dict[str, tuple[int, int, str]]] = {
    "dcat:Catalog": {
        "dct:title": (1, MANY, "words"),
        "dct:description": (1, MANY, "words"),
        "dct:publisher": (1, 1, "iri"),
        "dcat:dataset": (1, MANY, "iri"),
        "dcat:service": (0, MANY, "iri"),
        "dct:modified": (0, 1, "instant"),
        "foaf:homepage": (0, 1, "iri"),
    },
    "dcat:Dataset": {
        "dct:title": (1, MANY, "words"),
        "dct:description": (1, MANY, "words"),
        "dct:publisher": (0, 1, "iri"),
        "dcat:theme": (0, MANY, "iri"),
        "dct:accrualPeriodicity": (0, 1, "iri"),
        "dct:accessRights": (0, 1, "iri"),
        "dcat:contactPoint": (0, MANY, "node"),
        "dcat:distribution": (0, MANY, "node"),
        "dct:modified": (0, 1, "instant"),
        "dct:temporal": (0, MANY, "node"),
        "dct:spatial": (0, MANY, "node"),
    },
    "dcat:Distribution": {
        "dcat:accessURL": (1, MANY, "iri"),
        "dcat:downloadURL": (0, MANY, "iri"),
        "dct:license": (0, 1, "node"),
        "dct:format": (0, 1, "iri"),
        "dcat:mediaType": (0, 1, "iri"),
        "dcat:accessService": (0, MANY, "iri"),
    },
    "dcat:DataService": {
        "dct:title": (1, MANY, "words"),
        "dcat:endpointURL": (1, MANY, "iri"),
        "dcat:servesDataset": (0, MANY, "iri"),
    },
    "foaf:Agent": {"foaf:name": (1, MANY, "words")},
    "vcard:Organization": {"vcard:fn": (1, MANY, "words")},
    "dct:LicenseDocument": {"dct:title": (0, MANY, "words")},
    "dqv:QualityMeasurement": {
        "dqv:isMeasurementOf": (1, 1, "iri"),
        "dqv:value": (1, 1, "words"),
    },
}
AUTHORITIES = {
    "dcat:theme": "data-theme/",
    "dct:accessRights": "access-right/",
    "dct:accrualPeriodicity": "frequency/",
    "dct:language": "language/",
}


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for one in value:
            yield from nodes(one)
    elif isinstance(value, dict):
        yield value
        for one in value.values():
            yield from nodes(one)


def values(node: dict[str, Any], name: str) -> list[Any]:
    found = node.get(name, [])
    return found if isinstance(found, list) else [found]


def is_kind(value: Any, kind: str) -> bool:
    if kind == "iri":
        return isinstance(value, dict) and ":" in value.get("@id", "")
    if kind == "node":
        return isinstance(value, dict) and ("@type" in value or "@id" in value)
    if kind == "instant":
        return (
            value["@type"] == "xsd:dateTime"
            and datetime.fromisoformat(value["@value"]).tzinfo is not None
        )
    text = value.get("@value") if isinstance(value, dict) else value
    return isinstance(text, str) and bool(text.strip())


def broken(graph: dict[str, Any]) -> list[str]:
    """Every rule that a node breaks."""
    found = []
    for node in nodes(graph["@graph"]):
        for name, (least, most, kind) in SHAPES.get(node.get("@type", ""), {}).items():
            given = values(node, name)
            where = f"{node.get('@id', node['@type'])} {name}"
            if not least <= len(given) <= most:
                found.append(f"{where}: {len(given)} values")
            found += [f"{where}: {one} is no {kind}" for one in given if not is_kind(one, kind)]
        for name, place in AUTHORITIES.items():
            found += [
                f"{name}: {one['@id']}"
                for one in values(node, name)
                if not one["@id"].startswith(EU + place)
            ]
    return found


@pytest.fixture(scope="module")
def graph(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/catalogue.jsonld").json()
    return found


def test_every_node_has_the_shape_of_its_class(graph: dict[str, Any]) -> None:
    present = {node.get("@type") for node in nodes(graph["@graph"])}
    assert {"dcat:Catalog", "dcat:Dataset", "dcat:Distribution", "foaf:Agent"} <= present
    assert broken(graph) == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [("dcat:Dataset", "dct:description"), ("dcat:Distribution", "dcat:accessURL")],
)
def test_a_missing_mandatory_property_is_found(graph: dict[str, Any], kind: str, name: str) -> None:
    spoilt = next(node for node in nodes(graph["@graph"]) if node.get("@type") == kind)
    kept = spoilt.pop(name)
    try:
        assert len(broken(graph)) == 1
    finally:
        spoilt[name] = kept


def test_every_class_and_word_is_of_a_vocabulary_that_is_named(graph: dict[str, Any]) -> None:
    known = set(graph["@context"])
    used = {
        word.split(":")[0]
        for node in nodes(graph["@graph"])
        for word in (*node, node.get("@type", "dcat:x"))
        if not word.startswith(("@", "http:"))
    }
    assert used <= known


def test_every_frequency_has_an_address() -> None:
    assert len({frequency.uri for frequency in Frequency}) == len(Frequency)


def test_the_publisher_is_reached_as_the_territory_says(database: Database) -> None:
    small_city.build(database)
    with database.connection() as connection:
        connection.execute(
            """UPDATE territory SET contact =
               '{"name": "Mairie", "phone": "02 61", "email": "m@b.example"}'"""
        )
    with visiting(application(database, clock_at(EVENING))) as client:
        graph = client.get("/catalogue.jsonld").json()
    [publisher] = [one for one in graph["@graph"] if one["@type"] == "foaf:Agent"]
    assert publisher["foaf:name"] == "Mairie"
    assert publisher["foaf:mbox"] == {"@id": "mailto:m@b.example"}
    assert broken(graph) == []
