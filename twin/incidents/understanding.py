"""One look at the whole: from what is observed to the state of every device, light and gateway.

``understand`` is the page of verbs that the control centre runs after each batch of messages; it
is pure, so that a replay at any speed understands the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.incidents.blackout import Blackout, blackout
from twin.incidents.city import City
from twin.incidents.clues import Diagnosed, diagnose, gather
from twin.incidents.common_cause import SharedCause, shared_cause
from twin.incidents.declared import Declared, DeclaredOut, declared_out, works_since
from twin.incidents.latch import (
    AFTER_LOSS_S,
    RECOVERING,
    DeviceFacts,
    Latch,
)
from twin.incidents.latching import Change, advance
from twin.incidents.light_states import (
    BELIEVED,
    MEASURED,
    MISSES,
    LightFacts,
    LightVerdicts,
    Readings,
    light_states,
    readings,
)
from twin.incidents.observed import Observed
from twin.incidents.outage import Outage
from twin.incidents.radio import RadioState, radio_state
from twin.incidents.rules import decide, known_or
from twin.incidents.schedule import Night, should_burn
from twin.incidents.silence import audible_since
from twin.incidents.times import NEVER, SECOND, later
from twin.incidents.water import Flood, Water, water_at
from twin.incidents.witnessed import with_witnesses, witnesses
from twin.supply.ranges import Flags, Floats, Longs

LOW_VOLTAGE_V = 207.0
"""Nominal 230 V less 10 %, the lower limit of EN 50160. [V]"""

DEAD_VOLTAGE_V = 50.0
"""Under it a phase carries nothing. [V]"""

UNPROMISED_S = 3600.0
"""Expected time between two readings of a meter that promised nothing. [s]"""

DOUBT_STEP = 0.05
"""Steps in which the probability of an outage that nobody believes in yet is told."""

WEAK_SHARE = 0.5
"""A lamp that draws less than this share of the power ordered is degraded."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What is known of a city at one instant.

    Attributes
    ----------
    night : Night
        The instant and its place in the night.
    water : Water
        At each supply device.
    floods : tuple of Flood
        As given.
    declared : tuple of Declared
        What people recorded.
    declared_out : DeclaredOut
        The same, as each device feels it.
    latch, changes : Latch, tuple of Change
        Of supply devices, and what just happened to them.
    outage : Outage
        Devices believed out, and what hangs on them.
    blackout : Blackout
        Supply as the lights feel it.
    readings, lights : Readings, LightVerdicts
        What the lights' reports are worth; what is to be said of each.
    diagnosed : Diagnosed
        What all evidence says of every device: the posterior, and the clues it rests on.
    shared : SharedCause
        What lights say together of the devices above them.
    low_voltage : bool (n)
        Devices whose measured voltage is too low.
    radio : RadioState
        Gateways and sensors.
    """

    night: Night
    water: Water
    floods: tuple[Flood, ...]
    declared: tuple[Declared, ...]
    declared_out: DeclaredOut
    latch: Latch
    changes: tuple[Change, ...]
    outage: Outage
    blackout: Blackout
    readings: Readings
    lights: LightVerdicts
    diagnosed: Diagnosed
    shared: SharedCause
    low_voltage: Flags
    radio: RadioState


def understand(
    city: City,
    observed: Observed,
    floods: Sequence[Flood],
    *,
    latch: Latch,
    night: Night,
    declared: Sequence[Declared] = (),
    out_since: Longs | None = None,
    cleared_at: Longs | None = None,
    listening_since: int = NEVER,
) -> Understanding:
    """Understand a city at an instant.

    Parameters
    ----------
    city : City
        The city, laid out.
    observed : Observed
        What was last said.
    floods : sequence of Flood
        Those with water, or with devices still latched by them.
    latch : Latch
        Where the latches stood.
    night : Night
        The instant.
    declared : sequence of Declared, optional
        What people recorded: what holds, and what is over with devices that are not back yet.
    out_since : int64 array (m), optional
        Since when each light was known to be out by itself; by default its last report. [µs]
    cleared_at : int64 array (s), optional
        When the last known cause of each sensor's silence cleared. [µs]
    listening_since : int, optional
        Since when our own door has been open without a gap: silence before it is ours. [µs]
    """
    water = water_at(city.sites, floods, observed.devices.depth_m, observed.devices.depth_at)
    stood, void = latch, _void(city, water, latch)
    said = declared_out(declared, len(city.supply), night.now)
    facts = _light_facts(city, observed, night, void, listening_since)
    facts = replace(facts, works_since=works_since(declared, len(facts), night.now))
    witnessed = witnesses(observed, facts, night)
    facts = with_witnesses(facts, witnessed)
    heard = readings(facts, night.now)
    clues = gather(
        city, observed, (heard, witnessed), water, latch,
        struck_at=void[1], night=night, listening_since=listening_since, cleared_at=cleared_at,
    )  # fmt: skip
    diagnosed = diagnose(city, clues)
    shared = _shared(city, observed, heard, out_since, diagnosed)
    known = _device_facts(city, observed, water, (shared, heard, diagnosed), night)
    patient = np.maximum(known.provable_from, listening_since)
    known = _with_declared(replace(known, provable_from=patient), said)
    latch, changes = advance(latch, known, night.now)
    outage = Outage(city.supply, np.flatnonzero(latch.out & (latch.probability >= BELIEVED)))
    felt, low = blackout(city, latch, outage), _low_voltage(observed, night)
    void = void if latch is stood else _void(city, water, latch)
    facts = _supplied(city, facts, felt, void, _inherited(city, low))
    facts = replace(facts, p_dark=_doubt(city, diagnosed))
    radio = radio_state(
        city,
        observed.radio,
        felt.dark_since,
        night,
        diagnosed.gateway_down,
        cleared_at=cleared_at,
        listening_since=listening_since,
    )
    return Understanding(
        night=night,
        water=water,
        floods=tuple(floods),
        declared=tuple(declared),
        declared_out=said,
        latch=latch,
        changes=tuple(changes),
        outage=outage,
        blackout=felt,
        readings=(read := readings(facts, night.now)),
        lights=light_states(facts, night.now, read),
        diagnosed=diagnosed,
        shared=shared,
        low_voltage=low,
        radio=radio,
    )


def _with_declared(facts: DeviceFacts, said: DeclaredOut) -> DeviceFacts:
    """Add what people recorded of each device."""
    return replace(
        facts,
        declared_since=said.since,
        declared_over=said.over_at,
        declared_reason=said.reason,
        p_declared=said.probability,
        withdrawn=said.withdrawn,
    )


def _doubt(city: City, diagnosed: Diagnosed) -> Floats:
    """Probability of each light being unsupplied, in steps that do not flicker."""
    dead = np.append(diagnosed.posterior.dead, 0.0)[city.supply.light_device]
    return np.asarray(np.round(dead * city.light_confidence / DOUBT_STEP) * DOUBT_STEP)


def _supplied(
    city: City, facts: LightFacts, felt: Blackout, void: tuple[Longs, Longs], weak: Flags
) -> LightFacts:
    """Add what is known of the supply of each light."""
    return replace(
        facts,
        p_lost=felt.p_lost,
        lost_measured=felt.measured,
        lost_since=felt.since,
        void_before=_of_lights(city, void[0]),
        struck_at=_of_lights(city, void[1]),
        weak=facts.weak | weak,
    )


def _shared(
    city: City,
    observed: Observed,
    heard: Readings,
    out_since: Longs | None,
    diagnosed: Diagnosed,
) -> SharedCause:
    """Ask what the lights that are out have in common."""
    told = diagnosed.clues.witnessed
    seen_at = np.maximum(observed.lights.reported_at, told.seen_lit_at)
    since = seen_at if out_since is None else out_since
    return shared_cause(
        city.supply,
        diagnosed.clues.prior,
        out=heard.out | ((told.dark_at > NEVER) & ~heard.lit),
        lit=heard.lit,
        out_since=np.where(heard.out, since, told.dark_at),
        seen_at=seen_at,
        found=diagnosed.posterior,
    )


def _light_facts(
    city: City,
    observed: Observed,
    night: Night,
    void: tuple[Longs, Longs],
    listening_since: int,
) -> LightFacts:
    """Gather what is known of each light but its supply."""
    news = observed.lights
    device = city.supply.light_device
    burns, switched_at = should_burn(night, city.off_from_s, city.off_to_s)
    known = ~city.programme | ~np.isnan(city.off_from_s)
    m = len(device)
    ordered = known_or(news.ordered_level, 100.0) / 100
    expected = city.light_mains_w * ordered
    return LightFacts(
        should_burn=np.append(burns, night.dark)[device],
        schedule_known=np.append(known, True)[device],
        switched_at=np.append(switched_at, night.switched_at)[device],
        p_lost=np.zeros(m),
        p_dark=np.zeros(m),
        lost_measured=np.zeros(m, np.bool_),
        lost_since=np.full(m, NEVER, np.int64),
        void_before=_of_lights(city, void[0]),
        struck_at=_of_lights(city, void[1]),
        reported_at=news.reported_at,
        reported=news.reported,
        ordered_level=news.ordered_level,
        weak=(news.power_w < WEAK_SHARE * expected) | _between(news.voltage_v),
        interval_s=news.interval_s,
        works_since=np.full(m, NEVER, np.int64),
        audible_since=audible_since(news.known_since, listening_since, night.now),
    )


def _between(voltage_v: Floats) -> Flags:
    low: Flags = (voltage_v < LOW_VOLTAGE_V) & (voltage_v > DEAD_VOLTAGE_V)
    return low


def _void(city: City, water: Water, latch: Latch) -> tuple[Longs, Longs]:
    """Tell up to when reports from below each device are void, and those of light in particular.

    Returns
    -------
    void_before, struck_at : int64 arrays (n)
        By place: when its supply last came back, and when water or an outage last struck it;
        ``NEVER`` where nothing ever did. [µs]
    """
    grace = int(AFTER_LOSS_S * SECOND)
    back = (latch.since > NEVER) & ~latch.out & (latch.state != RECOVERING)
    restored = decide(
        [latch.state == RECOVERING, back],
        [latch.since, latch.since - 1],  # the report that proves supply counts
        np.full(len(city.supply), NEVER, np.int64),
    )
    struck = np.where(latch.out, latch.since + grace, NEVER)
    struck = np.where(water.wet_since > NEVER, later(struck, water.wet_since + grace), struck)
    for at in (restored, struck):
        for places in city.supply.levels[1:]:
            at[places] = np.maximum(at[places], at[city.supply.parent[places]])
    return restored, struck


def _of_lights(city: City, at: Longs) -> Longs:
    """Hand an instant of each device to its lights; ``NEVER`` to those without."""
    return np.append(at, NEVER)[city.supply.light_device]


def _device_facts(
    city: City,
    observed: Observed,
    water: Water,
    by_lights: tuple[SharedCause, Readings, Diagnosed],
    night: Night,
) -> DeviceFacts:
    """Gather what is known of each supply device."""
    news, supply, (shared, heard, diagnosed) = observed.devices, city.supply, by_lights
    watching = np.zeros(len(supply) + 1, np.bool_)
    watching[supply.light_device[heard.watched]] = True
    metered = news.interval_s > 0
    watched = watching[:-1] | metered
    for places in supply.levels[:0:-1]:
        np.logical_or.at(watched, supply.parent[places], watched[places])
    provable = night.switched_at if night.dark else night.next_dusk
    return replace(
        DeviceFacts.nothing_known(len(supply)),
        wet_since=water.wet_since,
        dry_since=water.dry_since,
        p_trip=np.where(
            water.p_trip > 0, np.minimum(diagnosed.posterior.failed.round(2), MEASURED), 0.0
        ),
        assumed=city.sites.source == "assumed",
        supply=news.supply,
        supply_at=news.supply_at,
        lights_out_at=shared.out_at,
        p_lights_out=shared.p_out,
        lights_lit_at=shared.lit_at,
        inspected_at=news.inspected_at,
        provable_from=np.where(metered, NEVER, provable),
        watched=watched,
    )


def _low_voltage(observed: Observed, night: Night) -> Flags:
    """Devices whose last voltage is too low, as long as that reading is current."""
    news = observed.devices
    interval = known_or(news.interval_s, UNPROMISED_S)
    patience = (interval * MISSES * SECOND).astype(np.int64)
    return _between(news.voltage_v) & (night.now <= news.voltage_at + patience)


def _inherited(city: City, device: Flags) -> Flags:
    """Lights below some devices."""
    below = device.copy()
    for places in city.supply.levels[1:]:
        below[places] |= below[city.supply.parent[places]]
    lights: Flags = np.append(below, False)[city.supply.light_device]
    return lights
