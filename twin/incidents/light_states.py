"""What is known of each light: three-valued truth, vectorised.

A light is *confirmed* dark only by a measurement or a person; *inferred* dark, with a probability,
from what supplies it; *silent* when news was due and none came. Silence never becomes darkness, and
what is off by design is no incident.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.incidents.rules import decide
from twin.incidents.times import NEVER, SECOND, later
from twin.model.states import LightState
from twin.supply.ranges import Flags, Floats, Longs

MISSES = 3
"""Messages in a row that must fail before silence means anything: at 15 % loss, 5.7 nats."""

SWITCHING_GRACE_S = 900.0
"""Around a switching instant a report says nothing: photocells and clocks differ. [s]"""

BELIEVED = 0.5
"""From this probability on, a light is said to be inferred dark."""

MEASURED = 0.99
"""Confidence in what a light's own controller measures."""

DURING_WORKS = 0.9
"""Probability that a light is out while somebody works on it."""

ON, OFF, UNSAID = 1, 0, -1
"""What the last report says of the lamp."""


@dataclass(frozen=True, slots=True)
class LightFacts:
    """What is known of each light at one instant; arrays of one length (m), in any order.

    Attributes
    ----------
    should_burn : bool
        Whether the schedule wants it lit.
    schedule_known : bool
        False for a programme whose calendar nobody gave: an unlit lamp then proves nothing.
    switched_at : int64
        When its schedule last switched. [µs]
    p_lost : float
        Probability that its supply is dead: product of the outage's and of the links'.
    p_dark : float
        Probability that its supply is dead by all evidence, also where that is not conclusive.
    lost_measured : bool
        Whether the loss was measured and its wiring is on the register (rung 0), surely enough.
    lost_since : int64
        Since when its supply is out; ``NEVER`` where it is not. [µs]
    void_before : int64
        Reports up to here are void: its supply came back since. [µs]
    struck_at : int64
        Reports of light up to here are void: its supply was struck since, by water or an outage.
        [µs]
    reported_at : int64
        Instant of its last report; ``NEVER`` without. [µs]
    reported : int8
        What that said: ``ON``, ``OFF`` or ``UNSAID``.
    ordered_level : float
        Dimming level that the controller says it was ordered; NaN unknown. [%]
    weak : bool
        Whether that report, or its supply's voltage, is too low for full light.
    interval_s : float
        Expected time between two reports; NaN where no instrument watches it. [s]
    works_since : int64
        Start of works on it under way; ``NEVER`` without. [µs]
    audible_since : int64
        Since when it could be heard at all: its device was registered, and our own door is open
        without a gap; ``NEVER`` where no such instant is known. [µs]
    """

    should_burn: Flags
    schedule_known: Flags
    switched_at: Longs
    p_lost: Floats
    p_dark: Floats
    lost_measured: Flags
    lost_since: Longs
    void_before: Longs
    struck_at: Longs
    reported_at: Longs
    reported: npt.NDArray[np.int8]
    ordered_level: Floats
    weak: Flags
    interval_s: Floats
    works_since: Longs
    audible_since: Longs

    def __len__(self) -> int:
        return len(self.p_lost)

    @classmethod
    def nothing_known(cls, lights: int, *, should_burn: bool, switched_at: int) -> "LightFacts":
        """Facts of lights that no instrument watches and nothing is known against."""
        never = np.full(lights, NEVER, np.int64)
        no = np.zeros(lights, np.bool_)
        nan = np.full(lights, np.nan)
        return cls(
            should_burn=np.full(lights, should_burn),
            schedule_known=~no,
            switched_at=np.full(lights, switched_at, np.int64),
            p_lost=np.zeros(lights),
            p_dark=np.zeros(lights),
            lost_measured=no,
            lost_since=never,
            void_before=never,
            struck_at=never,
            reported_at=never,
            reported=np.full(lights, UNSAID, np.int8),
            ordered_level=nan,
            weak=no,
            interval_s=nan,
            works_since=never,
            audible_since=never,
        )


@dataclass(frozen=True, slots=True)
class LightVerdicts:
    """What is to be said of each light.

    Attributes
    ----------
    state : uint8 array (m)
        ``twin.model.states.LightState``.
    probability : float32 array (m)
        Of being dark.
    since : int64 array (m)
        Instant of the fact that made it so. [µs]
    by_itself : bool array (m)
        Confirmed dark by its own report while its supply is believed to be there.
    """

    state: npt.NDArray[np.uint8]
    probability: npt.NDArray[np.float32]
    since: Longs
    by_itself: Flags


@dataclass(frozen=True, slots=True)
class Readings:
    """What the lights' own reports are worth at one instant; arrays of one length (m).

    Attributes
    ----------
    watched : bool
        Some instrument reports on the light.
    patience : int64
        How long its last report stays current. [µs]
    current : bool
        That time has not passed, and its supply did not come back since.
    lit, unlit : bool
        A current report says so; for light, one that no outage has overtaken.
    ordered_off : bool
        Unlit because its controller was ordered to.
    out : bool
        Unlit although it was due, ordered, and reported well after the last switching.
    """

    watched: Flags
    patience: Longs
    current: Flags
    lit: Flags
    unlit: Flags
    ordered_off: Flags
    out: Flags


def readings(facts: LightFacts, now: int) -> Readings:
    """Weigh the lights' own reports at an instant. [µs]"""
    watched = facts.interval_s > 0
    interval = np.where(watched, facts.interval_s, 0.0)
    patience = (interval * MISSES * SECOND).astype(np.int64)
    valid = facts.reported_at > facts.void_before
    current = watched & valid & (now <= facts.reported_at + patience)
    unlit = current & (facts.reported == OFF)
    ordered_off = unlit & (facts.ordered_level == 0)
    due = facts.should_burn & facts.schedule_known
    told = facts.reported_at >= facts.switched_at + int(SWITCHING_GRACE_S * SECOND)
    return Readings(
        watched=watched,
        patience=patience,
        current=current,
        lit=current & (facts.reported == ON) & (facts.reported_at > facts.struck_at),
        unlit=unlit,
        ordered_off=ordered_off,
        out=unlit & ~ordered_off & due & told,
    )


def light_states(facts: LightFacts, now: int, read: Readings | None = None) -> LightVerdicts:
    """Say what is known of each light.

    Parameters
    ----------
    facts : LightFacts
        What is known at ``now``.
    now : int
        The instant. [µs]
    read : Readings, optional
        What ``readings`` made of these facts, where it is known already.

    Notes
    -----
    The first rule that applies wins:

    1. a current report of light, later than any outage: lit, or degraded;
    2. works under way: maintenance;
    3. loss of supply measured, wiring on the register: confirmed dark;
    4. a current report of no light although it was ordered and due: confirmed dark;
    5. supply lost with probability one half or more: inferred dark, by day too;
    6. not due, or ordered off: planned off;
    7. nothing watches it: unmonitored;
    8. it was switched too recently for news to be due: still planned off;
    9. it could not be heard for long enough yet, its instrument being new or our own door just
       opened: unmonitored;
    10. news was due and none came: silent.
    """
    read = readings(facts, now) if read is None else read
    lost = facts.p_lost >= BELIEVED
    planned = ~facts.should_burn | read.ordered_off | (read.unlit & ~facts.schedule_known)
    mute = ~read.watched | (read.current & (facts.reported == UNSAID))
    voided_at = later(facts.void_before, facts.struck_at)
    void = (facts.reported_at <= voided_at) & (voided_at > NEVER)
    news_due = later(facts.reported_at, facts.switched_at, facts.audible_since) + read.patience
    silent_since = np.where(void, voided_at, news_due)
    rules: list[Flags] = [
        read.lit & facts.weak,
        read.lit,
        facts.works_since > NEVER,
        lost & facts.lost_measured,
        read.out,
        lost,
        planned,
        mute,
        now <= facts.switched_at + read.patience,
        now <= facts.audible_since + read.patience,
    ]
    own = facts.reported_at
    unseen = np.maximum(facts.p_lost, facts.p_dark)
    outcomes = (
        (LightState.DEGRADED, 0.0, own),
        (LightState.LIT, 0.0, own),
        (LightState.MAINTENANCE, DURING_WORKS, facts.works_since),
        (LightState.CONFIRMED_DARK, facts.p_lost, facts.lost_since),
        (LightState.CONFIRMED_DARK, MEASURED, np.where(lost, facts.lost_since, own)),
        (LightState.INFERRED_DARK, facts.p_lost, facts.lost_since),
        (LightState.PLANNED_OFF, facts.p_lost, np.where(read.ordered_off, own, facts.switched_at)),
        (LightState.UNMONITORED, unseen, facts.switched_at),
        (LightState.PLANNED_OFF, facts.p_lost, facts.switched_at),
        (LightState.UNMONITORED, unseen, facts.switched_at),
    )
    states, probabilities, instants = zip(*outcomes, strict=True)
    silent = np.full(len(facts), LightState.SILENT, np.uint8)
    overruled = np.logical_or.reduce(rules[:4])
    return LightVerdicts(
        state=decide(rules, states, silent),
        probability=decide(rules, probabilities, unseen).astype(np.float32),
        since=decide(rules, instants, silent_since),
        by_itself=read.out & ~overruled & ~lost,
    )
