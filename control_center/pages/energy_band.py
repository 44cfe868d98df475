"""An energy between two ends."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Band:
    """A figure between two ends. [kWh]"""

    value: float
    low: float
    high: float

    def __add__(self, other: "Band") -> "Band":
        """Add as if both erred the same way: the widest that can be."""
        return Band(self.value + other.value, self.low + other.low, self.high + other.high)

    def times(self, share: float) -> "Band":
        """Return a share of it."""
        return Band(self.value * share, self.low * share, self.high * share)
