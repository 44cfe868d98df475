"""Substations, cabinets, feeders, lights and gateways, as the register has them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from simulators.city.history.cabinets import CabinetLoad
from simulators.city.history.calendar import DIM_FROM, DIM_PERCENT, DIM_TO, OFF_FROM, OFF_TO
from simulators.city.layers import drawing
from simulators.city.lights import SODIUM_GEAR
from simulators.city.model import LayerData
from simulators.city.plan import Flags, Integers, stream
from simulators.city.town import Town

_PLINTH_SOURCES = (None, "measured", "plan")
_BARE_ARTICLE = (
    "rue ",
    "quai ",
    "avenue ",
    "boulevard ",
    "place ",
    "allée ",
    "impasse ",
    "chemin ",
)


@dataclass(frozen=True, slots=True)
class Register:
    """What the city's register says of the wiring, where it differs from the truth.

    Attributes
    ----------
    feeder : array of int
        Feeder written beside each light; -1 where only the cabinet is.
    wrong : array of bool
        Lights that hang on another feeder than the register says.
    """

    feeder: Integers
    wrong: Flags


def draw_register(town: Town) -> Register:
    """Forget the feeder of one light in a hundred, mistake that of one in two hundred."""
    rng = stream(town.seed, "register")
    supply = town.supply
    chance = rng.random(len(town.lights))
    written = supply.light_feeder.copy()
    neighbour = np.minimum(written + 1, len(supply.feeder_cabinet) - 1)
    same = supply.feeder_cabinet[neighbour] == supply.feeder_cabinet[written]
    written = np.where((chance < 0.005) & same, neighbour, written)
    written = np.where(chance > 0.99, -1, written)
    return Register(written, (written >= 0) & (written != supply.light_feeder))


def supply_layers(town: Town, register: Register, renewed: dict[int, date]) -> dict[str, LayerData]:
    """Return substations, cabinets, feeders, streetlights and gateways.

    Parameters
    ----------
    renewed : dict of int to date
        When each recently renewed cabinet was finished.
    """
    return {
        "substations": _substations(town),
        "cabinets": _cabinets(town),
        "feeders": _feeders(town),
        "streetlights": _lights(town, register, renewed),
        "gateways": _gateways(town),
    }


def cabinet_load(town: Town) -> CabinetLoad:
    """Power and habits of each cabinet; before its renewal every light was sodium."""
    of_light = town.supply.light_cabinet
    count = len(town.supply.uv)
    before = town.lamps.mains_w.copy()
    led = town.lamps.led
    before[led] = np.round(town.lamps.lamp_w[led] * 2.45 * SODIUM_GEAR, 1)
    return CabinetLoad(
        lights=np.bincount(of_light, minlength=count),
        before_kw=np.bincount(of_light, before, count) / 1000,
        after_kw=np.bincount(of_light, town.lamps.mains_w, count) / 1000,
        dims=town.regime.dims,
        off=town.regime.off,
    )


def _substations(town: Town) -> LayerData:
    supply = town.supply
    names: list[str] = []
    for number in range(len(supply.substation_uv)):
        street = town.sections[supply.section[np.argmax(supply.substation == number)]].name
        short = next((street[len(a) :] for a in _BARE_ARTICLE if street.startswith(a)), street)
        name = f"poste {short}"
        names.append(name if name not in names else f"{name} {number + 1}")
    frame = pl.DataFrame(
        {
            "code": [_substation_code(k) for k in range(len(names))],
            "name": names,
            "ground_m_ngf": np.round(town.terrain.ground_m_ngf(supply.substation_uv), 2),
        }
    )
    return LayerData(frame, drawing.points(town.warp, supply.substation_uv))


def _substation_code(number: int) -> str:
    return f"P-{number + 1:02d}"


def _cabinets(town: Town) -> LayerData:
    supply, regime = town.supply, town.regime
    known = supply.plinth_known > 0
    above = supply.parent >= 0
    rows: dict[str, Any] = {
        "code": [supply.cabinet_code(k) for k in range(len(supply.uv))],
        "substation": [
            None if above[k] else _substation_code(int(supply.substation[k]))
            for k in range(len(above))
        ],
        "parent_cabinet": [
            supply.cabinet_code(int(supply.parent[k])) if above[k] else None
            for k in range(len(above))
        ],
        "street": [town.sections[k].name for k in supply.section],
        "plinth_m": [float(p) if k else None for p, k in zip(supply.plinth_m, known, strict=True)],
        "plinth_source": [_PLINTH_SOURCES[k] for k in supply.plinth_known],
        "ground_m_ngf": np.round(town.terrain.ground_m_ngf(supply.uv), 2),
        "regime": regime.word,
        "rated_kw": np.round(cabinet_load(town).before_kw * 1.25 + 1, 0),
        "dim_from": [f"{DIM_FROM:%H:%M}" if dims else None for dims in regime.dims],
        "dim_to": [f"{DIM_TO:%H:%M}" if dims else None for dims in regime.dims],
        "dim_percent": [DIM_PERCENT if dims else None for dims in regime.dims],
        "off_from": [f"{OFF_FROM:%H:%M}" if off else None for off in regime.off],
        "off_to": [f"{OFF_TO:%H:%M}" if off else None for off in regime.off],
    }
    schema = {"plinth_m": pl.Float64, "dim_percent": pl.Int64}
    texts = (
        "substation",
        "parent_cabinet",
        "plinth_source",
        "dim_from",
        "dim_to",
        "off_from",
        "off_to",
    )
    frame = pl.DataFrame(rows, schema_overrides={**schema, **dict.fromkeys(texts, pl.String)})
    return LayerData(frame, drawing.points(town.warp, supply.uv))


def _feeders(town: Town) -> LayerData:
    supply = town.supply
    count = len(supply.feeder_cabinet)
    return LayerData(
        pl.DataFrame(
            {
                "code": [supply.feeder_code(k) for k in range(count)],
                "name": [f"D{number}" for number in supply.feeder_number],
                "cabinet": [supply.cabinet_code(int(k)) for k in supply.feeder_cabinet],
            }
        )
    )


def _lights(town: Town, register: Register, renewed: dict[int, date]) -> LayerData:
    supply, lamps = town.supply, town.lamps
    width = max(4, len(str(len(town.lights))))
    feeder_codes = [supply.feeder_code(k) for k in range(len(supply.feeder_cabinet))]
    frame = pl.DataFrame(
        {
            "code": [light_code(k, width) for k in range(len(town.lights))],
            "feeder": [feeder_codes[k] if k >= 0 else None for k in register.feeder],
            "cabinet": [supply.cabinet_code(int(k)) for k in supply.light_cabinet],
            "position_on_feeder": supply.position,
            "street": [town.sections[k].name for k in town.lights.section],
            "technology": lamps.technology,
            "lamp_w": lamps.lamp_w,
            "mains_w": lamps.mains_w,
            "luminaire": _luminaires(town),
            "installed_on": _installed(town, renewed),
        },
        schema_overrides={"feeder": pl.String},
    )
    return LayerData(frame, drawing.points(town.warp, town.lights.uv))


def light_code(number: int, width: int) -> str:
    """Code of a light, e.g. L-0412."""
    return f"L-{number + 1:0{width}d}"


def _luminaires(town: Town) -> list[str]:
    wall = {"ruelle": "applique de style", "path": "borne haute"}
    shape = [wall.get(kind, "lanterne sur mât") for kind in town.lights.kind]
    return [
        f"{s}, {'LED' if led else 'sodium'}" for s, led in zip(shape, town.lamps.led, strict=True)
    ]


def _installed(town: Town, renewed: dict[int, date]) -> pl.Series:
    """Dates of the luminaires."""
    installed = town.lamps.installed.astype("datetime64[D]")
    for cabinet, finished in renewed.items():
        here = (town.supply.light_cabinet == cabinet) & town.lamps.controlled
        installed[here] = np.datetime64(finished)
    return pl.Series(installed).cast(pl.Date)


def _gateways(town: Town) -> LayerData:
    """Each hangs on the cabinet of its mast; one in five on a feeder; some have no battery."""
    rng = stream(town.seed, "gateway_supply")
    supply, uv = town.supply, town.gateways
    rows: dict[str, list[Any]] = {"code": [], "name": [], "supplied_by": [], "backup_h": []}
    for number, place in enumerate(uv):
        mast = int(np.argmin(np.hypot(*(town.lights.uv - place).T)))
        feeder = int(supply.light_feeder[mast])
        on_feeder = rng.random() < 0.2
        cabinet = supply.cabinet_code(int(supply.feeder_cabinet[feeder]))
        rows["code"].append(f"G-{number + 1}")
        rows["name"].append(f"passerelle {town.sections[town.lights.section[mast]].name}")
        rows["supplied_by"].append(supply.feeder_code(feeder) if on_feeder else cabinet)
        rows["backup_h"].append(float(rng.choice([0.0, 2.0, 4.0, 8.0], p=[0.2, 0.2, 0.4, 0.2])))
    return LayerData(pl.DataFrame(rows), drawing.points(town.warp, uv))
