"""The living town: steps from second to second, answers orders, suffers floods.

All that happens is ordered by its own microsecond, whatever the pace at which it is asked for; so a
day recorded on a virtual clock is the same to the byte each time.
"""

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import numpy as np

from ingest.networks.chirpstack_v4_wire import Downlink, read_downlink
from simulators.city.model import City
from simulators.devices.fleet import SECOND, Family
from simulators.devices.gateways import Gateways
from simulators.devices.lamps import LampControllers
from simulators.devices.meters import CabinetMeters
from simulators.events import CauseEvent, FloodEvent, read_cause, read_event
from simulators.message import Message
from simulators.population import Population, populate

_LOOK_EVERY_S = 5
_GATEWAY_TAKES_US, _DEVICE_HEARS_US, _NACK_US = 350_000, 1_100_000, 9_000_000
_BOOT_S = (4.0, 45.0)


class Simulation:
    """A city's devices and the world that they live in.

    Parameters
    ----------
    city : City
        From ``simulators.city.generate`` or ``read``.
    start : datetime
        First instant. [aware]
    seed : int, optional
        Of the town's life; the city's own by default. Another one gives other weather noise, other
        radio losses, the same town.
    """

    def __init__(self, city: City, start: datetime, seed: int | None = None) -> None:
        self.now = _second(start)
        self.city = city
        self._seed = int(city.truth["seed"]) if seed is None else seed
        self.population: Population = populate(city, self.now, self._seed)
        self._timers: list[tuple[int, int, Callable[[int], list[Message]]]] = []
        self._timer_count = 0
        self._causes: dict[str, CauseEvent] = {}
        self._device = {
            eui: (family, number)
            for family in self.population.families
            for number, eui in enumerate(family.fleet.eui)
        }
        self._first = True
        self._seen_grid = -1

    @property
    def gateways(self) -> Gateways:
        """The town's gateways."""
        return self.population.world.gateways

    def step(self, until: datetime) -> Iterator[Message]:
        """Live until an instant; yield what is published, in order of time."""
        end = _second(until)
        if self._first:
            self._first = False
            yield from self.gateways.notice(self.now)
        while self.now < end:
            self.now += SECOND
            yield from self._second_passes()

    def skip_to(self, instant: datetime) -> None:
        """Let time pass without a word: the machine slept. Every device speaks within a minute."""
        self.now = max(self.now, _second(instant))
        for family in self.population.families:
            family.fleet.wake_up(self.now, self.population.rng)

    def receive(self, topic: str, payload: bytes) -> None:
        """Take a message from the broker: an order to a device, a flood, a cut, an inspection."""
        if topic.endswith("/command/down"):
            order = read_downlink(topic, payload)
            if order is not None:
                self._after(0, lambda at: self._order(order, at))
            return
        event = read_event(topic, payload)
        if isinstance(event, FloodEvent):
            self._after(0, lambda _: self._flood(event))
        elif isinstance(event, CauseEvent):
            self._cause(event)
        elif event is not None:
            self._after(0, lambda _: self._inspect(event))

    def snapshot(self) -> dict[str, Any]:
        """Return what a restart must not forget: cabinets, water, gateways on battery, rules."""
        grid, gateways = self.population.world.grid, self.gateways
        return {
            "tripped": [grid.cabinets[k] for k in np.flatnonzero(grid.tripped)],
            "depth_m": {
                grid.cabinets[k]: float(grid.depth_m[k]) for k in np.flatnonzero(grid.depth_m)
            },
            "gateways_lost_at": {
                gateways.ids[k]: int(gateways.lost_at[k])
                for k in np.flatnonzero(gateways.lost_at > 0)
            },
            "river_rise_m": self.population.world.river.target,
            "causes": [event.written() for event in self._causes.values()],
            "rules": {
                str(valve): [order.hex() for order in orders]
                for valve, orders in self.population.valves.rules.kept().items()
            },
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """Take up where an earlier run left; call it before the first step."""
        grid, gateways = self.population.world.grid, self.gateways
        for k, code in enumerate(grid.cabinets):
            grid.tripped[k] = code in kept.get("tripped", ())
            grid.depth_m[k] = kept.get("depth_m", {}).get(code, 0.0)
        lost = kept.get("gateways_lost_at", {})
        gateways.lost_at = np.array([lost.get(identifier, -1) for identifier in gateways.ids])
        for written in kept.get("causes", ()):
            event = read_cause(written)
            if event is not None:
                self._cause(event)
        self._cut_off(self.now)  # what was cut is cut from the first second on
        river = self.population.world.river
        river.start = river.target = float(kept.get("river_rise_m", 0.0))
        for valve, orders in kept.get("rules", {}).items():
            for order in orders:
                self.population.valves.rules.take(int(valve), bytes.fromhex(order))
        self.population.lamps.forget_power()
        self.population.meters.forget_power()

    def _second_passes(self) -> list[Message]:
        at = self.now
        self.population.valves.turn_due(at)
        messages = self.gateways.notice(at) if at // SECOND % _LOOK_EVERY_S == 0 else []
        messages += self._notice_power(at)
        while todo := self._due(at):
            spoken = (self._speak(family, device, when) for when, family, device in todo)
            messages += [message for message in spoken if message is not None]
        while self._timers and self._timers[0][0] <= at:
            when, _, act = heapq.heappop(self._timers)
            messages += act(max(when, at - SECOND + 1))
        return sorted(messages, key=lambda message: message.at)

    def _due(self, at: int) -> list[tuple[int, Family, int]]:
        """Devices whose time has come, in order of time."""
        found: list[tuple[int, int, int]] = []
        for rank, family in enumerate(self.population.families):
            fleet = family.fleet
            found += [(int(fleet.due[k]), rank, k) for k in fleet.ready(at)]
        found.sort()
        return [(when, self.population.families[rank], k) for when, rank, k in found]

    def _speak(self, family: Family, device: int, when: int) -> Message | None:
        wander = float(self.population.rng.uniform(-1, 1))
        family.fleet.schedule_next(device, wander)
        if not family.speaks(device, when):
            return None
        payload = family.payload(device, when)
        return self.population.network.up(family.fleet, device, payload, when)

    def _notice_power(self, at: int) -> list[Message]:
        """Let devices notice that their supply went or came back; those that boot join again."""
        watchers: list[LampControllers | CabinetMeters] = []
        if self._seen_grid != self.population.world.grid.version:
            self._seen_grid = self.population.world.grid.version
            watchers.append(self.population.meters)
        if at // SECOND % _LOOK_EVERY_S == 0:
            self.population.world.lamps.forget_orders(at / SECOND)
            watchers.append(self.population.lamps)
        joins = []
        for family in watchers:
            for device in family.notice(at):
                pause = self.population.rng.uniform(*_BOOT_S)
                family.fleet.rejoin(device, at + int(pause * SECOND))
                joins.append(self.population.network.join(family.fleet, device, at))
        return joins

    def _order(self, order: Downlink, at: int) -> list[Message]:
        """Carry an order down, or tell why not."""
        found = self._device.get(order.dev_eui.lower())
        network = self.population.network
        if found is None or not network.accepts(order):
            return []
        family, device = found
        fleet = family.fleet
        if network.expired(order, at):
            return [network.refuse(fleet, device, order, "EXPIRED", at)]
        gateway = network.gateway_for(fleet, device)
        if gateway is None:
            return [network.refuse(fleet, device, order, "DOWNLINK_GATEWAY", at)]
        self._after(_DEVICE_HEARS_US, lambda then: self._hear(family, device, order, then))
        self._after(
            _GATEWAY_TAKES_US, lambda then: [network.txack(fleet, device, order, gateway, then)]
        )
        return []

    def _hear(self, family: Family, device: int, order: Downlink, at: int) -> list[Message]:
        """Let the device hear an order: it acts, and confirms where it was asked to."""
        network, fleet = self.population.network, family.fleet
        alive = family.speaks(device, at)
        if alive:
            tells_at = family.obey(device, order.payload, at)
            if tells_at is not None:
                fleet.speak_at(device, tells_at)
        if not order.confirmed:
            return []
        if alive:
            return [network.ack(fleet, device, order, at, heard=True)]
        self._after(_NACK_US, lambda then: [network.ack(fleet, device, order, then, heard=False)])
        return []

    def _flood(self, event: FloodEvent) -> list[Message]:
        """Put the ground under water, or let it dry: nothing comes back by itself."""
        world, gauge = self.population.world, self.population.gauge
        world.grid.flood(event.polygons, event.depths)
        if len(event.polygons):
            world.river.rise_to(self._gauge_level(event), self.now / SECOND)
        else:
            world.river.recede(self.now / SECOND)
        for device in range(len(gauge.fleet)):
            gauge.fleet.speak_at(device, self.now + 4 * SECOND)
        return []

    def _gauge_level(self, event: FloodEvent) -> float:
        """Return the river's level that goes with a flood: as told, or by the wet cabinets."""
        if event.gauge_level_m is not None:
            return event.gauge_level_m
        grid = self.population.world.grid
        by_cabinets = grid.river_level()
        lowest = float(grid.height_m.min())
        return lowest + float(event.depths.max()) if by_cabinets is None else by_cabinets

    def _inspect(self, cabinet: str) -> list[Message]:
        self.population.world.grid.inspect(cabinet)
        return []

    def _cause(self, event: CauseEvent) -> None:
        """Take supply away from its beginning to its end; the newest word of a cause counts."""
        self._causes[event.code] = event
        for moment in (event.starts_at, event.until):
            if moment is not None:
                pause = max(0, _second(moment) - self.now)
                self._after(pause, self._cut_off)

    def _cut_off(self, at: int) -> list[Message]:
        holding = [
            event
            for event in self._causes.values()
            if _second(event.starts_at) <= at and (event.until is None or at < _second(event.until))
        ]
        self.population.world.grid.cut_off({code for each in holding for code in each.cabinets})
        return []

    def _after(self, pause_us: int, act: Callable[[int], list[Message]]) -> None:
        self._timer_count += 1
        heapq.heappush(self._timers, (self.now + pause_us, self._timer_count, act))


def _second(when: datetime) -> int:
    """Return an instant as whole seconds, in microseconds."""
    return int(when.timestamp()) * SECOND
