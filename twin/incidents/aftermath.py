"""After a cause has cleared: whoever it silenced gets a fresh deadline, and only then rings.

A device whose supply was dead, or whose gateways were all down, says nothing of itself. When that
cause clears, its old silence is forgiven: it has as many of its own intervals as any other device
before it is late (``twin.incidents.silence``). Those still silent after that are one card for the
cause that had silenced them, never one each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.incidents.light_states import MISSES
from twin.incidents.rules import known_or
from twin.incidents.times import NEVER, SECOND, later
from twin.supply.ranges import Flags, Floats, Longs

NOBODY = -1
"""Stands for "no incident"."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Sensors whose silence a known cause explains, or explained; arrays of one length (s), by row.

    Attributes
    ----------
    incident : int64
        Number of the incident that silenced each; ``NOBODY``.
    cleared_at : int64
        When its cause cleared; ``NEVER`` while it holds. [µs]
    due_from : int64
        From when its fresh deadline counts; ``NEVER`` while the cause holds. [µs]
    """

    incident: Longs
    cleared_at: Longs
    due_from: Longs

    @classmethod
    def nobody(cls, sensors: int) -> "Watch":
        """Return the watch of a town in which nothing was ever silenced."""
        nobody, cleared, due = (
            np.full(sensors, value, np.int64) for value in (NOBODY, NEVER, NEVER)
        )
        return cls(nobody, cleared, due)

    def of(self, row: Longs) -> "Watch":
        """Return the watch of some sensors, by row."""
        return Watch(self.incident[row], self.cleared_at[row], self.due_from[row])

    def having(self, row: Longs, watch: "Watch") -> "Watch":
        """Return it with the watch of some sensors, by row, in the place of theirs."""
        having = Watch(self.incident.copy(), self.cleared_at.copy(), self.due_from.copy())
        having.incident[row], having.cleared_at[row] = watch.incident, watch.cleared_at
        having.due_from[row] = watch.due_from
        return having

    def overdue(
        self, seen_at: Longs, interval_s: Floats, now: int, listening_since: int = NEVER
    ) -> Flags:
        """Tell who is still silent after its fresh deadline.

        Parameters
        ----------
        seen_at : int64 array (s)
            Last message of each. [µs]
        interval_s : float array (s)
            Expected time between two; NaN not known: such a sensor is never overdue. [s]
        now : int
            The instant. [µs]
        listening_since : int
            Since when our own door has been open: before it nobody could be heard. [µs]
        """
        released = self.cleared_at > NEVER
        silent: Flags = released & (seen_at <= self.cleared_at)
        return silent & (now > self.deadline(interval_s, listening_since))

    def deadline(self, interval_s: Floats, listening_since: int = NEVER) -> Longs:
        """Return until when each may be silent; the end of time where nothing is expected. [µs]"""
        expected = interval_s > 0
        patience = (known_or(interval_s, 0.0) * MISSES * SECOND).astype(np.int64)
        start = np.maximum(self.due_from, listening_since)
        return np.where(expected & (self.due_from > NEVER), start + patience, _NO_END)


_NO_END = np.int64(2**62)


def follow(
    watch: Watch, explained_by: Longs, seen_at: Longs, now: int, provable_from: Longs | int
) -> Watch:
    """Bring a watch to an instant.

    Parameters
    ----------
    watch : Watch
        As it stood.
    explained_by : int64 array (s)
        Incident that explains the silence of each now; ``NOBODY``.
    seen_at : int64 array (s)
        Last message of each. [µs]
    now : int
        The instant at which that was learnt: the deadline counts from here, so that nobody is
        late by our own delay. [µs]
    provable_from : int or int64 array (s)
        From when on each could be heard at all: the controllers of lights may be without power
        by day. [µs]
    """
    held = explained_by != NOBODY
    released = ~held & (watch.incident != NOBODY) & (watch.cleared_at == NEVER)
    heard = ~held & (watch.cleared_at > NEVER) & (seen_at > watch.cleared_at)
    due = later(np.full(len(seen_at), now, np.int64), np.broadcast_to(provable_from, seen_at.shape))
    return Watch(
        incident=np.where(held, explained_by, np.where(heard, NOBODY, watch.incident)),
        cleared_at=np.where(held | heard, NEVER, np.where(released, now, watch.cleared_at)),
        due_from=np.where(held | heard, NEVER, np.where(released, due, watch.due_from)),
    )


@dataclass(frozen=True, slots=True)
class Former:
    """An incident that silenced devices, as a later card names it.

    Attributes
    ----------
    root : dict
        ``kind``, ``code``, ``name``, ``place`` of its cause.
    """

    number: int
    code: str
    root_key: str
    root: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StillSilent:
    """Who is still silent after one incident.

    Attributes
    ----------
    former : Former
        The incident whose cause has cleared.
    sensors : int64 array
        Their rows, ascending.
    since : int
        When the first of their deadlines passed. [µs]
    """

    former: Former
    sensors: Longs
    since: int


def still_silent(
    watch: Watch,
    formers: Sequence[Former],
    seen_at: Longs,
    interval_s: Floats,
    now: int,
    *,
    listening_since: int = NEVER,
) -> list[StillSilent]:
    """Gather those still silent by the incident that had silenced them.

    Parameters
    ----------
    formers : sequence of Former
        The incidents that ``watch`` names; others of it are left out.
    seen_at, interval_s, now, listening_since
        As for ``Watch.overdue``.
    """
    row = np.flatnonzero(watch.cleared_at > NEVER)
    released, interval_s = watch.of(row), interval_s[row]
    overdue = released.overdue(seen_at[row], interval_s, now, listening_since)
    deadline = released.deadline(interval_s, listening_since)
    found = []
    for former in formers:
        theirs = overdue & (released.incident == former.number)
        if theirs.any():
            found.append(StillSilent(former, row[theirs], int(deadline[theirs].min())))
    return found
