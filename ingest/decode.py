"""Decode: frames grouped by profile become columns of readings, in the units of the model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.codecs import Readings
from ingest.codecs.profiles import Profile, Rule
from ingest.codecs.readings import Part, Said
from ingest.devices import Devices, StreamKey
from ingest.mapping import read_named, read_said, tables_of
from ingest.networks.instants import micros
from ingest.networks.objects import named_of
from ingest.networks.records import NO_TIME, Named, Reading, Unmapped
from ingest.registered import RegisteredCodecs
from ingest.times import AHEAD_US, Ints, plausible
from ingest.uplinks import (
    CODEC_FAILED,
    ENCRYPTED,
    GUESSED_QUALITY,
    METER_OLDEST_US,
    NO_CODEC,
    PARTIAL,
)
from twin.model.properties import PROPERTIES
from twin.store.telemetry_rows import HISTORICAL

_DAY_US: Final = 86_400_000_000
_MEMORY_US: Final = 400 * _DAY_US
"""How far back a device's own memory is believed: a year, and time to fetch it."""
_CODES: Final = tuple(PROPERTIES)
_NUMBER: Final = {code: number for number, code in enumerate(_CODES)}
_LOW: Final = np.array([PROPERTIES[code].low for code in _CODES])
_HIGH: Final = np.array([PROPERTIES[code].high for code in _CODES])
_OUT_OF_RANGE: Final = 1
_CHANNELS: Final = 1 << 14
_PROPERTY_SLOTS: Final = 1 << 8


@dataclass(slots=True)
class Subjects:
    """What is to be decoded: frames and events, one an index.

    Attributes
    ----------
    device : int64 array
        Numbers in ``Devices``.
    event_at, received_at : int64 array
        [µs since 1970 UTC]
    quality : int64 array
        Bits that each reading inherits.
    flags : int64 array
        Bits of ``frame.flags``; those of the codec are added here.
    f_port : int64 array
        Port.
    payload : list of bytes
        For the codec; empty: nothing to decode.
    decoded : list of bytes
        The network's own object; empty: none.
    readings : list of tuple of Reading
        Values that need no codec.
    named : list of tuple of Named
        Values under the sender's own names.
    network : list of str
        Whose names these are.
    codec_id : int64 array
        Filled here; 0: none.
    unmapped : list of (int, Unmapped)
        Subject, and a value of it that became no reading; more are added here.
    unmapped_fields : dict of (str, str) to float
        Filled here: profile and field of its codec that no line of it names, and an example.
    """

    device: Ints
    event_at: Ints
    received_at: Ints
    quality: Ints
    flags: Ints
    f_port: Ints
    payload: list[bytes]
    decoded: list[bytes]
    readings: list[tuple[Reading, ...]]
    named: list[tuple[Named, ...]]
    network: list[str]
    codec_id: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    unmapped: list[tuple[int, Unmapped]] = field(default_factory=list)
    unmapped_fields: dict[tuple[str, str], float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.device)


@dataclass(slots=True)
class Columns:
    """Readings, one an index, not yet tied to datastreams.

    Attributes
    ----------
    subject : int64 array
        Which subject each was read from.
    code : int64 array
        Number of the observed property in ``PROPERTIES``.
    own_time : bool array
        Whether it carries an instant of its own, not its frame's.
    """

    subject: Ints
    code: Ints
    channel: Ints
    value: NDArray[np.float64]
    measured_at: Ints
    quality: Ints
    codec_id: Ints
    own_time: NDArray[np.bool_]

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> "Columns":
        """Return some of them."""
        return Columns(*(getattr(self, name)[index] for name in self.__slots__))


def decode(subjects: Subjects, devices: Devices, codecs: RegisteredCodecs) -> Columns:
    """Read every subject.

    Parameters
    ----------
    codecs : RegisteredCodecs
        Which the store knows by now.

    Returns
    -------
    Columns
        Finite values only; those outside the plausible range are flagged. ``subjects`` has its
        ``codec_id`` and its flags filled.
    """
    subjects.codec_id = np.zeros(len(subjects), np.int64)
    collected = _Collected(subjects)
    without = _by_profile(subjects, devices, codecs, collected)
    by_name = [
        row for row, named in enumerate(subjects.named) if named and not subjects.payload[row]
    ]
    for row in (*without, *by_name):
        collected.add_named(row, devices.profiles[int(subjects.device[row])])
    for row, readings in enumerate(subjects.readings):
        if readings:
            collected.add_readings(row, readings)
    return _checked(collected.columns())


def _by_profile(
    subjects: Subjects, devices: Devices, codecs: RegisteredCodecs, collected: "_Collected"
) -> list[int]:
    """Run the codecs; return the rows that they did not read but the network decoded."""
    groups: dict[str, tuple[Profile, list[int]]] = {}
    without: list[int] = []
    encrypted = (subjects.flags & ENCRYPTED).astype(bool).tolist()
    for row, device in enumerate(subjects.device.tolist()):
        if encrypted[row] or not subjects.payload[row]:
            continue
        profile = devices.profiles[device]
        if profile is None or not profile.codec:
            subjects.flags[row] |= 0 if profile else NO_CODEC
            without.append(row)
        else:
            groups.setdefault(profile.name, (profile, []))[1].append(row)
    begun = []
    for profile, rows in groups.values():
        index = np.array(rows, np.int64)
        ports, times = subjects.f_port[index].astype(np.int16), subjects.event_at[index]
        payloads = [subjects.payload[row] for row in rows]
        begun.append((profile, index, codecs.begin(profile, payloads, ports, times)))
    for profile, index, readings in begun:
        found, codec_id = readings(), codecs.number(profile)
        subjects.codec_id[index] = codec_id
        collected.add_parts(index, found, profile, codec_id)
        for row, said in found.said.items():
            collected.add_said(int(index[row]), said, profile, codec_id)
        without += _note_problems(subjects, index, found)
    return [row for row in without if subjects.decoded[row] or subjects.named[row]]


def _note_problems(subjects: Subjects, index: Ints, found: Readings) -> list[int]:
    """Flag what a codec could not read; return the rows of which it read nothing."""
    if not found.problems:
        return []
    read = np.zeros(len(index), bool)
    for part in found.parts:
        read[part.rows] = True
    read[list(found.said)] = True
    nothing = []
    for row in found.problems:
        subjects.flags[index[row]] |= PARTIAL if read[row] else CODEC_FAILED
        if not read[row]:
            nothing.append(int(index[row]))
    return nothing


class _Single(NamedTuple):
    """One reading that came without a codec."""

    subject: int
    code: int
    channel: int
    value: float
    measured_at: int
    quality: int
    codec_id: int
    own_time: bool


class _Collected:
    """Readings of all codecs, as lists of columns."""

    def __init__(self, subjects: Subjects) -> None:
        self._subjects = subjects
        self._parts: list[Columns] = []
        self._singles: list[_Single] = []

    def add_parts(self, index: Ints, found: Readings, profile: Profile, codec_id: int) -> None:
        for part in found.parts:
            rules = profile.rules.get(part.field, ())
            if not rules:
                self._subjects.unmapped_fields[profile.name, part.field] = float(part.values[0])
            for rule in rules:
                if rule.channel is None or rule.channel == part.channel:
                    self._add_part(index, part, rule, codec_id)

    def _add_part(self, index: Ints, part: Part, rule: Rule, codec_id: int) -> None:
        subject = index[part.rows]
        inherited = self._subjects.quality[subject]
        quality = inherited if part.quality is None else inherited | part.quality
        measured, own, kept = self._times(subject, part)
        if rule.above is not None:
            values = (part.values > rule.above).astype(np.float64)
        else:
            values = part.values * rule.scale
        count = len(subject)
        columns = Columns(
            subject,
            np.full(count, _NUMBER[rule.property]),
            np.full(count, part.channel if rule.to is None else rule.to),
            values,
            measured,
            quality | ((part.times is not None) & ~own) * GUESSED_QUALITY,
            np.full(count, codec_id),
            own,
        )
        self._parts.append(columns if kept.all() else columns.take(kept))

    def _times(
        self, subject: Ints, part: Part
    ) -> tuple[Ints, NDArray[np.bool_], NDArray[np.bool_]]:
        """Return the instants, which are the device's own, and which readings to keep."""
        frame_at = self._subjects.event_at[subject]
        everything = np.ones(len(subject), bool)
        if part.times is None:
            return frame_at, ~everything, everything
        own = plausible(part.times, self._subjects.received_at[subject], _MEMORY_US)
        return np.where(own, part.times, frame_at), own, own if part.history else everything

    def add_named(self, row: int, profile: Profile | None) -> None:
        """Read what the sender named itself, and what its network decoded."""
        subjects = self._subjects
        named = (*subjects.named[row], *named_of(subjects.decoded[row]))
        tables = tables_of(subjects.network[row], profile.values if profile else {})
        readings, unmapped = read_named(named, tables)
        self.add_readings(row, readings)
        subjects.unmapped += [(row, one) for one in unmapped]

    def add_said(self, row: int, said: Said, profile: Profile, codec_id: int) -> None:
        """Read what a codec of others named itself."""
        readings, unmapped = read_said(said.data, said.normalized, profile.values)
        self.add_readings(row, readings, codec_id)
        self._subjects.unmapped += [(row, one) for one in unmapped]

    def add_readings(self, row: int, readings: Iterable[Reading], codec_id: int = 0) -> None:
        event_at = int(self._subjects.event_at[row])
        received = int(self._subjects.received_at[row])
        inherited = int(self._subjects.quality[row])
        for reading in readings:
            at = micros(reading.at)
            age = received - at
            own = at != NO_TIME and -AHEAD_US <= age <= METER_OLDEST_US
            doubted = at != NO_TIME and not own
            if doubted and reading.historical:
                continue  # a memory with an absurd time is dropped, not re-dated
            self._singles.append(
                _Single(
                    subject=row,
                    code=_NUMBER[reading.property],
                    channel=reading.channel,
                    value=reading.value,
                    measured_at=at if own else event_at,
                    quality=inherited | doubted * GUESSED_QUALITY | reading.historical * HISTORICAL,
                    codec_id=codec_id,
                    own_time=own,
                )
            )

    def columns(self) -> Columns:
        parts = [*self._parts, _laid_out(self._singles)]
        return Columns(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in Columns.__slots__)
        )


def _laid_out(singles: Sequence[_Single]) -> Columns:
    return Columns(
        subject=np.array([single.subject for single in singles], np.int64),
        code=np.array([single.code for single in singles], np.int64),
        channel=np.array([single.channel for single in singles], np.int64),
        value=np.array([single.value for single in singles], np.float64),
        measured_at=np.array([single.measured_at for single in singles], np.int64),
        quality=np.array([single.quality for single in singles], np.int64),
        codec_id=np.array([single.codec_id for single in singles], np.int64),
        own_time=np.array([single.own_time for single in singles], bool),
    )


def _checked(columns: Columns) -> Columns:
    """Drop what is no number, flag what lies outside its property's range."""
    finite = np.isfinite(columns.value)
    if not finite.all():
        columns = columns.take(finite)
    value = columns.value + 0.0  # −0 is 0
    outside = (value < _LOW[columns.code]) | (value > _HIGH[columns.code])
    columns.value = value
    columns.quality = columns.quality | outside * _OUT_OF_RANGE
    return columns


def stream_keys(columns: Columns, device: Ints) -> tuple[list[StreamKey], Ints]:
    """Return the distinct datastreams of readings, and which of them each belongs to."""
    packed = (device * _PROPERTY_SLOTS + columns.code) * _CHANNELS + columns.channel
    distinct, which = np.unique(packed, return_inverse=True)
    keys = [
        (
            key // _CHANNELS // _PROPERTY_SLOTS,
            _CODES[key // _CHANNELS % _PROPERTY_SLOTS],
            key % _CHANNELS,
        )
        for key in distinct.tolist()
    ]
    return keys, which


def tied(keys: Sequence[StreamKey], devices: Devices) -> Ints:
    """Return the store's number of each datastream; they have been resolved."""
    return np.array([devices.streams[key] for key in keys], np.int64)
