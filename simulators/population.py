"""Bring a city to life: its wires, lamps, soil and river, and a device for each that has one."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
import shapely
from pyproj import Transformer

from ingest.codecs import volc2180
from simulators.city.history.buildings import BuildingLoad
from simulators.city.model import City
from simulators.city.plan import Floats, Integers, stream
from simulators.devices.fleet import SECOND, Family, Fleet
from simulators.devices.gateways import Gateways
from simulators.devices.lamps import LampControllers
from simulators.devices.meters import BuildingMeters, CabinetMeters
from simulators.devices.nature import RiverGauge, SoilProbes, WeatherStation
from simulators.devices.valves import Valves
from simulators.grid import Grid
from simulators.lamps import Lamps
from simulators.network import NetworkServer
from simulators.river import River
from simulators.soil import Soil
from simulators.weather import Climate

_MILESIGHT_PORT, _METER_PORT, _LPP_PORT = 85, 1, 2


@dataclass(slots=True)
class Population:
    """Everything that moves.

    Attributes
    ----------
    families : list of Family
        All devices but the gateways.
    rng : Generator
        For what happens from second to second.
    """

    grid: Grid
    lamps: Lamps
    soil: Soil
    river: River
    climate: Climate
    gateways: Gateways
    network: NetworkServer
    lamps_family: LampControllers
    meters_family: CabinetMeters
    valves: Valves
    families: list[Family]
    rng: np.random.Generator


class _Founder:
    """Makes fleets: knows where things stand and what hears them."""

    def __init__(self, city: City, start: int, seed: int) -> None:
        self._city = city
        self._start = start
        self._seed = seed
        self._metric = Transformer.from_crs(4326, city.territory["metric_srid"], always_xy=True)
        self._gateways = self.metric("gateways")

    def metric(self, layer: str) -> Floats:
        """Where the things of a layer stand. [m]"""
        centres = shapely.get_coordinates(shapely.centroid(self._city.layers[layer].geometry))
        return np.column_stack(self._metric.transform(centres[:, 0], centres[:, 1]))

    def fleet(self, name: str, layer: str, kind: str, profile: str, f_port: int) -> Fleet:
        """Make the fleet of the devices that speak for the things of a layer."""
        rng = stream(self._seed, f"fleet {name}")
        return Fleet.of(
            self._city,
            kind,
            profile,
            name=name,
            f_port=f_port,
            places=self.metric(layer)[self.rows(layer, kind, profile)],
            gateways=self._gateways,
            start=self._start,
            rng=rng,
        )

    def rows(self, layer: str, kind: str, profile: str) -> Integers:
        """Row in its layer of the thing that each device speaks for."""
        devices = self._city.frame("devices")
        codes = devices.filter((pl.col("asset_kind") == kind) & (pl.col("profile") == profile))
        row = {code: k for k, code in enumerate(self._city.frame(layer)["code"])}
        return np.array([row[code] for code in codes["asset_code"]], dtype=np.int64)


def populate(city: City, start: int, seed: int) -> Population:
    """Make everything that moves in a city.

    Parameters
    ----------
    city : City
        Its layers and its truth.
    start : int
        First instant. [µs]
    seed : int
        Of the town's life.
    """
    grid = Grid.of(city)
    lamps = Lamps.of(city, grid, stream(seed, "lamp habits"))
    today = date.fromisoformat(city.truth["today"])
    place = city.territory
    climate = Climate.draw(int(city.truth["seed"]), today, place["latitude"], place["longitude"])
    soil = Soil.of(city, climate, start / SECOND)
    river = River(since=start / SECOND - 1)
    gateways = Gateways(city, grid, start)
    founder = _Founder(city, start, seed)
    lights = founder.rows("streetlights", "streetlight", "volc2180")
    controllers = LampControllers(
        founder.fleet("lamp", "streetlights", "streetlight", "volc2180", volc2180.F_PORT),
        lights,
        lamps,
        grid,
        stream(seed, "lamp controllers"),
    )
    meters = CabinetMeters(
        founder.fleet("cabinet", "cabinets", "cabinet", "emu-professional", _METER_PORT),
        lamps,
        grid,
        stream(seed, "cabinet meters"),
    )
    valves = Valves(
        founder.fleet("valve", "valves", "valve", "uc511", _MILESIGHT_PORT),
        city.frame("valves")["flow_m3_h"].to_numpy(),
        city.frame("hydrozones")["area_m2"].to_numpy(),
        soil,
        stream(seed, "valves"),
    )
    soil_fleet = founder.fleet("soil", "hydrozones", "hydrozone", "em500-smtc", _MILESIGHT_PORT)
    gauge_fleet = founder.fleet(
        "gauge", "river_gauges", "river_gauge", "em500-swl", _MILESIGHT_PORT
    )
    sky_fleet = founder.fleet(
        "weather", "weather_stations", "weather_station", "weather-lpp", _LPP_PORT
    )
    families: list[Family] = [
        controllers,
        meters,
        valves,
        BuildingMeters(
            founder.fleet("building", "buildings", "building", "emu-professional", _METER_PORT),
            _daily_kwh(city, climate, start),
            stream(seed, "building meters"),
        ),
        SoilProbes(soil_fleet, soil, climate, stream(seed, "soil probes")),
        RiverGauge(gauge_fleet, river),
        WeatherStation(sky_fleet, climate, stream(seed, "weather station")),
    ]
    network = NetworkServer(
        gateways,
        shapely.get_coordinates(city.layers["gateways"].geometry),
        float(city.truth["faults"]["radio_loss"]),
        f"{seed}/{start}".encode(),
        stream(seed, "air"),
    )
    return Population(
        grid=grid,
        lamps=lamps,
        soil=soil,
        river=river,
        climate=climate,
        gateways=gateways,
        network=network,
        lamps_family=controllers,
        meters_family=meters,
        valves=valves,
        families=families,
        rng=stream(seed, "life"),
    )


def _daily_kwh(city: City, climate: Climate, start: int) -> Floats:
    """Return what each followed building uses on a day like this one. [kWh]"""
    followed = city.frame("buildings").filter("followed")
    rng = stream(int(city.truth["seed"]), "building_load")
    load = BuildingLoad(
        use=followed["use"].to_list(),
        floor_m2=followed["floor_area_m2"].to_numpy(),
        balance_c=np.round(rng.uniform(13.5, 17.0, len(followed)), 1),
    )
    row = int(climate.row(np.array([start], dtype="datetime64[us]"))[0])
    cold = np.maximum(0.0, load.balance_c - climate.t_mean[row])
    return np.asarray(load.base_kwh() + load.heating_kwh_k() * cold)
