"""Orders of gardeners through the API: keys, expiry, refusals, history."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.pages.conftest import Visit
from tests.pages.town import EVENING
from tests.support.web import TestClient
from twin.clock import VirtualClock
from twin.store.database import Database

URL = "/v1/irrigation/commands"


@pytest.fixture
def client(own_bellerive: Database, visit: Visit) -> TestClient:
    return visit(own_bellerive, VirtualClock(EVENING))


def ask(client: TestClient, key: str = "0123456789", **more: Any) -> Any:
    wish = {"zone": "Z-1", "act": "water", "minutes": 10, "issued_at": stamp(EVENING), **more}
    return client.post(URL, json=wish, headers={"Idempotency-Key": key})


def stamp(at: datetime) -> str:
    return at.isoformat()


def rows(database: Database) -> int:
    with database.connection() as connection:
        row = connection.execute("SELECT count(*) FROM command").fetchone()
    assert row is not None
    return int(row[0])


def test_an_order_is_accepted_with_an_id_and_can_be_followed(client: TestClient) -> None:
    answer = ask(client)
    assert answer.status_code == 202
    told = answer.json()
    assert told["state"] == "requested"
    assert datetime.fromisoformat(told["expires_at"]) == EVENING + timedelta(hours=2)
    followed = client.get(answer.headers["location"]).json()
    assert followed["id"] == told["id"]
    assert [step["state"] for step in followed["steps"]] == ["requested"]


def test_the_same_key_gives_the_same_order(client: TestClient, own_bellerive: Database) -> None:
    ids = {ask(client).json()["id"] for _ in range(4)}
    assert len(ids) == 1
    assert rows(own_bellerive) == 1


def test_a_key_used_for_another_order_is_a_conflict(client: TestClient) -> None:
    ask(client)
    assert ask(client, zone="Z-5").status_code == 409


def test_an_order_kept_too_long_by_a_telephone_never_acts(
    client: TestClient, own_bellerive: Database
) -> None:
    answer = ask(client, issued_at=stamp(EVENING - timedelta(hours=2, seconds=1)))
    assert answer.status_code == 410
    assert rows(own_bellerive) == 0


def test_an_order_may_ask_to_expire_sooner_but_not_later(client: TestClient) -> None:
    sooner = ask(client, expires_at=stamp(EVENING + timedelta(minutes=5))).json()
    assert datetime.fromisoformat(sooner["expires_at"]) == EVENING + timedelta(minutes=5)
    later = ask(client, "other-key-1", zone="Z-5", expires_at=stamp(EVENING + timedelta(days=1)))
    assert datetime.fromisoformat(later.json()["expires_at"]) == EVENING + timedelta(hours=2)


@pytest.mark.parametrize(
    ("wish", "status", "rule"),
    [
        ({"minutes": 0}, 422, "bad_minutes"),
        ({"minutes": 61}, 422, "bad_minutes"),
        ({"minutes": None}, 422, "bad_minutes"),
        ({"zone": "Z-3"}, 422, "no_valve"),
        ({"issued_at": stamp(EVENING + timedelta(minutes=3))}, 422, "clock_ahead"),
        ({"zone": "nowhere"}, 404, None),
        ({"act": "explode"}, 422, None),
        ({"issued_at": "2026-11-19T20:14:00"}, 422, None),
    ],
)
def test_what_the_rules_do_not_allow_is_refused_with_its_rule(
    client: TestClient, own_bellerive: Database, wish: dict[str, Any], status: int, rule: str | None
) -> None:
    answer = ask(client, **wish)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert rule is None or answer.json()["rule"] == rule
    assert rows(own_bellerive) == 0


def test_an_order_without_a_key_is_refused(client: TestClient) -> None:
    answer = client.post(URL, json={"zone": "Z-1", "act": "water", "minutes": 5})
    assert answer.status_code == 422


def test_another_site_cannot_order_in_the_name_of_its_visitor(client: TestClient) -> None:
    answer = client.post(
        URL,
        json={"zone": "Z-1", "act": "water", "minutes": 5},
        headers={"Idempotency-Key": "0123456789", "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403


def test_skipping_twice_is_one_decision(client: TestClient, own_bellerive: Database) -> None:
    first, second = (ask(client, f"skip-key-{n}", act="skip").json() for n in range(2))
    assert first["id"] == second["id"]
    with own_bellerive.connection() as connection:
        row = connection.execute("SELECT ends_at FROM watering_override").fetchall()
    assert [at.isoformat() for (at,) in row] == ["2026-11-20T11:00:00+00:00"]  # noon in the town
