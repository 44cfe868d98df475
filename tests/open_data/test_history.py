"""``datetime`` over what is remembered: things as they were, under what supplied them then."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyogrio
import pytest
import shapely
from fastapi import FastAPI
from owslib.ogcapi.features import Features

from tests.open_data.test_clients import gdal, source  # fixtures: GDAL in a process of its own
from tests.support import small_city
from tests.support.databases import fresh_database
from tests.support.small_city import EVENING, SmallCity
from tests.support.web import TestClient, application, clock_at, serving, visiting
from twin.store.database import Database

__all__ = ["gdal", "source"]

BEGAN = EVENING - timedelta(days=300)
"""When the small city was imported."""
CHANGED = datetime(2026, 9, 1, 12, tzinfo=UTC)
"""When four of its lights were worked at."""
MOVED, GONE, REWIRED, NEW = "L-0001", "L-0002", "L-0003", "L-0120"
LIGHTS = "/ogc/collections/streetlights/items"


@pytest.fixture(scope="module")
def store() -> Iterator[tuple[Database, SmallCity]]:
    """A city with a past, written as an import writes it: the past version, then the change."""
    with fresh_database() as database:
        city = small_city.build(database)
        with database.connection() as connection:
            connection.execute(
                "INSERT INTO asset_version (asset_id, valid_from, valid_to, name, geom, properties)"
                ' SELECT id, valid_from, %s, name, %s, \'{"lamp_w": 70, "owner": "M. Martin"}\''
                " FROM asset WHERE code = %s",
                (CHANGED, shapely.to_wkb(shapely.Point(4.31, 45.51)), MOVED),
            )
            connection.execute(
                "UPDATE asset SET valid_from = %s WHERE code = ANY(%s)", (CHANGED, [MOVED, NEW])
            )
            connection.execute("UPDATE asset SET valid_to = %s WHERE code = %s", (CHANGED, GONE))
            connection.execute(
                "UPDATE link SET valid_to = %s"
                " WHERE child_id = (SELECT id FROM asset WHERE code = %s)",
                (CHANGED, REWIRED),
            )
            connection.execute(
                "INSERT INTO link (child_id, parent_id, role, rung, source, confidence, valid_from)"
                " SELECT c.id, p.id, 'supplies', 4, 'learned', 0.9, %s FROM asset c, asset p"
                " WHERE c.code = %s AND p.code = %s",
                (CHANGED, REWIRED, city.cabinets[-1]),
            )
        yield database, city


@pytest.fixture(scope="module")
def app(store: tuple[Database, SmallCity]) -> FastAPI:
    return application(store[0], clock_at(EVENING))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with visiting(app) as client:
        yield client


@pytest.fixture(scope="module")
def address(app: FastAPI, store: tuple[Database, SmallCity]) -> Iterator[str]:
    with serving(application(store[0], clock_at(EVENING))) as address:
        yield address


def utc(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def lights(client: TestClient, when: str = "", **asked: str) -> dict[str, dict[str, Any]]:
    """The lights at some moment, by code."""
    if when:
        asked["datetime"] = when
    found = client.get(LIGHTS, params={"limit": "1000", **asked}).json()
    by_code = {one["id"]: one for one in found["features"]}
    assert len(by_code) == found["numberReturned"] == found["numberMatched"]
    return by_code


DAY_BEFORE, DAY_AFTER = utc(CHANGED - timedelta(days=1)), utc(CHANGED + timedelta(days=1))


def test_without_a_moment_the_city_is_as_it_stands(client: TestClient) -> None:
    now = lights(client)
    assert len(now) == 119
    assert GONE not in now
    assert {one["properties"]["valid_to"] for one in now.values()} == {None}


def test_before_the_change_everything_was_otherwise(client: TestClient) -> None:
    then, now = lights(client, DAY_BEFORE), lights(client)
    assert set(then) == (set(now) | {GONE}) - {NEW}
    assert then[MOVED]["properties"]["lamp_w"] == 70
    assert then[MOVED]["geometry"]["coordinates"] == [4.31, 45.51]
    assert then[MOVED]["properties"]["valid_to"] == utc(CHANGED)
    assert then[GONE]["properties"]["valid_to"] == utc(CHANGED)
    assert now[MOVED]["properties"]["lamp_w"] == 42
    assert now[MOVED]["geometry"] != then[MOVED]["geometry"]
    assert "owner" not in then[MOVED]["properties"]


def test_a_light_hung_where_it_hung_then(
    client: TestClient, store: tuple[Database, SmallCity]
) -> None:
    then, now = lights(client, DAY_BEFORE)[REWIRED], lights(client)[REWIRED]
    assert now["properties"]["supplied_by"] == store[1].cabinets[-1]
    assert now["properties"]["supply_rung"] == 4
    assert "/" in then["properties"]["supplied_by"]  # a feeder of the register
    assert then["properties"]["supply_rung"] == 0


@pytest.mark.parametrize(
    ("asked", "gone", "new", "watts"),
    [
        (utc(CHANGED), False, True, 42),  # a version ends where the next begins
        (utc(CHANGED - timedelta(seconds=1)), True, False, 70),
        (f"{DAY_BEFORE}/{DAY_AFTER}", True, True, 42),  # the newest of several versions
        (f"../{DAY_BEFORE}", True, False, 70),
        (f"{DAY_AFTER}/..", False, True, 42),
        ("2026-09-01", True, True, 42),
        ("2026-08-30/P1D", True, False, 70),
        (f"P2D/{DAY_AFTER}", True, True, 42),
        ("2026-08-01/P2M", True, True, 42),
    ],
)
def test_every_form_of_time_selects_by_validity(
    client: TestClient, asked: str, *, gone: bool, new: bool, watts: float
) -> None:
    found = lights(client, asked)
    assert (GONE in found, NEW in found) == (gone, new)
    assert found[MOVED]["properties"]["lamp_w"] == watts


def test_before_anything_was_known_there_is_nothing(client: TestClient) -> None:
    assert not lights(client, utc(BEGAN - timedelta(seconds=1)))
    assert not lights(client, "../2020-01-01")


def test_places_and_values_are_those_of_then(client: TestClient) -> None:
    there = {"bbox": "4.309,45.509,4.311,45.511"}
    assert set(lights(client, DAY_BEFORE, **there)) == {MOVED}
    assert not lights(client, **there)
    assert set(lights(client, DAY_BEFORE, lamp_w="70")) == {MOVED}


def test_pages_of_the_past_follow_each_other(client: TestClient) -> None:
    document = client.get(LIGHTS, params={"limit": 50, "datetime": DAY_BEFORE}).json()
    seen = []
    while True:
        seen += [one["id"] for one in document["features"]]
        assert document["numberMatched"] == 119
        links = {link["rel"]: link["href"] for link in document["links"]}
        assert all("datetime=" in links[rel] for rel in ("self", "alternate"))
        if "next" not in links:
            break
        document = client.get(links["next"]).json()
    assert seen == sorted(lights(client, DAY_BEFORE))


def test_one_light_is_had_as_it_was(client: TestClient) -> None:
    assert client.get(f"{LIGHTS}/{GONE}").status_code == 404
    then = client.get(f"{LIGHTS}/{GONE}", params={"datetime": DAY_BEFORE})
    assert then.json()["id"] == GONE
    early = client.get(f"{LIGHTS}/{NEW}", params={"datetime": DAY_BEFORE})
    assert early.status_code == 404
    page = client.get(LIGHTS, params={"datetime": DAY_BEFORE, "f": "html", "limit": 1}).text
    assert f"items/{MOVED}?f=html&amp;datetime=" in page.replace("&#38;", "&amp;")


def test_the_extent_of_a_layer_begins_with_its_history(client: TestClient) -> None:
    described = client.get("/ogc/collections/streetlights").json()
    assert described["extent"]["temporal"]["interval"] == [[utc(BEGAN), None]]


def test_gdal_and_owslib_read_the_past(gdal: Any, address: str) -> None:
    read = gdal(pyogrio.read_dataframe, layer="streetlights", DATETIME=DAY_BEFORE)
    assert len(read) == 119
    then = read.set_index("code")
    assert then.loc[MOVED, "lamp_w"] == 70
    assert (then.geometry[MOVED].x, then.geometry[MOVED].y) == (4.31, 45.51)
    door = Features(f"{address}/ogc")
    found = door.collection_items("streetlights", datetime_=f"../{DAY_BEFORE}", limit=200)
    assert GONE in {one["id"] for one in found["features"]}
