"""Incidents, proofs, states and floods in the store: written in one transaction, read back true."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
import shapely

from tests.assessment.stored_town import StoredTown
from twin.errors import NotFound
from twin.incidents.proof import seal
from twin.incidents.times import micros
from twin.store.database import Database
from twin.store.incident_writer import (
    ChangedLights,
    IncidentChange,
    IncidentWriter,
    NewExtent,
    SupplyChange,
    end_flood,
    record_extent,
)
from twin.store.incidents import IncidentReader

BODY = {
    "kind": "cabinet_out",
    "claim": {"verdict": "dark", "since": None},
    "root": {"kind": "cabinet", "code": "A-112"},
    "headline": {"lights": 10},
    "chain": [],
    "devices": [],
    "streets": [],
    "assumptions": [],
    "evidence": [],
    "unknown": [],
    "ruled_out": [],
}
TERRITORY = {"slug": "essai", "name": "Essai", "simulated": True}


@pytest.fixture
def town(database: Database) -> StoredTown:
    return StoredTown(database)


@pytest.fixture
def reader(town: StoredTown) -> IncidentReader:
    return IncidentReader(town.database)


def opened(town: StoredTown, root_key: str = "cabinet:A-112") -> tuple[int, str]:
    with town.database.connection() as connection:
        return IncidentWriter(connection).open("cabinet_out", root_key, town.now, {"lights": 10})


TOUCHED = [(2, "root"), (2, "device"), (101, "light"), (999, "light")]


def changed(
    town: StoredTown,
    incident: tuple[int, str],
    version: int,
    status: str = "open",
    *,
    assets: Sequence[tuple[int, str]] | None = TOUCHED,
) -> str:
    number, code = incident
    sealed = seal(BODY, incident=code, version=version, as_of=0, territory=TERRITORY)
    with town.database.connection() as connection:
        IncidentWriter(connection).change(
            number,
            IncidentChange(
                status=status,
                headline={"lights": 10 + version},
                changed_at=town.now,
                closed_at=town.now if status == "closed" else None,
                version=version,
                made_at=town.now,
                assets=assets,
                proof=(sealed.sha256, sealed.text),
            ),
        )
    return sealed.text


def test_codes_count_up_within_a_year(town: StoredTown) -> None:
    assert [opened(town, f"cabinet:{k}")[1] for k in range(2)] == ["I-2026-0001", "I-2026-0002"]
    town.clock.advance(60 * 86_400)
    assert opened(town, "cabinet:later")[1] == "I-2027-0001"


@pytest.mark.parametrize(
    ("then", "left"),
    [
        ([(2, "root"), (102, "light")], [(2, "root"), (102, "light")]),
        ([], []),
        (None, [(2, "device"), (2, "root"), (101, "light")]),
    ],
)
def test_an_incident_touches_what_was_said_last(
    town: StoredTown,
    then: list[tuple[int, str]] | None,
    left: list[tuple[int, str]],
) -> None:
    """What is no asset of ours is left out."""
    incident = opened(town)
    changed(town, incident, 1)
    changed(town, incident, 2, assets=then)
    with town.database.connection() as connection:
        found = connection.execute(
            "SELECT asset_id, role FROM incident_asset WHERE incident_id = %s", (incident[0],)
        ).fetchall()
    assert sorted(found) == left


def test_every_version_of_a_proof_stays_to_the_byte(
    town: StoredTown, reader: IncidentReader
) -> None:
    incident = opened(town)
    first, second = (changed(town, incident, version) for version in (1, 2))
    assert reader.stored_proof("I-2026-0001", 1).document == first
    assert reader.stored_proof("I-2026-0001").document == second
    assert reader.proof_versions("I-2026-0001")["version"].to_list() == [1, 2]
    assert reader.incident("I-2026-0001").headline == {"lights": 12}
    assert reader.incident("I-2026-0001").root["code"] == "A-112"
    with pytest.raises(NotFound, match="version 3"):
        reader.proof("I-2026-0001", 3)
    with pytest.raises(NotFound, match="I-2026-0009"):
        reader.incident("I-2026-0009")


def test_an_incident_is_found_by_the_street_of_its_lights_until_it_closes(
    town: StoredTown, reader: IncidentReader
) -> None:
    incident = opened(town)
    changed(town, incident, 1)
    assert [i.code for i in reader.incidents_of_street(21)] == ["I-2026-0001"]
    assert reader.incidents_of_street(22) == []
    assert reader.assets("I-2026-0001")["role"].to_list() == ["device", "light", "root"]
    changed(town, incident, 2, status="closed")
    assert reader.incidents_of_street(21) == reader.open_incidents() == []
    assert [i.code for i in reader.closed_incidents()] == ["I-2026-0001"]


def lights(town: StoredTown, state: int, *, moved: bool, minutes: float = 0) -> ChangedLights:
    since = town.now + timedelta(minutes=minutes)
    return ChangedLights(
        asset_id=np.array([107, 101]),
        state=np.full(2, state, np.uint8),
        probability=np.full(2, 0.9, np.float32),
        since=np.full(2, micros(since)),
        proximate_id=np.array([-1, 2]),
        root_id=np.array([-1, 2]),
        moved=np.full(2, moved),
    )


def write_lights(town: StoredTown, changed: ChangedLights) -> int:
    with town.database.connection() as connection:
        writer = IncidentWriter(connection)
        writer.make_room(changed.days)
        return writer.lights(changed)


def test_lights_that_changed_together_share_a_number_and_leave_a_history(
    town: StoredTown, reader: IncidentReader
) -> None:
    first = write_lights(town, lights(town, 0, moved=True))
    second = write_lights(town, lights(town, 3, moved=True, minutes=1))
    third = write_lights(town, lights(town, 3, moved=False, minutes=1))
    assert first < second < third == reader.last_change()
    states = reader.light_states_since(second)
    assert states["asset_id"].to_list() == [101, 107]
    assert states["idx"].to_list() == [0, 6]
    assert states["proximate_id"].to_list() == [2, None]
    assert reader.states_of_street(22)["asset_id"].to_list() == [107]
    assert len(reader.light_states_since(third)) == 0
    hour = timedelta(hours=1)
    assert reader.history(town.now - hour, town.now + hour, 101)["state"].to_list() == [0, 3]
    assert len(reader.history(town.now - hour, town.now)) == 0  # the end is not inside


def test_the_journal_of_a_latch_keeps_each_step_once(
    town: StoredTown, reader: IncidentReader
) -> None:
    def step(state: str, basis: str) -> SupplyChange:
        return SupplyChange(
            asset_id=2,
            at=town.now,
            since=town.now,
            state=state,
            reason="flooded",
            basis=basis,
            probability=0.9,
            evidence={"depth_m": 0.62},
            flood_id=None,
            by_whom="law",
        )

    with town.database.connection() as connection:
        writer = IncidentWriter(connection)
        writer.supply([step("tripped", "computed"), step("tripped", "measured")])
        writer.supply([step("awaiting_inspection", "measured")])
    assert reader.supply_events(2)["state"].to_list() == ["tripped", "awaiting_inspection"]
    (row,) = reader.supply_states().to_dicts()
    assert (row["state"], row["basis"]) == ("awaiting_inspection", "measured")
    assert row["evidence"] == '{"depth_m": 0.62}'


def extent(town: StoredTown, depth: float, slug: str = "crue") -> int:
    with town.database.connection() as connection:
        return record_extent(
            connection,
            NewExtent(
                slug=slug,
                name="Crue",
                source="essai",
                simulated=True,
                observed_at=town.now,
                recorded_at=town.now,
                file_name="crue.geojson",
                sha256=str(depth),
                polygons=[(shapely.box(0, 0, 1, 1).wkb, depth), (shapely.box(1, 0, 2, 1).wkb, 1.0)],
            ),
        ).id


def test_a_flood_gathers_its_extents_and_shows_the_newest(
    town: StoredTown, reader: IncidentReader
) -> None:
    number, began = extent(town, 0.3), town.now
    town.later(30)
    assert extent(town, 0.6) == number
    assert extent(town, 0.7) == number  # the same instant again replaces
    (flood,) = reader.floods().to_dicts()
    assert (flood["started_at"], flood["observed_at"], flood["ended_at"]) == (began, town.now, None)
    polygons = reader.flood_polygons([flood["extent_id"]])
    assert polygons["depth_m"].to_list() == pytest.approx([0.7, 1.0])
    assert shapely.from_wkb(polygons["geom"][0]).equals(shapely.box(0, 0, 1, 1))
    with town.database.connection() as connection:
        assert end_flood(connection, "crue", town.now)
        assert not end_flood(connection, "crue", town.now)  # it has ended already
    assert reader.floods()["ended_at"].to_list() == [town.now]
    town.later(30)
    assert extent(town, 0.2) != number  # the water is back: another flood, by every door
    assert extent(town, 0.3) != number
    assert dict(reader.floods().select("slug", "ended_at").iter_rows()) == {
        "crue-2": None,
        "crue": town.now - timedelta(minutes=30),
    }
