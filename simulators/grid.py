"""The supply network as it is: which cabinets have power, and what takes it from them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely

from simulators.city.model import City, Geometries
from simulators.city.plan import Flags, Floats, Integers


@dataclass(slots=True)
class Grid:
    """Cabinets, feeders and the lights on them, wired as in the truth.

    Attributes
    ----------
    cabinets : list of str
        Codes.
    parent : array of int
        Cabinet that each hangs under, -1 where it has its own cable.
    plinth_m : array
        True height of the lowest live part. [m]
    height_m : array
        Ground over the gauge's zero. [m]
    places : array, shape (cabinets, 2)
        Longitude and latitude. [deg]
    light_cabinet, light_phase : array of int
        Cabinet of each light; phase of its feeder, 1 to 3.
    tripped : array of bool
        Latched: only an inspection takes it away.
    cut : array of bool
        Without supply for a reason outside the town: it comes back by itself.
    depth_m : array
        Water over the ground at each cabinet now. [m]
    version : int
        Grows with each flood, inspection and cut.
    """

    cabinets: list[str]
    parent: Integers
    plinth_m: Floats
    height_m: Floats
    places: Floats
    light_cabinet: Integers
    light_phase: Integers
    tripped: Flags
    cut: Flags
    depth_m: Floats
    version: int = 0

    @classmethod
    def of(cls, city: City) -> Self:
        """Wire a city; the register's mistakes are put right from its truth."""
        cabinets = city.frame("cabinets")
        codes = cabinets["code"].to_list()
        number = {code: k for k, code in enumerate(codes)}
        feeders = city.frame("feeders")
        cabinet_of = dict(zip(feeders["code"], feeders["cabinet"], strict=True))
        phase_of = dict(zip(feeders["code"], (int(n[1:]) for n in feeders["name"]), strict=True))
        lights = city.frame("streetlights")
        true_feeder = city.truth["feeder"]
        wired = [
            true_feeder.get(code, feeder)
            for code, feeder in zip(lights["code"], lights["feeder"], strict=True)
        ]
        plinth, height = city.truth["plinth_m"], city.truth["height_over_gauge_m"]
        return cls(
            cabinets=codes,
            parent=np.array([number.get(code, -1) for code in cabinets["parent_cabinet"]]),
            plinth_m=np.array([plinth[code] for code in codes]),
            height_m=np.array([height[code] for code in codes]),
            places=shapely.get_coordinates(city.layers["cabinets"].geometry),
            light_cabinet=np.array([number[cabinet_of[feeder]] for feeder in wired]),
            light_phase=np.array([phase_of[feeder] for feeder in wired]),
            tripped=np.zeros(len(codes), dtype=np.bool_),
            cut=np.zeros(len(codes), dtype=np.bool_),
            depth_m=np.zeros(len(codes)),
        )

    @property
    def supplied(self) -> Flags:
        """Whether each cabinet is fed: closed itself, and everything above it."""
        closed = ~self.tripped & ~self.cut
        fed = closed.copy()
        above = self.parent
        while (above >= 0).any():
            fed &= np.where(above >= 0, closed[np.maximum(above, 0)], True)
            above = np.where(above >= 0, self.parent[np.maximum(above, 0)], -1)
        return np.asarray(fed)

    def flood(self, polygons: Geometries, depths: Floats) -> None:
        """Put the ground under water; what stands deeper than its plinth trips.

        Parameters
        ----------
        polygons : array of shapely polygons
            WGS 84; the whole extent, an empty array once the water has gone.
        depths : array
            Depth inside each; where they overlap the deepest counts. [m]
        """
        self.version += 1
        self.depth_m[:] = 0.0
        if len(polygons):
            tree = shapely.STRtree(polygons)
            site, polygon = tree.query(shapely.points(self.places), predicate="intersects")
            np.maximum.at(self.depth_m, site, depths[polygon])
        self.tripped |= self.depth_m > self.plinth_m

    def river_level(self) -> float | None:
        """Return the level of the gauge that goes with the water; None with no cabinet in it."""
        wet = self.depth_m > 0
        return float(np.median((self.height_m + self.depth_m)[wet])) if wet.any() else None

    def cut_off(self, codes: Collection[str]) -> None:
        """Take the supply of some cabinets away, and give it back to all others."""
        self.version += 1
        self.cut[:] = np.isin(self.cabinets, list(codes))

    def inspect(self, code: str) -> bool:
        """Close a tripped cabinet again; one that still stands in water trips at once.

        Returns
        -------
        bool
            Whether there is such a cabinet.
        """
        if code not in self.cabinets:
            return False
        self.version += 1
        number = self.cabinets.index(code)
        self.tripped[number] = self.depth_m[number] > self.plinth_m[number]
        return True
