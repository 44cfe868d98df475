import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.population import residents_thousandths
from gis.streets import (
    GRAIN_CM,
    Attachment,
    attach,
    attributed_cm,
    lengths_cm,
    stretches,
    usual_spacing_cm,
)

NONE = pl.Series([], dtype=pl.String)


def lines(*coordinates):
    return np.array([shapely.LineString(c) for c in coordinates], dtype=object)


def on_one_section(*offsets_m):
    offset = np.array(offsets_m, dtype=float)
    return Attachment(np.where(np.isnan(offset), -1, 0), offset)


def names(*values):
    return pl.Series(values, dtype=pl.String)


# ---------------------------------------------------------------- attach
def test_a_light_stands_on_the_nearest_section():
    streets = lines([(0, 0), (100, 0)], [(0, 30), (100, 30)])
    attached = attach(np.array([[20.0, 5], [70, 24]]), names(None, None), streets, names("a", "b"))
    assert attached.section.tolist() == [0, 1]
    assert attached.offset_m.tolist() == [20, 70]


def test_its_own_street_is_preferred_to_a_nearer_one():
    streets = lines([(0, 0), (100, 0)], [(0, 60), (100, 60)])
    light = np.array([[20.0, 5]])
    assert attach(light, names("b"), streets, names("a", "b")).section.tolist() == [1]
    assert attach(light, names("c"), streets, names("a", "b")).section.tolist() == [0]


def test_a_light_far_from_any_street_stands_on_none():
    streets = lines([(0, 0), (100, 0)])
    points = np.array([[50.0, 41], [50, 39], [np.nan, np.nan], [50, 79], [50, 81]])
    named = names(None, None, "a", "a", "a")
    attached = attach(points, named, streets, names("a"))
    assert attached.section.tolist() == [-1, 0, -1, 0, -1]
    assert np.isnan(attached.offset_m[[0, 2, 4]]).all()


def test_without_streets_or_lights_nothing_is_attached():
    assert attach(np.array([[0.0, 0]]), names("a"), lines(), NONE).section.tolist() == [-1]
    assert len(attach(np.empty((0, 2)), NONE, lines([(0, 0), (1, 0)]), names("a")).section) == 0


# ---------------------------------------------------------------- attributed
def test_each_light_answers_half_way_to_its_neighbours():
    owned = attributed_cm(on_one_section(10, 40, 70), np.array([8000]), spacing_cm=3000)
    assert owned.tolist() == [2500, 3000, 2500]  # 0-25, 25-55, 55-80 m


def test_an_unlit_gap_is_claimed_by_nobody():
    owned = attributed_cm(on_one_section(0, 200), np.array([20_000]), spacing_cm=3000)
    assert owned.tolist() == [2250, 2250]  # 0.75 × 30 m on one side each


def test_lights_that_face_each_other_share_the_street():
    owned = attributed_cm(on_one_section(30, 30), np.array([6000]), spacing_cm=4000)
    assert owned.sum() == 6000


def test_a_light_on_no_section_answers_for_nothing():
    assert attributed_cm(on_one_section(np.nan, 10), np.array([2000]), 3000).tolist() == [0, 2000]


sections_with_lights = st.lists(
    st.tuples(st.integers(0, 3), st.floats(0, 300)), min_size=1, max_size=40
)


@given(sections_with_lights, st.integers(500, 10_000))
def test_what_lights_answer_for_never_exceeds_the_street(lights, spacing):
    length = np.array([30_000, 30_000, 30_000, 30_000])
    section, offset = np.array([s for s, _ in lights]), np.array([o for _, o in lights])
    attached = Attachment(section.astype(np.int64), offset)
    owned = attributed_cm(attached, length, spacing)
    assert (owned >= 0).all()
    assert (owned <= spacing * 3 // 2).all()
    assert (np.bincount(section, owned, minlength=4) <= length).all()
    order = np.random.default_rng(1).permutation(len(lights))
    again = attributed_cm(
        Attachment(section[order].astype(np.int64), offset[order]), length, spacing
    )
    assert again.sum() == owned.sum()


def test_the_usual_spacing_leaves_facing_masts_and_gaps_out():
    assert usual_spacing_cm(on_one_section(0, 1, 30, 31, 60, 300)) == 2900
    assert usual_spacing_cm(on_one_section(5)) == 3000


# ---------------------------------------------------------------- stretches
def covered(streets, points, radius=27):
    return stretches(lines(*streets), np.array(points, dtype=float), radius_m=radius)


def test_a_street_is_cut_where_the_lights_that_cover_it_change():
    cut = covered([[(0, 0), (100, 0)]], [(20, 0), (50, 0)])
    assert cut.rows() == [
        (0, 0, 2300, [0]),  # up to 50 - 27
        (0, 2300, 2400, [0, 1]),  # up to 20 + 27
        (0, 4700, 3000, [1]),  # up to 50 + 27; the rest is never lit
    ]


def test_a_light_beside_the_street_covers_the_chord_of_its_circle():
    cut = covered([[(0, 0), (200, 0)]], [(100, 20)], radius=25)
    assert cut.rows() == [(0, 8500, 3000, [0])]  # 3-4-5: half the chord is 15 m


def test_a_corner_is_covered_from_both_sides_and_counted_once():
    cut = covered([[(0, 0), (50, 0), (50, 50)]], [(50, 0)], radius=20)
    assert cut.rows() == [(0, 3000, 4000, [0])]


def test_staggered_masts_on_two_feeders_both_cover_the_middle():
    cut = covered([[(0, 0), (60, 0)]], [(15, 4), (45, -4)])
    both = cut.filter(pl.col("lights").list.len() == 2)["length_cm"].sum()
    assert both == 2400  # losing one leaves these metres lit


def test_nothing_is_covered_without_lights_or_without_length():
    assert covered([[(0, 0), (9, 0)]], [(np.nan, np.nan)]).height == 0
    assert covered([[(0, 0), (0, 0)]], [(0, 0)]).height == 0
    assert stretches(lines(), np.array([[0.0, 0]])).height == 0


street = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=2, max_size=4, unique=True
)
lamp = st.tuples(st.integers(0, 200), st.integers(0, 200))


@settings(max_examples=60)
@given(st.lists(street, min_size=1, max_size=3), st.lists(lamp, min_size=1, max_size=6))
def test_stretches_agree_with_asking_metre_by_metre(streets, lamps):
    radius = 27
    shapes = lines(*streets)
    cut = stretches(shapes, np.array(lamps, dtype=float), radius_m=radius)
    length = lengths_cm(shapes)
    for number, shape in enumerate(shapes):
        here = cut.filter(pl.col("section") == number)
        ends = (here["start_cm"] + here["length_cm"]).to_list()
        assert all(end <= length[number] for end in ends)
        assert here["start_cm"].to_list() == sorted(here["start_cm"])
        for metre in np.arange(0.25, shape.length, 7.3):
            place = shape.interpolate(metre)
            gaps = [place.distance(shapely.Point(lamp)) - radius for lamp in lamps]
            if min(abs(gap) for gap in gaps) < 3 * GRAIN_CM / 100:
                continue  # too near a cut for a figure rounded to the metre
            expected = [index for index, gap in enumerate(gaps) if gap < 0]
            at = metre * 100
            inside = here.filter(
                (pl.col("start_cm") <= at) & (pl.col("start_cm") + pl.col("length_cm") > at)
            )
            assert inside["lights"].to_list() == ([expected] if expected else [])


# ---------------------------------------------------------------- residents
def test_residents_add_up_by_section_to_the_thousandth():
    section = np.array([0, 0, 2, -1])
    residents = pl.Series([1.5, 2.25, None, 4.0])
    assert residents_thousandths(section, residents, 3).to_list() == [3750, 0, 0]


def test_nobody_counted_is_not_nobody_there():
    silent = pl.Series([None, None], dtype=pl.Float64)
    assert residents_thousandths(np.array([0, 1]), silent, 2).to_list() == [None, None]
    assert residents_thousandths(np.array([-1]), pl.Series([3.0]), 1).to_list() == [None]


def test_shares_of_a_person_lose_nobody():
    share = pl.Series([1000 / 7] * 7)
    assert residents_thousandths(np.zeros(7, dtype=np.int64), share, 1)[0] == pytest.approx(
        1_000_000, abs=4
    )
