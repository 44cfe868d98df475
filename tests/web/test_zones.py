"""The zone of a cut: drawn, counted by the server, recorded, shown on the map now and then."""

import re
from datetime import timedelta
from typing import Any

import shapely

from tests.support.small_city import EVENING, SmallCity
from tests.support.web import TestClient
from twin.store.database import Database

FIELDS = {"key": "une-zone-dessinee"}


def around(database: Database, code: str, reach: float = 0.0006) -> list[tuple[float, float]]:
    """Return the corners of a square around a cabinet: latitude, longitude."""
    with database.connection() as connection:
        row = connection.execute(
            "SELECT longitude, latitude FROM asset WHERE kind = 'cabinet' AND code = %s", (code,)
        ).fetchone()
    assert row is not None
    ring = shapely.get_coordinates(shapely.Point(*row).buffer(reach, cap_style="square"))
    return [(float(y), float(x)) for x, y in ring[:-1]]


def written(corners: list[tuple[float, float]]) -> str:
    return "\n".join(f"{y:.6f}, {x:.6f}" for y, x in corners)


def plain(html: str) -> str:
    words = re.sub(r"<script.*?</script>|<[^>]+>", " ", html, flags=re.DOTALL)
    return " ".join(words.replace("\u00a0", " ").split())


def ground(client: TestClient, **asked: str) -> dict[str, Any]:
    """Return the state of each declared zone on the map, with its label."""
    features = client.get("/v1/map/ground", params=asked).json()["zones"]["features"]
    return {
        one["properties"]["state"]: one["properties"]["label"].replace("\u00a0", " ")
        for one in features
        if "label" in one["properties"]
    }


def test_what_stands_in_a_drawn_zone_is_counted_by_the_server(
    client: TestClient, city: SmallCity, database: Database
) -> None:
    dry = next(code for code in city.cabinets if code != city.flooded)
    part = {"X-Part": "1"}
    zone = {"contour": written(around(database, dry))}
    answer = plain(client.post("/pilotage/causes/zone", data=zone, headers=part).text)
    with database.connection() as connection:
        row = connection.execute(
            "SELECT count(*) FROM link l JOIN asset f ON f.id = l.child_id AND f.kind = 'feeder'"
            " JOIN asset c ON c.id = l.parent_id AND c.code = %s"
            " JOIN link lamp ON lamp.parent_id = f.id",
            (dry,),
        ).fetchone()
    assert row is not None
    assert f"Dans cette zone : 1 armoire, qui alimentent {row[0]} lampadaires." in answer
    assert re.search(r"Sur place : \d+ lampadaires?", answer)
    whole = {"contour": written(around(database, dry, 0.01))}
    told = plain(client.post("/pilotage/causes/zone", data=whole, headers=part).text)
    assert f"{len(city.cabinets)} armoires, qui alimentent {city.lights.size} lampadaires" in told
    assert "alimentés d’ailleurs" not in told
    assert "n’y éteindrait rien" in plain(
        client.post(
            "/pilotage/causes/zone", data={"contour": "9, 9\n9, 8\n8, 8"}, headers=part
        ).text
    )
    wrong = client.post("/pilotage/causes/zone", data={"contour": "9, 9\nquai"}).text
    assert "La ligne 2 n’est pas un point" in plain(wrong)


def test_a_drawn_zone_is_recorded_without_a_script_and_shown_until_after_its_end(
    client: TestClient, city: SmallCity, database: Database
) -> None:
    dry = next(code for code in city.cabinets if code != city.flooded)
    sent = {
        **FIELDS,
        "contour": written(around(database, dry)),
        "starts": f"{EVENING:%Y-%m-%d}T20:00",
        "until": f"{EVENING:%Y-%m-%d}T23:00",
        "reference": "ENE-77",
    }
    for _ in range(2):  # a double click
        there = client.post(
            "/pilotage/causes/zone/enregistrement", data=sent, follow_redirects=False
        )
        assert there.status_code == 303
    (cause,) = client.get("/v1/causes").json()
    assert there.headers["location"] == f"/pilotage/causes#{cause['code']}"
    assert (cause["area"]["type"], cause["state"]) == ("Polygon", "holds")
    assert ground(client) == {"holds": "Coupure en cours, annoncée jusqu’à 23 h"}
    for page in ("/pilotage/zones", "/pilotage", "/pilotage/causes/zone"):
        assert "Coupure en cours, annoncée jusqu’à 23 h, ENE-77" in plain(client.get(page).text)
    before = (EVENING - timedelta(minutes=5)).isoformat()
    assert ground(client, at=before) == {}  # nobody had said so yet
    assert "ENE-77" not in client.get("/pilotage/zones", params={"instant": before}).text
    later = {"until": (EVENING + timedelta(hours=5)).isoformat()}
    assert client.post(f"/v1/causes/{cause['code']}/term", json=later).status_code == 200
    assert ground(client)["holds"].startswith("Coupure en cours, prolongée jusqu’à")
    assert client.post(f"/v1/causes/{cause['code']}/end").status_code == 200
    assert ground(client) == {"over": "Coupure terminée depuis 20 h 14"}
    listed = plain(client.get("/pilotage/causes").text)
    assert "terminée Coupure du distributeur, ENE-77" in listed
    with database.connection() as connection:
        acts = connection.execute("SELECT act FROM audit ORDER BY id").fetchall()
    assert [act for (act,) in acts] == ["cause", "cause_term", "cause_end"]


def test_a_zone_to_come_is_announced(
    client: TestClient, city: SmallCity, database: Database
) -> None:
    sent = {
        **FIELDS,
        "contour": written(around(database, city.flooded)),
        "starts": f"{EVENING:%Y-%m-%d}T22:00",
    }
    assert client.post("/pilotage/causes/zone/enregistrement", data=sent).status_code == 200
    assert ground(client) == {"to_come": "Coupure annoncée à 22 h"}
    assert "annoncée Coupure du distributeur" in plain(client.get("/pilotage/causes").text)
    english = plain(client.get("/pilotage/causes?lang=en").text)
    assert "announced Cut by the distributor" in english


def test_a_zone_that_cannot_be_is_refused_beside_what_was_drawn(
    client: TestClient, city: SmallCity, database: Database
) -> None:
    there = "/pilotage/causes/zone/enregistrement"
    square = written(around(database, city.flooded))
    for sent, why in (
        ({"contour": ""}, "Dessinez d’abord la zone"),
        ({"contour": "9, 9\n9, 8\n8, 8"}, "Aucune armoire ni aucun poste"),
        ({"contour": square, "until": "2020-01-01T00:00"}, "La fin doit venir après"),
        ({"contour": square, "starts": "demain"}, "Cette date n’est pas lisible"),
    ):
        answer = client.post(there, data={**FIELDS, **sent})
        assert answer.status_code == 422
        assert why in plain(answer.text)
        assert sent["contour"] in answer.text  # nothing of what was drawn is lost
    assert client.get("/v1/causes").json() == []
    foreign = {"Origin": "https://ailleurs.example", "Sec-Fetch-Site": "cross-site"}
    refused = client.post(there, data={**FIELDS, "contour": square}, headers=foreign)
    assert refused.status_code == 403
    policy = client.get("/pilotage/causes/zone").headers["content-security-policy"]
    assert "script-src 'self'" in policy
