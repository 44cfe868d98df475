"""Watering in the store, written: days of weather, soil balances, plans, people's decisions.

Each function works inside the caller's transaction.
"""

from datetime import date, datetime
from typing import Final

import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.errors import NotFound
from twin.store.copying import stage
from twin.store.sql import statement

_WEATHER: Final = {
    "day": "date",
    "t_min_c": "float8",
    "t_max_c": "float8",
    "t_mean_c": "float8",
    "rh_min": "float8",
    "rh_max": "float8",
    "wind_2m_m_s": "float8",
    "radiation_mj_m2": "float8",
    "rain_mm": "float8",
    "et0_mm": "float8",
    "hours": "smallint",
}
_BALANCE: Final = {
    "zone_id": "bigint",
    "day": "date",
    "et0_mm": "float8",
    "rain_mm": "float8",
    "irrigation_mm": "float8",
    "eta_mm": "float8",
    "percolation_mm": "float8",
    "stress": "float8",
    "depletion_mm": "float8",
    "depletion_high_mm": "float8",
    "day_order": "text",
}
_PLAN: Final = {
    "zone_id": "bigint",
    "decision": "text",
    "minutes": "real",
    "depth_mm": "real",
    "litres": "real",
    "starts_at": "timestamptz",
    "why": "jsonb",
}


def add_weather(connection: Connection[TupleRow], station_id: int, days: pl.DataFrame) -> int:
    """Keep complete days of a station; a day that is there stays. Return how many were new.

    Parameters
    ----------
    days : DataFrame
        From ``twin.irrigation.daily_weather`` with ``et0_mm``; complete days only.
    """
    if days.is_empty():
        return 0
    stage(connection, "incoming_weather", _WEATHER, days)
    asked = {"station_id": station_id}
    return connection.execute(statement("irrigation/add_weather"), asked).rowcount


def add_balances(connection: Connection[TupleRow], rows: pl.DataFrame) -> int:
    """Keep days of soil balance; a day that is there stays. Return how many were new."""
    if rows.is_empty():
        return 0
    stage(connection, "incoming_balance", _BALANCE, rows)
    return connection.execute(statement("irrigation/add_balances")).rowcount


def add_plans(
    connection: Connection[TupleRow], night: date, rows: pl.DataFrame, computed_at: datetime
) -> int:
    """Keep the plan of a night where it differs from the one that holds; return how many rows.

    Parameters
    ----------
    rows : DataFrame
        zone_id; decision; minutes, depth_mm, litres : float; starts_at : datetime or null;
        why : str, a JSON object.
    """
    if rows.is_empty():
        return 0
    stage(connection, "incoming_plan", _PLAN, rows)
    asked = {"night": night, "computed_at": computed_at}
    return connection.execute(statement("irrigation/add_plans"), asked).rowcount


def add_override(
    connection: Connection[TupleRow],
    *,
    zone_id: int | None,
    kind: str,
    starts_at: datetime,
    ends_at: datetime,
    person: str,
) -> int:
    """Keep a person's decision and return its number.

    Parameters
    ----------
    zone_id : int or None
        None: every zone.
    kind : {'skip', 'pause'}
    """
    asked = {
        "zone_id": zone_id,
        "kind": kind,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "person": person,
    }
    row = connection.execute(statement("irrigation/add_override"), asked).fetchone()
    assert row is not None  # noqa: S101 - an INSERT that returns
    return int(row[0])


def undo_override(connection: Connection[TupleRow], override_id: int, at: datetime) -> None:
    """Take a decision back.

    Raises
    ------
    NotFound
        There is none of that number, or it was taken back before.
    """
    asked = {"id": override_id, "at": at}
    if connection.execute(statement("irrigation/undo_override"), asked).fetchone() is None:
        raise NotFound("watering decision", str(override_id))
