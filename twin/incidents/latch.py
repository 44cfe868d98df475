"""The latch of supply devices: receding water relights nothing.

::

    normal ──water above the plinth, or supply measured absent──▶ tripped
    tripped ──the water is gone──▶ awaiting_inspection
    awaiting_inspection ──a person records an inspection──▶ recovering
    recovering ──supply shown by telemetry──▶ normal
    recovering ──its own deadline passes without a sign──▶ awaiting_inspection (it rings again)
    normal ──a recorded cut or works begins, a cabinet is seen burnt──▶ tripped, with that reason
    tripped by a cut or works ──it ends──▶ recovering; burnt ──replaced, or inspected──▶ recovering
    awaiting, but for water ──supply measured again──▶ normal
    tripped, not by water, not burnt ──supply measured again──▶ normal
    tripped by computation alone ──supply measured afterwards──▶ normal (withdrawn)

Where nothing watches a device the inspection itself, a person's word, brings it back to normal, and
so does the announced end of a cut or of works.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.incidents.times import NEVER
from twin.model.states import Basis, OutageReason, SupplyState
from twin.supply.ranges import Flags, Floats, Longs

AFTER_LOSS_S = 60.0
"""A reading this much later than a loss of supply contradicts it; an earlier one may not. [s]"""

RECOVERY_S = 3600.0
"""How long a device has after its inspection to show supply. [s]"""

NOTICE_GRACE_S = 900.0
"""A loss this long before the announced beginning of a cut or of works is theirs already. [s]"""

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
    OutageReason.BURNT,
)
BASES = (
    Basis.UNKNOWN,
    Basis.ASSUMED,
    Basis.COMPUTED,
    Basis.ANNOUNCED,
    Basis.OBSERVED,
    Basis.MEASURED,
)

NORMAL, TRIPPED, AWAITING, RECOVERING = range(4)
UNKNOWN, FLOODED, NO_POWER, DSO_CUT, PLANNED, BURNT = range(6)
DECLARED = (DSO_CUT, PLANNED, BURNT)
"""Reasons that a person recorded (``twin.incidents.declared``)."""
BY_ASSUMPTION, BY_COMPUTATION, BY_NOTICE, BY_A_PERSON, BY_MEASUREMENT = range(1, 6)

Codes = npt.NDArray[np.int8]


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
    declared_since : int64
        Since when a recorded cause puts it out; ``NEVER`` while none holds. [µs]
    declared_over : int64
        When the last recorded cause ended; ``NEVER`` while it holds. [µs]
    declared_reason : int8
        Of either, a number in ``REASONS``.
    p_declared : float
        How far it is believed.
    withdrawn : bool
        Whether it had been recorded by mistake.
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
    declared_since: Longs
    declared_over: Longs
    declared_reason: Codes
    p_declared: Floats
    withdrawn: Flags

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
            declared_since=never,
            declared_over=never,
            declared_reason=np.zeros(devices, np.int8),
            p_declared=zero,
            withdrawn=no,
        )
