"""Columns of telemetry as the store takes them. All instants are µs since 1970 UTC."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

HISTORICAL: Final = 16
"""Bit of ``observation.quality``: from the sender's memory, told after the fact."""

Ints = NDArray[np.int64]
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Radio(NamedTuple):
    """How frames were sent; 0 where not told, for ``data_rate`` −1.

    Attributes
    ----------
    frequency : int64 array
        [100 Hz], as LoRaWAN counts it.
    bandwidth : int64 array
        [kHz]
    spreading_factor : int64 array
        5 to 12; 0 also where the modulation has none.
    data_rate : int64 array
        Index in the region's table.
    """

    frequency: Ints
    bandwidth: Ints
    spreading_factor: Ints
    data_rate: Ints


@dataclass(slots=True)
class Frames:
    """Raw frames, one an index.

    Attributes
    ----------
    gateway_at, network_at, application_at : int64 array
        ``NO_TIME`` where not known.
    codec_id : int64 array
        0: no codec.
    dev_eui, network, session : list of bytes
        UTF-8.
    receptions : list of bytes
        JSON arrays, one a copy, joined by newlines.
    decoded : list of bytes or None
        JSON; None where the network decoded nothing.
    radio : Radio
        How each was sent.
    """

    NO_TIME: ClassVar[int] = -(1 << 63)

    event_at: Ints
    copy_key: Ints
    epoch: Ints
    f_cnt: Ints
    f_port: Ints
    received_at: Ints
    time_source: Ints
    flags: Ints
    copies: Ints
    gateway_at: Ints
    network_at: Ints
    application_at: Ints
    codec_id: Ints
    dev_eui: list[bytes]
    network: list[bytes]
    session: list[bytes]
    payload: list[bytes]
    receptions: list[bytes]
    decoded: list[bytes | None]
    radio: Radio

    def __len__(self) -> int:
        return len(self.event_at)

    def keys(self) -> set[tuple[int, int]]:
        """Return instant and copy key of each."""
        return set(zip(self.event_at.tolist(), self.copy_key.tolist(), strict=True))


@dataclass(slots=True)
class Observations:
    """Readings, one an index; ``received_at`` is of the frame that brought it."""

    measured_at: Ints
    datastream_id: Ints
    value: NDArray[np.float64]
    quality: Ints
    codec_id: Ints
    received_at: Ints

    @classmethod
    def none(cls) -> "Observations":
        """Return no reading."""
        no = np.empty(0, np.int64)
        return cls(no, no, np.empty(0), no, no, no)

    def __len__(self) -> int:
        return len(self.measured_at)

    def take(self, index: NDArray[Any]) -> "Observations":
        """Return some of them, by index or mask."""
        return Observations(*(getattr(self, column.name)[index] for column in fields(self)))

    def distinct(self) -> "Observations":
        """Return one reading an instant and datastream: best quality, then smallest value.

        Sorted by datastream, like the store's index: neighbours go to the same page.
        """
        ordered = self.take(np.lexsort((self.measured_at, self.datastream_id)))
        repeated = _repeats(ordered)
        if not repeated.any():
            return ordered
        keys = (self.codec_id, self.value, self.quality, self.measured_at, self.datastream_id)
        ordered = self.take(np.lexsort(keys))
        return ordered.take(~_repeats(ordered))

    def newest(self) -> "Observations":
        """Return the last reading of each datastream; takes distinct ones, as they were sorted.

        What comes from a sender's memory is never the current value.
        """
        remembered = (self.quality & HISTORICAL).astype(bool)
        if remembered.any():
            return self.take(~remembered).newest()
        if not len(self):
            return self
        last = self.datastream_id[1:] != self.datastream_id[:-1]
        return self.take(np.concatenate((last, [True])))


def _repeats(sorted_ones: Observations) -> NDArray[np.bool_]:
    """Return which readings have the instant and the datastream of the one before."""
    same_time = sorted_ones.measured_at[1:] == sorted_ones.measured_at[:-1]
    same_stream = sorted_ones.datastream_id[1:] == sorted_ones.datastream_id[:-1]
    return np.concatenate(([False], same_time & same_stream))[: len(sorted_ones)]


@dataclass(slots=True)
class Sessions:
    """Where devices' counters stand."""

    dev_eui: list[str]
    session: list[str]
    epoch: Ints
    f_cnt: Ints
    event_at: Ints
    received: Ints
    first_f_cnt: Ints


@dataclass(slots=True)
class Seen:
    """When devices were heard: the first and the last instant of a batch."""

    dev_eui: list[str]
    first_at: Ints
    last_at: Ints


class Event(NamedTuple):
    """A report that is no measurement; ``detail`` is JSON text."""

    event_at: int
    copy_key: int
    subject: str
    kind: str
    detail: str
    received_at: int


class LedgerRow(NamedTuple):
    """How many messages of a source and minute ended how; ``received`` counts them all."""

    source: str
    minute: int
    outcome: str
    reason: str
    messages: int


class Rejected(NamedTuple):
    """A message that could not be taken: where from, why, its bytes cut at a limit.

    ``times`` counts those of one minute, the first of which came at ``received_at``.
    """

    source: str
    topic: str
    reason: str
    detail: str
    raw: bytes
    raw_bytes: int
    raw_sha256: bytes
    received_at: int
    times: int

    def parameters(self) -> dict[str, Any]:
        """Return it by column name, with the minute in which it was received."""
        received_at = _FIRST + timedelta(microseconds=self.received_at)
        minute = received_at.replace(second=0, microsecond=0)
        return self._asdict() | {"received_at": received_at, "minute": minute}
