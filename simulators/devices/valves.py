"""Valve controllers (Milesight UC511): they open on an order and close by themselves."""

import numpy as np

from ingest.codecs import milesight
from simulators.city.plan import Floats
from simulators.devices.fleet import SECOND, Fleet
from simulators.soil import Soil

LITRES_PER_PULSE = 10.0
_OPENS_IN_S, _REPORT_WHILE_OPEN_S = 3.0, 120
NEVER = np.iinfo(np.int64).max


class Valves:
    """One valve a hydrozone, with a water meter that gives a pulse every ten litres.

    Parameters
    ----------
    fleet : Fleet
        Who they are.
    flow_m3_h, area_m2 : array
        What each lets through; ground that it waters.
    soil : Soil
        Gets the water.
    rng : Generator
        For batteries and meters as found.
    """

    def __init__(
        self, fleet: Fleet, flow_m3_h: Floats, area_m2: Floats, soil: Soil, rng: np.random.Generator
    ) -> None:
        self.fleet = fleet
        self._flow = flow_m3_h
        self._area = area_m2
        self._soil = soil
        count = len(fleet)
        self.is_open = np.zeros(count, dtype=np.bool_)
        self.closes_at = np.full(count, NEVER)
        self._opened_at = np.zeros(count, dtype=np.int64)
        self._litres = rng.uniform(2e4, 9e5, count)
        self._battery = rng.uniform(62, 99, count)

    def speaks(self, device: int, at: int) -> bool:  # noqa: ARG002 - it has a battery
        """Whether it has power: its battery lasts for years."""
        return True

    def payload(self, device: int, at: int) -> bytes:
        """Return whether it is open, and its meter."""
        self._count(device, at)
        if self.is_open[device]:
            self.fleet.speak_at(device, at + _REPORT_WHILE_OPEN_S * SECOND)
        return milesight.encode(
            "uc511",
            battery=float(self._battery[device]),
            valve_open=float(self.is_open[device]),
            pulse_count=float(self._litres[device] // LITRES_PER_PULSE),
        )

    def obey(self, device: int, payload: bytes, at: int) -> int | None:
        """Open for a time, or close; the motor takes three seconds, then it tells."""
        order = milesight.decode_command(payload)
        if order is None or order.valve != 0 or (order.is_open and order.duration_s <= 0):
            return None
        self._count(device, at)
        self.is_open[device] = order.is_open
        self._opened_at[device] = at
        self.closes_at[device] = at + order.duration_s * SECOND if order.is_open else NEVER
        return at + int(_OPENS_IN_S * SECOND)

    def close_due(self, at: int) -> None:
        """Close the valves whose time is over, each at its own instant."""
        for device in np.flatnonzero(self.closes_at <= at):
            closing = int(self.closes_at[device])
            self._count(int(device), closing)
            self.is_open[device] = False
            self.closes_at[device] = NEVER
            self.fleet.speak_at(int(device), closing + int(_OPENS_IN_S * SECOND))

    def _count(self, device: int, at: int) -> None:
        """Let the water run that has run since the last look."""
        if not self.is_open[device]:
            return
        hours = (at - int(self._opened_at[device])) / 3.6e9
        cubic_metres = float(self._flow[device]) * max(0.0, hours)
        self._litres[device] += 1000 * cubic_metres
        self._soil.irrigate(device, 1000 * cubic_metres / float(self._area[device]))
        self._opened_at[device] = at
