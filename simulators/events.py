"""What the control centre tells the town: a flood was recorded, a cabinet was inspected."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from shapely.geometry import shape

from simulators.city.model import Geometries
from simulators.city.plan import Floats

FLOOD_TOPIC, INSPECTION_TOPIC = "reverbere/event/flood", "reverbere/event/inspection"
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


def read_event(topic: str, payload: bytes) -> FloodEvent | str | None:
    """Read an event: a flood, the code of an inspected cabinet, or None for anything else."""
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    if topic == INSPECTION_TOPIC:
        code = document.get("cabinet") or document.get("code")
        return str(code) if code else None
    return _flood(document) if topic == FLOOD_TOPIC else None


def _flood(document: dict[str, Any]) -> FloodEvent:
    """Read a flood: GeoJSON features with a depth each, at the top or under ``extent``."""
    extent = document.get("extent")
    features = (extent if isinstance(extent, dict) else document).get("features") or []
    polygons, depths, levels = [], [], []
    for feature in features:
        properties = feature.get("properties") or {}
        depth = next((properties[name] for name in _DEPTHS if properties.get(name)), None)
        if depth is None or not feature.get("geometry"):
            continue
        polygons.append(shape(feature["geometry"]))
        depths.append(float(depth))
        levels.append(properties.get("gauge_level_m"))
    known = [float(level) for level in levels if level is not None]
    return FloodEvent(
        polygons=np.array(polygons, dtype=object),
        depths=np.array(depths, dtype=np.float64),
        gauge_level_m=max(known) if known else None,
    )
