"""Savings in the store: evaluated, totalled, refused, found the same again."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest

from control_center.evaluation import Evaluated, evaluate, recover_days
from control_center.importing import import_file
from control_center.pages.building_profiles import profiles
from tests.store import energy_town
from tests.store.energy_town import DAYS, NOW, TODAY, WORKS_FROM
from tests.support.databases import fresh_database
from twin.clock import VirtualClock
from twin.evaluation.settings import EvaluationSettings
from twin.lighting.burning_hours import local_day_hours
from twin.local_time import midnight
from twin.store.city import CityReader
from twin.store.database import Database
from twin.store.locks import try_lock
from twin.store.savings import SavingsReader, facts_of

CLOCK = VirtualClock(NOW)
POWER_REMOVED_KW = 1.8


@pytest.fixture(scope="module")
def town() -> Iterator[Database]:
    with fresh_database() as database:
        energy_town.build(database)
        evaluate(database, CLOCK)
        yield database


def test_a_renewed_cabinet_has_its_saving_with_an_interval_that_holds_the_truth(town):
    row = SavingsReader(town).cabinets().row(0, named=True)
    assert (row["code"], row["refusal"]) == ("A-1", "")
    nights = local_day_hours(DAYS, 47.5, 7.3, timezone="Europe/Paris")
    hours = nights[np.greater_equal(DAYS, row["reporting_from"])].sum()
    assert row["low_kwh"] < POWER_REMOVED_KW * hours < row["high_kwh"]
    assert row["level"] == 0.9
    assert row["baseline_to"] == WORKS_FROM - timedelta(days=1)
    assert row["reporting_to"] == TODAY - timedelta(days=1)


def test_the_facts_of_a_saving_tell_its_works_its_fit_and_its_parts(town):
    row = SavingsReader(town).cabinets().row(0, named=True)
    facts = facts_of(row)
    assert facts["lights"] == 30
    assert facts["works"][0]["title"] == "Passage aux diodes"
    assert (facts["planned_kwh"], facts["cost_eur"]) == (7000, 24000)
    assert facts["fit"]["connected_kw"] == pytest.approx(3.0, rel=0.02)
    assert facts["switching_elevation_deg"] == -3.0
    assert sum(facts["parts"].values()) == pytest.approx(row["saving_kwh"])


def test_a_cabinet_without_works_and_a_late_meter_are_refused_with_reasons(town):
    cabinets = {row["code"]: row for row in SavingsReader(town).cabinets().to_dicts()}
    assert set(cabinets) == {"A-1", "A-2"}  # A-3 has no meter: nothing is asked about it
    assert cabinets["A-2"]["refusal"] == "no_works"
    assert cabinets["A-2"]["saving_kwh"] is None
    late = SavingsReader(town).buildings().row(1, named=True)
    assert (late["code"], late["refusal"]) == ("B-2", "no_works")
    assert facts_of(late)["reasons"] == ["no_works", "baseline_short"]


def test_a_building_is_corrected_for_weather_and_weekends(town):
    row = SavingsReader(town).buildings().row(0, named=True)
    facts = facts_of(row)
    assert row["method"] == "building_change_point@1"
    assert row["use"] == "school"
    assert facts["fit"]["rest_weekdays"] == [5, 6]
    assert 0.13 < row["saving_kwh"] / row["adjusted_kwh"] < 0.17


def test_the_towns_total_has_both_intervals_and_its_metered_share(town):
    total = SavingsReader(town).city_total()
    assert (total.meters, total.refused, total.without_works) == (1, 0, 1)
    assert (total.lights, total.lights_metered, total.lights_evaluated) == (100, 80, 30)
    assert total.metered_share == pytest.approx(0.8)
    assert total.refusal == "metered_share"  # 80 % of the lights are on a meter: too few
    milder = SavingsReader(town, EvaluationSettings(metered_share=0.75))
    assert milder.city_total().refusal == ""
    assert total.conservative[0] <= total.independent[0] < total.saving_kwh
    assert sum(total.parts.values()) == pytest.approx(total.saving_kwh)


def test_the_summary_counts_refusals_by_reason(town):
    summary = SavingsReader(town).summary()
    assert summary["refusals"] == {"cabinet": {"no_works": 1}, "building": {"no_works": 1}}
    assert summary["buildings"].metered_share is None
    assert summary["buildings"].meters == 1


def test_a_second_run_finds_the_same_and_changes_nothing(town):
    before = SavingsReader(town).cabinets()
    again = evaluate(town, VirtualClock(NOW + timedelta(minutes=5)))
    assert again is not None
    assert again.changed == 0
    assert SavingsReader(town).cabinets().equals(before)


def test_two_workers_do_not_evaluate_together(town):
    with town.connection() as other:
        assert try_lock(other, "evaluation")
        assert evaluate(town, CLOCK) is None


def test_a_day_that_nobody_read_is_recovered_from_the_meters_index(database):
    energy_town.build(database, history=False)
    start, zone = midnight(TODAY - timedelta(days=1), "Europe/Paris"), CityReader(database)
    energy_town.index(database, "A-1", start - timedelta(minutes=4), 1000.0)
    energy_town.index(database, "A-1", start + timedelta(hours=23, minutes=57), 1012.5)
    for _ in range(2):
        with database.connection() as connection:
            assert recover_days(connection, zone.territory(), TODAY) == 1
            found = connection.execute(
                "SELECT value FROM observation WHERE measured_at = %s", (start,)
            ).fetchall()
        assert found == [(12.5,)]


def test_an_index_that_went_back_gives_no_day(database):
    energy_town.build(database, history=False)
    start = midnight(TODAY - timedelta(days=1), "Europe/Paris")
    energy_town.index(database, "A-2", start - timedelta(minutes=4), 1000.0)
    energy_town.index(database, "A-2", start + timedelta(hours=23, minutes=57), 3.0)
    with database.connection() as connection:
        assert recover_days(connection, CityReader(database).territory(), TODAY) == 0


def test_a_territory_without_meters_evaluates_to_nothing(database):
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO territory (slug, name, simulated, timezone, metric_srid, longitude,"
            " latitude, created_at) VALUES ('vide', 'Vide', true, 'Europe/Paris', 2154, 7, 47, %s)",
            (NOW,),
        )
    assert evaluate(database, CLOCK) == Evaluated(0, 0, 0)
    total = SavingsReader(database).city_total()
    assert (total.refusal, total.metered_share, total.level) == ("no_figure", None, None)


@pytest.mark.shared_data
def test_two_real_buildings_come_in_as_published_and_are_refused_with_reasons(
    database, shared_data, tmp_path
):
    file = shared_data / "energy" / "bdg2_two_buildings_electricity_hourly_2016.csv"
    report = import_file(database, file, clock=CLOCK, home=tmp_path)
    assert report.files[0].kept == 6553
    assert report.files[0].findings == []
    assert evaluate(database, CLOCK) == Evaluated(2, 0, 2)
    for row in SavingsReader(database).buildings().iter_rows(named=True):
        facts = facts_of(row)
        assert row["method"] == "building_levels@1"
        assert row["saving_kwh"] is None
        assert facts["reasons"] == ["no_works", "baseline_short", "no_outdoor_temperature"]
        fit = facts["fit"]
        assert fit["measured_days"] == 273  # the last day has one hour: it makes none
        assert fit["rest_weekdays"] == [5, 6]
        assert 0 < fit["work_mean_half_width_kwh_day"] < 0.02 * fit["work_mean_kwh_day"]
    told = profiles(SavingsReader(database).buildings())
    assert [(each.name, round(each.work.value)) for each in told] == [
        ("Bâtiment anonyme 2", 6072),
        ("Bâtiment anonyme 1", 5290),
    ]
    assert all(each.rest is not None and each.slopes is None for each in told)
    again = evaluate(database, CLOCK)
    assert again is not None
    assert again.changed == 0
