"""Which device feeds a light, learnt from events whose truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.likely_cabinets import likely_cabinets
from twin.supply.learning import Choices, learn
from twin.supply.moments import SECOND, Reports, Shown, _moments, shown_by, with_silence

HOUR = 3600 * SECOND
DAY = 24 * HOUR


def town(seed=3, cabinets=16, lights=320, wide=220.0):
    """Cabinets on a jittered grid; lights hang on one of the nearest, half on the nearest."""
    rng = np.random.default_rng(seed)
    side = int(cabinets**0.5)
    sites = np.stack(np.divmod(np.arange(cabinets), side), 1) * wide + rng.normal(
        0, 40, (cabinets, 2)
    )
    places = rng.uniform(-100, side * wide, (lights, 2))
    near = np.argsort(np.hypot(*(places[:, None] - sites).transpose(2, 0, 1)), axis=1)
    rank = rng.choice(5, lights, p=[0.5, 0.22, 0.14, 0.08, 0.06])
    return sites, places, near[np.arange(lights), rank]


def reports_of(true, *, nights, outages, seed=5, interval=900, prompt=True, odd=0.01):
    """Reports every quarter of an hour, and at once when light comes or goes, if it is prompt."""
    rng = np.random.default_rng(seed)
    phase = rng.integers(0, interval, len(true)) * SECOND
    dusk = (
        np.arange(nights)[:, None] * DAY
        + 17 * HOUR
        + rng.integers(0, 240, (nights, true.max() + 1)) * SECOND
    )
    dawn = (
        np.arange(1, nights + 1)[:, None] * DAY
        + 7 * HOUR
        + rng.integers(0, 240, dusk.shape) * SECOND
    )
    out_from = (
        rng.integers(0, nights, (outages, true.max() + 1)) * DAY
        + 19 * HOUR
        + rng.integers(0, 9 * 3600, (outages, true.max() + 1)) * SECOND
    )
    out_to = out_from + rng.integers(600, 5000, out_from.shape) * SECOND
    thing, at, on = [], [], []
    for light, cabinet in enumerate(true):
        edges = np.concatenate(
            [dusk[:, cabinet], dawn[:, cabinet], out_from[:, cabinet], out_to[:, cabinet]]
        )
        regular = np.arange(phase[light], nights * DAY, interval * SECOND)
        heard = np.sort(np.concatenate([regular, edges + 1] if prompt else [regular]))
        heard = heard[rng.random(len(heard)) > odd]
        lit = (dusk[:, cabinet, None] < heard).sum(0) > (dawn[:, cabinet, None] < heard).sum(0)
        dead = (out_from[:, cabinet, None] < heard).sum(0) > (out_to[:, cabinet, None] < heard).sum(
            0
        )
        thing.append(np.full(len(heard), light))
        at.append(heard)
        on.append(lit & ~dead)
    return Reports.of(np.concatenate(thing), np.concatenate(at), np.concatenate(on))


def guessed(sites, places):
    near, chance = likely_cabinets(places, sites)
    count = near.shape[1]
    return Choices(np.repeat(np.arange(len(places)), count), near.ravel(), chance.ravel()), near


def learnt(reports, sites, places, true, interval=900.0):
    choices, near = guessed(sites, places)
    shown = shown_by(reports, np.full(len(places), interval))
    found = learn(choices, shown, len(places), len(sites))
    chance = found.probability.reshape(near.shape)
    best = chance.argmax(1)
    return near[np.arange(len(near)), best] == true, chance.max(1), found


def test_the_second_of_switching_on_tells_cabinets_apart():
    sites, places, true = town()
    right, sure, found = learnt(reports_of(true, nights=6, outages=0), sites, places, true)
    assert right.mean() > 0.95
    assert len(set(found.crew.tolist()) - {-1}) == len(sites)
    assert sure.mean() < right.mean()  # it never says more than it knows


def test_outages_alone_tell_cabinets_apart_where_reports_are_slow():
    sites, places, true = town()
    before = learnt(reports_of(true, nights=1, outages=0, prompt=False), sites, places, true)
    after = learnt(reports_of(true, nights=40, outages=6, prompt=False), sites, places, true)
    assert before[0].mean() < 0.65
    assert after[0].mean() > 0.9
    assert after[0][after[1] >= 0.9].mean() > 0.95


def test_a_few_lights_that_the_register_tells_name_the_device_of_all_that_move_with_them():
    sites, places, true = town()
    choices, near = guessed(sites, places)
    told = np.arange(0, len(true), 4)  # one in four
    sure = np.isin(choices.thing, told)
    prior = np.where(
        sure, np.where(choices.device == true[choices.thing], 0.98, 0.002), choices.prior
    )
    known = Choices(choices.thing, choices.device, prior)
    reports = reports_of(true, nights=40, outages=4, prompt=False)
    found = learn(known, shown_by(reports, np.full(len(true), 900.0)), len(true), len(sites))
    chance = found.probability.reshape(near.shape)
    right = near[np.arange(len(near)), chance.argmax(1)] == true
    assert right.mean() > 0.97
    assert (chance.max(1) >= 0.9).mean() > 0.7


def test_a_night_that_all_share_to_the_quarter_of_an_hour_teaches_next_to_nothing():
    sites, places, true = town()
    reports = reports_of(true, nights=3, outages=0, prompt=False)
    choices, near = guessed(sites, places)
    shown = shown_by(reports, np.full(len(places), 900.0))
    found = learn(choices, shown, len(places), len(sites))
    moved = np.abs(found.probability - choices.prior).reshape(near.shape).max(1)
    assert np.median(moved) < 0.25


def test_nothing_shown_leaves_what_was_believed():
    sites, places, _ = town(lights=5)
    choices, _ = guessed(sites, places)
    nothing = np.empty(0, np.int64)
    found = learn(choices, Shown(nothing, nothing, nothing.astype(bool)), 5, len(sites))
    assert found.probability == pytest.approx(choices.prior, abs=1e-9)
    assert found.moments.tolist() == [0] * 5
    assert found.crew.tolist() == [-1] * 5


def test_a_light_goes_where_its_rare_outage_was_shared():
    # five cabinets of ten sure lights each; light 50 may be on two of them, and went out with one
    thing = np.append(np.arange(50), [50, 50])
    device = np.append(np.repeat(np.arange(5), 10), [0, 1])
    prior = np.append(np.full(50, 0.98), [0.6, 0.3])
    changed = np.append(np.repeat([False, True, False, False, False], 10), True)
    shown = Shown(np.arange(51), np.zeros(51, np.int64), changed)
    found = learn(Choices(thing, device, prior), shown, 51, 5)
    assert found.probability[-1] > 0.7
    assert found.crew.tolist() == [-1] * 10 + [0] * 10 + [-1] * 30 + [0]
    assert found.probability[:50] == pytest.approx(0.98, abs=0.05)


def test_what_half_a_region_lives_through_names_no_cabinet():
    choices = Choices(np.arange(40), np.repeat(np.arange(4), 10), np.full(40, 0.9))
    changed = np.repeat([True, True, True, False], 10)  # more than half the city at once
    reports = Reports.of(
        np.repeat(np.arange(40), 2),
        np.tile([0, 900], 40) * SECOND,
        np.stack([np.ones(40, bool), ~changed], 1).ravel(),
    )
    found = learn(choices, shown_by(reports, np.full(40, 900.0)), 40, 4)
    assert (found.crew == -1).all()
    assert found.probability == pytest.approx(choices.prior)


def test_a_report_sent_at_once_dates_a_change_to_the_second_and_a_regular_one_does_not():
    at = np.array([0, 900, 1000, 1900]) * SECOND
    on = np.array([False, False, True, True])
    thing, times = np.repeat(np.arange(9), 4), np.tile(at, 9)
    states = np.tile(on, 9)
    late = np.isin(thing, [2, 3])  # two of them half a minute later than the first two
    times[late] += 30 * SECOND
    states[thing >= 4] = False  # the others stay off
    prompt = shown_by(Reports.of(thing, times, states), np.full(9, 900.0))
    assert np.bincount(prompt.moment[prompt.changed]).tolist() == [2, 2]
    regular = shown_by(Reports.of(thing, times, states), np.full(9, 100.0))  # as if due just then
    assert np.bincount(regular.moment[regular.changed]).tolist() == [4]


def test_silence_of_a_thing_on_the_mains_is_supply_lost_and_come_back():
    at = np.array([0, 60, 120, 1200, 1260]) * SECOND
    reports = with_silence(
        Reports.of(np.zeros(5, np.int64), at, np.ones(5, bool)), np.array([60.0])
    )
    assert (reports.at // SECOND).tolist() == [0, 60, 120, 180, 1140, 1200, 1260]
    assert reports.on.tolist() == [True, True, True, False, False, True, True]
    unknown = with_silence(
        Reports.of(np.zeros(5, np.int64), at, np.ones(5, bool)), np.array([np.nan])
    )
    assert unknown.on.all()


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=12))
def test_moments_pierce_every_change_and_are_as_few_as_can_be(intervals):
    low = np.array([a for a, _ in intervals], np.int64)
    high = np.array([a + b for a, b in intervals], np.int64)
    found = _moments(low, high)
    pierced = (low[:, None] < found) & (found <= high[:, None])
    assert pierced.any(1).all()
    apart, end = 0, -1  # intervals that do not overlap each need one of their own
    for a, b in sorted(zip(low.tolist(), high.tolist(), strict=True), key=lambda pair: pair[1]):
        if a >= end:
            apart, end = apart + 1, b
    assert len(found) == apart
    assert (np.diff(found) > 0).all()


@given(st.integers(0, 2**32 - 1))
def test_probabilities_stay_probabilities_whatever_was_shown(seed):
    rng = np.random.default_rng(seed)
    thing = np.repeat(np.arange(6), 3)
    prior = rng.dirichlet(np.ones(4), 6)[:, :3].ravel()
    device = np.concatenate([rng.permutation(5)[:3] for _ in range(6)])
    shown = Shown(np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6), rng.random(24) < 0.5)
    found = learn(Choices(thing, device, prior), shown, 6, 5)
    assert np.isfinite(found.probability).all()
    assert (found.probability >= 0).all()
    assert (np.bincount(thing, found.probability) <= 1 + 1e-9).all()
