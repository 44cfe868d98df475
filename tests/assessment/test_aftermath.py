"""After the water: a fresh deadline, then a ring; never a ring for each, never a silent failure."""

import pytest

from control_center import acts, care
from control_center.assessment import Assessor
from tests.assessment.stored_town import StoredTown
from tests.assessment.test_acts import flood
from tests.support.web import TestClient, application
from twin.incidents.proof_check import check
from twin.store.database import Database
from twin.store.incident_acts import ActReader
from twin.store.incidents import Incident, IncidentReader

A112_LIGHTS = range(101, 111)


@pytest.fixture
def town(database: Database) -> StoredTown:
    return StoredTown(database)


@pytest.fixture
def reader(town: StoredTown) -> IncidentReader:
    return IncidentReader(town.database)


def told(town: StoredTown, code: str, street: str) -> str:
    """Every page and answer that tells of an incident, as one text."""
    client = TestClient(application(town.database, town.clock), base_url="http://localhost")
    found = ""
    for path in (
        f"/pilotage?incident={code}",
        f"/preuve/{code}",
        f"/rue/{street}",
        f"/v1/incidents/{code}/words",
        f"/preuve/{code}?lang=en",
        "/pilotage/releve",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        found += answer.text
    return found.replace("\u00a0", " ")


def of_kind(reader: IncidentReader, kind: str) -> list[Incident]:
    return [one for one in reader.open_incidents() if one.kind == kind]


def returned(town: StoredTown) -> Assessor:
    """The quay was flooded, and is back; its lamps have not spoken yet."""
    assessor = Assessor(town.database, town.clock)
    town.all_lit()
    town.say(2, supply_present=1)
    assessor.assess()
    town.later(5)
    flood(town)
    town.say(2, supply_present=0)
    assessor.assess()
    town.later(20)
    town.all_lit(but=A112_LIGHTS)
    acts.end_flood(town.database, town.clock, "Nadia", "crue", town.now)
    assessor.assess()
    town.later(10)
    acts.record_inspection(town.database, town.clock, "Nadia", "A-112")
    assessor.assess()
    town.later(2)
    town.say(2, supply_present=1)
    assessor.assess()
    return assessor


def test_those_still_silent_after_their_fresh_deadline_are_one_card(
    town: StoredTown, reader: IncidentReader
) -> None:
    assessor = returned(town)
    assert of_kind(reader, "flood") == []
    for _ in range(3):  # their fresh deadline: three intervals of a quarter of an hour
        assert of_kind(reader, "still_silent") == []
        town.later(14)
        town.all_lit(but=range(101, 104))
        town.say(2, supply_present=1)
        assessor.assess()
    assert of_kind(reader, "still_silent") == []
    town.later(5)
    assessor.assess()
    [card] = of_kind(reader, "still_silent")
    assert (card.root["code"], card.claim["verdict"]) == ("A-112", "silent")
    assert card.headline["sensors_silent"] == 3
    assert card.headline["lights"] == 0  # silence is not darkness
    stored = reader.stored_proof(card.code)
    assert check(stored.document, stored.sha256) == []
    pages = told(town, card.code, "rue-des-lavandieres")
    assert "Toujours muets après A-112" in pages
    assert "Nous ne savons pas si votre rue est éclairée" in pages
    town.later(3)
    town.all_lit()
    assessor.assess()
    assert of_kind(reader, "still_silent") == []
    closed = reader.incident(card.code)
    assert (closed.claim["outcome"], closed.closed_at) == ("heard", town.now)
    assert town.sql("SELECT count(*) FROM silence_watch") == [(0,)]


def test_another_process_follows_the_same_devices(town: StoredTown, reader: IncidentReader) -> None:
    returned(town)
    watched = town.sql("SELECT count(*) FROM silence_watch WHERE cleared_at IS NOT NULL")
    assert watched[0][0] >= 10
    town.later(60)
    town.all_lit(but=range(101, 104))
    town.say(2, supply_present=1)
    Assessor(town.database, town.clock).assess()
    [card] = of_kind(reader, "still_silent")
    assert card.headline["sensors_silent"] == 3


def test_what_does_not_come_back_rings_again_whoever_had_taken_charge(
    town: StoredTown, reader: IncidentReader
) -> None:
    assessor = Assessor(town.database, town.clock)
    town.all_lit()
    assessor.assess()
    town.later(5)
    flood(town)
    town.say(2, supply_present=0)
    assessor.assess()
    [incident] = of_kind(reader, "flood")
    care.acknowledge(town.database, town.clock, "Nadia", incident.code)
    town.later(20)
    acts.end_flood(town.database, town.clock, "Nadia", "crue", town.now)
    town.later(10)
    acts.record_inspection(town.database, town.clock, "Nadia", "A-112")
    assert reader.incident(incident.code).status == "recovering"
    assert reader.incident(incident.code).acknowledged_by == "Nadia"
    town.later(61)  # an hour to show its supply, and no sign of it
    town.all_lit(but=A112_LIGHTS)
    assessor.assess()
    again = reader.incident(incident.code)
    assert (again.status, again.acknowledged_by) == ("open", None)
    assert again.rang_at is not None
    assert again.rang_at > again.opened_at
    kinds = [act.kind for act in ActReader(town.database).of(incident.code)]
    assert kinds == ["acknowledge", "ring"]
    assessor.assess()
    assert len(ActReader(town.database).of(incident.code)) == 2  # once


def test_cabinets_that_fall_together_are_one_event_and_the_first_cards_say_so(
    town: StoredTown, reader: IncidentReader
) -> None:
    assessor = Assessor(town.database, town.clock)
    town.all_lit()
    for cabinet in (2, 3, 4):
        town.say(cabinet, supply_present=1)
    assessor.assess()
    for cabinet in (2, 3, 4):
        town.later(2)
        town.say(cabinet, supply_present=0)
        assessor.assess()
    [event] = [one for one in reader.open_incidents() if one.headline.get("devices")]
    assert event.headline["cabinets"] == 3
    assert {one.claim["outcome"] for one in reader.closed_incidents()} == {"merged"}
    stored = reader.stored_proof(event.code)
    assert check(stored.document, stored.sha256) == []
    code = event.code
    pages = told(town, code, "rue-haute")
    assert "3 armoires" in pages
    assert "nous ne savons pas encore pourquoi" in pages
    town.later(2)
    assessor.assess()
    town.later(3)
    for cabinet in (2, 3):
        town.say(cabinet, supply_present=1)
    assessor.assess()
    [left] = [one for one in reader.open_incidents() if one.headline.get("devices")]
    assert left.code == code  # the event keeps its last
    town.later(3)
    town.say(4, supply_present=1)
    assessor.assess()
    assert reader.incident(code).claim["outcome"] == "restored"
