"""What the control centre tells the town: a flood, an inspection, a cut, a fire, works."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import orjson
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from simulators.city.model import Geometries
from simulators.city.plan import Floats

FLOOD_TOPIC, INSPECTION_TOPIC = "reverbere/event/flood", "reverbere/event/inspection"
CAUSE_TOPIC = "reverbere/event/cause"
_DEPTHS = ("depth_m", "depth", "profondeur_m", "profondeur")


@dataclass(frozen=True, slots=True)
class FloodEvent:
    """The whole extent of a flood as recorded; empty once the water has gone.

    Attributes
    ----------
    polygons : array of shapely polygons
        WGS 84.
    depths : array
        Depth inside each. [m]
    gauge_level_m : float | None
        Reading of the gauge that goes with it, where the recorder knew it.
    """

    polygons: Geometries
    depths: Floats
    gauge_level_m: float | None


@dataclass(frozen=True, slots=True)
class CauseEvent:
    """Cabinets that lose their supply for a while; told again, the newest word counts.

    Attributes
    ----------
    code : str
        Of the cause.
    cabinets : tuple of str
        Codes.
    starts_at : datetime
        From when on.
    until : datetime | None
        Until when; None for good, until the town is told otherwise.
    """

    code: str
    cabinets: tuple[str, ...]
    starts_at: datetime
    until: datetime | None

    def written(self) -> dict[str, Any]:
        """Return it as it is told."""
        until = None if self.until is None else self.until.isoformat()
        start = self.starts_at.isoformat()
        return {
            "code": self.code,
            "cabinets": list(self.cabinets),
            "starts_at": start,
            "until": until,
        }


def read_event(topic: str, payload: bytes) -> FloodEvent | CauseEvent | str | None:
    """Read an event: a flood, a cause, the code of an inspected cabinet; None for anything else."""
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    if topic == INSPECTION_TOPIC:
        code = document.get("cabinet") or document.get("code")
        return str(code) if code else None
    if topic == CAUSE_TOPIC:
        return read_cause(document)
    return _flood(document) if topic == FLOOD_TOPIC else None


def read_cause(document: dict[str, Any]) -> CauseEvent | None:
    """Read a cause; None where it is not one."""
    try:
        until = document["until"]
        starts_at = datetime.fromisoformat(document["starts_at"])
        event = CauseEvent(
            code=str(document["code"]),
            cabinets=tuple(str(code) for code in document["cabinets"]),
            starts_at=starts_at,
            until=None if until is None else datetime.fromisoformat(until),
        )
    except (KeyError, TypeError, ValueError):
        return None
    ends = (event.starts_at, event.until or event.starts_at)
    return event if all(moment.tzinfo is not None for moment in ends) else None


def _flood(document: dict[str, Any]) -> FloodEvent | None:
    """Read a flood: GeoJSON features with a depth each, at the top or under ``extent``."""
    extent = document.get("extent", document)
    features = extent.get("features") if isinstance(extent, dict) else None
    if not isinstance(features, list):
        return None
    try:
        read = [found for feature in features if (found := _feature(feature)) is not None]
    except (TypeError, ValueError, AttributeError, KeyError, shapely.errors.ShapelyError):
        return None  # the town believes a whole extent or none
    known = [level for _, _, level in read if level is not None]
    return FloodEvent(
        polygons=np.array([polygon for polygon, _, _ in read], dtype=object),
        depths=np.array([depth for _, depth, _ in read], dtype=np.float64),
        gauge_level_m=max(known) if known else None,
    )


def _feature(feature: dict[str, Any]) -> tuple[BaseGeometry, float, float | None] | None:
    """Read a polygon, its depth, and the reading of the gauge beside it; None for dry ones."""
    properties = feature.get("properties") or {}
    depth = next((properties[name] for name in _DEPTHS if properties.get(name)), None)
    if depth is None:
        return None
    level = properties.get("gauge_level_m")
    return shape(feature["geometry"]), float(depth), None if level is None else float(level)
