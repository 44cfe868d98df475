"""The plan of a night, whole: decisions, minutes, hours, obstacles."""

import polars as pl
import pytest

from twin.irrigation.tonight import PLANNED, ZONES, plan_tonight

NIGHT_S = 8 * 3600


def zone(**changed):
    lawn = {
        "zone_id": 1,
        "available_mm": 50.0,
        "depletion_fraction": 0.4,
        "area_m2": 300.0,
        "rate_mm_h": 12.0,
        "uniformity": 0.75,
        "intake_mm_h": None,
        "allowance_mm": None,
        "connection_id": 9,
        "capacity_m3_h": 5.0,
        "low_mm": 30.0,
        "high_mm": 30.0,
        "obstacle": None,
        "skipped": False,
    }
    return lawn | changed


def planned(*zones, window_s=NIGHT_S):
    return plan_tonight(pl.DataFrame(zones, schema=ZONES), window_s=window_s).to_dicts()


def test_a_dry_lawn_gets_the_minutes_that_one_can_check_by_hand():
    # 30 mm missing, 10 left for rain: 20 mm at 12 mm/h is 100 min, x 1.176 is 117.6
    (row,) = planned(zone())
    assert (row["decision"], row["reason"]) == ("water", "")
    assert row["depth_mm"] == pytest.approx(20)
    assert row["minutes"] == 118
    assert row["margin_min"] == pytest.approx(17.6, abs=0.1)
    assert row["litres"] == pytest.approx(118 / 60 * 12 * 300)
    assert (row["reserve_percent"], row["threshold_percent"]) == pytest.approx((40, 60))
    assert row["after_percent"] == pytest.approx(80)
    assert row["cycles"] == [{"start_s": 0, "end_s": 118 * 60}]


def test_a_moist_lawn_has_enough():
    (row,) = planned(zone(low_mm=10.0, high_mm=10.0))
    assert (row["decision"], row["minutes"], row["cycles"]) == ("enough", 0, [])
    assert row["after_percent"] == row["reserve_percent"] == pytest.approx(80)


@pytest.mark.parametrize(
    ("changed", "decision", "reason"),
    [
        ({"low_mm": None, "high_mm": None}, "unknown", "soil_not_known"),
        ({"low_mm": 5.0, "high_mm": 45.0}, "unknown", "soil_not_known"),
        ({"obstacle": "frost"}, "blocked", "frost"),
        ({"obstacle": "no_valve"}, "blocked", "no_valve"),
        ({"skipped": True}, "skipped", ""),
        ({"skipped": True, "obstacle": "frost"}, "skipped", ""),
        ({"capacity_m3_h": 3.0}, "blocked", "flow_exceeds_supply"),
    ],
)
def test_what_stands_in_the_way_is_told_and_nothing_opens(changed, decision, reason):
    (row,) = planned(zone(**changed))
    assert (row["decision"], row["reason"]) == (decision, reason)
    assert (row["minutes"], row["litres"], row["cycles"]) == (0, 0, [])


def test_a_soil_that_is_not_known_has_no_reserve_to_show():
    for bounds in ((None, None), (5.0, 45.0)):
        (row,) = planned(zone(low_mm=bounds[0], high_mm=bounds[1]))
        assert row["reserve_percent"] is None
        assert row["after_percent"] is None


def test_a_soil_that_drinks_slowly_gets_its_water_in_several_goes_around_other_zones():
    slow = zone(intake_mm_h=6.0, allowance_mm=6.0)
    beside = zone(zone_id=2, low_mm=22.0, high_mm=22.0)
    first, second = planned(slow, beside)
    assert len(first["cycles"]) == 2  # at most 60 minutes a go
    assert first["soak_min"] == 60
    gap = first["cycles"][0]["end_s"], first["cycles"][1]["start_s"]
    assert gap[1] - gap[0] >= 3600
    assert any(gap[0] <= cycle["start_s"] < gap[1] for cycle in second["cycles"])


def test_zones_of_different_connections_do_not_wait_for_one_another():
    rows = planned(zone(), zone(zone_id=2, connection_id=10), zone(zone_id=3))
    starts = [row["cycles"][0]["start_s"] for row in rows]
    assert starts[1] == 0
    assert sorted((starts[0], starts[2])) == [0, 118 * 60]
    assert rows[0]["plan_end_s"] == rows[0]["plan_bound_s"] == 2 * 118 * 60


def test_what_does_not_fit_the_night_is_told_with_the_minutes_that_do():
    rows = planned(zone(), zone(zone_id=2), window_s=150 * 60)
    cut = rows[1] if rows[1]["reason"] else rows[0]
    assert (cut["decision"], cut["reason"]) == ("water", "window_too_short")
    assert cut["minutes"] == pytest.approx(32)
    assert cut["unfinished_min"] == pytest.approx(86)
    assert cut["after_percent"] < 80


def test_no_zone_makes_no_plan():
    assert plan_tonight(pl.DataFrame(schema=ZONES), window_s=NIGHT_S).schema == PLANNED
