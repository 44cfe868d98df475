"""The town of ``tests.twin.incidents.town`` in a real store, and instruments that speak."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from tests.twin.incidents.town import EVENING, GATEWAY, town_frames
from twin.clock import VirtualClock
from twin.store.database import Database


class StoredTown:
    """A town in a store, seen through a clock that moves when told."""

    def __init__(self, database: Database, start: datetime = EVENING) -> None:
        self.database, self.clock = database, VirtualClock(start)
        self._batch = 0
        with database.connection() as connection:
            _fill(connection, start)
        self.receive(start - timedelta(days=1), start)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def later(self, minutes: float, *, door_open: bool = True) -> None:
        """Time passes; others are heard all the while, unless our own door is closed."""
        before = self.now
        self.clock.advance(minutes * 60)
        if door_open:
            self.receive(before, self.now)

    def receive(self, start: datetime, end: datetime) -> None:
        """Our door takes something every minute."""
        self.sql(
            "INSERT INTO ledger SELECT 'mqtt', minute, 'received', '', 23"
            " FROM generate_series(date_trunc('minute', %s::timestamptz), %s, '1 minute') minute"
            " ON CONFLICT DO NOTHING",
            start,
            end,
        )

    def say(self, asset: int, at: datetime | None = None, **values: float) -> None:
        """An instrument on an asset reports, ``channel`` apart: ``voltage_2=201``."""
        self.say_all([asset], at, **values)

    def say_all(self, assets: Iterable[int], at: datetime | None = None, **values: float) -> None:
        at = at or self.now
        self._batch += 1
        with self.database.connection() as connection:
            for asset in assets:
                for name, value in values.items():
                    code, _, channel = name.partition("__")
                    _latest(
                        connection,
                        asset,
                        code=code,
                        channel=int(channel or 0),
                        value=value,
                        at=at,
                        batch=self._batch,
                    )
                connection.execute(
                    "UPDATE device SET last_seen = greatest(last_seen, %s) WHERE asset_id = %s",
                    (at, asset),
                )

    def all_lit(self, but: Iterable[int] = ()) -> None:
        lights = [light for light in range(101, 121) if light not in set(but)]
        self.say_all(lights, lamp_on=1, active_power=29, dimming_level=100)
        self.say(50, soil_moisture=30)
        self.say(51, water_leak=0)

    def sql(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with self.database.connection() as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []


def _fill(connection: Connection[Any], start: datetime) -> None:
    frames = town_frames()
    connection.execute(
        "INSERT INTO territory (slug, name, simulated, timezone, metric_srid, longitude, latitude,"
        " data_version, created_at)"
        " VALUES ('essai', 'Essai', true, 'Europe/Paris', 2154, -0.55, 47.45, 'v1', %s)",
        (start,),
    )
    began = start - timedelta(days=30)

    def asset(row: dict[str, Any], kind: str, geom: bytes | None = None, **more: Any) -> None:
        connection.execute(
            "INSERT INTO asset (id, kind, code, name, geom, longitude, latitude, properties,"
            " valid_from) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                row["asset_id"], kind, row["code"], row.get("name", ""), geom,
                row.get("longitude"), row.get("latitude"), Jsonb(more), began,
            ),
        )  # fmt: skip

    def supplies(child: int, parent: int) -> None:
        connection.execute(
            "INSERT INTO link (child_id, parent_id, role, rung, source, confidence, valid_from)"
            " VALUES (%s, %s, 'supplies', 0, 'register', 0.98, %s)",
            (child, parent, began),
        )

    for row in frames.devices.to_dicts():
        asset(row, row["kind"], **({"street": row["place"]} if row["place"] else {}))
        connection.execute(
            "INSERT INTO supply_device (asset_id, plinth_m, plinth_source, regime)"
            " VALUES (%s, %s, %s, %s)",
            (row["asset_id"], row["plinth_m"], row["plinth_source"], row["regime"]),
        )
        if row["parent_id"]:
            supplies(row["asset_id"], row["parent_id"])
    assert frames.streets is not None
    for row in frames.streets.to_dicts():
        asset({"asset_id": row["street_id"], "code": row["slug"], "name": row["name"]}, "street")
    assert frames.sections is not None
    for row in frames.sections.to_dicts():
        asset({"asset_id": row["section_id"], "code": f"t-{row['section_id']}"}, "street_section")
        connection.execute(
            "INSERT INTO street_section VALUES (%(section_id)s, %(street_id)s, %(length_cm)s,"
            " %(residents_thousandths)s)",
            row,
        )
    for row in frames.lights.to_dicts():
        asset(row, "streetlight")
        connection.execute(
            "INSERT INTO light (asset_id, technology, lamp_w, mains_w, section_id, attributed_cm)"
            " VALUES (%(asset_id)s, 'led', 28, 30, %(section_id)s, %(attributed_cm)s)",
            row,
        )
        supplies(row["asset_id"], row["supply_id"])
        connection.execute(
            "INSERT INTO light_index (idx, asset_id) VALUES (%(idx)s, %(asset_id)s)", row
        )
    assert frames.stretches is not None
    for row in frames.stretches.to_dicts():
        connection.execute(
            "INSERT INTO stretch (section_id, length_cm, light_ids)"
            " VALUES (%(section_id)s, %(length_cm)s, %(light_ids)s)",
            row,
        )
    assert frames.buildings is not None
    for row in frames.buildings.to_dicts():
        asset(row, "building", row["geom"])
    assert frames.places is not None
    for row in frames.places.to_dicts():
        asset(row, row["kind"])
    asset({"asset_id": GATEWAY, "code": "G-3", "name": "Clocher"}, "gateway")
    supplies(GATEWAY, 4)
    asset({"asset_id": 50, "code": "H-1"}, "hydrozone")
    asset({"asset_id": 51, "code": "S-1"}, "sensor")
    asset({"asset_id": 80, "code": "VR-02", "name": "Pont Vieux"}, "river_gauge")
    supplies(51, 2)
    _devices(connection, began)


def _devices(connection: Connection[Any], began: datetime) -> None:
    watched = [*range(101, 121), 50, 51, 2]
    for asset in [*watched, 80]:
        connection.execute(
            "INSERT INTO device (dev_eui, network, asset_id, interval_s, registered)"
            " VALUES (%s, 'chirpstack', %s, 900, true)",
            (f"device-{asset}", asset),
        )
        if asset != 80:
            connection.execute(
                "INSERT INTO link (child_id, parent_id, role, rung, source, confidence, valid_from)"
                " VALUES (%s, %s, 'hears', 4, 'uplinks', 0.9, %s)",
                (asset, GATEWAY, began),
            )
    connection.execute(
        "INSERT INTO device (dev_eui, network, asset_id, registered)"
        " VALUES ('g-3', 'gateway', %s, true)",
        (GATEWAY,),
    )


def _latest(
    connection: Connection[Any],
    asset: int,
    *,
    code: str,
    channel: int,
    value: float,
    at: datetime,
    batch: int,
) -> None:
    connection.execute(
        "WITH stream AS ("
        " INSERT INTO datastream (asset_id, dev_eui, property, channel, unit)"
        " VALUES (%(asset)s, %(device)s, %(code)s, %(channel)s, '1')"
        " ON CONFLICT (dev_eui, asset_id, property, channel) DO UPDATE SET unit = '1' RETURNING id)"
        " INSERT INTO latest SELECT id, %(at)s, %(value)s, 0, %(at)s, %(batch)s FROM stream"
        " ON CONFLICT (datastream_id) DO UPDATE SET measured_at = excluded.measured_at,"
        " value = excluded.value, batch = excluded.batch",
        {
            "asset": asset,
            "device": f"device-{asset}",
            "code": code,
            "channel": channel,
            "value": value,
            "at": at,
            "batch": batch,
        },
    )
