"""The valley: ground heights, water levels, depths, and the shape of a flood.

Heights are a function of the plan alone. On each bank the ground rises with the distance from the
water, so the edge of a flood is found on every cross-section by interpolation, without a grid. The
water's surface is level: over the length of a town the Vaire falls by a few decimetres, left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from simulators.city.plan import Floats, TownPlan

USUAL_LEVEL_M = 1.24
"""What the gauge reads on an ordinary day. [m above its zero]"""
DEMONSTRATION_LEVEL_M = 3.42
"""Level at which the demonstration's first cabinet stands in 62 cm of water. [m]"""
_CROSS_SECTION = np.concatenate([np.linspace(0, 500, 251), np.linspace(510, 2600, 210)])


@dataclass(frozen=True, slots=True)
class Terrain:
    """Ground of the valley.

    Attributes
    ----------
    zero_m_ngf : float
        Height of the gauge's zero, at the pont Vieux. [m NGF]
    scale : float
        Size of the landscape's forms, see ``TownPlan.scale``.
    bank : float
        Distance of the water's edge from the river's middle. [m]
    lows : array, shape (n, 3)
        Low stretches of the left bank: middle [m], half-length [m], how much lower [m].
    ripple : array, shape (n, 3)
        Waves of the bank along the river: amplitude [m], wave number [1/m], phase.
    """

    zero_m_ngf: float
    scale: float
    bank: float
    lows: Floats
    ripple: Floats

    @classmethod
    def draw(cls, rng: np.random.Generator, plan: TownPlan) -> Self:
        """Draw a valley."""
        reach = plan.rings[0] if plan.rings else 0.4 * plan.radius
        s = plan.scale
        lows = [
            (plan.bridge_u - 0.42 * reach, 0.72 * reach, 1.95),
            (plan.bridge_u + 0.62 * plan.radius, 0.14 * plan.radius, 1.3),
        ]
        lengths = np.array([410.0, 230.0, 140.0]) * s
        ripple = np.column_stack(
            [[0.10, 0.07, 0.035], 2 * np.pi / lengths, rng.uniform(0, 2 * np.pi, 3)]
        )
        return cls(18.0, s, plan.river_half_width, np.array(lows), ripple)

    def height_above_zero(self, uv: Floats) -> Floats:
        """Return the ground's height above the gauge's zero. [m]"""
        uv = np.asarray(uv, dtype=np.float64).reshape(-1, 2)
        distance = np.maximum(0.0, np.abs(uv[:, 1]) - self.bank)
        return np.where(
            np.abs(uv[:, 1]) < self.bank,
            -1.6 * (1 - (uv[:, 1] / self.bank) ** 2) + 0.4,
            np.where(uv[:, 1] < 0, self._left(uv[:, 0], distance), self._right(uv[:, 0], distance)),
        )

    def ground_m_ngf(self, uv: Floats) -> Floats:
        """Return the ground's height. [m NGF]"""
        return np.asarray(self.zero_m_ngf + self.height_above_zero(uv))

    def depth(self, uv: Floats, level: float) -> Floats:
        """Return the depth of water over the ground at a level of the gauge, 0 where dry. [m]"""
        return np.maximum(0.0, level - self.height_above_zero(uv))

    def with_depth_at(self, uv: tuple[float, float], level: float, depth: float) -> Self:
        """Return the same valley with its first low opposite a point, which has a depth there."""
        lows = self.lows.copy()
        lows[0, 0] = uv[0]
        moved = replace(self, lows=lows)
        lows[0, 2] -= level - depth - float(moved.height_above_zero(np.array([uv]))[0])
        return moved

    def bands(
        self, level: float, u_from: float, u_to: float, step: float = 0.05
    ) -> Iterator[tuple[Floats, float]]:
        """Yield the flooded ground of both banks, cut where its depth changes.

        Parameters
        ----------
        level : float
            Of the gauge. [m]
        u_from, u_to : float
            Stretch of the valley to look at. [m]
        step : float
            Difference of depth between two bands. [m]

        Yields
        ------
        ring : array, shape (n, 2)
            Outline of one piece, in plan coordinates.
        depth : float
            In its middle. [m]
        """
        stride = 4.0 * max(self.scale, 0.3)
        u = np.arange(u_from, u_to + stride, stride)
        for bank in (-1, 1):
            deepest = level - self._profile(u, bank, np.zeros(1))[:, 0]
            if deepest.max() <= 0:
                continue
            # a depth of 0.62 m lies in the middle of a band, not on its edge
            edges = np.arange(-0.1 * step, float(deepest.max()) + step, step)
            edges[0] = 0.0
            sides = [self._reach(u, bank, level - edge) for edge in edges]
            for k in range(len(edges) - 1):
                middle = 0.02 if k == 0 else (edges[k] + edges[k + 1]) / 2
                for ring in _strips(u, sides[k + 1], sides[k]):
                    ring[:, 1] = bank * (self.bank + ring[:, 1])
                    yield ring, round(float(middle), 3)

    def _reach(self, u: Floats, bank: int, height: float) -> Floats:
        """How far from the water the ground stays below a height. [m]"""
        profile = self._profile(u, bank, _CROSS_SECTION * self.scale)
        below = np.argmax(profile >= height, axis=1)
        reach = np.zeros(len(u))
        rows = np.flatnonzero(below > 0)
        k = below[rows]
        low, high = profile[rows, k - 1], profile[rows, k]
        section = _CROSS_SECTION * self.scale
        reach[rows] = section[k - 1] + (height - low) / (high - low) * (section[k] - section[k - 1])
        return reach

    def _profile(self, u: Floats, bank: int, distances: Floats) -> Floats:
        """Heights above zero of cross-sections; shape (len(u), len(distances)). [m]"""
        rise = self._left if bank < 0 else self._right
        return rise(u[:, None], distances[None, :])

    def _left(self, u: Floats, distance: Floats) -> Floats:
        """Return the low bank: floodable meadows once, a suburb now."""
        edge = 4.75 - sum(
            drop * np.exp(-(((u - middle) / length) ** 2)) for middle, length, drop in self.lows
        )
        wave = sum(size * np.sin(number * u + phase) for size, number, phase in self.ripple)
        d = distance / self.scale
        slope = 0.0037 * (1 + 0.9 * wave)
        return np.asarray(edge + wave + slope * d + 0.00002 * np.maximum(0, d - 250) ** 2)

    def _right(self, u: Floats, distance: Floats) -> Floats:
        """Return the high bank: the quay wall, then the old town's hill."""
        wave = sum(size * np.sin(number * u + phase + 1.0) for size, number, phase in self.ripple)
        d = distance / self.scale
        return np.asarray(5.3 + wave + 0.012 * d + 13.0 * (1 - np.exp(-((d / 380.0) ** 2))))


def _strips(u: Floats, inner: Floats, outer: Floats) -> Iterator[Floats]:
    """Pieces between two curves over u, one for each run where they are apart."""
    apart = np.concatenate([[False], outer - inner > 0.05, [False]])
    starts = np.flatnonzero(~apart[:-1] & apart[1:])
    ends = np.flatnonzero(apart[:-1] & ~apart[1:])
    for start, end in zip(starts, ends, strict=True):
        if end - start < 2:
            continue
        run = slice(max(0, start - 1), end + 1)  # to where the two curves meet
        there = np.column_stack([u[run], outer[run]])
        back = np.column_stack([u[run], inner[run]])[::-1]
        yield np.concatenate([there, back])
