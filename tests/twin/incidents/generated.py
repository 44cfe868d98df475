"""A generated town of any number of cabinets, as frames: a grid beside a river.

Columns of cabinets stand 0.004° apart, the first at the river. Each cabinet feeds three feeders
of four lights, and every eighth one carries a gateway that hears the lights of its eight. One
plinth in five is not known.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from twin.incidents.city import City, Frames, lay_out
from twin.model import frames

EAST_STEP, NORTH_STEP = 0.004, 0.0005
WEST, SOUTH = -0.60, 47.441
FEEDERS, LIGHTS = 3, 4
A_SUBSTATION = 8


@dataclass(frozen=True, slots=True)
class Generated:
    """The town and what only its maker knows.

    Attributes
    ----------
    plinth_m : float array
        True height of the plinth of each cabinet, by number. [m]
    longitude : float array
        Of each cabinet.
    """

    city: City
    plinth_m: np.ndarray
    longitude: np.ndarray

    @property
    def cabinets(self) -> int:
        return len(self.plinth_m)


def generate(cabinets: int, seed: int = 5) -> Generated:
    dice = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(cabinets)))
    number = np.arange(cabinets)
    longitude = WEST + (number // side) * EAST_STEP
    latitude = SOUTH + (number % side) * NORTH_STEP
    plinth = dice.uniform(0.15, 0.6, cabinets).round(2)
    known = dice.random(cabinets) > 0.2
    stations = -(-cabinets // A_SUBSTATION)
    first_cabinet, first_feeder = stations, stations + cabinets
    feeders = cabinets * FEEDERS
    fed_by = np.repeat(number, FEEDERS)
    devices = pl.DataFrame(
        {
            "asset_id": np.arange(stations + cabinets + feeders) + 1,
            "kind": ["substation"] * stations + ["cabinet"] * cabinets + ["feeder"] * feeders,
            "code": [f"P-{k}" for k in range(stations)]
            + [f"A-{k}" for k in range(cabinets)]
            + [f"D-{k}" for k in range(feeders)],
            "name": [""] * (stations + cabinets + feeders),
            "longitude": [None] * stations + longitude.tolist() + [None] * feeders,
            "latitude": [None] * stations + latitude.tolist() + [None] * feeders,
            "parent_id": [None] * stations
            + (number // A_SUBSTATION + 1).tolist()
            + (fed_by + first_cabinet + 1).tolist(),
            "confidence": 0.98,
            "rung": 0,
            "plinth_m": [None] * stations
            + [float(p) if k else None for p, k in zip(plinth, known, strict=True)]
            + [None] * feeders,
            "plinth_source": ["unknown"] * stations
            + ["measured" if k else "unknown" for k in known]
            + ["unknown"] * feeders,
            "ground_m_ngf": None,
            "ground_error_m": None,
            "regime": "permanent",
            "rated_kw": None,
            "place": "",
        },
        schema=frames.SUPPLY_DEVICES,
    )
    total = feeders * LIGHTS
    feeder = np.repeat(np.arange(feeders), LIGHTS)
    cabinet = feeder // FEEDERS
    light_id = np.arange(total) + 1_000_000
    lights = pl.DataFrame(
        {
            "asset_id": light_id,
            "idx": np.arange(total),
            "code": [f"L-{k}" for k in range(total)],
            "longitude": longitude[cabinet] + EAST_STEP * 0.4 * dice.random(total),
            "latitude": latitude[cabinet],
            "supply_id": feeder + first_feeder + 1,
            "link_confidence": 0.98,
            "link_rung": 0,
            "lamp_w": 28.0,
            "mains_w": 30.0,
            "technology": "led",
            "section_id": cabinet + 5_000_000,
            "street_id": cabinet + 6_000_000,
            "attributed_cm": 3000,
        },
        schema=frames.LIGHTS,
    )
    gateways = np.arange(0, cabinets, A_SUBSTATION)
    heard_by = (cabinet // A_SUBSTATION) + 9_000_000
    return Generated(
        lay_out(
            Frames(
                lights=lights,
                devices=devices,
                gateways=pl.DataFrame(
                    {
                        "gateway_id": np.arange(len(gateways)) + 9_000_000,
                        "supply_id": gateways + first_cabinet + 1,
                        "backup_h": [None] * len(gateways),
                        "code": [f"G-{k}" for k in range(len(gateways))],
                        "name": [""] * len(gateways),
                    },
                    schema_overrides={"backup_h": pl.Float64},
                ),
                sensors=pl.DataFrame(
                    {
                        "sensor_id": light_id,
                        "supply_id": lights["supply_id"],
                        "kind": ["streetlight"] * total,
                    }
                ),
                hears=pl.DataFrame({"gateway_id": heard_by, "sensor_id": light_id}),
            )
        ),
        plinth,
        longitude,
    )
