"""Weekly rules of Milesight UC511 and UC512: a valve that opens and closes by itself.

``FF 4D``, number 1 to 16, switches, weekdays, start hour and minute, end hour and minute, pulses
(u16, 0: no limit). Switches: bit 7 the rule is on, bit 6 it closes instead of opening, bits 0 and 1
the valves. Weekdays: bit 0 is Monday. Hours are the device's own. The device repeats a rule that
it has taken.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

_HEAD: Final = b"\xff\x4d"
_LENGTH: Final = 11
_ON: Final = 0x80
_CLOSES: Final = 0x40
RULES: Final = range(1, 17)


class Rule(NamedTuple):
    """One rule.

    Attributes
    ----------
    number : int
        1 to 16; a rule replaces the one of the same number.
    valve : int
        0 or 1.
    days : tuple of int
        1 Monday … 7 Sunday.
    start, end : str
        ``HH:MM``, of the device's clock.
    enabled : bool
        A rule that is off stays in the device's memory.
    """

    number: int
    valve: int
    days: tuple[int, ...]
    start: str
    end: str
    enabled: bool


def rule_of(asked: Mapping[str, Any]) -> Rule:
    """Return the rule that an order's parameters mean.

    Raises
    ------
    ValueError
        A number, a day or a time that no device takes.
    """
    number, valve = int(asked.get("number", 1)), int(asked.get("valve", 0))
    days = tuple(sorted({int(day) for day in asked["days"]}))
    start, end = (_written(*_parts(str(asked[name]))) for name in ("start", "end"))
    if number not in RULES or valve not in {0, 1}:
        raise ValueError(f"rule 1 to 16 of valve 0 or 1, not {number} of {valve}")
    if not days or days[0] < 1 or days[-1] > 7:
        raise ValueError(f"days 1 (Monday) to 7, not {list(days)}")
    return Rule(number, valve, days, start, end, bool(asked.get("enabled", True)))


def encode_rule(rule: Rule) -> bytes:
    """Write a rule that opens a valve at its start and closes it at its end."""
    days = sum(1 << (day - 1) for day in rule.days)
    switches = _ON * rule.enabled | 1 << rule.valve
    times = bytes([*_parts(rule.start), *_parts(rule.end)])
    return _HEAD + bytes([rule.number, switches, days]) + times + b"\0\0"


def decode_rule(payload: bytes) -> Rule | None:
    """Read a rule back; None where it is none, or not one that opens one valve."""
    if len(payload) != _LENGTH or not payload.startswith(_HEAD):
        return None
    number, switches, days, *times = payload[2:9]
    valves = switches & 0x3F
    if switches & _CLOSES or valves not in {1, 2} or any(payload[9:]):
        return None
    return Rule(
        number,
        valves - 1,
        tuple(day for day in range(1, 8) if days >> (day - 1) & 1),
        _written(*times[:2]),
        _written(*times[2:]),
        bool(switches & _ON),
    )


def repeated(order: bytes, uplinks: Sequence[bytes]) -> bool:
    """Whether a device has repeated a rule, as it stands or with ``FE`` for its first byte."""
    forms = order, b"\xfe" + order[1:]
    return any(form in uplink for form in forms for uplink in uplinks)


def _parts(time: str) -> tuple[int, int]:
    hour, _, minute = time.partition(":")
    parts = int(hour), int(minute)
    if not (0 <= parts[0] < 24 and 0 <= parts[1] < 60):
        raise ValueError(f"a time of 00:00 to 23:59, not {time!r}")
    return parts


def _written(hour: int, minute: int) -> str:
    return f"{hour:02d}:{minute:02d}"
