"""Cuts, burnt cabinets and works, recorded by programs and by the forms of the wall."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.support.small_city import EVENING, SmallCity
from tests.support.web import TestClient
from twin.store.database import Database

KEY = {"Idempotency-Key": "une-coupure-1"}


def lines(database: Database) -> list[tuple[Any, ...]]:
    with database.connection() as connection:
        return connection.execute("SELECT act, subject FROM audit ORDER BY id").fetchall()


def test_a_cut_is_recorded_once_listed_and_ended(
    client: TestClient, city: SmallCity, database: Database
) -> None:
    dry = next(code for code in city.cabinets if code != city.flooded)
    body = {"kind": "distributor_cut", "devices": [dry], "reference": "ENE-77"}
    first, again = (client.post("/v1/causes", json=body, headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    code = first.json()["code"]
    assert again.json()["code"] == code
    assert first.json()["state"] == "holds"
    assert first.json()["things"] == [f"cabinet:{dry}"]
    other = client.post("/v1/causes", json={**body, "reference": "ENE-78"}, headers=KEY)
    assert other.status_code == 409
    assert [one["code"] for one in client.get("/v1/causes?standing=true").json()] == [code]
    cards = client.get("/v1/incidents").json()
    assert "distributor_cut" in str(cards)
    assert client.post(f"/v1/causes/{code}/end").json()["ended_at"] is not None
    assert client.post(f"/v1/causes/{code}/end").status_code == 409
    assert client.get("/v1/causes?standing=true").json() == []
    assert client.post(f"/v1/causes/{code}/withdrawal").json()["state"] == "withdrawn"
    assert client.get("/v1/causes/C-0000-0000").status_code == 404
    acts = [act for act, subject in lines(database) if subject == f"cause:{code}"]
    assert acts == ["cause", "cause_end", "cause_withdrawal"]


def test_a_cabinet_in_works_is_drawn_as_works_and_not_as_an_outage(
    client: TestClient, city: SmallCity
) -> None:
    dry = next(code for code in city.cabinets if code != city.flooded)
    body = {
        "kind": "works_order",
        "devices": [dry],
        "title": "Remplacement du câble",
        "until": (EVENING + timedelta(hours=3)).isoformat(),
    }
    assert client.post("/v1/causes", json=body, headers=KEY).status_code == 201
    icons = {one["code"]: one["icon"] for one in client.get("/v1/map/devices").json()["devices"]}
    assert icons[dry] == "cabinet_in_works"
    assert icons[city.flooded] == "cabinet_tripped"


RING = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no kind": ({"devices": ["A"]}, "kind"),
    "a device nobody knows": ({"kind": "distributor_cut", "devices": ["A-0"]}, "devices.0"),
    "an area that crosses itself": (
        {"kind": "distributor_cut", "area": {"type": "Polygon", "coordinates": [RING]}},
        "area",
    ),
    "an area elsewhere": (
        {"kind": "distributor_cut",
         "area": {"type": "Polygon", "coordinates": [[[9, 9], [9, 8], [8, 8], [9, 9]]]}},
        "area",
    ),
    "an area that is none": ({"kind": "distributor_cut", "area": {"type": "Nowhere"}}, "area"),
    "an instant without its offset": (
        {"kind": "burnt_cabinet", "devices": ["A"], "starts_at": "2026-11-19T19:00:00"},
        "starts_at",
    ),
    "1970": (
        {"kind": "burnt_cabinet", "devices": ["A"], "starts_at": "1970-01-01T00:00:00Z"},
        "starts_at",
    ),
    "a reversed window": (
        {"kind": "works_order", "devices": ["A"], "title": "câble",
         "starts_at": "2026-11-19T19:00:00Z", "until": "2026-11-19T18:00:00Z"},
        "until",
    ),
    "too many devices": ({"kind": "distributor_cut", "devices": ["A"] * 501}, "devices"),
}  # fmt: skip


def test_a_problem_names_the_field_of_what_cannot_be(client: TestClient) -> None:
    for name, (body, field) in WRONG.items():
        answer = client.post("/v1/causes", json=body)
        assert answer.status_code == 422, name
        assert answer.headers["content-type"] == "application/problem+json"
        assert [one["field"] for one in answer.json()["errors"]] == [field], name
    assert client.get("/v1/causes").json() == []


def test_no_other_site_and_no_visitor_records_a_cause(client: TestClient, city: SmallCity) -> None:
    body = {"kind": "burnt_cabinet", "devices": [city.flooded]}
    foreign = {"Origin": "https://ailleurs.example", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/v1/causes", json=body, headers=foreign).status_code == 403


def forms(page: str) -> dict[str, str]:
    """Return the key of each form that records a cause, by kind."""
    found = re.findall(
        r'name="kind" value="(\w+)">\s*<input type="hidden" name="key" value="(\w+)"', page
    )
    return dict(found)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_panel_of_a_cabinet_records_and_ends_without_a_script(
    client: TestClient, city: SmallCity, language: str
) -> None:
    dry = next(code for code in city.cabinets if code != city.flooded)
    address = f"/pilotage?objet=cabinet:{dry}&lang={language}"
    keys = forms(client.get(address).text)
    assert set(keys) == {"distributor_cut", "burnt_cabinet", "works_order"}
    sent = {
        "kind": "distributor_cut",
        "devices": f"{dry}, ",
        "key": keys["distributor_cut"],
        "thing": f"cabinet:{dry}",
        "until": f"{EVENING:%Y-%m-%d}T23:00",
    }
    for _ in range(2):  # a double click
        answer = client.post("/pilotage/causes", data=sent, follow_redirects=False)
        assert answer.status_code == 303
        assert f"cabinet%3A{dry}" in answer.headers["location"]
    page = client.get(address).text.replace("\u00a0", " ")
    assert page.count("/retrait") == 1
    assert {"fr": "annoncée jusqu’à 23 h", "en": "announced until"}[language] in page
    (code,) = (one["code"] for one in client.get("/v1/causes").json())
    wrong = {**sent, "key": "un-autre-essai", "until": "2020-01-01T00:00"}
    refused = client.post("/pilotage/causes", data=wrong, headers={"X-Part": "1"})
    assert (refused.status_code, refused.json()["rule"]) == (422, "reversed_window")
    moved = {"until": f"{EVENING:%Y-%m-%d}T23:30", "thing": f"cabinet:{dry}"}
    there = client.post(f"/pilotage/causes/{code}/terme", data=moved, follow_redirects=False)
    assert there.status_code == 303
    page = client.get(address).text.replace("\u00a0", " ")
    assert {"fr": "prolongée jusqu’à 23 h 30", "en": "extended until 23:30"}[language] in page
    (kept,) = client.get(f"/v1/causes/{code}/terms").json()
    assert (kept["before"][11:16], kept["after"][11:16]) == ("22:00", "22:30")
    sooner = {"until": (EVENING + timedelta(hours=1)).isoformat()}
    assert client.post(f"/v1/causes/{code}/term", json=sooner).json()["moved_by"]
    assert client.get(f"/v1/causes/{code}").json()["until_before"][11:16] == "22:30"
    past = client.post(f"/v1/causes/{code}/term", json={"until": EVENING.isoformat()})
    assert [one["field"] for one in past.json()["errors"]] == ["until"]
    ended = client.post(f"/pilotage/causes/{code}/fin", data={}, headers={"X-Part": "1"})
    assert ended.status_code == 204
    assert "/retrait" not in client.get(address).text
