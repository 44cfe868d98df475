"""Savings of cabinets: a case solved by hand, coverage, one refusal for each rule."""

import numpy as np
import pytest

from tests.twin.evaluation.synthetic import noise
from twin.errors import InsufficientData
from twin.evaluation.sufficiency import Reason
from twin.lighting.burning_hours import local_day_hours
from twin.lighting.savings import cabinet_saving, cabinet_savings

DAYS = np.arange("2023-01-01", "2025-01-01", dtype="datetime64[D]")
WORKS = (np.datetime64("2024-01-01"), np.datetime64("2024-01-14"))
NIGHTS = local_day_hours(DAYS, 47.5, 7.3, timezone="Europe/Paris")
BASELINE, AFTER = WORKS[0] > DAYS, WORKS[1] < DAYS
BEFORE_KW, AFTER_KW, ALWAYS_KWH = 6.0, 2.4, 2.0


def metered(cabinets, *, scatter_kwh=0.0, autocorrelation=0.0, seed=0):
    power = np.where(AFTER, AFTER_KW, BEFORE_KW)
    expected = power * NIGHTS + ALWAYS_KWH
    return expected + scatter_kwh * noise((cabinets, DAYS.size), autocorrelation, seed)


def evaluated(energy, works=WORKS, **changed):
    cabinets = energy.shape[0]
    return cabinet_savings(
        energy,
        changed.get("nights", NIGHTS),
        DAYS,
        works_from=np.full(cabinets, works[0], "datetime64[D]"),
        works_to=np.full(cabinets, works[1], "datetime64[D]"),
    )


def test_without_noise_the_saving_is_the_power_removed_times_the_dark_hours():
    row = cabinet_saving(
        metered(1, scatter_kwh=1e-9)[0], NIGHTS, DAYS, works_from=WORKS[0], works_to=WORKS[1]
    )
    dark_h = NIGHTS[AFTER].sum()
    assert row["saving_kwh"] == pytest.approx((BEFORE_KW - AFTER_KW) * dark_h, rel=1e-9)
    assert row["connected_kw"] == pytest.approx(BEFORE_KW)
    assert row["connected_kw_after"] == pytest.approx(AFTER_KW)
    assert row["parasitic_kwh_day"] == pytest.approx(ALWAYS_KWH)
    assert (row["reporting_days"], row["baseline_days"]) == (352, 365)


def test_leds_and_dimming_on_one_meter_share_its_saving_without_residue():
    dimmed_h = 6 * 0.4  # six hours a night at 60 % of the power
    leds = AFTER_KW * (NIGHTS - dimmed_h) + ALWAYS_KWH
    energy = np.where(AFTER, leds, BEFORE_KW * NIGHTS + ALWAYS_KWH)[None]
    row = evaluated(energy + 1e-9 * noise((1, DAYS.size), 0, 1)).frame().row(0, named=True)
    assert row["power_part_kwh"] + row["profile_part_kwh"] == pytest.approx(row["saving_kwh"])
    assert row["power_part_kwh"] > row["profile_part_kwh"] > 0
    only_leds = evaluated(metered(1, scatter_kwh=1e-9)).frame().row(0, named=True)
    assert only_leds["profile_part_kwh"] == pytest.approx(0, abs=0.03 * only_leds["saving_kwh"])


@pytest.mark.parametrize("autocorrelation", [0.0, 0.3, 0.7])
def test_nine_intervals_in_ten_hold_the_true_saving(autocorrelation):
    energy = metered(2000, scatter_kwh=1.0, autocorrelation=autocorrelation, seed=1)
    gaps = np.random.default_rng(2).random(energy.shape) < 0.05
    energy[gaps] = np.nan
    found = evaluated(energy).saving
    true = np.where(gaps, 0.0, (BEFORE_KW - AFTER_KW) * NIGHTS)[:, AFTER].sum(axis=1)
    covered = (found.low_kwh <= true) & (true <= found.high_kwh)
    assert covered.mean() == pytest.approx(0.90, abs=0.03)


def test_a_cabinet_where_nothing_changed_is_not_given_a_saving():
    energy = BEFORE_KW * NIGHTS + ALWAYS_KWH + noise((500, DAYS.size), 0.5, 3)
    found = evaluated(energy).saving
    assert ((found.low_kwh < 0) & (found.high_kwh > 0)).mean() == pytest.approx(0.9, abs=0.04)


def test_a_year_of_daily_data_gives_about_half_a_per_cent():
    # 40 lamps, 1.5 % of noise on a mean night, resembling its neighbours by 0.7
    energy = metered(200, scatter_kwh=0.015 * BEFORE_KW * NIGHTS.mean(), autocorrelation=0.7)
    found = evaluated(energy).saving
    assert (found.half_width_kwh / found.adjusted_kwh).mean() == pytest.approx(0.005, abs=0.0015)


def blanked(days):
    energy = metered(1, scatter_kwh=0.5)
    energy[:, days] = np.nan
    return energy


@pytest.mark.parametrize(
    ("energy", "reason"),
    [
        (np.full((1, DAYS.size), np.nan), Reason.NO_READINGS),
        (np.zeros((1, DAYS.size)), Reason.NO_READINGS),
        (blanked(np.arange(DAYS.size) < 92), Reason.BASELINE_SHORT),
        (blanked((np.arange(DAYS.size) >= 100) & (np.arange(DAYS.size) < 138)), "baseline_gaps"),
        (blanked(np.datetime64("2024-01-20") < DAYS), Reason.REPORTING_SHORT),
        (blanked(np.datetime64("2024-06-20") < DAYS), Reason.REPORTING_GAPS),
        (60.0 - 2 * NIGHTS[None] + noise((1, DAYS.size), 0, 0), Reason.NO_MODEL),
        (np.exp(3 * noise((1, DAYS.size), 0, 4)) + NIGHTS[None], Reason.POOR_FIT),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_each_rule_refuses_with_its_code_and_gives_no_figure(energy, reason):
    found = evaluated(energy)
    assert reason in found.reasons[0]
    row = found.frame().row(0, named=True)
    assert row["saving_kwh"] is None
    assert row["low_kwh"] is None


def test_thirty_seven_missing_days_are_allowed_and_thirty_eight_are_not():
    order = np.arange(DAYS.size)
    assert evaluated(blanked((order >= 100) & (order < 137))).reasons == [[]]
    assert evaluated(blanked((order >= 100) & (order < 138))).reasons == [["baseline_gaps"]]


def test_a_cabinet_without_works_has_no_saving():
    found = evaluated(metered(1), works=(np.datetime64("NaT"), np.datetime64("NaT")))
    assert found.reasons == [[Reason.NO_WORKS]]


def test_where_the_sun_does_not_set_there_is_no_regressor():
    nights = np.where(np.arange(DAYS.size) == 170, np.nan, NIGHTS)
    assert evaluated(metered(1, scatter_kwh=0.1), nights=nights).reasons == [[Reason.NO_NIGHTS]]


def test_one_cabinet_that_is_refused_raises_with_the_code():
    with pytest.raises(InsufficientData) as refused:
        cabinet_saving(
            blanked(np.arange(DAYS.size) < 92)[0],
            NIGHTS,
            DAYS,
            works_from=WORKS[0],
            works_to=WORKS[1],
        )
    assert refused.value.reason == Reason.BASELINE_SHORT
    assert refused.value.facts["baseline_days"] == 273


def test_the_days_of_the_works_belong_to_neither_window():
    energy = metered(1, scatter_kwh=0.5)
    wild = energy.copy()
    wild[:, ~BASELINE & ~AFTER] *= 9
    assert evaluated(wild).saving.saving_kwh == evaluated(energy).saving.saving_kwh


def test_many_cabinets_give_what_each_gives_alone():
    energy = metered(5, scatter_kwh=1.0, autocorrelation=0.5)
    energy[2, :92] = np.nan
    together = evaluated(energy).frame()
    for row in range(5):
        alone = evaluated(energy[row : row + 1]).frame()
        assert together[row].equals(alone)
