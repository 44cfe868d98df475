"""The assessor on a real store: writes only what changed, by the time of events, and once."""

import contextlib
import threading
from datetime import timedelta

import psycopg
import pytest
import shapely

from control_center.assessment import Assessor, assess
from tests.assessment.stored_town import StoredTown
from tests.twin.incidents.town import EVENING
from twin.clock import VirtualClock
from twin.errors import NoTerritory, StoreUnreachable
from twin.incidents.proof_check import check
from twin.model.states import LightState
from twin.store.database import Database
from twin.store.incident_writer import NewExtent, end_flood, record_audit, record_extent
from twin.store.incidents import IncidentReader


@pytest.fixture
def town(database: Database) -> StoredTown:
    return StoredTown(database)


@pytest.fixture
def reader(town: StoredTown) -> IncidentReader:
    return IncidentReader(town.database)


def wet(town: StoredTown, west: float, east: float, depth: float) -> None:
    """Record a sheet of water between two longitudes, now."""
    with town.database.connection() as connection:
        record_extent(
            connection,
            NewExtent(
                slug="crue",
                name="Crue",
                source="essai",
                simulated=True,
                observed_at=town.now,
                recorded_at=town.now,
                file_name="crue.geojson",
                sha256="ab",
                polygons=[(shapely.box(west, 47.44, east, 47.46).wkb, depth)],
            ),
        )


def states(reader: IncidentReader) -> dict[str, int]:
    counted = reader.light_states()["state"].value_counts().rows()
    return {LightState(state).name: count for state, count in counted}


def test_an_empty_store_is_said_to_be_empty(database: Database) -> None:
    with pytest.raises(NoTerritory, match="no territory"):
        assess(database, VirtualClock(EVENING))


def test_the_first_look_writes_every_light_and_the_second_nothing(
    town: StoredTown, reader: IncidentReader
) -> None:
    town.all_lit()
    assessor = Assessor(town.database, town.clock)
    first = assessor.assess()
    assert (first.lights, first.lights_changed, first.incidents) == (20, 20, 0)
    assert states(reader) == {"LIT": 20}
    again = assessor.assess()
    assert (again.lights_changed, again.devices_changed, again.incidents_changed) == (0, 0, 0)
    another_process = Assessor(town.database, town.clock).assess()
    assert (another_process.lights_changed, another_process.incidents_changed) == (0, 0)
    assert reader.light_states()["since"].unique().to_list() == [town.now]


def test_a_flood_from_the_extent_to_the_proof_and_back(
    town: StoredTown, reader: IncidentReader
) -> None:
    town.all_lit()
    assessor = Assessor(town.database, town.clock)
    before = assessor.assess()
    town.later(1)
    wet(town, -0.551, -0.5495, 0.62)
    began = town.now
    flooded = assessor.assess()
    assert (flooded.lights_changed, flooded.devices_changed, flooded.incidents) == (10, 1, 1)
    assert states(reader) == {"LIT": 10, "INFERRED_DARK": 10}
    (incident,) = reader.open_incidents()
    assert (incident.code, incident.kind, incident.opened_at) == ("I-2026-0001", "flood", began)
    assert incident.root["code"] == "A-112"
    assert incident.headline["lights"] == 10
    stored = reader.stored_proof(incident.code)
    assert check(stored.document, stored.sha256) == []
    assert reader.light_states_since(before.seq or 0)["since"].unique().to_list() == [began]

    town.later(1)  # the meter's last words
    town.say(2, supply_present=0)
    confirmed = assessor.assess()
    assert confirmed.incidents_changed == 1
    assert states(reader) == {"LIT": 10, "CONFIRMED_DARK": 10}
    assert reader.proof(incident.code)["claim"]["basis"] == "measured"
    assert reader.proof(incident.code, 1)["claim"]["basis"] == "computed"


def test_receded_water_waits_for_an_inspection_and_the_lights_for_their_own_news(
    town: StoredTown, reader: IncidentReader
) -> None:
    town.all_lit()
    assessor = Assessor(town.database, town.clock)
    assessor.assess()
    town.later(1)
    wet(town, -0.551, -0.5495, 0.62)
    began = town.now
    town.later(1)
    town.say(2, supply_present=0)
    assessor.assess()
    town.later(8)
    town.all_lit(but=range(101, 111))
    with town.database.connection() as connection:
        end_flood(connection, "crue", town.now)
    gone = town.now
    assessor.assess()
    assert states(reader) == {"LIT": 10, "CONFIRMED_DARK": 10}
    assert reader.supply_states()["state"].to_list() == ["awaiting_inspection"]
    town.later(5)
    inspect(town)
    town.say(115, lamp_on=1)  # somebody else speaks meanwhile
    assessor.assess()
    assert reader.open_incidents()[0].status == "recovering"
    assert states(reader) == {"LIT": 10, "SILENT": 10}  # back in supply, not heard since
    town.later(5)
    town.say(2, supply_present=1)
    town.all_lit()
    assert assessor.assess().incidents == 0
    assert states(reader) == {"LIT": 20}
    closed = reader.incident("I-2026-0001")
    assert (closed.status, closed.closed_at) == ("closed", town.now)
    assert closed.claim["outcome"] == "restored"
    assert reader.supply_events(2).select("state", "at").rows()[1:3] == [
        ("awaiting_inspection", gone),
        ("recovering", gone + timedelta(minutes=5)),
    ]
    light = reader.history(began - timedelta(hours=1), town.now + timedelta(hours=1), 101)
    assert [LightState(state).name for state in light["state"]] == [
        "LIT", "CONFIRMED_DARK", "SILENT", "LIT",
    ]  # fmt: skip


def inspect(town: StoredTown) -> None:
    with town.database.connection() as connection:
        record_audit(
            connection,
            at=town.now,
            person="Nadia",
            role="operator",
            act="inspection",
            subject="cabinet:A-112",
            detail={"asset_id": 2},
        )


def test_silence_deadlines_pass_without_any_message(
    town: StoredTown, reader: IncidentReader
) -> None:
    town.all_lit()
    assessor = Assessor(town.database, town.clock)
    assessor.assess()
    last = town.now
    town.later(46)
    quiet = assessor.assess()
    assert quiet.lights_changed == 20
    assert states(reader) == {"SILENT": 20}
    assert reader.light_states()["since"].unique().to_list() == [last + timedelta(minutes=45)]
    (incident,) = reader.open_incidents()
    assert incident.kind == "gateway_silent"
    assert incident.headline["lights"] == 0
    roles = reader.assets(incident.code)["role"].value_counts().rows()
    assert dict(roles) == {"root": 1, "gateway": 1, "silent": 23}


def test_a_gap_of_our_own_accuses_nobody(town: StoredTown, reader: IncidentReader) -> None:
    town.all_lit()
    assessor = Assessor(town.database, town.clock)
    assessor.assess()
    town.later(60, door_open=False)  # nothing at all was received meanwhile: it was us
    assessor.assess()
    assert states(reader) == {"UNMONITORED": 20}
    assert reader.open_incidents() == []
    town.later(46)  # the door is open again, and they had their time
    Assessor(town.database, town.clock).assess()
    assert states(reader) == {"SILENT": 20}
    assert [incident.kind for incident in reader.open_incidents()] == ["gateway_silent"]


def test_a_city_that_was_never_heard_is_not_silent_until_its_first_deadline(
    town: StoredTown, reader: IncidentReader
) -> None:
    town.sql("DELETE FROM ledger")
    assessor = Assessor(town.database, town.clock)
    assessor.assess()
    assert states(reader) == {"UNMONITORED": 20}  # the door was never open
    town.later(44)
    assessor.assess()
    assert states(reader) == {"UNMONITORED": 20}
    town.later(2)
    assessor.assess()
    assert states(reader) == {"SILENT": 20}


def test_lights_registered_lately_have_their_time_too(
    town: StoredTown, reader: IncidentReader
) -> None:
    town.sql(
        "WITH import AS (INSERT INTO dataset (mapping, file_name, sha256, imported_at, rows_read,"
        " rows_kept, rows_set_aside, report) VALUES ('m', 'f', '', %s, 10, 10, 0, '{}')"
        " RETURNING id) UPDATE asset SET dataset_id = (SELECT id FROM import)"
        " WHERE id BETWEEN 101 AND 110",
        town.now - timedelta(minutes=10),
    )
    assessor = Assessor(town.database, town.clock)
    assessor.assess()
    assert states(reader) == {"UNMONITORED": 10, "SILENT": 10}
    town.later(36)
    assessor.assess()
    assert states(reader) == {"SILENT": 20}


def test_a_lamp_is_one_card_until_it_burns_again(town: StoredTown, reader: IncidentReader) -> None:
    town.all_lit(but=[103])
    town.say(103, lamp_on=0, active_power=1, dimming_level=100)
    out = town.now
    assessor = Assessor(town.database, town.clock)
    assessor.assess()
    (incident,) = reader.open_incidents()
    assert (incident.kind, incident.root["code"], incident.opened_at) == (
        "lamp_failure",
        "L-03",
        out,
    )
    assert [i.code for i in reader.incidents_of_street(21)] == [incident.code]
    assert reader.incidents_of_street(23) == []
    town.later(10)
    town.all_lit()
    assessor.assess()
    assert reader.open_incidents() == []
    assert reader.closed_incidents()[0].closed_at == town.now
    assert reader.incident(incident.code).claim["outcome"] == "lit"


def test_saying_the_same_again_makes_no_new_proof(town: StoredTown, reader: IncidentReader) -> None:
    assessor = Assessor(town.database, town.clock)
    for minute in range(4):
        town.all_lit(but=range(103, 104 + minute % 2))
        town.say(103, lamp_on=0, active_power=minute, dimming_level=100)
        town.say(3, voltage__1=200 + minute / 2, supply_present=1)
        assessor.assess()
        town.later(5)
    assert [i.kind for i in reader.open_incidents()] == ["lamp_failure", "low_voltage"]
    assert [i.proof_version for i in reader.open_incidents()] == [1, 1]
    assert len({i.opened_at for i in reader.open_incidents()}) == 1
    assert reader.last_change() > 0
    anew = Assessor(town.database, town.clock).assess()  # another process: still nothing new
    assert (anew.incidents_changed, anew.lights_changed) == (0, 0)


def test_a_reopened_cause_gets_a_new_code(town: StoredTown, reader: IncidentReader) -> None:
    assessor = Assessor(town.database, town.clock)
    for _ in range(2):
        town.all_lit(but=[103])
        town.say(103, lamp_on=0, dimming_level=100)
        assessor.assess()
        town.later(1)
        town.all_lit()
        assessor.assess()
        town.later(1)
    assert [i.code for i in reader.closed_incidents()] == ["I-2026-0002", "I-2026-0001"]


def test_low_voltage_and_a_river_level_come_from_their_channels(
    town: StoredTown, reader: IncidentReader
) -> None:
    town.all_lit()
    town.say(2, voltage__1=231, voltage__2=201, voltage__3=0, supply_present=1)
    town.say(80, water_level=3.17)
    assessor = Assessor(town.database, town.clock)
    assessor.assess()
    assert states(reader) == {"LIT": 10, "DEGRADED": 10}
    (incident,) = reader.open_incidents()
    assert incident.kind == "low_voltage"
    town.later(1)
    wet(town, -0.5495, -0.5485, 0.5)
    town.say(80, water_level=3.42)
    assessor.assess()
    flood = next(i for i in reader.open_incidents() if i.kind == "flood")
    first = reader.proof(flood.code)["chain"][0]
    assert (first["step"], first["figures"][0]["value"]) == ("water_level", 3.42)


def test_readings_from_the_future_or_out_of_range_are_set_aside(
    town: StoredTown, reader: IncidentReader
) -> None:
    town.say(101, at=town.now + timedelta(hours=3), lamp_on=1)
    town.say(102, lamp_on=1)
    town.sql(
        "UPDATE latest SET quality = 1 WHERE datastream_id IN"
        " (SELECT id FROM datastream WHERE asset_id = 102)"
    )
    Assessor(town.database, town.clock).assess()
    assert states(reader) == {"SILENT": 20}


def test_a_city_imported_anew_is_read_anew(town: StoredTown, reader: IncidentReader) -> None:
    town.all_lit()
    assessor = Assessor(town.database, town.clock)
    assessor.assess()
    town.sql("UPDATE asset SET valid_to = %s WHERE id = 120", town.now)
    town.sql("UPDATE territory SET data_version = 'v2'")
    town.later(1)
    after = assessor.assess()
    assert after.lights == 19
    assert len(reader.light_states()) == 19


def test_states_are_told_at_the_commit(town: StoredTown) -> None:
    with psycopg.connect(town.database.url, autocommit=True) as listener:
        listener.execute("LISTEN reverbere_state")
        seq = Assessor(town.database, town.clock).assess().seq
        told = next(listener.notifies(timeout=120))
    assert told.payload == str(seq)


def test_two_processes_never_assess_at_once_and_agree(
    town: StoredTown, reader: IncidentReader
) -> None:
    town.all_lit()
    wet(town, -0.551, -0.5495, 0.62)
    town.later(1)
    assessors = [Assessor(town.database, town.clock) for _ in range(3)]
    threads = [threading.Thread(target=assessor.assess) for assessor in assessors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reader.open_incidents()) == 1
    assert len(reader.proof_versions("I-2026-0001")) == 1
    assert len(reader.light_states()["seq"].unique()) == 1


def test_a_database_that_went_away_is_found_again(town: StoredTown, reader: IncidentReader) -> None:
    town.all_lit()
    assessor = Assessor(town.database, town.clock)
    assessor.assess()
    with psycopg.connect(town.database.url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    town.later(46)
    with contextlib.suppress(StoreUnreachable):  # the first call may meet the broken connection
        assessor.assess()
    assessor.assess()
    assert states(reader) == {"SILENT": 20}


def test_a_pass_that_failed_is_made_again_in_full(
    town: StoredTown, reader: IncidentReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.all_lit()
    assessor = Assessor(town.database, town.clock)
    with monkeypatch.context() as patch:
        patch.setattr(
            "control_center.assessment.cards.Cards.write",
            lambda *_: (_ for _ in ()).throw(psycopg.OperationalError("gone")),
        )
        with pytest.raises(psycopg.OperationalError):
            assessor.assess()
    assert len(reader.light_states()) == 0
    assert assessor.assess().lights_changed == 20
