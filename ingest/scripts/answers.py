"""What a codec in JavaScript answered, as columns of readings; read strictly.

A number at ``{"soil": {"moisture": 21}}`` is the field ``soil.moisture``; the position in a list,
or a key that is a number, is the channel. What ``normalizeUplink`` made of it is read too, under
``normalized.``, each measurement with its own ``time``.
"""

import math
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import numpy as np

from ingest.codecs.readings import Readings
from ingest.scripts.wire import Answer, Fate

_DEEPEST: Final = 8
_MOST_LEAVES: Final = 512
_MOST_FIELDS: Final = 1000
_NAME: Final = 100
_CHANNEL_DIGITS: Final = 4
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_WORDS: Final = {"on": 1.0, "off": 0.0, "open": 1.0, "closed": 0.0, "true": 1.0, "false": 0.0}
_PROBLEMS: Final = {
    Fate.OWN_ERRORS: "codec_errors",
    Fate.THREW: "codec_threw",
    Fate.NOT_RUN: "codec_not_run",
}
NORMALIZED: Final = "normalized."

_Column = tuple[list[int], list[float], list[int]]


def readings_of(answers: Sequence[Answer]) -> Readings:
    """Return the readings of a group of uplinks, one answer an uplink.

    Problems are ``codec_errors`` (the codec said so), ``codec_threw``, ``codec_stopped`` (it had to
    be), ``codec_not_run`` (quarantined, or stopped before), ``empty_answer``.
    """
    readings = Readings()
    columns: dict[tuple[str, int, bool, bool], _Column] = {}
    for row, (fate, text) in enumerate(answers):
        if fate is not Fate.ANSWERED:
            readings.problems[row] = _PROBLEMS.get(fate, "codec_stopped")
            continue
        found = False
        for key, value, at_us in _values(text):
            column = columns.get(key)
            if column is None:
                if len(columns) >= _MOST_FIELDS:
                    break
                column = columns[key] = ([], [], [])
            column[0].append(row)
            column[1].append(value)
            column[2].append(at_us)
            found = True
        if not found:
            readings.problems[row] = "empty_answer"
    for (name, channel, timed, history), (rows, values, times) in columns.items():
        readings.add(
            name,
            np.array(rows, np.int64),
            np.array(values, np.float64),
            channel=channel,
            times=np.array(times, np.int64) if timed else None,
            history=history,
        )
    return readings


def _values(text: bytes) -> Iterator[tuple[tuple[str, int, bool, bool], float, int]]:
    try:
        answer = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    for path, channel, value in leaves(answer.get("data")):
        yield (path, channel, False, False), value, 0
    normalized = answer.get("normalized", ())
    for item in normalized:
        at_us = _instant(item.get("time")) if isinstance(item, dict) else None
        timed = at_us is not None
        for path, channel, value in leaves(item):
            key = (NORMALIZED + path, channel, timed, timed and len(normalized) > 1)
            yield key, value, at_us or 0


def leaves(document: Any) -> list[tuple[str, int, float]]:
    """Return (path, channel, number) of every number in a document."""
    found: list[tuple[str, int, float]] = []
    _collect(document, "", 0, 0, found)
    return found


def _collect(
    node: Any, path: str, channel: int, depth: int, found: list[tuple[str, int, float]]
) -> None:
    if len(found) >= _MOST_LEAVES or depth > _DEEPEST:
        return
    if isinstance(node, dict):
        if "value" in node and not isinstance(node["value"], (dict, list)):
            _collect(node["value"], path, channel, depth + 1, found)
            return
        for key, item in node.items():
            if key.isascii() and key.isdigit() and len(key) <= _CHANNEL_DIGITS:
                _collect(item, path, int(key), depth + 1, found)
            else:
                below = f"{path}.{key}" if path else key
                _collect(item, below[:_NAME], channel, depth + 1, found)
    elif isinstance(node, list):
        for number, item in enumerate(node):
            _collect(item, path, number, depth + 1, found)
    elif path:
        value = _number(node)
        if value is not None:
            found.append((path, channel, value))


def _number(value: Any) -> float | None:
    """Read a number, a truth, a number as text, a word for a state; never anything else as 0."""
    if isinstance(value, str):
        value = float(value) if _NUMBER.fullmatch(value) else _WORDS.get(value.lower())
    if not isinstance(value, (bool, int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _instant(text: Any) -> int | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return round(moment.timestamp() * 1_000_000)
    except (OverflowError, ValueError):
        return None
