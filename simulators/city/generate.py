"""From a seed to a city: draw the town, write its register, its history and its truth."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from gis.layers import LAYERS
from simulators.city.history.calendar import TIMEZONE
from simulators.city.layers.devices import device_layer, instrument_layers
from simulators.city.layers.ground import ground_layers
from simulators.city.layers.history import cabinet_works, history_layers, outage_layer, renewals
from simulators.city.layers.streets import street_layers
from simulators.city.layers.supply import Register, draw_register, light_code, supply_layers
from simulators.city.layers.water import water_layers
from simulators.city.model import City
from simulators.city.plan import stream
from simulators.city.terrain import DEMONSTRATION_LEVEL_M
from simulators.city.town import SPEAKING_CABINETS, Town, draw_town
from simulators.city.warp import CENTRE_LATITUDE, CENTRE_LONGITUDE, METRIC_SRID
from simulators.flood import flood_extent
from simulators.weather import Climate
from twin.clock import SystemClock

SLUG, NAME = "bellerive", "Bellerive"
_CONTACT = {
    "emergency": "112",
    "emergency_sms": "114",
    "name": "Mairie de Bellerive",
    "phone": "02 61 91 00 12",
    "hours": "24 h / 24",
    "email": "eclairage@bellerive.example",
}
_TERMS = {
    "publisher": "Ville de Bellerive (ville imaginaire)",
    "licence": "Licence Ouverte 2.0",
    "frequency": "annual",
}
_LOW_VOLTAGE_NUMBER, _STOPPING_GATEWAY = 87, 2


def generate(
    seed: int, lights: int = 5000, now: datetime | None = None, *, history: bool = True
) -> City:
    """Generate the town of Bellerive on the Vaire.

    Parameters
    ----------
    seed : int
        The same seed, size and day give the same city, to the byte.
    lights : int
        How many street lights; 40 at least.
    now : datetime, optional
        The present: the history ends on the local day before. The machine's present by default.
        [aware]
    history : bool
        Whether to make two and a half years of readings; without them only the weather is made.

    Returns
    -------
    City
        Layers named as in ``gis.layers``.
    """
    today = (now or SystemClock().now()).astimezone(ZoneInfo(TIMEZONE)).date()
    town = draw_town(seed, lights)
    register = draw_register(town)
    climate = Climate.draw(seed, today, CENTRE_LATITUDE, CENTRE_LONGITUDE)
    works = cabinet_works(town)
    layers = {
        **supply_layers(town, register, renewals(works, today)),
        **street_layers(town),
        **ground_layers(town),
        **water_layers(town),
        **instrument_layers(town),
    }
    layers["devices"] = device_layer(town, layers)
    past = history_layers(town, climate, today, layers, works)
    layers.update(past if history else {"daily_weather": past["daily_weather"]})
    layers["outages"] = outage_layer(town, today, layers)
    ordered = {name: layers[name] for name in LAYERS if name in layers}
    flood = flood_extent(town, DEMONSTRATION_LEVEL_M)
    return City(_territory(), ordered, _truth(town, register, today.isoformat()), flood)


def _territory() -> dict[str, Any]:
    return {
        "slug": SLUG,
        "name": NAME,
        "simulated": True,
        "timezone": TIMEZONE,
        "metric_srid": METRIC_SRID,
        "longitude": CENTRE_LONGITUDE,
        "latitude": CENTRE_LATITUDE,
        "contact": _CONTACT,
        "terms": _TERMS,
    }


def _truth(town: Town, register: Register, today: str) -> dict[str, Any]:
    supply = town.supply
    width = max(4, len(str(len(town.lights))))
    differs = np.flatnonzero(register.feeder != supply.light_feeder)
    return {
        "seed": town.seed,
        "lights": len(town.lights),
        "today": today,
        "gauge_zero_m_ngf": town.terrain.zero_m_ngf,
        "plinth_m": {
            supply.cabinet_code(k): float(height) for k, height in enumerate(supply.plinth_m)
        },
        # ground of each cabinet over the gauge's zero
        "height_over_gauge_m": {
            supply.cabinet_code(k): round(float(height), 3)
            for k, height in enumerate(town.terrain.height_above_zero(supply.uv))
        },
        # only the lights whose feeder the register forgets or mistakes
        "feeder": {
            light_code(int(k), width): supply.feeder_code(int(supply.light_feeder[k]))
            for k in differs
        },
        "faults": _faults(town, width),
    }


def _faults(town: Town, width: int) -> dict[str, Any]:
    """Choose what is wrong from the start: the list of incidents is not empty, and calm."""
    rng = stream(town.seed, "faults")
    supply = town.supply
    cabinets = len(supply.uv)
    weak = (_LOW_VOLTAGE_NUMBER - 1) % cabinets
    healthy = town.lamps.controlled & ~town.regime.off[supply.light_cabinet]
    healthy &= ~np.isin(supply.light_cabinet, [weak, *SPEAKING_CABINETS[2:]])
    count = int(np.clip(round(len(town.lights) / 1000), 1, 12))
    burnt = np.sort(rng.choice(np.flatnonzero(healthy), count, replace=False))
    return {
        "burnt_lamps": [light_code(int(k), width) for k in burnt],
        "low_voltage": {"cabinet": supply.cabinet_code(weak), "phase": 2, "voltage": 203.4},
        "gateway": {
            "code": f"G-{min(_STOPPING_GATEWAY, len(town.gateways) - 1) + 1}",
            "first_after_s": 420,
            "for_s": 2700 if len(town.gateways) > 1 else 0,
            "every_s": 21600,
        },
        "radio_loss": 0.012,
    }
