"""What codecs answer: readings as columns, and what could not be read.

A codec is a function ``decode(payloads, f_ports) -> Readings``. It speaks of its own *fields* in
its own documented units; the device profile (``profiles.toml``) maps them to the observed
properties of ``twin.model.properties``. Rows are indices into the payloads given.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.networks.records import Named

AMBIGUOUS: Final = 8
"""Quality bit of a value that is also the code of a failed sensor."""

Rows = NDArray[np.int64]
Bytes = NDArray[np.uint8]


class Part(NamedTuple):
    """Readings of one field: parallel columns.

    Attributes
    ----------
    field : str
        The codec's name for the quantity.
    channel : int
        Input, phase or valve; 0 where the device has one.
    rows : int64 array
        Index of the payload that each value was read from.
    values : float64 array
        In the unit the codec documents for the field.
    times : int64 array or None
        The device's own instant, µs since 1970 UTC; None: the frame's.
    quality : int16 array or None
        Quality bits; None: all good.
    history : bool
        A past reading from the device's memory: dropped, not re-dated, when its time is absurd.
    """

    field: str
    channel: int
    rows: Rows
    values: NDArray[np.float64]
    times: NDArray[np.int64] | None = None
    quality: NDArray[np.int16] | None = None
    history: bool = False


class Said(NamedTuple):
    """What a codec of others said of one payload: values under its own names.

    Attributes
    ----------
    data : tuple of Named
        As its ``decodeUplink`` named them.
    normalized : tuple of Named
        As its ``normalizeUplink`` did, in the words and units of that standard.
    """

    data: tuple[Named, ...]
    normalized: tuple[Named, ...]


@dataclass(slots=True)
class Readings:
    """All that a codec read from a group of payloads.

    Attributes
    ----------
    parts : list of Part
        In the order of the device's own layout.
    said : dict of int to Said
        Row → what a codec in JavaScript said; ours speak in parts.
    problems : dict of int to str
        Row → why it was read only in part, or not at all: ``empty``, ``truncated``,
        ``unknown_tag``, ``bad_checksum``, ``malformed``, ``too_long``; for codecs in JavaScript see
        ``ingest.scripts.answers``.
    """

    parts: list[Part] = field(default_factory=list)
    said: dict[int, Said] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)

    def add(
        self,
        name: str,
        rows: Rows,
        values: NDArray[np.number[Any]],
        *,
        channel: int = 0,
        times: NDArray[np.int64] | None = None,
        quality: NDArray[np.int16] | None = None,
        history: bool = False,
    ) -> None:
        """Add readings of one field; rows without a value are left out by the caller."""
        if len(rows):
            columns = np.asarray(values, np.float64)
            self.parts.append(Part(name, channel, rows, columns, times, quality, history))

    def fail(self, rows: Rows, problem: str) -> None:
        """Note why these payloads were not read, or not to their end."""
        for row in rows.tolist():
            self.problems.setdefault(row, problem)


class Decode(Protocol):
    """The one shape of a codec."""

    def __call__(self, payloads: Sequence[bytes], f_ports: NDArray[np.int16]) -> Readings:
        """Decode a group of payloads of one device family."""
        ...
