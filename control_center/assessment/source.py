"""The city as it stands in the store, laid out for the laws; read again only when it changed."""

from datetime import datetime, timedelta

import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.incidents.around import RADIUS_M
from twin.incidents.city import City, Frames, lay_out
from twin.store.city import CityReader, Territory
from twin.store.database import Database
from twin.store.frames import read_frame
from twin.store.sql import statement

HEARD_WITHIN = timedelta(days=30)
"""Who hears whom is learnt from messages at most this old."""

RECOUNT = timedelta(minutes=1)
"""How often links and wired devices are counted to see whether the city changed."""

RELEARN = timedelta(minutes=30)
"""How often that is learnt again."""

_GATEWAYS = pl.Schema(
    [
        ("gateway_id", pl.Int64()),
        ("supply_id", pl.Int64()),
        ("backup_h", pl.Float64()),
        ("code", pl.String()),
        ("name", pl.String()),
    ]
)
SENSORS = pl.Schema(
    [
        ("sensor_id", pl.Int64()),
        ("kind", pl.String()),
        ("interval_s", pl.Int32()),  # null: not known
        ("last_seen", pl.Datetime("us", "UTC")),  # null: never
        ("known_since", pl.Datetime("us", "UTC")),  # null: not known
        ("supply_id", pl.Int64()),  # null: on battery, or not known
    ]
)
_HEARS = pl.Schema([("gateway_id", pl.Int64()), ("sensor_id", pl.Int64())])
_PROGRAMMES = pl.Schema(
    [("asset_id", pl.Int64()), ("off_from_s", pl.Float64()), ("off_to_s", pl.Float64())]
)


class CitySource:
    """Hands out the city, and says when it is another one.

    Parameters
    ----------
    database : Database
        The territory's store.

    Attributes
    ----------
    city : City
        As last read.
    territory : Territory
        Likewise.
    sensors : DataFrame
        Watched things (``SENSORS``), by id.
    gauges : DataFrame
        River gauges (``twin.model.frames.PLACES``).
    """

    city: City
    territory: Territory
    sensors: pl.DataFrame
    gauges: pl.DataFrame

    def __init__(self, database: Database) -> None:
        self._reader = CityReader(database)
        self._stamp: tuple[str, str] | None = None
        self._counted_at: datetime | None = None
        self._hears = _HEARS.to_frame()
        self._learnt_at: datetime | None = None

    def refresh(self, connection: Connection[TupleRow], now: datetime) -> bool:
        """Read the city again if it changed; return whether it was read.

        Raises
        ------
        NoTerritory
            Nothing has been imported or generated yet.
        """
        stamp = self._look(connection, now)
        relearn = self._learnt_at is None or not (
            self._learnt_at <= now < self._learnt_at + RELEARN
        )
        if stamp == self._stamp and not relearn:
            return False
        hears = read_frame(
            connection, "incidents/hears", _HEARS, {"since": now - HEARD_WITHIN}
        ).sort("gateway_id", "sensor_id")
        known = stamp == self._stamp and hears.equals(self._hears)
        self._learnt_at = now
        if known:
            return False
        self._hears = hears
        self._read(connection)
        self._stamp = stamp
        return True

    def _look(self, connection: Connection[TupleRow], now: datetime) -> tuple[str, str]:
        """Return what changes when the city does; what must be counted, only now and then."""
        before = ("", "") if self._stamp is None else self._stamp
        due = self._counted_at is None or not (self._counted_at <= now < self._counted_at + RECOUNT)
        for count in (due, True):
            row = connection.execute(statement("incidents/city_stamp"), {"count": count}).fetchone()
            quick, counted = ("", "") if row is None else (str(row[0]), str(row[1]))
            if count:
                self._counted_at = now
                return quick, counted
            if quick == before[0]:
                break
        return before

    def _read(self, connection: Connection[TupleRow]) -> None:
        reader = self._reader
        self.territory = reader.territory()
        self.sensors = read_frame(connection, "incidents/sensors", SENSORS)
        self.gauges = reader.places("river_gauge")
        gateways = read_frame(connection, "incidents/gateways", _GATEWAYS)
        lights = reader.lights()
        self.city = lay_out(
            Frames(
                lights=lights,
                devices=reader.supply_devices(),
                sections=reader.sections(),
                stretches=reader.stretches(),
                streets=reader.streets(),
                buildings=reader.buildings(),
                places=pl.concat([reader.places(kind) for kind in RADIUS_M]),
                links=reader.links("supplies"),
                gateways=gateways.unique("gateway_id", keep="first", maintain_order=True),
                sensors=_fed(self.sensors, lights),
                hears=self._hears,
                programmes=read_frame(connection, "incidents/programmes", _PROGRAMMES),
            )
        )


def _fed(sensors: pl.DataFrame, lights: pl.DataFrame) -> pl.DataFrame:
    """Give the controller of a light the supply of that light."""
    own = lights.select(sensor_id="asset_id", of_light="supply_id")
    return sensors.join(own, on="sensor_id", how="left", maintain_order="left").with_columns(
        supply_id=pl.coalesce("of_light", "supply_id")
    )
