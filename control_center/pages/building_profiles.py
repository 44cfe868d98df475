"""Buildings on which nothing was done: what they use a day, and what the weather does to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from control_center.catalogue import Texts
from control_center.figures import Figures
from control_center.pages.energy_band import Band
from twin.store.savings import facts_of

NO_THERMOMETER = "no_outdoor_temperature"


@dataclass(frozen=True, slots=True)
class Slope:
    """What one degree costs on a day of work.

    Attributes
    ----------
    side : str
        ``heating`` below the balance temperature, ``cooling`` above it.
    kwh_day_k : float
        [kWh/day/K]
    balance_c : float
        [°C]
    """

    side: str
    kwh_day_k: float
    balance_c: float


@dataclass(frozen=True, slots=True)
class Profile:
    """One building without works.

    Attributes
    ----------
    work, rest : Band
        Mean use of a day of each kind; ``rest`` None where days of rest do not differ. [kWh/day]
    slopes : list of Slope, or None
        Empty where temperature makes no difference; None where it is not known.
    """

    code: str
    name: str
    measured_days: int
    work: Band
    rest: Band | None
    slopes: list[Slope] | None


def profiles(buildings: pl.DataFrame) -> list[Profile]:
    """Return the buildings without works whose meter could be fitted, the largest user first.

    Parameters
    ----------
    buildings : polars.DataFrame
        As ``SavingsReader.buildings`` returns them.
    """
    found = [
        _profile(row, facts)
        for row in buildings.filter(pl.col("refusal") == "no_works").iter_rows(named=True)
        if (facts := facts_of(row))["fit"].get("work_mean_kwh_day") is not None
    ]
    return sorted(found, key=lambda profile: (-profile.work.value, profile.code))


def weather_said(profile: Profile, texts: Texts) -> str:
    """Say in a few words what the weather does to a building's use."""
    if profile.slopes is None:
        return texts.plain("savings.weather.unknown")
    if not profile.slopes:
        return texts.plain("savings.weather.none")
    figures = Figures(texts)
    said = [
        texts.plain(
            f"savings.weather.{slope.side}",
            energy=figures.quantity(slope.kwh_day_k, "kWh", 0 if slope.kwh_day_k >= 10 else 1),
            balance=figures.quantity(slope.balance_c, "celsius", 0),
        )
        for slope in profile.slopes
    ]
    return texts.plain("savings.weather.and").join(said)


def _profile(row: Mapping[str, Any], facts: Mapping[str, Any]) -> Profile:
    fit = facts["fit"]
    sides = [(side, fit.get(f"work_{side}_balance_c")) for side in ("heating", "cooling")]
    return Profile(
        code=row["code"],
        name=row["name"],
        measured_days=fit["measured_days"],
        work=_level(fit, "work"),
        rest=_level(fit, "rest") if fit["split"] else None,
        slopes=None
        if NO_THERMOMETER in facts["reasons"]
        else [
            Slope(side, fit[f"work_{side}_kwh_day_k"], balance)
            for side, balance in sides
            if balance is not None
        ],
    )


def _level(fit: Mapping[str, Any], day: str) -> Band:
    mean, half = fit[f"{day}_mean_kwh_day"], fit[f"{day}_mean_half_width_kwh_day"]
    return Band(mean, mean - half, mean + half)
