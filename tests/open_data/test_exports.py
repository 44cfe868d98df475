"""Whole layers as files, read again by other programs."""

import io
import json
from contextlib import closing
from pathlib import Path

import polars as pl
import pyogrio
import pytest
import shapely
from fastapi import FastAPI

from control_center.errors import RateExceeded, TooManyRows
from control_center.open_data.exports import FORMATS, export
from control_center.open_data.holdings import Holdings
from control_center.open_data.shelf import Shelf
from tests.support import small_city
from tests.support.small_city import SmallCity
from tests.support.web import TestClient, application, clock_at, visiting
from twin.store.database import Database

Store = tuple[Database, SmallCity]

NAMES = sorted(
    {"streetlights", "street_sections", "waters", "feeders", "live-lights", "live-floods"}
)


@pytest.fixture(scope="module")
def holdings(app: FastAPI) -> Holdings:
    found: Holdings = app.state.holdings
    return found


def download(client: TestClient, name: str, folder: Path) -> Path:
    answer = client.get(f"/v1/exports/{name}")
    assert answer.status_code == 200, answer.text
    end = name.rsplit(".", 1)[1]
    assert answer.headers["content-type"].split(";")[0] == FORMATS[end].media_type
    assert name in answer.headers["content-disposition"]
    path = folder / name
    path.write_bytes(answer.content)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_a_geopackage_holds_rows_types_and_places(
    client: TestClient, holdings: Holdings, tmp_path: Path, name: str
) -> None:
    path = download(client, f"{name}.gpkg", tmp_path)
    about = pyogrio.read_info(path)
    held = holdings.held(name)
    assert about["features"] == held.rows.height
    assert list(about["fields"]) == [column.name for column in held.collection.columns]
    if held.collection.geometry != "none":
        assert about["crs"] == "EPSG:4326"
        read = pyogrio.read_dataframe(path)
        assert read.geometry.total_bounds == pytest.approx(held.extent, abs=1e-6)
    times = dict(zip(about["fields"], about["dtypes"], strict=True))
    assert times[held.collection.starts].startswith("datetime64")


@pytest.mark.parametrize("name", NAMES)
def test_a_geoparquet_says_where_its_geometries_are(
    client: TestClient, holdings: Holdings, tmp_path: Path, name: str
) -> None:
    path = download(client, f"{name}.parquet", tmp_path)
    rows = pl.read_parquet(path)
    held = holdings.held(name)
    assert rows["code"].to_list() == held.rows["code"].to_list()
    if held.collection.geometry == "none":
        assert "geometry" not in rows.columns
        return
    geo = json.loads(pl.read_parquet_metadata(path)["geo"])
    column = geo["columns"][geo["primary_column"]]
    assert (geo["version"], column["encoding"]) == ("1.1.0", "WKB")
    shapes = shapely.from_wkb(rows["geometry"].to_numpy())
    assert {shape.geom_type for shape in shapes} == set(column["geometry_types"])
    assert column["bbox"] == pytest.approx(list(shapely.total_bounds(shapes)), abs=1e-6)
    edges = rows["bbox"].struct.unnest().to_numpy()
    assert edges == pytest.approx(shapely.bounds(shapes), abs=1e-6)


@pytest.mark.parametrize("name", ["streetlights", "waters"])
def test_geojson_and_csv_hold_the_same_rows(client: TestClient, tmp_path: Path, name: str) -> None:
    read = pyogrio.read_dataframe(download(client, f"{name}.geojson", tmp_path))
    rows = pl.read_csv(io.BytesIO(client.get(f"/v1/exports/{name}.csv").content))
    assert read["code"].to_list() == rows["code"].to_list()
    if name == "streetlights":
        assert rows["longitude"].to_list() == pytest.approx(read.geometry.x.to_list())
    else:
        shapes = shapely.from_wkt(rows["wkt"].to_numpy())
        assert shapely.total_bounds(shapes) == pytest.approx(read.total_bounds)


def test_a_table_has_no_geojson_and_no_such_file_is_told(client: TestClient) -> None:
    for name in ("feeders.geojson", "streetlights.shp", "nothing.csv", "devices.csv"):
        answer = client.get(f"/v1/exports/{name}")
        assert answer.status_code == 404, name
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_file_too_large_for_one_request_is_refused(holdings: Holdings, tmp_path: Path) -> None:
    with pytest.raises(TooManyRows, match="reverbere export"):
        export(holdings.held("streetlights"), "csv", tmp_path / "x.csv", most=119)
    assert not (tmp_path / "x.csv").exists()


def test_an_empty_layer_is_an_empty_file_of_the_right_shape(
    holdings: Holdings, tmp_path: Path
) -> None:
    for name, form in FORMATS.items():
        path = tmp_path / f"parks.{name}"
        export(holdings.held("parks"), name, path)
        assert path.stat().st_size > 0, form
    assert pyogrio.read_info(tmp_path / "parks.gpkg")["geometry_type"] == "Polygon"
    assert pl.read_parquet(tmp_path / "parks.parquet").height == 0
    assert json.loads((tmp_path / "parks.geojson").read_text())["features"] == []


def test_everything_that_is_offered_can_be_had_in_every_form(
    client: TestClient, holdings: Holdings
) -> None:
    for one in holdings.offered():
        for name, form in FORMATS.items():
            expected = 200 if one.geometry != "none" or form.tables else 404
            assert client.get(f"/v1/exports/{one.id}.{name}").status_code == expected, one.id


def test_a_file_is_made_once_for_each_state_of_its_layer(store: Store) -> None:
    app = application(store[0], clock_at(small_city.EVENING))
    with visiting(app) as client:
        first = client.get("/v1/exports/waters.gpkg").content
        assert client.get("/v1/exports/waters.gpkg").content == first
        part = client.get("/v1/exports/waters.gpkg", headers={"range": "bytes=0-15"})
        assert (part.status_code, part.content) == (206, b"SQLite format 3\x00")
        told = client.head("/v1/exports/waters.gpkg")
        assert (told.content, told.headers["content-length"]) == (b"", str(len(first)))
        assert app.state.shelf.made == 1


def test_who_asks_while_others_are_served_is_asked_back(
    holdings: Holdings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("control_center.open_data.shelf._PATIENCE_S", 0.01)
    with closing(Shelf(1_000)) as shelf:
        with shelf._making, shelf._making, pytest.raises(RateExceeded):
            shelf.file(holdings.held("waters"), "csv")
        made = shelf.file(holdings.held("waters"), "csv")
        assert made.exists()
    assert not made.exists()
