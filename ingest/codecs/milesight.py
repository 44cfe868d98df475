"""Milesight devices: channel, type, value, little-endian; one table of tags a model.

Models and fields (units of the fields in brackets; all share ``battery`` %):

- ``em500-smtc``, ``em500-smt`` soil: ``temperature`` °C, ``moisture`` %, ``conductivity`` µS/cm
- ``em500-swl`` submersible level: ``depth`` m
- ``em400-udl``, ``em310-udl`` ultrasonic level: ``temperature`` °C, ``distance`` m, ``tilt``
- ``uc511``, ``uc512`` solenoid valves, channel 0 the first and 1 the second: ``valve_open``,
  ``pulse_count``, ``digital_input``, ``pressure`` kPa
- ``ws558`` light controller: ``voltage`` V, ``power`` W, ``power_factor`` 1, ``energy`` kWh,
  ``current`` A, ``switch`` (channels 0–7, those the device speaks of)

An unknown tag ends the reading. u16 ``FFFF`` (reading failed) and ``FFFD`` (out of range) give no
value; a signed temperature of −0.1 or −0.3 °C has the same bytes and is flagged *ambiguous*.
Differs from the vendor's published decoder where that one is wrong: EM500-SMTC's one-byte
humidity and conductivity, 32-bit values unsigned, UC511's history flags.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.codecs.readings import AMBIGUOUS, Bytes, Readings, Rows
from ingest.codecs.shapes import Item, Layout, by_shape, little_endian

VERSION: Final = "1"
F_PORT: Final = 85

_FAILED: Final = (0xFFFF, 0xFFFD)


class Value(NamedTuple):
    """One number inside a tag; ``per`` counts make one unit; ``channel`` tells inputs apart."""

    name: str
    offset: int
    size: int
    per: float = 1
    signed: bool = False
    channel: int = 0


class Tag(NamedTuple):
    """What follows a channel and a type: how many bytes, and the values in them.

    ``history`` marks a past reading that starts with its own u32 unix time; ``read`` replaces the
    plain values where bits have to be picked.
    """

    size: int
    values: tuple[Value, ...] = ()
    history: bool = False
    read: Callable[[Readings, Rows, Bytes], None] | None = None


def _switches(readings: Readings, rows: Rows, data: Bytes) -> None:
    """``[change mask][state mask]``: the switches that this frame speaks of."""
    for switch in range(8):
        told = ((data[:, 0] >> switch) & 1).astype(bool)
        state = (data[told, 1] >> switch) & 1
        readings.add("switch", rows[told], state.astype(np.int64), channel=switch)


def _valve(readings: Readings, rows: Rows, data: Bytes, *, channel: int) -> None:
    """0 closed, 1 open; FF says that a delayed command failed, nothing of the valve."""
    told = data[:, 0] <= 1
    readings.add("valve_open", rows[told], data[told, 0].astype(np.int64), channel=channel)


def _valve_history(readings: Readings, rows: Rows, data: Bytes) -> None:
    """u32 time, flags (b0 open, b1 GPIO mode, b2 input, b4 second valve), u32 pulses."""
    times, flags = _times(data), data[:, 4]
    pulses = little_endian(data, 5, 4)
    for channel in (0, 1):
        mine = (flags >> 4 & 1) == channel
        add = partial(
            readings.add, rows=rows[mine], channel=channel, times=times[mine], history=True
        )
        add("valve_open", values=(flags[mine] & 1).astype(np.int64))
        counting = mine & ((flags >> 1 & 1) == 0)
        readings.add(
            "pulse_count",
            rows[counting],
            pulses[counting],
            channel=channel,
            times=times[counting],
            history=True,
        )


def _times(data: Bytes) -> NDArray[np.int64]:
    return little_endian(data, 0, 4) * 1_000_000


_SHARED: Final[dict[int, Tag]] = {
    0x0175: Tag(1, (Value("battery", 0, 1),)),
    0xFF01: Tag(1),
    0xFF09: Tag(2),
    0xFF0A: Tag(2),
    0xFFFF: Tag(2),
    0xFF16: Tag(8),
    0xFF0F: Tag(1),
    0xFFFE: Tag(1),
    0xFF0B: Tag(1),
}
_TEMPERATURE: Final = Value("temperature", 0, 2, 10, signed=True)
_SOIL: Final[dict[int, Tag]] = {
    0x0367: Tag(2, (_TEMPERATURE,)),
    0x0468: Tag(1, (Value("moisture", 0, 1, 2),)),
    0x04CA: Tag(2, (Value("moisture", 0, 2, 100),)),
    0x057F: Tag(2, (Value("conductivity", 0, 2),)),
    0x83D7: Tag(5, (_TEMPERATURE,)),
    0x20CE: Tag(
        10,
        (
            Value("conductivity", 4, 2),
            Value("temperature", 6, 2, 10, signed=True),
            Value("moisture", 8, 2, 100),
        ),
        history=True,
    ),
}
_SUBMERSIBLE: Final[dict[int, Tag]] = {
    0x0377: Tag(2, (Value("depth", 0, 2, 100),)),
    0x20CE: Tag(6, (Value("depth", 4, 2, 100),), history=True),
}
_ULTRASONIC_400: Final[dict[int, Tag]] = {
    0x0367: Tag(2, (_TEMPERATURE,)),
    0x0482: Tag(2, (Value("distance", 0, 2, 1000),)),
    0x0500: Tag(1, (Value("tilt", 0, 1),)),
    0x8367: Tag(3, (_TEMPERATURE,)),
    0x8482: Tag(3, (Value("distance", 0, 2, 1000),)),
}
_ULTRASONIC_310: Final[dict[int, Tag]] = {
    0x0382: Tag(2, (Value("distance", 0, 2, 1000),)),
    0x0400: Tag(1, (Value("tilt", 0, 1),)),
}
_VALVES: Final[dict[int, Tag]] = {
    0x0301: Tag(1, read=partial(_valve, channel=0)),
    0x0501: Tag(1, read=partial(_valve, channel=1)),
    0x04C8: Tag(4, (Value("pulse_count", 0, 4),)),
    0x06C8: Tag(4, (Value("pulse_count", 0, 4, channel=1),)),
    0x0701: Tag(1, (Value("digital_input", 0, 1),)),
    0x0801: Tag(1, (Value("digital_input", 0, 1, channel=1),)),
    0x097B: Tag(2, (Value("pressure", 0, 2),)),
    0xB97B: Tag(1),
    0x0EAF: Tag(3),
    0x0FAF: Tag(3),
    0x20CE: Tag(9, read=_valve_history),
    0x21CE: Tag(6, (Value("pressure", 4, 2),), history=True),
    0xFE1D: Tag(9),
    0xFF1D: Tag(9),
    0xFE4D: Tag(9),  # a weekly rule, repeated: see uc51x_rules
    0xFF4D: Tag(9),
}
_LIGHT: Final[dict[int, Tag]] = {
    0x0374: Tag(2, (Value("voltage", 0, 2, 10),)),
    0x0480: Tag(4, (Value("power", 0, 4),)),
    0x0581: Tag(1, (Value("power_factor", 0, 1, 100),)),
    0x0683: Tag(4, (Value("energy", 0, 4, 1000),)),
    0x07C9: Tag(2, (Value("current", 0, 2, 1000),)),
    0x0831: Tag(2, read=_switches),
    0xFE28: Tag(1),
    0xFF28: Tag(1),
    0xFE32: Tag(5),
    0xFF32: Tag(5),
}
MODELS: Final[dict[str, dict[int, Tag]]] = {
    "em500-smtc": _SHARED | _SOIL,
    "em500-smt": _SHARED | _SOIL,
    "em500-swl": _SHARED | _SUBMERSIBLE,
    "em400-udl": _SHARED | _ULTRASONIC_400,
    "em310-udl": _SHARED | _ULTRASONIC_310,
    "uc511": _SHARED | _VALVES,
    "uc512": _SHARED | _VALVES,
    "ws558": _SHARED | _LIGHT,
}


def decode(payloads: Sequence[bytes], f_ports: NDArray[np.int16], *, model: str) -> Readings:  # noqa: ARG001 - any port
    """Read every tag of the model's table up to the first unknown one."""
    readings, tags = Readings(), MODELS[model]
    for layout, rows, matrix in by_shape(payloads, partial(_walk, tags), readings):
        for code, start, size in layout.items:
            tag, data = tags[code], matrix[:, start : start + size]
            if tag.read:
                tag.read(readings, rows, data)
            for value in tag.values:
                _add(readings, rows, data, value, history=tag.history)
    return readings


def _add(readings: Readings, rows: Rows, data: Bytes, value: Value, *, history: bool) -> None:
    raw = little_endian(data, value.offset, value.size)
    failed = np.isin(raw, _FAILED) if value.size == 2 else np.zeros(len(raw), bool)
    quality = None
    if value.signed:
        quality = np.where(failed, AMBIGUOUS, 0).astype(np.int16)
        raw = little_endian(data, value.offset, value.size, signed=True)
        kept = np.ones(len(raw), bool)
    else:
        kept = ~failed
    readings.add(
        value.name,
        rows[kept],
        raw[kept] / value.per,
        channel=value.channel,
        times=_times(data)[kept] if history else None,
        quality=quality,
        history=history,
    )


def _walk(tags: dict[int, Tag], payload: bytes) -> Layout:
    items: list[Item] = []
    marks: list[int] = []
    at = 0
    while at < len(payload):
        marks += range(at, min(at + 2, len(payload)))
        if at + 2 > len(payload):
            return Layout(tuple(items), tuple(marks), "truncated")
        code = payload[at] << 8 | payload[at + 1]
        tag = tags.get(code)
        if tag is None:
            return Layout(tuple(items), tuple(marks), "unknown_tag")
        if at + 2 + tag.size > len(payload):
            return Layout(tuple(items), tuple(marks), "truncated")
        items.append(Item(code, at + 2, tag.size))
        at += 2 + tag.size
    return Layout(tuple(items), tuple(marks))


def encode(model: str, **values: float) -> bytes:
    """Write one frame of a model, e.g. ``encode("em500-smtc", battery=92, moisture=50.5)``.

    Each field is written with the widest of its tags that carries it alone; ``valve_open`` and
    ``switch`` take 0 or 1. A field of the second channel is called ``valve_open_1``.
    """
    frame = b""
    for name, value in values.items():
        if name.startswith("valve_open"):
            frame += bytes([0x05 if name.endswith("_1") else 0x03, 0x01, int(value)])
        elif name == "switch":
            frame += bytes([0x08, 0x31, 1, int(value)])
        else:
            frame += _encode_value(MODELS[model], name, value)
    return frame


def _encode_value(tags: dict[int, Tag], name: str, value: float) -> bytes:
    alone = [
        (tag.size, code, tag.values[0])
        for code, tag in tags.items()
        if len(tag.values) == 1
        and not tag.history
        and tag.size == tag.values[0].size
        and name in {tag.values[0].name, f"{tag.values[0].name}_{tag.values[0].channel}"}
    ]
    size, code, spec = max(alone, key=lambda found: (found[0], -found[1]))
    bits = 8 * size
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if spec.signed else (0, (1 << bits) - 1)
    raw = min(max(round(value * spec.per), low), high)
    return code.to_bytes(2, "big") + raw.to_bytes(size, "little", signed=spec.signed)


_OPEN, _STOP_AT_TIME = 0x20, 0x80


def encode_valve(*, is_open: bool, valve: int = 0, duration_s: int = 0, sequence: int = 0) -> bytes:
    """Write the order to open or close a UC511 valve.

    Parameters
    ----------
    is_open : bool
        Open; False closes.
    valve : int
        0 or 1.
    duration_s : int
        How long it stays open before it closes by itself; 1 to 16 777 215. An opening without an
        end is refused, so that a lost order to close cannot flood a park. [s]
    sequence : int
        Number of the order, 0 to 255.
    """
    if not is_open:
        return bytes([0xFF, 0x1D, valve & 0x07, sequence & 0xFF]) + bytes(7)
    if not 0 < duration_s < 1 << 24:
        raise ValueError(f"an opening lasts 1 to 16777215 s, not {duration_s}")
    control = _STOP_AT_TIME | _OPEN | (valve & 0x07)
    head = bytes([0xFF, 0x1D, control, sequence & 0xFF])
    return head + duration_s.to_bytes(3, "little") + bytes(4)


class ValveOrder(NamedTuple):
    """What a valve is told: which, open or close, for how long (0: no end), order number."""

    valve: int
    is_open: bool
    duration_s: int
    sequence: int


def decode_command(payload: bytes) -> ValveOrder | None:
    """Read a valve order back, as the device does; None for another payload."""
    if len(payload) != 11 or payload[:2] != b"\xff\x1d":
        return None
    control = payload[2]
    duration = int.from_bytes(payload[4:7], "little") if control & _STOP_AT_TIME else 0
    return ValveOrder(control & 0x07, bool(control & _OPEN), duration, payload[3])


def encode_switch(*, on: bool, switch: int = 0) -> bytes:
    """Write the order to switch a WS558's output on or off."""
    return bytes([0x08, 1 << switch, on << switch])
