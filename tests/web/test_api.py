"""The API: what programs read, and what they may do."""

import gzip
import json
from datetime import timedelta
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pytest
from fastapi import FastAPI

from control_center.api.ground import clear_point, flood_features, silent_area
from control_center.api.map import icon_mapping
from control_center.live.formats import unpack_columns
from control_center.live.geography import Geography
from tests.support.small_city import EVENING, SmallCity
from tests.support.small_tiles import publish_tiles
from tests.support.web import TestClient, application, clock_at, visiting
from twin.model.states import LightState
from twin.store.database import Database

polars = pytest.importorskip("polars")
shapely = pytest.importorskip("shapely")


# ------------------------------------------------------------------- contract
def test_every_operation_is_described(app: FastAPI) -> None:
    contract = app.openapi()
    for path, methods in contract["paths"].items():
        for method, operation in methods.items():
            assert operation.get("summary"), f"{method} {path}"
            assert operation.get("tags"), f"{method} {path}"
    assert "/v1/live" in contract["paths"]
    assert "/pilotage" not in contract["paths"]


def test_the_contract_is_shown_without_anything_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "/v1/incidents/{code}" in page
    assert "http://" not in page
    assert "https://" not in page
    assert client.get("/openapi.json").json()["openapi"].startswith("3.")


# ------------------------------------------------------------------ incidents
def test_open_incidents_are_told_with_their_root_and_their_proof(
    client: TestClient, city: SmallCity
) -> None:
    [one] = client.get("/v1/incidents").json()
    assert one["code"] == city.incident
    assert one["root"]["code"] == city.flooded
    assert one["headline"]["lights"] == city.dark.size
    assert one["proof"] == f"/preuve/{city.incident}.json"
    assert client.get(f"/v1/incidents/{city.incident}").json() == one
    assert client.get("/v1/incidents", params={"closed": True}).json() == []
    assert client.get(one["proof"]).status_code == 200


def test_an_incident_is_taken_in_charge_once(client: TestClient, city: SmallCity) -> None:
    address = f"/v1/incidents/{city.incident}/acknowledgement"
    first = client.post(address)
    assert first.json()["acknowledged_by"] == "poste de démonstration"
    assert client.post(address).json() == first.json()  # sent twice, done once
    unknown = client.post("/v1/incidents/I-2026-0099/acknowledgement")
    assert unknown.status_code == 404


def test_an_inspection_before_the_water_has_gone_is_refused_by_rule(
    client: TestClient, city: SmallCity
) -> None:
    answer = client.post(f"/v1/cabinets/{city.flooded}/inspections", json={"who": "Équipe 2"})
    assert answer.status_code == 422
    assert answer.json()["rule"] == "still_wet"
    nobody = client.post("/v1/cabinets/A-0/inspections", json={"who": "Équipe 2"})
    assert nobody.status_code == 404


def test_an_incident_on_the_map_has_lines_from_its_cabinet_to_each_dark_light(
    client: TestClient, city: SmallCity
) -> None:
    drawn = client.get(f"/v1/incidents/{city.incident}/map").json()
    [cabinet] = drawn["devices"]
    assert (cabinet["code"], cabinet["root"]) == (city.flooded, True)
    # a tree over the lights of each feeder and the cabinet: one line for each light
    assert len(drawn["wires"]) == city.dark.size
    ends = {tuple(point) for wire in drawn["wires"] for point in wire["path"]}
    assert (round(cabinet["longitude"], 6), round(cabinet["latitude"], 6)) in ends
    (west, south), (east, north) = drawn["bounds"]
    assert west < cabinet["longitude"] < east
    assert south < cabinet["latitude"] < north


# ---------------------------------------------------------------------- things
def test_a_thing_tells_its_state_its_supply_and_its_incidents(
    client: TestClient, city: SmallCity
) -> None:
    light = client.get("/v1/things/streetlight/L-0001").json()
    assert [one["kind"] for one in light["supply"]] == ["feeder", "cabinet"]
    cabinet = client.get(f"/v1/things/cabinet/{city.flooded}").json()
    assert cabinet["state"] == "tripped"
    assert cabinet["incidents"] == [city.incident]
    feeder = client.get(f"/v1/things/feeder/{city.flooded}/quai des Tanneurs").json()
    assert feeder["supply"][0]["code"] == city.flooded
    assert client.get("/v1/things/cabinet/A-0").status_code == 404


def test_a_series_is_what_was_measured_in_the_span(client: TestClient) -> None:
    address = "/v1/things/river_gauge/VR-02/series"
    whole = client.get(address, params={"property": "water_level"}).json()
    assert len(whole["value"]) == 37
    assert whole["value"] == sorted(whole["value"])
    hour = {"start": (EVENING - timedelta(hours=1)).isoformat(), "end": EVENING.isoformat()}
    assert len(client.get(address, params={"property": "water_level", **hour}).json()["value"]) == 6
    long = {"start": (EVENING - timedelta(days=90)).isoformat()}
    refused = client.get(address, params={"property": "water_level", **long})
    assert refused.json()["rule"] == "too_long"


@pytest.mark.parametrize(
    ("typed", "first"),
    [("L-0002", "L-0002"), ("l-0002", "L-0002"), ("lavandi", "s-rue des Lavandières"), ("%", None)],
)
def test_search_finds_codes_and_names_and_takes_signs_literally(
    client: TestClient, typed: str, first: str | None
) -> None:
    found = client.get("/v1/things", params={"q": typed}).json()
    assert (found[0]["code"] if found else None) == first


# ------------------------------------------------------------------------- map
def test_the_specification_is_pydeck_s_and_names_our_columns(client: TestClient) -> None:
    [layer] = client.get("/v1/map/spec").json()["layers"]
    assert layer["@@type"] == "IconLayer"
    assert layer["data"] == "/v1/map/columns/exceptions.cols"
    assert layer["coordinateSystem"] == "lnglat-offsets"
    assert layer["iconAtlas"].startswith("/v1/map/icons.svg?theme=dark")
    assert set(layer["iconMapping"]) == set(icon_mapping())


def test_exceptions_are_the_lights_that_deserve_a_look(client: TestClient, city: SmallCity) -> None:
    header, columns = unpack_columns(client.get("/v1/map/columns/exceptions.cols").content)
    assert header["length"] == city.dark.size
    assert set(columns["idx"]) == set(city.dark)
    assert set(columns["getIcon"]) == {LightState.CONFIRMED_DARK, LightState.INFERRED_DARK}


def test_the_columns_of_an_epoch_are_kept_for_ever_and_those_of_another_are_not_there(
    client: TestClient, city: SmallCity
) -> None:
    answer = client.get("/v1/map/columns/lights.cols", params={"v": "small"})
    assert "immutable" in answer.headers["cache-control"]
    header, columns = unpack_columns(answer.content)
    assert header["length"] == city.lights.size
    assert columns["id"].tolist() == city.lights.tolist()
    assert client.get("/v1/map/columns/lights.cols", params={"v": "old"}).status_code == 404


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_atlas_has_a_cell_for_each_icon(client: TestClient, theme: str) -> None:
    svg = client.get("/v1/map/icons.svg", params={"theme": theme}).text
    assert f'width="{48 * len(icon_mapping())}"' in svg
    assert svg.count("<g>") + svg.count('<g transform="translate(') >= len(icon_mapping())


def test_the_style_speaks_of_our_own_tiles_only(client: TestClient) -> None:
    style = client.get("/v1/map/style.json").json()
    tiles = [source["tiles"][0] for source in style["sources"].values()]
    assert all(address.startswith("/v1/tiles/") for address in tiles)
    assert "glyphs" not in style
    assert "http" not in json.dumps(style)


def test_devices_say_their_latch_and_whether_they_deserve_a_look(
    client: TestClient, city: SmallCity
) -> None:
    answer = client.get("/v1/map/devices").json()
    by_code = {one["code"]: one for one in answer["devices"]}
    assert by_code[city.flooded]["icon"] == "cabinet_tripped"
    assert by_code[city.flooded]["quiet"] is False
    assert by_code["G-1"]["quiet"] is True
    [count] = answer["counts"]["features"]
    dark = city.dark.size
    assert count["properties"]["label"] == f"{dark} sur {dark}"


def test_the_ground_draws_bands_one_edge_and_one_depth(client: TestClient) -> None:
    features = client.get("/v1/map/ground").json()["flood"]["features"]
    kinds = [feature["geometry"]["type"] for feature in features]
    assert kinds.count("Polygon") == 3
    assert sum(feature["properties"]["outer"] for feature in features) == 1
    labels = [f["properties"]["label"] for f in features if "label" in f["properties"]]
    assert labels == ["≤ 62\u00a0cm"]


def test_the_map_of_a_past_instant_shows_what_was_then(
    database: Database, client: TestClient, city: SmallCity
) -> None:
    with database.connection() as connection:
        [(began,)] = connection.execute("SELECT min(observed_at) FROM flood_extent").fetchall()
        connection.execute("UPDATE flood SET ended_at = %s", (began + timedelta(minutes=30),))
        connection.execute(
            "INSERT INTO supply_event (asset_id, at, state, reason, basis, probability, evidence,"
            " by_whom) SELECT asset_id, %s, 'tripped', 'flooded', 'measured', 0.99, '{}', 'test'"
            " FROM supply_state WHERE state = 'tripped' ON CONFLICT DO NOTHING",
            (began,),
        )

    def seen(minutes: float) -> tuple[int, set[str]]:
        at = {"at": (began + timedelta(minutes=minutes)).isoformat()}
        water = client.get("/v1/map/ground", params=at).json()["flood"]["features"]
        devices = client.get("/v1/map/devices", params=at).json()["devices"]
        return len(water), {one["code"] for one in devices if not one["quiet"]}

    assert seen(-1) == (0, set())
    water, out = seen(1)
    assert water > 0
    assert out == {city.flooded}
    assert seen(31) == (0, {city.flooded})  # the water has gone; the cabinet waits


def test_tiles_are_served_as_stored_and_kept_for_ever(
    database: Database, city: SmallCity, tmp_path: Path
) -> None:
    version = publish_tiles(database, tmp_path)
    with visiting(application(database, clock_at(EVENING), tmp_path)) as client:
        address = "/v1/tiles/lights/12/2096/1465.mvt"  # around 4.3, 45.5
        answer = client.get(address, params={"v": version})
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        [layer] = mapbox_vector_tile.decode(answer.content).values()
        assert {feature["properties"]["idx"] for feature in layer["features"]} == set(
            range(city.lights.size)
        )
        empty = client.get("/v1/tiles/lights/14/0/0.mvt", params={"v": version})
        assert (empty.status_code, empty.content) == (204, b"")
        assert "immutable" in empty.headers["cache-control"]
        assert client.get(address, params={"v": "forgotten"}).status_code == 404
        assert client.get("/v1/tiles/secret/14/0/0.mvt", params={"v": version}).status_code == 404
        assert client.get("/v1/tiles/lights/14/0/0.mvt", params={"v": "../x"}).status_code == 404


# ----------------------------------------------------------------------- laws
def test_a_depth_keeps_clear_of_what_is_drawn_there() -> None:
    square = shapely.box(0, 0, 10, 10)
    middle = clear_point(square, np.empty((0, 2)))
    assert shapely.distance(middle, shapely.Point(5, 5)) < 1.5
    pushed = clear_point(square, np.array([[5.0, 5.0]]))
    assert shapely.distance(pushed, shapely.Point(5, 5)) > 2
    assert shapely.contains(square, pushed)


def test_two_sheets_of_water_have_an_edge_and_a_depth_each() -> None:
    sheets = [(shapely.box(0, 0, 1, 1), 0.2), (shapely.box(5, 5, 6, 6), 0.9)]
    features = flood_features(
        sheets, simulated=False, deepest="up to {} cm", occupied=np.empty((0, 2))
    )
    labels = {f["properties"]["label"] for f in features if "label" in f["properties"]}
    assert labels == {"up to 20 cm", "up to 90 cm"}
    bands = [f["properties"]["band"] for f in features if "band" in f["properties"]]
    assert bands == [1, 3]


def test_a_silent_area_goes_around_what_is_silent_and_ignores_what_has_no_place() -> None:
    members = polars.DataFrame(
        {"longitude": [4.0, 4.001, None], "latitude": [45.0, 45.001, None]},
        schema={"longitude": polars.Float64, "latitude": polars.Float64},
    )
    circle, label = silent_area(members, "3 muets")
    ring = shapely.Polygon(circle["geometry"]["coordinates"])
    assert all(ring.contains(shapely.Point(x, y)) for x, y in [(4.0, 45.0), (4.001, 45.001)])
    assert label["properties"]["label"] == "3 muets"
    assert silent_area(members.tail(1), "x") == []


def test_lights_of_unknown_supply_are_counted_nowhere_and_joined_to_nothing(
    database: Database, city: SmallCity
) -> None:
    with database.connection() as connection:
        connection.execute("DELETE FROM link WHERE child_id = %s", (int(city.lights[0]),))
    places = Geography.read(database)
    assert places.counts(city.lights)["lights"].sum() == city.lights.size - 1
    assert places.wires(city.lights[:1]) == []


def test_what_is_compressed_is_what_was_packed(client: TestClient) -> None:
    raw = client.get("/v1/map/state", headers={"accept-encoding": "gzip"})
    assert raw.headers["content-encoding"] == "gzip"
    assert gzip.compress(raw.content)  # decoded by the client
