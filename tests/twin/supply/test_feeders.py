"""Which feeder of its cabinet feeds a light, learnt from events whose truth is known."""

import numpy as np
import pytest

from twin.supply.feeders import UNSAID, learn_feeders
from twin.supply.learning import Choices
from twin.supply.moments import SECOND, Reports, Shown, shown_by

HOUR = 3600 * SECOND
DAY = 24 * HOUR
KNOWN = 0.98


def town(seed, cabinets=24):
    """Cabinets of two to four feeders, some twelve lights each: their sites, and each light's."""
    rng = np.random.default_rng(seed)
    site_of = np.repeat(np.arange(cabinets), rng.integers(2, 5, cabinets))
    return site_of, np.repeat(np.arange(len(site_of)), np.maximum(4, rng.poisson(12, len(site_of))))


def reports_of(feeder, site_of, *, trips, outages, nights=20, watched=0.6, lost=0.05, seed=7):
    """A report every quarter of an hour from some lights; feeders trip, whole cabinets fail."""
    rng = np.random.default_rng(seed)

    def spells(count, of):
        start = (
            rng.integers(0, nights, (count, of)) * DAY
            + 19 * HOUR
            + rng.integers(0, 9 * 3600, (count, of)) * SECOND
        )
        return start, start + rng.integers(900, 5000, start.shape) * SECOND

    trip, outage = spells(trips, len(site_of)), spells(outages, int(site_of.max()) + 1)
    things, at, on = [], [], []
    for light in np.flatnonzero(rng.random(len(feeder)) < watched):
        heard = np.arange(rng.integers(0, 900) * SECOND, nights * DAY, 900 * SECOND)
        heard = heard[(rng.random(len(heard)) > lost)]
        dead = np.zeros(len(heard), np.bool_)
        for (start, end), device in ((trip, feeder[light]), (outage, site_of[feeder[light]])):
            dead |= ((start[:, device, None] < heard) & (heard <= end[:, device, None])).any(0)
        things.append(np.full(len(heard), light))
        at.append(heard)
        on.append(~dead)
    return Reports.of(np.concatenate(things), np.concatenate(at), np.concatenate(on))


def learnt(*, trips, outages, on_record, seed=3):
    """Whether the likeliest feeder is right, its probability, and who moved twice or more."""
    site_of, feeder = town(seed)
    count = len(feeder)
    said = np.where(np.random.default_rng(seed).random(count) < on_record, feeder, -1)
    cabinets = Choices(np.arange(count), site_of[feeder], np.full(count, KNOWN))
    reports = reports_of(feeder, site_of, trips=trips, outages=outages)
    shown = shown_by(reports, np.full(count, 900.0))
    asked, found = learn_feeders(cabinets, shown, site_of, said, known=KNOWN)
    order = np.lexsort((found.probability, asked.thing))
    best = order[np.append(np.diff(asked.thing[order]) > 0, True)]
    free = best[said[asked.thing[best]] < 0]
    thing = asked.thing[free]
    return asked.device[free] == feeder[thing], found.probability[free], found.moments[thing] >= 2


def test_trips_tell_the_feeders_of_a_cabinet_apart():
    before = learnt(trips=0, outages=0, on_record=0.4)
    right, sure, moved = learnt(trips=3, outages=1, on_record=0.4)
    told = moved & (sure >= 0.8)
    assert before[0].mean() < 0.5
    assert told.mean() > 0.25
    assert right[told].mean() > 0.97


def test_what_is_said_is_right_as_often_as_it_says_or_oftener():
    right, sure, moved = learnt(trips=2, outages=2, on_record=0.3)
    for low in (0.5, 0.7, 0.9):
        some = moved & (sure >= low)
        assert right[some].mean() >= sure[some].mean() - 0.05


def test_whole_cabinets_that_fail_teach_nothing_of_feeders():
    right, sure, moved = learnt(trips=0, outages=4, on_record=0.4)
    assert (moved & (sure >= 0.8)).mean() < 0.02
    assert right.mean() < 0.5


def test_without_any_feeder_on_record_none_is_named():
    _, sure, _ = learnt(trips=3, outages=1, on_record=0.0)
    assert sure.max() < 0.8


def test_before_any_event_the_feeders_of_a_cabinet_are_equally_likely():
    nothing = np.empty(0, np.int64)
    shown = Shown(nothing, nothing, nothing.astype(np.bool_))
    choices = Choices(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0.6, 0.3, 0.98]))
    asked, found = learn_feeders(
        choices, shown, np.array([0, 0, 1]), np.array([-1, 2]), known=KNOWN
    )
    assert asked.thing.tolist() == [0, 0, 0, 1]
    assert asked.device.tolist() == [0, 1, 2, 2]
    shares = [0.6 / 2 * (1 - UNSAID)] * 2 + [0.3 * (1 - UNSAID), KNOWN]
    assert found.probability == pytest.approx(shares)
