"""Spells of water at a cabinet, and instruments that know better than a drawing."""

import numpy as np
import pytest
import shapely

from tests.twin.incidents.town import MINUTE, T, extent, flood, town
from twin.incidents.times import NEVER
from twin.incidents.water import Flood, Water, read_extent, water_at

CITY = town()
A112 = int(CITY.supply.place_of(np.array([2]))[0])
DEEP, SHALLOW = (-0.551, -0.5495, 0.62), (-0.551, -0.5495, 0.30)


def at_a112(*floods: Flood, depth: float = np.nan, at: int = NEVER) -> dict[str, object]:
    n = len(CITY.supply)
    measured, when = np.full(n, np.nan), np.full(n, NEVER)
    measured[A112], when[A112] = depth, at
    water = water_at(CITY.sites, list(floods), measured, when)
    return {name: getattr(water, name)[A112].item() for name in Water.__dataclass_fields__}


def test_water_stands_above_the_plinth_since_its_first_extent_that_did() -> None:
    rising = flood(extent(CITY, T, SHALLOW), extent(CITY, T + 10, DEEP), extent(CITY, T + 20, DEEP))
    found = at_a112(rising)
    assert (found["depth_m"], found["wet_since"], found["dry_since"]) == (0.62, T + 10, NEVER)
    assert (found["flood"], found["p_trip"], found["measured"]) == (0, 0.95, False)


def test_it_is_dry_since_the_first_extent_that_left_it() -> None:
    falling = flood(extent(CITY, T, DEEP), extent(CITY, T + 10, SHALLOW), extent(CITY, T + 20))
    found = at_a112(falling)
    assert (found["depth_m"], found["wet_since"], found["dry_since"]) == (0, NEVER, T + 10)
    assert found["flood"] == 0  # the one that stood there last


def test_a_second_rise_is_a_spell_of_its_own() -> None:
    again = flood(extent(CITY, T, DEEP), extent(CITY, T + 10), extent(CITY, T + 20, DEEP))
    assert at_a112(again)["wet_since"] == T + 20


def test_an_ended_flood_leaves_everything_dry() -> None:
    found = at_a112(flood(extent(CITY, T, DEEP), ended_at=T + 30))
    assert (found["depth_m"], found["wet_since"], found["dry_since"]) == (0, NEVER, T + 30)


def test_of_two_floods_the_deeper_counts_from_the_earlier() -> None:
    found = at_a112(flood(extent(CITY, T + 5, DEEP)), flood(extent(CITY, T, (*DEEP[:2], 0.4))))
    assert (found["depth_m"], found["flood"], found["wet_since"]) == (0.62, 0, T)


@pytest.mark.parametrize(
    ("depth", "at", "expected"),
    [
        pytest.param(0.70, T + 10, (0.70, T, True), id="newer and deeper"),
        pytest.param(0.10, T + 10, (0.10, NEVER, True), id="newer and dry enough"),
        pytest.param(0.10, T - 10, (0.62, T, False), id="older than the drawing"),
    ],
)
def test_an_instrument_replaces_an_older_drawing(
    depth: float, at: int, expected: tuple[float, int, bool]
) -> None:
    found = at_a112(flood(extent(CITY, T, DEEP)), depth=depth, at=at)
    assert (found["depth_m"], found["wet_since"], found["measured"]) == expected


def test_an_instrument_alone_is_enough() -> None:
    found = at_a112(depth=0.5, at=T)
    assert (found["wet_since"], found["flood"], found["p_trip"]) == (T, -1, 0.98)


def test_buildings_with_their_feet_in_the_water_are_listed() -> None:
    footprints = np.array([60, 61]), shapely.STRtree(CITY.building_shape)
    touching = np.array([shapely.box(-0.5499, 47.44, -0.549, 47.46)], object)  # the edge counts
    found = read_extent(
        CITY.sites, footprints, touching, np.array([0.1]), number=1, observed_at=T, file_name=""
    )
    assert found.building_id.tolist() == [60]
    assert MINUTE == 60_000_000
