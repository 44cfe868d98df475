"""What is checked before any page runs, and what every answer carries."""

import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from control_center.security import MAP_POLICY, PAGE_POLICY, map_policy
from control_center.web_settings import WebSettings
from tests.support.web import TestClient, application, visiting
from twin.store.database import Database

ACT = "/pilotage/controles"


@pytest.mark.parametrize("path", ["/", "/health", "/nowhere", "/v1/map/spec", "/static/x/none.css"])
def test_every_answer_carries_the_headers_of_safety(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == PAGE_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "cache-control" in headers


def test_only_the_map_may_start_workers_from_blobs(client: TestClient) -> None:
    policy = client.get("/pilotage").headers["content-security-policy"]
    assert policy == MAP_POLICY
    assert "unsafe" not in policy
    assert "blob:" not in PAGE_POLICY


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:8000", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("192.168.1.20", 200),
        ("ville.example", 200),
        ("rebound.example", 421),
        ("localhost.evil.example", 421),
        ("", 421),
    ],
)
def test_only_our_names_are_answered(database: Database, host: str, status: int) -> None:
    app = application(database, hosts=("ville.example",))
    with visiting(app) as client:
        assert client.get("/metrics", headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, False),
        ({"origin": "http://localhost"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "http://localhost"}, False),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "null"}, True),
        ({"origin": "http://localhost:9999"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site", "origin": "http://localhost"}, True),
    ],
)
def test_an_act_asked_by_another_site_is_refused(
    client: TestClient, headers: dict[str, str], *, refused: bool
) -> None:
    answer = client.post(ACT, headers=headers)
    told = answer.json()["type"]
    assert (told == "/docs#foreign-origin") is refused
    assert answer.status_code == (403 if refused else 422)


def test_reading_from_another_site_is_allowed(client: TestClient) -> None:
    answer = client.get("/health", headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


def test_too_many_acts_are_told_to_wait(database: Database) -> None:
    app = application(database, acts_per_minute=3)
    with visiting(app) as client:
        answers = [client.post(ACT) for _ in range(5)]
    assert [answer.status_code for answer in answers[:3]] == [422] * 3
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_larger_than_an_act_can_need_is_refused(
    database: Database, *, declared: bool
) -> None:
    app = application(database, max_body_bytes=1_000)
    body = b"cabinet=" + b"x" * 2_000
    sent = body if declared else iter([body[:900], body[900:]])
    with visiting(app) as client:
        answer = client.post(
            ACT, content=sent, headers={"content-type": "application/x-www-form-urlencoded"}
        )
    assert answer.status_code == 413
    assert answer.json()["type"] == "/docs#body-too-large"


def test_no_cross_origin_reading_is_ever_granted(app: FastAPI) -> None:
    with visiting(app) as client:
        answer = client.options(
            "/v1/map/state",
            headers={"origin": "https://evil.example", "access-control-request-method": "GET"},
        )
    assert "access-control-allow-origin" not in answer.headers


def test_the_map_speaks_to_the_states_server_only_where_its_plan_is_wanted() -> None:
    assert map_policy(plan_ign="") == MAP_POLICY
    assert "https:" not in MAP_POLICY
    state = WebSettings(plan_ign=True).plan
    assert map_policy(plan_ign=state).endswith(
        "; img-src 'self' data: blob: https://data.geopf.fr; connect-src 'self' https://data.geopf.fr"
    )
    assert WebSettings(plan_ign_host="http://10.0.0.7:8080").plan == ""
    for bad in ("https://a.example; script-src *", "a.example", "https://a.example/path", "*"):
        with pytest.raises(ValidationError):
            WebSettings(plan_ign_host=bad)
