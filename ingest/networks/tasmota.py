"""Tasmota: ``tele/<topic>/SENSOR`` and its like, JSON; the order of the words is configurable.

``Time`` is the device's local time without an offset: it is read in the territory's zone; the hour
that comes twice in autumn is the one nearer to our reception. Several channels come as arrays.
``stat/<topic>/RESULT`` says what ``stat/<topic>/POWER`` says too; the broker remembers ``LWT``.
"""

import re
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from ingest.networks.conventions import availability, measured
from ingest.networks.instants import micros, micros_of
from ingest.networks.objects import named_values
from ingest.networks.records import NO_TIME, Ignored, Named, Record, Rejection

NAME: Final = "tasmota"
PREFIXES: Final = frozenset({"tele", "stat"})
ORDERS: Final = "cmnd"

_json = msgspec.json.Decoder(dict[str, Any])
_POWER: Final = re.compile(r"POWER(\d{0,2})", re.ASCII)
_STATUS: Final = re.compile(r"STATUS(8|10)", re.ASCII)
_HOUSEKEEPING: Final = frozenset(
    {"Time", "TempUnit", "PressureUnit", "SpeedUnit", "Wifi", "Hostname", "IPAddress"}
    | {"Uptime", "UptimeSec", "Heap", "Sleep", "SleepMode", "LoadAvg", "MqttCount", "Berry"}
)


def parts(topic: str) -> tuple[str, str, str] | None:
    """Return prefix, device and what is told, of either order; None: not Tasmota's."""
    words = topic.split("/")
    if len(words) < 3:
        return None
    if words[0] in PREFIXES or words[0] == ORDERS:
        return words[0], "/".join(words[1:-1]), words[-1]
    if (words[-2] in PREFIXES or words[-2] == ORDERS) and words[-1].isupper():
        return words[-2], "/".join(words[:-2]), words[-1]
    return None


class Tasmota:
    """The parser of a territory's Tasmota devices.

    Parameters
    ----------
    zone : ZoneInfo
        Where they stand.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def read(self, topic: str, payload: bytes, received_at: int) -> Record:
        """Read one message."""
        found = parts(topic)
        if found is None:
            return Rejection("unknown_topic", topic[:128])
        prefix, device, told = found
        if prefix == ORDERS:
            return Ignored("command")
        if not payload:
            return Ignored("deleted")
        if told == "LWT":
            return availability(NAME, device, payload, payload)
        if prefix == "stat" and _POWER.fullmatch(told):
            return Ignored("result_copy")
        if not payload.startswith(b"{"):
            return Ignored("unknown_event")
        document = _json.decode(payload)
        if prefix == "stat" and _STATUS.fullmatch(told):
            inner = document.get("StatusSNS")
            document = inner if isinstance(inner, dict) else {}
        elif told not in {"SENSOR", "STATE", "RESULT"}:
            return Ignored("unknown_event")
        at = self._time(document.get("Time"), received_at)
        return measured(NAME, device, payload, _values(document), at)

    def _time(self, told: object, received_at: int) -> int:
        """Return an instant of local or of full time; ``NO_TIME`` where there is none."""
        if not isinstance(told, str):
            return NO_TIME
        try:
            moment = datetime.fromisoformat(told)
        except ValueError:
            return NO_TIME
        if moment.tzinfo is not None:
            return micros(told)
        if not 2 <= moment.year <= 9998:
            return NO_TIME
        both = [
            micros_of(moment.replace(tzinfo=self._zone, fold=fold).astimezone(UTC))
            for fold in (0, 1)
        ]
        return min(both, key=lambda at: abs(at - received_at))


def _values(document: dict[str, Any]) -> tuple[Named, ...]:
    units = {"Temperature": document.get("TempUnit"), "Pressure": document.get("PressureUnit")}
    measurements = {key: item for key, item in document.items() if key not in _HOUSEKEEPING}
    return tuple(_with_unit(_channel(one), units) for one in named_values(measurements))


def _channel(one: Named) -> Named:
    """Return ``POWER2`` as the second channel of ``POWER``."""
    power = _POWER.fullmatch(one.name)
    if not power:
        return one
    return Named("POWER", one.value, channel=max(0, int(power[1] or 1) - 1))


def _with_unit(one: Named, units: dict[str, Any]) -> Named:
    unit = units.get(one.name.rpartition(".")[2])
    if not isinstance(unit, str):
        return one
    return Named(one.name, one.value, unit[:16], one.channel, one.at)
