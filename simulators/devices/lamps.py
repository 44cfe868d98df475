"""Lamp controllers (SLS VOLC2180): a meter frame every quarter of an hour, and when they switch."""

import numpy as np

from ingest.codecs import volc2180
from simulators.city.plan import Floats, Integers
from simulators.devices.fleet import SECOND, Fleet
from simulators.grid import Grid
from simulators.lamps import Lamps

_TOLD_WITHIN_S = 300.0


class LampControllers:
    """One controller a lamp.

    Parameters
    ----------
    fleet : Fleet
        Who they are.
    light : array of int
        Lamp that each one drives.
    lamps, grid : Lamps, Grid
        The town's.
    rng : Generator
        For what differs from lamp to lamp.
    """

    def __init__(
        self, fleet: Fleet, light: Integers, lamps: Lamps, grid: Grid, rng: np.random.Generator
    ) -> None:
        self.fleet = fleet
        self._light = light
        self._lamps = lamps
        self._grid = grid
        self._energy = rng.uniform(20.0, 900.0, len(light))
        self._counted = np.zeros(len(light))
        self._own_v = rng.normal(0.0, 1.4, len(light))
        self._told = np.full(len(light), -1.0)
        self._pause_s: Floats = rng.uniform(4.0, _TOLD_WITHIN_S, len(light))
        self._fed = np.ones(len(light), dtype=np.bool_)

    def speaks(self, device: int, at: int) -> bool:  # noqa: ARG002 - its power does not depend on the time
        """Whether the lamp's cabinet is fed."""
        return bool(self._fed[device])

    def payload(self, device: int, at: int) -> bytes:
        """Return a meter frame: level, power, index, power factor, current, voltage."""
        which, now = self._light[device : device + 1], at / SECOND
        levels = self._lamps.level(which, now)
        level, power = float(levels[0]), float(self._lamps.power(which, levels)[0])
        voltage = float(self._lamps.voltage(which)[0] + self._own_v[device])
        self._count(device, power, now)
        self._told[device] = level
        factor = 0.95 if power > 2 else 0.42
        return volc2180.encode_meter(
            dimming=level,
            power=power,
            energy=float(self._energy[device]),
            power_factor=factor,
            current=power / voltage / factor,
            voltage=voltage,
        )

    def obey(self, device: int, payload: bytes, at: int) -> int | None:
        """Dim or switch the lamp; it tells three seconds later."""
        order = volc2180.decode_command(payload)
        if order is None:
            return None
        level = order["dim"] if "dim" in order else 100.0 * order["switch"]
        self._lamps.ordered[self._light[device]] = level
        return at + 3 * SECOND

    def notice(self, at: int) -> list[int]:
        """Look at every lamp: those that switched tell within minutes; say which got power back."""
        level = self._lamps.level(self._light, at / SECOND)
        changed = np.flatnonzero((self._told >= 0) & (level != self._told) & self._fed)
        for device in changed:
            self.fleet.speak_at(int(device), at + int(self._pause_s[device] * SECOND))
        fed = self._grid.supplied[self._grid.light_cabinet[self._light]]
        back = np.flatnonzero(fed & ~self._fed)
        self._fed = fed
        return [int(device) for device in back]

    def forget_power(self) -> None:
        """Take the present supply as it is, without noticing that it changed."""
        self._fed = self._grid.supplied[self._grid.light_cabinet[self._light]]

    def _count(self, device: int, power: float, now: float) -> None:
        if self._counted[device]:
            self._energy[device] += power * (now - self._counted[device]) / 3.6e6
        self._counted[device] = now
