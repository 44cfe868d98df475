"""What is known of one thing: now, or as it was known at an instant of the past.

Of the past only what the store keeps a history of is told; what it keeps none of is named, so that
no page shows today's in its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import polars as pl

from twin.incidents.silence import Hearing
from twin.store.database import Database
from twin.store.operator import (
    DEVICES,
    LightFacts,
    OperatorReader,
    SupplyFacts,
    SupplyLink,
    Thing,
    TouchingIncident,
)
from twin.store.past_things import PastThings
from twin.store.sensor_states import SensorState, SensorStateReader
from twin.store.telemetry import TelemetryReader
from twin.store.wiring import WiringReader

FED: Final = ("streetlight", "cabinet", "feeder", "gateway")
"""Kinds whose supply is told."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one thing.

    Attributes
    ----------
    light : LightFacts or None
        None for what is no light.
    latch : SupplyFacts or None
        None for what is no supply device.
    path : list of SupplyLink
        What feeds it, from the nearest device to the source.
    streams : DataFrame
        The last value of each series (``twin.store.telemetry.STREAMS``).
    devices : DataFrame
        Those that watch it (``twin.store.operator.DEVICES``).
    watched : bool
        Whether anything measures it.
    last_seen : datetime or None
        When its devices were last heard.
    heard : SensorState or None
        How it is heard.
    below : mapping
        How many things that hang on it are heard how.
    doubts : list of dict
        Defects of its wiring (``twin.store.wiring.DEFECTS``).
    lacking : list of str
        What no history is kept of, or none back to then: ``operator.lacking.*``. Nothing for now.
    """

    thing: Thing
    light: LightFacts | None
    latch: SupplyFacts | None
    path: list[SupplyLink]
    streams: pl.DataFrame
    doubts: list[dict[str, Any]]
    incidents: list[TouchingIncident]
    last_seen: datetime | None
    watched: bool
    devices: pl.DataFrame = field(default_factory=DEVICES.to_frame)
    heard: SensorState | None = None
    below: Mapping[Hearing, int] = field(default_factory=dict)
    lacking: list[str] = field(default_factory=list)

    @property
    def cause(self) -> tuple[str, str] | None:
        """Kind and code of the nearest device that is out above a light; None for none."""
        if self.light is not None and self.light.cause_code is not None:
            return self.light.cause_kind or "", self.light.cause_code
        return next(((one.kind, one.code) for one in self.path if one.state != "normal"), None)


def known_now(database: Database, thing: Thing) -> Known:
    """Return what is known of a thing now."""
    reader, sensors = OperatorReader(database), SensorStateReader(database)
    streams = TelemetryReader(database).streams(thing.id)
    devices = reader.devices_of(thing.id)
    latch = reader.supply(thing.id)
    return Known(
        thing=thing,
        light=reader.light(thing.id) if thing.kind == "streetlight" else None,
        latch=latch,
        path=reader.supply_path(thing.id),
        streams=streams,
        doubts=WiringReader(database).defects(thing.id).to_dicts(),
        incidents=reader.incidents_of(thing.id),
        last_seen=max(devices["last_seen"].drop_nulls().to_list(), default=None),
        watched=not devices.is_empty() or not streams.is_empty(),
        devices=devices,
        heard=sensors.of_asset(thing.id),
        below={} if latch is None else sensors.below(thing.id),
    )


def known_then(database: Database, thing: Thing, past: PastThings) -> Known:
    """Return what was known of a thing at an instant, and what of it is not kept."""
    sheet = past.sheet(thing.id)
    path = past.supply_path(thing.id)
    streams = past.streams(thing.id)
    watched = not OperatorReader(database).devices_of(thing.id).is_empty() or bool(streams.height)
    defects = WiringReader(database).defects(thing.id)
    known = Known(
        thing=thing if sheet is None else replace(thing, name=sheet.name),
        light=past.light(thing.id, sheet) if thing.kind == "streetlight" else None,
        latch=past.supply(thing.id, sheet),
        path=path,
        streams=streams,
        doubts=defects.filter(pl.col("found_at") <= past.at).to_dicts(),
        incidents=past.incidents_of(thing, path),
        last_seen=past.last_seen(thing.id),
        watched=watched,
    )
    return replace(known, lacking=_lacking(known, registered=sheet is not None))


def _lacking(known: Known, *, registered: bool) -> list[str]:
    """Name what is not known of then."""
    fed = known.thing.kind in FED
    absent = {
        "state": known.light is not None and known.light.state is None,
        "sheet": not registered,
        "supply": fed and not known.path,
        "message": known.watched and known.last_seen is None,
        "readings": bool(known.streams.height) and known.streams["value"].is_null().all(),
        "hearing": known.watched,
        "repaired": fed,
    }
    return [name for name, missing in absent.items() if missing]
