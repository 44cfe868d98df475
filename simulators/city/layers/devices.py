"""Instruments and the devices that speak for each thing of the town."""

from uuid import NAMESPACE_DNS, uuid5

import numpy as np
import polars as pl

from ingest.networks import chirpstack_v4, gateways
from simulators.city.layers import drawing
from simulators.city.model import City, LayerData
from simulators.city.town import Town

STATION, GAUGE = "M-1", "VR-02"
_OUI = "70b3d5e75f"
# family: number in the devEUI, device profile, application, expected interval [s]
_FAMILIES = {
    "lamp": (1, "volc2180", "eclairage", 900),
    "cabinet": (2, "emu-professional", "armoires", 300),
    "building": (3, "emu-professional", "batiments", 900),
    "valve": (4, "uc511", "arrosage", 900),
    "soil": (5, "em500-smtc", "arrosage", 1200),
    "gauge": (6, "em500-swl", "milieu", 300),
    "weather": (7, "weather-lpp", "milieu", 600),
}


def application_id(name: str) -> str:
    """Return identifier of an application on the network server."""
    return str(uuid5(NAMESPACE_DNS, f"{name}.bellerive.example"))


def gateway_id(number: int) -> str:
    """Return identifier of a gateway: 16 hexadecimal digits."""
    return f"0016c001ff18{number + 1:04x}"


def instrument_layers(town: Town) -> dict[str, LayerData]:
    """Return river_gauges and weather_stations."""
    plan = town.plan
    gauge = np.array([[plan.bridge_u, -plan.river_half_width + 1.5]])
    station = np.array([[plan.bridge_u + 0.3 * plan.radius, plan.quay + 0.5 * plan.radius]])
    altitude = float(town.terrain.ground_m_ngf(station)[0])
    return {
        "river_gauges": LayerData(
            pl.DataFrame(
                {
                    "code": [GAUGE],
                    "name": ["Échelle du pont Vieux"],
                    "river": ["la Vaire"],
                    "zero_m_ngf": [round(town.terrain.zero_m_ngf, 2)],
                }
            ),
            drawing.points(town.warp, gauge),
        ),
        "weather_stations": LayerData(
            pl.DataFrame(
                {
                    "code": [STATION],
                    "name": ["Station de Bellerive"],
                    "altitude_m": [round(altitude, 1)],
                }
            ),
            drawing.points(town.warp, station),
        ),
    }


def device_layer(town: Town, layers: dict[str, LayerData]) -> LayerData:
    """Return the registry of devices, gateways included."""
    lights = layers["streetlights"].frame["code"].filter(pl.Series(town.lamps.controlled))
    buildings = layers["buildings"].frame.filter("followed")["code"]
    rows = [
        _family("lamp", "streetlight", lights.to_list()),
        _family("cabinet", "cabinet", layers["cabinets"].frame["code"].to_list()),
        _family("building", "building", buildings.to_list()),
        _family("valve", "valve", layers["valves"].frame["code"].to_list()),
        _family("soil", "hydrozone", layers["hydrozones"].frame["code"].to_list()),
        _family("gauge", "river_gauge", [GAUGE]),
        _family("weather", "weather_station", [STATION]),
        _gateways(layers["gateways"].frame["code"].to_list()),
    ]
    return LayerData(pl.concat(rows))


def _family(family: str, kind: str, codes: list[str]) -> pl.DataFrame:
    number, profile, application, interval = _FAMILIES[family]
    return pl.DataFrame(
        {
            "dev_eui": [f"{_OUI}{number:01x}{k + 1:05x}" for k in range(len(codes))],
            "network": chirpstack_v4.NAME,
            "name": [f"{family}-{code}" for code in codes],
            "profile": profile,
            "application": application_id(application),
            "asset_kind": kind,
            "asset_code": codes,
            "interval_s": interval,
        }
    )


def _gateways(codes: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "dev_eui": [gateway_id(k) for k in range(len(codes))],
            "network": gateways.NAME,
            "name": codes,
            "profile": "gateway",
            "application": "",
            "asset_kind": "gateway",
            "asset_code": codes,
            "interval_s": 120,
        }
    )


def application_name(city: City, application: str) -> str:
    """Name of an application by its identifier."""
    names = {application_id(name): name for _, _, name, _ in _FAMILIES.values()}
    return names.get(application, str(city.territory["slug"]))
