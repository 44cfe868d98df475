"""What a codec in JavaScript answered, as values under its own names.

Which observed properties they are is said by the device's profile, then by the tables that every
network server's decoded objects are read with (``ingest.mapping``). What the codec's
``normalizeUplink`` made of them has the names and units of its own standard, and each measurement
may carry its time.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from ingest.codecs.readings import Readings, Said
from ingest.networks.objects import named_values
from ingest.networks.records import NO_TIME, Named
from ingest.scripts.wire import Answer, Fate

_MOST: Final = 100
"""Measurements of one frame."""
_PROBLEMS: Final = {
    Fate.OWN_ERRORS: "codec_errors",
    Fate.THREW: "codec_threw",
    Fate.NOT_RUN: "codec_not_run",
}


def readings_of(answers: Sequence[Answer]) -> Readings:
    """Return what was said of a group of uplinks, one answer an uplink.

    Problems are ``codec_errors`` (the codec said so), ``codec_threw``, ``codec_stopped`` (it had to
    be), ``codec_not_run`` (quarantined, or stopped before), ``empty_answer``.
    """
    readings = Readings()
    for row, (fate, text) in enumerate(answers):
        if fate is not Fate.ANSWERED:
            readings.problems[row] = _PROBLEMS.get(fate, "codec_stopped")
            continue
        said = said_of(text)
        if any(one.value is not None for one in (*said.data, *said.normalized)):
            readings.said[row] = said
        else:
            readings.problems[row] = "empty_answer"
    return readings


def said_of(text: bytes) -> Said:
    """Read the JSON of one answer; nothing where it has not an answer's form."""
    try:
        answer = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Said((), ())
    if not isinstance(answer, dict):  # a codec may teach all objects to be written as 5
        return Said((), ())
    data, measurements = answer.get("data"), answer.get("normalized")
    normalized = [
        one
        for measurement in (measurements if isinstance(measurements, list) else [])[:_MOST]
        for one in _measured(measurement)
    ]
    return Said(named_values(data) if isinstance(data, dict) else (), tuple(normalized))


def _measured(measurement: Any) -> tuple[Named, ...]:
    if not isinstance(measurement, dict):
        return ()
    at = measurement.pop("time", None)
    return named_values(measurement, at if isinstance(at, str) else NO_TIME)
