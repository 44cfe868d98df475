"""The wall of an instant of the past: its cards, in whose hands, with the proof of then."""

from datetime import datetime, timedelta

import pytest

from control_center import acts, care
from control_center.assessment import Assessor
from tests.assessment.stored_town import StoredTown
from tests.assessment.test_acts import flood
from tests.support.web import TestClient, application
from twin.errors import NotFound
from twin.store.database import Database
from twin.store.incidents import IncidentReader
from twin.store.past_incidents import PastReader


@pytest.fixture
def town(database: Database) -> StoredTown:
    return StoredTown(database)


def shown(town: StoredTown, path: str, at: datetime) -> str:
    client = TestClient(application(town.database, town.clock), base_url="http://localhost")
    answer = client.get(path, params={"instant": at.isoformat()})
    assert answer.status_code == 200, answer.text
    return answer.text.replace("\u00a0", " ")


def test_cards_are_those_of_then(town: StoredTown) -> None:
    assessor = Assessor(town.database, town.clock)
    town.all_lit()
    assessor.assess()
    calm = town.now - timedelta(hours=2)
    town.later(5)
    flood(town)
    assessor.assess()
    computed = town.now
    town.later(1)
    town.say(2, supply_present=0)
    assessor.assess()
    measured = town.now
    [incident] = IncidentReader(town.database).open_incidents()
    town.later(3)
    care.acknowledge(town.database, town.clock, "Nadia", incident.code)
    taken = town.now
    town.later(30)
    town.all_lit(but=range(101, 111))
    acts.end_flood(town.database, town.clock, "Nadia", "crue", town.now)
    assessor.assess()
    town.later(10)
    acts.record_inspection(town.database, town.clock, "Nadia", "A-112")
    town.later(2)
    town.say(2, supply_present=1)
    assessor.assess()
    assert IncidentReader(town.database).open_incidents() == []

    def then(at: datetime) -> PastReader:
        return PastReader(town.database, at)

    assert then(calm).incidents() == []
    first, second, third = (then(at).incident(incident.code) for at in (computed, measured, taken))
    assert (first.claim["basis"], second.claim["basis"]) == ("computed", "measured")
    assert first.proof_version < second.proof_version
    assert (second.acknowledged_by, third.acknowledged_by) == (None, "Nadia")
    assert (third.status, third.closed_at) == ("open", None)
    assert then(town.now - timedelta(seconds=90)).incident(incident.code).status == "recovering"
    with pytest.raises(NotFound):
        then(town.now).incident(incident.code)

    listed = shown(town, "/pilotage/incidents", measured)
    assert "Telles qu’elles étaient à 20 h 20." in listed
    assert incident.code in listed
    assert "Aucun incident n’était ouvert." in shown(town, "/pilotage/incidents", calm)
    panel = shown(town, f"/pilotage/incidents/{incident.code}", measured)
    assert "Pour agir, revenez au direct." in panel
    assert "<form" not in panel
    gone = shown(town, f"/pilotage/incidents/{incident.code}", calm)
    assert "n’était pas ouvert" in gone
    ahead = shown(town, "/pilotage/incidents", town.now + timedelta(hours=1))
    assert "Telles qu’elles" not in ahead  # the future is not known: the present is shown
