"""Several deliveries of one frame become one row: a pure function of frames.

Two deliveries are the same frame when the network says so by its own identifier, or when device,
session, counter, port and bytes agree and their times lie within the window: retransmissions, two
regions, one message a gateway. The row keeps the earliest time and the union of receptions. Later
than the window, the same bytes are a new reading.

A delivery that does not tell its bytes (an operator's list of receptions) is a copy of whatever
frame has its session and counter; beside one that tells them, or a finer time, only its receptions
are kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ingest.networks.records import TO_THE_MINUTE, UNTOLD

Key = tuple[int, int]
_RECEPTIONS_KEPT: Final = 64
_MOST_COPIES: Final = 32_767


@dataclass(slots=True, eq=False)
class Frame:
    """One frame of the store, or one that is about to be.

    Attributes
    ----------
    own_id : bool
        Whether ``copy_key`` is the network's own identifier.
    radio : int
        How it was sent, see ``ingest.networks.radio``.
    counted : bool
        Whether ``f_cnt`` counts.
    again : bool
        Flagged by the broker as perhaps delivered before, or as remembered.
    receptions : tuple of bytes
        One JSON array a copy, sorted, without repeats.
    stored_as : (int, int) or None
        Its key in the store; None: not there yet.
    uplink : int
        Row in the batch's uplinks that its content comes from; −1: the store's.
    changed, moved : bool
        Whether the store's row must be written again; whether its time has changed, so that its
        readings move too.
    """

    event_at: int
    copy_key: int
    network: bytes
    session: str
    epoch: int
    f_cnt: int
    f_port: int
    payload: bytes
    received_at: int
    gateway_at: int
    network_at: int
    application_at: int
    time_source: int
    flags: int
    codec_id: int
    copies: int
    receptions: tuple[bytes, ...]
    decoded: bytes | None
    radio: int = 0
    own_id: bool = False
    counted: bool = True
    again: bool = False
    stored_as: Key | None = None
    uplink: int = -1
    changed: bool = False
    moved: bool = False

    @property
    def key(self) -> Key:
        """Instant and copy key."""
        return self.event_at, self.copy_key

    @property
    def untold(self) -> bool:
        """Whether its payload is not known."""
        return bool(self.flags & UNTOLD)

    def absorb(self, copy: "Frame") -> None:
        """Take another delivery in: what tells most, then the earliest; union of receptions."""
        self.changed = True
        self.copies = min(self.copies + copy.copies, _MOST_COPIES)
        heard = sorted({*self.receptions, *copy.receptions})
        self.receptions = tuple(heard[:_RECEPTIONS_KEPT])
        self.received_at = min(self.received_at, copy.received_at)
        if self.untold and not copy.untold:
            self.moved = True  # it can be decoded now
            self.network, self.payload, self.f_port = copy.network, copy.payload, copy.f_port
            self._follow(copy)
        elif _rank(copy) < _rank(self):
            self._follow(copy)
        self.radio = self.radio or copy.radio

    def _follow(self, copy: "Frame") -> None:
        """Stand at the time of another delivery, told as that one tells it."""
        self.moved |= copy.event_at != self.event_at
        self.event_at, self.copy_key = copy.key
        self.gateway_at, self.network_at = copy.gateway_at, copy.network_at
        self.application_at = copy.application_at
        self.time_source = copy.time_source
        self.flags = copy.flags
        self.decoded = copy.decoded
        self.uplink = copy.uplink
        self.radio = copy.radio or self.radio


def merge(stored: Iterable[Frame], arrivals: Sequence[Frame], window_us: int) -> list[Frame | None]:
    """Find for each arrival, in order, the frame that it is a copy of.

    Parameters
    ----------
    stored : iterable of Frame
        The device's frames around the arrivals' times.
    arrivals : sequence of Frame
        One delivery each.
    window_us : int
        How far apart in time copies may lie. [µs]

    Returns
    -------
    list of Frame or None
        The frame that absorbed the arrival; None: it is a new frame.
    """
    known = _Known(window_us)
    for frame in stored:
        known.add(frame)
    originals: list[Frame | None] = [None] * len(arrivals)
    for place in sorted(range(len(arrivals)), key=lambda place: arrivals[place].untold):
        arrival = arrivals[place]
        original = originals[place] = known.original(arrival)
        if original is None:
            known.add(arrival)
        else:
            original.absorb(arrival)
    return originals


class _Known:
    """Frames by what makes them recognisable."""

    def __init__(self, window_us: int) -> None:
        self._window = window_us
        self._by_key: dict[int, list[Frame]] = {}
        self._by_count: dict[tuple[str, int], list[Frame]] = {}

    def add(self, frame: Frame) -> None:
        self._by_key.setdefault(frame.copy_key, []).append(frame)
        self._by_count.setdefault((frame.session, frame.f_cnt), []).append(frame)

    def original(self, arrival: Frame) -> Frame | None:
        if not arrival.counted:
            alike = self._by_key.get(arrival.copy_key, [])
            if arrival.again:
                return _nearest(alike, arrival)
            return next((frame for frame in alike if frame.event_at == arrival.event_at), None)
        counted = self._by_count.get((arrival.session, arrival.f_cnt), [])
        found = _nearest([frame for frame in counted if _alike(frame, arrival)], arrival)
        if found and (arrival.again or abs(found.event_at - arrival.event_at) <= self._window):
            return found
        if arrival.own_id:
            return next(iter(self._by_key.get(arrival.copy_key, [])), None)
        return None


def _alike(one: Frame, other: Frame) -> bool:
    """Whether two frames of one count can be the same, as far as they tell what they said."""
    untold = one.untold or other.untold
    if one.f_port != other.f_port:
        return untold and 0 in {one.f_port, other.f_port}  # a list without ports
    return untold or one.payload == other.payload


def _rank(frame: Frame) -> tuple[bool, bool, int, int]:
    return frame.untold, bool(frame.flags & TO_THE_MINUTE), *frame.key


def _nearest(frames: Sequence[Frame], to: Frame) -> Frame | None:
    return min(frames, key=lambda frame: abs(frame.event_at - to.event_at), default=None)
