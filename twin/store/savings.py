"""Savings in the store: what they are computed from, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import orjson
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.evaluation.portfolio import total
from twin.evaluation.settings import EvaluationSettings
from twin.evaluation.sufficiency import Reason
from twin.store.copying import stage
from twin.store.database import Database
from twin.store.frames import read_frame
from twin.store.sql import statement

_INSTANT: Final = pl.Datetime("us", "UTC")

SUBJECTS: Final = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "kind": pl.String(),
        "code": pl.String(),
        "name": pl.String(),
        "longitude": pl.Float64(),
        "latitude": pl.Float64(),
        "lights": pl.Int32(),
        "works_from": pl.Date(),
        "works_to": pl.Date(),
        "works": pl.String(),
        "planned_kwh": pl.Float64(),
        "cost_eur": pl.Float64(),
    }
)
"""What ``subjects`` returns: ``works`` is a JSON list of the actions, null without any."""

DAILY_ENERGY: Final = pl.Schema({"asset_id": pl.Int64(), "day": pl.Date(), "kwh": pl.Float64()})
TEMPERATURE: Final = pl.Schema({"day": pl.Date(), "t_mean_c": pl.Float64()})
HOURS: Final = pl.Schema({"meter": pl.Int64(), "hour": _INSTANT, "kwh": pl.Float64()})
INDICES: Final = pl.Schema({"asset_id": pl.Int64(), "midnight": _INSTANT, "kwh": pl.Float64()})

FOUND: Final = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "method": pl.String(),
        "baseline_from": pl.Date(),
        "baseline_to": pl.Date(),
        "reporting_from": pl.Date(),
        "reporting_to": pl.Date(),
        "level": pl.Float64(),
        "adjusted_kwh": pl.Float64(),
        "measured_kwh": pl.Float64(),
        "saving_kwh": pl.Float64(),
        "low_kwh": pl.Float64(),
        "high_kwh": pl.Float64(),
        "refusal": pl.String(),
        "facts": pl.String(),
    }
)
"""What ``write`` takes: figures null where refused, ``facts`` a JSON object."""

_SQL_TYPES: Final[dict[pl.DataType, str]] = {
    pl.Int64(): "bigint",
    pl.String(): "text",
    pl.Date(): "date",
    pl.Float64(): "float8",
}

SAVINGS: Final = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "code": pl.String(),
        "name": pl.String(),
        "use": pl.String(),
        "method": pl.String(),
        "computed_at": _INSTANT,
        "baseline_from": pl.Date(),
        "baseline_to": pl.Date(),
        "reporting_from": pl.Date(),
        "reporting_to": pl.Date(),
        "level": pl.Float64(),
        "adjusted_kwh": pl.Float64(),
        "measured_kwh": pl.Float64(),
        "saving_kwh": pl.Float64(),
        "low_kwh": pl.Float64(),
        "high_kwh": pl.Float64(),
        "refusal": pl.String(),
        "facts": pl.String(),
    }
)
"""What ``cabinets`` and ``buildings`` return.

``refusal`` is the first reason code, empty where a saving stands; the figures are then null.
``facts`` is a JSON object: ``reasons`` (every code), ``works`` (list of code, title, from, to,
planned_kwh, cost_eur), ``planned_kwh``, ``cost_eur``, ``lights``, ``parts`` (the saving by cause,
cabinets only, [kWh]), ``baseline_needed`` and ``missing_allowed`` [days], and ``fit``: counts of
days and the model, see the frames of ``twin.lighting.savings`` and ``twin.buildings.savings``.
"""


@dataclass(frozen=True, slots=True)
class CityTotal:
    """The saving of a town's cabinets, or of its buildings, over their own reporting periods.

    Attributes
    ----------
    meters, refused, without_works : int
        Things with a figure; with works and no figure; on which nothing was done.
    lights, lights_metered, lights_evaluated : int
        Lights of the town; those tied to a meter that is read; those of them with a figure. 0 for
        buildings.
    metered_share : float or None
        The second over the first; None for buildings, or without lights.
    adjusted_kwh, measured_kwh, saving_kwh : float
        [kWh]
    independent : tuple of float
        Interval if meters erred each for itself. [kWh]
    conservative : tuple of float
        Interval if all erred alike; the truth lies between the two. [kWh]
    parts : dict of str to float
        The saving by cause, without residue: ``power``, ``profile``; empty for buildings. [kWh]
    planned_kwh : float or None
        Promised a year by the works on the things that have a figure; None: not known.
    level : float or None
        Confidence of the intervals.
    reporting_from, reporting_to, computed_at
        Widest period of the figures, and when they were last found; None without any.
    refusal : str
        ``metered_share`` where too few lights are tied to a meter for a figure of the town;
        ``no_figure`` where nothing could be evaluated; otherwise empty.
    """

    meters: int
    refused: int
    without_works: int
    lights: int
    lights_metered: int
    lights_evaluated: int
    metered_share: float | None
    adjusted_kwh: float
    measured_kwh: float
    saving_kwh: float
    independent: tuple[float, float]
    conservative: tuple[float, float]
    parts: dict[str, float]
    planned_kwh: float | None
    level: float | None
    reporting_from: date | None
    reporting_to: date | None
    computed_at: datetime | None
    refusal: str


class SavingsReader:
    """What was found, for pages and the API.

    Parameters
    ----------
    database : Database
    settings : EvaluationSettings, optional
        For the least share of lights on a meter.
    """

    def __init__(self, database: Database, settings: EvaluationSettings | None = None) -> None:
        self._database = database
        self._least_share = (settings or EvaluationSettings()).metered_share

    def cabinets(self) -> pl.DataFrame:
        """Return the savings of cabinets by code; schema ``SAVINGS``."""
        return self._of_kind("cabinet")

    def buildings(self) -> pl.DataFrame:
        """Return the savings of buildings by code; schema ``SAVINGS``."""
        return self._of_kind("building")

    def city_total(self, kind: str = "cabinet") -> CityTotal:
        """Add up cabinets, or buildings, with both intervals.

        Parameters
        ----------
        kind : {'cabinet', 'building'}
        """
        rows = self._of_kind(kind)
        lights = self._light_count() if kind == "cabinet" else 0
        return _total(rows, lights, self._least_share)

    def summary(self) -> dict[str, Any]:
        """Return both totals and how many things were refused, by reason.

        Returns
        -------
        dict
            ``lighting`` and ``buildings`` : CityTotal; ``refusals`` : dict of kind to dict of code
            to count, first reasons only.
        """
        frames = {kind: self._of_kind(kind) for kind in ("cabinet", "building")}
        return {
            "lighting": _total(frames["cabinet"], self._light_count(), self._least_share),
            "buildings": _total(frames["building"], 0, self._least_share),
            "refusals": {kind: _refusals(frame) for kind, frame in frames.items()},
        }

    def _of_kind(self, kind: str) -> pl.DataFrame:
        with self._database.connection() as connection:
            return read_frame(connection, "savings/of_kind", SAVINGS, {"kind": kind})

    def _light_count(self) -> int:
        with self._database.connection() as connection:
            row = connection.execute(statement("savings/light_count")).fetchone()
        return int(row[0]) if row else 0


def facts_of(row: dict[str, Any]) -> dict[str, Any]:
    """Read the facts of a row of ``SAVINGS``."""
    facts: dict[str, Any] = orjson.loads(row["facts"])
    return facts


def subjects(connection: Connection[TupleRow], today: date) -> pl.DataFrame:
    """Return what is evaluated, with the works begun before or on a day; schema ``SUBJECTS``."""
    return read_frame(connection, "savings/subjects", SUBJECTS, {"today": today})


def earliest_works(connection: Connection[TupleRow], today: date) -> date | None:
    """Return when the first works began; None without any."""
    row = connection.execute(statement("savings/earliest_works"), {"today": today}).fetchone()
    return row[0] if row else None


def daily_energy(
    connection: Connection[TupleRow], start: datetime, end: datetime, timezone: str
) -> pl.DataFrame:
    """Return what meters read in ``[start, end)``, by local day; schema ``DAILY_ENERGY``."""
    asked = {"start": start, "end": end, "timezone": timezone}
    return read_frame(connection, "savings/daily_energy", DAILY_ENERGY, asked)


def older_energy(
    connection: Connection[TupleRow], asset_ids: Sequence[int], end: datetime, timezone: str
) -> pl.DataFrame:
    """Return the last year that silent meters read before an instant; schema ``DAILY_ENERGY``."""
    asked = {"asset_ids": list(asset_ids), "end": end, "timezone": timezone}
    return read_frame(connection, "savings/older_energy", DAILY_ENERGY, asked)


def outdoor_temperature(connection: Connection[TupleRow]) -> pl.DataFrame:
    """Return the daily means of the best-covered station; schema ``TEMPERATURE``."""
    return read_frame(connection, "savings/outdoor_temperature", TEMPERATURE)


def indices_at(connection: Connection[TupleRow], midnights: Sequence[datetime]) -> pl.DataFrame:
    """Return the meters' indices just before some midnights; schema ``INDICES``."""
    asked = {"midnights": list(midnights)}
    return read_frame(connection, "savings/index_at_midnights", INDICES, asked)


def hours_without_day(
    connection: Connection[TupleRow], end: datetime, timezone: str
) -> pl.DataFrame:
    """Return hourly energy of local days that have none of their own; schema ``HOURS``."""
    asked = {"end": end, "timezone": timezone}
    return read_frame(connection, "savings/hours_without_day", HOURS, asked)


def add_daily_energy(connection: Connection[TupleRow], rows: pl.DataFrame) -> None:
    """Keep the energy of days that were not read yet, stamped at their local midnight.

    Parameters
    ----------
    rows : DataFrame
        asset_id : int; measured_at : datetime, UTC; kwh : float.
    """
    if rows.is_empty():
        return
    columns = {"asset_id": "bigint", "measured_at": "timestamptz", "kwh": "float8"}
    stage(connection, "incoming_daily", columns, rows)
    days = rows["measured_at"].dt.date().unique().to_list()
    connection.execute("SELECT ensure_partitions('observation', %s)", (days,))
    connection.execute(statement("savings/add_daily_streams"))
    connection.execute(statement("savings/add_daily_energy"))


def write(connection: Connection[TupleRow], rows: pl.DataFrame, computed_at: datetime) -> int:
    """Replace all savings by those just found; return how many rows changed.

    Parameters
    ----------
    rows : DataFrame
        Schema ``FOUND``.
    """
    types = {name: _SQL_TYPES[dtype] for name, dtype in FOUND.items()}
    stage(connection, "incoming_saving", types | {"facts": "jsonb"}, rows)
    return connection.execute(statement("savings/merge"), {"computed_at": computed_at}).rowcount


def _total(rows: pl.DataFrame, lights: int, least_share: float) -> CityTotal:
    known = rows.with_columns(
        pl.Series("fact", [orjson.loads(text) for text in rows["facts"]], dtype=pl.Object)
    )
    claimed = known.filter(pl.col("saving_kwh").is_not_null())
    half = (claimed["high_kwh"] - claimed["low_kwh"]).to_numpy() / 2
    summed = total(claimed["adjusted_kwh"].to_numpy(), claimed["measured_kwh"].to_numpy(), half)
    facts, every = claimed["fact"].to_list(), known["fact"].to_list()
    metered = sum(f["lights"] for f in every if Reason.NO_READINGS not in f["reasons"])
    without = sum(Reason.NO_WORKS in fact["reasons"] for fact in every)
    planned = [fact["planned_kwh"] for fact in facts if fact["planned_kwh"] is not None]
    share = metered / lights if lights else None
    short = share is not None and share < least_share
    return CityTotal(
        meters=summed.meters,
        refused=rows.height - claimed.height - without,
        without_works=without,
        lights=lights,
        lights_metered=metered,
        lights_evaluated=sum(fact["lights"] for fact in facts),
        metered_share=share,
        adjusted_kwh=summed.adjusted_kwh,
        measured_kwh=summed.measured_kwh,
        saving_kwh=summed.saving_kwh,
        independent=_around(summed.saving_kwh, summed.independent_kwh),
        conservative=_around(summed.saving_kwh, summed.conservative_kwh),
        parts=_parts(facts),
        planned_kwh=float(np.sum(planned)) if planned else None,
        level=claimed["level"][0] if claimed.height else None,
        reporting_from=claimed["reporting_from"].min() if claimed.height else None,  # type: ignore[arg-type]  # a date
        reporting_to=claimed["reporting_to"].max() if claimed.height else None,  # type: ignore[arg-type]  # a date
        computed_at=claimed["computed_at"].max() if claimed.height else None,  # type: ignore[arg-type]  # a datetime
        refusal="no_figure" if not claimed.height else "metered_share" if short else "",
    )


def _parts(facts: list[dict[str, Any]]) -> dict[str, float]:
    """Add up the parts of the savings that have some."""
    split = [fact["parts"] for fact in facts if fact.get("parts")]
    names = sorted({name for parts in split for name in parts})
    return {name: sum(parts.get(name, 0.0) for parts in split) for name in names}


def _around(middle: float, half: float) -> tuple[float, float]:
    return middle - half, middle + half


def _refusals(rows: pl.DataFrame) -> dict[str, int]:
    counted = rows.filter(pl.col("refusal") != "").group_by("refusal").len().sort("refusal")
    return dict(counted.iter_rows())
