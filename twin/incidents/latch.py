"""The latch of supply devices: receding water relights nothing.

::

    normal ──water above the plinth, or supply measured absent──▶ tripped
    tripped ──the water is gone──▶ awaiting_inspection
    awaiting_inspection ──a person records an inspection──▶ recovering
    recovering ──supply shown by telemetry──▶ normal
    recovering ──its own deadline passes without a sign──▶ awaiting_inspection (it rings again)
    tripped, not by water ──supply measured again──▶ normal
    tripped by computation alone ──supply measured afterwards──▶ normal (withdrawn)

Where nothing watches a device the inspection itself, a person's word, brings it back to normal.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from twin.incidents.light_states import MEASURED
from twin.incidents.times import NEVER, SECOND, later
from twin.model.states import Basis, OutageReason, SupplyState
from twin.supply.ranges import Flags, Floats, Longs

AFTER_LOSS_S = 60.0
"""A reading this much later than a loss of supply contradicts it; an earlier one may not. [s]"""

RECOVERY_S = 3600.0
"""How long a device has after its inspection to show supply. [s]"""

NO_SIGN = 0.5
"""Probability that a device is out when no sign of supply followed its inspection."""

STATES = (
    SupplyState.NORMAL,
    SupplyState.TRIPPED,
    SupplyState.AWAITING_INSPECTION,
    SupplyState.RECOVERING,
)
REASONS = (
    OutageReason.UNKNOWN,
    OutageReason.FLOODED,
    OutageReason.NO_POWER,
    OutageReason.DSO_CUT,
    OutageReason.PLANNED,
)
BASES = (Basis.UNKNOWN, Basis.ASSUMED, Basis.COMPUTED, Basis.OBSERVED, Basis.MEASURED)

NORMAL, TRIPPED, AWAITING, RECOVERING = range(4)
UNKNOWN, FLOODED, NO_POWER = range(3)
BY_ASSUMPTION, BY_COMPUTATION, BY_A_PERSON, BY_MEASUREMENT = range(1, 5)

Codes = npt.NDArray[np.int8]

_STEPS = 4  # normal → tripped → awaiting → recovering → normal: all may be learnt at once


@dataclass(frozen=True, slots=True)
class Latch:
    """Where each device's latch stands; arrays of one length (n).

    Attributes
    ----------
    state, reason, basis : int8
        Numbers in ``STATES``, ``REASONS``, ``BASES``.
    since : int64
        When it came to that state. [µs]
    probability : float
        That the device is out; 0 while it is normal or recovering.
    """

    state: Codes
    reason: Codes
    basis: Codes
    since: Longs
    probability: Floats

    @classmethod
    def all_normal(cls, devices: int) -> "Latch":
        """Return the latches of a network in which nothing ever happened."""
        zeros = np.zeros(devices, np.int8)
        return cls(zeros, zeros, zeros, np.full(devices, NEVER, np.int64), np.zeros(devices))

    @property
    def out(self) -> Flags:
        """Devices that carry no supply."""
        out: Flags = (self.state == TRIPPED) | (self.state == AWAITING)
        return out


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What is known of each supply device at one instant; arrays of one length (n).

    Attributes
    ----------
    wet_since : int64
        Since when water stands above its plinth; ``NEVER`` while it does not. [µs]
    dry_since : int64
        Since when it no longer does, or ``NEVER``. [µs]
    p_trip : float
        Probability that this water trips it.
    assumed : bool
        Whether that rests on an assumed plinth.
    supply : int8
        1 its meter shows supply, 0 shows none, -1 nothing measured.
    supply_at : int64
        When it said so. [µs]
    lights_out_at, lights_lit_at : int64
        Since when its lights, taken together, show that it is dead or alive; ``NEVER`` where they
        do not. [µs]
    p_lights_out : float
        Probability that it is dead in the first case.
    inspected_at : int64
        Last recorded inspection. [µs]
    provable_from : int64
        From when on supply would show in telemetry: by day lights prove nothing. [µs]
    watched : bool
        Whether any instrument could show its supply.
    """

    wet_since: Longs
    dry_since: Longs
    p_trip: Floats
    assumed: Flags
    supply: Codes
    supply_at: Longs
    lights_out_at: Longs
    p_lights_out: Floats
    lights_lit_at: Longs
    inspected_at: Longs
    provable_from: Longs
    watched: Flags

    @classmethod
    def nothing_known(cls, devices: int) -> "DeviceFacts":
        """Facts of devices of which nobody says anything."""
        never, zero = np.full(devices, NEVER, np.int64), np.zeros(devices)
        no = np.zeros(devices, np.bool_)
        return cls(
            wet_since=never,
            dry_since=never,
            p_trip=zero,
            assumed=no,
            supply=np.full(devices, -1, np.int8),
            supply_at=never,
            lights_out_at=never,
            p_lights_out=zero,
            lights_lit_at=never,
            inspected_at=never,
            provable_from=never,
            watched=no,
        )


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
    state, since = latch.state, latch.since
    grace = int(AFTER_LOSS_S * SECOND)
    wet = facts.wet_since > NEVER
    absent, present = facts.supply == 0, facts.supply == 1
    alive_at = later(np.where(present, facts.supply_at, NEVER), facts.lights_lit_at)
    dead_at = later(np.where(absent, facts.supply_at, NEVER), facts.lights_out_at)
    drowned = wet & (alive_at <= facts.wet_since + grace)
    unpowered = dead_at > alive_at
    flooded = latch.reason == FLOODED
    computed = latch.basis < BY_A_PERSON
    alive_again = alive_at > since + grace
    deadline = later(since, facts.provable_from) + int(RECOVERY_S * SECOND)
    in_trip, waiting, coming = state == TRIPPED, state == AWAITING, state == RECOVERING
    up = (state == NORMAL) | coming
    before = np.where(up, since, NEVER)  # only what is newer than its last state can trip it
    cleared = waiting & (facts.inspected_at > since)
    told_later = in_trip & ~flooded & drowned  # the water was learnt of after the cut
    disproved = in_trip & alive_again & (~flooded | (computed & ~drowned))
    steps = (
        # condition, state, reason, when
        (up & drowned & (facts.wet_since > before), TRIPPED, FLOODED, facts.wet_since),
        (up & unpowered & (dead_at > before), TRIPPED, NO_POWER, dead_at),
        (told_later, TRIPPED, FLOODED, since),
        (disproved, NORMAL, None, alive_at),
        (in_trip & flooded & ~wet, AWAITING, FLOODED, later(facts.dry_since, since)),
        (cleared & facts.watched, RECOVERING, None, facts.inspected_at),
        (cleared, NORMAL, None, facts.inspected_at),
        (coming & (alive_at > since), NORMAL, None, alive_at),
        (coming & (now > deadline), AWAITING, UNKNOWN, deadline),
    )
    rules: list[Flags] = [rule for rule, *_ in steps]
    after = replace(
        latch,
        state=np.select(rules, [np.int8(step[1]) for step in steps], state).astype(np.int8),
        since=np.select(rules, [step[3] for step in steps], since).astype(np.int64),
        reason=np.select(
            rules, [latch.reason if r is None else np.int8(r) for _, _, r, _ in steps], latch.reason
        ).astype(np.int8),
    )
    return _grounded(after, facts, np.logical_or.reduce(rules), dead_at)


def _grounded(latch: Latch, facts: DeviceFacts, moved: Flags, dead_at: Longs) -> Latch:
    """Say how well the state is known: measured beats computed, and is not forgotten."""
    out, tripped = latch.out, latch.state == TRIPPED
    metered = (
        out & (facts.supply == 0) & (facts.supply_at >= latch.since - int(AFTER_LOSS_S * SECOND))
    )
    kept = out & ~moved & (latch.basis == BY_MEASUREMENT)
    by_lights = tripped & (latch.reason == NO_POWER) & (facts.lights_out_at > NEVER)
    by_lights &= dead_at == facts.lights_out_at
    unheard_of = moved & (latch.state == AWAITING) & (latch.reason == UNKNOWN)
    by_water = np.where(facts.assumed, BY_ASSUMPTION, BY_COMPUTATION)
    fresh_water = tripped & (latch.reason == FLOODED)
    by_person = moved & ~out & (latch.since == facts.inspected_at)
    rules: list[Flags] = [
        metered | kept,
        by_lights | unheard_of,
        fresh_water,
        by_person,
        moved & ~out,
    ]
    basis = np.select(
        rules,
        [
            np.int8(BY_MEASUREMENT),
            np.int8(BY_COMPUTATION),
            by_water,
            np.int8(BY_A_PERSON),
            np.int8(BY_MEASUREMENT),
        ],
        latch.basis,
    )
    probability = np.select(
        [~out, metered | kept, by_lights, fresh_water, unheard_of],
        [0.0, MEASURED, facts.p_lights_out, facts.p_trip, NO_SIGN],
        latch.probability,
    )
    return replace(latch, basis=basis.astype(np.int8), probability=probability)
