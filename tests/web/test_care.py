"""Acts on incidents: with a script and without, once each, written down, refused in words."""

import re

import pytest

from tests.support.small_city import EVENING, SmallCity
from tests.support.web import TestClient
from twin.store.database import Database


def forms(page: str) -> dict[str, str]:
    """Fields of the hidden inputs of a page, by the act of their form."""
    found = re.findall(
        r'action="([^"]+)" data-form="(\w+)">\s*<input type="hidden" name="after" value="(\d+)"',
        page,
    )
    return {name: after for _, name, after in found}


def journal(database: Database) -> list[tuple[str, str]]:
    with database.connection() as connection:
        rows = connection.execute("SELECT act, subject FROM audit ORDER BY id").fetchall()
    return [(str(act), str(subject)) for act, subject in rows]


def post(client: TestClient, city: SmallCity, act: str, **fields: str) -> int:
    address = f"/pilotage/incidents/{city.incident}/{act}"
    return client.post(address, data=fields, follow_redirects=False).status_code


def test_each_act_works_without_a_script_and_is_written_down(
    client: TestClient, city: SmallCity, database: Database
) -> None:
    page = client.get(f"/pilotage?incident={city.incident}").text
    assert set(forms(page)) == {"assign", "shelve", "note"}
    assert post(client, city, "attribution", assignee="Équipe 2", after="0") == 303
    assert post(client, city, "notes", words="Batardeau posé", after="0") == 303
    page = client.get(f"/pilotage?incident={city.incident}").text
    assert "Confié à Équipe 2" in page
    assert "Batardeau posé" in page
    subject = f"incident:{city.incident}"
    assert journal(database) == [("assign", subject), ("note", subject)]
    assert int(forms(page)["note"]) > 0


def test_an_act_sent_twice_is_done_once_and_another_is_not_lost(
    client: TestClient, city: SmallCity, database: Database
) -> None:
    for _ in range(2):
        assert post(client, city, "notes", words="Batardeau posé", after="0") == 303
    assert post(client, city, "notes", words="Pompe en route", after="0") == 303
    assert [act for act, _ in journal(database)] == ["note", "note"]
    after = forms(client.get(f"/pilotage?incident={city.incident}").text)["note"]
    assert post(client, city, "notes", words="Batardeau posé", after=after) == 303
    assert len(journal(database)) == 3  # meant once more, by somebody who had seen the first


def test_a_card_put_aside_leaves_the_list_is_counted_and_comes_back(
    client: TestClient, city: SmallCity
) -> None:
    fields = {"reason": "Attend la décrue", "hours": "4", "after": "0"}
    assert post(client, city, "mise-en-attente", **fields) == 303
    page = client.get("/pilotage").text
    before, _, aside = page.partition('class="aside"')
    assert city.incident not in before.partition("data-incidents")[2]
    assert "1 carte mise en attente" in aside
    assert "Attend la décrue" in aside
    assert "alarmes regroupées" in before  # what hangs under it stays counted
    [one] = client.get("/v1/incidents").json()
    assert one["shelved_reason"] == "Attend la décrue"
    assert one["status"] == "open"
    after = forms(client.get(f"/pilotage?incident={city.incident}").text)["unshelve"]
    assert post(client, city, "reprise", after=after) == 303
    assert 'class="aside"' not in client.get("/pilotage").text


def test_a_card_comes_back_by_itself(
    client: TestClient, city: SmallCity, database: Database
) -> None:
    assert post(client, city, "mise-en-attente", reason="x", hours="1", after="0") == 303
    with database.connection() as connection:
        connection.execute("UPDATE incident SET shelved_until = %s", (EVENING,))
    assert 'class="aside"' not in client.get("/pilotage").text


@pytest.mark.parametrize(
    ("act", "fields", "rule"),
    [
        ("notes", {"words": "   "}, "words_needed"),
        ("attribution", {"assignee": " "}, "words_needed"),
        ("mise-en-attente", {"reason": " ", "hours": "4"}, "words_needed"),
        ("mise-en-attente", {"reason": "x", "hours": "0.1"}, "bad_span"),
    ],
)
def test_what_cannot_be_done_is_refused_by_rule(
    client: TestClient, city: SmallCity, act: str, fields: dict[str, str], rule: str
) -> None:
    address = f"/pilotage/incidents/{city.incident}/{act}"
    answer = client.post(address, data=fields, headers={"x-part": "1"})
    assert answer.status_code == 422
    assert answer.json()["rule"] == rule


def test_another_site_cannot_act(client: TestClient, city: SmallCity, database: Database) -> None:
    for act, fields in (
        ("prise-en-charge", {}),
        ("attribution", {"assignee": "x"}),
        ("mise-en-attente", {"reason": "x", "hours": "4"}),
        ("reprise", {}),
        ("notes", {"words": "x"}),
    ):
        address = f"/pilotage/incidents/{city.incident}/{act}"
        answer = client.post(address, data=fields, headers={"origin": "https://elsewhere.example"})
        assert answer.status_code == 403
    assert journal(database) == []


def test_programs_act_once_with_a_key(client: TestClient, city: SmallCity) -> None:
    address = f"/v1/incidents/{city.incident}"
    for _ in range(2):
        sent = client.post(
            f"{address}/notes", json={"words": "Batardeau"}, headers={"Idempotency-Key": "k1"}
        )
        assert sent.status_code == 201
    client.post(f"{address}/assignment", json={"assignee": "Équipe 2"})
    client.post(f"{address}/shelving", json={"reason": "décrue", "hours": 2})
    assert client.request("DELETE", f"{address}/shelving").json()["shelved_until"] is None
    kinds = [one["kind"] for one in client.get(f"{address}/acts").json()]
    assert kinds == ["note", "assign", "shelve", "unshelve"]
    assert client.get("/v1/incidents/I-2026-0099/acts").status_code == 404


def test_the_report_of_a_shift_says_what_is_left_and_counts(
    client: TestClient, city: SmallCity
) -> None:
    post(client, city, "prise-en-charge")
    post(client, city, "notes", words="Batardeau posé", after="0")
    page = client.get("/pilotage/releve").text
    assert "1 incident reste à suivre." in page
    assert "Batardeau posé" in page
    assert "pris en charge par poste de démonstration" in page
    assert "Cartes montrées : 1." in page.replace("\u00a0", " ")
    start = EVENING.isoformat().replace("+00:00", "Z").replace("T19", "T11")
    report = client.get("/v1/handover", params={"start": start}).json()
    assert (report["opened"], report["notes"], report["rings"]) == ([city.incident], 1, 1)
    assert report["held_back"] > city.dark.size
    early = client.get("/v1/handover", params={"start": "2020-01-01T00:00:00Z"})
    assert early.json()["rule"] == "bad_span"
    aside = {"reason": "Attend la décrue", "hours": "4", "after": "0"}
    post(client, city, "mise-en-attente", **aside)
    sheet = client.get("/pilotage/releve?lang=en").text
    assert "Put aside until" in sheet.replace("\u00a0", " ")
