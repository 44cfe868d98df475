"""Weekly rules that a valve keeps in its memory and follows by its own clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ingest.codecs.uc51x_rules import Rule, decode_rule, encode_rule
from simulators.devices.fleet import SECOND

_MINUTE = 60 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Opening(NamedTuple):
    """What a rule asks for at its start."""

    device: int
    at: int
    closes_at: int


class WeeklyRules:
    """The rules of all valves of a town.

    Parameters
    ----------
    zone : ZoneInfo
        Of the devices' clocks.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._rules: dict[int, dict[int, Rule]] = {}
        self._looked = -1

    def take(self, device: int, payload: bytes) -> bytes | None:
        """Keep the rule that an order holds; return what the device repeats, None for no rule."""
        rule = decode_rule(payload)
        if rule is None or rule.valve != 0:
            return None
        self._rules.setdefault(device, {})[rule.number] = rule
        return b"\xfe" + payload[1:]

    def kept(self) -> dict[int, list[bytes]]:
        """Return the orders whose rules each device keeps; take them again after a restart."""
        return {
            device: [encode_rule(rule) for rule in rules.values()]
            for device, rules in self._rules.items()
        }

    def openings(self, at: int) -> Iterator[Opening]:
        """Yield the openings that begin with the minute of an instant, each once. [µs]"""
        minute = at // _MINUTE * _MINUTE
        if minute <= self._looked or not self._rules:
            return
        self._looked = minute
        local = (_EPOCH + timedelta(microseconds=minute)).astimezone(self._zone)
        for device, rules in self._rules.items():
            for rule in rules.values():
                if rule.enabled and _begins(rule, local):
                    yield Opening(device, minute, minute + _lasts_min(rule) * _MINUTE)


def _begins(rule: Rule, local: datetime) -> bool:
    return local.isoweekday() in rule.days and f"{local:%H:%M}" == rule.start


def _lasts_min(rule: Rule) -> int:
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (rule.start, rule.end))
    return (end - start) % (24 * 60)
