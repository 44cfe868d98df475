"""From everything that was observed to the exact posterior: priors, weights, who was heard.

The forward flood is the prior, telemetry and sightings are the evidence; nothing counts twice.
"""

from dataclasses import dataclass, replace

import numpy as np

from twin.incidents.city import City
from twin.incidents.common_cause import DARK_WEIGHT, LIT_WEIGHT
from twin.incidents.coverage import (
    HEARD_ASTRAY,
    HEARD_IN_ERROR,
    Coverage,
    weigh_coverage,
)
from twin.incidents.diagnosis import (
    CLAMP,
    Diagnosis,
    Posterior,
    worse_than_usual,
    worsened,
)
from twin.incidents.latch import Latch
from twin.incidents.light_states import MISSES, Readings
from twin.incidents.observed import Observed
from twin.incidents.radio import CROSSING_S, asleep, woke_at
from twin.incidents.rules import decide, known_or
from twin.incidents.schedule import Night
from twin.incidents.sightings import Witnessed
from twin.incidents.silence import TARDY
from twin.incidents.times import NEVER, SECOND
from twin.incidents.water import Water
from twin.supply.ranges import Flags, Floats, Ints, Longs, Ragged, prefix_sum

METER_ERROR = 0.001
"""Chance that a meter reports a loss of supply that is none, or supply that is not there."""

OFFLINE_ERROR = 0.01
"""Chance that a gateway is called offline although it hears: its own way to us may be cut."""

ONLINE_ERROR = 0.14
"""Chance that a gateway still counts as connected although it is down: it takes minutes."""

STATUS_S = 1800.0
"""How long the word "online" stays worth anything. [s]"""

CLEARLY_WORSE = 2.0
"""From so many times the usual failures on, a night is looked at again."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What speaks for and against each device being dead.

    Attributes
    ----------
    prior : float64 array (n)
        Probability that each fails: on any night, and by the water that stands at it; of one that
        is latched and of which nothing more is heard, that it still is out.
    light_weight : float64 array (m)
        Of lights' own reports and of sightings. [nat]
    device_weight : float64 array (n)
        Of meters, and of mains instruments that were heard. [nat]
    silent : int64 array (s)
        Rows in ``surroundings.radio`` of the sensors that missed messages.
    coverage : Coverage
        Those sensors, and all gateways.
    witnessed : Witnessed
        What sightings are worth.
    """

    prior: Floats
    light_weight: Floats
    device_weight: Floats
    silent: Longs
    coverage: Coverage
    witnessed: Witnessed


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """The posterior, and what it rests on.

    Attributes
    ----------
    clues : Clues
        As gathered.
    tree : Diagnosis
        Ready for one more report.
    posterior : Posterior
        Of each device.
    silence : float64 array (n)
        Weight on each device of all that was silent below it, gateways taken into account. [nat]
    gateway_down : float64 array (g)
        Probability that each gateway is down.
    """

    clues: Clues
    tree: Diagnosis
    posterior: Posterior
    silence: Floats
    gateway_down: Floats


def diagnose(city: City, clues: Clues) -> Diagnosed:
    """Find the posterior of every device and gateway from all clues.

    A night on which clearly more fails than usual is looked at again with priors that fit it.
    """
    found = _found(city, clues)
    base = city.device_prior
    scale = worse_than_usual(base, clues.prior, found.posterior.failed)
    if scale < CLEARLY_WORSE:
        return found
    return _found(city, replace(clues, prior=worsened(base, clues.prior, scale)))


def _found(city: City, clues: Clues) -> Diagnosed:
    heard = weigh_coverage(
        city.supply, clues.prior, clues.light_weight, clues.device_weight, clues.coverage
    )
    tree = Diagnosis(
        city.supply, clues.prior, clues.light_weight, clues.device_weight + heard.device_weight
    )
    return Diagnosed(clues, tree, tree.posterior(), heard.device_weight, heard.down)


def gather(
    city: City,
    observed: Observed,
    told: tuple[Readings, Witnessed],
    water: Water,
    latch: Latch,
    *,
    struck_at: Longs,
    night: Night,
    listening_since: int = NEVER,
    cleared_at: Longs | None = None,
) -> Clues:
    """Gather what speaks for and against each device being dead.

    Parameters
    ----------
    told : Readings, Witnessed
        What the lights' own reports are worth, and what people and cameras saw: an expert's word
        stands for the light's own report.
    struck_at : int64 array (n)
        When water or an outage last struck each device or one above it. [µs]
    listening_since : int, optional
        Since when our own door has been open: silence before it is ours. [µs]
    cleared_at : int64 array (s), optional
        When the last known cause of each sensor's silence cleared: silence before it is its. [µs]
    """
    heard, witnessed = told
    lost_at = np.maximum(struck_at, _lost_at(city, observed))
    at_light = np.append(lost_at, NEVER)[city.supply.light_device]
    lit = heard.lit & (observed.lights.reported_at > at_light)
    own = np.where(heard.out, DARK_WEIGHT, np.where(lit, LIT_WEIGHT, 0.0))
    own[np.maximum(witnessed.seen_dark_at, witnessed.seen_lit_at) > NEVER] = 0.0
    radio, seen_at = city.surroundings.radio, observed.radio.seen_at
    timely = (seen_at > NEVER) & (seen_at > np.append(lost_at, NEVER)[radio.sensor_place])
    audible = np.maximum(woke_at(city, night), listening_since)
    if cleared_at is not None:
        audible = np.maximum(audible, cleared_at)
    missed = _missed(observed, night.now, audible)
    speaks = np.append(heard.lit | heard.unlit, False)[city.sensor_rank]
    speaks |= city.meter  # by what it measures
    return Clues(
        prior=_prior(city, observed, heard, water, latch),
        light_weight=own + witnessed.weight,
        device_weight=_meters(observed, struck_at, night.now)
        + _fed(city, (missed == 0) & timely & ~speaks),
        silent=np.flatnonzero(missed > 0),
        coverage=_coverage(city, observed, missed, latch, night),
        witnessed=witnessed,
    )


def _prior(city: City, observed: Observed, heard: Readings, water: Water, latch: Latch) -> Floats:
    """Probability that each device fails, before any evidence of now."""
    supply = city.supply
    by_water = known_or(water.p_trip, 0.0)
    prior = 1 - (1 - city.device_prior) * (1 - by_water)
    told = prefix_sum(heard.out.view(np.int8))
    speaks = told[supply.last_light] > told[supply.first_light]
    remembered = latch.out & ~speaks & (by_water == 0) & (observed.devices.supply != 0)
    return np.where(remembered, np.maximum(prior, latch.probability), prior)


def _lost_at(city: City, observed: Observed) -> Longs:
    """When a meter at each device, or above it, last measured that supply is gone. [µs]"""
    news, supply = observed.devices, city.supply
    lost = np.where(news.supply == 0, news.supply_at, NEVER)
    for places in supply.levels[1:]:
        lost[places] = np.maximum(lost[places], lost[supply.parent[places]])
    return lost


def _meters(observed: Observed, struck_at: Longs, now: int) -> Floats:
    """Weigh what meters say: a loss until supply is measured again, supply while it is current."""
    news = observed.devices
    patience = (known_or(news.interval_s, 0.0) * MISSES * SECOND).astype(np.int64)
    current = (now <= news.supply_at + patience) & (news.supply_at > struck_at)
    nats = float(np.log((1 - METER_ERROR) / METER_ERROR))
    weight = np.where(news.supply == 0, nats, 0.0)
    return np.where((news.supply == 1) & current, -nats, weight)


def _fed(city: City, heard: Flags) -> Floats:
    """Weigh mains instruments heard in time, lights that told of their lamp apart."""
    n = len(city.supply)
    count = np.bincount(city.surroundings.radio.sensor_place[heard], minlength=n + 1)[:n]
    return np.asarray(np.maximum(count * np.log(HEARD_IN_ERROR), -CLAMP), np.float64)


def _missed(observed: Observed, now: int, audible_since: Longs) -> Longs:
    """Messages missed in a row by each sensor; -1 for those of which nothing can be said."""
    news = observed.radio
    tells = (news.interval_s > 0) & (news.seen_at > NEVER)
    interval = np.where(tells, news.interval_s, 1.0) * SECOND
    missed = np.where(tells, 0, -1)
    overdue = (now - news.seen_at) / interval - TARDY >= 1
    late = np.flatnonzero(tells & overdue)
    since = np.maximum(news.seen_at[late], audible_since[late])
    chances = np.floor((now - since).clip(0) / interval[late] - TARDY)
    missed[late] = np.where(chances > 0, np.minimum(chances, MISSES), -1)  # -1: it had none yet
    return missed


def _coverage(
    city: City, observed: Observed, missed: Longs, latch: Latch, night: Night
) -> Coverage:
    """Gather silent sensors and gateways; those heard by one gateway alone acquit it."""
    radio, news, n = city.surroundings.radio, observed.radio, len(city.supply)
    silent = np.flatnonzero((missed > 0) & ~asleep(city, night))
    sure = np.flatnonzero((missed == 0) & (city.sole_hearer >= 0))
    gateway = city.sole_hearer[sure]
    offline_at = np.where(news.online == 0, news.online_at + int(CROSSING_S * SECOND), NEVER)
    after = news.seen_at[sure] > offline_at[gateway]
    acquitting = np.bincount(gateway[after], minlength=len(radio.hears))
    weight = _status(observed, night.now) + acquitting * np.log(HEARD_ASTRAY)
    lengths = city.hearers.lengths[silent]
    return Coverage(
        sensor_place=radio.sensor_place[silent],
        missed=missed[silent],
        heard_by=Ragged(
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32), city.hearers.rows(silent)
        ),
        gateway_place=_gateway_place(city, latch, night.now, n),
        gateway_weight=np.asarray(np.maximum(weight, -CLAMP), np.float64),
    )


def _gateway_place(city: City, latch: Latch, now: int, n: int) -> Ints:
    """Place of what feeds each gateway; ``n`` while its battery lasts."""
    radio = city.surroundings.radio
    place = radio.gateway_place
    out, since = np.append(latch.out, False)[place], np.append(latch.since, NEVER)[place]
    backup = (radio.backup_h * 3600 * SECOND).astype(np.int64)
    over = out & (since > NEVER) & (now >= since + backup)
    return np.where((backup == 0) | over, place, n).astype(np.int32)


def _status(observed: Observed, now: int) -> Floats:
    """Weigh what the network server says of each gateway. [nat]"""
    news = observed.radio
    offline = float(np.log((1 - OFFLINE_ERROR) / OFFLINE_ERROR))
    recent = now <= news.online_at + int(STATUS_S * SECOND)
    online = np.where(recent, float(np.log(ONLINE_ERROR)), 0.0)
    return decide([news.online == 0, news.online == 1], [offline, online], np.zeros(len(online)))
