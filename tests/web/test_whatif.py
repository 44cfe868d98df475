"""Drills: answers without facts, marked as drills, kept and held beside what happened."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from tests.support.small_city import EVENING, SmallCity
from tests.support.web import TestClient
from twin.store.database import Database


@pytest.fixture
def river(database: Database, city: SmallCity) -> list[str]:
    """Give the gauge its height, and each cabinet a ground 20 cm above the one before."""
    with database.connection() as connection:
        connection.execute(
            "UPDATE asset SET properties = '{\"zero_m_ngf\": 100.0}' WHERE kind = 'river_gauge'"
        )
        for number, code in enumerate(city.cabinets):
            connection.execute(
                "UPDATE supply_device SET ground_m_ngf = %s, plinth_m = 0.35 FROM asset a"
                " WHERE a.id = asset_id AND a.kind = 'cabinet' AND a.code = %s",
                (102.0 + 0.2 * number, code),
            )
    return city.cabinets


def facts(database: Database) -> list[Any]:
    """Everything that a drill must not touch."""
    tables = ("incident", "supply_state", "supply_event", "light_state", "flood", "flood_polygon")
    with database.connection() as connection:
        return [
            connection.execute(f"SELECT md5(string_agg(t::text, ',')) FROM {table} t").fetchone()  # type: ignore[arg-type] # names above
            for table in tables
        ]


def at(client: TestClient, level: float) -> dict[str, Any]:
    answer = client.get("/v1/whatif", params={"level_m": level})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_higher_level_puts_out_the_next_cabinet_and_no_fact_changes(
    client: TestClient, river: list[str], database: Database
) -> None:
    before = facts(database)
    assert at(client, 2.35)["devices"] == []  # strictly above
    low, high = at(client, 2.36), at(client, 2.56)
    assert [one["code"] for one in low["devices"]] == [river[0]]
    assert {one["code"] for one in high["devices"]} == set(river[:2])
    assert low["simulated"] is True
    assert high["headline"]["lights"] > low["headline"]["lights"] > 0
    assert low["devices"][0]["depth_m"] == pytest.approx(0.36)
    assert sum(step["lights"] for step in high["repairs"]) == high["headline"]["lights"]
    assert high["repairs"][0]["streets"]
    done = [step["done_h"] for step in high["repairs"]]
    assert done == pytest.approx(np.cumsum([step["hours"] for step in high["repairs"]]))
    assert high["unknown"]["assumed_repairs"] == 2  # no past repair tells how long
    assert facts(database) == before


def test_an_ensemble_answers_as_each_level_does_and_keeps_what_it_put_out(
    client: TestClient, river: list[str]
) -> None:
    levels = [[2.0, 2.36, 2.0, 2.56], [2.56, 2.0, 2.0, 2.0]]
    found = client.post("/v1/whatif/ensemble", json={"levels_m": levels}).json()
    one, two = (at(client, level)["headline"]["lights"] for level in (2.36, 2.56))
    assert found["lights"] == [[0, one, one, two], [two] * 4]
    assert found["devices"] == [[0, 1, 1, 2], [2] * 4]
    ragged = client.post("/v1/whatif/ensemble", json={"levels_m": [[1.0], [1.0, 2.0]]})
    assert ragged.json()["rule"] == "ragged_ensemble"


def test_drawn_sheets_are_answered_and_what_is_none_is_refused(
    client: TestClient, river: list[str], city: SmallCity
) -> None:
    everywhere = [[[4.2, 45.4], [4.4, 45.4], [4.4, 45.6], [4.2, 45.6], [4.2, 45.4]]]
    bow = [[[4.2, 45.4], [4.4, 45.6], [4.4, 45.4], [4.2, 45.6], [4.2, 45.4]]]
    asked = {"geometry": {"type": "Polygon", "coordinates": everywhere}, "depth_m": 0.5}
    found = client.post("/v1/whatif", json={"sheets": [asked]}).json()
    assert found["headline"]["cabinets"] == len(city.cabinets)
    shallow = client.post("/v1/whatif", json={"sheets": [{**asked, "depth_m": 0.35}]}).json()
    assert shallow["devices"] == []
    crossed = {"geometry": {"type": "Polygon", "coordinates": bow}, "depth_m": 0.5}
    assert client.post("/v1/whatif", json={"sheets": [crossed]}).status_code == 200
    point = {"geometry": {"type": "Point", "coordinates": [4.3, 45.5]}, "depth_m": 0.5}
    assert client.post("/v1/whatif", json={"sheets": [point]}).json()["rule"] == "not_a_sheet"
    negative = {**asked, "depth_m": -1}
    assert client.post("/v1/whatif", json={"sheets": [negative]}).status_code == 422


def test_the_ranking_begins_with_what_would_darken_most(
    client: TestClient, river: list[str]
) -> None:
    found = client.get("/v1/whatif/ranking", params={"limit": 5}).json()
    metres = [one["attributed_m"] for one in found]
    assert metres == sorted(metres, reverse=True)
    assert found[0]["kind"] == "cabinet"


def test_a_drill_is_kept_once_and_held_beside_what_happened(
    client: TestClient, river: list[str], database: Database, city: SmallCity
) -> None:
    asked = {"name": "Crue décennale", "level_m": 2.56}
    saved = client.post("/v1/whatif/scenarios", json=asked)
    assert saved.status_code == 201
    slug = saved.json()["slug"]
    assert client.post("/v1/whatif/scenarios", json=asked).status_code == 409
    with database.connection() as connection:
        for code in (river[1], river[2]):
            connection.execute(
                "INSERT INTO supply_event (asset_id, at, state, reason, basis, probability,"
                " evidence, by_whom) SELECT id, %s, 'tripped', 'flooded', 'computed', 0.9, '{}',"
                " 'x' FROM asset WHERE kind = 'cabinet' AND code = %s",
                (EVENING, code),
            )
    span = {
        "start": (EVENING - timedelta(hours=1)).isoformat(),
        "end": (EVENING + timedelta(hours=1)).isoformat(),
    }
    found = client.get(f"/v1/whatif/scenarios/{slug}/comparison", params=span).json()
    assert (found["both"], found["only_drill"], found["only_happened"]) == (
        [river[1]], [river[0]], [river[2]]
    )  # fmt: skip
    assert found["precision"] == found["recall"] == 0.5
    for name, told in found["measures"].items():
        if told["drill"] is not None:
            assert told["drill"] == told["both"] + told["only_drill"], name
    lights = found["measures"]["lights"]
    alone = [at(client, level)["headline"]["lights"] for level in (2.36, 2.56, 2.76)]
    assert (lights["both"], lights["only_drill"]) == (alone[1] - alone[0], alone[0])
    assert lights["only_happened"] == alone[2] - alone[1]
    assert found["measures"]["metres"]["happened"] > 0
    assert found["streets"]["only_drill"] or found["streets"]["both"]
    words = found["sentence"].replace("\u00a0", " ")
    assert words.startswith("« Crue décennale » annonçait 2 équipements, l’eau a coupé 2")
    assert f"manqué {lights['only_happened']} lampadaires" in words
    page = client.get("/pilotage/et-si", params={"exercice": slug}).text
    assert "Crue décennale" in page
    assert "Prévues, non coupées" in page
    assert "annonçait" in page
    assert "habitants, environ" in page.replace("\u00a0", " ")


def test_repairs_take_as_long_as_past_ones_of_their_kind(
    client: TestClient, river: list[str], database: Database
) -> None:
    with database.connection() as connection:
        for number in range(6):
            connection.execute(
                "INSERT INTO past_outage VALUES (%(code)s, 'flood', %(at)s, %(at)s, NULL,"
                " %(at)s::timestamptz + %(hours)s * interval '1 hour', 'cabinet', '', '', 'x',"
                " true)",
                {
                    "code": f"P-{number}",
                    "at": EVENING - timedelta(days=30),
                    "hours": 14 + number,
                },
            )
    answer = at(client, 2.56)
    assert [step["hours"] for step in answer["repairs"]] == [16.5, 16.5]
    assert answer["unknown"]["assumed_repairs"] == 0


def test_the_page_answers_without_a_script_and_says_that_it_is_a_drill(
    client: TestClient, river: list[str], database: Database
) -> None:
    before = facts(database)
    page = client.get("/pilotage/et-si", params={"niveau": 2.56}).text.replace("\u00a0", " ")
    assert "Si l’eau était à 2,56 m : 2 armoires et" in page
    assert "aucun fait n’est touché" in page
    assert river[2] in page  # the next to go
    part = client.get(
        "/pilotage/et-si", params={"niveau": 2.36}, headers={"x-part": "1"}
    ).text.replace("\u00a0", " ")
    assert part.lstrip().startswith("<h1>Si l’eau était à 2,36 m")
    kept = client.post(
        "/pilotage/et-si",
        data={"name": "Essai", "field": "niveau", "level": "2.56", "of": "VR-02"},
        follow_redirects=False,
    )
    assert kept.status_code == 303
    assert facts(database) == before


def test_without_a_height_of_the_gauge_nothing_is_invented(
    client: TestClient, city: SmallCity, database: Database
) -> None:
    assert client.get("/v1/whatif", params={"level_m": 3}).status_code == 404
    with database.connection() as connection:
        connection.execute("DELETE FROM flood_extent")
    page = client.get("/pilotage/et-si").text
    assert "Aucune station de mesure n’a d’altitude connue" in page
    assert 'type="range"' not in page


def test_a_recorded_flood_can_stand_higher_where_no_gauge_has_a_height(
    client: TestClient, city: SmallCity, database: Database
) -> None:
    before = facts(database)
    same, higher = (
        client.get("/v1/whatif/floods/crue", params={"rise_m": rise}).json() for rise in (0, 1.5)
    )
    assert city.flooded in {one["code"] for one in same["devices"]}
    assert len(higher["devices"]) >= len(same["devices"])
    assert client.get("/v1/whatif/floods/crue", params={"rise_m": -5}).json()["devices"] == []
    assert client.get("/v1/whatif/floods/nulle-part").status_code == 404
    page = client.get("/pilotage/et-si", params={"hausse": 0.5}).text.replace("\u00a0", " ")
    assert "Si « Crue de la Vaire » montait de 0,50 m" in page
    kept = {"name": "Plus haut", "field": "hausse", "level": "0.5", "of": "crue"}
    client.post("/pilotage/et-si", data=kept)
    assert "Plus haut" in client.get("/pilotage/et-si").text
    assert facts(database) == before


def contour(*corners: tuple[float, float]) -> str:
    return "\n".join(f"{latitude}, {longitude}" for longitude, latitude in corners)


EVERYWHERE = contour((4.2, 45.4), (4.4, 45.4), (4.4, 45.6), (4.2, 45.6))


def test_a_sheet_drawn_by_hand_is_answered_with_and_without_a_script(
    client: TestClient, river: list[str], city: SmallCity, database: Database
) -> None:
    before = facts(database)
    asked = {"contour": EVERYWHERE, "depth": "0.5"}
    whole = client.post("/pilotage/et-si/dessin", data=asked).text.replace("\u00a0", " ")
    count = len(city.cabinets)
    assert f"Avec 0,50 m d’eau ici : {count} armoires et" in whole
    assert "<textarea" in whole
    part = client.post("/pilotage/et-si/dessin", data=asked, headers={"x-part": "1"}).text
    assert "<textarea" not in part
    assert all(f'"{code}"' in part for code in city.cabinets)
    crossed = {**asked, "contour": contour((4.2, 45.4), (4.4, 45.6), (4.4, 45.4), (4.2, 45.6))}
    assert "il a été réparé" in client.post("/pilotage/et-si/dessin", data=crossed).text
    far = {**asked, "contour": contour((0, 0), (0.1, 0), (0, 0.1))}
    assert "Aucune armoire ne se couperait" in client.post("/pilotage/et-si/dessin", data=far).text
    kept = client.post("/pilotage/et-si/dessin/garder", data={**asked, "name": "À la main"})
    assert "À la main" in kept.text
    assert facts(database) == before


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("", "Dessinez une nappe d’eau"),
        ("47.1, -0.5\n47.2, -0.5", "Dessinez une nappe d’eau"),
        ("45,4 ; 4,2\n45,4 ; 4,4\n45,6 ; 4,4", "d’eau ici"),
        ("45.4 4.2\n\nquai\n45.6 4.4", "La ligne 3 n’est pas un point : « quai »"),
        ("45.4 4.2\n97 4.2\n45.6 4.4", "La ligne 2 n’est pas un point"),
        ("45.4 4.2 7\n45.5 4.2\n45.6 4.4", "La ligne 1 n’est pas un point"),
        ("45.4 nan\n45.5 4.2\n45.6 4.4", "La ligne 1 n’est pas un point"),
    ],
)
def test_corners_are_read_one_a_line_and_what_is_none_is_named(
    client: TestClient, river: list[str], written: str, told: str
) -> None:
    asked = {"contour": written, "depth": "0.5"}
    page = client.post("/pilotage/et-si/dessin", data=asked).text.replace("\u00a0", " ")
    assert told in page
