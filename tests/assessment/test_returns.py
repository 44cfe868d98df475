"""Returns announced from what past outages took: once, kept in view, counted, kept or not."""

from datetime import timedelta

import pytest

from control_center import acts, care, returns
from control_center.assessment import Assessor
from control_center.returns import published
from tests.assessment.stored_town import StoredTown
from tests.assessment.test_acts import flood
from tests.support.web import TestClient, application
from twin.store.database import Database
from twin.store.returns import Announced, ReturnReader


@pytest.fixture
def town(database: Database) -> StoredTown:
    """A town whose cabinets went out twelve times before, for one to twelve hours."""
    town = StoredTown(database)
    for hours in range(1, 13):
        began = town.now - timedelta(days=30 + hours)
        town.sql(
            "WITH old AS (INSERT INTO incident (code, kind, root_key, status, opened_at,"
            " changed_at, closed_at, headline, proof_version)"
            " VALUES (%s, 'cabinet_out', 'cabinet:A-113',"
            " 'closed', %s, %s, %s, '{}', 1) RETURNING id)"
            " INSERT INTO proof SELECT id, 1, now(), 'x', %s FROM old",
            f"I-2025-{hours:04d}", began, began, began + timedelta(hours=hours),
            '{"claim": {"outcome": "restored"}}',
        )  # fmt: skip
    return town


def cut(town: StoredTown) -> str:
    """Cabinet A-113 loses its supply; return the code of its incident."""
    town.all_lit()
    town.say(3, supply_present=1)
    Assessor(town.database, town.clock).assess()
    town.later(5)
    town.say(3, supply_present=0)
    Assessor(town.database, town.clock).assess()
    [(code,)] = town.sql("SELECT code FROM incident WHERE status <> 'closed'")
    return str(code)


def announced(town: StoredTown, code: str) -> list[Announced]:
    return ReturnReader(town.database).announced(code)


def test_a_window_is_announced_once_and_stands(town: StoredTown) -> None:
    code = cut(town)
    assert returns.run(town.database, town.clock) == 1
    [first] = announced(town, code)
    assert (first.crew_state, first.based_on) == ("waiting", 12)
    opened = town.sql("SELECT opened_at FROM incident WHERE code = %s", code)[0][0]
    assert first.earliest - opened <= timedelta(hours=1)
    assert first.latest - opened >= timedelta(hours=12)
    town.later(30)
    assert returns.run(town.database, town.clock) == 0
    assert announced(town, code) == [first]


def test_a_window_that_runs_out_is_late_for_ever_and_replaced_if_anything_supports_it(
    town: StoredTown,
) -> None:
    code = cut(town)
    returns.run(town.database, town.clock)
    [first] = announced(town, code)
    town.sql("UPDATE return_estimate SET latest = %s, earliest = %s", town.now, town.now)
    town.later(10)
    assert returns.run(town.database, town.clock) == 1
    newest, before = announced(town, code)
    assert newest.made_at > before.latest
    page = visit(town).get("/rue/quai-des-tanneurs").text.replace("\u00a0", " ")
    assert "Retard : retour maintenant prévu" in page
    assert "Nous vous prions de nous en excuser" in page
    town.later(60 * 24)  # longer than any outage before: nothing supports a third
    assert returns.run(town.database, town.clock) == 0
    page = visit(town).get("/rue/quai-des-tanneurs").text.replace("\u00a0", " ")
    assert "Nous ne savons pas encore quand" in page
    assert first.based_on == 12


def test_the_record_counts_what_was_kept_and_lists_what_was_missed(town: StoredTown) -> None:
    code = cut(town)
    returns.run(town.database, town.clock)
    town.later(10)
    town.say(3, supply_present=1)
    town.all_lit()
    Assessor(town.database, town.clock).assess()
    assert town.sql("SELECT status FROM incident WHERE code = %s", code) == [("closed",)]
    [kind] = published(town.database)
    assert (kind.kind, kind.record.early, kind.record.total) == ("cabinet_out", 1, 1)
    page = visit(town).get("/retours").text.replace("\u00a0", " ")
    assert "Retours tenus : 0 sur 1." in page
    assert "armoire sans courant" in page
    [told] = visit(town).get("/v1/returns/record").json()
    assert (told["kept"], told["early"], told["late"]) == (0, 1, 0)


def test_where_nothing_supports_a_time_none_is_given(town: StoredTown) -> None:
    town.all_lit()
    Assessor(town.database, town.clock).assess()
    flood(town)  # the water still stands, and no flood was seen before
    assert returns.run(town.database, town.clock) == 0
    page = visit(town).get("/rue/rue-des-lavandieres").text.replace("\u00a0", " ")
    assert "Nous ne savons pas encore quand l’éclairage reviendra." in page
    acts.end_flood(town.database, town.clock, "Nadia", "crue", town.now)
    assert returns.run(town.database, town.clock) == 0
    assert visit(town).get("/v1/returns/record").json() == []


def test_who_takes_charge_changes_what_is_compared(town: StoredTown) -> None:
    code = cut(town)
    returns.run(town.database, town.clock)
    care.acknowledge(town.database, town.clock, "Nadia", code)
    town.later(1)
    assert returns.run(town.database, town.clock) == 0  # nobody took charge of the past ones
    town.sql(
        "INSERT INTO incident_act (incident_id, act_key, at, person, kind)"
        " SELECT id, code, opened_at + interval '10 minutes', 'x', 'acknowledge' FROM incident"
        " WHERE status = 'closed'"
    )
    assert returns.run(town.database, town.clock) == 1
    newest, before = announced(town, code)
    assert (newest.crew_state, before.crew_state) == ("taken", "waiting")
    wall = visit(town).get("/pilotage").text.replace("\u00a0", " ")
    assert "Retour prévu" in wall
    panel = visit(town).get(f"/pilotage/incidents/{code}").text.replace("\u00a0", " ")
    assert "Retour prévu" in panel
    assert "quand l’éclairage reviendra" not in panel  # never both: expected, and not known


def visit(town: StoredTown) -> TestClient:
    return TestClient(application(town.database, town.clock), base_url="http://localhost")
