"""What the operator is shown where the wiring is in doubt."""

import json
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_center.catalogue import texts
from control_center.live.trees import shortest_tree
from control_center.moments import Moments
from control_center.wall.thing import Things
from control_center.wall.wiring import sentence
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
            "facts": ["{}"] * len(rows),
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


def test_a_spot_is_told_in_a_sentence_with_its_names(
    client: TestClient, database: Database, city: SmallCity
) -> None:
    """With the facts that its finder keeps; without them, in plain words."""
    said: dict[str, tuple[dict[str, str | float], str]] = {
        "unknown_parent": ({"named": "A-9"}, "le registre le rattache à A-9, qui n’existe pas"),
        "far": ({"km": 2.3}, "à 2,3 km de son armoire"),
        "contradicted": (
            {"said": "A-1", "drawn": "A-2"},
            "le registre dit A-1, les câbles mènent à A-2; le registre est suivi",
        ),
        "disproved": (
            {"said": "A-1", "moves": "A-2"},
            "le registre dit A-1, mais il s’éteint avec ceux de A-2; le registre est suivi",
        ),
        "two_parents": (
            {"feeder": "D1", "above": "A-1", "cabinet": "A-2"},
            "inscrit sur le départ D1 de l’armoire A-1, et sur l’armoire A-2",
        ),
        "orphan": ({}, "rien de connu ne l’alimente"),
    }
    words = texts("fr")
    for defect, (facts, expected) in said.items():
        row = {"defect": defect, "facts": json.dumps(facts)}
        told = sentence(words, row).replace("\xa0", " ")
        assert told.replace(" ;", ";") == expected
        plain = words.plain(f"wiring.defect.{defect}")
        assert sentence(words, {"defect": defect, "facts": "{}"}) == plain
    make_dirty(database, (int(city.lights[0]), "far", 4.5))
    page = client.get("/pilotage/cablage").text  # whole, for a browser without the map
    assert "<h1" in page
    card = client.get("/pilotage/cablage", headers={"x-part": "1"}).text
    assert "<h1" not in card
    code = WiringReader(database).defects()["code"][0]
    assert f'data-thing="streetlight:{code}"' in card
    assert "On sait ce qui alimente 100" in card


def test_wires_join_the_lights_of_a_feeder_by_how_they_are_known(
    client: TestClient, database: Database, city: SmallCity
) -> None:
    box = {"bbox": "4.29,45.49,4.31,45.51"}

    def lines() -> dict[tuple[str, float], int]:
        found = client.get("/v1/map/wires", params=box).json()
        assert found["more"] is False
        return {
            (one["properties"]["how"], one["properties"]["sure"]): len(
                one["geometry"]["coordinates"]
            )
            for one in found["features"]
        }

    assert lines() == {
        ("known", 0.75): city.lights.size
    }  # one a light: from its parent in the tree
    with database.connection() as connection:
        for share, rung, confidence in ((4, 3, 0.3), (9, 4, 0.97)):
            connection.execute(
                "UPDATE link SET rung = %s, confidence = %s WHERE child_id = ANY(%s)",
                (rung, confidence, [int(one) for one in city.lights[:: city.lights.size // share]]),
            )
    changed = lines()
    assert sum(changed.values()) == city.lights.size
    assert {key[0] for key in changed} == {"known", "learnt", "guessed"}
    assert changed["guessed", 0.25] >= 3
    nowhere = client.get("/v1/map/wires", params={"bbox": "5,46,5.1,46.1"}).json()
    assert nowhere["features"] == []
    for bad in ("1,2,3", "a,b,c,d", "5,46,4,47", "0,0,999,1"):
        assert client.get("/v1/map/wires", params={"bbox": bad}).status_code == 400


def test_a_light_on_a_guessed_feeder_is_a_guess(
    client: TestClient, database: Database, city: SmallCity
) -> None:
    with database.connection() as connection:
        connection.execute(
            "UPDATE link SET rung = 3, confidence = 0.5 WHERE child_id IN"
            " (SELECT id FROM asset WHERE kind = 'feeder')"
        )
    found = client.get("/v1/map/wires", params={"bbox": "4.29,45.49,4.31,45.51"}).json()
    assert {one["properties"]["how"] for one in found["features"]} == {"guessed"}
    assert {one["properties"]["sure"] for one in found["features"]} == {0.25}  # 0.98 times 0.5


@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_a_tree_reaches_every_point_once_and_never_turns_back(points: int, seed: int) -> None:
    tree = shortest_tree(np.random.default_rng(seed).uniform(4.2, 4.3, (points, 2)))
    assert sorted(tree.child) == list(range(1, points))
    known = {0}
    for parent, child in zip(tree.parent, tree.child, strict=True):
        assert parent in known
        known.add(int(child))


def test_the_panel_of_a_thing_says_what_is_wrong_with_its_wiring(
    database: Database, city: SmallCity
) -> None:
    make_dirty(database, (int(city.lights[0]), "contradicted", None))
    code = WiringReader(database).defects()["code"][0]
    things = Things(database, texts("fr"), Moments(texts("fr"), ZoneInfo("Europe/Paris"), EVENING))
    said = dict(things.panel("streetlight", code).facts)
    assert said["Câblage à vérifier"].startswith("le registre et le plan des câbles")
