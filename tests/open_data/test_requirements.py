"""OGC API – Features, parts 1 and 2, by the abstract tests of the standard: one test a requirement.

Each test is named after the requirement that it checks; the abstract test suite of OGC 17-069r4
(annex A) and of OGC 18-058r1 (annex A) is the checklist.
"""

from typing import Any

import pytest
import shapely
from shapely.geometry import shape

from control_center.open_data.description import CONFORMANCE
from control_center.open_data.query import LARGEST_LIMIT
from tests.support.small_city import SmallCity
from tests.support.web import TestClient
from twin.store.database import Database

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/{}"
ITEMS = "/ogc/collections/{}/items"
LIGHTS = ITEMS.format("streetlights")


def relations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Links by relation; of several, the last."""
    return {link["rel"]: link for link in document["links"]}


@pytest.fixture(scope="module")
def contract(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/ogc/api", params={"f": "json"}).json()
    return found


@pytest.fixture(scope="module")
def ids(client: TestClient) -> list[str]:
    return [one["id"] for one in client.get("/ogc/collections").json()["collections"]]


# ------------------------------------------------------------ part 1, core: general, landing page
def test_http(client: TestClient) -> None:
    answer = client.get("/ogc", headers={"accept": "application/json"})
    assert answer.status_code == 200
    assert client.post("/ogc/collections").status_code == 405


def test_head_and_options(client: TestClient) -> None:
    for address in ("/ogc", "/ogc/api", "/ogc/collections", LIGHTS, f"{LIGHTS}/L-0001"):
        head, whole = client.head(address), client.get(address)
        assert head.status_code == 200
        assert not head.content
        assert head.headers["etag"] == whole.headers["etag"]
        assert head.headers["content-type"] == whole.headers["content-type"]
        asked = client.options(address)
        assert asked.status_code == 204
        assert asked.headers["allow"] == "GET, HEAD, OPTIONS"
        assert "access-control-allow-origin" not in asked.headers


def test_root_op_and_root_success(client: TestClient) -> None:
    for address in ("/ogc", "/ogc/"):
        page = client.get(address)
        assert page.status_code == 200
        links = relations(page.json())
        assert {"service-desc", "service-doc", "conformance", "data"} <= set(links)
        assert all(link["href"].startswith("http") and link["type"] for link in links.values())


def test_api_definition_op_and_success(client: TestClient) -> None:
    links = relations(client.get("/ogc").json())
    for relation in ("service-desc", "service-doc"):
        answer = client.get(links[relation]["href"])
        assert answer.status_code == 200
        announced = links[relation]["type"].split(";")[0]
        assert answer.headers["content-type"].startswith(announced)


def test_conformance_op_and_success(client: TestClient) -> None:
    document = client.get("/ogc/conformance").json()
    assert document["conformsTo"] == list(CONFORMANCE)
    assert any(one.endswith("features-1/1.0/conf/core") for one in document["conformsTo"])


# -------------------------------------------------------------------- part 1, core: collections
def test_fc_md_op_and_success(client: TestClient) -> None:
    document = client.get("/ogc/collections").json()
    assert document["collections"]
    assert set(document) >= {"links", "collections", "crs"}


def test_fc_md_links(client: TestClient) -> None:
    links = relations(client.get("/ogc/collections").json())
    assert links["self"]["type"] == "application/json"
    assert links["alternate"]["type"] == "text/html"
    assert client.get(links["alternate"]["href"]).status_code == 200


def test_fc_md_items_and_items_links(client: TestClient) -> None:
    for one in client.get("/ogc/collections").json()["collections"]:
        items = [link for link in one["links"] if link["rel"] == "items"]
        assert {link["type"] for link in items} == {"application/geo+json", "text/html"}
        for link in items:
            answer = client.get(link["href"])
            assert answer.headers["content-type"].startswith(link["type"]), link


def test_fc_md_extent(client: TestClient) -> None:
    for one in client.get("/ogc/collections").json()["collections"]:
        [interval] = one["extent"]["temporal"]["interval"]
        assert len(interval) == 2
        if one["id"] in ("feeders", "live-defects"):  # no places; nothing in it
            assert "spatial" not in one["extent"]
            continue
        [(west, south, east, north)] = one["extent"]["spatial"]["bbox"]
        assert west <= east
        assert south <= north
        assert one["extent"]["spatial"]["crs"] == CRS84


def test_sfc_md_op_and_success(client: TestClient) -> None:
    for one in client.get("/ogc/collections").json()["collections"]:
        own = client.get(f"/ogc/collections/{one['id']}")
        assert own.json() == one
    missing = client.get("/ogc/collections/nothing")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"


# ------------------------------------------------------------------------ part 1, core: features
def test_fc_op_and_fc_response(client: TestClient, ids: list[str]) -> None:
    for name in ids:
        document = client.get(ITEMS.format(name)).json()
        assert document["type"] == "FeatureCollection"
        assert document["numberReturned"] == len(document["features"])


def test_fc_limit_definition(contract: dict[str, Any], ids: list[str]) -> None:
    for name in ids:
        limit = parameter(contract, name, "limit")
        assert limit["in"] == "query"
        assert limit["required"] is False
        assert (limit["style"], limit["explode"]) == ("form", False)
        assert limit["schema"]["type"] == "integer"
        assert limit["schema"]["minimum"] == 1
        assert limit["schema"]["default"] <= limit["schema"]["maximum"] == LARGEST_LIMIT


def test_fc_limit_response_1(client: TestClient) -> None:
    for limit in (1, 7, 119, 120, 121, LARGEST_LIMIT):
        document = client.get(LIGHTS, params={"limit": limit}).json()
        assert len(document["features"]) == min(limit, 120)
    # a larger one than the largest is cut: the standard has it so (17-069r4, requirement 21 C)
    assert client.get(LIGHTS, params={"limit": LARGEST_LIMIT + 1}).status_code == 200


def test_fc_bbox_definition(contract: dict[str, Any], ids: list[str]) -> None:
    for name in ids:
        bbox = parameter(contract, name, "bbox")
        assert (bbox["style"], bbox["explode"], bbox["required"]) == ("form", False, False)
        assert bbox["schema"]["type"] == "array"
        assert bbox["schema"]["items"]["type"] == "number"
        assert [one["minItems"] for one in bbox["schema"]["oneOf"]] == [4, 6]


@pytest.mark.parametrize("name", ["streetlights", "street_sections", "waters", "live-floods"])
def test_fc_bbox_response(client: TestClient, name: str) -> None:
    every = client.get(ITEMS.format(name), params={"limit": 10_000}).json()["features"]
    box = shapely.box(4.2985, 45.4985, 4.3005, 45.5005)
    asked = ",".join(map(str, box.bounds))
    found = client.get(ITEMS.format(name), params={"bbox": asked, "limit": 10_000}).json()
    expected = {one["id"] for one in every if shape(one["geometry"]).intersects(box)}
    assert {one["id"] for one in found["features"]} == expected
    assert found["numberMatched"] == len(expected)
    high = f"{box.bounds[0]},{box.bounds[1]},-100,{box.bounds[2]},{box.bounds[3]},9000"
    again = client.get(ITEMS.format(name), params={"bbox": high, "limit": 10_000}).json()
    assert {one["id"] for one in again["features"]} == expected


def test_a_box_over_the_antimeridian_is_two_boxes(client: TestClient) -> None:
    around = client.get(LIGHTS, params={"bbox": "4.3,45.4,4.2,45.6"}).json()["numberMatched"]
    east = client.get(LIGHTS, params={"bbox": "4.3,45.4,180,45.6"}).json()["numberMatched"]
    assert around == east > 0


def test_features_without_a_place_are_in_no_box(client: TestClient) -> None:
    feeders = ITEMS.format("feeders")
    assert client.get(feeders).json()["numberMatched"] > 0
    assert client.get(feeders, params={"bbox": "-180,-90,180,90"}).json()["numberMatched"] == 0


def test_fc_time_definition(contract: dict[str, Any], ids: list[str]) -> None:
    for name in ids:
        time = parameter(contract, name, "datetime")
        assert (time["in"], time["required"], time["schema"]["type"]) == ("query", False, "string")
        assert (time["style"], time["explode"]) == ("form", False)


@pytest.mark.parametrize(
    ("name", "asked", "some"),
    [
        ("live-incidents", "2026-11-19T18:42:32Z", True),
        ("live-incidents", "2026-11-19T19:42:32+01:00", True),
        ("live-incidents", "../2026-11-19T18:00:00Z", False),
        ("live-incidents", "2027-01-01T00:00:00Z/..", True),  # open: it lasts until told otherwise
        ("live-incidents", "2026-11-19", True),
        ("live-incidents", "2026-11-18T00:00:00Z/2026-11-18T23:00:00Z", False),
        ("live-gauges", "2026-11-19T19:14:00Z/2026-11-19T19:15:00Z", True),
        ("live-gauges", "2026-11-19T19:15:00Z/..", False),
        ("live-gauges", "/2026-11-19T19:15:00Z", True),
        ("streetlights", "2020-01-01T00:00:00Z", False),
        ("streetlights", "2026-11-01T00:00:00Z", True),
    ],
)
def test_fc_time_response(client: TestClient, name: str, asked: str, *, some: bool) -> None:
    found = client.get(ITEMS.format(name), params={"datetime": asked}).json()
    assert (found["numberMatched"] > 0) is some


def test_every_period_that_the_suite_asks_for_is_answered(
    client: TestClient, ids: list[str]
) -> None:
    """A first instant, a quarter of the extent, and a day with a duration, of each collection."""
    for name in ids:
        described = client.get(f"/ogc/collections/{name}").json()
        [(first, _)] = described["extent"]["temporal"]["interval"]
        begin = first or "2026-01-01T00:00:00Z"
        for asked in (begin, f"{begin}/2027-01-01T00:00:00Z", f"{begin[:10]}/P1M2D"):
            answer = client.get(ITEMS.format(name), params={"datetime": asked})
            assert answer.status_code == 200, (name, asked)


def test_fc_links(client: TestClient) -> None:
    document = client.get(LIGHTS, params={"limit": 50}).json()
    links = relations(document)
    assert links["self"]["type"] == "application/geo+json"
    assert links["alternate"]["type"] == "text/html"
    assert links["next"]["type"] == "application/geo+json"
    seen = [one["id"] for one in document["features"]]
    while "next" in links:
        document = client.get(links["next"]["href"]).json()
        links = relations(document)
        seen += [one["id"] for one in document["features"]]
    assert len(seen) == len(set(seen)) == document["numberMatched"] == 120


def test_fc_timestamp_number_matched_number_returned(client: TestClient, ids: list[str]) -> None:
    for name in ids:
        document = client.get(ITEMS.format(name), params={"limit": 3}).json()
        assert document["timeStamp"].endswith("Z")
        assert document["numberReturned"] == len(document["features"]) <= 3
        assert document["numberMatched"] >= document["numberReturned"]


def test_query_param_unknown(client: TestClient) -> None:
    for address in ("/ogc", "/ogc/conformance", "/ogc/collections", LIGHTS, f"{LIGHTS}/L-0001"):
        answer = client.get(address, params={"unknownQueryParameter": "x"})
        assert answer.status_code == 400, address
        assert answer.json()["parameter"] == "unknownQueryParameter"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("limit", "1.5"),
        ("bbox", "1,2,3"),
        ("bbox", "a,b,c,d"),
        ("bbox", "4.2,46,4.3,45"),
        ("bbox", "nan,45,4.3,46"),
        ("bbox", "45,4,46,95"),
        ("datetime", "yesterday"),
        ("datetime", "2026-11-19T18:00:00"),
        ("datetime", "../.."),
        ("datetime", "2026-11-20T00:00:00Z/2026-11-19T00:00:00Z"),
        ("datetime", "a/b/c"),
        ("datetime", "P1D"),
        ("datetime", "P1D/P1D"),
        ("datetime", "../P1D"),
        ("datetime", "2026-11-19/P"),
        ("datetime", "2026-11-19/P99999M"),
        ("crs", EPSG.format(27700)),
        ("bbox-crs", CRS84),
        ("lamp_w", "bright"),
        ("mains_estimated", "perhaps"),
        ("f", "gml"),
        ("technology", "x" * 201),
        ("code", "a\x00b"),
    ],
)
def test_query_param_invalid(client: TestClient, name: str, value: str) -> None:
    answer = client.get(LIGHTS, params={name: value})
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["type"] == "/docs#query-invalid"
    assert problem["parameter"] == name
    assert name in problem["detail"]


def test_f_op_and_f_success(client: TestClient, ids: list[str]) -> None:
    for name in ids:
        page = client.get(ITEMS.format(name), params={"limit": 1}).json()
        for one in page["features"]:
            answer = client.get(ITEMS.format(name) + "/" + one["id"].replace("/", "%2F"))
            assert answer.status_code == 200
            own = answer.json()
            assert {key: own[key] for key in one} == one
    assert client.get(f"{LIGHTS}/L-9999").status_code == 404


def test_f_links(client: TestClient) -> None:
    links = relations(client.get(f"{LIGHTS}/L-0003").json())
    assert {"self", "alternate", "collection"} <= set(links)
    assert client.get(links["collection"]["href"]).json()["id"] == "streetlights"
    assert client.get(links["self"]["href"]).json()["id"] == "L-0003"


def test_fc_filters(client: TestClient, store: tuple[Database, SmallCity]) -> None:
    lights = ITEMS.format("live-lights")
    inferred = client.get(lights, params={"state": "inferred_dark"}).json()
    assert inferred["numberMatched"] == 6
    assert {one["properties"]["state"] for one in inferred["features"]} == {"inferred_dark"}
    dark = client.get(lights, params={"state": ["inferred_dark", "confirmed_dark"]}).json()
    assert dark["numberMatched"] == store[1].dark.size
    assert client.get(LIGHTS, params={"lamp_w": "42", "technology": "led"}).json()["numberMatched"]
    assert not client.get(LIGHTS, params={"lamp_w": "43"}).json()["numberMatched"]


# ------------------------------------------------------- part 1: geojson, html, oas30
def test_geojson_definition_and_content(client: TestClient, ids: list[str]) -> None:
    for name in ids:
        answer = client.get(ITEMS.format(name), headers={"accept": "application/geo+json"})
        assert answer.headers["content-type"] == "application/geo+json"
        for one in answer.json()["features"]:
            assert set(one) == {"type", "id", "geometry", "properties"}
            if one["geometry"] is not None:
                assert shape(one["geometry"]).is_valid


def test_html_definition_and_content(client: TestClient, ids: list[str]) -> None:
    pages = ["/ogc", "/ogc/api", "/ogc/conformance", "/ogc/collections", f"{LIGHTS}/L-0001"]
    pages += [f"/ogc/collections/{name}" for name in ids]
    pages += [f"/ogc/collections/{name}/queryables" for name in ids]
    pages += [ITEMS.format(name) for name in ids]
    for page in pages:
        answer = client.get(page, headers={"accept": "text/html,*/*;q=0.8"})
        assert answer.headers["content-type"] == "text/html; charset=utf-8", page
        assert "<h1" in answer.text, page
        assert "Accept" in answer.headers["vary"]


def test_oas_definition_1_and_2_and_oas_impl(
    client: TestClient, contract: dict[str, Any], ids: list[str]
) -> None:
    assert contract["openapi"].startswith("3.0")
    assert contract["info"]["title"]
    paths = contract["paths"]
    for name in ids:
        assert f"/collections/{name}/items/{{featureId}}" in paths
        assert f"/collections/{name}/items" in paths
    for path in paths:
        address = path.replace("{featureId}", "L-0001")
        expected = (
            200 if "{" not in path or "/streetlights/" in path or "live-lights" in path else 404
        )
        assert client.get(f"/ogc{address}").status_code == expected, path
    for reference in references(contract):
        node: Any = contract
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        assert node


def test_oas_definition_announces_exceptions(contract: dict[str, Any]) -> None:
    for path in contract["paths"].values():
        assert {"200", "400", "404", "406", "500"} <= set(path["get"]["responses"])


def test_what_cannot_be_had_in_that_form_is_refused(client: TestClient) -> None:
    answer = client.get("/ogc/collections", headers={"accept": "application/xml"})
    assert answer.status_code == 406
    assert answer.json()["type"] == "/docs#not-acceptable"
    loose = {"accept": "application/xml, application/*;q=0.5"}
    assert client.get("/ogc/collections", headers=loose).status_code == 200


# --------------------------------------------------------- part 2: reference systems by reference
def test_crs_uri_and_fc_md_crs_list(client: TestClient) -> None:
    document = client.get("/ogc/collections").json()
    assert document["crs"] == [CRS84, *(EPSG.format(code) for code in (4326, 3857, 2154))]
    for one in document["collections"]:
        assert one["crs"][0] == CRS84
        assert set(one["crs"]) <= set(document["crs"])


def test_fc_md_storage_crs_valid_value(client: TestClient) -> None:
    for one in client.get("/ogc/collections").json()["collections"]:
        assert one.get("storageCrs", CRS84) in one["crs"]


def test_fc_crs_definition_and_default_value(client: TestClient) -> None:
    plain = client.get(LIGHTS, params={"limit": 1})
    asked = client.get(LIGHTS, params={"limit": 1, "crs": CRS84})
    assert plain.headers["content-crs"] == asked.headers["content-crs"] == f"<{CRS84}>"
    assert plain.json()["features"] == asked.json()["features"]


def test_crs_action_and_ogc_crs_header(client: TestClient) -> None:
    for code in (4326, 3857, 2154):
        for address in (LIGHTS, f"{LIGHTS}/L-0001"):
            answer = client.get(address, params={"crs": EPSG.format(code)})
            assert answer.headers["content-crs"] == f"<{EPSG.format(code)}>"


def test_coordinates_come_in_the_axes_of_their_authority(client: TestClient) -> None:
    def point(**asked: str) -> list[float]:
        found = client.get(f"{LIGHTS}/L-0001", params=asked).json()["geometry"]["coordinates"]
        return [float(number) for number in found]

    longitude, latitude = point()
    assert point(crs=EPSG.format(4326)) == [latitude, longitude]
    x, y = point(crs=EPSG.format(2154))
    # IGN's own formula for Lambert-93 puts 4.2989766 E, 45.4980825 N here (to a centimetre)
    assert (x, y) == pytest.approx((801443.98, 6489569.71), abs=0.02)
    east, north = point(crs=EPSG.format(3857))
    assert east == pytest.approx(6378137 * longitude * 3.141592653589793 / 180, abs=0.02)
    assert north > 5_000_000


def test_fc_crs_valid_value(client: TestClient) -> None:
    for address in (LIGHTS, f"{LIGHTS}/L-0001"):
        answer = client.get(address, params={"crs": "EPSG:2154"})
        assert answer.status_code == 400
        assert answer.json()["parameter"] == "crs"


def test_fc_bbox_crs_definition(contract: dict[str, Any], ids: list[str]) -> None:
    for name in ids:
        system = parameter(contract, name, "bbox-crs")
        assert (system["in"], system["required"]) == ("query", False)
        assert system["schema"]["format"] == "uri"


def test_fc_bbox_crs_action(client: TestClient) -> None:
    def found(box: str, system: str) -> list[str]:
        asked = {"bbox": box, "bbox-crs": system, "limit": 10_000}
        return [one["id"] for one in client.get(LIGHTS, params=asked).json()["features"]]

    degrees = found("4.2985,45.4985,4.3005,45.5005", CRS84)
    assert degrees
    assert degrees == found("45.4985,4.2985,45.5005,4.3005", EPSG.format(4326))
    # in Lambert-93, against coordinates that the door itself gives out
    west, south, east, north = 801_400.0, 6_489_600.0, 801_560.0, 6_489_750.0
    every = client.get(LIGHTS, params={"limit": 10_000, "crs": EPSG.format(2154)}).json()
    within = [
        one["id"]
        for one in every["features"]
        if west <= one["geometry"]["coordinates"][0] <= east
        and south <= one["geometry"]["coordinates"][1] <= north
    ]
    assert 0 < len(within) < 120
    assert found(f"{west},{south},{east},{north}", EPSG.format(2154)) == within


def test_fc_bbox_crs_valid_default_value_and_valid_value(client: TestClient) -> None:
    box = {"bbox": "4.2985,45.4985,4.3005,45.5005"}
    plain = client.get(LIGHTS, params=box).json()["features"]
    assert plain == client.get(LIGHTS, params={**box, "bbox-crs": CRS84}).json()["features"]
    refused = client.get(LIGHTS, params={**box, "bbox-crs": EPSG.format(4327)})
    assert refused.status_code == 400
    assert refused.json()["parameter"] == "bbox-crs"


# ----------------------------------------------------------------------------------------- helpers
def parameter(contract: dict[str, Any], collection: str, name: str) -> dict[str, Any]:
    """Return a parameter of a collection's items, its reference followed."""
    for one in contract["paths"][f"/collections/{collection}/items"]["get"]["parameters"]:
        found = contract["components"]["parameters"].get(
            one.get("$ref", "").rsplit("/", 1)[-1], one
        )
        if found.get("name") == name:
            return dict(found)
    raise AssertionError(f"{collection} has no parameter {name}")


def references(node: Any) -> set[str]:
    """Every reference in a document."""
    if isinstance(node, dict):
        own = {node["$ref"]} if "$ref" in node else set()
        return own.union(*(references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(references(value) for value in node))
    return set()
