"""Watering in the store, read: parks, zones with tonight's plan, the soil's history."""

from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.errors import NotFound
from twin.store.database import Database
from twin.store.frames import read_frame
from twin.store.sql import statement

_INSTANT: Final = pl.Datetime("us", "UTC")

ZONES: Final = pl.Schema(
    {
        "zone_id": pl.Int64(),
        "code": pl.String(),
        "name": pl.String(),
        "park_id": pl.Int64(),
        "park_code": pl.String(),
        "park_name": pl.String(),
        "plant_type": pl.String(),
        "soil_class": pl.String(),
        "coefficient": pl.Float64(),
        "field_capacity": pl.Float64(),
        "wilting_point": pl.Float64(),
        "root_depth_m": pl.Float64(),
        "depletion_fraction": pl.Float64(),
        "area_m2": pl.Float64(),
        "rate_mm_h": pl.Float64(),
        "uniformity": pl.Float64(),
        "intake_mm_h": pl.Float64(),
        "allowance_mm": pl.Float64(),
        "valve_id": pl.Int64(),
        "valve_code": pl.String(),
        "dev_eui": pl.String(),
        "connection_id": pl.Int64(),
        "connection_code": pl.String(),
        "capacity_m3_h": pl.Float64(),
    }
)
"""What ``zones_of`` returns: everything fixed about each zone, by park and code."""

STATIONS: Final = pl.Schema(
    {
        "station_id": pl.Int64(),
        "code": pl.String(),
        "name": pl.String(),
        "longitude": pl.Float64(),
        "latitude": pl.Float64(),
        "altitude_m": pl.Float64(),
        "wind_height_m": pl.Float64(),
        "last_day": pl.Date(),
    }
)
WEATHER: Final = pl.Schema(
    {
        "day": pl.Date(),
        "t_min_c": pl.Float64(),
        "t_max_c": pl.Float64(),
        "rain_mm": pl.Float64(),
        "et0_mm": pl.Float64(),
        "hours": pl.Int16(),
    }
)
STANDING: Final = pl.Schema(
    {"zone_id": pl.Int64(), "day": pl.Date(), "low_mm": pl.Float64(), "high_mm": pl.Float64()}
)
SINCE_FULL: Final = pl.Schema(
    {
        "zone_id": pl.Int64(),
        "since_day": pl.Date(),
        "et_mm": pl.Float64(),
        "rain_mm": pl.Float64(),
        "irrigation_mm": pl.Float64(),
    }
)
OVERRIDES: Final = pl.Schema(
    {
        "id": pl.Int64(),
        "zone_id": pl.Int64(),
        "kind": pl.String(),
        "starts_at": _INSTANT,
        "ends_at": _INSTANT,
        "person": pl.String(),
    }
)
PLANS: Final = pl.Schema(
    {
        "zone_id": pl.Int64(),
        "night": pl.Date(),
        "computed_at": _INSTANT,
        "decision": pl.String(),
        "minutes": pl.Float64(),
        "depth_mm": pl.Float64(),
        "litres": pl.Float64(),
        "starts_at": _INSTANT,
        "why": pl.String(),
    }
)
COMMANDS: Final = pl.Schema(
    {
        "valve_id": pl.Int64(),
        "command_id": pl.String(),
        "person": pl.String(),
        "verb": pl.String(),
        "state": pl.String(),
        "state_at": _INSTANT,
        "requested_at": _INSTANT,
        "expires_at": _INSTANT,
        "parameters": pl.String(),
        "reason": pl.String(),
    }
)
HISTORY: Final = pl.Schema(
    {
        "day": pl.Date(),
        "et0_mm": pl.Float64(),
        "rain_mm": pl.Float64(),
        "irrigation_mm": pl.Float64(),
        "eta_mm": pl.Float64(),
        "percolation_mm": pl.Float64(),
        "stress": pl.Float64(),
        "depletion_mm": pl.Float64(),
        "depletion_high_mm": pl.Float64(),
        "day_order": pl.String(),
        "planned": pl.String(),
        "planned_min": pl.Float64(),
    }
)
"""What ``history`` returns; ``planned`` is the decision of the night before each day."""

PARKS: Final = pl.Schema(
    {
        "park_id": pl.Int64(),
        "code": pl.String(),
        "name": pl.String(),
        "zones": pl.UInt32(),
        "zones_watered": pl.UInt32(),
        "minutes": pl.Float64(),
        "litres": pl.Float64(),
        "computed_at": _INSTANT,
    }
)


class IrrigationReader:
    """Watering as gardeners see it.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def night(self) -> date | None:
        """Return the night that was last planned, named by its evening; None before any plan."""
        with self._database.connection() as connection:
            row = connection.execute(statement("irrigation/last_night")).fetchone()
        return row[0] if row else None

    def parks(self) -> pl.DataFrame:
        """Return the parks that have zones, with what the last planned night gives them.

        Returns
        -------
        DataFrame, by code
            park_id; code; name; zones, zones_watered : int; minutes, litres : float, of the whole
            park; computed_at : datetime, null before any plan.
        """
        zones = self._zones_with_plans()
        watered = pl.col("decision") == "water"
        return (
            zones.group_by("park_id", code="park_code", name="park_name")
            .agg(
                pl.len().cast(pl.UInt32).alias("zones"),
                watered.sum().cast(pl.UInt32).alias("zones_watered"),
                pl.col("minutes").sum(),
                pl.col("litres").sum(),
                pl.col("computed_at").max(),
            )
            .select(pl.col(name).cast(dtype) for name, dtype in PARKS.items())
            .sort("code")
        )

    def zones(self, park_code: str, *, at: datetime) -> list[dict[str, Any]]:
        """Return the zones of a park with all that their card shows.

        Parameters
        ----------
        at : datetime
            Now: overrides that hold then or later, orders of the last day. [UTC]

        Returns
        -------
        list of dict, by code
            The columns of ``ZONES``; ``night``, ``decision``, ``minutes``, ``depth_mm``,
            ``litres``, ``starts_at``, ``computed_at`` of the last plan, None before any; ``why``, a
            dict with every input of the figure (see ``control_center.watering``), empty before any;
            ``reserve_percent``, ``threshold_percent``, ``after_percent``, None where not known;
            ``command``, the newest order to its valve within a day as a dict of ``COMMANDS``, or
            None; ``override``, the decision of a person that holds, as a dict of ``OVERRIDES``, or
            None.

        Raises
        ------
        NotFound
            No park of that code has a zone.
        """
        zones = self._zones_with_plans().filter(pl.col("park_code") == park_code)
        if zones.is_empty():
            raise NotFound("park", park_code)
        valves = zones["valve_id"].drop_nulls().to_list()
        with self._database.connection() as connection:
            orders = read_frame(
                connection,
                "irrigation/last_commands",
                COMMANDS,
                {"valve_ids": valves, "since": at - timedelta(days=1)},
            )
            decided = overrides(connection, at, at + timedelta(days=4))
        by_valve = {row["valve_id"]: row for row in orders.iter_rows(named=True)}
        return [
            _card(zone, by_valve.get(zone["valve_id"]), decided)
            for zone in zones.iter_rows(named=True)
        ]

    def history(self, zone_id: int, days: int, *, until: date) -> pl.DataFrame:
        """Return the days of a zone's soil before a date; schema ``HISTORY``."""
        asked = {"zone_id": zone_id, "since": until - timedelta(days=days), "until": until}
        with self._database.connection() as connection:
            return read_frame(connection, "irrigation/history", HISTORY, asked)

    def _zones_with_plans(self) -> pl.DataFrame:
        night = self.night()
        with self._database.connection() as connection:
            zones = zones_of(connection)
            planned = pl.DataFrame(schema=PLANS) if night is None else plans(connection, night)
        return zones.join(planned, on="zone_id", how="left", maintain_order="left")


def zones_of(connection: Connection[TupleRow]) -> pl.DataFrame:
    """Return every zone of the territory; schema ``ZONES``."""
    return read_frame(connection, "irrigation/zones", ZONES)


def stations(connection: Connection[TupleRow]) -> pl.DataFrame:
    """Return the weather stations, the best covered first; schema ``STATIONS``."""
    return read_frame(connection, "irrigation/stations", STATIONS)


def weather(
    connection: Connection[TupleRow], station_id: int, since: date, until: date
) -> pl.DataFrame:
    """Return a station's days in ``[since, until)``; schema ``WEATHER``."""
    asked = {"station_id": station_id, "since": since, "until": until}
    return read_frame(connection, "irrigation/weather", WEATHER, asked)


def standing(connection: Connection[TupleRow], until: date) -> pl.DataFrame:
    """Return where each zone's soil stood at its last stored day before one; ``STANDING``."""
    return read_frame(connection, "irrigation/last_balances", STANDING, {"until": until})


def since_full(connection: Connection[TupleRow], since: date, until: date) -> pl.DataFrame:
    """Return what zones lost and received since they were last wetted; schema ``SINCE_FULL``."""
    asked = {"since": since, "until": until}
    return read_frame(connection, "irrigation/since_full", SINCE_FULL, asked)


def dry_days(
    connection: Connection[TupleRow], station_id: int, until: date, least_mm: float
) -> int | None:
    """Return the days without rain to any effect before a date; None: not known."""
    asked = {"station_id": station_id, "until": until, "least_mm": least_mm}
    row = connection.execute(statement("irrigation/dry_days"), asked).fetchone()
    return row[0] if row else None


def overrides(connection: Connection[TupleRow], since: datetime, until: datetime) -> pl.DataFrame:
    """Return what people decided for a span; ``zone_id`` null: every zone. ``OVERRIDES``."""
    asked = {"since": since, "until": until}
    return read_frame(connection, "irrigation/overrides", OVERRIDES, asked)


def plans(connection: Connection[TupleRow], night: date) -> pl.DataFrame:
    """Return the plan of a night that holds, one row a zone; schema ``PLANS``."""
    return read_frame(connection, "irrigation/plans", PLANS, {"night": night})


def ordered(connection: Connection[TupleRow], person: str, prefix: str) -> set[str]:
    """Return the keys of a person's orders that begin so."""
    rows = connection.execute(statement("irrigation/ordered"), {"person": person, "night": prefix})
    return {key for (key,) in rows}


def _card(
    zone: dict[str, Any], order: dict[str, Any] | None, decided: pl.DataFrame
) -> dict[str, Any]:
    why = orjson.loads(zone["why"]) if zone["why"] else {}
    holds = decided.filter(pl.col("zone_id").is_null() | (pl.col("zone_id") == zone["zone_id"]))
    command = None if order is None else order | {"parameters": orjson.loads(order["parameters"])}
    return zone | {
        "why": why,
        "reserve_percent": why.get("reserve_percent"),
        "threshold_percent": why.get("threshold_percent"),
        "after_percent": why.get("after_percent"),
        "command": command,
        "override": holds.row(0, named=True) if holds.height else None,
    }
