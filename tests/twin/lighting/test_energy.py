"""Energy of one light: Limoges' own figures, the rows of EN 13201-5, limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.lighting.energy import (
    energy_density,
    energy_kwh,
    mains_power,
    power_density,
    relative_power,
)

ROAD_M2 = [8 * 30]
HOURS, WINDOW = 4117.4, 2190.0


def test_limoges_before_seventy_sodium_lamps_used_50589_kwh():
    lamps = 70 * energy_kwh(mains_power(150, "sodium_high_pressure"), [1.0], [12 * 365])
    assert lamps == pytest.approx(50_589, abs=0.5)


def test_limoges_after_seventy_leds_use_13429_kwh():
    # the city counts power in proportion to flux: 4 h at 100 %, 8 h at 40 %
    lamps = 70 * energy_kwh(mains_power(70, "led"), [1.0, 0.4], [4 * 365, 8 * 365])
    assert lamps == pytest.approx(13_429, abs=0.5)


def test_sodium_150_w_all_night_has_the_published_indicators():
    kwh = energy_kwh(165.0, [1.0], [HOURS])
    assert kwh == pytest.approx(679.4, abs=0.05)
    assert energy_density(kwh, ROAD_M2) == pytest.approx(2.831, abs=0.0005)
    assert power_density(165.0, [16.0], ROAD_M2) * 1000 == pytest.approx(43.0, abs=0.05)


def test_led_60_w_dimmed_from_eleven_to_five_has_the_published_indicators():
    shares = relative_power([1.0, 0.5])
    assert 60 * shares[1] == pytest.approx(31.8)
    kwh = energy_kwh(
        60.0, shares, [HOURS - WINDOW, WINDOW], standby_w=0.5, standby_hours=8760 - HOURS
    )
    assert kwh == pytest.approx(187.6, abs=0.05)
    assert energy_density(kwh, ROAD_M2) == pytest.approx(0.782, abs=0.0005)
    assert power_density(60.0, [10.5], ROAD_M2) * 1000 == pytest.approx(23.8, abs=0.05)


@pytest.mark.parametrize(
    ("technology", "lamp", "mains"),
    [
        ("sodium_high_pressure", 150, 165),
        ("sodium_high_pressure", 250, 292.5),
        ("sodium_high_pressure", 400, 460),
        ("metal_halide", 100, 142),
        ("metal_halide", 250, 295),
        ("led", 70, 73),
        ("mercury", 125, 137.5),
    ],
)
def test_gear_takes_what_its_table_says(technology, lamp, mains):
    assert mains_power(lamp, technology) == pytest.approx(mains)


def test_a_lamp_of_unknown_power_stays_unknown():
    assert np.isnan(mains_power([150.0, np.nan], "led")[1])


def test_a_light_that_is_off_draws_nothing_and_a_dim_one_never_less_than_its_floor():
    assert relative_power([0.0, 0.01, 1.0]) == pytest.approx([0.0, 0.10, 1.0])


@given(flux=st.floats(0.001, 0.999))
def test_dimming_saves_less_power_than_flux_but_always_some(flux):
    assert flux < relative_power(flux) < 1


def test_a_controller_of_one_watt_on_thirty_thousand_lights_costs_139_mwh():
    kwh = 30_000 * energy_kwh(0.0, [1.0], [0.0], standby_w=1.0, standby_hours=4643)
    assert kwh == pytest.approx(139_290)
