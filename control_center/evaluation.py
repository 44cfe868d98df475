"""The job that computes every saving: read, fit, write; one pass for each kind of thing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import repeat

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.buildings import savings as buildings
from twin.buildings.daily import from_hours
from twin.buildings.savings import building_savings
from twin.clock import Clock
from twin.evaluation.settings import EvaluationSettings
from twin.lighting import savings as lighting
from twin.lighting.burning_hours import CityNights, civil_day_hours
from twin.lighting.savings import cabinet_savings
from twin.local_time import local_date, midnight
from twin.model.kinds import BUILDING, CABINET
from twin.store import savings as store
from twin.store.city import CityReader, Territory
from twin.store.database import Database
from twin.store.locks import take_time, try_lock

_RECOVERED_DAYS = 4  # finished days whose energy is taken from indices if nobody read it
_YEAR = timedelta(days=365)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What one run did: things looked at, things with a saving, rows that changed."""

    subjects: int
    claimed: int
    changed: int


@dataclass(frozen=True, slots=True)
class _Meters:
    """Things of one kind on one calendar."""

    subjects: pl.DataFrame
    energy: npt.NDArray[np.float64]  # (A, n) [kWh/day]
    days: npt.NDArray[np.datetime64]

    def works(self, column: str) -> npt.NDArray[np.datetime64]:
        """First or last day of the works of each; NaT without."""
        return self.subjects[column].to_numpy().astype("datetime64[D]")


def run(database: Database, clock: Clock) -> None:
    """Compute what can be known now; the job of ``serve``."""
    evaluate(database, clock)


def evaluate(
    database: Database, clock: Clock, settings: EvaluationSettings | None = None
) -> Evaluated | None:
    """Compute all savings up to yesterday; None while another worker does.

    Parameters
    ----------
    clock : Clock
        Of the territory; the local day it stands in is not finished and not used.
    """
    territory = CityReader(database).territory()
    chosen = settings or EvaluationSettings()
    with database.connection() as connection:
        if not try_lock(connection, "evaluation"):
            return None
        take_time(connection)
        now = clock.now()
        today = local_date(now, territory.timezone)
        recover_days(connection, territory, today)
        add_up_hours(connection, territory, today)
        subjects = store.subjects(connection, today)
        energy = _energy(connection, territory, subjects, today)
        temperature = store.outdoor_temperature(connection)
        found = [
            judge(_meters(subjects, kind, energy, today), temperature, territory, chosen)
            for kind, judge in _JUDGES.items()
        ]
        rows = pl.concat(found)
        changed = store.write(connection, rows, now)
    claimed = rows["saving_kwh"].count()
    _log.info("savings evaluated", subjects=rows.height, claimed=claimed, changed=changed)
    return Evaluated(rows.height, claimed, changed)


def recover_days(connection: Connection[TupleRow], territory: Territory, today: date) -> int:
    """Keep the energy of the last finished days from indices, where no reading brought it."""
    days = [today - timedelta(days=back) for back in range(_RECOVERED_DAYS, -1, -1)]
    starts = [midnight(day, territory.timezone) for day in days]
    indices = store.indices_at(connection, starts)
    used = indices.sort("asset_id", "midnight").with_columns(
        (pl.col("kwh").shift(-1).over("asset_id") - pl.col("kwh")).alias("used"),
        pl.col("midnight").shift(-1).over("asset_id").alias("until"),
    )
    following = pl.DataFrame(
        {"midnight": starts[:-1], "next": starts[1:]},
        schema={"midnight": pl.Datetime("us", "UTC"), "next": pl.Datetime("us", "UTC")},
    )
    rows = (
        used.join(following, on="midnight")
        .filter(pl.col("until") == pl.col("next"), pl.col("used") >= 0)  # a reset is no reading
        .select("asset_id", pl.col("midnight").alias("measured_at"), pl.col("used").alias("kwh"))
    )
    store.add_daily_energy(connection, rows)
    return rows.height


def add_up_hours(connection: Connection[TupleRow], territory: Territory, today: date) -> int:
    """Make days of hourly readings, where half of the hours are there; return how many."""
    zone = territory.timezone
    hours = store.hours_without_day(connection, midnight(today, zone), zone)
    days = from_hours(hours, timezone=zone).filter(pl.col("kwh").is_not_null())
    start = pl.col("day").cast(pl.Datetime("us")).dt.replace_time_zone(zone)
    rows = days.select(
        pl.col("meter").alias("asset_id"),
        start.dt.convert_time_zone("UTC").alias("measured_at"),
        "kwh",
    )
    store.add_daily_energy(connection, rows)
    return rows.height


def _energy(
    connection: Connection[TupleRow], territory: Territory, subjects: pl.DataFrame, today: date
) -> pl.DataFrame:
    """Read all that the windows need, and the last year of meters that fell silent before."""
    zone = territory.timezone
    earliest = store.earliest_works(connection, today) or today
    start = midnight(min(earliest, today) - _YEAR, zone)
    recent = store.daily_energy(connection, start, midnight(today, zone), zone)
    silent = subjects.filter(
        pl.col("works_from").is_null(), ~pl.col("asset_id").is_in(recent["asset_id"].to_list())
    )["asset_id"].to_list()
    if not silent:
        return recent
    return pl.concat([recent, store.older_energy(connection, silent, start, zone)])


def _meters(subjects: pl.DataFrame, kind: str, energy: pl.DataFrame, today: date) -> _Meters:
    """Lay the readings of one kind on a calendar that ends yesterday."""
    chosen = subjects.filter(pl.col("kind") == kind).with_row_index("row")
    placed = energy.join(chosen.select("asset_id", "row"), on="asset_id")
    read = placed["day"].to_numpy().astype("datetime64[D]")
    first = min([np.datetime64(today - _YEAR), *np.sort(read)[:1]])
    days = np.arange(first, np.datetime64(today))
    matrix = np.full((chosen.height, days.size), np.nan)
    columns = (read - first).astype(np.int64)
    matrix[placed["row"].to_numpy(), columns] = placed["kwh"].to_numpy()
    return _Meters(chosen.drop("row"), matrix, days)


def _cabinets(
    meters: _Meters,
    _temperature: pl.DataFrame,
    territory: Territory,
    settings: EvaluationSettings,
) -> pl.DataFrame:
    evenings = np.concatenate([meters.days[:1] - np.timedelta64(1, "D"), meters.days])
    elevation = settings.switching_elevation_deg
    city = CityNights.around(evenings, territory.latitude, territory.longitude, elevation)
    places = (
        meters.subjects[name].fill_null(middle).to_numpy()
        for name, middle in (("latitude", territory.latitude), ("longitude", territory.longitude))
    )
    found = cabinet_savings(
        meters.energy,
        civil_day_hours(city.crossings(*places), meters.days, territory.timezone),
        meters.days,
        works_from=meters.works("works_from"),
        works_to=meters.works("works_to"),
        rules=settings.cabinet_rules(),
    )
    counted = {
        "measured_days": found.readings.measured_days,
        "baseline_span": found.readings.baseline_span,
        "extreme_days": found.readings.extreme_days,
        "negative_days": found.readings.negative_days,
    }
    told = {"switching_elevation_deg": elevation}
    return _rows(meters, found.frame(), lighting.METHOD, settings, counted=counted, told=told)


def _buildings(
    meters: _Meters,
    temperature: pl.DataFrame,
    _territory: Territory,
    settings: EvaluationSettings,
) -> pl.DataFrame:
    outdoors = _on_calendar(temperature, meters.days)
    found = building_savings(
        meters.energy,
        outdoors,
        meters.days,
        works_from=meters.works("works_from"),
        works_to=meters.works("works_to"),
        rules=settings.building_rules(),
    )
    counted = {
        "baseline_span": found.readings.baseline_span,
        "extreme_days": found.readings.extreme_days,
        "negative_days": found.readings.negative_days,
    }
    method = buildings.LEVELS_METHOD if outdoors is None else buildings.METHOD
    return _rows(meters, found.frame(), method, settings, counted=counted, told={})


_Judge = Callable[[_Meters, pl.DataFrame, Territory, EvaluationSettings], pl.DataFrame]
_JUDGES: dict[str, _Judge] = {CABINET: _cabinets, BUILDING: _buildings}

_OWN_COLUMNS = (
    "baseline_from",
    "baseline_to",
    "reporting_from",
    "reporting_to",
    "adjusted_kwh",
    "measured_kwh",
    "saving_kwh",
    "low_kwh",
    "high_kwh",
)


def _on_calendar(
    temperature: pl.DataFrame, days: npt.NDArray[np.datetime64]
) -> npt.NDArray[np.float64] | None:
    """Lay daily temperatures on the calendar; None where there is none at all."""
    columns = (temperature["day"].to_numpy().astype("datetime64[D]") - days[0]).astype(np.int64)
    inside = (columns >= 0) & (columns < days.size)
    if not inside.any():
        return None
    series = np.full(days.size, np.nan)
    series[columns[inside]] = temperature["t_mean_c"].to_numpy()[inside]
    return series


def _rows(
    meters: _Meters,
    found: pl.DataFrame,
    method: str,
    settings: EvaluationSettings,
    *,
    counted: dict[str, npt.NDArray[np.int64]],
    told: dict[str, float],
) -> pl.DataFrame:
    """Turn findings into rows of the store: figures as columns, all the rest as facts."""
    split = [name for name in found.columns if name.endswith("_part_kwh")]
    fitted = found.drop(*_OWN_COLUMNS, *split, "reasons").with_columns(
        pl.Series(name, values) for name, values in counted.items()
    )
    rules = settings.cabinet_rules()
    limits = {"baseline_needed": rules.baseline_days, "missing_allowed": rules.missing_days}
    facts = [
        orjson.dumps(
            {
                "reasons": reasons,
                "works": orjson.loads(works) if works else [],
                "planned_kwh": planned,
                "cost_eur": cost,
                "lights": lights,
                "parts": {
                    name.removesuffix("_part_kwh"): value
                    for name, value in parts.items()
                    if value is not None
                },
                **limits,
                **told,
                "fit": {name: _short(value) for name, value in fit.items()},
            }
        ).decode()
        for reasons, works, planned, cost, lights, parts, fit in zip(
            found["reasons"].to_list(),
            *(meters.subjects[n].to_list() for n in ("works", "planned_kwh", "cost_eur", "lights")),
            found.select(split).iter_rows(named=True) if split else repeat({}),
            fitted.iter_rows(named=True),
            strict=bool(split),
        )
    ]
    return (
        found.select(*_OWN_COLUMNS, "reasons")
        .with_columns(
            meters.subjects["asset_id"],
            pl.lit(method).alias("method"),
            pl.lit(settings.level).alias("level"),
            pl.col("reasons").list.first().fill_null("").alias("refusal"),
            pl.Series("facts", facts, dtype=pl.String),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in store.FOUND.items())
    )


def _short(value: object) -> object:
    """Six significant digits are enough for a figure that is only told."""
    return float(f"{value:.6g}") if isinstance(value, float) else value
