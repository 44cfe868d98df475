"""Orders from the API: shown before they are sent, given once, followed, withdrawn."""

from datetime import timedelta

import pytest

from tests.support.small_city import EVENING, SmallCity
from tests.support.web import TestClient, application, visiting
from twin.store.database import Database

KEY = {"Idempotency-Key": "one-act-one-order"}


@pytest.fixture
def lamp(database: Database, city: SmallCity) -> dict[str, str]:
    with database.connection() as connection:
        row = connection.execute(
            "SELECT id, code FROM asset WHERE kind = 'streetlight' ORDER BY code LIMIT 1"
        ).fetchone()
        assert row is not None
        connection.execute("UPDATE device SET asset_id = NULL WHERE asset_id = %s", (row[0],))
        connection.execute(
            "INSERT INTO device (dev_eui, network, profile, application, asset_id, registered)"
            " VALUES ('a8404100000000aa', 'chirpstack_v4', 'volc2180', 'app', %s, true)",
            (row[0],),
        )
    return {"kind": "streetlight", "code": row[1]}


def test_an_order_is_shown_then_given_once_then_followed(
    client: TestClient, lamp: dict[str, str]
) -> None:
    wanted = {**lamp, "verb": "dim", "parameters": {"level": 40}}
    shown = client.post("/v1/orders/preview", json=wanted).json()
    assert shown["dev_eui"] == "a8404100000000aa"
    assert shown["read_back"]["dim"] == pytest.approx(40)
    given = client.post("/v1/orders", json=wanted, headers=KEY)
    assert given.status_code == 202
    again = client.post("/v1/orders", json=wanted, headers=KEY)
    assert again.json()["id"] == given.json()["id"]
    followed = client.get(given.headers["location"]).json()
    assert (followed["state"], len(followed["steps"])) == ("requested", 1)
    expires = (EVENING + timedelta(minutes=30)).isoformat()[:16]
    assert followed["expires_at"][:16] == expires
    withdrawn = client.delete(given.headers["location"]).json()
    assert withdrawn["state"] == "cancelled"
    assert client.delete(given.headers["location"]).status_code == 409


def test_what_a_device_does_not_obey_is_refused_at_once(
    client: TestClient, lamp: dict[str, str]
) -> None:
    for verb, parameters in (("open_valve", {"duration_s": 60}), ("dim", {"level": 400})):
        wanted = {**lamp, "verb": verb, "parameters": parameters}
        answer = client.post("/v1/orders", json=wanted, headers=KEY)
        assert answer.status_code == 422, answer.text
    late = {**lamp, "verb": "switch_on", "expires_at": (EVENING + timedelta(days=2)).isoformat()}
    assert client.post("/v1/orders", json=late, headers=KEY).status_code == 422
    nowhere = {"kind": "streetlight", "code": "nobody", "verb": "switch_on"}
    assert client.post("/v1/orders", json=nowhere, headers=KEY).status_code == 404


def test_orders_are_for_operators(database: Database, city: SmallCity) -> None:
    closed = application(database, host="0.0.0.0")  # noqa: S104 - that is what is tested
    with visiting(closed) as stranger:
        assert stranger.post("/v1/orders", json={}, headers=KEY).status_code == 401
