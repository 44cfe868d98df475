"""Change-point models: truth recovered, plain regression as judge, barred candidates."""

import numpy as np
import pytest

from tests.twin.buildings.town import DAYS, temperature, town
from tests.twin.evaluation.synthetic import noise
from twin.buildings.change_point import ALL, GRID_C, fit
from twin.buildings.rest_days import WEEKEND, weekdays
from twin.evaluation import regression

OUTDOORS = temperature()
ALWAYS = np.zeros(DAYS.size, dtype=bool)
TH, TC = GRID_C[10], GRID_C[13]  # 15.6 and 20.6 °C


def five_parameter(base=300.0, heating=20.0, cooling=12.0):
    return (base + heating * np.maximum(TH - OUTDOORS, 0) + cooling * np.maximum(OUTDOORS - TC, 0))[
        None
    ]


def test_a_noiseless_building_is_recovered_to_the_last_digit():
    found = fit(five_parameter(), OUTDOORS, ALWAYS)
    assert found.base[0] == pytest.approx([300, 300])
    assert found.heating[0] == pytest.approx([20, 20])
    assert found.cooling[0] == pytest.approx([12, 12])
    assert found.heating_balance[0] == pytest.approx([TH, TH])
    assert found.cooling_balance[0] == pytest.approx([TC, TC])
    assert found.r2[0] == pytest.approx(1)


@pytest.mark.parametrize(("heating", "cooling"), [(0, 0), (20, 0), (0, 12), (20, 12)])
def test_terms_that_are_not_there_are_not_found(heating, cooling):
    energy = five_parameter(heating=heating, cooling=cooling) + 1e-6 * noise((1, 731), 0, 1)
    found = fit(energy, OUTDOORS, ALWAYS)
    assert (found.heating[0, 0] > 1) == (heating > 0)
    assert (found.cooling[0, 0] > 1) == (cooling > 0)


def test_weekdays_and_weekends_get_models_of_their_own_where_they_differ():
    rest = WEEKEND[weekdays(DAYS)]
    energy = np.where(rest, five_parameter(100, 5, 0), five_parameter(300, 20, 12))
    found = fit(energy, OUTDOORS, rest)
    assert found.split[0]
    assert found.base[0] == pytest.approx([300, 100])
    assert found.heating[0] == pytest.approx([20, 5])
    assert found.cooling[0] == pytest.approx([12, 0], abs=1e-9)
    alike = fit(five_parameter() + noise((1, 731), 0, 1), OUTDOORS, rest)
    assert not alike.split[0]


def test_at_its_balance_points_it_is_ordinary_least_squares():
    energy = five_parameter() + 30 * noise((1, DAYS.size), 0.3, 3)
    found = fit(energy, OUTDOORS, ALWAYS)
    below = np.maximum(found.heating_balance[0, 0] - OUTDOORS, 0)
    above = np.maximum(OUTDOORS - found.cooling_balance[0, 0], 0)
    design = np.stack([np.ones_like(below), below, above], axis=1)
    judge = regression.fit(energy, design)
    assert judge.coefficients[0] == pytest.approx(
        [found.base[0, 0], found.heating[0, 0], found.cooling[0, 0]], rel=1e-8
    )
    assert found.rmse == pytest.approx(judge.rmse)
    assert found.r2 == pytest.approx(judge.r2)
    assert found.autocorrelation == pytest.approx(judge.autocorrelation)
    totals = np.array([[200.0, below[:200].sum(), above[:200].sum()]])
    shape = np.einsum("ak,akl,al->a", totals, judge.unscaled_covariance, totals)
    ours = found.blocks[ALL].total_variance(totals[:, 0], totals[:, 1], totals[:, 2])
    assert ours == pytest.approx(judge.rmse**2 * (200 + shape), rel=1e-8)


def test_no_candidate_on_the_grid_explains_more():
    energy = five_parameter() + 60 * noise((1, DAYS.size), 0, 5)
    found = fit(energy, OUTDOORS, ALWAYS)
    for i, low in enumerate(GRID_C):
        for high in GRID_C[i:]:
            below, above = np.maximum(low - OUTDOORS, 0), np.maximum(OUTDOORS - high, 0)
            if min((below > 0).sum(), (above > 0).sum()) < 10:
                continue
            design = np.stack([np.ones_like(below), below, above], axis=1)
            judge = regression.fit(energy, design)
            if (judge.coefficients > 0).all():
                assert judge.r2[0] <= found.r2[0] + 1e-12


def test_gas_never_gets_a_cooling_term():
    energy = five_parameter(heating=0)
    assert fit(energy, OUTDOORS, ALWAYS, cooled=True).cooling[0, 0] > 0
    assert fit(energy, OUTDOORS, ALWAYS, cooled=False).cooling[0, 0] == 0


def test_use_that_falls_with_the_cold_gets_no_negative_slope():
    energy = 500 - 10 * np.maximum(TH - OUTDOORS, 0)[None]
    found = fit(energy, OUTDOORS, ALWAYS)
    assert found.heating[0, 0] == 0
    assert found.cooling[0, 0] > 0  # what is left to explain it


def test_nine_cold_days_are_too_few_for_a_heating_term():
    outdoors = np.full(DAYS.size, 33.0)  # above every balance point
    outdoors[:9] = -5.0
    energy = 100 + 10 * np.maximum(TH - outdoors, 0)[None]
    assert fit(energy, outdoors, ALWAYS).heating[0, 0] == 0


def test_without_a_thermometer_there_are_levels_with_their_interval():
    rest = WEEKEND[weekdays(DAYS)]
    energy = np.where(rest, 120.0, 400.0) + 10 * noise((2000, DAYS.size), 0.5, 2)
    found = fit(energy, None, rest)
    assert found.split.all()
    mean, half = found.mean_use(rest, level=0.9)
    covered = np.abs(mean - [400.0, 120.0]) <= half
    assert covered.mean(axis=0) == pytest.approx([0.9, 0.9], abs=0.03)


def test_days_without_a_temperature_are_left_out():
    outdoors = OUTDOORS.copy()
    outdoors[100:120] = np.nan
    wild = five_parameter()
    wild[0, 100:120] = 9e6
    found = fit(wild, outdoors, ALWAYS)
    assert found.base[0, 0] == pytest.approx(300)
    assert found.points[0] == DAYS.size - 20


def test_a_meter_of_negative_use_has_no_valid_model():
    assert not fit(-five_parameter(heating=0, cooling=0), OUTDOORS, ALWAYS).valid[0]


def test_many_meters_give_what_each_gives_alone():
    buildings = town(7, seed=4)
    energy = buildings.metered.copy()
    energy[3, 50:300] = np.nan
    rest = WEEKEND[weekdays(DAYS)]
    together = fit(energy, buildings.temperature, rest)
    for row in range(7):
        alone = fit(energy[row : row + 1], buildings.temperature, rest)
        assert alone.base[0] == pytest.approx(together.base[row], rel=1e-9)
        assert alone.rmse[0] == pytest.approx(together.rmse[row], rel=1e-9)
