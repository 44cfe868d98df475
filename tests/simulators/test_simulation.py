import base64
import dataclasses
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import mapping, shape

from ingest.codecs import milesight, volc2180
from ingest.codecs.uc51x_rules import encode_rule, rule_of
from ingest.networks.chirpstack_v4_wire import command_topic, write_downlink
from simulators.city import City
from simulators.events import CAUSE_TOPIC, FLOOD_TOPIC, INSPECTION_TOPIC
from simulators.flood import flood_of
from simulators.message import Message
from simulators.simulation import Simulation
from simulators.testing import TINY_NOW
from tests.simulators.listening import events, last, latest, live, readings, ups

EVENING = TINY_NOW  # 20 h 14 on a November evening: it has been dark for two hours
NOON = datetime(2026, 11, 19, 11, 0, tzinfo=UTC)


def _quiet(city: City, **faults: object) -> City:
    """The same town without faults and losses."""
    calm = {**city.truth["faults"], "burnt_lamps": [], "radio_loss": 0.0, **faults}
    calm["gateway"] = {**calm["gateway"], "first_after_s": 10**9}
    return dataclasses.replace(city, truth={**city.truth, "faults": calm})


@pytest.fixture
def quiet(hamlet: City) -> City:
    return _quiet(hamlet)


def test_every_device_with_power_speaks_in_the_first_minute(quiet: City) -> None:
    spoken = {up["deviceInfo"]["devEui"] for up in ups(live(Simulation(quiet, NOON), NOON, 60))}
    devices = quiet.frame("devices").filter(pl.col("network") == "chirpstack_v4")
    assert spoken == set(devices["dev_eui"])


def test_messages_come_evenly_once_the_first_minute_is_over(city: City) -> None:
    messages = live(Simulation(city, EVENING), EVENING, 1860)
    minutes = Counter((m.at - messages[0].at) // 60_000_000 for m in messages)
    steady = [minutes[k] for k in range(2, 31)]
    assert max(steady) < 2 * np.median(steady)


@pytest.mark.parametrize(("start", "level"), [(EVENING, 100.0), (NOON, 0.0)])
def test_frames_decode_back_to_the_light_of_the_lamps(
    quiet: City, start: datetime, level: float
) -> None:
    heard = readings(live(Simulation(quiet, start), start, 60))
    watts = dict(quiet.frame("streetlights").select("code", "mains_w").iter_rows())
    low = quiet.truth["faults"]["low_voltage"]["cabinet"]
    weak = set(quiet.frame("streetlights").filter(pl.col("cabinet") == low)["code"])
    lamps = {h.device for h in heard if h.profile == "volc2180"} - weak
    assert lamps
    for lamp in lamps:
        assert last(heard, lamp, "dimming") == level
        expected = watts[lamp] if level else 0.6
        assert last(heard, lamp, "power") == pytest.approx(expected, abs=0.51)
        assert last(heard, lamp, "voltage") == pytest.approx(231.5, abs=8)


def test_a_cabinet_s_meter_measures_the_sum_of_its_lamps(quiet: City) -> None:
    heard = readings(live(Simulation(quiet, EVENING), EVENING, 60))
    lights = quiet.frame("streetlights")
    weak = quiet.truth["faults"]["low_voltage"]["cabinet"]
    for (cabinet,), rows in lights.group_by("cabinet"):
        if cabinet == weak:
            continue
        drawn = last(heard, str(cabinet), "power")
        assert drawn == pytest.approx(rows["mains_w"].sum() + 9, abs=2)
        phases = [last(heard, str(cabinet), "power", k) for k in (1, 2, 3)]
        assert sum(phases) == pytest.approx(drawn, abs=2)
        assert last(heard, str(cabinet), "supply_present") == 1


def test_a_weak_phase_shows_in_the_meter_and_in_its_lamps(quiet: City) -> None:
    fault = quiet.truth["faults"]["low_voltage"]
    heard = readings(live(Simulation(quiet, EVENING), EVENING, 60))
    volts = [last(heard, fault["cabinet"], "voltage", phase) for phase in (1, 2, 3)]
    assert volts[fault["phase"] - 1] == pytest.approx(fault["voltage"], abs=4)
    assert sorted(volts)[1] > 225
    weak = [h for h in heard if h.profile == "volc2180" and h.field == "voltage" and h.value < 210]
    assert weak
    watts = dict(quiet.frame("streetlights").select("code", "mains_w").iter_rows())
    for lamp in weak:
        assert last(heard, lamp.device, "power") < 0.75 * watts[lamp.device]


def test_a_burnt_lamp_is_told_to_shine_and_draws_nothing(hamlet: City) -> None:
    heard = readings(live(Simulation(hamlet, EVENING), EVENING, 1000))
    for lamp in hamlet.truth["faults"]["burnt_lamps"]:
        assert last(heard, lamp, "dimming") == 100
        assert last(heard, lamp, "power") < 2


def test_lamps_switch_at_dusk_and_say_so_within_minutes(quiet: City) -> None:
    start = datetime(2026, 11, 19, 16, 20, tzinfo=UTC)
    simulation = Simulation(quiet, start)
    before = readings(live(simulation, start, 60))
    after = readings(live(simulation, start, 3000))
    lamps = {h.device for h in before if h.profile == "volc2180"}
    assert all(last(before, lamp, "power") < 2 for lamp in lamps)
    assert all(last(after, lamp, "dimming") == 100 for lamp in lamps)


def test_lamps_that_dim_do_so_from_23_to_5_local_time(city: City) -> None:
    calm = _quiet(city)
    start = datetime(2026, 11, 19, 21, 45, tzinfo=UTC)
    heard = readings(live(Simulation(calm, start), start, 2700))
    cabinets = calm.frame("cabinets")
    dims = set(cabinets.filter(pl.col("dim_from").is_not_null())["code"])
    lights = calm.frame("streetlights").filter(pl.col("technology") == "led")
    told = {h.device for h in heard if h.profile == "volc2180"}
    of_dimming = set(lights.filter(pl.col("cabinet").is_in(dims))["code"]) & told
    of_others = told - of_dimming
    assert of_dimming
    assert of_others
    dimming = latest(heard, "dimming")
    assert {dimming[lamp] for lamp in of_dimming} == {50.0}
    assert {dimming[lamp] for lamp in of_others} == {100.0}


def test_a_flood_trips_exactly_the_cabinets_whose_true_plinth_is_under_water(city: City) -> None:
    water = flood_of(city.truth["seed"], city.truth["lights"], 4.6)
    simulation = Simulation(_quiet(city), EVENING)
    live(simulation, EVENING, 60)
    simulation.receive(FLOOD_TOPIC, json.dumps(water).encode())
    messages = live(simulation, EVENING, 75)
    deepest = _depths(city, water)
    flooded = {code for code, d in deepest.items() if d > city.truth["plinth_m"][code]}
    assert 1 < len(flooded) < len(deepest)
    assert set(simulation.snapshot()["tripped"]) == flooded
    gasps = {h.device for h in readings(messages) if h.field == "supply_present" and not h.value}
    assert flooded <= gasps


def _depths(city: City, water: dict) -> dict[str, float]:
    """Depth at each cabinet: one polygon and one cabinet at a time."""
    cabinets = city.layers["cabinets"]
    polygons = [(shape(f["geometry"]), f["properties"]["depth_m"]) for f in water["features"]]
    return {
        code: max((d for polygon, d in polygons if polygon.intersects(point)), default=0.0)
        for code, point in zip(cabinets.frame["code"], cabinets.geometry, strict=True)
    }


def _flood_of_everything(city: City, depth: float) -> bytes:
    ground = shapely.box(*shapely.total_bounds(city.layers["streetlights"].geometry)).buffer(0.01)
    feature = {"geometry": mapping(ground), "properties": {"depth_m": depth}}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def test_a_flooded_town_falls_silent_after_a_last_word(quiet: City) -> None:
    simulation = Simulation(quiet, EVENING)
    live(simulation, EVENING, 60)
    simulation.receive(FLOOD_TOPIC, _flood_of_everything(quiet, 2.0))
    first = live(simulation, EVENING, 75)
    for cabinet in quiet.frame("cabinets")["code"]:
        assert last(readings(first), cabinet, "supply_present") == 0
        assert last(readings(first), cabinet, "current", 1) == 0
    later = readings(live(simulation, EVENING, 3700))
    assert not [h for h in later if h.profile == "volc2180"]
    assert not [h for h in later if h.device.startswith("A-")]


def test_receding_water_relights_nothing_and_an_inspection_does(quiet: City) -> None:
    simulation = Simulation(quiet, EVENING)
    live(simulation, EVENING, 60)
    simulation.receive(FLOOD_TOPIC, _flood_of_everything(quiet, 2.0))
    live(simulation, EVENING, 120)
    simulation.receive(FLOOD_TOPIC, b'{"features": []}')
    dry = live(simulation, EVENING, 900)
    assert not [h for h in readings(dry) if h.profile == "volc2180"]
    first, second = quiet.frame("cabinets")["code"]
    simulation.receive(INSPECTION_TOPIC, json.dumps({"cabinet": first}).encode())
    after = live(simulation, EVENING, 1000)
    heard = readings(after)
    assert last(heard, first, "supply_present") == 1
    assert not [h for h in heard if h.device == second]
    lit = {h.device for h in heard if h.profile == "volc2180"}
    lights = quiet.frame("streetlights").filter(pl.col("cabinet") == first)["code"]
    assert lit
    assert lit <= set(lights)
    joined = {event["deviceInfo"]["deviceName"] for event in events(after, "join")}
    assert {f"lamp-{lamp}" for lamp in lit} <= joined
    again = [up for up in ups(after) if up["deviceInfo"]["deviceName"] == f"cabinet-{first}"]
    assert again[0].get("fCnt", 0) == 0  # a new session begins


def test_a_cabinet_inspected_in_the_water_trips_again(quiet: City) -> None:
    simulation = Simulation(quiet, EVENING)
    simulation.receive(FLOOD_TOPIC, _flood_of_everything(quiet, 2.0))
    live(simulation, EVENING, 10)
    code = quiet.frame("cabinets")["code"][0]
    simulation.receive(INSPECTION_TOPIC, json.dumps({"cabinet": code}).encode())
    live(simulation, EVENING, 20)
    assert code in simulation.snapshot()["tripped"]


def _cut(cabinets: list[str], start: float, end: float | None, code: str = "C-1") -> bytes:
    """Return a cut of some cabinets, in seconds after the evening began."""
    until = None if end is None else (EVENING + timedelta(seconds=end)).isoformat()
    starts_at = (EVENING + timedelta(seconds=start)).isoformat()
    told = {"code": code, "cabinets": cabinets, "starts_at": starts_at, "until": until}
    return json.dumps(told).encode()


def test_a_cut_takes_the_supply_away_in_its_window_and_gives_it_back_by_itself(
    quiet: City,
) -> None:
    first, _ = quiet.frame("cabinets")["code"]
    simulation = Simulation(quiet, EVENING)
    live(simulation, EVENING, 60)
    simulation.receive(CAUSE_TOPIC, _cut([first], 100, 1000))
    assert not [h for h in readings(live(simulation, EVENING, 95)) if h.field == "supply_present"
                and h.value == 0]  # fmt: skip
    dark = readings(live(simulation, EVENING, 990))
    assert last(dark, first, "supply_present") == 0
    assert not simulation.population.world.grid.tripped.any()
    back = readings(live(simulation, EVENING, 2200))
    assert last(back, first, "supply_present") == 1


def test_a_town_that_starts_again_remembers_its_cuts_and_the_newest_word_of_each(
    quiet: City,
) -> None:
    first, second = quiet.frame("cabinets")["code"]
    simulation = Simulation(quiet, EVENING)
    simulation.receive(CAUSE_TOPIC, _cut([first, second], 0, None))
    live(simulation, EVENING, 10)
    simulation.receive(CAUSE_TOPIC, _cut([first, second], 0, 20))
    again = Simulation(quiet, EVENING)
    again.restore(json.loads(json.dumps(simulation.snapshot())))
    assert again.population.world.grid.cut.all(), "it is dark from the first second on"
    live(again, EVENING, 15)
    assert again.population.world.grid.cut.all()
    live(again, EVENING, 25)
    assert not again.population.world.grid.cut.any()


def _with_batteries(city: City, hours: float) -> City:
    """The same town, each gateway with a battery for so long."""
    frame = city.frame("gateways").with_columns(backup_h=pl.lit(hours))
    gateways = dataclasses.replace(city.layers["gateways"], frame=frame)
    return dataclasses.replace(city, layers={**city.layers, "gateways": gateways})


def test_gateways_without_supply_stop_after_their_battery(quiet: City) -> None:
    city = _with_batteries(quiet, 1.0)
    simulation = Simulation(city, EVENING)
    simulation.receive(FLOOD_TOPIC, _flood_of_everything(city, 2.0))
    hour = [m for m in live(simulation, EVENING, 3590) if m.topic.endswith("/state/conn")]
    assert {json.loads(m.payload)["state"] for m in hour} == {"ONLINE"}
    assert all(m.retain for m in hour)
    after = live(simulation, EVENING, 3700)
    states = [json.loads(m.payload)["state"] for m in after if m.topic.endswith("/state/conn")]
    assert states == ["OFFLINE"] * len(city.frame("gateways"))
    assert not ups(live(simulation, EVENING, 5000))


def test_one_gateway_stops_for_a_while_and_comes_back(city: City) -> None:
    fault = city.truth["faults"]["gateway"]
    messages = live(Simulation(city, NOON), NOON, fault["first_after_s"] + fault["for_s"] + 60)
    conn = [m for m in messages if m.topic.endswith("/state/conn")]
    states = [json.loads(m.payload)["state"] for m in conn]
    assert states == ["ONLINE"] * len(city.frame("gateways")) + ["OFFLINE", "ONLINE"]
    start = messages[0].at
    seconds = [round((m.at - start) / 1e6) for m in conn[-2:]]
    assert seconds == [fault["first_after_s"], fault["first_after_s"] + fault["for_s"]]


def _order(
    city: City, asset: str, payload: bytes, at: datetime, *, confirmed: bool = True
) -> tuple[str, bytes, str]:
    row = city.frame("devices").row(by_predicate=pl.col("asset_code") == asset, named=True)
    identifier = str(uuid4())
    body = write_downlink(
        identifier,
        row["dev_eui"],
        payload,
        f_port=85,
        confirmed=confirmed,
        expires_at=at + timedelta(minutes=5),
    )
    return command_topic(row["application"], row["dev_eui"]), body, identifier


def test_a_valve_opens_on_an_order_and_closes_by_itself(quiet: City) -> None:
    simulation = Simulation(quiet, NOON)
    before = last(readings(live(simulation, NOON, 60)), "V-001", "pulse_count")
    payload = milesight.encode_valve(is_open=True, duration_s=600)
    topic, body, identifier = _order(quiet, "V-001", payload, NOON)
    simulation.receive(topic, body)
    opened = live(simulation, NOON, 80)
    assert [e["queueItemId"] for e in events(opened, "txack")] == [identifier]
    assert [(e["queueItemId"], e["acknowledged"]) for e in events(opened, "ack")] == [
        (identifier, True)
    ]
    assert last(readings(opened), "V-001", "valve_open") == 1
    running = live(simulation, NOON, 60 + 590)
    assert last(readings(running), "V-001", "valve_open") == 1
    closed = live(simulation, NOON, 60 + 640)
    assert last(readings(closed), "V-001", "valve_open") == 0
    flow = quiet.frame("valves").row(by_predicate=pl.col("code") == "V-001", named=True)
    pulses = last(readings(closed), "V-001", "pulse_count") - before
    assert pulses * 10 == pytest.approx(flow["flow_m3_h"] * 1000 / 6, abs=20)


def test_a_valve_repeats_its_weekly_rule_and_follows_it_by_its_own_clock(quiet: City) -> None:
    rule = {"days": [NOON.isoweekday()], "start": "12:10", "end": "12:15"}  # 11:10 in UTC
    order = encode_rule(rule_of(rule))
    simulation = Simulation(quiet, NOON)
    live(simulation, NOON, 60)
    simulation.receive(*_order(quiet, "V-001", order, NOON)[:2])
    heard = ups(live(simulation, NOON, 90))
    assert base64.b64encode(b"\xfe" + order[1:]).decode() in {up["data"] for up in heard}
    again = Simulation(quiet, NOON + timedelta(seconds=90))
    again.restore(json.loads(json.dumps(simulation.snapshot())))
    for town in (simulation, again):
        assert 1 not in _openings(live(town, NOON, 599))
        assert _openings(live(town, NOON, 610))[-1] == 1
        assert _openings(live(town, NOON, 910))[-1] == 0


def _openings(messages: list[Message]) -> list[float]:
    found = readings(messages)
    return [h.value for h in found if (h.device, h.field) == ("V-001", "valve_open")]


def test_water_from_a_valve_reaches_the_probe(quiet: City) -> None:
    zone = "Z-001"
    runs = []
    for order in (True, False):
        simulation = Simulation(quiet, NOON)
        live(simulation, NOON, 60)
        if order:
            payload = milesight.encode_valve(is_open=True, duration_s=1200)
            simulation.receive(*_order(quiet, "V-001", payload, NOON)[:2])
        runs.append(last(readings(live(simulation, NOON, 4000)), zone, "moisture"))
    row = quiet.frame("hydrozones").row(by_predicate=pl.col("code") == zone, named=True)
    given_mm = row["precipitation_mm_h"] / 3
    expected = 100 * given_mm / (1000 * row["root_depth_m"])
    assert runs[0] - runs[1] == pytest.approx(expected, abs=0.6)


def test_the_same_order_twice_acts_once(quiet: City) -> None:
    simulation = Simulation(quiet, NOON)
    live(simulation, NOON, 60)
    payload = milesight.encode_valve(is_open=True, duration_s=60)
    topic, body, _ = _order(quiet, "V-001", payload, NOON)
    simulation.receive(topic, body)
    assert events(live(simulation, NOON, 200), "txack")
    simulation.receive(topic, body)
    again = live(simulation, NOON, 400)
    assert not events(again, "txack")
    assert 1 not in {h.value for h in readings(again) if h.field == "valve_open"}


def test_an_order_whose_time_is_over_is_refused(quiet: City) -> None:
    simulation = Simulation(quiet, NOON)
    live(simulation, NOON, 60)
    payload = milesight.encode_valve(is_open=True, duration_s=60)
    topic, body, identifier = _order(quiet, "V-001", payload, NOON - timedelta(minutes=10))
    simulation.receive(topic, body)
    messages = live(simulation, NOON, 90)
    assert [(e["code"], e["context"]) for e in events(messages, "log")] == [
        ("EXPIRED", {"queue_item_id": identifier})
    ]
    assert not events(messages, "txack")


def test_an_order_to_a_device_without_power_is_not_confirmed(quiet: City) -> None:
    lamp = quiet.frame("devices").filter(pl.col("profile") == "volc2180")["asset_code"][0]
    simulation = Simulation(_with_batteries(quiet, 1.0), EVENING)
    simulation.receive(FLOOD_TOPIC, _flood_of_everything(quiet, 2.0))
    live(simulation, EVENING, 30)
    topic, body, identifier = _order(quiet, lamp, volc2180.encode_dim(30), EVENING)
    simulation.receive(topic, body)
    acks = events(live(simulation, EVENING, 60), "ack")
    assert [(e["queueItemId"], e.get("acknowledged", False)) for e in acks] == [(identifier, False)]


def test_a_lamp_dims_on_an_order_and_forgets_it_by_day(quiet: City) -> None:
    lamp = quiet.frame("devices").filter(pl.col("profile") == "volc2180")["asset_code"][0]
    simulation = Simulation(quiet, EVENING)
    live(simulation, EVENING, 60)
    simulation.receive(*_order(quiet, lamp, volc2180.encode_dim(30), EVENING)[:2])
    assert last(readings(live(simulation, EVENING, 70)), lamp, "dimming") == 30
    assert not np.isnan(simulation.population.world.lamps.ordered).all()
    live(simulation, EVENING, 14 * 3600)
    assert np.isnan(simulation.population.world.lamps.ordered).all()


@pytest.mark.parametrize(
    "payload", [b"", b"\x12", bytes(40), bytes.fromhex("FF1D2001000000000000 00")]
)
def test_bytes_that_are_no_order_do_nothing(quiet: City, payload: bytes) -> None:
    simulation = Simulation(quiet, NOON)
    live(simulation, NOON, 60)
    simulation.receive(*_order(quiet, "V-001", payload, NOON)[:2])
    heard = readings(live(simulation, NOON, 1000))
    assert 1 not in {h.value for h in heard if h.field == "valve_open"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"features": 3}', b"\xff"])
@pytest.mark.parametrize(
    "topic", [FLOOD_TOPIC, INSPECTION_TOPIC, CAUSE_TOPIC, "application/a/device/b/command/down"]
)
def test_garbage_on_its_topics_does_not_disturb_the_town(
    quiet: City, topic: str, body: bytes
) -> None:
    simulation = Simulation(quiet, NOON)
    simulation.receive(topic, body)
    assert ups(live(simulation, NOON, 30))


def test_the_river_rises_with_a_recorded_flood(quiet: City) -> None:
    simulation = Simulation(quiet, EVENING)
    usual = last(readings(live(simulation, EVENING, 60)), "VR-02", "depth")
    assert usual == pytest.approx(1.24, abs=0.1)
    simulation.receive(FLOOD_TOPIC, json.dumps(quiet.flood).encode())
    assert last(readings(live(simulation, EVENING, 400)), "VR-02", "depth") == 3.42


def test_the_river_is_found_from_the_water_at_the_cabinets_where_nobody_says_its_level(
    quiet: City,
) -> None:
    for feature in (water := json.loads(json.dumps(quiet.flood)))["features"]:
        del feature["properties"]["gauge_level_m"]
    simulation = Simulation(quiet, EVENING)
    simulation.receive(FLOOD_TOPIC, json.dumps({"event": "crue", "extent": water}).encode())
    level = last(readings(live(simulation, EVENING, 400)), "VR-02", "depth")
    assert level == pytest.approx(3.42, abs=0.03)


@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(1, 240), min_size=1, max_size=4, unique=True).map(sorted))
def test_the_pace_of_asking_changes_nothing(cuts: list[int]) -> None:
    city = _hamlet()
    whole = live(Simulation(city, EVENING), EVENING, 240)
    simulation = Simulation(city, EVENING)
    pieces = [message for cut in [*cuts, 240] for message in live(simulation, EVENING, cut)]
    assert pieces == whole


def _hamlet() -> City:
    from simulators.testing import tiny_city

    return tiny_city()


def test_a_restart_remembers_the_water_and_the_latch(quiet: City) -> None:
    first = Simulation(quiet, EVENING)
    first.receive(FLOOD_TOPIC, json.dumps(quiet.flood).encode())
    live(first, EVENING, 300)
    kept = json.loads(json.dumps(first.snapshot()))
    assert kept["tripped"]
    again = Simulation(quiet, EVENING)
    again.restore(kept)
    messages = live(again, EVENING, 60)
    assert again.snapshot() == first.snapshot()
    assert not [h for h in readings(messages) if h.device in kept["tripped"]]
    assert not events(messages, "join")


def test_after_a_long_sleep_nobody_catches_up(quiet: City) -> None:
    simulation = Simulation(quiet, NOON)
    live(simulation, NOON, 60)
    later = NOON + timedelta(hours=6)
    simulation.skip_to(later)
    burst = Counter(up["deviceInfo"]["devEui"] for up in ups(live(simulation, later, 70)))
    assert max(burst.values()) <= 2
