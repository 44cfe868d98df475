"""A garden in July: three zones with valves on one water connection, one without; a station."""

from datetime import UTC, date, datetime, timedelta

from psycopg import Connection
from psycopg.rows import TupleRow

from twin.store.database import Database

TODAY = date(2026, 7, 10)
EVENING = datetime(2026, 7, 10, 17, 0, tzinfo=UTC)  # 19:00 in Paris
OPENS = datetime(2026, 7, 10, 20, 0, tzinfo=UTC)  # 22:00
STORM_DAY = date(2026, 6, 28)  # 80 mm: every soil is full from then on
ET0_MM = 5.0
# code: plant, coefficient, root depth [m], allowed depletion, area [m²], rate [mm/h]
ZONES = {
    "Z-1": ("cool_turf", 0.8, 0.30, 0.4, 300, 12.0),
    "Z-2": ("shrub_bed", 0.5, 0.60, 0.5, 200, 10.0),
    "Z-3": ("annual_bed", 0.8, 0.30, 0.4, 100, 20.0),
    "Z-4": ("hedge", 0.9, 0.30, 0.4, 100, 10.0),
}


def build(database: Database, *, weather_until: date = TODAY, station: bool = True) -> None:
    """Fill an empty store; weather is known up to a date, not included."""
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO territory (slug, name, simulated, timezone, metric_srid, longitude,"
            " latitude, created_at) VALUES ('essai', 'Essai', true, 'Europe/Paris', 2154, 7.3,"
            " 47.5, %s)",
            (EVENING,),
        )
        park = _asset(connection, "park", "PK-1", name="Parc des Cordeliers")
        water = _asset(connection, "point_of_connection", "PC-1", '{"capacity_m3_h": 4.5}')
        for number, code in enumerate(ZONES, start=1):
            _zone(connection, park, water, code, f"V-{number}" if code != "Z-4" else None)
        if station:
            _station(connection, weather_until)


def say(database: Database, kind: str, name: str, at: datetime, value: float) -> None:
    """Let a thing say something: ``say(db, 'M-1', 'rain', at, 0.4)``."""
    with database.connection() as connection:
        stream(connection, kind, name)
        connection.execute("SELECT ensure_partitions('observation', ARRAY[%s::date])", (at,))
        connection.execute(
            "INSERT INTO observation SELECT %s, s.id, %s, 0, 0 FROM datastream s JOIN asset a"
            " ON a.id = s.asset_id AND a.code = %s WHERE s.property = %s",
            (at, value, kind, name),
        )


def probe(database: Database, zone: str, at: datetime, percent: float) -> None:
    """Let the probe of a zone say how moist the soil is: only its newest value counts."""
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO latest VALUES (%s, %s, %s, 0, %s, 1)",
            (stream(connection, zone, "soil_moisture"), at, percent, at),
        )


def say_weather(database: Database, start: datetime, hours: int, **changed: float) -> None:
    """Let the station speak every hour; 20 °C, 60 %, 2 m/s, 250 W/m², no rain if not told."""
    values = {
        "air_temperature": 20.0,
        "relative_humidity": 60.0,
        "wind_speed": 2.0,
        "global_radiation": 250.0,
        "rain": 0.0,
    } | changed
    instants = [start + timedelta(hours=hour) for hour in range(hours)]
    with database.connection() as connection:
        days = sorted({at.date() for at in instants})
        connection.execute("SELECT ensure_partitions('observation', %s)", (days,))
        for name, value in values.items():
            number = stream(connection, "M-1", name)
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO observation VALUES (%s, %s, %s, 0, 0)",
                    [(at, number, value) for at in instants],
                )


def stream(connection: Connection[TupleRow], code: str, name: str) -> int:
    """Return the datastream of a thing's property, made if need be."""
    connection.execute(
        "INSERT INTO datastream (asset_id, dev_eui, property, unit)"
        " SELECT id, lower(code), %s, '1' FROM asset WHERE code = %s ON CONFLICT DO NOTHING",
        (name, code),
    )
    row = connection.execute(
        "SELECT s.id FROM datastream s JOIN asset a ON a.id = s.asset_id"
        " WHERE a.code = %s AND s.property = %s",
        (code, name),
    ).fetchone()
    assert row is not None
    return int(row[0])


def orders(database: Database) -> list[tuple[str, int, datetime]]:
    """Return every order: valve, seconds, expiry; by the hour they were meant for."""
    with database.connection() as connection:
        return connection.execute(
            "SELECT a.code, (c.parameters ->> 'duration_s')::int, c.expires_at FROM command c"
            " JOIN asset a ON a.id = c.asset_id ORDER BY c.issued_at, a.code"
        ).fetchall()


def _zone(
    connection: Connection[TupleRow], park: int, water: int, code: str, valve_code: str | None
) -> None:
    plant, coefficient, depth, fraction, area, rate = ZONES[code]
    zone = _asset(connection, "hydrozone", code, name=f"secteur {code}")
    valve = None
    if valve_code is not None:
        valve = _asset(connection, "valve", valve_code)
        connection.execute(
            "INSERT INTO link (child_id, parent_id, role, rung, source, confidence, valid_from)"
            " VALUES (%s, %s, 'part_of', 0, 'register', 1, %s)",
            (valve, water, EVENING - timedelta(days=99)),
        )
        connection.execute(
            "INSERT INTO device (dev_eui, network, asset_id, registered)"
            " VALUES (%s, 'chirpstack', %s, true)",
            (valve_code.lower(), valve),
        )
    connection.execute(
        "INSERT INTO hydrozone VALUES"
        " (%s, %s, %s, %s, %s, 'loam', 0.25, 0.12, %s, %s, %s, %s, 0.75, NULL, NULL)",
        (zone, park, valve, plant, coefficient, depth, fraction, area, rate),
    )


def _station(connection: Connection[TupleRow], until: date) -> None:
    station = _asset(connection, "weather_station", "M-1", '{"altitude_m": 300}')
    first = date(2026, 6, 20)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO daily_weather VALUES (%s, %s, 14, 26, 20, 40, 90, 2, 22, %s, %s, 24)",
            [
                (station, day, 80 if day == STORM_DAY else 0, ET0_MM)
                for day in (first + timedelta(days=n) for n in range((until - first).days))
            ],
        )


def _asset(
    connection: Connection[TupleRow], kind: str, code: str, properties: str = "{}", name: str = ""
) -> int:
    row = connection.execute(
        "INSERT INTO asset (kind, code, name, longitude, latitude, properties, valid_from)"
        " VALUES (%s, %s, %s, 7.3, 47.5, %s, %s) RETURNING id",
        (kind, code, name, properties, EVENING - timedelta(days=99)),
    ).fetchone()
    assert row is not None
    return int(row[0])
