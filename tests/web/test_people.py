"""Who may act: open on loopback, keys elsewhere, and the journal knows the name."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI

from control_center.people import Access, Person, Role
from control_center.web_settings import WebSettings
from tests.support.small_city import EVENING, SmallCity
from tests.support.web import TestClient, application, visiting
from twin.clock import VirtualClock
from twin.store.database import Database

PRIVATE = ("/pilotage", "/v1/live", "/v1/map/state", "/v1/incidents", "/v1/things?q=A")
PUBLIC = ("/", "/docs", "/entrer", "/health", "/rues")


@pytest.fixture
def clock() -> VirtualClock:
    """Give a clock that the test moves."""
    return VirtualClock(EVENING)


@pytest.fixture
def closed(database: Database, city: SmallCity, clock: VirtualClock) -> FastAPI:
    """Make a control centre that other machines can reach."""
    return application(database, clock, host="0.0.0.0")  # noqa: S104 - that is what is tested


@pytest.fixture
def stranger(closed: FastAPI) -> Iterator[TestClient]:
    """Visit it without a key."""
    with visiting(closed) as client:
        yield client


def _enter(client: TestClient, app: FastAPI, role: Role, name: str = "Ana") -> int:
    key = app.state.access.keys[role]
    answer = client.post("/entrer", data={"key": key, "name": name}, follow_redirects=False)
    return int(answer.status_code)


@pytest.mark.parametrize("path", PRIVATE)
def test_without_a_key_nothing_of_the_inside_is_shown(stranger: TestClient, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 401
    assert answer.json()["type"] == "/docs#access-needed"
    assert "www-authenticate" in answer.headers


@pytest.mark.parametrize("path", PUBLIC)
def test_what_is_public_needs_no_key(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code in {200, 401 if path == "/entrer" else 200}


def test_a_stranger_learns_nothing_of_the_inside_from_health(stranger: TestClient) -> None:
    assert set(stranger.get("/health").json()) == {"status"}


def test_people_who_browse_are_shown_the_door(stranger: TestClient) -> None:
    answer = stranger.get("/pilotage", headers={"accept": "text/html"})
    assert answer.status_code == 401
    assert "Votre clé" in answer.text
    assert 'value="/pilotage"' in answer.text


def test_a_key_lets_in_and_the_journal_knows_the_name(
    stranger: TestClient, closed: FastAPI, database: Database, city: SmallCity
) -> None:
    assert _enter(stranger, closed, Role.OPERATOR) == 303
    assert stranger.get("/pilotage").status_code == 200
    stranger.post(f"/v1/incidents/{city.incident}/acknowledgement")
    with database.connection() as connection:
        assert connection.execute("SELECT person FROM audit").fetchall() == [("Ana",)]


def test_a_visit_ends_after_half_a_day(
    stranger: TestClient, closed: FastAPI, clock: VirtualClock
) -> None:
    _enter(stranger, closed, Role.OPERATOR)
    clock.move_to(EVENING + timedelta(hours=11))
    assert stranger.get("/pilotage").status_code == 200
    clock.move_to(EVENING + timedelta(hours=13))
    assert stranger.get("/pilotage").status_code == 401


def test_a_gardener_may_not_pilot_but_an_operator_may_water() -> None:
    assert Role.OPERATOR.covers(Role.GARDENER)
    assert not Role.GARDENER.covers(Role.OPERATOR)


def test_a_gardener_s_key_does_not_open_the_wall(stranger: TestClient, closed: FastAPI) -> None:
    _enter(stranger, closed, Role.GARDENER)
    answer = stranger.get("/pilotage")
    assert answer.status_code == 403
    assert answer.json()["type"] == "/docs#not-allowed"


def test_programs_show_their_key(stranger: TestClient, closed: FastAPI) -> None:
    key = closed.state.access.keys[Role.OPERATOR]
    with_key = {"authorization": f"Bearer {key}"}
    assert stranger.get("/v1/incidents", headers=with_key).status_code == 200
    wrong = {"authorization": "Bearer nothing"}
    assert stranger.get("/v1/incidents", headers=wrong).status_code == 401


@pytest.mark.parametrize(
    "cookie", ["", ".", "abc", "abc.def", "WyJBbmEiLCJvcGVyYXRvciIsOTk5OTk5OTk5OV0=.00", "é.é"]
)
def test_a_cookie_that_we_did_not_sign_is_nobody_s(stranger: TestClient, cookie: str) -> None:
    answer = stranger.get("/pilotage", headers={"cookie": f"reverbere_person={cookie}".encode()})
    assert answer.status_code == 401


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(
    stranger: TestClient, closed: FastAPI
) -> None:
    key = closed.state.access.keys[Role.OPERATOR]
    answer = stranger.post("/entrer", data={"key": key, "name": "Ana"}, follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_entering_leads_nowhere_else(stranger: TestClient, closed: FastAPI, then: str) -> None:
    key = closed.state.access.keys[Role.OPERATOR]
    answer = stranger.post(
        "/entrer", data={"key": key, "name": "Ana", "then": then}, follow_redirects=False
    )
    assert answer.headers["location"] == "/"


def test_keys_cannot_be_tried_quickly(stranger: TestClient) -> None:
    statuses = [
        stranger.post("/entrer", data={"key": f"guess {n}", "name": "x"}).status_code
        for n in range(12)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_made_keys_are_kept_and_readable_by_us_alone(tmp_path: Path) -> None:
    settings = WebSettings(host="0.0.0.0")  # noqa: S104 - that is what is tested
    first, second = Access(settings, tmp_path), Access(settings, tmp_path)
    assert first.keys == second.keys
    assert (tmp_path / "access.json").stat().st_mode & 0o777 == 0o600


def test_a_changed_key_ends_the_visits_that_it_opened(tmp_path: Path) -> None:
    person = Person("Ana", Role.OPERATOR)
    first = Access(WebSettings(host="0.0.0.0"), tmp_path)  # noqa: S104 - as above
    other = Access(
        WebSettings(host="0.0.0.0", operator_key="another"),  # noqa: S104 - as above
        tmp_path,
    )
    assert first.cookie(person, EVENING) != other.cookie(person, EVENING)


def test_loopback_acts_as_the_demonstration_desk(client: TestClient, app: FastAPI) -> None:
    assert app.state.access.open
    assert client.get("/pilotage").status_code == 200
    assert client.get("/entrer").status_code == 200
