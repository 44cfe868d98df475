"""Every reason to be out in one form: hand-solved on the town, then what must hold for any."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.incidents.town import A112, A113, A114, D4, SUBSTATION, place, town
from twin.incidents.city import City
from twin.incidents.flood import Sites
from twin.incidents.put_out import (
    ANNOUNCED,
    PutOut,
    by_cut,
    by_people,
    by_water,
    reach,
    together,
    under_surface,
)
from twin.model.states import OutageReason


@pytest.fixture(scope="module")
def city() -> City:
    return town()


def ids(city: City, out: PutOut) -> list[int]:
    return city.supply.device_id[out.place].tolist()


def box(west: float, east: float) -> shapely.Polygon:
    return shapely.box(west, 47.44, east, 47.46)


def depths(city: City, *sheets: tuple[float, float, float]) -> np.ndarray:
    shapes = np.array([box(a, b) for a, b, _ in sheets], object)
    return city.sites.depths(shapes, np.array([d for *_, d in sheets]))


def test_water_gives_each_wet_device_its_probability_and_says_what_is_assumed(city: City) -> None:
    out = by_water(city.sites, depths(city, (-0.551, -0.5475, 0.36)))
    assert ids(city, out) == [A112, A113, A114]
    # 36 cm on 35 measured (s = 3 cm): 0.583; on an assumed 20 (15 cm): 0.744; on 40 (5 cm): 0.310
    assert out.probability == pytest.approx([0.583, 0.744, 0.310], abs=1e-3)
    assert out.assumed.tolist() == [False, True, False]
    assert out.plinth_m.tolist() == [0.35, 0.2, 0.4]
    assert city.supply.device_id[out.likely].tolist() == [A112, A113]


def test_dry_negative_and_unknown_depths_trip_nothing(city: City) -> None:
    n = len(city.sites)
    for depth in (0.0, -0.5, np.nan):
        assert len(by_water(city.sites, np.full(n, depth))) == 0
    assert len(by_water(city.sites, depths(city, (2.0, 3.0, 9.0)))) == 0  # outside the city


def test_a_surface_over_terrain_is_a_depth_at_each_site() -> None:
    sites = Sites(
        np.arange(4),
        x=np.zeros(4),
        y=np.zeros(4),
        plinth_m=np.full(4, 0.3),
        source=["measured"] * 4,
        ground_m_ngf=np.array([20.0, 21.0, np.nan, 20.0]),
    )
    depth = under_surface(sites, np.array([20.62, 20.62, 20.62, np.nan]))
    assert depth == pytest.approx([0.62, 0.0, np.nan, 0.0], nan_ok=True)
    assert by_water(sites, depth).place.tolist() == [0]
    assert under_surface(sites, 20.62)[:2] == pytest.approx([0.62, 0.0])


def test_a_cut_puts_dry_cabinets_out_too_and_all_that_hangs_on_them(city: City) -> None:
    cut = by_cut(city.sites, np.array([box(-0.5495, -0.5475)], object))
    assert ids(city, cut) == [A113, A114]
    assert set(cut.reason) == {"dso_cut"}
    assert cut.probability.tolist() == [ANNOUNCED] * 2
    found = reach(city.supply, city.surroundings, cut)
    assert found.certain == found.likely.totals == found.possible
    assert found.certain.lights == 10


def test_what_people_say_and_devices_that_we_do_not_know(city: City) -> None:
    burnt = by_people(np.array([place(city, D4), -1, place(city, D4)]), OutageReason.NO_POWER)
    assert ids(city, burnt) == [D4]
    works = by_people(np.array([place(city, SUBSTATION)]), OutageReason.PLANNED)
    assert works.reason.tolist() == ["planned"]


def test_of_two_reasons_the_surer_counts(city: City) -> None:
    water = by_water(city.sites, depths(city, (-0.551, -0.5475, 0.36)))
    cut = by_cut(city.sites, np.array([box(-0.5495, -0.5475)], object))
    both = together(water, cut)
    assert list(zip(ids(city, both), both.reason.tolist(), strict=True)) == [
        (A112, "flooded"),
        (A113, "dso_cut"),
        (A114, "dso_cut"),
    ]
    assert together(cut, water).probability.tolist() == both.probability.tolist()


def test_the_answer_is_a_range_where_plinths_are_assumed(city: City) -> None:
    out = by_water(city.sites, depths(city, (-0.551, -0.5485, 0.80), (-0.5485, -0.5475, 0.36)))
    found = reach(city.supply, city.surroundings, out)
    # A-112 for certain (80 cm on 35, measured); A-113 likely (assumed); A-114 possible (31 %)
    assert (found.certain.lights, found.likely.totals.lights, found.possible.lights) == (10, 14, 20)


@given(st.lists(st.floats(-1, 3), min_size=8, max_size=8))
def test_more_water_never_puts_fewer_out(depth: list[float]) -> None:
    city = _TOWN
    low = np.array(depth)
    less, more = (by_water(city.sites, d) for d in (low, low + 0.1))
    chance = dict(zip(more.place.tolist(), more.probability.tolist(), strict=True))
    for where, p in zip(less.place.tolist(), less.probability.tolist(), strict=True):
        assert chance[where] >= p - 1e-12
    a, b = (reach(city.supply, city.surroundings, out) for out in (less, more))
    assert a.certain.lights <= b.certain.lights
    assert a.certain.lights <= a.likely.totals.lights <= a.possible.lights
    assert a.possible.lights <= b.possible.lights


_TOWN = town()
