"""Soil water under each hydrozone: rain and sprinklers fill it, plants empty it."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from simulators.city.model import City
from simulators.city.plan import Floats
from simulators.weather import Climate

_WARM_UP_DAYS = 240


@dataclass(slots=True)
class Soil:
    """One bucket a zone.

    Attributes
    ----------
    coefficient : array
        Plants' demand over the reference evaporation.
    field_capacity : array
        [m³/m³]
    root_depth_m, total_mm, ready_mm : array
        Depth of roots [m]; water that the roots can reach, and that they reach easily [mm].
    depletion_mm : array
        What is missing now. [mm]
    at : float
        Unix time of it. [s]
    """

    coefficient: Floats
    field_capacity: Floats
    root_depth_m: Floats
    total_mm: Floats
    ready_mm: Floats
    depletion_mm: Floats
    at: float

    @classmethod
    def of(cls, city: City, climate: Climate, at: float) -> Self:
        """Bring the zones of a city to their state at an instant."""
        zones = city.frame("hydrozones")
        reachable = (
            (zones["field_capacity"] - zones["wilting_point"]) * zones["root_depth_m"] * 1000
        )
        soil = cls(
            coefficient=zones["landscape_coefficient"].to_numpy(),
            field_capacity=zones["field_capacity"].to_numpy(),
            root_depth_m=zones["root_depth_m"].to_numpy(),
            total_mm=reachable.to_numpy(),
            ready_mm=(reachable * zones["depletion_fraction"]).to_numpy(),
            depletion_mm=np.zeros(len(zones)),
            at=at - _WARM_UP_DAYS * 86_400,
        )
        soil.advance(at, climate)
        return soil

    def advance(self, at: float, climate: Climate) -> None:
        """Let time pass, in steps of a day at most."""
        while self.at < at:
            until = min(at, self.at + 86_400)
            self._step(until, climate)

    def irrigate(self, zone: int, depth_mm: float) -> None:
        """Add water to one zone; what it cannot hold runs through. [mm]"""
        self.depletion_mm[zone] = max(0.0, self.depletion_mm[zone] - depth_mm)

    def moisture(self, zone: int) -> float:
        """Return the water content that a probe in the root zone reads. [% by volume]"""
        missing = self.depletion_mm[zone] / (1000 * self.root_depth_m[zone])
        return float(100 * (self.field_capacity[zone] - missing))

    def _step(self, until: float, climate: Climate) -> None:
        span = np.array([self.at * 1e6, until * 1e6]).astype("datetime64[us]")
        rain = climate.rain_between(span[0], span[1])
        demand = climate.evaporation_between(self.at, until) * self.coefficient
        wet = np.maximum(0.0, self.depletion_mm - rain)
        stress = np.clip(
            (self.total_mm - wet) / np.maximum(self.total_mm - self.ready_mm, 1e-9), 0, 1
        )
        self.depletion_mm = np.minimum(self.total_mm, wet + stress * demand)
        self.at = until
