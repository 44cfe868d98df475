"""Energy of public buildings: what they use in any weather, and what heating adds in the cold."""

from dataclasses import dataclass

import numpy as np

from simulators.city.history.calendar import Calendar
from simulators.city.history.series import Works, persistent, progress, with_holes
from simulators.city.plan import Floats
from simulators.weather import Climate

# use: base [Wh/m²/d], heating [Wh/m²/d/K], share of the base on a closed day, closed weekdays
_PROFILES = {
    "town_hall": (95, 14.0, 0.45, (5, 6)),
    "school": (62, 13.0, 0.35, (5, 6)),
    "library": (80, 12.0, 0.6, (0, 6)),
    "gymnasium": (74, 9.0, 0.8, (6,)),
    "swimming_pool": (620, 21.0, 0.85, (0,)),
    "nursery": (90, 15.0, 0.4, (5, 6)),
    "theatre": (70, 10.0, 0.6, (0,)),
    "workshop": (48, 7.0, 0.4, (5, 6)),
    "community_hall": (66, 12.0, 0.6, (6,)),
    "museum": (84, 11.0, 0.7, (1,)),
}
_WORKS = (
    ("insulation", "Isolation des combles et des façades", 0.0, 0.27, 145.0),
    ("regulation", "Régulation du chauffage pièce par pièce", 0.0, 0.18, 28.0),
    ("relamping", "Éclairage intérieur à diodes", 0.21, 0.0, 19.0),
)
_NOISE, _MEMORY = 0.045, 0.45


@dataclass(frozen=True, slots=True)
class BuildingLoad:
    """What each followed building draws.

    Attributes
    ----------
    use : list of str
        What it is.
    floor_m2 : array
        Heated floor. [m²]
    balance_c : array
        Outside temperature under which it is heated. [°C]
    """

    use: list[str]
    floor_m2: Floats
    balance_c: Floats

    def base_kwh(self) -> Floats:
        """On an open day in mild weather. [kWh/d]"""
        return np.array([_profile(use)[0] for use in self.use]) * self.floor_m2 / 1000

    def heating_kwh_k(self) -> Floats:
        """For each kelvin under the balance temperature. [kWh/d/K]"""
        return np.array([_profile(use)[1] for use in self.use]) * self.floor_m2 / 1000

    def opening(self, weekdays: np.ndarray) -> Floats:
        """Share of the base that is used on each day; shape (days, buildings)."""
        columns = []
        for use in self.use:
            _, _, share, closed = _profile(use)
            columns.append(np.where(np.isin(weekdays, closed), share, 1.0))
        return np.column_stack(columns)


def _profile(use: str) -> tuple[float, float, float, tuple[int, ...]]:
    return _PROFILES.get(use, _PROFILES["community_hall"])


def plan_building_works(rng: np.random.Generator, load: BuildingLoad, days: int) -> list[Works]:
    """Works on about half of the buildings, the last of them too recent to judge."""
    chosen = rng.permutation(len(load.use))[: max(1, len(load.use) // 2)]
    works = []
    for rank, building in enumerate(chosen):
        code, title, base, heating, price = _WORKS[rank % len(_WORKS)]
        first = days - 45 if rank == 6 else int(rng.integers(420, 545))
        year = load.base_kwh()[building] * 300 * base
        year += load.heating_kwh_k()[building] * 1900 * heating
        works.append(
            Works(
                int(building), code, title, first, first + int(rng.integers(12, 40)),
                planned_kwh=round(float(year * rng.uniform(0.95, 1.3)), -2),
                cost_eur=round(float(load.floor_m2[building] * price * rng.uniform(0.8, 1.2)), -3),
            )
        )  # fmt: skip
    return works


def building_energy(
    rng: np.random.Generator,
    when: Calendar,
    climate: Climate,
    load: BuildingLoad,
    works: list[Works],
) -> Floats:
    """Daily energy of every followed building; shape (days, buildings), NaN where lost. [kWh]"""
    days, buildings = len(when.days), len(load.use)
    base = np.ones((days, buildings))
    heating = np.ones((days, buildings))
    for code, _, less_base, less_heating, _ in _WORKS:
        done = progress(days, buildings, [w for w in works if w.code == code])
        with_works = np.isin(np.arange(buildings), [w.subject for w in works if w.code == code])
        base -= less_base * done * with_works
        heating -= less_heating * done * with_works
    weekdays = np.array([day.weekday() for day in when.days])
    cold = np.maximum(0.0, load.balance_c - climate.t_mean[:days, None])
    opening = load.opening(weekdays)
    energy = load.base_kwh() * base * opening
    energy = energy + load.heating_kwh_k() * heating * cold * (0.4 + 0.6 * opening)
    energy *= 1 + _NOISE * persistent(rng, days, buildings, _MEMORY)
    return np.round(with_holes(rng, energy, _gaps(works)), 2)


def _gaps(works: list[Works]) -> list[tuple[int, int, int]]:
    """One meter was replaced half a year late: its works cannot be judged."""
    return [(works[3].subject, works[3].first - 300, 190)] if len(works) > 3 else []
