"""Valve controllers (Milesight UC511): they open on an order or a rule, and close by themselves."""

from zoneinfo import ZoneInfo

import numpy as np

from ingest.codecs import milesight
from simulators.city.plan import Floats
from simulators.devices.fleet import SECOND, Fleet
from simulators.devices.rules import WeeklyRules
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
    zone : ZoneInfo
        Of their clocks.
    """

    def __init__(
        self,
        fleet: Fleet,
        flow_m3_h: Floats,
        area_m2: Floats,
        soil: Soil,
        rng: np.random.Generator,
        *,
        zone: ZoneInfo,
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
        self.rules = WeeklyRules(zone)
        self._repeats: dict[int, bytes] = {}

    def speaks(self, device: int, at: int) -> bool:  # noqa: ARG002 - it has a battery
        """Whether it has power: its battery lasts for years."""
        return True

    def payload(self, device: int, at: int) -> bytes:
        """Return whether it is open, and its meter; first of all a rule that it has just taken."""
        if device in self._repeats:
            self.fleet.speak_at(device, at + int(_OPENS_IN_S * SECOND))
            return self._repeats.pop(device)
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
        """Open for a time, close, or keep a rule; the motor takes three seconds, then it tells."""
        repeated = self.rules.take(device, payload)
        if repeated is not None:
            self._repeats[device] = repeated
            return at + SECOND
        order = milesight.decode_command(payload)
        if order is None or order.valve != 0 or (order.is_open and order.duration_s <= 0):
            return None
        self._count(device, at)
        self._turn(device, at, at + order.duration_s * SECOND if order.is_open else NEVER)
        return at + int(_OPENS_IN_S * SECOND)

    def turn_due(self, at: int) -> None:
        """Close those whose time is over, open those whose rule begins, each at its instant."""
        self._close_due(at)
        for device, opens_at, closes_at in self.rules.openings(at):
            self._count(device, opens_at)
            self._turn(device, opens_at, closes_at)
            self.fleet.speak_at(device, opens_at + int(_OPENS_IN_S * SECOND))

    def _turn(self, device: int, at: int, closes_at: int) -> None:
        self.is_open[device] = closes_at != NEVER
        self._opened_at[device] = at
        self.closes_at[device] = closes_at

    def _close_due(self, at: int) -> None:
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
