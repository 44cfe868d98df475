"""The uplinks of a batch as columns: times settled, keys hashed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.devices import Devices
from ingest.message import Message
from ingest.networks import PLAIN, READING
from ingest.networks.instants import columns
from ingest.networks.records import Uplink
from ingest.settings import IngestSettings
from ingest.times import Flags, Ints, settle

CONFIRMED: Final = 1
ENCRYPTED: Final = 2
LATE: Final = 4
RESET: Final = 8
NO_CODEC: Final = 16
CODEC_FAILED: Final = 32
PARTIAL: Final = 64
UNCOUNTED: Final = 1024
"""Bits of ``frame.flags``; 128 and 256 are those of ``ingest.networks.records``."""

GUESSED_QUALITY: Final = 2
LATE_QUALITY: Final = 4
AMBIGUOUS_QUALITY: Final = 8
"""Bits of ``observation.quality``."""

_DAY_US: Final = 86_400_000_000
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_SHIFT: Final = np.uint64(29)
METER_OLDEST_US: Final = 20 * 366 * _DAY_US
"""Meters that name their own times may bring their history."""


@dataclass(slots=True)
class Uplinks:
    """One row an uplink, in order of receipt.

    Attributes
    ----------
    records : list of Uplink
        As read.
    messages : int64 array
        Index of the message in its batch.
    device, session : int64 array
        Numbers in ``Devices``.
    event_at, received_at, gateway_at, network_at, application_at : int64 array
        [µs since 1970 UTC]; the last three ``NO_TIME`` where absent.
    source : int64 array
        ``TimeSource``.
    guessed, late : bool array
        No believable time but the door's, or a better one was not believed; came late.
    f_cnt : int64 array
        Counter as sent.
    counted : bool array
        Whether it counts.
    again : bool array
        Flagged by the broker as perhaps delivered before, or as remembered.
    doubled : bool array
        Another device answers to its identifier as well.
    copy_key : int64 array
        Hash of what makes two deliveries the same frame.
    """

    records: list[Uplink]
    messages: Ints
    device: Ints
    session: Ints
    event_at: Ints
    source: Ints
    guessed: Flags
    late: Flags
    received_at: Ints
    gateway_at: Ints
    network_at: Ints
    application_at: Ints
    f_cnt: Ints
    counted: Flags
    again: Flags
    doubled: Flags
    copy_key: Ints

    def __len__(self) -> int:
        return len(self.records)

    @property
    def flags(self) -> Ints:
        """Bits of ``frame.flags`` that are known before decoding."""
        told = [record.confirmed | record.encrypted << 1 | record.marks for record in self.records]
        return np.array(told, np.int64) | self.late * LATE | ~self.counted * UNCOUNTED

    def flags_of(self, row: int) -> int:
        """Return ``flags`` of one uplink."""
        record = self.records[row]
        known = record.confirmed | record.encrypted << 1 | record.marks
        return known | int(self.late[row]) * LATE | (not record.counted) * UNCOUNTED

    @property
    def quality(self) -> Ints:
        """Bits of ``observation.quality`` that a reading inherits from its frame."""
        doubts = self.guessed * GUESSED_QUALITY | self.late * LATE_QUALITY
        return doubts | self.doubled * AMBIGUOUS_QUALITY


def uplinks_of(
    found: Sequence[tuple[int, Uplink]],
    messages: Sequence[Message],
    devices: Devices,
    settings: IngestSettings,
) -> Uplinks:
    """Lay out the uplinks of a batch; their devices have been met."""
    records = [record for _, record in found]
    index = np.fromiter((number for number, _ in found), np.int64, len(found))
    received = _ints([messages[number].received_at for number, _ in found])
    gateway = columns([record.gateway_at for record in records])
    network = columns([record.network_at for record in records])
    application = columns([record.application_at for record in records])
    oldest = np.where(
        np.fromiter((r.network in {READING, PLAIN} for r in records), bool, len(records)),
        METER_OLDEST_US,
        settings.oldest_days * _DAY_US,
    )
    times = settle(gateway, network, application, received, oldest)
    again = [messages[number].duplicate or messages[number].retained for number, _ in found]
    device = _ints([devices.index(record.dev_eui) for record in records])
    return Uplinks(
        records=records,
        messages=index,
        device=device,
        session=_ints([devices.session_code(record.session) for record in records]),
        event_at=times.event_at,
        source=times.source,
        guessed=times.guessed,
        late=received - times.event_at > settings.late_after_s * 1_000_000,
        received_at=received,
        gateway_at=gateway,
        network_at=network,
        application_at=application,
        f_cnt=_ints([record.f_cnt for record in records]),
        counted=np.array([record.counted for record in records], bool),
        again=np.array(again, bool),
        doubled=np.isin(device, list(devices.doubled)),
        copy_key=copy_keys(records),
    )


def copy_keys(records: Sequence[Uplink]) -> NDArray[np.int64]:
    """Hash each frame's identity: the network's own, else what it is made of."""
    texts = [
        f"{record.network} {record.copy_id}".encode() if record.copy_id else _content(record)
        for record in records
    ]
    return hashes(texts)


def _content(record: Uplink) -> bytes:
    head = f"{record.dev_eui} {record.session} {record.f_cnt} {record.f_port} "
    return head.encode() + record.payload


def hashes(texts: Sequence[bytes]) -> NDArray[np.int64]:
    """Return 64 bits of each text, the same on every machine and at any time.

    Texts of one length are mixed together, eight bytes at a step (multiply and shift, finished as
    in splitmix64). It tells frames apart; it is no protection against somebody who wants two alike.
    """
    found = np.empty(len(texts), np.uint64)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        padding = bytes(-length % 8)
        joined = b"".join([texts[row] + padding for row in rows.tolist()])
        words = np.frombuffer(joined, "<u8").reshape(len(rows), -1)
        mixed = np.full(len(rows), length, np.uint64)
        for column in words.T:
            mixed = (mixed ^ column) * _MIX_1
            mixed ^= mixed >> _SHIFT
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_2
        found[rows] = mixed ^ (mixed >> np.uint64(31))
    return found.view(np.int64)


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, np.int64)
