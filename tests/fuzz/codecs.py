"""Codecs as targets: payloads through every native decoder, and what a codec in JavaScript says."""

import json
import struct
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from ingest.codecs import CODECS
from ingest.mapping import read_said
from ingest.scripts.answers import said_of
from ingest.scripts.wire import answers_of, loaded_of
from tests.fuzz.targets import Fuzzed
from tests.ingest.codecs.test_columns import _GOOD
from tests.ingest.codecs.values import _PORTS, all_by_name

_NAMES: Final = tuple(sorted(CODECS))
COLUMNS: Final = Fuzzed(_NAMES, tuple(_GOOD.values()))
"""The first byte chooses the codec."""
ANSWERS: Final = Fuzzed(
    ("answer",),
    tuple(
        json.dumps(document).encode()
        for document in (
            {"data": {"t": "21.5 °C", "soil": {"ec": 0.2}, "list": [1, None]}, "warnings": []},
            {"data": {"t": 1}, "normalized": [{"time": "2026-11-19T18:00:00Z", "battery": 3.6}]},
        )
    ),
)


def _check_columns(data: bytes) -> None:
    codec = _NAMES[data[0] % len(_NAMES)] if data else _NAMES[0]
    payload, other = data[1:], _GOOD.get(codec, b"\x01\x75\x5c")
    port = _PORTS.get(codec, 1)
    found = CODECS[codec].decode([other, payload, payload], np.full(3, port, np.int16))
    alone = CODECS[codec].decode([payload], np.full(1, port, np.int16))
    named = all_by_name(found, 3)
    assert named[1] == named[2] == all_by_name(alone, 1)[0]
    assert found.problems.get(1) == alone.problems.get(0)
    assert all(np.isfinite(part.values).all() for part in found.parts)


def _check_answers(data: bytes) -> None:
    said = said_of(data[1:])
    readings, _ = read_said(said.data, said.normalized, {})
    assert all(np.isfinite(reading.value) for reading in readings)
    for read in (answers_of, loaded_of):
        try:
            read(data)
        except (ValueError, struct.error):
            continue


CHECKS: Final[Mapping[str, Callable[[bytes], None]]] = {
    "codecs": _check_columns,
    "codec-answers": _check_answers,
}
