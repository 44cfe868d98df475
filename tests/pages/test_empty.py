"""A territory about which next to nothing is known: pages say so, none fails."""

from typing import Any

import pytest

from tests.pages.conftest import Visit
from tests.pages.test_resident import words
from tests.pages.town import EVENING, Town
from twin.store.database import Database

PAGES = ("/rues", "/economies", "/arrosage")


def territory(database: Database, **more: Any) -> None:
    with database.connection() as connection:
        Town(connection).row(
            "territory",
            slug="lecce",
            name="Lecce",
            simulated=False,
            timezone="Europe/Rome",
            metric_srid=32633,
            longitude=18.17,
            latitude=40.35,
            created_at=EVENING,
            **more,
        )


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_territory_without_anything_has_its_pages(
    database: Database, visit: Visit, path: str, language: str
) -> None:
    territory(database)
    answer = visit(database).get(path, params={"lang": language})
    assert answer.status_code == 200
    told = words(answer.text)
    assert "Ville simulée" not in told
    assert "None" not in told


def test_searching_where_no_street_is_known_finds_none(database: Database, visit: Visit) -> None:
    territory(database)
    answer = visit(database).get("/rues", params={"q": "roma"})
    assert "Aucune rue de Lecce ne porte ce nom." in words(answer.text)


@pytest.mark.parametrize("path", [*PAGES, "/rue/roma", "/preuve/I-1"])
def test_without_a_territory_pages_say_that_there_is_none(
    database: Database, visit: Visit, path: str
) -> None:
    answer = visit(database).get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert "Traceback" not in answer.text


def test_a_street_whose_lights_were_never_assessed_claims_nothing(
    database: Database, visit: Visit
) -> None:
    territory(database)
    with database.connection() as connection:
        town = Town(connection)
        street = town.asset("street", "via-roma", "Via Roma")
        section = town.asset("street_section", "t-1")
        town.row("street_section", asset_id=section, street_id=street, length_cm=10_000)
        for number in range(3):
            light = town.asset("streetlight", f"L-{number}")
            town.row("light", asset_id=light, section_id=section)
    told = words(visit(database).get("/rue/via-roma").text)
    assert "Aucune mesure dans cette rue." in told
    assert "3 sans mesure" in told
