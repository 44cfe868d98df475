"""A little town with meters: cabinets renewed or not, buildings, two years of daily energy."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from tests.twin.evaluation.synthetic import noise
from twin.buildings.rest_days import WEEKEND, weekdays
from twin.lighting.burning_hours import local_day_hours
from twin.local_time import midnights
from twin.store.copying import stage
from twin.store.database import Database

TODAY = date(2026, 7, 10)
NOW = datetime(2026, 7, 10, 17, 0, tzinfo=UTC)
DAYS = np.arange(np.datetime64("2024-07-01"), np.datetime64(TODAY))
WORKS_FROM, WORKS_TO = date(2025, 7, 5), date(2025, 7, 12)
AFTER = np.datetime64(WORKS_TO) < DAYS
_PLACE = (47.5, 7.3)
_ZONE = "Europe/Paris"


def build(database: Database, *, history: bool = True) -> None:
    """Fill an empty store: A-1 renewed, A-2 as it was, A-3 without a meter, two buildings.

    Without ``history`` nothing has been read yet.
    """
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO territory (slug, name, simulated, timezone, metric_srid, longitude,"
            " latitude, created_at) VALUES ('essai', 'Essai', true, %s, 2154, %s, %s, %s)",
            (_ZONE, _PLACE[1], _PLACE[0], NOW),
        )
        for code, lights in (("A-1", 30), ("A-2", 50), ("A-3", 20)):
            _cabinet(connection, code, lights)
        for code in ("B-1", "B-2"):
            _asset(connection, "building", code, properties='{"followed": true, "use": "school"}')
        for kind, code in (("cabinet", "A-1"), ("building", "B-1")):
            works(connection, kind, code)
        if not history:
            return
        nights = local_day_hours(DAYS, *_PLACE, timezone=_ZONE)
        outdoors = 11.5 - 9.5 * np.cos(2 * np.pi * (np.arange(DAYS.size) + 180) / 365.25)
        _weather(connection, outdoors)
        heat = np.maximum(15 - outdoors, 0) * 12 + np.where(WEEKEND[weekdays(DAYS)], 60, 200)
        readings(connection, "cabinet", "A-1", np.where(AFTER, 1.2, 3.0) * nights + 1, 0.4)
        readings(connection, "cabinet", "A-2", 5.0 * nights + 1, 0.5)
        readings(connection, "building", "B-1", np.where(AFTER, 0.85, 1.0) * heat, 8.0)
        late = np.where(np.arange(DAYS.size) < 600, np.nan, heat)
        readings(connection, "building", "B-2", late, 8.0)


def works(connection: Connection[TupleRow], kind: str, code: str, first: date = WORKS_FROM) -> None:
    """Record works on a thing."""
    connection.execute(
        "INSERT INTO saving_action (asset_id, code, title, works_from, works_to, planned_kwh,"
        " cost_eur) SELECT id, 'led', 'Passage aux diodes', %s, %s, 7000, 24000 FROM asset"
        " WHERE kind = %s AND code = %s",
        (first, first + (WORKS_TO - WORKS_FROM), kind, code),
    )


def readings(
    connection: Connection[TupleRow], kind: str, code: str, kwh: np.ndarray, scatter_kwh: float
) -> None:
    """Give a thing its daily energy, stamped at local midnights."""
    stream = connection.execute(
        "INSERT INTO datastream (asset_id, property, unit) SELECT id, 'daily_energy', 'kWh'"
        " FROM asset WHERE kind = %s AND code = %s RETURNING id",
        (kind, code),
    ).fetchone()
    assert stream is not None
    metered = kwh + scatter_kwh * noise((1, kwh.size), 0.3, stream[0])[0]
    rows = pl.DataFrame(
        {"at": pl.Series(midnights(DAYS, _ZONE)).dt.replace_time_zone("UTC"), "kwh": metered}
    ).filter(pl.col("kwh").is_not_nan())
    stage(connection, "incoming", {"at": "timestamptz", "kwh": "float8"}, rows)
    connection.execute("SELECT ensure_partitions('observation', array_agg(at::date)) FROM incoming")
    connection.execute(
        "INSERT INTO observation SELECT at, %s, kwh, 0, 0 FROM incoming", (stream[0],)
    )


def index(database: Database, code: str, at: datetime, kwh: float) -> None:
    """Let a cabinet's meter send its index."""
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO datastream (asset_id, dev_eui, property, channel, unit)"
            " SELECT id, 'meter', 'active_energy', 0, 'kWh' FROM asset WHERE code = %s"
            " ON CONFLICT DO NOTHING",
            (code,),
        )
        connection.execute("SELECT ensure_partitions('observation', ARRAY[%s::date])", (at,))
        connection.execute(
            "INSERT INTO observation SELECT %s, s.id, %s, 0, 0 FROM datastream s"
            " JOIN asset a ON a.id = s.asset_id AND a.code = %s WHERE property = 'active_energy'",
            (at, kwh, code),
        )


def _cabinet(connection: Connection[TupleRow], code: str, lights: int) -> None:
    cabinet = _asset(connection, "cabinet", code)
    feeder = _asset(connection, "feeder", f"{code}/1")
    _supplies(connection, feeder, cabinet)
    for number in range(lights):
        light = _asset(connection, "streetlight", f"{code}/1/{number}")
        connection.execute("INSERT INTO light (asset_id) VALUES (%s)", (light,))
        _supplies(connection, light, feeder)


def _asset(connection: Connection[TupleRow], kind: str, code: str, properties: str = "{}") -> int:
    row = connection.execute(
        "INSERT INTO asset (kind, code, name, longitude, latitude, properties, valid_from)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (kind, code, f"{kind} {code}", _PLACE[1], _PLACE[0], properties, NOW),
    ).fetchone()
    assert row is not None
    return int(row[0])


def _supplies(connection: Connection[TupleRow], child: int, parent: int) -> None:
    connection.execute(
        "INSERT INTO link (child_id, parent_id, role, rung, source, confidence, valid_from)"
        " VALUES (%s, %s, 'supplies', 0, 'register', 1, %s)",
        (child, parent, NOW - timedelta(days=1)),
    )


def _weather(connection: Connection[TupleRow], outdoors: np.ndarray) -> None:
    station = _asset(connection, "weather_station", "M-1")
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO daily_weather VALUES (%s, %s, %s, %s, %s, 50, 90, 2, 15, 0, 3, 24)",
            [
                (station, day, mean - 4, mean + 4, mean)
                for day, mean in zip(DAYS.tolist(), outdoors.tolist(), strict=True)
            ],
        )
