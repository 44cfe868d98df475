"""A corrected link is edited into the city that is laid out: nothing else is read again."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from control_center.assessment import Assessor
from control_center.assessment.source import CitySource, CityView, source_of
from control_center.rehearsal import rehearsals_of
from control_center.wiring import declare
from tests.assessment.stored_town import StoredTown
from tests.support.databases import fresh_database
from twin.incidents.city import City
from twin.incidents.flood import Sites
from twin.store.city import CityReader

MOVES = (
    *((("streetlight", "L-03"), ("feeder", f"D{k}")) for k in (1, 3, 4)),
    *((("streetlight", "L-12"), ("feeder", f"D{k}")) for k in (1, 2)),
    (("streetlight", "L-03"), ("cabinet", "A-113")),
    *((("feeder", "D2"), ("cabinet", f"A-11{k}")) for k in (2, 3, 4)),
    (("cabinet", "A-114"), ("cabinet", "A-113")),
    (("cabinet", "A-114"), ("substation", "P-1")),
    (("gateway", "40"), ("feeder", "D1")),
    (("gateway", "40"), ("cabinet", "A-114")),
)  # fmt: skip


@pytest.fixture(scope="module")
def town() -> Iterator[StoredTown]:
    with fresh_database() as database:
        town = StoredTown(database)
        town.sql("UPDATE asset SET code = '40' WHERE kind = 'gateway'")
        yield town


def look(source: CitySource, town: StoredTown) -> CityView:
    with town.database.connection() as connection:
        return source.refresh(connection, town.now)


def assert_equal(ours: Any, whole: Any, name: str = "city") -> None:
    """Compare two layouts to the last element."""
    assert type(ours) is type(whole), name
    if isinstance(ours, np.ndarray):
        assert ours.dtype == whole.dtype, name
        np.testing.assert_array_equal(ours, whole, err_msg=name)
    elif is_dataclass(ours):
        for each in fields(ours):
            assert_equal(getattr(ours, each.name), getattr(whole, each.name), f"{name}.{each.name}")
    elif isinstance(ours, Sites):
        for key in vars(ours).keys() - {"_tree"}:
            assert_equal(getattr(ours, key), getattr(whole, key), f"{name}.{key}")
    elif isinstance(ours, tuple):
        assert len(ours) == len(whole), name
        for number, (mine, other) in enumerate(zip(ours, whole, strict=True)):
            assert_equal(mine, other, f"{name}[{number}]")
    else:
        assert ours == whole, name


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(moves=st.lists(st.lists(st.sampled_from(MOVES), min_size=1, max_size=3), max_size=3))
def test_the_city_with_corrected_links_is_the_city_read_anew(
    moves: list[Any], town: StoredTown
) -> None:
    source = CitySource(town.database)
    look(source, town)
    for together in moves:
        town.clock.advance(1)
        for child, parent in together:
            if parent[1] != child[1]:
                declare(town.database, child, parent, person="test", at=town.now)
        edited, anew = look(source, town), look(CitySource(town.database), town)
        assert_equal(edited.city, anew.city)


@pytest.mark.parametrize(
    "move",
    [
        (("streetlight", "L-07"), ("feeder", "D4")),
        (("feeder", "D3"), ("cabinet", "A-112")),
        (("gateway", "40"), ("cabinet", "A-112")),
    ],
)
def test_for_a_corrected_link_the_lights_are_not_read_again(
    town: StoredTown, monkeypatch: pytest.MonkeyPatch, move: Any
) -> None:
    source = CitySource(town.database)
    before = look(source, town).city
    declare(town.database, *move, person="test", at=town.now)
    with monkeypatch.context() as patch:
        patch.setattr(CityReader, "lights", lambda _: pytest.fail("the city was read"))
        after = look(source, town).city
    assert after is not before
    assert_equal(after, look(CitySource(town.database), town).city)


def test_a_link_that_vanished_otherwise_makes_the_city_be_read_again(town: StoredTown) -> None:
    source = CitySource(town.database)
    look(source, town)
    town.sql("UPDATE link SET valid_to = %s WHERE child_id = 120", town.now)
    declare(town.database, ("streetlight", "L-01"), ("feeder", "D3"), person="test", at=town.now)
    assert_equal(look(source, town).city, look(CitySource(town.database), town).city)
    assert look(source, town).city.supply.defects.unsupplied_lights == (120,)


def test_assessments_and_drills_look_at_one_city_that_nobody_can_write(town: StoredTown) -> None:
    Assessor(town.database, town.clock).assess()
    city: City = rehearsals_of(town.database, town.clock).city()
    assert city is look(source_of(town.database), town).city
    for values in (city.supply.light_device, city.sites.plinth_m, city.surroundings.radio.heard_by):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0


def test_after_a_correction_news_and_states_go_on_in_the_new_numbering(town: StoredTown) -> None:
    assessor = Assessor(town.database, town.clock)
    town.all_lit(but=(103, 116))
    town.say(3, supply_present=1)
    assessor.assess()
    declare(
        town.database, ("streetlight", "L-02"), ("cabinet", "A-113"), person="test", at=town.now
    )
    declare(town.database, ("feeder", "D4"), ("cabinet", "A-112"), person="test", at=town.now)
    town.later(1)
    assert assessor.assess().lights_changed == 0
    town.say(3, supply_present=0)
    town.later(1)
    assessor.assess()
    rows = town.sql("SELECT asset_id, proximate_id FROM light_state WHERE proximate_id IS NOT NULL")
    assert (102, 3) in rows
    anew = Assessor(town.database, town.clock)
    assert anew.assess().lights_changed == 0
    kept, fresh = assessor._kept, anew._kept
    assert kept is not None
    assert fresh is not None
    assert kept.news is not fresh.news
    for part in ("lights", "devices", "radio"):
        mine, other = getattr(kept.news.observed, part), getattr(fresh.news.observed, part)
        assert_equal(mine, other, part)
    for name in ("state", "since", "_proximate_id", "_root_id", "_probability"):
        assert_equal(getattr(kept.lights, name), getattr(fresh.lights, name), name)
