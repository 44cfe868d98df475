"""A street laid out as a band."""

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from control_center.pages.strip import BAND, MOST, bands, spread_out, state_name
from tests.support.home import REPOSITORY
from twin.model.states import LightState
from twin.store.streets import STREET_LIGHTS

LONGITUDE, LATITUDE = 4.3, 45.5
METRE = 1 / 111_320.0
EAST = METRE / np.cos(np.radians(LATITUDE))


def street(
    places: list[tuple[float, float]], states: list[int | None] | None = None
) -> pl.DataFrame:
    """Return lights at places in metres."""
    count = len(places)
    return pl.DataFrame(
        {
            "asset_id": range(count),
            "code": [f"L-{n}" for n in range(count)],
            "longitude": [LONGITUDE + x * EAST for x, _ in places],
            "latitude": [LATITUDE + y * METRE for _, y in places],
            "state": states or [0] * count,
            "probability": [0.0] * count,
            "since": [None] * count,
        },
        schema=STREET_LIGHTS,
    )


def line(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(LONGITUDE + x * EAST, LATITUDE + y * METRE) for x, y in places])


def test_lamps_stand_on_their_side_in_their_order() -> None:
    lights = street([(90, 4), (10, 4), (50, -4)], [3, 2, 0])
    (band,) = bands(lights, [line((0, 0), (100, 0))])
    assert [(mark.state, mark.side) for mark in band] == [
        ("confirmed_dark", "left"),
        ("lit", "right"),
        ("inferred_dark", "left"),
    ]
    assert [round(mark.at, 2) for mark in band] == [0.0, 0.5, 1.0]


def test_a_street_drawn_from_east_to_west_reads_the_same() -> None:
    lights = street([(10, 4), (50, -4), (90, 4)])
    there, back = (
        bands(lights, [drawn]) for drawn in (line((0, 0), (100, 0)), line((100, 0), (0, 0)))
    )
    assert there == back


def test_a_bend_keeps_lamps_on_their_side() -> None:
    lights = street([(10, 4), (96, 30), (104, 60)])
    (band,) = bands(lights, [line((0, 0), (100, 0), (100, 100))])
    assert [mark.side for mark in band] == ["left", "left", "right"]


def test_several_sections_make_one_street() -> None:
    lights = street([(10, 3), (150, -3)])
    (band,) = bands(lights, [line((0, 0), (80, 0)), line((120, 0), (200, 0))])
    assert [mark.side for mark in band] == ["left", "right"]


def test_a_street_without_a_line_is_laid_along_its_lamps() -> None:
    (band,) = bands(street([(0, 0), (30, 1), (60, 0)]), [])
    assert [round(mark.at, 1) for mark in band] == [0.0, 0.5, 1.0]


def test_a_long_street_is_cut_into_bands_and_loses_no_lamp() -> None:
    lights = street([(10.0 * n, 4) for n in range(60)])
    made = bands(lights, [line((0, 0), (600, 0))])
    assert [len(band) for band in made] == [20, 20, 20]
    assert max(map(len, made)) <= BAND


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_nothing_is_drawn_of_no_lamp_or_of_too_many(count: int) -> None:
    assert bands(street([(float(n), 0.0) for n in range(count)]), []) == []


def test_one_lamp_stands_in_the_middle() -> None:
    ((mark,),) = bands(street([(5, 2)]), [line((0, 0), (10, 0))])
    assert mark.at == 0.5


@pytest.mark.parametrize(("code", "name"), [(None, "unmonitored"), (0, "lit"), (4, "silent")])
def test_a_lamp_that_was_never_assessed_is_without_measure(code: int | None, name: str) -> None:
    assert state_name(code) == name


def test_every_state_has_its_drawing() -> None:
    drawn = (REPOSITORY / "control_center/templates/resident/strip.html").read_text("utf-8")
    for state in LightState:
        assert f'id="s-{state.name.lower()}"' in drawn


@given(st.lists(st.floats(0, 1), min_size=1, max_size=24).map(sorted))
def test_lamps_kept_apart_stay_in_order_and_inside(places: list[float]) -> None:
    placed = spread_out(np.array(places))
    assert placed.min() >= -1e-9
    assert placed.max() <= 1 + 1e-9
    assert (np.diff(placed) >= 0.041 - 1e-9).all() or len(places) == 1


@given(
    st.lists(
        st.tuples(st.floats(-500, 500), st.floats(-500, 500), st.sampled_from([None, *range(8)])),
        min_size=1,
        max_size=60,
    )
)
def test_any_street_draws_each_lamp_once(lamps: list[tuple[float, float, int | None]]) -> None:
    lights = street([(x, y) for x, y, _ in lamps], [state for _, _, state in lamps])
    made = bands(lights, [line((-500, 0), (500, 0))])
    marks = [mark for band in made for mark in band]
    assert sorted(mark.state for mark in marks) == sorted(state_name(s) for _, _, s in lamps)
    assert all(0 <= mark.at <= 1 for mark in marks)
