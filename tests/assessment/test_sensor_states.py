"""How each sensor is heard, from the law to the store, the pages and the API."""

from datetime import timedelta
from typing import Any

import pytest

from control_center import acts
from control_center.assessment import Assessor
from tests.assessment.stored_town import StoredTown
from tests.assessment.test_acts import flood
from tests.support.web import TestClient, application
from twin.incidents.silence import Hearing, Reason
from twin.store.database import Database
from twin.store.incidents import IncidentReader
from twin.store.sensor_states import SensorStateReader, totals

A112_LIGHTS = range(101, 111)


@pytest.fixture
def town(database: Database) -> StoredTown:
    return StoredTown(database)


def client(town: StoredTown) -> TestClient:
    return TestClient(application(town.database, town.clock), base_url="http://localhost")


def asked(town: StoredTown, **query: Any) -> dict[str, Any]:
    answer = client(town).get("/v1/sensors/states", params=query)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_from_heard_to_silent_explained_to_recovering_to_a_card(town: StoredTown) -> None:
    """One night of a sensor in a flooded cabinet, told the same way everywhere."""
    assessor, reader = Assessor(town.database, town.clock), SensorStateReader(town.database)
    town.all_lit()
    town.say(2, supply_present=1)
    assessor.assess()
    assert totals(reader.counts())[Hearing.REPORTING] == 23  # the river gauge has never spoken
    heard = reader.of_asset(101)
    assert heard is not None
    assert (heard.state, heard.since) == (Hearing.REPORTING, town.now)
    assert heard.deadline == town.now + timedelta(minutes=18)  # a fifth of its interval late

    town.later(5)
    flood(town)
    town.say(2, supply_present=0)
    assessor.assess()
    town.later(20)
    town.all_lit(but=A112_LIGHTS)
    assessor.assess()
    [incident] = IncidentReader(town.database).open_incidents()
    explained = asked(town, state="silent_explained")
    assert explained["counts"]["silent_explained"] == 11  # ten lights, and the leak probe at A-112
    assert {one["incident"] for one in explained["states"]} == {incident.code}
    assert {one["reason"] for one in explained["states"]} == {"supply"}
    assert {one["deadline"] for one in explained["states"]} == {None}
    told = plain(client(town).get("/messages/device-101").text)
    assert "Muet, expliqué." in told
    assert "Ce qui l’alimente est sans courant." in told
    assert incident.code in told
    panel = plain(client(town).get("/pilotage/objets/cabinet/A-112").text)
    assert "11 muets expliqués" in panel
    came_back(town, assessor, incident.code)


def came_back(town: StoredTown, assessor: Assessor, code: str) -> None:
    """The water is gone; three lamps of the quay never speak again."""
    reader = SensorStateReader(town.database)
    acts.end_flood(town.database, town.clock, "Nadia", "crue", town.now)
    town.later(10)
    acts.record_inspection(town.database, town.clock, "Nadia", "A-112")
    town.later(2)
    town.say(2, supply_present=1)
    assessor.assess()
    back = reader.of_asset(101)
    assert back is not None
    assert (back.state, back.reason) == (Hearing.RECOVERING, Reason.CAUSE_CLEARED)
    assert back.deadline is not None
    assert back.deadline > town.now
    assert back.incident == code
    for _ in range(4):
        town.later(14)
        town.all_lit(but=range(101, 104))
        town.say(2, supply_present=1)
        assessor.assess()
    page = asked(town, state="silent_unexplained")
    silent = {one["code"]: one["incident"] for one in page["states"]}
    assert set(silent) == {"L-01", "L-02", "L-03", "VR-02"}
    [card] = [
        one for one in IncidentReader(town.database).open_incidents() if one.kind == "still_silent"
    ]
    assert [silent[code] for code in ("L-01", "VR-02")] == [card.code, None]
    wall = plain(client(town).get("/pilotage").text)
    assert "Capteurs : 4 muets inexpliqués" in wall


def test_pages_and_filters_of_the_api(town: StoredTown) -> None:
    assessor = Assessor(town.database, town.clock)
    town.all_lit()
    assessor.assess()
    first = asked(town, limit=20)
    assert (len(first["states"]), first["next_skip"]) == (20, 20)
    rest = asked(town, limit=20, skip=20)
    assert rest["next_skip"] is None
    codes = [one["code"] for one in (*first["states"], *rest["states"])]
    assert len(codes) == len(set(codes)) == 24
    assert codes[-1] == "L-20"
    assert [one["state"] for one in first["states"][1:3]] == ["silent_unexplained", "reporting"]
    assert {one["kind"] for one in asked(town, kind="hydrozone")["states"]} == {"hydrozone"}
    assert asked(town, incident="I-1999-0001")["states"] == []
    assert client(town).get("/v1/sensors/states?state=asleep").status_code == 422


def test_another_process_writes_only_what_changed(town: StoredTown) -> None:
    town.all_lit()
    Assessor(town.database, town.clock).assess()
    before = town.sql("SELECT * FROM sensor_state ORDER BY asset_id")
    Assessor(town.database, town.clock).assess()
    assert town.sql("SELECT * FROM sensor_state ORDER BY asset_id") == before
    town.later(20)
    town.all_lit(but=[101])
    Assessor(town.database, town.clock).assess()
    late = SensorStateReader(town.database).states([Hearing.LATE])
    assert [(one.code, one.reason) for one in late] == [("L-01", Reason.INTERVAL_PASSED)]
    page = plain(client(town).get("/messages?etat=late").text)
    assert "Un message manque" in page
    assert 'aria-current="true"' in page
