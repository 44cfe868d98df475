"""Three-phase meters (EMU Professional II) of cabinets and of public buildings."""

import numpy as np

from ingest.codecs import emu_professional
from simulators.city.plan import Floats
from simulators.devices.fleet import SECOND, Fleet
from simulators.grid import Grid
from simulators.lamps import NOMINAL_V, Lamps

_LAST_GASP_S = 1.6
_BASE_W = 9.0


class CabinetMeters:
    """One meter a cabinet, before its contactor: it lives day and night.

    When the supply goes, a small battery carries one last telegram that says so; then it is silent.
    """

    def __init__(self, fleet: Fleet, lamps: Lamps, grid: Grid, rng: np.random.Generator) -> None:
        self.fleet = fleet
        self._grid = grid
        self._lamps = lamps
        count = len(grid.cabinets)
        self._lights = [np.flatnonzero(grid.light_cabinet == k) for k in range(count)]
        self._weak_v = self._weak_phases()
        self._energy = rng.uniform(9_000.0, 80_000.0, count)
        self._counted = np.zeros(count)
        self._rng = rng
        self._fed = np.ones(count, dtype=np.bool_)
        self._gasping = np.zeros(count, dtype=np.bool_)

    def speaks(self, device: int, at: int) -> bool:  # noqa: ARG002 - its power does not depend on the time
        """Whether it is fed, or has its last word still to say."""
        return bool(self._fed[device] or self._gasping[device])

    def payload(self, device: int, at: int) -> bytes:
        """Return a telegram of the three phases; the last one only says that the power failed."""
        second = at // SECOND
        if self._gasping[device]:
            self._gasping[device] = False
            return emu_professional.encode_telegram(
                second,
                active_import=float(self._energy[device]),
                power=[0, 0, 0, 0],
                current=[0, 0, 0, 0],
                voltage=[0, 0, 0],
                supply_present=False,
            )
        power = self._power(device, at / SECOND)
        self._count(device, float(power.sum()), at / SECOND)
        return _telegram(second, float(self._energy[device]), power, self._voltage(device, power))

    def obey(self, device: int, payload: bytes, at: int) -> int | None:  # noqa: ARG002 - a meter takes no orders
        """Know no order."""
        return None

    def notice(self, at: int) -> list[int]:
        """Look at every cabinet: one that lost its supply gasps; say which got it back."""
        fed = self._grid.supplied
        for cabinet in np.flatnonzero(self._fed & ~fed):
            self._gasping[cabinet] = True
            pause = _LAST_GASP_S + float(self._rng.uniform(0, 2.5))
            self.fleet.speak_at(int(cabinet), at + int(pause * SECOND))
        back = np.flatnonzero(fed & ~self._fed)
        self._fed = fed
        return [int(cabinet) for cabinet in back]

    def forget_power(self) -> None:
        """Take the present supply as it is, without noticing that it changed."""
        self._fed = self._grid.supplied

    def _power(self, cabinet: int, now: float) -> Floats:
        """Power of the three phases. [W]"""
        lights = self._lights[cabinet]
        drawn = self._lamps.power(lights, self._lamps.level(lights, now))
        by_phase = np.bincount(self._lamps.phase[lights] - 1, drawn, minlength=3)[:3]
        return np.asarray(by_phase + _BASE_W / 3)

    def _voltage(self, cabinet: int, power: Floats) -> Floats:
        usual = NOMINAL_V + self._rng.normal(0, 0.7, 3) - 0.0006 * power
        return np.where(self._weak_v[cabinet] > 0, self._weak_v[cabinet] + usual - NOMINAL_V, usual)

    def _weak_phases(self) -> Floats:
        """Voltage of the phases that are not as they should be, else 0; shape (cabinets, 3). [V]"""
        weak = np.zeros((len(self._lights), 3))
        lamps = np.flatnonzero(self._lamps.weak_v > 0)
        weak[self._lamps.cabinet[lamps], self._lamps.phase[lamps] - 1] = self._lamps.weak_v[lamps]
        return weak

    def _count(self, cabinet: int, watts: float, now: float) -> None:
        if self._counted[cabinet]:
            self._energy[cabinet] += watts * (now - self._counted[cabinet]) / 3.6e6
        self._counted[cabinet] = now


class BuildingMeters:
    """One meter a followed building; its load follows the hours of use and the cold."""

    def __init__(self, fleet: Fleet, daily_kwh: Floats, rng: np.random.Generator) -> None:
        self.fleet = fleet
        self._watts = daily_kwh * 1000 / 24
        self._energy = rng.uniform(50_000.0, 900_000.0, len(fleet))
        self._counted = np.zeros(len(fleet))
        self._share = rng.dirichlet([40, 40, 40], len(fleet))
        self._rng = rng

    def speaks(self, device: int, at: int) -> bool:  # noqa: ARG002 - it is always fed
        """Whether it is fed: public buildings have their own supply."""
        return True

    def payload(self, device: int, at: int) -> bytes:
        """Return a telegram of the three phases."""
        now = at / SECOND
        hour = _local_hour(at)
        use = 0.55 + 0.9 * np.exp(-(((hour - 13.0) / 5.0) ** 2))
        watts = float(self._watts[device] * use * self._rng.lognormal(0, 0.06))
        if self._counted[device]:
            self._energy[device] += watts * (now - self._counted[device]) / 3.6e6
        self._counted[device] = now
        power = watts * self._share[device]
        voltage = NOMINAL_V + self._rng.normal(0, 0.8, 3)
        return _telegram(at // SECOND, float(self._energy[device]), power, voltage)

    def obey(self, device: int, payload: bytes, at: int) -> int | None:  # noqa: ARG002 - a meter takes no orders
        """Know no order."""
        return None


def _telegram(second: int, energy: float, power: Floats, voltage: Floats) -> bytes:
    factor = np.where(power > 30, 0.94, 0.55)
    current = power / voltage / factor
    return emu_professional.encode_telegram(
        second,
        active_import=energy,
        power=[float(power.sum()), *map(float, power)],
        current=[float(current.sum()), *map(float, current)],
        voltage=list(map(float, voltage)),
        power_factor=list(map(float, factor)),
        frequency=50.0,
        supply_present=True,
    )


def _local_hour(at: int) -> float:
    """Return the hour of the day in the town, near enough for a load curve."""
    return (at / 3600 / SECOND + 1.5) % 24
