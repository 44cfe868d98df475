"""Watering: points of connection, valves, hydrozones, soil probes."""

import numpy as np
import polars as pl

from simulators.city.geometry import centre_of
from simulators.city.layers import drawing
from simulators.city.model import LayerData
from simulators.city.town import Town


def water_layers(town: Town) -> dict[str, LayerData]:
    """Return points_of_connection, valves, hydrozones and the probes among the sensors."""
    watering = town.watering
    parks = [park_code(k) for k in range(len(town.parks))]
    zones = watering.zones
    codes = [zone_code(k) for k in range(len(zones))]
    connections = pl.DataFrame(
        {
            "code": [f"PC-{k + 1:02d}" for k in range(len(parks))],
            "name": [park.name for park in town.parks],
            "park": parks,
            "capacity_m3_h": watering.capacities,
            "water_source": watering.sources,
        }
    )
    valves = pl.DataFrame(
        {
            "code": [f"V-{k + 1:03d}" for k in range(len(zones))],
            "name": [zone.name for zone in zones],
            "point_of_connection": [f"PC-{zone.park + 1:02d}" for zone in zones],
            "flow_m3_h": [zone.flow_m3_h for zone in zones],
        }
    )
    probes = pl.DataFrame(
        {
            "code": [f"SH-{k + 1:03d}" for k in range(len(zones))],
            "name": [zone.name for zone in zones],
            "observes": codes,
        }
    )
    centres = np.array([centre_of(zone.ring) for zone in zones])
    return {
        "points_of_connection": LayerData(
            connections, drawing.points(town.warp, np.array(watering.connections))
        ),
        "valves": LayerData(valves, drawing.points(town.warp, centres + 1.5)),
        "hydrozones": LayerData(
            _hydrozones(town, codes),
            drawing.polygons(town.warp, [zone.ring for zone in zones], 20.0),
        ),
        "sensors": LayerData(probes, drawing.points(town.warp, centres - 1.5)),
    }


def park_code(number: int) -> str:
    """Code of a park."""
    return f"PK-{number + 1:02d}"


def zone_code(number: int) -> str:
    """Code of a hydrozone."""
    return f"Z-{number + 1:03d}"


def _hydrozones(town: Town, codes: list[str]) -> pl.DataFrame:
    zones = town.watering.zones
    kept = (
        "name", "plant_type", "landscape_coefficient", "soil_class", "field_capacity",
        "wilting_point",
        "root_depth_m", "depletion_fraction", "area_m2", "precipitation_mm_h",
        "distribution_uniformity", "intake_mm_h", "surface_allowance_mm",
    )  # fmt: skip
    return pl.DataFrame(
        {
            "code": codes,
            "park": [park_code(zone.park) for zone in zones],
            "valve": [f"V-{k + 1:03d}" for k in range(len(zones))],
            **{name: [getattr(zone, name) for zone in zones] for name in kept},
        }
    )
