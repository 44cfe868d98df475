"""Energy of lighting cabinets: connected power times the sun's night, before and after works."""

from dataclasses import dataclass

import numpy as np

from simulators.city.history.calendar import DIM_PERCENT, Calendar
from simulators.city.history.series import Works, persistent, progress, with_holes
from simulators.city.plan import Flags, Floats, Integers

DIMMED_POWER = DIM_PERCENT / 100 * (1 + 0.12 * (1 - DIM_PERCENT / 100))
"""Power of an LED driver at the dimmed level, relative: not proportional to the light."""
_RATED_HOURS = 4100.0
_NOISE, _MEMORY = 0.012, 0.65


@dataclass(frozen=True, slots=True)
class CabinetLoad:
    """What hangs on each cabinet.

    Attributes
    ----------
    lights : array of int
        How many.
    before_kw, after_kw : array
        All its lights at full power, before its renewal and today. [kW]
    dims, off : array of bool
        Whether it dims, and whether it switches off, in the middle of the night; today.
    """

    lights: Integers
    before_kw: Floats
    after_kw: Floats
    dims: Flags
    off: Flags

    @property
    def parasitic_kw(self) -> Floats:
        """Drawn day and night by controllers, meter and contactor. [kW]"""
        return np.asarray(0.006 + 0.0009 * self.lights, dtype=np.float64)


def plan_works(rng: np.random.Generator, led: Flags, load: CabinetLoad, days: int) -> list[Works]:
    """Choose which cabinets were renewed within the history, and when.

    Most works leave more than a year before them and most of a year after; the last few are too
    recent for anything to be claimed.
    """
    candidates = rng.permutation(np.flatnonzero(led & ~load.off))
    renewed = candidates[: max(1, round(0.42 * len(candidates)))]
    works: list[Works] = []
    for rank, cabinet in enumerate(renewed):
        recent = rank >= len(renewed) - max(1, len(renewed) // 16)
        first = days - 32 if recent else int(rng.integers(430, 590))
        span = int(rng.integers(4, 18))
        works.append(_led(rng, int(cabinet), first, first + span, load))
        if load.dims[cabinet]:
            works.append(_dimming(rng, int(cabinet), first, first + span, load))
    for cabinet in candidates[len(renewed) :]:
        if load.dims[cabinet] and rng.random() < 0.45:
            first = int(rng.integers(430, 560))
            works.append(_dimming(rng, int(cabinet), first, first + 1, load))
    return works


def _led(rng: np.random.Generator, cabinet: int, first: int, last: int, load: CabinetLoad) -> Works:
    saved = (load.before_kw[cabinet] - load.after_kw[cabinet]) * _RATED_HOURS
    return Works(
        cabinet, "led", "Passage aux diodes électroluminescentes", first, last,
        planned_kwh=round(float(saved * rng.uniform(0.92, 1.12)), -1),
        cost_eur=round(float(load.lights[cabinet] * rng.uniform(610, 890)), -2),
    )  # fmt: skip


def _dimming(
    rng: np.random.Generator, cabinet: int, first: int, last: int, load: CabinetLoad
) -> Works:
    saved = load.after_kw[cabinet] * (1 - DIMMED_POWER) * 6.0 * 365
    return Works(
        cabinet, "dimming", "Abaissement de 23 h à 5 h", first, last,
        planned_kwh=round(float(saved * rng.uniform(0.9, 1.15)), -1),
        cost_eur=round(float(load.lights[cabinet] * rng.uniform(8, 20)), -1),
    )  # fmt: skip


def cabinet_energy(
    rng: np.random.Generator, when: Calendar, load: CabinetLoad, works: list[Works]
) -> Floats:
    """Daily energy of every cabinet; shape (days, cabinets), NaN where nothing was read. [kWh]"""
    days, cabinets = len(when.days), len(load.lights)
    renewed = progress(days, cabinets, [w for w in works if w.code == "led"])
    dimming = progress(days, cabinets, [w for w in works if w.code == "dimming"]) * load.dims
    power = load.before_kw * (1 - renewed) + load.after_kw * renewed
    lit = when.night_h[:, None] - when.off_h[:, None] * load.off
    dimmed = when.dim_h[:, None] - when.off_h[:, None] * load.off
    hours = lit - dimming * (1 - DIMMED_POWER) * dimmed
    energy = power * hours + 24 * load.parasitic_kw
    energy *= 1 + _NOISE * persistent(rng, days, cabinets, _MEMORY)
    return np.round(with_holes(rng, energy, _gaps(rng, works)), 3)


def _gaps(rng: np.random.Generator, works: list[Works]) -> list[tuple[int, int, int]]:
    """Choose a few renewed cabinets whose meter was dead for most of the year before."""
    led = [work for work in works if work.code == "led"]
    chosen = rng.permutation(len(led))[: max(1, len(led) // 12)]
    return [(led[k].subject, led[k].first - 320, int(rng.integers(150, 230))) for k in chosen]
