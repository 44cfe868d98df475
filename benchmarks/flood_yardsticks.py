"""Other ways to answer a flood, each complete: what P5 is compared with.

``Masks`` is a good plain answer: an index of sites, then numpy arrays as long as the city.
``Graph`` is the usual one: a spatial join, a graph of devices and lights, descendants, data frames.
"""

from dataclasses import dataclass

import geopandas
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from benchmarks.reference_city import Around, ReferenceCity
from twin.incidents.flood import ASSUMED_PLINTH_M, Shapes
from twin.incidents.impact import Impact
from twin.supply import Supply
from twin.supply.ranges import Floats, Ragged


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that must agree, as numbers and checksums.

    Attributes
    ----------
    proximate, root : int
        Sum over dark lights of (light + 1) × (device + 1) of the cause.
    streets : int
        Sum over dark streets of (street + 1) × (dominant cause + 1).
    """

    tripped: int
    lights: int
    cm: int
    residents: int
    proximate: int
    root: int
    covered_cm: int
    street_count: int
    streets: int
    street_cm: int
    crossings: int
    schools: int
    gateways: int
    by_power: int
    by_radio: int


def _checksum(a: np.ndarray, b: np.ndarray) -> int:
    return int(((a.astype(np.int64) + 1) * (b.astype(np.int64) + 1)).sum())


def answer_of(supply: Supply, impact: Impact, crossings: int) -> Answer:
    """Bring our own answer to the same form."""
    outage, streets = impact.outage, impact.streets
    lights = supply.light_id[outage.lights]
    residents = impact.totals.residents_thousandths
    assert residents is not None
    return Answer(
        tripped=len(outage.out),
        lights=impact.totals.lights,
        cm=impact.totals.attributed_cm,
        residents=residents,
        proximate=_checksum(lights, supply.device_id[outage.proximate]),
        root=_checksum(lights, supply.device_id[outage.root]),
        covered_cm=impact.covered_cm,
        street_count=len(streets.street_id),
        streets=_checksum(streets.street_id, supply.device_id[streets.cause]),
        street_cm=int(streets.attributed_cm.sum()),
        crossings=int((impact.place_id < crossings).sum()),
        schools=int((impact.place_id >= crossings).sum()),
        gateways=len(impact.gateway_id),
        by_power=len(impact.power_silent_id),
        by_radio=len(impact.radio_silent_id),
    )


class Masks:
    """STRtree of sites and numpy masks as long as the city, by pointer jumping."""

    def __init__(self, city: ReferenceCity, around: Around) -> None:
        self.city, self.around = city, around
        self.tree = shapely.STRtree(shapely.points(city.site_x, city.site_y))
        self.plinth = np.where(np.isnan(city.plinth_m), ASSUMED_PLINTH_M, city.plinth_m)
        self.standing = np.bincount(around.place_of, minlength=around.places)
        self.streets = int(city.street.max()) + 1
        self.hears = Ragged.group(
            around.heard_gateway, around.heard_sensor.astype(np.int32), len(around.gateway_device)
        )
        self.heard_by = np.bincount(around.heard_sensor, minlength=len(around.sensor_device))

    def answer(self, shapes: Shapes, depth_m: Floats) -> Answer:
        """Answer one flood in full."""
        city, around = self.city, self.around
        polygon, site = self.tree.query(shapes, predicate="intersects")
        deepest = np.zeros(len(self.plinth))
        np.maximum.at(deepest, site, depth_m[polygon])
        out = np.zeros(len(city.parent), np.bool_)
        out[: len(self.plinth)] = deepest > self.plinth
        near, root = self._causes(out)
        proximate = near[city.light_device]
        dark = proximate >= 0
        street_count, streets, street_cm = self._streets(dark, proximate)
        hits = np.bincount(around.place_of[dark[around.place_light]], minlength=around.places)
        place = (2 * hits >= self.standing) & (self.standing > 0)
        stretch = dark[around.stretch_light].all(axis=1)
        gateway = near[around.gateway_device] >= 0
        fed = around.sensor_device >= 0
        by_power = fed & (near[around.sensor_device] >= 0)
        lost = np.bincount(
            around.heard_sensor[gateway[around.heard_gateway]],
            minlength=len(around.sensor_device),
        )
        by_radio = (lost == self.heard_by) & (self.heard_by > 0) & ~by_power
        light = np.flatnonzero(dark)
        return Answer(
            tripped=int(out.sum()),
            lights=len(light),
            cm=int(city.cm[dark].sum()),
            residents=int(city.residents[dark].sum()),
            proximate=_checksum(light, proximate[dark]),
            root=_checksum(light, root[city.light_device[dark]]),
            covered_cm=int(stretch.sum()) * 3_000,
            street_count=street_count,
            streets=streets,
            street_cm=street_cm,
            crossings=int(place[: around.crossings].sum()),
            schools=int(place[around.crossings :].sum()),
            gateways=int(gateway.sum()),
            by_power=int(by_power.sum()),
            by_radio=int(by_radio.sum()),
        )

    def headline(self, shapes: Shapes, depth_m: Floats) -> tuple[int, int, int]:
        """Answer lights, metres and residents only."""
        city = self.city
        polygon, site = self.tree.query(shapes, predicate="intersects")
        deepest = np.zeros(len(self.plinth))
        np.maximum.at(deepest, site, depth_m[polygon])
        out = np.zeros(len(city.parent), np.bool_)
        out[: len(self.plinth)] = deepest > self.plinth
        dark = (self._causes(out)[0] >= 0)[city.light_device]
        return int(dark.sum()), int(city.cm[dark].sum()), int(city.residents[dark].sum())

    def _causes(self, out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Nearest and topmost device out on each way up, by pointer jumping."""
        own = np.arange(len(out))
        near = np.where(out, own, -1)
        root, up = near.copy(), self.city.parent.copy()
        while (up >= 0).any():
            above = up >= 0
            lent = np.where(above, near[up], -1)
            near = np.where(near >= 0, near, lent)
            higher = np.where(above, root[up], -1)
            root = np.where(higher >= 0, higher, root)
            up = np.where(above, up[up], -1)
        return near, root

    def _streets(self, dark: np.ndarray, proximate: np.ndarray) -> tuple[int, int, int]:
        city = self.city
        street, cause, cm = city.street[dark], proximate[dark], city.cm[dark]
        devices = len(city.parent)
        pair, row = np.unique(street * devices + cause, return_inverse=True)
        sums = np.bincount(row, cm).astype(np.int64)
        counts = np.bincount(row)
        order = np.lexsort((pair % devices, -counts, -sums, pair // devices))
        streets, first = np.unique((pair // devices)[order], return_index=True)
        return len(streets), _checksum(streets, (pair % devices)[order][first]), int(sums.sum())


class Graph:
    """geopandas.sjoin, networkx.descendants, pandas."""

    def __init__(self, city: ReferenceCity, around: Around) -> None:
        self.city, self.around = city, around
        devices = len(city.parent)
        graph = nx.DiGraph()
        graph.add_nodes_from(range(devices))
        fed = np.flatnonzero(city.parent >= 0)
        graph.add_edges_from(zip(city.parent[fed].tolist(), fed.tolist(), strict=True))
        graph.add_edges_from(
            zip(city.light_device.tolist(), range(devices, devices + city.lights), strict=True)
        )
        self.graph = graph
        self.level = self._levels()
        self.sites = geopandas.GeoDataFrame(
            {"plinth": np.where(np.isnan(city.plinth_m), ASSUMED_PLINTH_M, city.plinth_m)},
            geometry=shapely.points(city.site_x, city.site_y),
        )
        self.lights = pd.DataFrame(
            {"street": city.street, "cm": city.cm, "residents": city.residents}
        )
        self.places = pd.DataFrame({"place": around.place_of, "light": around.place_light})
        self.standing = self.places.groupby("place").size()
        self.heard = pd.DataFrame({"gateway": around.heard_gateway, "sensor": around.heard_sensor})
        self.heard_by = self.heard.groupby("sensor").size()

    def _levels(self) -> np.ndarray:
        level = np.zeros(len(self.city.parent), np.int64)
        up = self.city.parent
        while (up >= 0).any():
            level += up >= 0
            up = np.where(up >= 0, self.city.parent[up], -1)
        return level

    def answer(self, shapes: Shapes, depth_m: Floats) -> Answer:
        """Answer one flood in full."""
        city, around = self.city, self.around
        water = geopandas.GeoDataFrame({"depth": depth_m}, geometry=shapes)
        joined = geopandas.sjoin(self.sites, water, predicate="intersects")
        deepest = joined.groupby(level=0)["depth"].max()
        tripped = deepest.index[deepest > self.sites["plinth"].loc[deepest.index]].to_numpy()
        near: dict[int, int] = {}
        root: dict[int, int] = {}
        for device in tripped[np.argsort(self.level[tripped], kind="stable")].tolist():
            below = nx.descendants(self.graph, device)
            below.add(device)
            near.update(dict.fromkeys(below, device))
            for node in below:
                root.setdefault(node, device)
        devices = len(city.parent)
        dark = np.array(sorted(node - devices for node in near if node >= devices), np.int64)
        lit_by = self.lights.loc[dark]
        causes = pd.DataFrame(
            {
                "street": lit_by["street"],
                "cm": lit_by["cm"],
                "near": [near[light + devices] for light in dark.tolist()],
                "root": [root[light + devices] for light in dark.tolist()],
            }
        )
        pairs = causes.groupby(["street", "near"])["cm"].agg(["sum", "count"]).reset_index()
        pairs = pairs.sort_values(
            ["street", "sum", "count", "near"], ascending=[True, False, False, True]
        )
        main = pairs.drop_duplicates("street")
        dark_set = set(dark.tolist())
        hit = self.places[self.places["light"].isin(dark_set)].groupby("place").size()
        place = hit.index[2 * hit >= self.standing.loc[hit.index]].to_numpy()
        touched = pd.DataFrame(around.stretch_light).isin(dark_set).all(axis=1)
        gateway = [g for g, device in enumerate(around.gateway_device.tolist()) if device in near]
        by_power = {s for s, device in enumerate(around.sensor_device.tolist()) if device in near}
        lost = self.heard[self.heard["gateway"].isin(gateway)].groupby("sensor").size()
        deaf = lost.index[lost == self.heard_by.loc[lost.index]]
        return Answer(
            tripped=len(tripped),
            lights=len(dark),
            cm=int(lit_by["cm"].sum()),
            residents=int(lit_by["residents"].sum()),
            proximate=_checksum(dark, causes["near"].to_numpy()),
            root=_checksum(dark, causes["root"].to_numpy()),
            covered_cm=int(touched.sum()) * 3_000,
            street_count=len(main),
            streets=_checksum(main["street"].to_numpy(), main["near"].to_numpy()),
            street_cm=int(pairs["sum"].sum()),
            crossings=int((place < around.crossings).sum()),
            schools=int((place >= around.crossings).sum()),
            gateways=len(gateway),
            by_power=len(by_power),
            by_radio=len(set(deaf.tolist()) - by_power),
        )
