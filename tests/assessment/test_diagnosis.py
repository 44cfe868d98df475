"""Sightings and next checks through the store: recorded, weighed, proposed, withdrawn."""

from datetime import UTC, datetime, timedelta

import pytest

from control_center.assessment import Assessor
from control_center.witnessing import witness
from tests.assessment.stored_town import StoredTown
from tests.assessment.test_assessor import states, wet
from tests.support.web import TestClient, application
from twin.errors import NotFound, Refused
from twin.model.states import LightState
from twin.store.database import Database
from twin.store.diagnosis import MOST_OF_A_LIGHT, MOST_OF_ONE, NewSighting, checks_of
from twin.store.incidents import IncidentReader


@pytest.fixture
def town(database: Database) -> StoredTown:
    return StoredTown(database)


@pytest.fixture
def reader(database: Database) -> IncidentReader:
    return IncidentReader(database)


def said(
    town: StoredTown, light: str, *, by: str = "", dark: bool = True, who: str = "resident"
) -> bool:
    return witness(town.database, town.clock, NewSighting(light, town.now, dark, who, by))


FEEDER_D1 = range(101, 107)


def test_calls_about_a_silent_feeder_open_its_incident_and_a_crew_closes_the_question(
    town: StoredTown, reader: IncidentReader
) -> None:
    town.all_lit()
    town.later(60)
    town.all_lit(but=FEEDER_D1)
    assessor = Assessor(town.database, town.clock)
    assessor.assess()
    assert states(reader) == {"LIT": 14, "SILENT": 6}
    silent = reader.light_states().filter(asset_id=101)
    assert silent["probability"].item() > 0.8  # in doubt, and said so; nobody is accused
    assert reader.open_incidents() == []
    assert said(town, "L-02", by="06 00 00 00 01")
    assert not said(town, "L-02", by="06 00 00 00 01")  # the same twice is once
    assessor.assess()
    (incident,) = reader.open_incidents()
    assert (incident.kind, incident.root["code"]) == ("feeder_out", "D1")
    assert states(reader) == {"LIT": 14, "INFERRED_DARK": 6}
    town.later(2)
    for light in ("L-01", "L-02", "L-03"):
        said(town, light, dark=False, who="crew")
    town.say(101, lamp_on=1)
    town.say(102, lamp_on=1)
    assessor.assess()
    assert reader.open_incidents() == []


def test_what_an_unknown_plinth_leaves_in_doubt_is_looked_at_first(
    town: StoredTown, reader: IncidentReader
) -> None:
    town.sql("DELETE FROM device WHERE asset_id BETWEEN 101 AND 120")  # nothing watches the lights
    assessor = Assessor(town.database, town.clock)
    wet(town, -0.5495, -0.5485, 0.25)  # five centimetres above an assumed plinth
    town.later(1)
    assessor.assess()
    (incident,) = reader.open_incidents()
    best, *_ = checks_of(town.database, incident.code)
    assert (best.act, best.light, best.street) == ("look", "L-11", "Quai des Tanneurs")
    assert 0.4 < best.dead < 0.7
    assert best.gain_bits > 0.5
    said(town, best.light, who="patrol")
    town.later(1)
    assessor.assess()
    assert checks_of(town.database, incident.code) == []  # seen: nothing is left in doubt
    seen = reader.light_states().filter(asset_id=111)
    assert seen["state"].item() == LightState.CONFIRMED_DARK
    (incident,) = reader.open_incidents()
    assert incident.claim["probability"] > 0.75


def test_impossible_and_endless_sightings_are_refused_with_their_rule(town: StoredTown) -> None:
    for at in (town.now + timedelta(minutes=1), datetime(1970, 1, 1, tzinfo=UTC)):
        with pytest.raises(Refused) as refused:
            witness(town.database, town.clock, NewSighting("L-01", at, True, "resident"))
        assert refused.value.rule == "not_then"
    with pytest.raises(NotFound):
        said(town, "L-99")
    lights = [f"L-{k:02d}" for k in range(1, 21)]
    for light in lights[:MOST_OF_ONE]:
        assert said(town, light, by="insistent")
    town.later(1)
    with pytest.raises(Refused) as refused:
        said(town, "L-01", by="insistent")
    assert refused.value.rule == "too_many_sightings"
    for k in range(MOST_OF_A_LIGHT - 1):
        assert said(town, "L-01", by=f"caller {k}")
    with pytest.raises(Refused):
        said(town, "L-01", by="one more")
    assert said(town, "L-02", by="one more")


def test_only_a_digest_of_the_reporter_is_kept(town: StoredTown) -> None:
    said(town, "L-01", by="Mme Bernard")
    ((kept,),) = town.sql("SELECT reporter FROM sighting")
    assert len(kept) == 16
    assert "Bernard" not in kept


def test_the_panel_says_what_to_look_at_and_the_api_takes_what_was_seen(town: StoredTown) -> None:
    town.sql("DELETE FROM device WHERE asset_id BETWEEN 101 AND 120")
    wet(town, -0.5495, -0.5485, 0.25)
    town.later(1)
    assessor = Assessor(town.database, town.clock)
    assessor.assess()
    visitor = TestClient(application(town.database, town.clock), base_url="http://localhost")
    french = visitor.get("/pilotage/incidents/I-2026-0001").text
    assert "À vérifier d’abord" in french
    assert "Aller voir le lampadaire" in french
    assert "Go and see light" in visitor.get("/pilotage/incidents/I-2026-0001?lang=en").text
    form = {"light": "L-12", "dark": "true", "incident": "I-2026-0001"}
    answer = visitor.post("/pilotage/constats", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/pilotage?incident=I-2026-0001",
    )
    assert town.sql("SELECT dark, witness FROM sighting") == [(True, "patrol")]
    seen = {"light": "L-11", "dark": True, "witness": "patrol", "reporter": "équipe 2"}
    first = visitor.post("/v1/sightings", json=seen)
    assert (first.status_code, first.json()["new"]) == (201, True)
    assert visitor.post("/v1/sightings", json=seen).json()["new"] is False
    assert visitor.post("/v1/sightings", json={**seen, "light": "L-99"}).status_code == 404
    old = visitor.post("/v1/sightings", json={**seen, "at": "1970-01-01T00:00:00Z"})
    assert (old.status_code, old.json()["rule"]) == (422, "not_then")
    assert visitor.post("/v1/sightings", json={**seen, "witness": "rumour"}).status_code == 422
    town.later(2)
    assessor.assess()
    assert "À vérifier d’abord" not in visitor.get("/pilotage/incidents/I-2026-0001").text
