"""Bend the plan into a landscape: a meandering valley, streets that are never quite straight."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from pyproj import Transformer

from simulators.city.plan import Floats, TownPlan, rounded

CENTRE_LONGITUDE, CENTRE_LATITUDE = -0.8312, 47.2874  # an empty stretch of Anjou countryside
METRIC_SRID = 2154
_TURN = np.radians(19.0)  # the valley runs from the south-west to the north-east


@dataclass(frozen=True, slots=True)
class _Wave:
    """One sine of the field that bends the streets; rows of ``wave_numbers`` are (ku, kv)."""

    wave_numbers: Floats
    phases: Floats
    amplitudes: Floats  # (n, 2)

    def at(self, uv: Floats) -> Floats:
        return np.asarray(np.sin(uv @ self.wave_numbers.T + self.phases) @ self.amplitudes)


@dataclass(frozen=True, slots=True)
class Warp:
    """From plan coordinates to the ground.

    The river's meander moves and turns its surroundings as a whole, so that quays follow the water
    and cross streets stay square to it; both fade with the distance. Two fields of long and short
    waves bend the streets of the town and, more finely, of its old centre.
    """

    meander: Floats  # (n, 3): amplitude [m], wave number [1/m], phase
    reach: float
    long_waves: _Wave
    short_waves: _Wave
    old_town: tuple[float, float, float]  # u, v, radius
    quay: float
    origin: tuple[float, float]  # EPSG:2154

    @classmethod
    def draw(cls, rng: np.random.Generator, plan: TownPlan) -> Self:
        """Draw a landscape."""
        s = plan.scale
        lengths = np.array([2700.0, 1250.0]) * s
        phases = np.array([0.55, 2.1]) + rng.normal(0, 0.12, 2)
        meander = np.column_stack([np.array([132.0, 20.0]) * s, 2 * np.pi / lengths, phases])
        old_radius = plan.rings[0] if plan.rings else 0.4 * plan.radius
        east, north = _to_metric().transform(CENTRE_LONGITUDE, CENTRE_LATITUDE)
        return cls(
            meander=meander,
            reach=1000.0 * s,
            long_waves=_draw_waves(rng, 6, (900 * s, 1700 * s), 12.5 * s),
            short_waves=_draw_waves(rng, 6, (95.0, 190.0), 3.2 * min(1.0, 2 * s)),
            old_town=(plan.bridge_u, plan.quay + 0.42 * old_radius, old_radius),
            quay=plan.quay,
            origin=(round(east), round(north)),
        )

    def metric(self, uv: Floats) -> Floats:
        """Return where points of the plan stand; shapes (n, 2). [m, EPSG:2154]"""
        uv = np.asarray(uv, dtype=np.float64).reshape(-1, 2)
        u, v = uv[:, 0], uv[:, 1]
        amplitude, number, phase = self.meander.T
        angles = np.outer(u, number) + phase
        offset = np.sin(angles) @ amplitude
        turn = np.arctan(np.cos(angles) @ (amplitude * number))
        near = np.exp(-((v / self.reach) ** 2))
        carried = np.exp(-((v / (1.6 * self.reach)) ** 2))
        x = u - v * np.sin(turn) * near
        y = v * (1 - (1 - np.cos(turn)) * near) + offset * carried
        bent = np.column_stack([x, y]) + self.long_waves.at(uv)
        bent += self.short_waves.at(uv) * self._oldness(uv)[:, None]
        cos, sin = np.cos(_TURN), np.sin(_TURN)
        return np.asarray(bent @ np.array([[cos, sin], [-sin, cos]]) + self.origin)

    def wgs84(self, uv: Floats) -> Floats:
        """Return longitude and latitude of points of the plan; shapes (n, 2). [deg]"""
        metric = self.metric(uv)
        longitude, latitude = _to_wgs84().transform(metric[:, 0], metric[:, 1])
        # 1e-7 deg is a centimetre: the rest would only be noise in the files
        return np.column_stack([rounded(longitude, 7), rounded(latitude, 7)])

    def _oldness(self, uv: Floats) -> Floats:
        u, v, radius = self.old_town
        distance = np.hypot(uv[:, 0] - u, uv[:, 1] - v)
        dry = np.clip((uv[:, 1] - self.quay) / 60, 0, 1)  # the water keeps its smooth banks
        return np.asarray(dry * np.exp(-((distance / (1.05 * radius)) ** 6)))


def _draw_waves(
    rng: np.random.Generator, count: int, lengths: tuple[float, float], size: float
) -> _Wave:
    length = rng.uniform(*lengths, count)
    heading = np.pi * (np.arange(count) + rng.uniform(0, 1, count)) / count
    direction = np.column_stack([np.cos(heading), np.sin(heading)])
    across = np.column_stack([-direction[:, 1], direction[:, 0]])  # shear: areas stay as they are
    amplitudes = across * rng.uniform(0.6, 1.2, count)[:, None] * size
    return _Wave(direction * (2 * np.pi / length)[:, None], rng.uniform(0, 7, count), amplitudes)


def _to_metric() -> Transformer:
    return Transformer.from_crs(4326, METRIC_SRID, always_xy=True)


def _to_wgs84() -> Transformer:
    return Transformer.from_crs(METRIC_SRID, 4326, always_xy=True)
