"""The soil's bucket: FAO-56's example, both orders by hand, what must hold for any weather."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.irrigation.soils import STORES, available_water, intake_mm_h, surface_allowance_mm
from twin.irrigation.water_balance import Order, across_gap, balance


def one_zone(start, days, order, *, et0=5.0, rain=0.0, irrigation=0.0, coefficient=1.2):
    return balance(
        [start],
        et0_mm=np.full(days, et0),
        rain_mm=np.full(days, rain),
        irrigation_mm=np.full(days, irrigation),
        available_mm=[160.0],
        depletion_fraction=[0.4],
        coefficient=[coefficient],
        order=order,
    )


def test_example_37_tomatoes_for_ten_days_without_water():
    assert available_water(0.32, 0.12, 0.8) == pytest.approx(160)
    result = one_zone(55.0, 10, Order.LATE)
    assert np.round(result.stress[:, 0], 2).tolist() == [
        1.0, 1.0, 0.97, 0.91, 0.85, 0.80, 0.75, 0.70, 0.66, 0.62,
    ]  # fmt: skip
    assert np.round(result.evaporated[:, 0], 1).tolist() == [
        6.0, 6.0, 5.8, 5.4, 5.1, 4.8, 4.5, 4.2, 3.9, 3.7,
    ]  # fmt: skip
    assert np.round(result.depletion[:, 0], 1).tolist() == [
        61.0, 67.0, 72.8, 78.3, 83.4, 88.2, 92.6, 96.9, 100.8, 104.5,
    ]  # fmt: skip


def test_a_wet_day_by_hand_in_both_orders():
    # 20 mm on a soil short of 12, 6 mm of demand: early drains 8 then loses 6; late loses 6 first
    early = one_zone(12.0, 1, Order.EARLY, rain=20.0)
    late = one_zone(12.0, 1, Order.LATE, rain=20.0)
    assert (early.percolated[0, 0], early.depletion[0, 0]) == pytest.approx((8.0, 6.0))
    assert (late.percolated[0, 0], late.depletion[0, 0]) == pytest.approx((2.0, 0.0))


def test_watering_counts_before_stress_in_the_early_order_only():
    early = one_zone(130.0, 1, Order.EARLY, irrigation=80.0)
    late = one_zone(130.0, 1, Order.LATE, irrigation=80.0)
    assert early.stress[0, 0] == 1.0
    assert late.stress[0, 0] == pytest.approx(30 / 96)


def test_rain_too_small_to_wet_the_soil_counts_nothing():
    assert one_zone(50.0, 1, Order.EARLY, rain=0.9).rain[0, 0] == 0.0
    assert one_zone(50.0, 1, Order.EARLY, rain=1.0).rain[0, 0] == 1.0


def test_a_hot_day_shrinks_what_plants_draw_without_stress():
    common = {"rain_mm": [0.0], "irrigation_mm": [0.0], "available_mm": [100.0]}
    zone = {"depletion_fraction": [0.5], "coefficient": [1.0], "order": Order.LATE}
    # ETc 10: p falls from 0.5 to 0.3, and a soil short of 40 is beyond it
    fixed = balance([40.0], et0_mm=[10.0], **common, **zone)
    following = balance([40.0], et0_mm=[10.0], **common, **zone, adjust_fraction=True)
    assert fixed.stress[0, 0] == 1.0
    assert following.stress[0, 0] == pytest.approx(60 / 70)


amounts = st.floats(0, 60)
weather = st.lists(st.tuples(st.floats(0, 12), amounts, amounts), min_size=1, max_size=40)


@given(
    days=weather,
    start=st.floats(0, 1),
    available=st.floats(5, 200),
    zone=st.fixed_dictionaries(
        {
            "depletion_fraction": st.floats(0.1, 0.9),
            "coefficient": st.floats(0.1, 1.3),
            "order": st.sampled_from(Order),
            "adjust_fraction": st.booleans(),
        }
    ),
)
def test_water_is_conserved_and_the_bucket_stays_between_full_and_empty(
    days, start, available, zone
):
    et0, rain, irrigation = np.array(days).T
    result = balance(
        [start * available],
        et0_mm=et0,
        rain_mm=rain,
        irrigation_mm=irrigation,
        available_mm=[available],
        **zone,
    )
    depletion = result.depletion[:, 0]
    assert (depletion >= 0).all()
    assert (depletion <= available).all()
    assert ((result.stress >= 0) & (result.stress <= 1)).all()
    assert (result.percolated >= 0).all()
    assert (result.evaporated >= 0).all()
    before = np.concatenate([[start * available], depletion[:-1]])
    received = result.rain[:, 0] + irrigation
    lost = result.evaporated[:, 0] + result.percolated[:, 0]
    assert depletion - before == pytest.approx(lost - received, abs=1e-9)


@given(days=weather, more=st.floats(0, 30), order=st.sampled_from(Order))
def test_more_water_never_leaves_the_soil_drier(days, more, order):
    et0, rain, irrigation = np.array(days).T
    common = {
        "et0_mm": et0,
        "rain_mm": rain,
        "available_mm": [80.0],
        "depletion_fraction": [0.5],
        "coefficient": [0.8],
        "order": order,
    }
    less = balance([40.0], irrigation_mm=irrigation, **common)
    plenty = balance([40.0], irrigation_mm=irrigation + more, **common)
    assert (plenty.depletion <= less.depletion + 1e-9).all()


def test_zones_together_give_what_each_gives_alone():
    random = np.random.default_rng(3)
    et0, rain = random.uniform(0, 7, 200), random.exponential(2, 200)
    irrigation = random.exponential(1, (200, 50))
    zones = {
        "available_mm": random.uniform(10, 120, 50),
        "depletion_fraction": random.uniform(0.3, 0.6, 50),
        "coefficient": random.uniform(0.3, 1.0, 50),
    }
    together = balance(np.zeros(50), et0_mm=et0, rain_mm=rain, irrigation_mm=irrigation, **zones)
    for zone in (0, 17, 49):
        alone = balance(
            [0.0],
            et0_mm=et0,
            rain_mm=rain,
            irrigation_mm=irrigation[:, zone],
            **{name: values[zone : zone + 1] for name, values in zones.items()},
        )
        assert (alone.depletion[:, 0] == together.depletion[:, zone]).all()


@given(
    low=st.floats(0, 50),
    spread=st.floats(0, 50),
    days=st.integers(1, 10),
    et0=st.floats(0, 10),
    rain=st.floats(0, 40),
)
def test_whatever_the_weather_of_a_gap_was_its_bounds_hold(low, spread, days, et0, rain):
    high = min(low + spread, 100.0)
    bounds = across_gap([low], [high], days=days, available_mm=[100.0], coefficient=[0.9])
    true = balance(
        [(low + high) / 2],
        et0_mm=np.full(days, et0),
        rain_mm=np.full(days, rain),
        irrigation_mm=np.zeros(days),
        available_mm=[100.0],
        depletion_fraction=[0.5],
        coefficient=[0.9],
    ).depletion[-1, 0]
    assert bounds[0][0] <= true <= bounds[1][0] + 1e-9


def test_every_soil_holds_more_at_field_capacity_than_at_wilting_point():
    for store in STORES.values():
        assert 0 < store.wilting_point < store.field_capacity < 0.5


def test_a_steep_clay_ponds_a_tenth_of_an_inch_and_an_unknown_soil_says_so():
    assert surface_allowance_mm("clay", 15) == pytest.approx(2.54)
    assert surface_allowance_mm("clay", 2) == pytest.approx(5.08)
    assert intake_mm_h("loam") == pytest.approx(8.89)
    assert (surface_allowance_mm("concrete"), intake_mm_h("concrete")) == (None, None)
