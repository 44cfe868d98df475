"""Programs of others open the door: GDAL's OAPIF driver (the one behind QGIS' data) and OWSLib."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pyogrio
import pytest
import shapely
from owslib.ogcapi.features import Features

from control_center.open_data.collections import COLLECTIONS
from tests.support.small_city import SmallCity
from twin.store.database import Database

Store = tuple[Database, SmallCity]


@pytest.fixture(scope="module")
def source(address: str) -> str:
    """The door as GDAL names it."""
    if "OAPIF" not in pyogrio.list_drivers():
        pytest.skip("needs GDAL's OAPIF driver, which this build of pyogrio lacks")
    return f"OAPIF:{address}/ogc"


@pytest.fixture(scope="module")
def gdal(source: str) -> Iterator[Callable[..., Any]]:
    """Call pyogrio from a process of its own: it lets nobody else run while it reads."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
        yield lambda what, **asked: elsewhere.submit(what, source, **asked).result(timeout=200)


# ------------------------------------------------------------------------------------------ GDAL
def test_gdal_lists_every_layer_with_its_kind_of_geometry(gdal: Callable[..., Any]) -> None:
    kinds = {"point": "Point", "line": "LineString", "area": "Polygon", "none": "Unknown"}
    found = dict(gdal(pyogrio.list_layers))
    empty = found.pop("live-defects")
    assert empty == "Unknown"
    assert found == {name: kinds[COLLECTIONS[name].geometry] for name in found}
    assert {"streetlights", "live-lights", "live-incidents", "live-gauges"} <= set(found)


def test_gdal_reads_types_that_no_value_shows(gdal: Callable[..., Any]) -> None:
    about = gdal(pyogrio.read_info, layer="streetlights")
    types = dict(zip(about["fields"], about["dtypes"], strict=True))
    assert types["height_m"] == "float64"  # null everywhere in the small city
    assert types["supply_rung"] == "int32"
    assert types["valid_from"].startswith("datetime64")
    assert about["features"] == 120


def test_gdal_reads_lights_with_their_state_page_by_page(
    gdal: Callable[..., Any], store: Store
) -> None:
    lights = gdal(pyogrio.read_dataframe, layer="live-lights", PAGE_SIZE=17)
    assert len(lights) == len(set(lights["code"])) == 120
    dark = lights[lights["state"].str.endswith("_dark")]
    assert len(dark) == store[1].dark.size
    assert set(dark["probability_dark"]) == {0.94, 0.99}
    assert lights["since"].notna().all()


def test_gdal_filters_at_the_door(gdal: Callable[..., Any]) -> None:
    inferred = gdal(pyogrio.read_dataframe, layer="live-lights", where="state='inferred_dark'")
    assert len(inferred) == 6
    west = gdal(pyogrio.read_dataframe, layer="streetlights", bbox=(4.2985, 45.498, 4.3, 45.5))
    assert 0 < len(west) < 120
    assert west.geometry.x.between(4.2985, 4.3).all()


def test_gdal_puts_coordinates_where_they_belong_in_every_system(gdal: Callable[..., Any]) -> None:
    plain = gdal(pyogrio.read_dataframe, layer="streetlights").set_index("code")
    metric = gdal(pyogrio.read_dataframe, layer="streetlights", CRS="EPSG:2154")
    back = metric.set_index("code").to_crs("OGC:CRS84")
    there = back.geometry.reindex(plain.index)
    apart = shapely.distance(plain.geometry.to_numpy(), there.to_numpy())
    assert apart.max() < 2e-7  # a centimetre, in degrees


def test_gdal_reads_a_table_that_has_no_places(gdal: Callable[..., Any]) -> None:
    feeders = gdal(pyogrio.read_dataframe, layer="feeders", read_geometry=False)
    assert len(feeders) == 20
    assert feeders["supplied_by"].str.startswith("A-").all()


# ---------------------------------------------------------------------------------------- OWSLib
def test_owslib_finds_its_way_from_the_landing_page(address: str) -> None:
    door = Features(f"{address}/ogc")
    assert door.conformance()["conformsTo"]
    assert door.api()["openapi"] == "3.0.3"
    assert "streetlights" in door.feature_collections()
    assert door.collection("streetlights")["storageCrs"].endswith("CRS84")
    assert "supply_rung" in door.collection_queryables("streetlights")["properties"]


def test_owslib_reads_items_and_one_item(address: str) -> None:
    door = Features(f"{address}/ogc")
    some = door.collection_items("streetlights", limit=2, bbox=[4.2, 45.4, 4.4, 45.6])
    assert (some["numberMatched"], some["numberReturned"]) == (120, 2)
    assert door.collection_item("streetlights", "L-0003")["id"] == "L-0003"
    when = door.collection_items("live-incidents", datetime_="2026-11-19T18:45:00Z")
    assert when["numberMatched"] == 1
    inferred = door.collection_items("live-lights", state="inferred_dark")
    assert inferred["numberMatched"] == 6


def test_owslib_gets_our_sentence_when_it_asks_wrongly(address: str) -> None:
    with pytest.raises(RuntimeError, match="limit: a whole number"):
        Features(f"{address}/ogc").collection_items("streetlights", limit=-1)
