"""Bring a city to life: its wires, lamps, soil and river, and a device for each that has one."""

from dataclasses import dataclass
from datetime import date
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import shapely
from pyproj import Transformer

from ingest.codecs import volc2180
from simulators.city.history.buildings import BuildingLoad
from simulators.city.model import City
from simulators.city.plan import Floats, Integers, rounded, stream
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

LAYERS_THAT_LIVE = {
    "cabinets", "feeders", "streetlights", "gateways", "buildings", "valves", "hydrozones",
    "river_gauges", "weather_stations", "devices",
}  # fmt: skip
"""What a life needs of a city: no history, no streets."""
_MILESIGHT_PORT, _METER_PORT, _LPP_PORT = 85, 1, 2


@dataclass(slots=True)
class World:
    """What devices measure and act upon."""

    grid: Grid
    lamps: Lamps
    climate: Climate
    soil: Soil
    river: River
    gateways: Gateways

    @classmethod
    def of(cls, city: City, start: int, seed: int) -> Self:
        """Bring a city to its state at an instant. [µs]"""
        grid = Grid.of(city)
        today = date.fromisoformat(city.truth["today"])
        place = city.territory
        climate = Climate.draw(
            int(city.truth["seed"]), today, place["latitude"], place["longitude"]
        )
        return cls(
            grid=grid,
            lamps=Lamps.of(city, grid, stream(seed, "lamp habits")),
            climate=climate,
            soil=Soil.of(city, climate, start / SECOND),
            river=River(since=start / SECOND - 1),
            gateways=Gateways(city, grid, start),
        )


@dataclass(slots=True)
class Population:
    """The world and all who live in it.

    Attributes
    ----------
    lamps, meters, valves, gauge
        Families that others need to speak of.
    families : list of Family
        All devices but the gateways, those four included.
    network : NetworkServer
        Carries their frames.
    rng : Generator
        For what happens from second to second.
    """

    world: World
    lamps: LampControllers
    meters: CabinetMeters
    valves: Valves
    gauge: RiverGauge
    families: list[Family]
    network: NetworkServer
    rng: np.random.Generator


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
    world = World.of(city, start, seed)
    founder = _Founder(city, world, start, seed)
    lamps, meters, valves, gauge = (
        founder.lamps(),
        founder.meters(),
        founder.valves(),
        founder.gauge(),
    )
    others: list[Family] = [founder.buildings(), founder.probes(), founder.station()]
    return Population(
        world=world,
        lamps=lamps,
        meters=meters,
        valves=valves,
        gauge=gauge,
        families=[lamps, meters, valves, gauge, *others],
        network=founder.network(),
        rng=stream(seed, "life"),
    )


class _Founder:
    """Makes families: knows where things stand and what hears them."""

    def __init__(self, city: City, world: World, start: int, seed: int) -> None:
        self._city = city
        self._world = world
        self._start = start
        self._seed = seed
        self._metric = Transformer.from_crs(4326, city.territory["metric_srid"], always_xy=True)
        self._gateways = self._places("gateways")

    def lamps(self) -> LampControllers:
        """Make the lamp controllers."""
        what = ("streetlights", "streetlight", "volc2180")
        fleet = self._fleet(*what, f_port=volc2180.F_PORT)
        world, rng = self._world, stream(self._seed, "lamp controllers")
        return LampControllers(fleet, self._rows(*what), world.lamps, world.grid, rng)

    def meters(self) -> CabinetMeters:
        """Make the cabinets' meters."""
        fleet = self._fleet("cabinets", "cabinet", "emu-professional", f_port=_METER_PORT)
        rng = stream(self._seed, "cabinet meters")
        return CabinetMeters(fleet, self._world.lamps, self._world.grid, rng)

    def valves(self) -> Valves:
        """Make the valves."""
        fleet = self._fleet("valves", "valve", "uc511", f_port=_MILESIGHT_PORT)
        flow = self._city.frame("valves")["flow_m3_h"].to_numpy()
        area = self._city.frame("hydrozones")["area_m2"].to_numpy()
        zone = ZoneInfo(str(self._city.territory["timezone"]))
        rng = stream(self._seed, "valves")
        return Valves(fleet, flow, area, self._world.soil, rng, zone=zone)

    def gauge(self) -> RiverGauge:
        """Make the river gauge."""
        fleet = self._fleet("river_gauges", "river_gauge", "em500-swl", f_port=_MILESIGHT_PORT)
        return RiverGauge(fleet, self._world.river)

    def buildings(self) -> BuildingMeters:
        """Make the meters of the followed buildings."""
        fleet = self._fleet("buildings", "building", "emu-professional", f_port=_METER_PORT)
        daily = _daily_kwh(self._city, self._world.climate, self._start)
        return BuildingMeters(fleet, daily, stream(self._seed, "building meters"))

    def probes(self) -> SoilProbes:
        """Make the soil probes."""
        fleet = self._fleet("hydrozones", "hydrozone", "em500-smtc", f_port=_MILESIGHT_PORT)
        rng = stream(self._seed, "soil probes")
        return SoilProbes(fleet, self._world.soil, self._world.climate, rng)

    def station(self) -> WeatherStation:
        """Make the weather station."""
        fleet = self._fleet("weather_stations", "weather_station", "weather-lpp", f_port=_LPP_PORT)
        return WeatherStation(fleet, self._world.climate, stream(self._seed, "weather station"))

    def network(self) -> NetworkServer:
        """Make the network that carries their frames."""
        return NetworkServer(
            self._world.gateways,
            shapely.get_coordinates(self._city.layers["gateways"].geometry),
            float(self._city.truth["faults"]["radio_loss"]),
            f"{self._seed}/{self._start}".encode(),
            stream(self._seed, "air"),
        )

    def _fleet(self, layer: str, kind: str, profile: str, *, f_port: int) -> Fleet:
        """Make the fleet of the devices that speak for the things of a layer."""
        return Fleet.of(
            self._city,
            kind,
            profile,
            f_port=f_port,
            places=self._places(layer)[self._rows(layer, kind, profile)],
            gateways=self._gateways,
            start=self._start,
            rng=stream(self._seed, f"fleet {kind}"),
        )

    def _places(self, layer: str) -> Floats:
        """Return where the things of a layer stand. [m]"""
        centres = shapely.get_coordinates(shapely.centroid(self._city.layers[layer].geometry))
        return np.column_stack(self._metric.transform(centres[:, 0], centres[:, 1]))

    def _rows(self, layer: str, kind: str, profile: str) -> Integers:
        """Return the row in its layer of the thing that each device speaks for."""
        of_kind = (pl.col("asset_kind") == kind) & (pl.col("profile") == profile)
        codes = self._city.frame("devices").filter(of_kind)["asset_code"]
        row = {code: k for k, code in enumerate(self._city.frame(layer)["code"])}
        return np.array([row[code] for code in codes], dtype=np.int64)


def _daily_kwh(city: City, climate: Climate, start: int) -> Floats:
    """Return what each followed building uses on a day like this one. [kWh]"""
    followed = city.frame("buildings").filter("followed")
    rng = stream(int(city.truth["seed"]), "building_load")
    load = BuildingLoad(
        use=followed["use"].to_list(),
        floor_m2=followed["floor_area_m2"].to_numpy(),
        balance_c=rounded(rng.uniform(13.5, 17.0, len(followed)), 1),
    )
    row = int(climate.row(np.array([start], dtype="datetime64[us]"))[0])
    cold = np.maximum(0.0, load.balance_c - climate.t_mean[row])
    return np.asarray(load.base_kwh() + load.heating_kwh_k() * cold)
