"""Which names became no reading: noted once an hour each, in the transaction of their batch."""

from collections.abc import Callable
from typing import Final

import numpy as np
from psycopg import Connection
from psycopg.rows import TupleRow

from ingest.decode import Subjects
from ingest.devices import Devices
from twin.store import unmapped as store

Key = tuple[str, str, str, str]
"""Device, profile, name, why."""

_AGAIN_US: Final = 3_600_000_000
_REMEMBERED: Final = 100_000
_MOST: Final = 1_000
"""Rows of one batch; the others are noted with a later one."""
_TEXT: Final = 64


class UnmappedNotes:
    """Remembers what was noted lately, so that a stream of the same costs nothing."""

    def __init__(self) -> None:
        self._noted: dict[Key, int] = {}

    def forget(self) -> None:
        """Note everything again: a transaction may have failed."""
        self._noted.clear()

    def of(self, subjects: Subjects, devices: Devices) -> Callable[[Connection[TupleRow]], None]:
        """Return what writes a batch's names that are new, or were noted long ago."""
        due = self._due(subjects, devices)
        if not due:
            return lambda _: None
        dev_euis, profiles, names, whys = (list(column) for column in zip(*due, strict=True))
        units, examples, times = (list(column) for column in zip(*due.values(), strict=True))
        rows = store.UnmappedRows(
            dev_euis, profiles, names, whys, units, examples, np.array(times, np.int64)
        )
        return lambda connection: store.note(connection, rows)

    def _due(self, subjects: Subjects, devices: Devices) -> dict[Key, tuple[str, str, int]]:
        if len(self._noted) > _REMEMBERED:
            self._noted.clear()
        due: dict[Key, tuple[str, str, int]] = {}
        if subjects.unmapped_fields:
            newest = int(subjects.received_at.max())
            for (profile, name), example in subjects.unmapped_fields.items():
                key = ("", profile, _plain(name), "no_mapping")
                self._add(due, key, ("", f"{example:g}", newest))
        for row, one in subjects.unmapped:
            number = int(subjects.device[row])
            profile_of = devices.profiles[number]
            profile = profile_of.name if profile_of else ""
            key = (devices.names[number], profile, _plain(one.name), one.why)
            told = (_plain(one.unit), _plain(one.example), int(subjects.received_at[row]))
            self._add(due, key, told)
        return due

    def _add(
        self, due: dict[Key, tuple[str, str, int]], key: Key, told: tuple[str, str, int]
    ) -> None:
        last = self._noted.get(key)
        if key in due or (last is not None and abs(told[2] - last) < _AGAIN_US):
            return
        if len(due) < _MOST:
            due[key] = told
            self._noted[key] = told[2]


def _plain(text: str) -> str:
    """Make a text fit for the store, and short."""
    return text[:_TEXT].replace("\0", "�").encode("utf-8", "replace").decode("utf-8")
