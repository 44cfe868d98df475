"""The climate of Bellerive: mild winters, 650 mm of rain, and a dry spell before the present.

Daily values are drawn once from a seed; what a station measures at an instant is derived from the
values of its day, so history and live telemetry tell the same story.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import numpy as np

from simulators import sun
from simulators.city.plan import Flags, Floats, rounded, stream
from simulators.sun import Instants

HISTORY_DAYS = 913
_AHEAD_DAYS = 430
_SPELL_NEED_MM = 17.0
_SOAKING_MM = np.array([19.0, 32.0, 24.0])
"""Rain of the three days before the spell, in summer; half of it in winter. [mm]"""
_SOLAR_CONSTANT = 0.0820  # MJ/m²/min, FAO-56


@dataclass(frozen=True, slots=True)
class Climate:
    """Daily weather, one row a local day.

    Attributes
    ----------
    first : date
        Day of the first row.
    latitude, longitude : float
        Of the station. [deg]
    t_min, t_max : array
        Air temperature. [°C]
    rh_min, rh_max : array
        Relative humidity. [%]
    wind : array
        Mean wind at 2 m. [m/s]
    radiation : array
        Global radiation. [MJ/m²/d]
    clearness : array
        Share of the possible sunshine.
    rain : array
        [mm]
    rain_hour : array
        Hour of the day round which it falls, UTC. [h]
    """

    first: date
    latitude: float
    longitude: float
    t_min: Floats
    t_max: Floats
    rh_min: Floats
    rh_max: Floats
    wind: Floats
    radiation: Floats
    clearness: Floats
    rain: Floats
    rain_hour: Floats

    @classmethod
    def draw(cls, seed: int, today: date, latitude: float, longitude: float) -> Self:
        """Draw two and a half years up to a day, and more than one after it."""
        rng = stream(seed, "climate")
        first = today - timedelta(days=HISTORY_DAYS)
        count = HISTORY_DAYS + _AHEAD_DAYS
        day_of_year = np.array(
            [(first + timedelta(days=k)).timetuple().tm_yday for k in range(count)]
        )
        season = np.cos(2 * np.pi * (day_of_year - 18) / 365.25)  # 1 in mid-January
        clearness = np.clip(0.43 - 0.15 * season + 0.19 * _persistent(rng, count, 0.55), 0.02, 0.95)
        rain = _rain(rng, count, season, clearness)
        extraterrestrial = _extraterrestrial(day_of_year, latitude)
        today_row = HISTORY_DAYS
        mean = 12.4 - 7.6 * season + 2.5 * _persistent(rng, count, 0.78)
        dry = _dry_spell(today_row, mean, (0.25 + 0.5 * clearness) * extraterrestrial)
        rain[dry] = 0.0
        clearness[dry] = np.maximum(clearness[dry], rng.uniform(0.35, 0.75, int(dry.sum())))
        soaked = np.flatnonzero(dry)[0] - np.arange(len(_SOAKING_MM), 0, -1)
        rain[soaked] = np.maximum(rain[soaked], _SOAKING_MM * (0.75 - 0.25 * season[soaked]))
        swing = (5.6 - 2.2 * season) * (0.55 + 0.95 * clearness)
        half = swing / 2 + 0.4 * np.abs(rng.normal(size=count))
        return cls(
            first=first,
            latitude=latitude,
            longitude=longitude,
            t_min=rounded(mean - half, 1),
            t_max=rounded(mean + half, 1),
            rh_min=rounded(
                np.clip(72 + 8 * season - 34 * clearness + rng.normal(0, 4, count), 22, 92)
            ),
            rh_max=rounded(np.clip(96 - 6 * clearness + rng.normal(0, 2, count), 80, 100)),
            wind=rounded(
                np.clip(2.3 + 0.5 * season + 0.8 * _persistent(rng, count, 0.5), 0.4, 9), 1
            ),
            radiation=rounded((0.25 + 0.5 * clearness) * extraterrestrial, 2),
            clearness=clearness,
            rain=rounded(rain, 1),
            rain_hour=rng.uniform(2.0, 20.0, count),
        )

    @property
    def t_mean(self) -> Floats:
        """Mean temperature of each day. [°C]"""
        return (self.t_min + self.t_max) / 2

    def row(self, instants: Instants) -> np.ndarray:
        """Row of the UTC day of each instant, kept inside the drawn years."""
        days = np.asarray(instants).astype("datetime64[D]") - np.datetime64(self.first)
        return np.clip(days.astype(np.int64), 0, len(self.rain) - 1)

    def temperature(self, instants: Instants) -> Floats:
        """Air temperature: coldest before sunrise, warmest in mid-afternoon. [°C]"""
        row = self.row(instants)
        phase = np.cos(2 * np.pi * (_hour(instants) - 14.5) / 24)
        return np.asarray(self.t_mean[row] + (self.t_max[row] - self.t_min[row]) / 2 * phase)

    def humidity(self, instants: Instants) -> Floats:
        """Relative humidity, against the temperature's swing. [%]"""
        row = self.row(instants)
        phase = np.cos(2 * np.pi * (_hour(instants) - 14.5) / 24)
        return np.asarray(
            (self.rh_max + self.rh_min)[row] / 2 - (self.rh_max - self.rh_min)[row] / 2 * phase
        )

    def global_radiation(self, instants: Instants) -> Floats:
        """Global radiation under the day's share of clouds. [W/m²]"""
        height = np.sin(np.radians(sun.elevation(instants, self.latitude, self.longitude)))
        clear = 1361.0 * np.maximum(0.0, height)
        return np.asarray((0.25 + 0.5 * self.clearness[self.row(instants)]) * clear)

    def rain_between(self, start: np.datetime64, end: np.datetime64) -> float:
        """Rain that falls between two instants of a day or two. [mm]"""
        edges = np.array([start, end])
        row = self.row(edges)
        fallen = self._fallen(edges, row)
        before = self.rain[row[0] : row[1]].sum()
        return float(max(0.0, before + fallen[1] - fallen[0]))

    def evaporation_between(self, start: float, end: float) -> float:
        """Return the reference evaporation between two Unix times. [mm]

        Hargreaves’ radiation form (1975): enough for a simulated soil, and not the law that
        Réverbère uses, so that the two can be compared.
        """
        middle = np.array([(start + end) / 2 * 1e6]).astype("datetime64[us]")
        row = int(self.row(middle)[0])
        return float(_evaporation(self.t_mean, self.radiation)[row]) * (end - start) / 86_400

    def _fallen(self, instants: Instants, row: np.ndarray) -> Floats:
        """Rain since the start of the day: a shower of six hours."""
        share = np.clip((_hour(instants) - self.rain_hour[row] + 3.0) / 6.0, 0, 1)
        last = np.clip((24.0 - self.rain_hour[row] + 3.0) / 6.0, 1e-9, 1)
        return np.asarray(self.rain[row] * np.minimum(share / last, 1.0))


def _persistent(rng: np.random.Generator, count: int, memory: float) -> Floats:
    """Noise of unit spread where each day remembers the last."""
    noise = rng.normal(size=count) * (1 - memory**2) ** 0.5
    series = np.empty(count)
    value = 0.0
    for k in range(count):
        value = memory * value + noise[k]
        series[k] = value
    return series


def _rain(rng: np.random.Generator, count: int, season: Floats, clearness: Floats) -> Floats:
    """Rain on four days in ten, rarer under a clear sky; about 650 mm a year."""
    chance = np.clip(0.36 + 0.10 * season + 0.75 * (0.45 - clearness), 0.02, 0.9)
    wet = rng.random(count) < chance
    return np.where(wet, rng.gamma(0.85, 6.1, count), 0.0)


def _extraterrestrial(day_of_year: np.ndarray, latitude: float) -> Floats:
    """Radiation above the atmosphere, FAO-56 equations 21 to 25. [MJ/m²/d]"""
    angle = 2 * np.pi * day_of_year / 365
    distance = 1 + 0.033 * np.cos(angle)
    declination = 0.409 * np.sin(angle - 1.39)
    phi = np.radians(latitude)
    sunset = np.arccos(np.clip(-np.tan(phi) * np.tan(declination), -1, 1))
    up = sunset * np.sin(phi) * np.sin(declination)
    across = np.cos(phi) * np.cos(declination) * np.sin(sunset)
    return np.asarray(24 * 60 / np.pi * _SOLAR_CONSTANT * distance * (up + across))


def _dry_spell(today: int, mean: Floats, radiation: Floats) -> Flags:
    """Days without rain up to the day after tomorrow: long enough to empty shallow soils only."""
    evaporation = _evaporation(mean, radiation)
    need, start = 0.0, today
    while need < _SPELL_NEED_MM and today - start < 50:
        start -= 1
        need += float(evaporation[start])
    dry = np.zeros(len(mean), dtype=np.bool_)
    dry[start : today + 3] = True
    return dry


def _evaporation(mean: Floats, radiation: Floats) -> Floats:
    """Return the reference evaporation of each day. [mm]"""
    return np.maximum(0.05, 0.0135 * (mean + 17.8) * radiation / 2.45)


def _hour(instants: Instants) -> Floats:
    instants = np.asarray(instants).astype("datetime64[us]")
    return np.asarray((instants - instants.astype("datetime64[D]")).astype(np.float64) / 3.6e9)
