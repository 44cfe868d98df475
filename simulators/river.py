"""The Vaire at its gauge: a slow breath on ordinary days, a flood when one is recorded."""

from dataclasses import dataclass

import numpy as np

from simulators.city.terrain import USUAL_LEVEL_M

_RISE_S, _FALL_S = 150.0, 2400.0
_STILL_TO_RISE_M = 0.25


@dataclass(slots=True)
class River:
    """Level over the gauge's zero, moving from one height to another.

    Attributes
    ----------
    start, target : float
        Where the present movement comes from and goes to, over the usual level. [m]
    since, lasts : float
        Unix time of its start, its length. [s]
    """

    start: float = 0.0
    target: float = 0.0
    since: float = 0.0
    lasts: float = 1.0

    def level(self, at: float) -> float:
        """Return what the gauge reads. [m]"""
        share = float(np.clip((at - self.since) / self.lasts, 0, 1))
        share = share * share * (3 - 2 * share)
        day = 2 * np.pi * at / 86_400
        breath = 0.03 * np.sin(day / 5.3) + 0.012 * np.sin(day + 1.0)
        moved = self.start + share * (self.target - self.start)
        return float(USUAL_LEVEL_M + breath * (1 - min(1.0, moved)) + moved)

    def moves(self, at: float) -> bool:
        """Whether the water rises or falls fast: the gauge then reports every minute."""
        return self.since <= at < self.since + self.lasts

    def rise_to(self, level: float, at: float) -> None:
        """Go to a level. Somebody saw the water there: most of the way is done already. [m]"""
        target = level - USUAL_LEVEL_M
        self._go(target, at, _RISE_S)
        self.start = max(self.start, target - _STILL_TO_RISE_M)

    def recede(self, at: float) -> None:
        """Go back to the usual level."""
        self._go(0.0, at, _FALL_S)

    def _go(self, target: float, at: float, lasts: float) -> None:
        share = float(np.clip((at - self.since) / self.lasts, 0, 1))
        self.start += share * (self.target - self.start)
        self.target, self.since, self.lasts = target, at, lasts
