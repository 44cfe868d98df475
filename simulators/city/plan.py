"""How large each thing of the town is, from one number: how many lights it has.

The town is drawn in *plan coordinates* (u, v), in metres: u runs upstream along the valley, v
across it, and v = 0 is the middle of the river. ``simulators.city.warp`` bends the plan into a
landscape.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Point = tuple[float, float]


def rounded(values: Floats, digits: int = 0) -> Floats:
    """Round to so many decimals: what a register or a meter would have written."""
    return np.asarray(np.round(values, digits), dtype=np.float64)


_REFERENCE_LIGHTS = 5000
_REFERENCE_RADIUS = 1215.0
LIGHT_SPACING_M = 27.0
RESIDENTS_PER_LIGHT = 6.2


def stream(seed: int, stage: str) -> np.random.Generator:
    """Return the random stream of one stage: changing a stage leaves the others as they were."""
    return np.random.default_rng([seed, *stage.encode()])


@dataclass(frozen=True, slots=True)
class TownPlan:
    """Dimensions and counts.

    Attributes
    ----------
    lights : int
        Street lights wanted.
    radius : float
        Mean radius of the built area. [m]
    scale : float
        Size of the landscape's forms; 1 for a town of 5 000 lights and above.
    river_half_width, quay : float
        Half the river's width; distance of the quays' centre lines from its middle. [m]
    bridge_u : float
        Where the pont Vieux crosses, along the valley. [m]
    rings : tuple of float
        Radii of the boulevards, the old town's first; empty for a village. [m]
    cabinets, substations, gateways, parks, public_buildings : int
        How many of each.
    residents : int
        Population.
    """

    lights: int
    radius: float
    scale: float
    river_half_width: float
    quay: float
    bridge_u: float
    rings: tuple[float, ...]
    cabinets: int
    substations: int
    gateways: int
    parks: int
    public_buildings: int
    residents: int

    @classmethod
    def for_lights(cls, lights: int) -> Self:
        """Plan a town of that many lights; 40 is the smallest."""
        if lights < 40:
            raise ValueError(f"a town has at least 40 lights, not {lights}")
        radius = _REFERENCE_RADIUS * (lights / _REFERENCE_LIGHTS) ** 0.5
        if lights < 1500:  # a village gives a larger share of its ground to the river
            radius *= 1.0 + 0.1 * (1 - lights / 1500)
        scale = min(1.0, radius / _REFERENCE_RADIUS)
        half_width = 26.0 * float(np.clip(radius / _REFERENCE_RADIUS, 0.35, 1.8))
        cabinets = max(2, round(lights / 35.7))
        return cls(
            lights=lights,
            radius=radius,
            scale=scale,
            river_half_width=half_width,
            quay=half_width + 11.0,
            bridge_u=0.03 * radius,
            rings=_rings(radius),
            cabinets=cabinets,
            substations=max(1, round(cabinets / 8)),
            gateways=max(1, round(lights / 500)),
            parks=int(np.clip(round(9 * (lights / _REFERENCE_LIGHTS) ** 0.7), 1, 40)),
            public_buildings=int(np.clip(round(16 * (lights / _REFERENCE_LIGHTS) ** 0.7), 2, 80)),
            residents=round(RESIDENTS_PER_LIGHT * lights),
        )


def _rings(radius: float) -> tuple[float, ...]:
    """Boulevards: round the old town, then one every 450 m or so, none within reach of the edge."""
    if radius < 420:
        return ()
    rings = [min(0.34 * radius, 430.0)]
    while rings[-1] + 420 < radius * 0.8:
        rings.append(rings[-1] + 430 + 60 * (len(rings) - 1))
    return tuple(rings)
