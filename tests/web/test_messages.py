"""Where are my messages: the page and the API say the same, in both languages, to operators."""

from datetime import timedelta
from pathlib import Path

import pytest

from ingest.recordings import read_recording
from tests.ingest.streams import device, message, take, up
from tests.support.small_city import EVENING, SmallCity
from tests.support.web import TestClient, application, visiting
from twin.store.database import Database

LAMP = device(7).dev_eui
STATION = "d1d1e80000000033"
PAGES = ("/messages", f"/messages/{LAMP}", "/v1/ledger", f"/v1/devices/{LAMP}/messages")


@pytest.fixture
def nothing(database: Database, city: SmallCity) -> None:
    """Forget what the small city was told while it was built."""
    with database.connection() as connection:
        connection.execute("TRUNCATE ledger, rejected CASCADE")


@pytest.fixture
def sent(database: Database, nothing: None) -> None:
    at = EVENING - timedelta(hours=1)
    counts = {count: at + timedelta(minutes=count) for count in (1, 2, 5)}
    take(database, [up(7, count, instant) for count, instant in counts.items()])
    take(database, [up(7, 5, counts[5], dedup="other", gateway="0016c001f153a14d")])
    take(database, [message(f"application/a/device/{LAMP}/event/up", b'{"cut":', at)] * 2)


def test_the_balance_is_the_first_sentence(client: TestClient, sent: None) -> None:
    page = client.get("/messages").text
    assert "Les 6 messages reçus sont tous expliqués." in page.replace("\xa0", " ")
    assert "3 enregistrés + 1 fusionnés + 2 refusés" in page.replace("\xa0", " ")
    assert "illisible : JSON incomplet ou faux" in page.replace("\xa0", " ")
    assert LAMP in page  # nobody registered it
    assert "All 6 messages received are accounted for." in client.get("/messages?lang=en").text


def test_one_device_from_its_four_times_to_what_was_lost(client: TestClient, sent: None) -> None:
    page = client.get(f"/messages/{LAMP}").text.replace("\xa0", " ")
    assert "2 messages perdus en route (40,0 %)" in page
    assert "2 messages, n° 3 à 4" in page
    assert "2 messages refusés." in page
    assert "0016c001f153a14d" in page
    assert "volc2180@" in page
    assert "Livré 2 fois, gardé une fois." in page
    assert "<script" not in page
    english = client.get(f"/messages/{LAMP}?lang=en").text.replace("\xa0", " ")
    assert "2 messages lost on the way (40.0%)" in english


def test_how_it_was_sent_stands_beside_who_heard_it(client: TestClient, sent: None) -> None:
    page = client.get(f"/messages/{LAMP}").text.replace("\xa0", " ")
    assert "SF7 · 125 kHz · 868,1 MHz" in page
    newest = client.get(f"/v1/devices/{LAMP}/messages").json()["frames"][0]
    assert newest["radio"] == {
        "frequency_mhz": 868.1,
        "bandwidth_khz": 125,
        "spreading_factor": 7,
        "data_rate": 5,
    }
    assert newest["receptions"][0] == {"gateway": "0016c001f153a14c", "rssi": -97, "snr": 7.5}


def test_two_devices_under_one_identifier_are_told(
    client: TestClient, nothing: None, database: Database
) -> None:
    at = EVENING - timedelta(hours=2)
    turns = enumerate([700, 40, 701, 41, 702, 42])
    take(database, [up(7, f_cnt, at + timedelta(minutes=turn)) for turn, f_cnt in turns])
    page = client.get(f"/messages/{LAMP}").text
    assert "Deux appareils répondent à cet identifiant" in page
    assert "700–702" in page
    assert "ce qui s’est perdu ne peut pas être compté" in page
    assert "perdus en route" not in page
    assert "40–42" in page
    assert "Deux appareils sous un même identifiant" in client.get("/messages").text
    assert "Two devices answer to this identifier" in client.get(f"/messages/{LAMP}?lang=en").text
    [found] = client.get("/v1/ledger/doubles").json()
    assert (found["dev_eui"], len(found["runs"])) == (LAMP, 2)
    assert client.get(f"/v1/devices/{LAMP}/messages").json()["double"] == found
    assert client.get(f"/v1/devices/{LAMP}/messages").json()["loss"] is None


def test_a_device_is_found_by_what_it_watches(
    client: TestClient, sent: None, database: Database
) -> None:
    with database.connection() as connection:
        row = connection.execute("SELECT code FROM asset WHERE kind = 'streetlight'").fetchone()
        assert row is not None
        connection.execute(
            "UPDATE device SET asset_id = (SELECT id FROM asset WHERE code = %s LIMIT 1)"
            " WHERE dev_eui = %s",
            (row[0], LAMP),
        )
    for wanted in (row[0], LAMP.upper(), "l-7"):
        answer = client.get("/messages", params={"q": wanted}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/messages/{LAMP}")
    assert client.get("/messages?q=nobody").status_code == 404
    assert f"/pilotage?objet=streetlight%3A{row[0]}" in client.get(f"/messages/{LAMP}").text


def test_a_frame_of_which_only_the_receptions_are_told_says_so(
    client: TestClient, nothing: None, database: Database, tmp_path: Path
) -> None:
    """It was heard two years ago, to the minute: counters are read before its last frame."""
    file = tmp_path / "export.csv"
    lines = [
        f"2024-01-23 18:{minute:02d}Z;{gateway};{STATION};{count};7;-115;-8,5"
        for count, minute, gateway in ((5, 2, "Left"), (9, 13, "Right"), (9, 13, "Left"))
    ]
    file.write_text("\n".join(("time;gateway;deveui;seq;sf;rssi;snr", *lines, "a;b")))
    take(database, list(read_recording(file)))
    page = client.get(f"/messages/{STATION}").text.replace("\xa0", " ")
    assert "23 janv. 2024, 19 h 13." in page  # no second is made up, and the year is told
    assert "Contenu non communiqué. Heure connue à la minute." in page
    assert '<dt>Octets</dt><dd class="messages-bytes">non dit</dd>' in page
    assert "Lu sans décodeur" not in page
    assert "+ 0" not in page  # nor a delay
    assert "3 messages perdus en route (60,0 %) depuis le 16 janv. 2024" in page
    assert "3 messages, n° 6 à 8" in page
    assert ">Left</th>" in page
    assert ">Right</th>" in page
    english = client.get(f"/messages/{STATION}?lang=en").text
    assert "Content not told. Time known to the minute." in english
    told = client.get(f"/v1/devices/{STATION}/messages").json()
    assert (told["frames"][0]["notes"], told["frames"][0]["payload"]) == (
        ["untold", "to_the_minute"],
        "",
    )
    [rejected] = client.get("/v1/ledger/rejected").json()
    assert rejected["detail"] == "row 5, 7 cells expected, 2 found: 'a;b'"


def test_a_device_of_which_everything_was_rejected_has_a_page(
    client: TestClient, sent: None, database: Database
) -> None:
    stranger = "a840410000000099"
    topic = f"application/a/device/{stranger}/event/up"
    take(database, [message(topic, b'{"cut":', EVENING)])
    page = client.get(f"/messages/{stranger}").text.replace("\xa0", " ")
    assert "aucun message enregistré" in page
    assert "1 message refusé." in page
    assert client.get("/messages/ffffffffffffffff").status_code == 404


def test_programs_read_the_same(client: TestClient, sent: None) -> None:
    ledger = client.get("/v1/ledger").json()
    assert ledger["balances"] is True
    [source] = ledger["sources"]
    assert (source["received"], source["stored"], source["rejected"]) == (6, 3, 2)
    told = client.get(f"/v1/devices/{LAMP}/messages").json()
    assert told["loss"] == pytest.approx(0.4)
    assert [gap["missing"] for gap in told["gaps"]] == [2]
    assert told["frames"][0]["copies"] == 2
    assert {one["gateway"] for one in told["frames"][0]["receptions"]} == {
        "0016c001f153a14c",
        "0016c001f153a14d",
    }
    [rejected] = client.get("/v1/ledger/rejected", params={"reason": "not_json"}).json()
    assert bytes.fromhex(rejected["raw"]) == b'{"cut":'
    minutes = client.get("/v1/ledger/minutes", params={"start": "2026-01-01T00:00:00Z"})
    assert minutes.status_code == 422
    start = (EVENING - timedelta(hours=2)).isoformat()
    found = client.get("/v1/ledger/minutes", params={"start": start}).json()
    assert sum(one["count"] for one in found if one["outcome"] == "received") == 6


def test_values_without_a_meaning_are_listed(
    client: TestClient, sent: None, database: Database
) -> None:
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO unmapped"
            " VALUES (%s, 'volc2180', 'mystery', 'no_mapping', 'kg', '3', %s, %s)",
            (LAMP, EVENING, EVENING),
        )
    for path in ("/messages", f"/messages/{LAMP}"):
        page = client.get(path).text
        assert "<code>mystery</code>" in page
        assert "sans correspondance" in page
    [told] = client.get("/v1/ledger/unmapped").json()
    assert (told["name"], told["why"], told["devices"]) == ("mystery", "no_mapping", 1)


def test_a_town_without_messages_says_so(client: TestClient, nothing: None) -> None:
    page = client.get("/messages").text
    assert "Aucun message n’est encore arrivé." in page


@pytest.mark.parametrize("path", PAGES)
def test_they_are_for_operators(database: Database, city: SmallCity, path: str) -> None:
    closed = application(database, host="0.0.0.0")  # noqa: S104 - that is what is tested
    with visiting(closed) as stranger:
        assert stranger.get(path).status_code == 401
