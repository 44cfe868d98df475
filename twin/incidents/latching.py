"""How a latch moves: its steps by water and power, and by what people recorded.

Each rule says where it applies, which state it leads to, why, and since when; the first that
applies wins (``twin.incidents.latch`` draws them).
"""

from dataclasses import dataclass, replace

import numpy as np

from twin.incidents.latch import (
    AFTER_LOSS_S,
    AWAITING,
    BURNT,
    BY_A_PERSON,
    BY_ASSUMPTION,
    BY_COMPUTATION,
    BY_MEASUREMENT,
    BY_NOTICE,
    DECLARED,
    FLOODED,
    NO_POWER,
    NO_SIGN,
    NORMAL,
    NOTICE_GRACE_S,
    RECOVERING,
    RECOVERY_S,
    TRIPPED,
    UNKNOWN,
    Codes,
    DeviceFacts,
    Latch,
)
from twin.incidents.light_states import MEASURED
from twin.incidents.rules import among, decide
from twin.incidents.times import NEVER, SECOND, later
from twin.supply.ranges import Flags, Longs

_STEPS = 4  # normal → tripped → awaiting → recovering → normal: all may be learnt at once


@dataclass(frozen=True, slots=True)
class Change:
    """One device came to another state, or the same state became better known.

    Attributes
    ----------
    device : int
        Its number.
    at : int
        Instant of the fact that made it so. [µs]
    latch : tuple
        ``(state, reason, basis, probability)`` after it.
    """

    device: int
    at: int
    latch: tuple[int, int, int, float]


def advance(latch: Latch, facts: DeviceFacts, now: int) -> tuple[Latch, list[Change]]:
    """Bring every latch to an instant.

    Parameters
    ----------
    latch : Latch
        Where they stood.
    facts : DeviceFacts
        What is known at ``now``.
    now : int
        The instant. [µs]

    Returns
    -------
    latch : Latch
        Where they stand.
    changes : list of Change
        What happened, in order, by device; empty where nothing did.
    """
    changes: list[Change] = []
    for _ in range(_STEPS):
        after = _step(latch, facts, now)
        moved = np.flatnonzero(
            (after.state != latch.state)
            | (after.basis != latch.basis)
            | (after.reason != latch.reason)
            | (np.abs(after.probability - latch.probability) > 0.005)
        )
        if not len(moved):
            break
        better_known = after.state == latch.state
        at = np.where(better_known, later(facts.supply_at, after.since), after.since)
        changes += [_change(after, device, int(at[device])) for device in moved.tolist()]
        latch = after
    return latch, changes


def _change(latch: Latch, device: int, at: int) -> Change:
    return Change(
        device,
        at,
        (
            int(latch.state[device]),
            int(latch.reason[device]),
            int(latch.basis[device]),
            float(latch.probability[device]),
        ),
    )


def _step(latch: Latch, facts: DeviceFacts, now: int) -> Latch:
    """Make each latch take at most one step."""
    on = _signs(latch, facts)
    steps = [
        *_declared_steps(latch, facts, on),
        *_steps_by_water_and_power(latch, facts, on, now),
    ]
    rules, states, reasons, since = zip(*steps, strict=True)
    kept = [latch.reason if each is None else each for each in reasons]
    after = replace(
        latch,
        state=decide(rules, states, latch.state),
        since=decide(rules, since, latch.since),
        reason=decide(rules, kept, latch.reason),
    )
    return _grounded(after, facts, np.logical_or.reduce(rules), on.dead_at)


_Step = tuple[Flags, int, Codes | None, Longs]
"""Where it applies, the state it leads to, the reason (None: as it was), when."""


@dataclass(frozen=True, slots=True)
class _Signs:
    """What the facts mean to latches where they stand; arrays of one length (n)."""

    alive_at: Longs
    dead_at: Longs
    up: Flags
    coming: Flags
    waiting: Flags
    in_trip: Flags
    before: Longs  # only what is newer than its last state can trip it
    drowned: Flags
    alive_again: Flags
    told: Flags  # its reason is one that a person recorded


def _signs(latch: Latch, facts: DeviceFacts) -> _Signs:
    state, grace = latch.state, int(AFTER_LOSS_S * SECOND)
    alive_at = later(np.where(facts.supply == 1, facts.supply_at, NEVER), facts.lights_lit_at)
    coming = state == RECOVERING
    up = (state == NORMAL) | coming
    return _Signs(
        alive_at=alive_at,
        dead_at=later(np.where(facts.supply == 0, facts.supply_at, NEVER), facts.lights_out_at),
        up=up,
        coming=coming,
        waiting=state == AWAITING,
        in_trip=state == TRIPPED,
        before=np.where(up, latch.since, NEVER),
        drowned=(facts.wet_since > NEVER) & (alive_at <= facts.wet_since + grace),
        alive_again=alive_at > latch.since + grace,
        told=among(latch.reason, DECLARED),
    )


def _declared_steps(latch: Latch, facts: DeviceFacts, on: _Signs) -> list[_Step]:
    """List the steps that what people recorded makes latches take; water comes before a cut."""
    since, reason, says = latch.since, latch.reason, facts.declared_reason
    holds = facts.declared_since > NEVER
    burnt = holds & (says == BURNT)
    doubted = on.alive_at > facts.declared_since + int(AFTER_LOSS_S * SECOND)
    renewed = on.coming | ((latch.state == NORMAL) & (latch.basis == BY_A_PERSON))
    begins = on.up & holds & ~on.drowned & ((facts.declared_since > on.before) | renewed)
    theirs = since >= facts.declared_since - int(NOTICE_GRACE_S * SECOND)
    dry = on.in_trip & (reason != FLOODED) & (reason != says)
    told_later = (dry & holds & (burnt | theirs) & (reason != BURNT)) | (
        on.waiting & burnt & (reason != BURNT)
    )
    gone = on.in_trip & on.told & ~holds & ~on.drowned
    over_at = later(facts.declared_over, since)
    out_still = on.dead_at > on.alive_at
    return [
        (begins & (burnt | ~doubted), TRIPPED, says, later(facts.declared_since, since)),
        (told_later & ~on.drowned, TRIPPED, says, since),
        (gone & facts.withdrawn & out_still, TRIPPED, _all(latch, NO_POWER), since),
        (gone & (facts.withdrawn | ~facts.watched), NORMAL, None, over_at),
        (gone, RECOVERING, None, over_at),
        (on.waiting & on.told & on.alive_again, NORMAL, None, on.alive_at),
    ]


def _steps_by_water_and_power(
    latch: Latch, facts: DeviceFacts, on: _Signs, now: int
) -> list[_Step]:
    deadline = later(latch.since, facts.provable_from) + int(RECOVERY_S * SECOND)
    since, holds = latch.since, facts.declared_since > NEVER
    flooded, burnt = latch.reason == FLOODED, (latch.reason == BURNT) & holds
    computed = latch.basis < BY_NOTICE
    unpowered = (on.dead_at > on.alive_at) & ~(on.coming & on.told)  # until its deadline
    lost = np.where(holds, facts.declared_reason, np.int8(NO_POWER)).astype(np.int8)
    wet = facts.wet_since > NEVER
    cleared = on.waiting & (facts.inspected_at > since)
    told_later = on.in_trip & ~flooded & ~burnt & on.drowned  # of water, after the cut
    disproved = on.in_trip & on.alive_again & ~burnt & (~flooded | (computed & ~on.drowned))
    by_water, unseen = _all(latch, FLOODED), np.where(on.told, latch.reason, np.int8(UNKNOWN))
    return [
        (on.up & on.drowned & (facts.wet_since > on.before), TRIPPED, by_water, facts.wet_since),
        (on.up & unpowered & (on.dead_at > on.before), TRIPPED, lost, on.dead_at),
        (told_later, TRIPPED, by_water, since),
        (disproved, NORMAL, None, on.alive_at),
        (on.in_trip & flooded & ~wet, AWAITING, by_water, later(facts.dry_since, since)),
        (cleared & facts.watched, RECOVERING, None, facts.inspected_at),
        (cleared, NORMAL, None, facts.inspected_at),
        (on.coming & (on.alive_at > since), NORMAL, None, on.alive_at),
        (on.coming & (now > deadline), AWAITING, unseen, deadline),
    ]


def _all(latch: Latch, reason: int) -> Codes:
    return np.full(len(latch.state), reason, np.int8)


def _grounded(latch: Latch, facts: DeviceFacts, moved: Flags, dead_at: Longs) -> Latch:
    """Say how well the state is known: measured beats told and computed, and is not forgotten."""
    out, tripped = latch.out, latch.state == TRIPPED
    metered = (
        out & (facts.supply == 0) & (facts.supply_at >= latch.since - int(AFTER_LOSS_S * SECOND))
    )
    kept = out & ~moved & (latch.basis == BY_MEASUREMENT)
    declared = among(latch.reason, DECLARED)
    told = tripped & declared & (facts.declared_since > NEVER)
    by_lights = tripped & (latch.reason == NO_POWER) & (facts.lights_out_at > NEVER)
    by_lights &= dead_at == facts.lights_out_at
    unseen = declared | (latch.reason == UNKNOWN)
    unheard_of = moved & (latch.state == AWAITING) & unseen
    by_water = np.where(facts.assumed, BY_ASSUMPTION, BY_COMPUTATION)
    by_word = np.where(latch.reason == BURNT, BY_A_PERSON, BY_NOTICE)
    fresh_water = tripped & (latch.reason == FLOODED)
    up = moved & ~out
    by_person = up & (latch.since == facts.inspected_at)
    by_end = up & declared & (latch.since == facts.declared_over)
    grounds: tuple[tuple[Flags, Codes | int], ...] = (
        (metered | kept, BY_MEASUREMENT),
        (told | by_end, by_word.astype(np.int8)),
        (by_lights | unheard_of, BY_COMPUTATION),
        (fresh_water, by_water.astype(np.int8)),
        (by_person, BY_A_PERSON),
        (up, BY_MEASUREMENT),
    )
    basis = decide([rule for rule, _ in grounds], [word for _, word in grounds], latch.basis)
    probability = decide(
        [~out, metered | kept, told, by_lights, fresh_water, unheard_of],
        [0.0, MEASURED, facts.p_declared, facts.p_lights_out, facts.p_trip, NO_SIGN],
        latch.probability,
    )
    return replace(latch, basis=basis, probability=probability)
