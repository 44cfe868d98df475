"""What is drawn over the city beside lights: devices, water, silent areas, the chosen incident."""

from datetime import datetime
from threading import Lock
from typing import Annotated, Any

import numpy as np
import orjson
import polars as pl
import shapely
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from control_center.api.ground import (
    bounds_of,
    building_features,
    collection,
    flood_features,
    silent_area,
    zone_features,
)
from control_center.live.geography import Geography
from control_center.people import OPERATORS_ONLY
from control_center.rendering import words_of
from control_center.texts import moments_of
from control_center.wall.zones import Zone, zones
from twin.model.states import LightState, OutageReason, SupplyState
from twin.store.city import CityReader
from twin.store.incidents import IncidentReader
from twin.store.operator import OperatorReader

router = APIRouter(prefix="/v1", tags=["map"], dependencies=OPERATORS_ONLY)

_SILENT_GATEWAYS = ("gateway_silent", "gateways_silent")
_OUT = (LightState.CONFIRMED_DARK, LightState.INFERRED_DARK)
_MOST_WIRES = 6000
_lock = Lock()

Instant = Annotated[datetime | None, Query(description="An instant; now by default")]


@router.get("/map/devices", summary="Cabinets, gateways and gauges, and counts by cabinet")
def devices(request: Request, at: Instant = None) -> Response:
    """Return what stands on the map beside lights, each with its icon and its state.

    Of an instant of the past, cabinets alone: what gateways and gauges said is on their curves.
    """
    latches = _latches(request, at)
    usual = (SupplyState.NORMAL, "")
    shown = [
        _device(row, *latches.get(row["asset_id"], usual))
        for row in geography(request).devices.to_dicts()
        if row["kind"] == "cabinet"
    ]
    if at is not None:
        return _json({"devices": shown, "counts": collection([])})
    return _json({"devices": [*shown, *_instruments(request)], "counts": _counts(request)})


@router.get("/map/ground", summary="Water, buildings in it, silent areas, zones, as GeoJSON")
def ground(request: Request, at: Instant = None) -> Response:
    """Return the newest extent of each flood under way, what open incidents cover, declared zones.

    Of an instant of the past, the water and the zones alone.
    """
    database = request.app.state.database
    declared = collection(zone_features(_zones(request, at)))
    if at is not None:
        then = OperatorReader(database).floods_at(at.astimezone())
        nothing = collection([])
        water = collection(_waters(request, then))
        return _json({"flood": water, "buildings": nothing, "silent": nothing, "zones": declared})
    return _json(
        {
            "zones": declared,
            "flood": collection(_floods(request)),
            "buildings": collection(building_features(OperatorReader(database).wet_buildings())),
            "silent": collection(_silent_areas(request)),
        }
    )


@router.get("/incidents/{code}/map", summary="One incident on the map")
def incident_map(request: Request, code: str) -> Response:
    """Return the devices of an incident, lines from them to the dark lights, and its bounds.

    A 404 problem where no incident has that code.
    """
    reader = IncidentReader(request.app.state.database)
    incident = reader.incident(code)
    assets = reader.assets(code)
    lights = assets.filter(pl.col("role").is_in(["light", "silent"]))
    wired = lights.filter(pl.col("role") == "light")["asset_id"].to_numpy()
    places = assets.filter(pl.col("role").is_in(["root", "device", "gateway"]))
    marks = places.drop_nulls(["longitude", "latitude"]).unique("asset_id", maintain_order=True)
    root = (incident.root.get("kind"), incident.root.get("code"))
    return _json(
        {
            "code": incident.code,
            "bounds": bounds_of(pl.concat([lights, places])),
            "devices": [
                {
                    "kind": row["kind"],
                    "code": row["code"],
                    "longitude": row["longitude"],
                    "latitude": row["latitude"],
                    "root": (row["kind"], row["code"]) == root,
                }
                for row in marks.sort(pl.col("code") != root[1], maintain_order=True).to_dicts()
            ],
            "wires": [{"path": path} for path in geography(request).wires(wired)[:_MOST_WIRES]],
        }
    )


def geography(request: Request) -> Geography:
    """Return the epoch's geography, read once an epoch."""
    state = request.app.state
    name = state.hub.image.name
    with _lock:
        kept: tuple[str, Geography] | None = getattr(state, "geography", None)
        if kept is None or kept[0] != name:
            kept = (name, Geography.read(state.database))
            state.geography = kept
        return kept[1]


def _device(row: dict[str, Any], latch: str, reason: str) -> dict[str, Any]:
    works = latch != SupplyState.NORMAL and reason == OutageReason.PLANNED
    return {
        "kind": row["kind"],
        "code": row["code"],
        "longitude": row["longitude"],
        "latitude": row["latitude"],
        "icon": "cabinet_in_works" if works else f"cabinet_{latch}",
        "state": latch,
        "quiet": latch == SupplyState.NORMAL,
    }


def _instruments(request: Request) -> list[dict[str, Any]]:
    """Gateways and river gauges; a gateway that an open incident calls silent is dotted."""
    database = request.app.state.database
    reader, city = IncidentReader(database), CityReader(database)
    silent = {
        code
        for incident in reader.open_incidents()
        if incident.kind in _SILENT_GATEWAYS
        for code in reader.assets(incident.code).filter(pl.col("kind") == "gateway")["code"]
    }
    found = []
    for kind in ("gateway", "river_gauge"):
        for row in city.places(kind).drop_nulls(["longitude", "latitude"]).to_dicts():
            out = row["code"] in silent
            found.append(
                {
                    "kind": kind,
                    "code": row["code"],
                    "longitude": row["longitude"],
                    "latitude": row["latitude"],
                    "icon": f"{kind}_silent" if out else kind,
                    "state": "silent" if out else "normal",
                    "quiet": not out,
                }
            )
    return found


def _counts(request: Request) -> dict[str, Any]:
    """Count by cabinet, for zooms where lights would be dust: « 12 sur 340 »."""
    image, places = request.app.state.hub.image, geography(request)
    out = image.asset_ids[np.isin(image.states, _OUT)]
    words = words_of(request)
    counted = places.counts(out).join(
        places.devices.select("asset_id", "longitude", "latitude"),
        left_on="cabinet_id",
        right_on="asset_id",
    )
    return collection(
        {
            "type": "Feature",
            "properties": {
                "label": words.plain(
                    "operator.out_of",
                    out=words.number(row["out"]),
                    lights=words.number(row["lights"]),
                )
            },
            "geometry": {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]},
        }
        for row in counted.filter(pl.col("out") > 0).to_dicts()
    )


def _latches(request: Request, at: datetime | None) -> dict[int, tuple[str, str]]:
    """Return the state, and its reason, of each supply device that ever left normal."""
    database = request.app.state.database
    if at is not None:
        return OperatorReader(database).supply_states_at(at.astimezone())
    now = IncidentReader(database).supply_states()
    told = now.select("asset_id", "state", pl.col("reason").fill_null(""))
    return {asset: (state, reason) for asset, state, reason in told.iter_rows()}


def _floods(request: Request) -> list[dict[str, Any]]:
    floods = IncidentReader(request.app.state.database).floods()
    return _waters(request, floods.filter(pl.col("ended_at").is_null()).drop_nulls("extent_id"))


def _waters(request: Request, floods: pl.DataFrame) -> list[dict[str, Any]]:
    """Draw the given extents of floods."""
    reader = IncidentReader(request.app.state.database)
    polygons = reader.flood_polygons(floods["extent_id"].to_list())
    deepest = words_of(request).plain("operator.water_up_to", centimetres="{}")
    occupied = geography(request).places()
    features = []
    for flood in floods.to_dicts():
        sheets = [
            (shapely.from_wkb(row["geom"]), float(row["depth_m"]))
            for row in polygons.filter(pl.col("flood_id") == flood["flood_id"]).to_dicts()
        ]
        if sheets:
            features += flood_features(
                sheets, simulated=flood["simulated"], deepest=deepest, occupied=occupied
            )
    return features


def _zones(request: Request, at: datetime | None) -> list[Zone]:
    """Return the declared zones as they are known, or as they were known at an instant."""
    state = request.app.state
    now = state.clock.now()
    then = now if at is None else min(at.astimezone(), now)
    territory = state.territory()
    if territory is None:
        return []
    return zones(state.database, moments_of(words_of(request).language, territory, then))


def _silent_areas(request: Request) -> list[dict[str, Any]]:
    reader = IncidentReader(request.app.state.database)
    words = words_of(request)
    features = []
    for incident in reader.open_incidents():
        if incident.kind not in _SILENT_GATEWAYS:
            continue
        touched = reader.assets(incident.code)
        members = touched.filter(pl.col("role").is_in(["light", "silent"]))
        gateways = touched.filter(pl.col("kind") == "gateway")["code"].unique().sort()
        label = words.plural(
            "operator.silent_area", members.height, gateway=", ".join(gateways.head(3))
        )
        features += silent_area(members, label)
    return features


def _json(body: object) -> Response:
    return Response(
        orjson.dumps(body), media_type="application/json", headers={"Cache-Control": "no-cache"}
    )
