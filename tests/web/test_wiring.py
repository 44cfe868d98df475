"""What the operator is shown where the wiring is in doubt."""

from zoneinfo import ZoneInfo

import polars as pl
import pytest

from control_center.catalogue import texts
from control_center.moments import Moments
from control_center.wall.thing import Things
from gis.wiring_defects import DERIVED, DISPROVED
from tests.support.small_city import EVENING, SmallCity
from tests.support.web import TestClient
from twin.store.database import Database
from twin.store.wiring import WiringReader, WiringWriter


def make_dirty(database: Database, *rows: tuple[int, str, float | None]) -> None:
    """Say that things are dirty: asset, defect, longitude of the spot."""
    defects = pl.DataFrame(
        {
            "asset_id": [row[0] for row in rows],
            "defect": [row[1] for row in rows],
            "detail": ["detail"] * len(rows),
            "longitude": [row[2] for row in rows],
            "latitude": [None if row[2] is None else 45.0 for row in rows],
        },
        schema_overrides={"longitude": pl.Float64, "latitude": pl.Float64},
    )
    with database.connection() as connection:
        WiringWriter(connection, EVENING).merge_defects(defects)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_defect_has_words(language: str) -> None:
    words = texts(language)
    assert all(words.plain(f"wiring.defect.{defect}") for defect in (*DERIVED, DISPROVED))


def test_the_map_gets_a_point_where_the_topology_is_dirty(
    client: TestClient, database: Database, city: SmallCity
) -> None:
    assert client.get("/v1/map/topology").json()["features"] == []
    make_dirty(
        database, (int(city.lights[0]), "dual_feed", None), (int(city.lights[1]), "far", 4.5)
    )
    found = client.get("/v1/map/topology").json()
    assert found["nowhere"] == 0
    points = {f["properties"]["defect"]: f for f in found["features"]}
    assert points["far"]["geometry"]["coordinates"] == [4.5, 45.0]
    assert points["dual_feed"]["properties"]["label"] == "plusieurs armoires peuvent l’alimenter"


def test_the_panel_of_a_thing_says_what_is_wrong_with_its_wiring(
    database: Database, city: SmallCity
) -> None:
    make_dirty(database, (int(city.lights[0]), "contradicted", None))
    code = WiringReader(database).defects()["code"][0]
    things = Things(database, texts("fr"), Moments(texts("fr"), ZoneInfo("Europe/Paris"), EVENING))
    said = dict(things.panel("streetlight", code).facts)
    assert said["Câblage à vérifier"].startswith("le registre et le plan des câbles")
