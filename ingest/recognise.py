"""Recognise new frames, copies, late frames and resets.

A frame whose device's time and counter both move on cannot be a copy: that is nearly all of them,
and they are told apart by arithmetic on columns. Devices with any other frame take the slow way:
their stored frames around it are read, copies are merged, epochs read off again in order of time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ingest.copies import Frame, merge
from ingest.devices import Devices
from ingest.epochs import Position, in_turn, place
from ingest.networks.objects import kept
from ingest.times import Flags, Ints, TimeSource
from ingest.uplinks import RESET, Uplinks

StoredFrames = Callable[[Mapping[str, int]], dict[str, list[Frame]]]

_REDELIVERY_US: Final = 8 * 86_400_000_000
"""How far back to look for the first delivery of a message without a time of its own."""
_AT_ONCE_US: Final = 10_000_000


@dataclass(slots=True)
class Recognised:
    """What the uplinks of a batch are.

    Attributes
    ----------
    fresh : int64 array
        Rows of uplinks that are plainly new.
    epoch : int64 array
        Of each fresh row.
    frames : list of (int, Frame)
        Device and frame: new ones that came out of order, and stored ones to be written again.
    merged : int64 array
        Rows of uplinks that were copies.
    touched : int64 array
        Devices whose counters moved.
    suspects : list of int
        Devices whose counter fell, or whose session changed: perhaps two under one identifier.
    """

    fresh: Ints
    epoch: Ints
    frames: list[tuple[int, Frame]]
    merged: Ints
    touched: Ints
    suspects: list[int]


def recognise(
    uplinks: Uplinks, devices: Devices, window_us: int, stored: StoredFrames
) -> Recognised:
    """Tell new frames from copies, and move the devices' counters on.

    Parameters
    ----------
    window_us : int
        How far apart in time copies may lie. [µs]
    stored : callable
        Device name → since when, to the frames of the store; see ``ingest.stored``.
    """
    order = np.lexsort((uplinks.event_at, uplinks.device))  # stable: equal times as they came
    unclear = np.unique(uplinks.device[order][~_moves_on(uplinks, devices, order)])
    clear = ~np.isin(uplinks.device, unclear)
    fresh = np.flatnonzero(clear)
    _advance(uplinks, devices, order[clear[order]])
    epoch = devices.epoch[uplinks.device[fresh]]
    frames: list[tuple[int, Frame]] = []
    merged: list[int] = []
    suspects: list[int] = []
    if len(unclear):
        rows = _rows_by_device(uplinks.device, unclear)
        since = {
            devices.names[device]: _look_back(uplinks, mine, window_us)
            for device, mine in rows.items()
        }
        known = stored(since)
        for device, mine in rows.items():
            name = devices.names[device]
            epoch_before = int(devices.epoch[device])
            settled, copies = _settle(
                uplinks, devices, device, mine, known[name], since[name], window_us
            )
            frames += [(device, frame) for frame in settled]
            merged += copies
            if devices.epoch[device] != epoch_before:
                suspects.append(device)
    return Recognised(
        fresh, epoch, frames, np.array(merged, np.int64), np.unique(uplinks.device), suspects
    )


def _moves_on(uplinks: Uplinks, devices: Devices, order: Ints) -> Flags:
    """Return, in this order, which frames follow their device's one before in time and count."""
    device = uplinks.device[order]
    first = np.concatenate(([True], device[1:] != device[:-1]))[: len(device)]

    def before(column: Ints, state: Ints) -> Ints:
        shifted = np.concatenate(([0], column[order][:-1]))[: len(order)]
        return np.where(first, state[device], shifted)

    last_session = before(uplinks.session, devices.session)
    later = uplinks.event_at[order] > before(uplinks.event_at, devices.event_at)
    counts_on = (uplinks.session[order] == last_session) & (
        uplinks.f_cnt[order] > before(uplinks.f_cnt, devices.f_cnt)
    )
    start = first & (last_session < 0)
    plain: Flags = later & (counts_on | ~uplinks.counted[order] | start)
    return plain & ~uplinks.again[order]


def _advance(uplinks: Uplinks, devices: Devices, order: Ints) -> None:
    """Move the counters of devices whose frames were all plainly new."""
    if not len(order):
        return
    device = uplinks.device[order]
    starts = np.flatnonzero(np.concatenate(([True], device[1:] != device[:-1])))
    ends = np.concatenate((starts[1:], [len(order)]))
    mine, first, last = device[starts], order[starts], order[ends - 1]
    new = devices.session[mine] < 0
    devices.first_f_cnt[mine] = np.where(new, uplinks.f_cnt[first], devices.first_f_cnt[mine])
    devices.session[mine] = uplinks.session[last]
    devices.f_cnt[mine] = uplinks.f_cnt[last]
    devices.event_at[mine] = uplinks.event_at[last]
    devices.received[mine] += ends - starts


def _rows_by_device(device: Ints, wanted: Ints) -> dict[int, list[int]]:
    rows: dict[int, list[int]] = {number: [] for number in wanted.tolist()}
    for row in np.flatnonzero(np.isin(device, wanted)).tolist():
        rows[int(device[row])].append(row)
    return rows


def _look_back(uplinks: Uplinks, rows: list[int], window_us: int) -> int:
    """Return since when the store's frames matter to these uplinks of one device."""
    earliest = int(uplinks.event_at[rows].min()) - window_us
    timeless = uplinks.again[rows] & (uplinks.source[rows] == TimeSource.DOOR)
    if timeless.any():
        earliest = min(earliest, int(uplinks.received_at[rows].min()) - _REDELIVERY_US)
    return earliest


def _settle(  # noqa: PLR0917 - one device's part of the batch
    uplinks: Uplinks,
    devices: Devices,
    device: int,
    rows: list[int],
    known: list[Frame],
    since: int,
    window_us: int,
) -> tuple[list[Frame], list[int]]:
    """Merge one device's copies and number its epochs again.

    Returns
    -------
    (list of Frame, list of int)
        Frames to write, and the rows that were copies.
    """
    before = known[0] if known and known[0].event_at < since else None
    around = known[1:] if before else known
    arrivals = [_frame(uplinks, row, devices.session_names) for row in rows]
    old_epochs = [frame.epoch for frame in around]
    # of two devices under one identifier, equal frames are not copies unless they came at once
    window = min(window_us, _AT_ONCE_US) if device in devices.doubled else window_us
    originals = merge(around, arrivals, window)
    copies = [row for row, original in zip(rows, originals, strict=True) if original is not None]
    new = [
        arrival for arrival, original in zip(arrivals, originals, strict=True) if original is None
    ]
    start = _start(devices, device, before, since)
    by_time = sorted(
        (*around, *new), key=lambda frame: (frame.event_at, frame.f_cnt, frame.copy_key)
    )
    timeline = list(in_turn(by_time, start))
    position = _number(timeline, start)
    _keep_state(devices, device, timeline, position, start, old_epochs)
    return [frame for frame in timeline if frame.stored_as is None or frame.changed], copies


def _frame(uplinks: Uplinks, row: int, sessions: list[str]) -> Frame:
    record = uplinks.records[row]
    return Frame(
        event_at=int(uplinks.event_at[row]),
        copy_key=int(uplinks.copy_key[row]),
        network=record.network.encode(),
        session=sessions[uplinks.session[row]],
        epoch=0,
        f_cnt=record.f_cnt,
        f_port=record.f_port,
        payload=record.payload,
        received_at=int(uplinks.received_at[row]),
        gateway_at=int(uplinks.gateway_at[row]),
        network_at=int(uplinks.network_at[row]),
        application_at=int(uplinks.application_at[row]),
        time_source=int(uplinks.source[row]),
        flags=int(uplinks.flags_of(row)),
        codec_id=0,
        copies=1,
        receptions=(record.receptions,),
        decoded=kept(record),
        radio=record.radio,
        own_id=bool(record.copy_id),
        counted=record.counted,
        again=bool(uplinks.again[row]),
        uplink=row,
    )


def _start(devices: Devices, device: int, before: Frame | None, since: int) -> Position | None:
    """Return where the counter stood before the frames around; None where that is not known."""
    if before is not None:
        return Position(before.session, before.epoch, before.f_cnt)
    if devices.session[device] >= 0 and devices.event_at[device] < since:  # silent for long
        name = devices.session_names[devices.session[device]]
        return Position(name, int(devices.epoch[device]), int(devices.f_cnt[device]))
    return None


def _number(timeline: list[Frame], start: Position | None) -> Position:
    """Give each frame its epoch; stored frames whose epoch changes are written again."""
    counted = [frame for frame in timeline if frame.counted]
    if not counted:
        return Position("", 0, 0)
    placed, position = place(counted, start)
    shift = 0
    if start is None:  # older frames may have been dropped: their epochs still count
        kept = [
            frame.epoch - mine.epoch
            for frame, mine in zip(counted, placed, strict=True)
            if frame.stored_as is not None
        ]
        shift = max([0, *kept[:1]])
    for frame, (epoch, reset) in zip(counted, placed, strict=True):
        flags = frame.flags & ~RESET | reset * RESET
        if frame.stored_as is not None and (frame.epoch, frame.flags) != (epoch + shift, flags):
            frame.changed = True
        frame.epoch, frame.flags = epoch + shift, flags
    return position._replace(epoch=position.epoch + shift)


def _keep_state(  # noqa: PLR0917 - the six things the counters follow from
    devices: Devices,
    device: int,
    timeline: list[Frame],
    position: Position,
    start: Position | None,
    old_epochs: list[int],
) -> None:
    mine = [frame for frame in timeline if frame.epoch == position.epoch]
    received, first = len(mine), min(frame.f_cnt for frame in mine)
    if start is not None and start.epoch == position.epoch == devices.epoch[device]:
        received += int(devices.received[device]) - old_epochs.count(position.epoch)
        first = min(first, int(devices.first_f_cnt[device]))
    devices.session[device] = devices.session_code(timeline[-1].session)
    devices.epoch[device] = position.epoch
    devices.f_cnt[device] = position.f_cnt
    devices.event_at[device] = timeline[-1].event_at
    devices.received[device] = received
    devices.first_f_cnt[device] = first
