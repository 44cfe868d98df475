"""What a person records about the city: a flood, its end, an inspection.

Each act is one transaction with its line in the journal; then the territory is assessed at once,
and whoever listens on the broker is told.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import shapely
from psycopg import Connection
from psycopg.rows import TupleRow

from control_center.assessment import Assessment, assess
from control_center.broadcast import FLOOD, INSPECTION, broadcast
from control_center.cause_events import tell_cause
from twin.clock import Clock
from twin.errors import NotFound, Refused
from twin.model.states import OutageReason, SupplyState
from twin.store.database import Database
from twin.store.declared import CauseReader, burnt_at, end_cause
from twin.store.incident_writer import NewExtent, record_audit, record_extent
from twin.store.incident_writer import end_flood as write_end
from twin.store.sql import statement

OPERATOR = "operator"


def record_flood(
    database: Database,
    clock: Clock,
    person: str,
    extent: NewExtent,
    *,
    gauge_level_m: float | None = None,
) -> str:
    """Record the extent of a flood, and assess what it does.

    Parameters
    ----------
    gauge_level_m : float, optional
        Reading of the river gauge that goes with it; told to whoever listens. [m]

    Returns
    -------
    str
        Slug of the flood it belongs to: water that comes back is another flood.

    Raises
    ------
    NoTerritory
        Nothing has been imported or generated yet.
    """
    with database.connection() as connection:
        slug = record_extent(connection, extent).slug
        facts = {
            "file": extent.file_name,
            "sha256": extent.sha256,
            "polygons": len(extent.polygons),
            "observed_at": extent.observed_at.isoformat(),
        }
        write_down(
            connection,
            at=clock.now(),
            person=person,
            act="flood",
            subject=f"flood:{slug}",
            facts=facts,
        )
    assess(database, clock)
    event = _flood_event(slug, extent.observed_at, extent, gauge_level_m)
    broadcast(FLOOD, event)
    return slug


def end_flood(database: Database, clock: Clock, person: str, slug: str, at: datetime) -> Assessment:
    """Record that the water of a flood has gone; what it tripped waits for an inspection.

    Raises
    ------
    NotFound
        No flood of that name has water.
    """
    with database.connection() as connection:
        if not write_end(connection, slug, at):
            raise NotFound("flood with water", slug)
        write_down(
            connection,
            at=clock.now(),
            person=person,
            act="flood_end",
            subject=f"flood:{slug}",
            facts={"ended_at": at.isoformat()},
        )
    done = assess(database, clock)
    broadcast(FLOOD, _flood_event(slug, at, None))
    return done


def record_inspection(
    database: Database, clock: Clock, person: str, cabinet_code: str, note: str = ""
) -> Assessment:
    """Record that somebody inspected a device on site: it may be put back in service.

    What was recorded as burnt is so no longer.

    Parameters
    ----------
    cabinet_code : str
        Code of a cabinet, a substation or a feeder.

    Raises
    ------
    NotFound
        No supply device has that code.
    Refused
        Water still stands above its plinth (``still_wet``), or it waits for no inspection
        (``nothing_to_inspect``).
    """
    now = clock.now()
    with database.connection() as connection:
        found = connection.execute(
            statement("incidents/supply_device"), {"code": cabinet_code}
        ).fetchone()
        if found is None:
            raise NotFound("cabinet", cabinet_code)
        asset, kind, code, state, reason = found
        _require_inspectable(code, state, reason)
        replaced = burnt_at(connection, asset)
        for cause in replaced:
            end_cause(connection, cause, now)
        write_down(
            connection,
            at=now,
            person=person,
            act="inspection",
            subject=f"{kind}:{code}",
            facts={"asset_id": asset, "note": note, "causes_ended": replaced},
        )
    done = assess(database, clock)
    for ended in (CauseReader(database).one(cause) for cause in replaced):
        if ended is not None:
            tell_cause(database, ended)
    broadcast(INSPECTION, {"cabinet": code, "kind": kind, "at": now.isoformat(), "person": person})
    return done


def _require_inspectable(code: str, state: str, reason: str) -> None:
    burnt = state == SupplyState.TRIPPED and reason == OutageReason.BURNT
    if state == SupplyState.AWAITING_INSPECTION or burnt:
        return
    if state == SupplyState.TRIPPED and reason == OutageReason.FLOODED:
        raise Refused(
            "still_wet", f"{code} still stands in the water: record first that it receded"
        )
    raise Refused("nothing_to_inspect", f"{code} waits for no inspection: its state is {state!r}")


def write_down(
    connection: Connection[TupleRow],
    *,
    at: datetime,
    person: str,
    act: str,
    subject: str,
    facts: Mapping[str, Any],
) -> None:
    """Write a line of the journal, and tell that facts changed."""
    record_audit(
        connection, at=at, person=person, role=OPERATOR, act=act, subject=subject, detail=facts
    )
    connection.execute("SELECT pg_notify('reverbere_facts', %s)", (act,))


def _flood_event(
    slug: str, at: datetime, extent: NewExtent | None, gauge_level_m: float | None = None
) -> dict[str, object]:
    """Write a flood as an event: its whole extent, empty once the water has gone."""
    features = [
        {
            "type": "Feature",
            "properties": {"depth_m": depth, "gauge_level_m": gauge_level_m},
            "geometry": json.loads(shapely.to_geojson(shapely.from_wkb(wkb))),
        }
        for wkb, depth in (extent.polygons if extent else ())
    ]
    return {
        "event": slug,
        "at": at.isoformat(),
        "extent": {"type": "FeatureCollection", "features": features},
    }
