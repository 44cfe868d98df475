"""The catalogue, the layers page, who may read, and what nobody is given."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from control_center.catalogue import LANGUAGES, texts
from control_center.open_data.collections import COLLECTIONS, WITHHELD
from control_center.open_data.holdings import Holdings
from control_center.open_data.settings import OpenDataSettings
from tests.support.small_city import EVENING, SmallCity
from tests.support.web import TestClient, application, clock_at, visiting
from twin.store.database import Database

Store = tuple[Database, SmallCity]
DCAT = "http://www.w3.org/ns/dcat#"


@pytest.fixture(scope="module")
def graph(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/catalogue.jsonld").json()
    return found


def of_type(graph: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [node for node in graph["@graph"] if node["@type"] == name]


# ----------------------------------------------------------------------------------------- DCAT-AP
def test_the_catalogue_has_what_dcat_ap_makes_mandatory(graph: dict[str, Any]) -> None:
    [catalogue] = of_type(graph, "dcat:Catalog")
    assert {"dct:title", "dct:description", "dct:publisher", "dcat:dataset"} <= set(catalogue)
    [service] = of_type(graph, "dcat:DataService")
    assert {"dct:title", "dcat:endpointURL"} <= set(service)
    for dataset in of_type(graph, "dcat:Dataset"):
        assert {"dct:title", "dct:description"} <= set(dataset)
        for one in dataset["dcat:distribution"]:
            assert one["dcat:accessURL"]["@id"].startswith("http")
    prefixes = set(graph["@context"])
    assert {name.split(":")[0] for name in names(graph["@graph"]) if ":" in name} <= prefixes
    assert graph["@context"]["dcat"] == DCAT


def test_every_reference_inside_the_catalogue_leads_somewhere(graph: dict[str, Any]) -> None:
    here = {node["@id"] for node in nodes(graph["@graph"]) if "@type" in node and "@id" in node}
    root = of_type(graph, "dcat:Catalog")[0]["@id"]
    asked = {
        node["@id"]
        for node in nodes(graph["@graph"])
        if set(node) == {"@id"} and "#" in node["@id"]
    }
    assert {one for one in asked if one.startswith(root)} <= here


def test_every_distribution_can_be_fetched(client: TestClient, graph: dict[str, Any]) -> None:
    for dataset in of_type(graph, "dcat:Dataset"):
        for one in dataset["dcat:distribution"]:
            answer = client.get(one["dcat:accessURL"]["@id"])
            assert answer.status_code == 200, one["@id"]
            kind = one["dcat:mediaType"]["@id"].split("media-types/")[1]
            assert answer.headers["content-type"].startswith(kind)


def test_quality_figures_are_measured_by_metrics_that_are_explained(graph: dict[str, Any]) -> None:
    metrics = {node["@id"]: node for node in of_type(graph, "dqv:Metric")}
    [lights] = [d for d in of_type(graph, "dcat:Dataset") if d["dct:identifier"] == "streetlights"]
    values = {
        one["dqv:isMeasurementOf"]["@id"].rsplit("-", 1)[1]: one["dqv:value"]["@value"]
        for one in lights["dqv:hasQualityMeasurement"]
    }
    assert values["supply"] == "100.0"
    assert values["lamp_watched"] == "0.0"
    for one in lights["dqv:hasQualityMeasurement"]:
        assert metrics[one["dqv:isMeasurementOf"]["@id"]]["skos:definition"]


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from nodes(one)
    elif isinstance(value, list):
        for one in value:
            yield from nodes(one)


def names(value: Any) -> set[str]:
    return {name for node in nodes(value) for name in node if not name.startswith("@")}


def test_the_catalogue_is_had_by_what_is_accepted(client: TestClient) -> None:
    page = client.get("/catalogue", headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    data = client.get("/catalogue", headers={"accept": "application/ld+json"})
    assert data.headers["content-type"] == "application/ld+json"
    assert client.get("/catalogue", params={"f": "jsonld"}).json() == data.json()


# -------------------------------------------------------------------- sources and their freshness
@pytest.fixture
def imported(database: Database) -> Database:
    """A small city whose lights came from a file, once, two years ago, and are due every year."""
    from tests.support import small_city

    small_city.build(database)
    report = {
        "publisher": "Service éclairage",
        "frequency": "annual",
        "url": "https://ville.example",
    }
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO dataset (mapping, file_name, sha256, licence, attribution, imported_at,"
            " rows_read, rows_kept, rows_set_aside, report)"
            " VALUES ('m', 'lights.csv', 'x', 'ODbL', 'Ville', %s, 123, 120, 3, %s)",
            (EVENING - timedelta(days=730), json.dumps(report)),
        )
        connection.execute(
            "UPDATE asset SET dataset_id = (SELECT max(id) FROM dataset) WHERE kind = 'streetlight'"
        )
    return database


def test_an_old_data_set_is_said_to_be_old_on_page_and_in_the_catalogue(imported: Database) -> None:
    with visiting(application(imported, clock_at(EVENING))) as client:
        page = client.get("/couches").text
        assert "1 couche a vieilli" in page.replace("\u00a0", " ")
        assert "lights.csv</span>, Service éclairage, ODbL" in page
        assert "3 lignes écartées" in page.replace("\u00a0", " ")
        graph = client.get("/catalogue.jsonld").json()
    [lights] = [d for d in of_type(graph, "dcat:Dataset") if d["dct:identifier"] == "streetlights"]
    assert lights["dct:accrualPeriodicity"]["@id"].endswith("/ANNUAL")
    assert lights["adms:versionNotes"]
    assert lights["dct:creator"] == [{"@type": "foaf:Agent", "foaf:name": "Service éclairage"}]
    assert lights["dct:source"] == [{"@id": "https://ville.example"}]
    assert lights["dct:modified"]["@value"].startswith("2024-11-19")
    [license_of] = {one["dct:license"]["@id"] for one in lights["dcat:distribution"]}
    assert "odbl" in license_of


def test_a_new_import_is_seen_at_once(imported: Database) -> None:
    holdings = Holdings(imported, clock_at(EVENING))
    assert holdings.held("streetlights").rows.height == 120
    with imported.connection() as connection:
        connection.execute(
            "UPDATE asset SET valid_to = %s WHERE kind = 'streetlight' AND code = 'L-0001'",
            (EVENING,),
        )
        connection.execute("UPDATE territory SET data_version = 'next'")
    holdings.forget_stamp()
    assert holdings.held("streetlights").rows.height == 119


def test_a_gauge_that_has_fallen_silent_is_said_to_be_old(store: Store) -> None:
    """Its last level is of 19:14; gauges report all the time."""
    for minutes, stale in ((30, False), (60, True)):
        clock = clock_at(EVENING + timedelta(minutes=minutes))
        with visiting(application(store[0], clock)) as client:
            page = client.get("/couches").text
        assert ("a vieilli" in page) is stale


# -------------------------------------------------------------------------------------- layers page
def test_the_layers_page_says_what_is_missing_and_for_what(client: TestClient) -> None:
    page = client.get("/couches").text.replace("\u00a0", " ")
    assert "La carte de Bellerive tient en 8 couches." in page
    assert "leur état est déduit de leur alimentation, jamais confirmé" in page
    assert "Sans adresses, le nombre d’habitants touchés reste inconnu." in page
    english = client.get("/couches", params={"lang": "en"}).text
    assert "The map of Bellerive is made of 8 layers." in english
    assert 'href="/couches"' in client.get("/").text


def test_where_the_wiring_is_doubtful_is_shown_and_leads_there(imported: Database) -> None:
    with imported.connection() as connection:
        connection.execute(
            "INSERT INTO wiring_defect (asset_id, defect, detail, found_at)"
            " SELECT id, 'far', code || ' is far', %s FROM asset"
            " WHERE kind = 'streetlight' ORDER BY code LIMIT 3",
            (EVENING,),
        )
    with visiting(application(imported, clock_at(EVENING))) as client:
        page = client.get("/couches").text.replace("\u00a0", " ")
        assert "3 lampadaires à des kilomètres de leur armoire" in page
        found = client.get("/ogc/collections/live-defects/items", params={"defect": "far"}).json()
    assert [one["id"] for one in found["features"]] == [
        f"far/streetlight/L-000{number}" for number in (1, 2, 3)
    ]
    assert found["features"][0]["geometry"]["type"] == "Point"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_and_every_collection_has_its_words(language: str) -> None:
    known = texts(language)
    for name in COLLECTIONS:
        assert f"open.layer.{name}" in known, "give the new layer a title in locales/*/open.po"


# ------------------------------------------------------------------------------- who may, and what
def test_nothing_that_leaves_speaks_of_persons(client: TestClient, store: Store) -> None:
    with store[0].connection() as connection:
        connection.execute("UPDATE incident SET acknowledged_by = 'Camille Martin'")
    said = [client.get(f"/ogc/collections/{name}/items?limit=10000").text for name in COLLECTIONS]
    assert "Camille" not in "".join(said)
    for name, withheld in WITHHELD.items():
        columns = {column.name for column in COLLECTIONS[name].columns}
        assert not columns & withheld
    sections = client.get("/ogc/collections/street_sections/items").json()["features"]
    assert {one["properties"]["residents"] for one in sections} == {120}


def test_layers_may_be_for_operators_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVERBERE_OPEN_READERS", "operators")
    app = application(store[0], clock_at(EVENING), access="keys", operator_key="open sesame")
    with visiting(app) as client:
        for address in ("/ogc", "/ogc/collections/streetlights/items", "/catalogue.jsonld"):
            assert client.get(address).status_code == 401, address
        assert client.get("/v1/exports/streetlights.csv").status_code == 401
        assert client.get("/couches").status_code == 401
        key = {"authorization": "Bearer open sesame"}
        answer = client.get("/ogc/collections/streetlights/items", headers=key)
        assert answer.status_code == 200
        assert answer.headers["cache-control"].startswith("private")


def test_everybody_may_read_where_acts_need_a_key(store: Store) -> None:
    with visiting(application(store[0], clock_at(EVENING), access="keys")) as client:
        assert client.get("/ogc/collections/streetlights/items").status_code == 200
        assert client.get("/v1/exports/streetlights.csv").status_code == 200
        assert client.get("/v1/incidents").status_code == 401


def test_withheld_collections_are_not_there(store: Store) -> None:
    settings = OpenDataSettings(withheld=("cabinets", "live-lights"))
    app = application(store[0], clock_at(EVENING))
    app.state.holdings = Holdings(store[0], clock_at(EVENING), settings)
    with visiting(app) as client:
        named = {one["id"] for one in client.get("/ogc/collections").json()["collections"]}
        assert not named & {"cabinets", "live-lights"}
        assert client.get("/ogc/collections/cabinets/items").status_code == 404
        assert client.get("/v1/exports/live-lights.csv").status_code == 404


def test_a_slip_in_what_is_withheld_gives_nothing_away() -> None:
    with pytest.raises(ValidationError, match="no collection cabinet; there are"):
        OpenDataSettings(withheld=("cabinet",))


def test_other_sites_may_read_only_where_the_settings_say_so(store: Store) -> None:
    app = application(store[0], clock_at(EVENING))
    with visiting(app) as client:
        plain = client.get("/ogc/collections").headers
        assert "access-control-allow-origin" not in plain
        assert plain["cross-origin-resource-policy"] == "same-origin"
        app.state.holdings = Holdings(
            store[0], clock_at(EVENING), OpenDataSettings(cross_origin=True)
        )
        shared = client.get("/ogc/collections").headers
        assert shared["access-control-allow-origin"] == "*"
        assert shared["cross-origin-resource-policy"] == "cross-origin"


# ---------------------------------------------------------------------------------------- caching
def test_an_answer_that_is_there_already_is_not_sent_again(client: TestClient) -> None:
    address = "/ogc/collections/streetlights/items"
    first = client.get(address)
    again = client.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "public, max-age=60"
    live = client.get("/ogc/collections/live-lights/items")
    assert live.headers["cache-control"] == "public, max-age=5"
    assert first.headers["content-encoding"] == "gzip"
