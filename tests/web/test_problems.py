"""One error body for everything, chosen in one table."""

from typing import Any

import pytest

from control_center import errors as web_errors
from control_center.api.problems import KINDS, problem_of
from control_center.services import errors as service_errors
from gis import errors as gis_errors
from gis.errors import ReverbereError
from tests.support.web import TestClient, application, visiting
from twin import errors as twin_errors
from twin.errors import CommandExpired, Conflict, InsufficientData, NotFound, StoreUnreachable
from twin.store.database import Database

_MODULES = (gis_errors, twin_errors, web_errors, service_errors)


def _classes() -> list[type[ReverbereError]]:
    return [
        value
        for module in _MODULES
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, ReverbereError)
    ]


@pytest.mark.parametrize("kind", sorted(set(_classes()), key=lambda kind: kind.__name__))
def test_each_class_of_the_tree_finds_its_answer(kind: type[ReverbereError]) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "what happened")
    error.__dict__.update(rule="a_rule", retry_after_s=3, parameter="bbox")
    problem = problem_of(error)
    assert problem.kind in KINDS.values()
    assert 400 <= problem.kind.status <= 599
    assert problem.detail == "what happened"


def test_slugs_tell_kinds_apart() -> None:
    slugs = [kind.slug for kind in KINDS.values()]
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize(
    ("error", "status", "slug"),
    [
        (NotFound("street", "rue X"), 404, "not-found"),
        (CommandExpired("c"), 410, "command-expired"),
        (Conflict("changed"), 409, "conflict"),
        (InsufficientData("too_short", days=12), 422, "insufficient-data"),
        (StoreUnreachable("here", "no route"), 503, "store-unreachable"),
    ],
)
def test_the_nearest_ancestor_speaks(error: ReverbereError, status: int, slug: str) -> None:
    problem = problem_of(error)
    assert (int(problem.kind.status), problem.kind.slug) == (status, slug)


def test_a_problem_is_rfc_9457(client: TestClient) -> None:
    answer = client.get("/v1/incidents/I-0000/map")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= set(body)
    assert body["instance"] == "/v1/incidents/I-0000/map"
    assert body["status"] == 404
    assert "I-0000" in body["detail"]


def test_a_wrong_value_is_named(client: TestClient) -> None:
    answer = client.get("/v1/map/spec", params={"theme": "mauve"})
    assert answer.status_code == 422
    [wrong] = answer.json()["errors"]
    assert wrong["field"] == "theme"
    assert "dark" in wrong["problem"]


def test_people_who_browse_read_a_page(client: TestClient) -> None:
    answer = client.get("/pilotage/incidents/I-0000", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Rien ne porte ce nom" in answer.text
    assert "Traceback" not in answer.text


def test_the_unexpected_is_logged_and_tells_nothing_of_the_inside(database: Database) -> None:
    app = application(database)

    def breaks() -> Any:
        raise RuntimeError("a secret of the inside")

    app.add_api_route("/v1/breaks", breaks)
    with visiting(app, raise_server_exceptions=False) as client:
        answer = client.get("/v1/breaks")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert len(answer.json()["reference"]) == 12


def test_every_type_of_problem_is_explained_where_it_points(client: TestClient) -> None:
    page = client.get("/docs").text
    for kind in KINDS.values():
        assert f'id="{kind.slug}"' in page
