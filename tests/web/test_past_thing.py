"""The panel of a thing at an instant of the past: what was known then, never what is known now."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from psycopg.types.json import Jsonb

from tests.support import small_city
from tests.support.databases import copied_database
from tests.support.small_city import EVENING, SmallCity
from tests.support.web import TestClient, application, clock_at, visiting
from twin.model.states import LightState
from twin.store.database import Database

STARTED = EVENING - timedelta(hours=3)
FLOODED = EVENING - timedelta(minutes=32)
BEFORE, DURING = FLOODED - timedelta(minutes=10), FLOODED + timedelta(minutes=5)


@pytest.fixture(scope="module")
def lived() -> Iterator[tuple[TestClient, SmallCity]]:
    """Give a small city with a history: lit, then out; and since then much has changed."""
    with copied_database("small-city", small_city.build) as (database, city):
        _history(database, city)
        _since_then(database, city)
        with visiting(application(database, clock_at(EVENING))) as client:
            yield client, city


def _history(database: Database, city: SmallCity) -> None:
    with database.connection() as connection:
        for table in ("asset", "link"):
            connection.execute(f"UPDATE {table} SET valid_from = %s", (STARTED,))
        connection.execute(
            "UPDATE asset SET properties = %s WHERE kind = 'streetlight'",
            (Jsonb({"technology": "led", "lamp_w": 42.0}),),
        )
        connection.execute(
            "UPDATE asset SET properties = %s WHERE kind = 'cabinet'",
            (Jsonb({"plinth_m": 0.35, "plinth_source": "plan"}),),
        )
        dark = [int(city.lights[index]) for index in city.dark]
        for at, state in ((STARTED, LightState.LIT), (FLOODED, LightState.CONFIRMED_DARK)):
            connection.execute(
                "INSERT INTO light_state_history SELECT %s, unnest(%s::bigint[]), %s, 0.99",
                (at, dark, int(state)),
            )
        connection.execute(
            "INSERT INTO supply_event (asset_id, at, state, reason, basis, probability, evidence,"
            " by_whom) SELECT id, %s, 'tripped', 'flooded', 'measured', 1, '{}', 'essai'"
            " FROM asset WHERE kind = 'cabinet' AND code = %s",
            (FLOODED, city.flooded),
        )
        stream = connection.execute(
            "INSERT INTO datastream (asset_id, property, channel, unit)"
            " SELECT id, 'active_power', 0, 'W' FROM asset WHERE code = %s RETURNING id",
            (_first_dark(city),),
        ).fetchone()
        assert stream is not None
        for at, watts in ((BEFORE - timedelta(minutes=1), 46), (FLOODED, 0)):
            connection.execute(
                "INSERT INTO observation VALUES (%s, %s, %s, 0, 0)", (at, stream[0], watts)
            )
        connection.execute(
            "INSERT INTO latest VALUES (%s, %s, 0, 0, %s, 1)", (stream[0], FLOODED, FLOODED)
        )


def _since_then(database: Database, city: SmallCity) -> None:
    """Move a light to another cabinet and change its lamp; put a new one up."""
    other = next(code for code in city.cabinets if code != city.flooded)
    changed = EVENING - timedelta(minutes=10)
    with database.connection() as connection:
        light = int(city.lights[city.dark[0]])
        connection.execute(
            "INSERT INTO asset_version SELECT id, valid_from, %s, name, geom, properties"
            " FROM asset WHERE id = %s",
            (changed, light),
        )
        connection.execute(
            "UPDATE asset SET valid_from = %s, properties = %s WHERE id = %s",
            (changed, Jsonb({"technology": "led", "lamp_w": 18.0}), light),
        )
        connection.execute("UPDATE light SET lamp_w = 18 WHERE asset_id = %s", (light,))
        connection.execute("UPDATE link SET valid_to = %s WHERE child_id = %s", (changed, light))
        connection.execute(
            "INSERT INTO link (child_id, parent_id, role, rung, source, confidence, valid_from)"
            " SELECT %s, id, 'supplies', 0, 'register', 1, %s FROM asset WHERE code = %s",
            (light, changed, other),
        )
        connection.execute(
            "UPDATE asset SET valid_from = %s WHERE id = %s", (changed, int(city.lights[-1]))
        )


def _first_dark(city: SmallCity) -> str:
    return f"L-{int(city.dark[0]) + 1:04d}"


Lived = tuple[TestClient, SmallCity]


def told(lived: Lived, thing: str, at: datetime | None, language: str = "fr") -> str:
    """Return the words of a panel."""
    asked = {"lang": language} | ({} if at is None else {"instant": at.isoformat()})
    answer = lived[0].get(f"/pilotage/objets/{thing}", params=asked)
    assert answer.status_code == 200, answer.text
    words = re.sub(r"<script.*?</script>|<[^>]+>", " ", answer.text, flags=re.DOTALL)
    return " ".join(words.replace("\u00a0", " ").split())


def test_a_light_is_told_as_it_was_known(lived: Lived) -> None:
    light = f"streetlight/{_first_dark(lived[1])}"
    before, during, now = (told(lived, light, at) for at in (BEFORE, DURING, None))
    assert "Ce qui était connu à 19 h 32." in before
    assert "Revenir à maintenant" in before
    assert "Ce qui était connu" not in now
    lit, out = "allumé depuis 17 h 14", "éteint, confirmé depuis 19 h 42"
    assert lit in before
    assert out not in before
    assert out in during
    assert f"Coupé par Armoire {lived[1].flooded}" in during
    assert "Derniers relevés Puissance 46 W" in before
    assert "Derniers relevés Puissance 0 W" in during


def test_what_feeds_it_and_its_sheet_are_those_of_then(lived: Lived) -> None:
    client, city = lived
    light = f"streetlight/{_first_dark(city)}"
    before, now = told(lived, light, BEFORE), told(lived, light, None)
    assert f"Armoire {city.flooded} inscrit" in before
    assert f"Armoire {city.flooded} inscrit" not in now
    assert ("42 W" in before, "18 W" in before) == (True, False)
    assert ("42 W" in now, "18 W" in now) == (False, True)
    assert client.get(f"/pilotage/objets/{light}", params={"instant": "hier"}).status_code == 422


def test_a_cabinet_s_latch_and_its_lights_are_those_of_then(lived: Lived) -> None:
    city = lived[1]
    cabinet = f"cabinet/{city.flooded}"
    before, during = told(lived, cabinet, BEFORE), told(lived, cabinet, DURING)
    assert "en service" in before
    assert f"0 sur {city.dark.size}" in before
    assert "coupée depuis 19 h 42" in during
    assert f"{city.dark.size} sur {city.dark.size}" in during
    assert city.incident not in before
    assert "dans l’eau" in during
    for past in (before, during):
        assert "Déclarer" not in past  # nobody acts on the past
        assert "Pour agir, revenez au direct." in past


def test_what_no_history_is_kept_of_is_said_and_not_shown(lived: Lived) -> None:
    city = lived[1]
    young = told(lived, f"streetlight/L-{city.lights.size:04d}", BEFORE)
    assert "état non connu à cet instant" in young
    assert "le registre ne le connaissait pas encore" in young
    assert "42 W" not in young
    light = told(lived, f"streetlight/{_first_dark(city)}", BEFORE)
    assert "Quels boîtiers le suivaient" in light
    long_ago = told(lived, f"cabinet/{city.flooded}", STARTED - timedelta(days=1))
    assert "aucun rattachement n’était enregistré" in long_ago
    assert "35 cm" not in long_ago


def test_programs_read_what_was_known_then(lived: Lived) -> None:
    client, city = lived
    address = f"/v1/things/streetlight/{_first_dark(city)}"
    before, during = (
        client.get(address, params={"at": at.isoformat()}).json() for at in (BEFORE, DURING)
    )
    assert (before["state"], during["state"]) == ("lit", "confirmed_dark")
    assert [one["state"] for one in during["supply"]] == ["normal", "tripped"]
    assert (before["values"][0]["value"], during["values"][0]["value"]) == (46, 0)
    assert (before["incidents"], during["incidents"]) == ([], [city.incident])
    assert "hearing" in before["not_known"]
    now = client.get(address).json()
    assert now["not_known"] == []
    assert now["supply"][0]["code"] != before["supply"][-1]["code"]
    young = f"/v1/things/streetlight/L-{city.lights.size:04d}"
    told = client.get(young, params={"at": BEFORE.isoformat()}).json()
    assert (told["state"], {"state", "sheet"} <= set(told["not_known"])) == (None, True)


def test_the_future_shows_the_present_and_english_stands_beside_french(lived: Lived) -> None:
    cabinet = f"cabinet/{lived[1].flooded}"
    assert "Ce qui était connu" not in told(lived, cabinet, EVENING + timedelta(hours=1))
    english = told(lived, cabinet, DURING, "en")
    assert "What was known at 19:47." in english
    assert "Come back to now" in english
    row = lived[0].get("/pilotage/lampadaires/0", params={"instant": BEFORE.isoformat()}).text
    assert "Ce qui était connu" in row
