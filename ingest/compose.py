"""Compose: what was recognised and decoded becomes the columns of one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from psycopg import Connection
from psycopg.rows import TupleRow

from ingest.copies import Frame, Key
from ingest.decode import Columns, Subjects, stream_keys, tied
from ingest.devices import Devices
from ingest.events import Happened
from ingest.fates import Fates
from ingest.networks.objects import kept
from ingest.networks.radio import parts
from ingest.networks.records import NO_TIME
from ingest.recognise import Recognised
from ingest.times import Ints
from ingest.uplinks import Uplinks
from twin.model.properties import PROPERTIES
from twin.model.states import Outcome
from twin.store.telemetry_rows import Frames, LedgerRow, Observations, Seen, Sessions

COPY: Final = "copy"
"""Why a message was merged."""
UNITS = {code: found.unit for code, found in PROPERTIES.items()}


@dataclass(slots=True)
class Gathered:
    """What will be decoded, and where each part of it came from.

    Attributes
    ----------
    subjects : Subjects
        Plainly new frames, then frames that took the slow way, then events.
    slow : list of Frame
        The frames of the middle part.
    first_slow : int
        Where the middle part begins.
    """

    subjects: Subjects
    slow: list[Frame]
    first_slow: int


def gather(
    uplinks: Uplinks, recognised: Recognised, happened: Happened, devices: Devices
) -> Gathered:
    """Bring together all that carries readings."""
    fresh = recognised.fresh.tolist()
    new = [(device, frame) for device, frame in recognised.frames if _to_decode(frame)]
    slow = [frame for _, frame in new]
    moved_to = np.array([frame.event_at for frame in slow], np.int64)
    rows = np.array([*fresh, *(frame.uplink for frame in slow)], np.int64)
    records = [uplinks.records[row] for row in rows]
    telling = [row for row, record in enumerate(happened.records) if record.readings]
    events = [happened.records[row] for row in telling]
    nothing = [b""] * len(events)
    subjects = Subjects(
        device=_joined(
            uplinks.device[recognised.fresh],
            [device for device, _ in new],
            [devices.index(event.subject) for event in events],
        ),
        event_at=_joined(uplinks.event_at[recognised.fresh], moved_to, happened.event_at[telling]),
        received_at=_joined(uplinks.received_at[rows], happened.received_at[telling]),
        quality=_joined(uplinks.quality[rows], happened.quality[telling]),
        flags=_joined(
            uplinks.flags[recognised.fresh], [frame.flags for frame in slow], [0] * len(events)
        ),
        f_port=_joined([record.f_port for record in records], [0] * len(events)),
        payload=[r.payload if r.counted and r.f_port else b"" for r in records] + nothing,
        decoded=[record.decoded for record in records] + nothing,
        readings=[record.readings for record in records] + [event.readings for event in events],
        named=[record.named for record in records] + [()] * len(events),
        network=[record.network for record in records] + [event.network for event in events],
        unmapped=[(row, one) for row, record in enumerate(records) for one in record.unmapped],
    )
    return Gathered(subjects, slow, len(fresh))


def _to_decode(frame: Frame) -> bool:
    return frame.stored_as is None or frame.moved


def _joined(*parts: Ints | Sequence[int]) -> Ints:
    return np.concatenate([np.asarray(part, np.int64) for part in parts])


def observations_of(
    columns: Columns, gathered: Gathered, devices: Devices, connection: Connection[TupleRow]
) -> tuple[Observations, Observations | None]:
    """Tie readings to datastreams.

    Returns
    -------
    (Observations, Observations or None)
        What goes in, and what goes out because its frame's time was put right.
    """
    subjects = gathered.subjects
    keys, which = stream_keys(columns, subjects.device[columns.subject])
    devices.resolve(connection, keys, UNITS)
    streams = tied(keys, devices)[which] if keys else which.astype(np.int64)
    observations = Observations(
        measured_at=columns.measured_at,
        datastream_id=streams,
        value=columns.value,
        quality=columns.quality,
        codec_id=columns.codec_id,
        received_at=subjects.received_at[columns.subject],
    )
    return observations.distinct(), _moved_away(columns, observations, gathered)


def _moved_away(
    columns: Columns, observations: Observations, gathered: Gathered
) -> Observations | None:
    """Return the readings of frames whose time an earlier copy put right, as they were."""
    was = np.full(len(gathered.subjects), NO_TIME)
    for subject, frame in enumerate(gathered.slow, gathered.first_slow):
        if frame.stored_as is not None:
            was[subject] = frame.stored_as[0]
    was[was == gathered.subjects.event_at] = NO_TIME  # it stays where it was, and is read anew
    moved = (was[columns.subject] != NO_TIME) & ~columns.own_time
    if not moved.any():
        return None
    removed = observations.take(moved)
    removed.measured_at = was[columns.subject][moved]
    return removed


def frames_of(
    uplinks: Uplinks, recognised: Recognised, gathered: Gathered, devices: Devices
) -> tuple[Frames, list[Key]]:
    """Return the frames to write, and the keys under which some of them stood until now."""
    fresh, subjects = recognised.fresh, gathered.subjects
    for subject, frame in enumerate(gathered.slow, gathered.first_slow):
        frame.flags = int(subjects.flags[subject])
        frame.codec_id = int(subjects.codec_id[subject])
    slow = [frame for _, frame in recognised.frames]
    rows = fresh.tolist()
    records = [uplinks.records[row] for row in rows]
    sessions = [name.encode() for name in devices.session_names]
    count = len(rows)
    frames = Frames(
        event_at=_joined(uplinks.event_at[fresh], [f.event_at for f in slow]),
        copy_key=_joined(uplinks.copy_key[fresh], [f.copy_key for f in slow]),
        epoch=_joined(recognised.epoch, [f.epoch for f in slow]),
        f_cnt=_joined(uplinks.f_cnt[fresh], [f.f_cnt for f in slow]),
        f_port=_joined(subjects.f_port[:count], [f.f_port for f in slow]),
        received_at=_joined(uplinks.received_at[fresh], [f.received_at for f in slow]),
        time_source=_joined(uplinks.source[fresh], [f.time_source for f in slow]),
        flags=_joined(subjects.flags[:count], [f.flags for f in slow]),
        copies=_joined([1] * count, [f.copies for f in slow]),
        gateway_at=_joined(uplinks.gateway_at[fresh], [f.gateway_at for f in slow]),
        network_at=_joined(uplinks.network_at[fresh], [f.network_at for f in slow]),
        application_at=_joined(uplinks.application_at[fresh], [f.application_at for f in slow]),
        codec_id=_joined(subjects.codec_id[:count], [f.codec_id for f in slow]),
        dev_eui=[devices.encoded[device] for device in uplinks.device[fresh].tolist()]
        + [devices.encoded[device] for device, _ in recognised.frames],
        network=[r.network.encode() for r in records] + [f.network for f in slow],
        session=[sessions[code] for code in uplinks.session[fresh].tolist()]
        + [f.session.encode() for f in slow],
        payload=[r.payload for r in records] + [f.payload for f in slow],
        receptions=[r.receptions for r in records] + [b"\n".join(f.receptions) for f in slow],
        decoded=[*map(kept, records), *(f.decoded for f in slow)],
        radio=parts(_joined([r.radio for r in records], [f.radio for f in slow])),
    )
    return frames, [frame.stored_as for frame in slow if frame.stored_as is not None]


def sessions_of(recognised: Recognised, devices: Devices) -> Sessions:
    """Return where the counters of the touched devices stand now."""
    touched = recognised.touched
    return Sessions(
        dev_eui=[devices.names[device] for device in touched.tolist()],
        session=[devices.session_names[code] for code in devices.session[touched].tolist()],
        epoch=devices.epoch[touched],
        f_cnt=devices.f_cnt[touched],
        event_at=devices.event_at[touched],
        received=devices.received[touched],
        first_f_cnt=devices.first_f_cnt[touched],
    )


def seen_of(uplinks: Uplinks, happened: Happened, devices: Devices) -> Seen:
    """Return when each device of the batch was heard first and last."""
    subjects = [devices.index(record.subject) for record in happened.records]
    device = _joined(uplinks.device, subjects)
    instants = _joined(uplinks.event_at, happened.event_at)
    order = np.lexsort((instants, device))
    device, instants = device[order], instants[order]
    starts = np.flatnonzero(np.concatenate(([True], device[1:] != device[:-1]))[: len(device)])
    ends = np.concatenate((starts[1:], [len(device)]))[: len(starts)] - 1
    return Seen(
        dev_eui=[devices.names[number] for number in device[starts].tolist()],
        first_at=instants[starts],
        last_at=instants[ends],
    )


def tell(fates: Fates, uplinks: Uplinks, recognised: Recognised, happened: Happened) -> None:
    """Say how the messages ended that became uplinks and events."""
    fates.end_all(uplinks.messages[recognised.merged].tolist(), Outcome.MERGED, COPY)
    fates.end_all(happened.merged, Outcome.MERGED, COPY)
    # after the copies: of a message with several parts, one new part makes it stored
    fates.end_all(np.delete(uplinks.messages, recognised.merged).tolist(), Outcome.STORED)
    fates.end_all(happened.messages, Outcome.STORED)


def ledger(
    fates: Fates,
    uplinks: Uplinks,
    recognised: Recognised,
    happened: Happened,
    known: tuple[set[Key], set[Key]],
) -> list[LedgerRow]:
    """Return the ledger's rows, told which frames and events were in the store after all."""
    frames, events = known
    if frames:
        rows = [*recognised.fresh.tolist(), *(frame.uplink for _, frame in recognised.frames)]
        for row in rows:
            if row >= 0 and (int(uplinks.event_at[row]), int(uplinks.copy_key[row])) in frames:
                fates.end(int(uplinks.messages[row]), Outcome.MERGED, COPY)
    for number, index in enumerate(happened.messages if events else ()):
        if (int(happened.event_at[number]), int(happened.copy_key[number])) in events:
            fates.end(index, Outcome.MERGED, COPY)
    return fates.ledger()
