"""Tables of a city that are not things: devices, past readings, weather, savings, outages."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from gis.report import Effect, Findings, LayerCounts
from twin.irrigation.evapotranspiration import daily_reference_et
from twin.model import kinds
from twin.model.properties import PROPERTIES
from twin.store.copying import stage
from twin.store.frames import read_frame
from twin.store.sql import statement

_OUT_OF_RANGE = 1  # quality, bit 0
_EUI_DIGITS = r"^[0-9a-f]{16}$"
_EUI = r"^[0-9a-z_:.-]{1,64}$"

_YEAR_DAYS: Final = 365
_LATE: Final = timedelta(days=31)
"""How late a device's reading may come and still find, or open, the piece of its own day."""
_SPARSE: Final = 1_000_000
"""Readings of 365 days that are few enough to lie in one piece: ninety hourly series."""

_ASSETS = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "kind": pl.String(),
        "code": pl.String(),
        "latitude": pl.Float64(),
        "altitude_m": pl.Float64(),
    }
)


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a layer's rows go: the staging table, its columns, the statement that merges it."""

    table: str
    columns: dict[str, str]
    merge: str


_TARGETS = {
    "devices": _Target(
        "incoming_device",
        {
            "dev_eui": "text",
            "network": "text",
            "name": "text",
            "profile": "text",
            "application": "text",
            "asset_kind": "text",
            "asset_code": "text",
            "interval_s": "integer",
        },
        "merge_devices",
    ),
    "readings": _Target(
        "incoming_reading",
        {
            "asset_kind": "text",
            "asset_code": "text",
            "property": "text",
            "measured_at": "timestamptz",
            "value": "float8",
            "unit": "text",
            "quality": "smallint",
        },
        "merge_readings",
    ),
    "daily_weather": _Target(
        "incoming_weather",
        {
            "station": "text",
            "day": "date",
            "t_min_c": "real",
            "t_max_c": "real",
            "t_mean_c": "real",
            "rh_min": "real",
            "rh_max": "real",
            "wind_2m_m_s": "real",
            "radiation_mj_m2": "real",
            "rain_mm": "real",
            "et0_mm": "real",
            "hours": "smallint",
        },
        "merge_daily_weather",
    ),
    "saving_actions": _Target(
        "incoming_action",
        {
            "asset_kind": "text",
            "asset_code": "text",
            "code": "text",
            "title": "text",
            "works_from": "date",
            "works_to": "date",
            "planned_kwh": "float8",
            "cost_eur": "float8",
        },
        "merge_saving_actions",
    ),
    "outages": _Target(
        "incoming_outage",
        {
            "code": "text",
            "kind": "text",
            "began_at": "timestamptz",
            "taken_at": "timestamptz",
            "returning_at": "timestamptz",
            "ended_at": "timestamptz",
            "root_kind": "text",
            "root_code": "text",
            "cause": "text",
        },
        "merge_outages",
    ),
}

OUTAGE_KINDS = ("flood", "cabinet_out", "feeder_out", "area_out", "lamp_failure")
"""Kinds of outages whose end is light."""


def merge_table(
    connection: Connection[TupleRow],
    layer: str,
    rows: pl.DataFrame,
    findings: Findings,
    *,
    today: date,
) -> LayerCounts:
    """Merge the rows of a canonical layer that is a table.

    Parameters
    ----------
    layer : str
        ``devices``, ``readings``, ``daily_weather``, ``saving_actions`` or ``outages``.
    rows : DataFrame
        As of ``gis.canonical.CanonicalLayer``.
    findings : Findings
        Receives the rows that name a thing which is not there.
    today : date
        Of the clock: readings of long before it are kept in longer pieces than a day. [UTC]
    """
    prepared = _PREPARE[layer](connection, rows, findings)
    target = _TARGETS[layer]
    stage(connection, target.table, target.columns, prepared)
    if layer == "readings":
        _make_room(connection, prepared, today)
        _match_streams(connection)
    row = connection.execute(statement(f"city/{target.merge}")).fetchone()
    added, changed, closed = row or (0, 0, 0)
    unchanged = prepared.height - added - changed
    return LayerCounts(layer, prepared.height, added, changed, unchanged, closed)


def _make_room(connection: Connection[TupleRow], readings: pl.DataFrame, today: date) -> None:
    """Make the pieces that readings lie in: years for sparse ones of the past, else days."""
    days = readings.select(pl.col("measured_at").dt.date().alias("day"))
    since_epoch = pl.col("day").cast(pl.Int32)
    years = days.group_by(since_epoch.floordiv(_YEAR_DAYS).alias("year")).agg(
        pl.len().alias("readings"), pl.col("day").unique()
    )
    settled = (pl.col("year") + 1) * _YEAR_DAYS <= (today - _LATE - date(1970, 1, 1)).days
    sparse = settled & (pl.col("readings") <= _SPARSE)
    for wanted, statement_name in (
        (sparse, "city/ensure_history"),
        (~sparse, "city/ensure_observation_days"),
    ):
        found = years.filter(wanted).explode("day")["day"].to_list()
        if found:
            connection.execute(statement(statement_name), {"days": found})


def _match_streams(connection: Connection[TupleRow]) -> None:
    """Give each staged reading its series; statistics first, or the join is planned for nothing."""
    connection.execute(statement("city/add_datastreams"))
    connection.execute("ANALYZE datastream")
    connection.execute("DROP TABLE IF EXISTS pg_temp.target_reading")
    connection.execute(statement("city/match_readings"))
    connection.execute("ANALYZE target_reading")


def _devices(
    connection: Connection[TupleRow], rows: pl.DataFrame, findings: Findings
) -> pl.DataFrame:
    """Write identifiers as the store does; one that names an unknown thing is kept, and told."""
    rows = rows.with_columns(
        _identifier(pl.col("dev_eui")).alias("dev_eui"),
        pl.col("name", "profile", "application").fill_null(""),
    )
    rows = _aside(rows, pl.col("dev_eui").str.contains(_EUI), "devices", "dev_eui", findings)
    rows = _aside(rows, pl.col("dev_eui").is_first_distinct(), "devices", "dev_eui", findings)
    placed = rows.drop_nulls(["asset_kind", "asset_code"])
    _known_assets(connection, placed, "devices", Effect.NOTED, findings)
    return rows


def _identifier(written: pl.Expr) -> pl.Expr:
    """Return identifiers as messages are filed: an EUI in bare digits, however it is spelt."""
    folded = written.str.strip_chars().str.to_lowercase()
    digits = folded.str.replace(r"^(0x|eui-)", "").str.replace_all(r"[-:. ]", "")
    return pl.when(digits.str.contains(_EUI_DIGITS)).then(digits).otherwise(folded)


def _readings(
    connection: Connection[TupleRow], rows: pl.DataFrame, findings: Findings
) -> pl.DataFrame:
    """Give each reading its unit and quality; an unknown property or thing is set aside."""
    known = pl.col("property").is_in(list(PROPERTIES))
    rows = _aside(rows, known, "readings", "property", findings)
    rows = _known_assets(connection, rows, "readings", Effect.SET_ASIDE, findings)
    keys = ["asset_kind", "asset_code", "property", "measured_at"]
    rows = _aside(rows, pl.struct(keys).is_first_distinct(), "readings", "measured_at", findings)
    about = pl.DataFrame(
        [(p.code, p.unit, p.low, p.high) for p in PROPERTIES.values()],
        schema=["property", "unit", "low", "high"],
        orient="row",
    )
    inside = pl.col("value").is_between("low", "high")
    return rows.join(about, on="property", how="left", maintain_order="left").with_columns(
        pl.when(inside).then(0).otherwise(_OUT_OF_RANGE).alias("quality")
    )


def _daily_weather(
    connection: Connection[TupleRow], rows: pl.DataFrame, findings: Findings
) -> pl.DataFrame:
    """Add the reference evapotranspiration of each day, by station."""
    stations = _assets(connection, [kinds.WEATHER_STATION])
    known = pl.col("station").is_in(stations["code"].to_list())
    rows = _aside(rows, known, "daily_weather", "station", findings)
    days = pl.struct("station", "day").is_first_distinct()
    rows = _aside(rows, days, "daily_weather", "day", findings)
    made = [
        daily_reference_et(
            rows.filter(pl.col("station") == station["code"]),
            latitude_deg=_number(station["latitude"]),
            altitude_m=_number(station["altitude_m"]),
        )
        for station in stations.iter_rows(named=True)
    ]
    together = pl.concat(made) if made else rows.with_columns(pl.lit(None).alias("et0_mm"))
    return together.filter(pl.col("et0_mm").is_not_null())


def _saving_actions(
    connection: Connection[TupleRow], rows: pl.DataFrame, findings: Findings
) -> pl.DataFrame:
    ends = pl.col("works_to") >= pl.col("works_from")
    rows = _aside(rows, ends, "saving_actions", "works_to", findings)
    return _known_assets(connection, rows, "saving_actions", Effect.SET_ASIDE, findings)


def _outages(_: Connection[TupleRow], rows: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Keep outages of known kinds whose instants follow each other."""
    rows = _aside(rows, pl.col("kind").is_in(OUTAGE_KINDS), "outages", "kind", findings)
    rows = _aside(rows, pl.col("code").is_first_distinct(), "outages", "code", findings)
    began, ended = pl.col("began_at"), pl.col("ended_at")
    rows = _aside(rows, ended > began, "outages", "ended_at", findings)
    for step in ("taken_at", "returning_at"):
        inside = pl.col(step).is_null() | pl.col(step).is_between(began, ended)
        rows = _aside(rows, inside, "outages", step, findings)
    return rows.with_columns(pl.col("root_kind", "root_code", "cause").fill_null(""))


_PREPARE = {
    "devices": _devices,
    "readings": _readings,
    "daily_weather": _daily_weather,
    "saving_actions": _saving_actions,
    "outages": _outages,
}

_EXPECTED = {
    "dev_eui": "an identifier of its own: letters, digits, - _ : .",
    "property": "an observed property of twin.model.properties",
    "measured_at": "one value for an instant",
    "station": "the code of a weather station",
    "day": "one row for a day",
    "works_to": "a day after works_from",
    "kind": " or ".join(OUTAGE_KINDS),
    "code": "one row for an outage",
    "ended_at": "an instant after began_at",
    "taken_at": "an instant between began_at and ended_at",
    "returning_at": "an instant between began_at and ended_at",
    "asset_code": "the code of a thing that is there",
}


def _aside(
    rows: pl.DataFrame, good: pl.Expr, layer: str, field: str, findings: Findings
) -> pl.DataFrame:
    """Set aside the rows that fail a test."""
    sound = rows.select(good.fill_null(value=False)).to_series()
    bad = rows.filter(~sound)
    findings.add(
        f"{field} that cannot be taken",
        Effect.SET_ASIDE,
        bad["row"],
        bad[field],
        layer=layer,
        field=field,
        expected=_EXPECTED[field],
    )
    return rows.filter(sound)


def _known_assets(
    connection: Connection[TupleRow],
    rows: pl.DataFrame,
    layer: str,
    effect: Effect,
    findings: Findings,
) -> pl.DataFrame:
    """Tell the rows that speak of a thing which is not there; drop them if so asked."""
    assets = _assets(connection, rows["asset_kind"].unique().to_list())
    there = assets.select(pl.col("kind").alias("asset_kind"), pl.col("code").alias("asset_code"))
    lost = rows.join(there, on=["asset_kind", "asset_code"], how="anti", maintain_order="left")
    findings.add(
        "asset that nothing is called",
        effect,
        lost["row"],
        lost["asset_kind"] + " " + lost["asset_code"],
        layer=layer,
        field="asset_code",
        expected=_EXPECTED["asset_code"],
    )
    if effect is not Effect.SET_ASIDE:
        return rows
    return rows.join(there, on=["asset_kind", "asset_code"], how="semi", maintain_order="left")


def _assets(connection: Connection[TupleRow], of: list[str]) -> pl.DataFrame:
    return read_frame(connection, "city/assets_by_code", _ASSETS, {"kinds": of})


def _number(value: float | None) -> float:
    return 0.0 if value is None else float(np.float64(value))
