"""The gardener's pages without JavaScript: cards, reasons, orders by forms."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.pages.conftest import Visit
from tests.pages.garden import PARK, ZONES
from tests.pages.test_resident import words
from tests.pages.town import EVENING
from tests.support.web import TestClient
from twin.clock import VirtualClock
from twin.model.states import CommandState
from twin.store import commands
from twin.store.database import Database

PAGE = f"/arrosage/{PARK}"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(EVENING)


@pytest.fixture
def garden(own_bellerive: Database, visit: Visit, clock: VirtualClock) -> Iterator[TestClient]:
    return visit(own_bellerive, clock)


def order(client: TestClient, act: str, zone: str = "Z-1", **more: Any) -> str:
    """Send the form and read the page that it leads to."""
    fields = {"zone": zone, "act": act, "key": f"key-{act}-{zone}", "minutes": "10", **more}
    answer = client.post(f"{PAGE}/ordres", data=fields)
    assert answer.status_code == 303
    return words(client.get(answer.headers["location"]).text)


def card(page: str, zone: str) -> str:
    return words(
        "</head>" + page.split(f'id="zone-{zone}"')[1].partition('</li>\n<li class="zone')[0]
    )


def move(database: Database, state: CommandState, at: Any, reason: str = "") -> None:
    """Let the newest order go through what the network and the valve would say."""
    path = [CommandState.QUEUED, CommandState.SENT, CommandState.CONFIRMED]
    steps = path[: path.index(state) + 1] if state in path else [state]
    with database.connection() as connection:
        row = connection.execute(
            "SELECT id FROM command ORDER BY requested_at DESC LIMIT 1"
        ).fetchone()
        assert row is not None
        moved = [
            commands.advance(connection, row[0], step, at=at, source="network", reason=reason)
            for step in steps
        ]
        assert moved[-1]  # steps taken earlier are not taken again


def say(database: Database, clock: VirtualClock, *, is_open: bool) -> None:
    """Let the first valve say whether it is open."""
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO datastream (asset_id, property, channel, unit) SELECT id, 'valve_open', 0,"
            " 'bool' FROM asset WHERE code = 'V-1'"
        )
        connection.execute(
            "INSERT INTO latest SELECT id, %(at)s, %(value)s, 0, %(at)s, 2 FROM datastream"
            " WHERE property = 'valve_open'",
            {"at": clock.now(), "value": float(is_open)},
        )


def test_parks_are_listed_with_what_the_night_gives_them(evening: TestClient) -> None:
    told = words(evening.get("/arrosage").text)
    assert "Parc des Cordeliers 2 secteurs sur 5 792 L" in told


def test_the_driest_zone_comes_first(evening: TestClient) -> None:
    page = evening.get(PAGE).text
    assert re.findall(r'data-zone="(Z-\d)"', page)[:2] == ["Z-1", "Z-5"]
    assert len(re.findall(r'class="zone[ "]', page)) == len(ZONES)


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Z-1", "Massif des roses Manque d’eau 12 min 264 L Réserve 38 % seuil 50 % après 69 %"),
        (
            "Z-1",
            "Il manque 14,2 mm au sol : évaporation 18,2 mm depuis le mardi 10 novembre, 9 jours",
        ),
        (
            "Z-1",
            "Les arroseurs donnent 14,0 mm par heure : il faut donc 12 min, soit 2,8 mm ou 264 L.",
        ),
        ("Z-1", "En 2 fois, pour que l’eau pénètre."),
        ("Z-2", "Pelouse sud Assez d’eau 0 min Réserve 83 %"),
        ("Z-2", "La réserve est à 83 % ; nous arrosons quand elle descend à 50 %."),
        ("Z-3", "Aucun boîtier ne commande la vanne de ce secteur."),
        ("Z-4", "Réserve du sol inconnue Il manque des mesures de pluie ou de météo"),
    ],
)
def test_each_card_says_its_minutes_and_why(evening: TestClient, zone: str, said: str) -> None:
    assert said in card(evening.get(PAGE).text, zone)


def test_forecast_rain_is_nowhere_and_restrictions_are_not_claimed(evening: TestClient) -> None:
    told = words(evening.get(PAGE).text)
    assert "Les restrictions d’eau ne sont pas suivies ici" in told


def test_an_order_goes_through_its_honest_states(
    garden: TestClient, own_bellerive: Database, clock: VirtualClock
) -> None:
    told = order(garden, "water")
    assert "Arroser 10 min, demandé à 20 h 14 En attente Envoyé Confirmé" in told
    assert "Massif des roses : ouverture demandée. Arrêter" in told
    assert "segments-" not in garden.get(PAGE).text
    move(own_bellerive, CommandState.SENT, clock.now())
    shown = garden.get(PAGE).text.partition('class="order"')[2].partition("</ol>")[0]
    assert re.findall(r'<li class="(\w+)">', shown) == ["done", "done", "todo"]
    clock.advance(5)
    move(own_bellerive, CommandState.CONFIRMED, clock.now())
    told = card(garden.get(PAGE).text, "Z-1")
    assert "Arrosage en cours" in told
    assert "Confirmé 20 h 14" in told
    assert "Massif des roses : l’eau coule jusqu’à 20 h 24" in words(garden.get(PAGE).text)
    clock.advance(11 * 60)
    assert "Arrosage en cours" not in card(garden.get(PAGE).text, "Z-1")


def test_the_valve_s_own_word_comes_before_the_arithmetic(
    garden: TestClient, own_bellerive: Database, clock: VirtualClock
) -> None:
    order(garden, "water")
    move(own_bellerive, CommandState.CONFIRMED, clock.now())
    clock.advance(30)
    say(own_bellerive, clock, is_open=False)
    clock.advance(60)
    assert "Arrosage en cours" not in card(garden.get(PAGE).text, "Z-1")


def test_while_a_valve_says_open_the_page_offers_to_stop_it(
    garden: TestClient, own_bellerive: Database, clock: VirtualClock
) -> None:
    order(garden, "water")
    move(own_bellerive, CommandState.CONFIRMED, clock.now())
    clock.advance(60)
    say(own_bellerive, clock, is_open=True)
    clock.advance(60)
    told = order(garden, "stop")  # asked for, not confirmed: water still runs
    assert "Arrosage en cours" in told
    assert "Massif des roses : l’eau coule. Arrêter" in told
    move(own_bellerive, CommandState.CONFIRMED, clock.now())
    assert "Arrosage en cours" not in card(garden.get(PAGE).text, "Z-1")


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        (CommandState.FAILED, "unconfirmed", "allez voir sur place"),
        (CommandState.EXPIRED, "expired", "il ne sera plus exécuté"),
        (CommandState.FAILED, "something_new", "vérifiez la vanne sur place"),
    ],
)
def test_a_failure_replaces_the_confirmation_and_says_why(  # noqa: PLR0917 - columns of the table
    garden: TestClient,
    own_bellerive: Database,
    clock: VirtualClock,
    state: CommandState,
    reason: str,
    said: str,
) -> None:
    order(garden, "water")
    move(own_bellerive, state, clock.now(), reason)
    told = card(garden.get(PAGE).text, "Z-1")
    assert "Échec" in told
    assert "Confirmé" not in told
    assert said in told


def test_stop_takes_the_place_of_water_and_withdraws_what_waits(
    garden: TestClient, own_bellerive: Database, clock: VirtualClock
) -> None:
    order(garden, "water")
    clock.advance(3)
    told = order(garden, "stop")
    assert "Arrêter, demandé à 20 h 14" in told
    with own_bellerive.connection() as connection:
        rows = connection.execute(
            "SELECT verb, state FROM command ORDER BY requested_at"
        ).fetchall()
    assert rows == [("open_valve", "cancelled"), ("close_valve", "requested")]


def test_a_second_watering_is_refused_while_one_runs(
    garden: TestClient, own_bellerive: Database
) -> None:
    order(garden, "water")
    told = order(garden, "water", key="another-key")
    assert "Refusé : Ce secteur est déjà en cours d’arrosage." in told
    with own_bellerive.connection() as connection:
        assert connection.execute("SELECT count(*) FROM command").fetchone() == (1,)


def test_the_same_form_sent_twice_is_one_order(garden: TestClient, own_bellerive: Database) -> None:
    for _ in range(3):
        order(garden, "water")
    with own_bellerive.connection() as connection:
        assert connection.execute("SELECT count(*) FROM command").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM audit").fetchone() == (1,)


def test_a_night_can_be_skipped_and_taken_back(garden: TestClient, own_bellerive: Database) -> None:
    told = order(garden, "skip")
    assert "Sauté cette nuit" in told
    assert "jusqu’à demain midi" in told
    assert "Ne plus sauter" in told
    assert "Sauté cette nuit" not in order(garden, "resume", key="another-key")
    with own_bellerive.connection() as connection:
        acts = connection.execute("SELECT act, subject FROM audit ORDER BY id").fetchall()
    assert acts == [("skip_watering", "hydrozone:Z-1"), ("resume_watering", "hydrozone:Z-1")]


def test_a_zone_without_a_driven_valve_offers_no_button(evening: TestClient) -> None:
    page = evening.get(PAGE, params={"secteur": "Z-3"}).text
    assert "Ce secteur n’a pas de vanne commandée d’ici." in words(page)
    assert '<div class="bar-dry" hidden>' in page


def test_english_stands_beside(evening: TestClient) -> None:
    told = words(evening.get(PAGE, params={"lang": "en"}).text)
    assert "Reserve 38% threshold 50% after 69%" in told
    assert "Water 10 min" in told


def test_an_unknown_park_is_not_found(evening: TestClient) -> None:
    assert evening.get("/arrosage/nulle-part").status_code == 404


def test_the_telephone_can_keep_the_page(evening: TestClient) -> None:
    manifest = evening.get("/arrosage/manifest.webmanifest").json()
    assert manifest["scope"] == "/arrosage"
    assert {icon["sizes"] for icon in manifest["icons"]} == {"any", "192x192", "512x512"}
    for icon in manifest["icons"]:
        assert evening.get(icon["src"]).status_code == 200
    worker = evening.get("/arrosage/sw.js")
    assert worker.headers["service-worker-allowed"] == "/arrosage"
    assert worker.headers["cache-control"] == "no-cache"
    for kept in re.findall(r'"(/static/[^"]+)"', worker.text):
        assert evening.get(kept).status_code == 200
