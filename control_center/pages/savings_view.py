"""What the page of savings knows: the town, the actions, each meter, one street."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from control_center.pages.building_profiles import Profile, profiles
from control_center.pages.energy_band import Band
from twin.store.database import Database
from twin.store.savings import CityTotal, SavingsReader, facts_of
from twin.store.streets import StreetReader

YEAR = 365
NEARLY_A_YEAR = 350
"""From so many days on, a reporting period is called a year."""


@dataclass(frozen=True, slots=True)
class Row:
    """One cabinet or building with works.

    Attributes
    ----------
    saving : Band | None
        None where refused.
    planned : float | None
        Promised over the same days. [kWh]
    reasons : list of str
        Codes of a refusal, the first to mend first; empty otherwise.
    facts : dict
        As ``twin.store.savings.SAVINGS`` has them.
    """

    asset_id: int
    code: str
    name: str
    works: str
    works_code: str
    cost_eur: float | None
    planned: float | None
    adjusted: float | None
    saving: Band | None
    reporting_from: date | None
    reporting_to: date | None
    reasons: list[str]
    facts: Mapping[str, Any]

    @property
    def status(self) -> str:
        """``course``, ``clouds``, ``storm`` or ``unknown``: see ``status_of``."""
        return status_of(self.saving, self.planned)


@dataclass(frozen=True, slots=True)
class Action:
    """The same works, wherever they were done.

    Attributes
    ----------
    refusals : Counter
        Things of it without a figure, by first reason.
    """

    title: str
    kind: str
    things: int
    cost_eur: float | None
    planned: float | None
    adjusted: float
    saving: Band | None
    refusals: Counter[str]

    @property
    def status(self) -> str:
        """See ``status_of``."""
        return status_of(self.saving, self.planned)


@dataclass(frozen=True, slots=True)
class StreetShare:
    """One street's share of what its cabinets saved; ``refusal`` says why there is none."""

    slug: str
    name: str
    lights: int
    cabinets: list[str]
    adjusted: float
    saving: Band | None
    refusal: str


@dataclass(frozen=True, slots=True)
class SavingsView:
    """The page.

    Attributes
    ----------
    lighting, buildings : CityTotal
        Sums, as ``twin.store.savings`` gives them.
    planned : float | None
        Promised for the lights that have a figure, over the days measured. [kWh]
    full_year : bool
        Whether every figure covers a year.
    profiles : list of Profile
        Buildings without works.
    """

    lighting: CityTotal
    buildings: CityTotal
    planned: float | None
    full_year: bool
    actions: list[Action]
    cabinet_rows: list[Row]
    building_rows: list[Row]
    profiles: list[Profile]
    street: StreetShare | None

    @property
    def band(self) -> Band:
        """The town's saving on lighting, as wide as errors alike would make it."""
        low, high = self.lighting.conservative
        return Band(self.lighting.saving_kwh, low, high)


def savings_view(database: Database, slug: str | None = None) -> SavingsView:
    """Read the page.

    Parameters
    ----------
    slug : str, optional
        The street to show; by default the largest one that hangs on evaluated cabinets alone.

    Raises
    ------
    NotFound
        No street has that name in addresses.
    """
    reader = SavingsReader(database)
    found = reader.buildings()
    cabinets, buildings = _rows(reader.cabinets()), _rows(found)
    claimed = [row for row in cabinets if row.saving is not None]
    return SavingsView(
        lighting=reader.city_total("cabinet"),
        buildings=reader.city_total("building"),
        planned=_sum(row.planned for row in claimed),
        full_year=bool(claimed) and all(_days(row) >= NEARLY_A_YEAR for row in claimed),
        actions=[*_actions(cabinets, "cabinet"), *_actions(buildings, "building")],
        cabinet_rows=cabinets,
        building_rows=buildings,
        profiles=profiles(found),
        street=_street(StreetReader(database), claimed, slug),
    )


def status_of(saving: Band | None, planned: float | None) -> str:
    """Hold a measured range against a promise.

    Returns
    -------
    str
        ``course`` where the promise is reached or inside the range, ``clouds`` where less than a
        fifth is missing, ``storm`` beyond, ``unknown`` where either is.
    """
    if saving is None or planned is None or planned <= 0:
        return "unknown"
    if planned <= saving.high:
        return "course"
    return "clouds" if saving.value >= 0.8 * planned else "storm"


def _rows(frame: pl.DataFrame) -> list[Row]:
    """Return the things with works, the largest saving first, refusals last."""
    rows = [_row(row) for row in frame.iter_rows(named=True)]
    worked = [row for row in rows if "no_works" not in row.reasons]
    return sorted(worked, key=lambda row: (row.saving is None, -(row.adjusted or 0), row.code))


def _row(row: dict[str, Any]) -> Row:
    facts = facts_of(row)
    works = facts.get("works") or []
    claimed = row["saving_kwh"] is not None
    yearly = facts.get("planned_kwh")
    days = _span(row["reporting_from"], row["reporting_to"])
    return Row(
        asset_id=row["asset_id"],
        code=row["code"],
        name=row["name"],
        works=" + ".join(dict.fromkeys(each["title"] for each in works)),
        works_code=" + ".join(dict.fromkeys(each["code"] for each in works)),
        cost_eur=facts.get("cost_eur"),
        planned=None if yearly is None or not claimed else yearly * min(days, YEAR) / YEAR,
        adjusted=row["adjusted_kwh"],
        saving=Band(row["saving_kwh"], row["low_kwh"], row["high_kwh"]) if claimed else None,
        reporting_from=row["reporting_from"],
        reporting_to=row["reporting_to"],
        reasons=list(facts.get("reasons") or ([row["refusal"]] if row["refusal"] else [])),
        facts=facts,
    )


def _span(start: date | None, end: date | None) -> int:
    return 0 if start is None or end is None else (end - start).days + 1


def _days(row: Row) -> int:
    return _span(row.reporting_from, row.reporting_to)


def _actions(rows: list[Row], kind: str) -> list[Action]:
    """Put the same works together, the dearest first."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.works].append(row)
    actions = [_action(title, kind, group) for title, group in grouped.items()]
    return sorted(actions, key=lambda action: (-action.adjusted, action.title))


def _action(title: str, kind: str, rows: list[Row]) -> Action:
    claimed = [row for row in rows if row.saving is not None]
    bands = [row.saving for row in claimed if row.saving is not None]
    refused = Counter(row.reasons[0] for row in rows if row.saving is None and row.reasons)
    return Action(
        title=title,
        kind=kind,
        things=len(rows),
        cost_eur=_sum(row.cost_eur for row in rows),
        planned=_sum(row.planned for row in claimed),
        adjusted=sum(row.adjusted or 0.0 for row in claimed),
        saving=sum(bands[1:], bands[0]) if bands else None,
        refusals=refused,
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _street(reader: StreetReader, claimed: list[Row], slug: str | None) -> StreetShare | None:
    """Give a street its share of each of its cabinets, by the power of its lights."""
    by_cabinet = {row.asset_id: row for row in claimed}
    chosen = slug or (reader.most_lit_by(list(by_cabinet)) if by_cabinet else None)
    if chosen is None:
        return None
    street = reader.street(chosen)
    shares = reader.supply_shares(street.id).to_dicts()
    lights = sum(share["lights_here"] for share in shares)
    cabinets = [share["cabinet"] for share in shares if share["cabinet"]]
    adjusted, saving = 0.0, Band(0.0, 0.0, 0.0)
    for share in shares:
        row = by_cabinet.get(share["cabinet_id"])
        if row is None or row.saving is None or row.adjusted is None:
            return StreetShare(slug=chosen, name=street.name, lights=lights, cabinets=cabinets,
                               adjusted=0.0, saving=None, refusal="unmetered")  # fmt: skip
        part = _part(share)
        adjusted += row.adjusted * part
        saving += row.saving.times(part)
    refusal = "no_lights" if not lights else "zero" if saving.low <= 0 else ""
    return StreetShare(
        slug=chosen,
        name=street.name,
        lights=lights,
        cabinets=cabinets,
        adjusted=adjusted,
        saving=None if refusal else saving,
        refusal=refusal,
    )


def _part(share: Mapping[str, Any]) -> float:
    """Return a street's part of a cabinet: of its watts where known, else of its lights."""
    if share["watts"] and share["watts_here"] is not None:
        return float(share["watts_here"] / share["watts"])
    return float(share["lights_here"] / share["lights"])
