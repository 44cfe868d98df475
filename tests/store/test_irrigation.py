"""Watering on a real store: soils day by day, the night's plan, valves at their hour."""

from datetime import date, datetime, timedelta

import pytest

from control_center.watering import open_due, plan_night, run
from control_center.watering.night import Night
from tests.store import garden
from tests.store.garden import EVENING, OPENS, TODAY
from twin.clock import VirtualClock
from twin.errors import NotFound
from twin.irrigation.settings import WateringSettings
from twin.local_time import midnight
from twin.store import irrigation_writer as writer
from twin.store.irrigation import IrrigationReader
from twin.store.locks import try_lock

NIGHT = TODAY
SETTINGS = WateringSettings(history_days=30)


def planned(database, at=EVENING):
    plan_night(database, VirtualClock(at), SETTINGS)
    return {zone["code"]: zone for zone in IrrigationReader(database).zones("PK-1", at=at)}


def opened(database, at):
    return open_due(database, VirtualClock(at), SETTINGS)


def dry_and_planned(database):
    """Plan the evening with a station that speaks."""
    garden.build(database)
    garden.say_weather(database, midnight(TODAY, "Europe/Paris"), 22)
    return planned(database)


def test_a_dry_lawn_is_watered_for_minutes_that_one_can_check_by_hand(database):
    garden.build(database)
    lawn = planned(database)["Z-1"]
    # full on 28 June; then 12 days of 5 mm x 0.8, with stress from the fifth on; TAW 39 mm
    assert lawn["decision"] == "water"
    assert lawn["why"]["since_day"] == "2026-06-28"
    assert lawn["why"]["rain_mm"] == 80.0  # that day included: what did not fit ran through
    assert lawn["why"]["et_mm"] == pytest.approx(lawn["why"]["depletion_mm"], abs=0.11)
    assert lawn["why"]["available_mm"] == 39.0
    missing = lawn["why"]["depletion_mm"]
    assert 28 < missing < 39
    assert lawn["why"]["depletion_high_mm"] == missing  # the storm made it known
    assert lawn["depth_mm"] == pytest.approx(missing - 0.2 * 39, abs=0.06)
    even = 60 * lawn["depth_mm"] / 12
    assert lawn["minutes"] == pytest.approx(even / 0.85, abs=1)
    assert lawn["litres"] == pytest.approx(lawn["minutes"] / 60 * 12 * 300, abs=1)
    assert lawn["after_percent"] == pytest.approx(80, abs=0.2)


def test_every_zone_tells_what_its_figure_was_made_of(database):
    garden.build(database)
    why = planned(database)["Z-1"]["why"]
    assert why["methods"] == {
        "et0": "fao56_penman_monteith",
        "balance": "fao56_one_bucket",
        "order": "early",
        "rain": "measured_by_day",
        "soil": "register",
        "depletion": "balance",
    }
    assert why["days_without_rain"] == 11
    assert (why["et_today_mm"], why["et_today_basis"]) == (5.0, "assumed")
    assert why["rain_today_mm"] is None  # the station has not spoken today: not known, not zero
    assert why["window"]["opens"] == "2026-07-10T20:00:00+00:00"
    assert why["station"]["code"] == "M-1"
    assert why["uniformity_extra_min"] > 0
    assert why["plan_bound_min"] > 0


def test_deep_soils_have_enough_and_a_zone_without_valve_is_blocked(database):
    garden.build(database)
    zones = planned(database)
    assert (zones["Z-2"]["decision"], zones["Z-2"]["minutes"]) == ("enough", 0)
    assert (zones["Z-4"]["decision"], zones["Z-4"]["why"]["reason"]) == ("blocked", "no_valve")
    assert zones["Z-4"]["starts_at"] is None


def test_valves_share_the_connection_without_asking_more_than_it_gives(database):
    garden.build(database)
    zones = planned(database)
    lawn, bed = zones["Z-1"], zones["Z-3"]  # 3.6 and 2 m³/h on 4.5
    first, second = sorted((lawn, bed), key=lambda zone: zone["starts_at"])
    assert first["starts_at"] == OPENS
    assert second["starts_at"] >= OPENS + timedelta(minutes=first["minutes"])


def test_planning_again_changes_nothing(database):
    garden.build(database)
    assert plan_night(database, VirtualClock(EVENING), SETTINGS).changed == 4
    before = IrrigationReader(database).zones("PK-1", at=EVENING)
    later = VirtualClock(EVENING + timedelta(minutes=20))
    assert plan_night(database, later, SETTINGS).changed == 0
    assert IrrigationReader(database).zones("PK-1", at=EVENING) == before
    assert IrrigationReader(database).history(before[0]["zone_id"], 99, until=TODAY).height == 20


def test_two_workers_do_not_plan_together(database):
    garden.build(database)
    with database.connection() as other:
        assert try_lock(other, "watering")
        assert plan_night(database, VirtualClock(EVENING), SETTINGS) is None
        assert opened(database, OPENS) is None


def test_a_day_that_the_station_measured_is_closed_and_enters_the_soil(database):
    garden.build(database, weather_until=TODAY - timedelta(days=1))
    start = midnight(TODAY - timedelta(days=1), "Europe/Paris")
    garden.say_weather(database, start, 24, rain=0.5)
    zone = planned(database)["Z-1"]
    last = IrrigationReader(database).history(zone["zone_id"], 1, until=TODAY).row(0, named=True)
    assert last["day"] == TODAY - timedelta(days=1)
    assert last["rain_mm"] == pytest.approx(12.0)
    assert 3 < last["et0_mm"] < 6
    assert zone["why"]["days_without_rain"] == 0


def test_a_day_too_little_measured_is_a_gap_that_makes_the_soil_uncertain(database):
    garden.build(database, weather_until=TODAY - timedelta(days=1))
    start = midnight(TODAY - timedelta(days=1), "Europe/Paris")
    garden.say_weather(database, start, 19)
    zone = planned(database)["Z-1"]
    assert IrrigationReader(database).history(zone["zone_id"], 1, until=TODAY).is_empty()
    assert zone["why"]["depletion_mm"] < 8
    assert zone["why"]["depletion_high_mm"] > 28
    assert (zone["decision"], zone["why"]["reason"]) == ("unknown", "soil_not_known")


def test_water_given_in_the_evening_is_in_the_soil_and_out_of_the_plan(database):
    garden.build(database)
    before = planned(database)["Z-1"]
    garden.say(database, "V-1", "valve_open", EVENING + timedelta(minutes=5), 1)
    garden.say(database, "V-1", "valve_open", EVENING + timedelta(minutes=25), 0)
    after = planned(database, EVENING + timedelta(minutes=30))["Z-1"]
    reached = 20 / 60 * 12 * 0.85
    assert after["why"]["irrigation_mm"] == pytest.approx(reached, abs=0.06)
    missing = before["why"]["depletion_mm"] - after["why"]["depletion_mm"]
    assert missing == pytest.approx(reached, abs=0.11)


def test_without_a_station_nothing_is_known_and_nothing_opens(database):
    garden.build(database, station=False)
    zones = planned(database)
    assert {zones[code]["decision"] for code in ("Z-1", "Z-2", "Z-3")} == {"unknown"}
    assert zones["Z-1"]["why"]["depletion_high_mm"] == zones["Z-1"]["why"]["available_mm"]
    assert zones["Z-1"]["reserve_percent"] is None
    assert opened(database, OPENS).ordered == 0


def test_a_station_silent_for_a_week_leaves_no_assumed_day(database):
    garden.build(database, weather_until=TODAY - timedelta(days=7))
    zone = planned(database)["Z-1"]
    assert zone["why"]["et_today_basis"] == "unknown"
    assert zone["decision"] == "unknown"


def test_a_probe_helps_where_the_balance_does_not_know_and_only_there(database):
    garden.build(database, weather_until=TODAY - timedelta(days=7))
    garden.probe(database, "Z-1", EVENING - timedelta(hours=1), 14.0)  # 33 mm missing of 39
    garden.probe(database, "Z-3", EVENING - timedelta(days=2), 14.0)  # too old to say anything
    zones = planned(database)
    lawn = zones["Z-1"]
    assert lawn["decision"] == "water"
    assert lawn["why"]["depletion_mm"] == pytest.approx(27.0)
    assert lawn["why"]["depletion_high_mm"] == pytest.approx(39.0)
    assert lawn["why"]["methods"]["depletion"] == "balance_and_probe"
    assert zones["Z-3"]["decision"] == "unknown"


def test_a_probe_never_overrules_a_soil_that_is_known(database):
    garden.build(database)
    known = planned(database)["Z-1"]
    garden.probe(database, "Z-1", EVENING, 25.0)
    assert planned(database, EVENING + timedelta(minutes=1))["Z-1"]["why"] == known["why"]


def test_frost_keeps_every_valve_closed(database):
    garden.build(database)
    garden.say_weather(database, midnight(TODAY, "Europe/Paris"), 5, air_temperature=1.0)
    zones = planned(database)
    assert (zones["Z-1"]["decision"], zones["Z-1"]["why"]["reason"]) == ("blocked", "frost")


def test_a_day_that_was_measured_to_its_evening_is_not_assumed(database):
    garden.build(database)
    garden.say_weather(database, midnight(TODAY, "Europe/Paris"), 21)
    at = OPENS - timedelta(minutes=45)  # 21:15, the sun is low
    why = planned(database, at)["Z-1"]["why"]
    assert why["et_today_basis"] == "measured"
    assert why["rain_today_mm"] == 0.0


@pytest.mark.parametrize("everywhere", [True, False])
def test_skipping_tonight_and_taking_it_back_gives_the_same_plan_again(database, everywhere):
    zones = dry_and_planned(database)
    with database.connection() as connection:
        number = writer.add_override(
            connection,
            zone_id=None if everywhere else zones["Z-1"]["zone_id"],
            kind="skip",
            starts_at=EVENING,
            ends_at=OPENS + timedelta(hours=8),
            person="Amina",
        )
    skipped = planned(database, EVENING + timedelta(minutes=1))
    assert skipped["Z-1"]["decision"] == "skipped"
    assert skipped["Z-1"]["override"]["person"] == "Amina"
    assert skipped["Z-1"]["why"]["override"]["kind"] == "skip"
    assert skipped["Z-3"]["decision"] == ("skipped" if everywhere else "water")
    with database.connection() as connection:
        writer.undo_override(connection, number, EVENING + timedelta(minutes=2))
        with pytest.raises(NotFound):
            writer.undo_override(connection, number, EVENING)
    again = planned(database, EVENING + timedelta(minutes=3))
    assert again["Z-1"]["why"] == zones["Z-1"]["why"]


def test_valves_open_at_their_hour_once_and_for_their_minutes(database):
    zones = dry_and_planned(database)
    assert opened(database, OPENS - timedelta(seconds=1)).ordered == 0
    for second in (5, 65, 125):
        opened(database, OPENS + timedelta(seconds=second))
    first = min((zones["Z-1"], zones["Z-3"]), key=lambda zone: zone["starts_at"])
    given = garden.orders(database)
    assert given == [
        (first["valve_code"], first["minutes"] * 60, OPENS + timedelta(minutes=10)),
    ]


def test_the_whole_night_waters_every_zone_once(database):
    zones = dry_and_planned(database)
    garden.say_weather(database, OPENS + timedelta(minutes=1), 8)
    for minute in range(0, 480, 5):
        run(database, VirtualClock(OPENS + timedelta(minutes=minute, seconds=20)))
    seconds = {code: length for code, length, _ in garden.orders(database)}
    assert seconds == {
        zones[code]["valve_code"]: zones[code]["minutes"] * 60 for code in ("Z-1", "Z-3")
    }


def test_an_hour_that_was_missed_is_not_caught_up(database):
    dry_and_planned(database)
    assert opened(database, OPENS + timedelta(minutes=11)).ordered == 0


def test_planning_only_never_opens_anything(database):
    dry_and_planned(database)
    only = WateringSettings(automatic=False)
    assert open_due(database, VirtualClock(OPENS + timedelta(seconds=5)), only).ordered == 0


def test_a_pause_that_comes_at_the_last_moment_keeps_the_valve_closed(database):
    dry_and_planned(database)
    with database.connection() as connection:
        writer.add_override(
            connection,
            zone_id=None,
            kind="pause",
            starts_at=OPENS - timedelta(seconds=30),
            ends_at=OPENS + timedelta(days=1),
            person="Amina",
        )
    assert opened(database, OPENS + timedelta(seconds=5)).ordered == 0


def first_of(database):
    zones = IrrigationReader(database).zones("PK-1", at=EVENING)
    return min(
        (zone for zone in zones if zone["decision"] == "water"), key=lambda z: z["starts_at"]
    )


def test_heavy_rain_after_the_decision_keeps_valves_closed_and_says_so(database):
    dry_and_planned(database)
    garden.say(database, "M-1", "rain", OPENS - timedelta(seconds=30), 30.0)
    assert opened(database, OPENS + timedelta(seconds=5)).ordered == 0
    for code in ("Z-1", "Z-3"):
        zone = {z["code"]: z for z in IrrigationReader(database).zones("PK-1", at=EVENING)}[code]
        assert zone["decision"] == "enough"
        assert zone["why"]["reason"] == "rain_since_decision"
        assert zone["why"]["rain_since_decision_mm"] == 30.0
    assert garden.orders(database) == []


def test_some_rain_after_the_decision_shortens_the_watering(database):
    dry_and_planned(database)
    before = first_of(database)
    garden.say(database, "M-1", "rain", OPENS - timedelta(seconds=30), 4.0)
    opened(database, OPENS + timedelta(seconds=5))
    after = first_of(database)
    share = 1 - 4.0 / before["depth_mm"]
    assert after["minutes"] == pytest.approx(before["minutes"] * share, rel=0.01)
    assert garden.orders(database)[0][1] == pytest.approx(before["minutes"] * 60 * share, rel=0.01)


def test_rain_of_before_the_decision_is_not_counted_twice(database):
    garden.build(database)
    garden.say_weather(database, midnight(TODAY, "Europe/Paris"), 19, rain=0.3)
    garden.say_weather(database, EVENING, 3)
    before = planned(database)["Z-1"]
    assert before["why"]["rain_today_mm"] == pytest.approx(0.3 * 18, abs=0.31)
    opened(database, OPENS + timedelta(seconds=5))
    assert planned(database)["Z-1"]["minutes"] == before["minutes"]


def test_a_gauge_that_fell_silent_is_not_taken_for_a_dry_sky(database):
    garden.build(database)
    garden.say_weather(database, midnight(TODAY, "Europe/Paris"), 12)
    planned(database)
    assert opened(database, OPENS + timedelta(seconds=5)).ordered == 0
    zone = {z["code"]: z for z in IrrigationReader(database).zones("PK-1", at=EVENING)}["Z-1"]
    if zone["starts_at"] is None:
        assert (zone["decision"], zone["why"]["reason"]) == ("unknown", "station_silent")


def test_a_night_without_plan_gets_what_is_left_of_its_window(database):
    garden.build(database, weather_until=TODAY + timedelta(days=1))
    at = OPENS + timedelta(hours=5)  # three in the morning
    zones = planned(database, at)
    assert zones["Z-1"]["night"] == NIGHT
    assert zones["Z-1"]["starts_at"] >= at
    assert zones["Z-1"]["why"]["et_today_mm"] == 0.0  # the new day has not evaporated yet


def test_the_park_sums_up_its_zones(database):
    garden.build(database)
    zones = planned(database)
    reader = IrrigationReader(database)
    park = reader.parks().row(0, named=True)
    assert (park["code"], park["name"], park["zones"]) == ("PK-1", "Parc des Cordeliers", 4)
    assert park["zones_watered"] == 2
    assert park["litres"] == pytest.approx(sum(zone["litres"] for zone in zones.values()))
    assert reader.night() == NIGHT
    with pytest.raises(NotFound):
        reader.zones("PK-9", at=EVENING)


def test_a_zones_card_shows_the_newest_order_to_its_valve(database):
    dry_and_planned(database)
    opened(database, OPENS + timedelta(seconds=5))
    at = OPENS + timedelta(minutes=1)
    cards = IrrigationReader(database).zones("PK-1", at=at)
    commanded = [card for card in cards if card["command"]]
    assert len(commanded) == 1
    command = commanded[0]["command"]
    assert (command["verb"], command["state"]) == ("open_valve", "requested")
    assert command["parameters"]["duration_s"] > 0
    assert command["person"] == "arrosage programmé"


def test_before_any_plan_zones_have_no_figure_and_parks_still_show(database):
    garden.build(database)
    reader = IrrigationReader(database)
    assert reader.night() is None
    assert reader.parks()["zones"].to_list() == [4]
    card = reader.zones("PK-1", at=EVENING)[0]
    assert (card["decision"], card["why"], card["reserve_percent"]) == (None, {}, None)


@pytest.mark.parametrize(
    ("local", "evening"),
    [("12:00", TODAY), ("23:30", TODAY), ("05:59", TODAY - timedelta(days=1)), ("06:00", TODAY)],
)
def test_a_night_belongs_to_its_evening(local, evening):
    now = datetime.fromisoformat(f"2026-07-10T{local}:00+02:00")
    night = Night.at(now, "Europe/Paris", SETTINGS)
    assert night.evening == evening
    assert (night.closes - night.opens) == timedelta(hours=8)


def test_on_the_night_clocks_go_back_the_window_is_an_hour_longer():
    now = datetime.fromisoformat("2026-10-24T18:00:00+02:00")
    night = Night.at(now, "Europe/Paris", SETTINGS)
    assert night.evening == date(2026, 10, 24)
    assert (night.closes - night.opens) == timedelta(hours=9)
