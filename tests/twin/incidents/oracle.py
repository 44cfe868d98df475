"""The same answers in plain Python, dictionaries and loops: slow, and easy to believe."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from twin.incidents.surroundings import Surroundings
from twin.supply import Supply


@dataclass
class Network:
    """A small city as dictionaries; ids only, nothing numbered."""

    parents: dict[int, list[int]]  # device → what feeds it, [] for a source
    lights: dict[int, int | None]  # light → device
    cm: dict[int, int] = field(default_factory=dict)
    street: dict[int, int] = field(default_factory=dict)  # light → street
    residents: dict[int, int | None] = field(default_factory=dict)
    stretches: dict[int, tuple[int, int, list[int]]] = field(default_factory=dict)
    places: dict[int, tuple[str, list[int]]] = field(default_factory=dict)
    gateways: dict[int, tuple[int | None, float]] = field(default_factory=dict)
    sensors: dict[int, int | None] = field(default_factory=dict)
    hears: set[tuple[int, int]] = field(default_factory=set)

    def supply(self) -> Supply:
        """Lay it out."""
        device, parent, more = list(self.parents), [], []
        for child, above in self.parents.items():
            parent.append(above[0] if above else -1)
            more += [(child, other) for other in above[1:]]
        light = list(self.lights)
        people = [self.residents.get(x) for x in light]
        return Supply.build(
            _longs(device),
            _longs(parent),
            _longs(light),
            _longs(-1 if d is None else d for d in self.lights.values()),
            cm=_longs(self.cm.get(x, 0) for x in light),
            residents=_longs(p or 0 for p in people),
            residents_known=np.array([p is not None for p in people], np.bool_),
            group=_longs(self.street.get(x, -1) for x in light),
            more_links=(_longs(c for c, _ in more), _longs(p for _, p in more)),
        )

    def surroundings(self, supply: Supply) -> Surroundings:
        """Lay out what hangs on it."""
        integer = pl.Int64
        around = [(p, k, x) for p, (k, xs) in self.places.items() for x in xs or [None]]
        return Surroundings.build(
            supply,
            pl.DataFrame(
                [(x, self.street.get(x)) for x in self.lights],
                schema={"asset_id": integer, "street_id": integer},
                orient="row",
            ),
            stretches=pl.DataFrame(
                [(s, street, cm, xs) for s, (street, cm, xs) in self.stretches.items()],
                schema={
                    "stretch_id": integer,
                    "street_id": integer,
                    "length_cm": integer,
                    "light_ids": pl.List(integer),
                },
                orient="row",
            ),
            places=pl.DataFrame(
                around,
                schema={"place_id": integer, "kind": pl.String, "light_id": integer},
                orient="row",
            ),
            gateways=pl.DataFrame(
                [(g, d, h) for g, (d, h) in self.gateways.items()],
                schema={"gateway_id": integer, "supply_id": integer, "backup_h": pl.Float64},
                orient="row",
            ),
            sensors=pl.DataFrame(
                list(self.sensors.items()),
                schema={"sensor_id": integer, "supply_id": integer},
                orient="row",
            ),
            hears=pl.DataFrame(
                sorted(self.hears),
                schema={"gateway_id": integer, "sensor_id": integer},
                orient="row",
            ),
        )


def _longs(values: Iterable[int]) -> np.ndarray:
    return np.array(list(values), np.int64)


def dead_devices(network: Network, out: set[int]) -> set[int]:
    """Devices without a live way to a source; closed links conduct both ways."""
    around = defaultdict(set)
    for child, above in network.parents.items():
        for parent in above:
            around[child].add(parent)
            around[parent].add(child)
    live = {d for d in _sources(network, around) if d not in out}
    front = list(live)
    while front:
        for other in around[front.pop()]:
            if other not in live and other not in out:
                live.add(other)
                front.append(other)
    return set(network.parents) - live


def _sources(network: Network, around: dict[int, set[int]]) -> set[int]:
    """Devices that nothing feeds; in a part without any, those left when leaves are taken away."""
    sources = {d for d, above in network.parents.items() if not above}
    fed, front = set(sources), list(sources)
    while front:
        for other in around[front.pop()]:
            if other not in fed:
                fed.add(other)
                front.append(other)
    left = set(network.parents) - fed
    mutual = {d for d in left for p in network.parents[d] if d in network.parents[p]}
    while True:
        leaves = {d for d in left - mutual if len(around[d] & left) <= 1}
        if not leaves:
            return sources | left
        left -= leaves


def on_the_way_up(network: Network, device: int | None) -> list[int]:
    """A device and all that feeds it, nearest first; for trees only."""
    way = []
    while device is not None:
        way.append(device)
        device = next(iter(network.parents[device]), None)
    return way


def answer(network: Network, out: set[int], hours: dict[int, float]) -> dict[str, object]:
    """Every output of ``twin.incidents.impact`` for a forest."""
    proximate, root = {}, {}
    for light, device in network.lights.items():
        found = [d for d in on_the_way_up(network, device) if d in out]
        if found:
            proximate[light], root[light] = found[0], found[-1]
    dark = set(proximate)
    people = [network.residents.get(x) for x in dark]
    stretches = {s for s, (_, _, xs) in network.stretches.items() if dark.issuperset(xs)}
    gateways, by_power, by_radio = _silent(network, out, hours)
    return {
        "proximate": proximate,
        "root": root,
        "lights": len(dark),
        "cm": sum(network.cm.get(x, 0) for x in dark),
        "residents": None if None in people else sum(p for p in people if p is not None),
        "covered": sum(network.stretches[s][1] for s in stretches),
        "stretches": stretches,
        "streets": _streets(network, proximate, stretches),
        "places": {
            p
            for p, (_, xs) in network.places.items()
            if set(xs) and 2 * len(set(xs) & dark) >= len(set(xs))
        },
        "gateways": gateways,
        "by_power": by_power,
        "by_radio": by_radio,
    }


def _streets(
    network: Network, proximate: dict[int, int], stretches: set[int]
) -> dict[int, tuple[int, int, int, int]]:
    shares: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for light, cause in proximate.items():
        if light in network.street:
            share = shares[network.street[light]][cause]
            share[0] += network.cm.get(light, 0)
            share[1] += 1
    covered: dict[int, int] = defaultdict(int)
    for stretch in stretches:
        street, cm, _ = network.stretches[stretch]
        covered[street] += cm
    answer = {}
    for street, causes in shares.items():
        best = min(causes, key=lambda d: (-causes[d][0], -causes[d][1], d))
        total = [sum(c[k] for c in causes.values()) for k in (0, 1)]
        answer[street] = (total[1], total[0], covered[street], best)
    return answer


def _silent(
    network: Network, out: set[int], hours: dict[int, float]
) -> tuple[set[int], set[int], set[int]]:
    gateways = set()
    for gateway, (device, backup) in network.gateways.items():
        found = [hours[d] for d in on_the_way_up(network, device) if d in out]
        if found and max(found) >= backup:
            gateways.add(gateway)
    by_power = {
        s for s, device in network.sensors.items() if out & set(on_the_way_up(network, device))
    }
    by_radio = set()
    for sensor in set(network.sensors) - by_power:
        heard = {g for g, s in network.hears if s == sensor}
        if heard and heard <= gateways:
            by_radio.add(sensor)
    return gateways, by_power, by_radio
