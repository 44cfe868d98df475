"""Street lights: a mast every 27 m or so, on alternating sides; then what burns in each."""

from dataclasses import dataclass

import numpy as np

from simulators.city.lines import Lines, positions, share_out
from simulators.city.plan import Flags, Floats, Integers, TownPlan, rounded
from simulators.city.streets import Section

_ASIDE_M = {
    "boulevard": 8.5, "avenue": 7.0, "quay": 6.0, "bridge": 4.6,
    "grande_rue": 3.4, "rue_haute": 3.2, "faubourg": 4.8, "rue": 4.0,
    "allee": 3.7, "chemin": 4.4, "ruelle": 2.3, "path": 1.6,
}  # fmt: skip
_LED_W = {
    "boulevard": 63, "avenue": 55, "quay": 42, "bridge": 42,
    "grande_rue": 33, "rue_haute": 33, "faubourg": 38, "rue": 28,
    "allee": 24, "chemin": 30, "ruelle": 19, "path": 18,
}  # fmt: skip
_SODIUM_W = {
    "boulevard": 150, "avenue": 150, "quay": 100, "bridge": 100,
    "grande_rue": 100, "rue_haute": 100, "faubourg": 100, "rue": 70,
    "allee": 70, "chemin": 100, "ruelle": 70, "path": 70,
}  # fmt: skip
_DENSER = {
    "boulevard": 1.35,
    "avenue": 1.2,
    "bridge": 1.2,
    "ruelle": 0.8,
    "path": 0.7,
    "chemin": 0.8,
}
LED_GEAR, SODIUM_GEAR = 1.06, 1.165
"""Power at the mains over power at the lamp: driver, ballast (Limoges: 150 W draw 165 to 175 W)."""


@dataclass(frozen=True, slots=True)
class Lights:
    """Masts, in the order of their sections.

    Attributes
    ----------
    section : array of int
        Section that each stands on.
    uv : array, shape (n, 2)
        In plan coordinates.
    kind : list of str
        Kind of street.
    """

    section: Integers
    uv: Floats
    kind: list[str]

    def __len__(self) -> int:
        return len(self.section)


def place_lights(
    rng: np.random.Generator, plan: TownPlan, sections: list[Section], lines: Lines
) -> Lights:
    """Place exactly the planned number of lights along the lit sections."""
    lit = np.array([section.kind != "road" for section in sections])
    density = np.array([_DENSER.get(section.kind, 1.0) for section in sections])
    counts = share_out(lines.lengths * density * lit, plan.lights)
    section, distance, rank = positions(counts, lines.lengths)
    distance = distance + rng.normal(0, 0.6, len(section))  # a door, a tree, a manhole
    distance = np.clip(distance, 0.3, np.maximum(0.4, lines.lengths[section] - 0.3))
    aside = np.array([_ASIDE_M.get(s.kind, 4.0) for s in sections])[section]
    start = rng.integers(0, 2, len(sections))
    narrow = np.array([s.kind in ("ruelle", "path", "quay") for s in sections])[section]
    side = np.where(narrow, start[section], (rank + start[section]) % 2) * 2.0 - 1.0
    uv = lines.locate(section, distance, aside * side)
    return Lights(section, uv, [sections[k].kind for k in section])


@dataclass(frozen=True, slots=True)
class Lamps:
    """What burns at each mast.

    Attributes
    ----------
    led, controlled : array of bool
        Light-emitting diodes; has its own controller.
    lamp_w, mains_w : array
        At the lamp, at the mains. [W]
    installed : array of datetime64[D]
        Date of the luminaire.
    """

    led: Flags
    controlled: Flags
    lamp_w: Floats
    mains_w: Floats
    installed: np.ndarray

    @property
    def technology(self) -> list[str]:
        """The store's word for each lamp."""
        return ["led" if led else "sodium_high_pressure" for led in self.led]


def equip(
    rng: np.random.Generator, lights: Lights, led_cabinet: Flags, led_since: np.ndarray
) -> Lamps:
    """Give each light its lamp.

    Parameters
    ----------
    led_cabinet : array of bool, shape (lights,)
        Whether its cabinet's lights were renewed; one in 25 was left out even so.
    led_since : array of datetime64[D], shape (lights,)
        When; ignored where they were not.
    """
    count = len(lights)
    led = np.where(led_cabinet, rng.random(count) < 24 / 25, rng.random(count) < 0.06)
    led_w = np.array([_LED_W[kind] for kind in lights.kind], dtype=np.float64)
    sodium_w = np.array([_SODIUM_W[kind] for kind in lights.kind], dtype=np.float64)
    lamp = np.where(led, led_w, sodium_w)
    mains = rounded(np.where(led, led_w * LED_GEAR, sodium_w * SODIUM_GEAR), 1)
    old = np.datetime64("1994-03-01") + rng.integers(0, 5500, count)
    lone = np.datetime64("2016-01-11") + rng.integers(0, 2400, count)
    installed = np.where(led, np.where(led_cabinet, led_since, lone), old)
    return Lamps(led, led & led_cabinet, lamp, mains, installed)
