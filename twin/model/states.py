"""The states that the product tells apart, and their one-byte codes on the wire."""

from enum import IntEnum, StrEnum


class LightState(IntEnum):
    """What is known of one light. The codes travel to the map: never renumber them.

    Silence is not darkness: ``SILENT`` says that news was expected and none came,
    ``UNMONITORED`` that no instrument could ever send any.
    """

    LIT = 0
    """A recent measurement shows light."""
    DEGRADED = 1
    """Lit, weaker than it should be, or its supply is out of range."""
    CONFIRMED_DARK = 2
    """A measurement, or a person on site, shows that it is out although it should be lit."""
    INFERRED_DARK = 3
    """Deduced from the state of what supplies it; carries a probability."""
    SILENT = 4
    """News was due and none came: neither lit nor dark."""
    MAINTENANCE = 5
    """Out because somebody works on it."""
    PLANNED_OFF = 6
    """Off as its schedule says: daylight, night switch-off."""
    UNMONITORED = 7
    """No instrument watches it, or none had time to speak yet; nothing known speaks against its
    schedule."""


class SupplyState(StrEnum):
    """The latch of a supply device: receding water relights nothing."""

    NORMAL = "normal"
    TRIPPED = "tripped"
    AWAITING_INSPECTION = "awaiting_inspection"
    RECOVERING = "recovering"


class OutageReason(StrEnum):
    """Why a supply device or a light is out."""

    FLOODED = "flooded"
    NO_POWER = "no_power"
    DSO_CUT = "dso_cut"
    BURNT = "burnt"
    LAMP_FAILURE = "lamp_failure"
    PLANNED = "planned"
    SCHEDULE = "schedule"
    UNKNOWN = "unknown"


class CauseKind(StrEnum):
    """What people may record that puts lights out, besides water."""

    DISTRIBUTOR_CUT = "distributor_cut"
    """The distributor switches a zone off; it gives the power back by itself."""
    BURNT_CABINET = "burnt_cabinet"
    """Seen on site; it stays out until it was replaced, or inspected."""
    WORKS_ORDER = "works_order"
    """Planned works: dark by design from their beginning to their end."""


class Basis(StrEnum):
    """How a fact is known; the weakest word of a chain is the word of its sentence."""

    MEASURED = "measured"
    OBSERVED = "observed"
    """Seen by a person on site."""
    ANNOUNCED = "announced"
    """Said beforehand by whoever decides it: a distributor's notice, a works order."""
    COMPUTED = "computed"
    ASSUMED = "assumed"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """Where a received message ended. Every message ends in exactly one."""

    STORED = "stored"
    MERGED = "merged"
    REJECTED = "rejected"
    IGNORED = "ignored"


class CommandState(StrEnum):
    """The steps of an order to a device; ``CONFIRMED`` only when its telemetry says so."""

    REQUESTED = "requested"
    QUEUED = "queued"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing can follow."""
        return self in _FINAL_COMMAND_STATES


_FINAL_COMMAND_STATES = frozenset(
    {
        CommandState.CONFIRMED,
        CommandState.REFUSED,
        CommandState.FAILED,
        CommandState.EXPIRED,
        CommandState.CANCELLED,
    }
)
