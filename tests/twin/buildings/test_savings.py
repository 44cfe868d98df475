"""Savings of buildings: coverage on known truth, refusals, and two real buildings."""

import numpy as np
import polars as pl
import pytest

from tests.twin.buildings.town import AFTER, DAYS, WORKS, Town, town, works
from twin.buildings.daily import from_hours
from twin.buildings.savings import building_saving, building_savings
from twin.errors import InsufficientData
from twin.evaluation.sufficiency import Reason

NEVER = np.full(2, "NaT", dtype="datetime64[D]")


@pytest.mark.parametrize("autocorrelation", [0.0, 0.4, 0.7])
def test_nine_intervals_in_ten_hold_the_true_saving(autocorrelation):
    buildings = town(1500, seed=3, autocorrelation=autocorrelation)
    energy = np.where(np.random.default_rng(0).random((1500, 731)) < 0.03, 0, buildings.metered)
    found = building_savings(energy, buildings.temperature, DAYS, **works(1500))
    true = np.where(energy == 0, 0.0, buildings.saved).sum(axis=1)
    covered = (found.saving.low_kwh <= true) & (true <= found.saving.high_kwh)
    assert covered.mean() == pytest.approx(0.90, abs=0.03)
    assert not any(found.reasons)


def test_a_half_hidden_saving_of_three_per_cent_is_not_claimed_as_certain():
    buildings = town(300, seed=6, share_saved=0.0, scatter=0.2)
    found = building_savings(buildings.metered, buildings.temperature, DAYS, **works(300)).saving
    assert ((found.low_kwh < 0) & (found.high_kwh > 0)).mean() == pytest.approx(0.9, abs=0.05)


def test_a_noiseless_building_saves_exactly_what_was_taken_off():
    outdoors = town(1).temperature
    expected = 200 + 10 * np.maximum(140 / 9 - outdoors, 0)  # 60 °F, a point of the grid
    row = building_saving(
        np.where(AFTER, 0.9, 1.0) * expected,
        outdoors,
        DAYS,
        works_from=WORKS[0],
        works_to=WORKS[1],
    )
    assert row["saving_kwh"] == pytest.approx(0.1 * expected[AFTER].sum())
    assert row["work_heating_balance_c"] == pytest.approx(140 / 9)


def refused(buildings: Town, energy=None, temperature=None) -> list[str]:
    use = buildings.metered if energy is None else energy
    found = building_savings(use, temperature, DAYS, **works(len(use)))
    assert found.frame()["saving_kwh"][0] is None
    return found.reasons[0]


def test_each_rule_refuses_with_its_code():
    one = town(1, seed=1)
    order = np.arange(DAYS.size)
    gap = np.where((order > 40) & (order < 90), np.nan, one.metered)
    late = np.where(order < 60, np.nan, one.metered)
    soon = np.where(order > 420, np.nan, one.metered)
    hole = np.where((order > 200) & (order < 210), np.nan, one.temperature)
    wild = np.exp(3 * np.random.default_rng(1).standard_normal((1, DAYS.size)))
    assert refused(one) == [Reason.NO_TEMPERATURE]
    assert refused(one, gap, one.temperature) == [Reason.BASELINE_GAPS]
    assert refused(one, late, one.temperature) == [Reason.BASELINE_SHORT]
    assert refused(one, None, hole) == [Reason.TEMPERATURE_GAPS]
    assert Reason.REPORTING_GAPS in refused(one, soon, one.temperature)
    assert Reason.POOR_FIT in refused(one, wild, one.temperature)
    assert Reason.NO_READINGS in refused(one, np.zeros((1, DAYS.size)), one.temperature)


def test_solar_panels_and_extremes_are_counted_for_a_person_to_see():
    one = town(1, seed=1)
    energy = one.metered.copy()
    energy[0, :3], energy[0, 5] = -10.0, 1e6
    readings = building_savings(energy, one.temperature, DAYS, **works(1)).readings
    assert (readings.negative_days[0], readings.extreme_days[0]) == (3, 1)


@pytest.fixture(scope="module")
def real_days(shared_data):
    wide = pl.read_csv(
        shared_data / "energy" / "bdg2_two_buildings_electricity_hourly_2016.csv",
        try_parse_dates=True,
    )
    hours = wide.unpivot(index="timestamp", variable_name="meter", value_name="kwh")
    return from_hours(hours.rename({"timestamp": "hour"}))


@pytest.mark.shared_data
def test_two_real_buildings_are_described_with_their_interval_and_refused_with_reasons(real_days):
    wide = real_days.pivot(on="meter", index="day", values="kwh").sort("day")
    days = wide["day"].to_numpy().astype("datetime64[D]")
    energy = wide.select("building_1", "building_2").to_numpy().T
    found = building_savings(energy, None, days, works_from=NEVER, works_to=NEVER)
    assert found.readings.measured_days.tolist() == [273, 273]
    for codes in found.reasons:
        assert codes == [Reason.NO_WORKS, Reason.BASELINE_SHORT, Reason.NO_TEMPERATURE]
    rows = found.frame()
    assert rows["saving_kwh"].null_count() == 2
    for row in rows.iter_rows(named=True):
        assert row["split"]  # both use less at weekends
        assert row["rest_mean_kwh_day"] < row["work_mean_kwh_day"]
        assert 0 < row["work_mean_half_width_kwh_day"] < 0.2 * row["work_mean_kwh_day"]


@pytest.mark.shared_data
def test_the_last_hour_of_the_real_file_makes_no_day(real_days):
    last = real_days.filter(pl.col("day") == pl.date(2016, 9, 30))
    assert last["hours"].to_list() == [1, 1]
    assert last["kwh"].to_list() == [None, None]


@pytest.mark.shared_data
def test_a_real_building_given_temperatures_runs_the_weather_model(real_days):
    one = real_days.filter(pl.col("meter") == "building_1", pl.col("kwh").is_not_null())
    days = one["day"].to_numpy().astype("datetime64[D]")
    outdoors = 15 - 10 * np.cos(2 * np.pi * (np.arange(days.size) - 20) / 365)
    with pytest.raises(InsufficientData) as told:
        building_saving(
            one["kwh"].to_numpy(),
            outdoors,
            days,
            works_from=np.datetime64("2016-08-01"),
            works_to=np.datetime64("2016-08-07"),
        )
    assert told.value.reason == Reason.BASELINE_SHORT
