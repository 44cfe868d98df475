"""Lamps: lit by the sun and the town's habits, dimmed at night, burnt, or short of volts."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any, Self
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from simulators import sun
from simulators.city.model import City
from simulators.city.plan import Flags, Floats, Integers
from simulators.grid import Grid

STANDBY_W = 0.6
"""Drawn by a controller whose lamp is off. [W]"""
NOMINAL_V = 231.5
_LATE_S = 240.0
"""Lamps do not switch in the same second: each has its own delay up to this. [s]"""


@dataclass(slots=True)
class Lamps:
    """The state of all lamps, as a function of time.

    Attributes
    ----------
    mains_w, standby_w : array
        Power at full light, and of the controller alone where there is one. [W]
    cabinet, phase : array of int
        What feeds each.
    dims, off : array of bool
        Whether the lamp dims, or goes out, in its cabinet's hours.
    dim_percent : array
        Light while dimmed. [%]
    burnt : array of bool
        Gives no light although it is fed.
    weak_v : array
        Voltage where it is not the usual one, else 0. [V]
    delay_s : array
        Own delay of switching. [s]
    ordered : array
        Level ordered by a person, NaN without; holds until the next dawn. [%]
    """

    mains_w: Floats
    standby_w: Floats
    cabinet: Integers
    phase: Integers
    dims: Flags
    off: Flags
    dim_percent: Floats
    dim_hours: tuple[time, time]
    off_hours: tuple[time, time]
    burnt: Flags
    weak_v: Floats
    delay_s: Floats
    ordered: Floats
    latitude: float
    longitude: float
    zone: ZoneInfo
    _night_of: int = -1
    _nights: Floats = field(default_factory=lambda: np.zeros((2, 2)))

    @classmethod
    def of(cls, city: City, grid: Grid, rng: np.random.Generator) -> Self:
        """Read a city's lamps, with the faults of its truth."""
        lights, cabinets, faults = (
            city.frame("streetlights"),
            city.frame("cabinets"),
            city.truth["faults"],
        )
        of_light = grid.light_cabinet
        led = (lights["technology"] == "led").to_numpy()
        low = faults["low_voltage"]
        weak = (of_light == grid.cabinets.index(low["cabinet"])) & (
            grid.light_phase == low["phase"]
        )
        count = len(lights)
        return cls(
            mains_w=lights["mains_w"].to_numpy(),
            standby_w=np.where(led, STANDBY_W, 0.0),
            cabinet=of_light,
            phase=grid.light_phase,
            dims=cabinets["dim_from"].is_not_null().to_numpy()[of_light] & led,
            off=cabinets["off_from"].is_not_null().to_numpy()[of_light],
            dim_percent=cabinets["dim_percent"].fill_null(100).to_numpy()[of_light].astype(float),
            dim_hours=_hours(cabinets, "dim"),
            off_hours=_hours(cabinets, "off"),
            burnt=lights["code"].is_in(faults["burnt_lamps"]).to_numpy().copy(),
            weak_v=np.where(weak, float(low["voltage"]), 0.0),
            delay_s=rng.uniform(0.0, _LATE_S, count),
            ordered=np.full(count, np.nan),
            latitude=city.territory["latitude"],
            longitude=city.territory["longitude"],
            zone=ZoneInfo(city.territory["timezone"]),
        )

    def level(self, which: Integers, at: float) -> Floats:
        """Return how much light each lamp is told to give. [%]

        Parameters
        ----------
        which : array of int
            Lamps.
        at : float
            Unix time. [s]
        """
        night = self._is_night(at - self.delay_s[which])
        local = datetime.fromtimestamp(at, UTC).astimezone(self.zone).time()
        level = np.full(len(which), 100.0)
        if _within(local, self.dim_hours):
            level = np.where(self.dims[which], self.dim_percent[which], level)
        if _within(local, self.off_hours):
            level = np.where(self.off[which], 0.0, level)
        ordered = self.ordered[which]
        level = np.where(np.isnan(ordered), level, ordered)
        return np.where(night, level, 0.0)

    def power(self, which: Integers, level: Floats) -> Floats:
        """Return what each lamp draws at a level while its cabinet is fed. [W]

        Parameters
        ----------
        level : array
            As ``level`` returns it. [%]
        """
        share = level / 100
        relative = share * (1 + 0.12 * (1 - share))
        relative = np.where(self.weak_v[which] > 0, 0.66 * relative, relative)
        standby = self.standby_w[which]
        drawn = np.maximum(standby, self.mains_w[which] * relative)
        return np.where(self.burnt[which], standby, drawn)

    def voltage(self, which: Integers) -> Floats:
        """Return the usual voltage at each lamp. [V]"""
        return np.where(self.weak_v[which] > 0, self.weak_v[which] - 0.6, NOMINAL_V)

    def forget_orders(self, at: float) -> None:
        """Drop the orders of the night once it is day."""
        if not np.isnan(self.ordered).all() and not self._is_night(np.array([at]))[0]:
            self.ordered[:] = np.nan

    def _is_night(self, at: Floats) -> Flags:
        """Whether the sun is low; the switching times of three days are kept at hand."""
        day = int(at[0] // 86_400) if len(at) else 0
        if day != self._night_of:
            days = np.array([day - 1, day, day + 1], dtype="datetime64[D]")
            dawn, dusk = sun.crossings(days, self.latitude, self.longitude)
            self._nights = np.column_stack([dusk[:-1], dawn[1:]]).astype(np.int64) / 1e6
            self._night_of = day
        first, second = self._nights
        earlier = (at >= first[0]) & (at < first[1])
        return np.asarray(earlier | ((at >= second[0]) & (at < second[1])))


def _hours(cabinets: pl.DataFrame, what: str) -> tuple[time, time]:
    """Read the hours of a habit; the town has one of each, an empty span where it has none."""
    row: dict[str, Any] | None = next(
        iter(cabinets.filter(pl.col(f"{what}_from").is_not_null()).head(1).to_dicts()), None
    )
    if row is None:
        return time(0), time(0)
    return time.fromisoformat(row[f"{what}_from"]), time.fromisoformat(row[f"{what}_to"])


def _within(local: time, hours: tuple[time, time]) -> bool:
    start, end = hours
    if start <= end:
        return start <= local < end
    return local >= start or local < end
