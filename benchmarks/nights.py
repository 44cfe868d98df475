"""Simulated nights of failures and scattered evidence, to judge a diagnosis by.

Truth is drawn first: devices that fail, by themselves or in the water, lamps that are out by
themselves, gateways that are down. Evidence is drawn from truth with its own losses and errors. The
priors that the product assumes are twenty times too low for these nights: such nights are bad ones.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.reference_city import reference_city
from twin.incidents.common_cause import DARK_WEIGHT, LIT_WEIGHT, PRIOR
from twin.incidents.coverage import (
    GATEWAY_FAILURE,
    HEARD_IN_ERROR,
    LOSS,
    SENSOR_FAILURE,
    Coverage,
)
from twin.incidents.flood import trip_probability
from twin.incidents.sightings import CALL_RATE, FALSE_CALL_RATE, Sightings, Witness, weigh_sightings
from twin.incidents.times import SECOND
from twin.supply import Supply
from twin.supply.ranges import Flags, Floats, Ragged

LAMP_FAILURE = 0.02
NOW = 10**15
PER_GATEWAY = 400
MISSED = 3
WORSE = 20
"""How much more often devices fail on these nights than the product's priors say."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a kind of night is like; shares and rates.

    Attributes
    ----------
    calls, false_calls : float
        Chance that somebody calls about a dark light, about a lit one.
    reporting : float
        Share of lights whose controller reports its lamp.
    heartbeats : float
        Share of lights whose controller is heard, or not, and says nothing else.
    flooded : float
        Share of the cabinets in the water; none by default.
    trips : float
        Share of those that really fail.
    gateways_down : float
        Share of gateways that are down.
    """

    name: str
    calls: float = 0.0
    false_calls: float = FALSE_CALL_RATE
    reporting: float = 0.0
    heartbeats: float = 0.0
    flooded: float = 0.0
    trips: float = 0.7
    gateways_down: float = 0.0


SCENES = (
    Scene("calls on 6 % of dark lights, nothing else", calls=0.06),
    Scene("the same, and one light in ten heard or silent", calls=0.06, heartbeats=0.1),
    Scene("calls 2 %, three lights in ten heard or silent", calls=0.02, heartbeats=0.3),
    Scene("as the second, ten times the false calls", calls=0.06, false_calls=0.04, heartbeats=0.1),
    Scene("one light in ten reports its lamp", reporting=0.1, calls=0.02),
    Scene("as the third, one gateway in ten down", calls=0.02, heartbeats=0.3, gateways_down=0.1),
    Scene("flood, calls 2 %, one light in twenty heard", calls=0.02, heartbeats=0.05, flooded=0.08),
)


@dataclass(frozen=True, slots=True)
class Night:
    """Truth, and what was seen of it.

    Attributes
    ----------
    dead : bool array (n)
        Devices without supply.
    dark : bool array (m)
        Lights without supply.
    prior, light_weight, device_weight : float arrays
        For ``Diagnosis``: the forward flood is in the prior.
    true_prior : float array (n)
        The prior that these nights were drawn from, the flood as the model says it.
    coverage : Coverage
        Who was heard, and who was not.
    called : bool array (m)
        Lights that somebody called about, or that report themselves dark: what a roll-up counts.
    alive : bool array (m)
        Lights heard in time, or seen lit.
    flood : float array (n)
        Probability of the forward model alone.
    """

    dead: Flags
    dark: Flags
    prior: Floats
    true_prior: Floats
    light_weight: Floats
    device_weight: Floats
    coverage: Coverage
    called: Flags
    alive: Flags
    flood: Floats


def city(lights: int) -> tuple[Supply, Floats]:
    """Return the reference city's supply, and the kind's prior of each device."""
    reference = reference_city(lights)
    supply = reference.supply()
    below = supply.end - np.arange(len(supply))
    leaf, root = below == 1, supply.parent < 0
    prior = np.where(leaf, PRIOR["feeder"], np.where(root, PRIOR["substation"], PRIOR["cabinet"]))
    return supply, prior


def draw(supply: Supply, base: Floats, scene: Scene, seed: int) -> Night:
    """Draw one night."""
    random = np.random.default_rng(seed)
    n, m = len(supply), len(supply.light_id)
    fails = random.random(n) < WORSE * base
    flood = _water(supply, scene, random)
    fails |= random.random(n) < _trips(flood, scene)
    dead = _downward(supply, fails)
    dark = np.append(dead, False)[supply.light_device]
    out = dark | (random.random(m) < LAMP_FAILURE)
    callers = random.random(m) < np.where(out, scene.calls, scene.false_calls * (scene.calls > 0))
    reports = random.random(m) < scene.reporting
    heard, coverage = _radio(supply, dark, scene, random)
    said = np.where(reports, np.where(out, DARK_WEIGHT, LIT_WEIGHT), 0.0)
    calls = _calls(callers, (reports & ~out) | heard, m)
    fed = np.bincount(supply.light_device[heard], minlength=n) * np.log(HEARD_IN_ERROR)
    return Night(
        dead=dead,
        dark=dark,
        prior=1 - (1 - base) * (1 - flood),
        true_prior=1 - (1 - WORSE * base) * (1 - _trips(flood, scene)),
        light_weight=said + calls,
        device_weight=fed,
        coverage=coverage,
        called=callers | (reports & out),
        alive=(reports & ~out) | heard,
        flood=_spread(supply, 1 - (1 - base) * (1 - flood)),
    )


def _water(supply: Supply, scene: Scene, random: np.random.Generator) -> Floats:
    """Return what the forward model says of each device: depth against plinth, in one district."""
    n = len(supply)
    if not scene.flooded:
        return np.zeros(n)
    wet = np.zeros(n, np.bool_)
    start, stop = int(n * 0.4), int(n * (0.4 + scene.flooded))  # one district: preorder is a place
    wet[start:stop] = True
    depth = np.where(wet, random.uniform(0.05, 1.2, n), 0.0)
    plinth = random.choice([0.2, 0.3, 0.45], n)
    return trip_probability(depth, plinth, 0.05) * (supply.end - np.arange(n) > 1)


def _trips(flood: Floats, scene: Scene) -> Floats:
    """Return how often wet devices really fail: the model is surer than it should be."""
    return np.select([flood > 0.5, flood > 0], [scene.trips, 0.05], 0.0)


def _radio(
    supply: Supply, dark: Flags, scene: Scene, random: np.random.Generator
) -> tuple[Flags, Coverage]:
    """Draw gateways by district, each light heard by one to three of its neighbours."""
    m, n = len(dark), len(supply)
    count = max(m // PER_GATEWAY, 3)
    down = random.random(count) < np.maximum(scene.gateways_down, GATEWAY_FAILURE)
    watched = np.flatnonzero(random.random(m) < scene.heartbeats)
    home = watched * count // m
    hearers = [np.clip(home + shift, 0, count - 1) for shift in (0, 1, -1)]
    near = [np.ones(len(watched), np.bool_), random.random(len(watched)) < 0.5,
            random.random(len(watched)) < 0.2]  # fmt: skip
    row = np.concatenate([np.flatnonzero(each) for each in near])
    gateway = np.concatenate([h[each] for h, each in zip(hearers, near, strict=True)])
    pair = np.unique(row * count + gateway)
    row, gateway = pair // count, pair % count
    up = np.bincount(row, ~down[gateway], len(watched)) > 0
    broken = random.random(len(watched)) < SENSOR_FAILURE
    lost = random.random((len(watched), MISSED)) < LOSS
    mute = dark[watched] | ~up | broken | lost.all(axis=1)
    heard = np.zeros(m, np.bool_)
    heard[watched[~mute]] = True
    by = Ragged.group(row, gateway.astype(np.int32), len(watched))
    alone = ~mute & (by.lengths == 1)
    acquitted = np.bincount(by.values[by.ptr[:-1][alone]], minlength=count)
    rows = np.flatnonzero(mute)
    lengths = by.lengths[rows]
    return heard, Coverage(
        sensor_place=supply.light_device[watched[rows]].astype(np.int32),
        missed=np.full(len(rows), MISSED, np.int64),
        heard_by=Ragged(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32), by.rows(rows)),
        gateway_place=np.full(count, n, np.int32),
        gateway_weight=np.maximum(acquitted * np.log(0.01), -30.0),
    )  # fmt: skip


def _calls(called: Flags, lit: Flags, m: int) -> Floats:
    light = np.flatnonzero(called)
    k = len(light)
    said = Sightings(
        light=light,
        dark=np.ones(k, np.bool_),
        at=np.full(k, NOW - SECOND),
        witness=np.full(k, Witness.RESIDENT, np.uint8),
        reporter=np.arange(k),
    )
    found = weigh_sightings(said, lights=m, now=NOW, lit=lit, lamp_failure=LAMP_FAILURE)
    nobody = float(np.log((1 - CALL_RATE) / (1 - found.false_call_rate))) if k else 0.0
    return np.where(called, found.weight, nobody)


def _downward(supply: Supply, fails: Flags) -> Flags:
    dead = fails.copy()
    for places in supply.levels[1:]:
        dead[places] |= dead[supply.parent[places]]
    return dead


def _spread(supply: Supply, prior: Floats) -> Floats:
    return supply.downward(prior, np.ones(len(supply)))
