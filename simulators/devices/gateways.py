"""Gateways: connected while they have power, on their battery for some hours, or at fault."""

import numpy as np
import orjson

from ingest.networks.instants import text_of
from simulators.city.layers.devices import gateway_id
from simulators.city.model import City
from simulators.city.plan import Flags
from simulators.devices.fleet import SECOND
from simulators.grid import Grid
from simulators.message import Message

REGION = "eu868"
_STATS_EVERY_S = 120
_HOLDS_S = 20
"""A gateway without a battery lives on its capacitors: time for last words to pass. [s]"""


class Gateways:
    """All gateways of the town.

    Parameters
    ----------
    city : City
        Says what supplies each, and which one stops for a while.
    grid : Grid
        Says which cabinets are fed.
    start : int
        First instant. [µs]
    """

    def __init__(self, city: City, grid: Grid, start: int) -> None:
        rows = city.frame("gateways")
        feeders = city.frame("feeders")
        cabinet_of = dict(zip(feeders["code"], feeders["cabinet"], strict=True))
        number = {code: k for k, code in enumerate(grid.cabinets)}
        self.ids = [gateway_id(k) for k in range(len(rows))]
        self._supply = np.array([number[cabinet_of.get(s, s)] for s in rows["supplied_by"]])
        backup_s = np.maximum(rows["backup_h"].to_numpy() * 3600, _HOLDS_S)
        self._backup_us = (backup_s * SECOND).astype(np.int64)
        self._grid = grid
        self._start = start
        fault = city.truth["faults"]["gateway"]
        self._fault = {**fault, "number": rows["code"].to_list().index(fault["code"])}
        self.lost_at = np.full(len(rows), -1, dtype=np.int64)
        self.online: Flags = np.zeros(len(rows), dtype=np.bool_)
        self._stats_due = start + np.arange(len(rows)) * (_STATS_EVERY_S * SECOND // len(rows))

    def notice(self, at: int) -> list[Message]:
        """Look at every gateway; return the states that changed and the statistics that are due."""
        fed = self._grid.supplied[self._supply]
        self.lost_at = np.where(fed, -1, np.where(self.lost_at < 0, at, self.lost_at))
        on_battery = ~fed & (at - self.lost_at < self._backup_us)
        online = (fed | on_battery) & ~self._at_fault(at)
        first = at == self._start
        changed = np.flatnonzero((online != self.online) | first)
        self.online = online
        messages = [self._state(int(k), at) for k in changed]
        for k in np.flatnonzero(self._stats_due <= at):
            self._stats_due[k] += _STATS_EVERY_S * SECOND
            if online[k]:
                messages.append(self._stats(int(k), at))
        return messages

    def states(self, at: int) -> list[Message]:
        """Return the state of every gateway, for a broker that has just been reached."""
        return [self._state(k, at) for k in range(len(self.ids))]

    def _at_fault(self, at: int) -> Flags:
        """One gateway stops for three quarters of an hour, again and again."""
        since = (at - self._start) / SECOND - self._fault["first_after_s"]
        stopped = since >= 0 and since % self._fault["every_s"] < self._fault["for_s"]
        return np.asarray((np.arange(len(self.ids)) == self._fault["number"]) & stopped)

    def _state(self, gateway: int, at: int) -> Message:
        word = "ONLINE" if self.online[gateway] else "OFFLINE"
        body = {"gatewayId": self.ids[gateway], "state": word, "time": text_of(at)}
        topic = f"{REGION}/gateway/{self.ids[gateway]}/state/conn"
        return Message(at, topic, orjson.dumps(body), retain=True)

    def _stats(self, gateway: int, at: int) -> Message:
        body = {
            "gatewayId": self.ids[gateway],
            "time": text_of(at),
            "metadata": {"model": "simulated"},
        }
        return Message(at, f"{REGION}/gateway/{self.ids[gateway]}/event/stats", orjson.dumps(body))
