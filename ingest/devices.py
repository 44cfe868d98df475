"""The devices that messages come from: how they are read, and where their counters stand.

Memory of the store, for speed: after any failure it is forgotten and read again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from psycopg import Connection
from psycopg.rows import TupleRow

from ingest.codecs.profiles import Profile, profile_key
from ingest.networks.instants import micros_of
from ingest.networks.records import Event, Uplink
from twin.store.sql import statement

_REMEMBERED: Final = 300_000
_TEXT: Final = 100

StreamKey = tuple[int, str, int]
"""Device, observed property, channel."""


class Devices:
    """What is known of the devices that were met since the last ``forget``.

    Parameters
    ----------
    profiles : mapping of str to Profile
        By name.
    most_unknown : int
        How many devices that nobody registered are taken in.

    Attributes
    ----------
    epoch, f_cnt, event_at, received, first_f_cnt : int64 array
        By device: its running epoch, last counter, last instant [µs], frames stored in the epoch,
        the epoch's first counter. ``event_at`` is the smallest integer for a device without one.
    doubled : set of int
        Devices whose identifier another one answers to as well.
    session : int64 array
        By device: code of its session in ``session_names``; −1 before the first frame.
    """

    def __init__(self, profiles: Mapping[str, Profile], most_unknown: int) -> None:
        self._profiles = profiles
        self._most_unknown = most_unknown
        self._doubts = 0
        self.forget()

    def forget(self) -> None:
        """Drop everything: the store is the truth."""
        self._index: dict[str, int] = {}
        self.names: list[str] = []
        self.encoded: list[bytes] = []
        self.profiles: list[Profile | None] = []
        self.session_names: list[str] = []
        self._session_codes: dict[str, int] = {}
        self._unknown: int | None = None
        self.streams: dict[StreamKey, int] = {}
        self.doubled: set[int] = set()
        self._bare: set[str] = set()
        columns = np.zeros((7, 1024), np.int64)
        self._lay(columns)

    def doubt(self) -> None:
        """Read where counters stand once more before they are used: others may have moved them."""
        self._doubts += 1
        self._unknown = None

    def _lay(self, columns: "np.ndarray[tuple[int, int], np.dtype[np.int64]]") -> None:
        self._columns = columns
        self.session, self.epoch, self.f_cnt, self.event_at, self.received, self.first_f_cnt = (
            columns[:6]
        )
        self._read_in = columns[6]

    def index(self, dev_eui: str) -> int:
        """Return a met device's number."""
        return self._index[dev_eui]

    def doubt_identity(self, names: Iterable[str]) -> None:
        """Note devices whose identifier another one answers to as well."""
        self.doubled.update(self._index[name] for name in names if name in self._index)

    def session_code(self, name: str) -> int:
        """Return the number of a session's name."""
        code = self._session_codes.get(name)
        if code is None:
            code = self._session_codes[name] = len(self.session_names)
            self.session_names.append(name)
        return code

    def meet(
        self, connection: Connection[TupleRow], records: Collection[Uplink | Event]
    ) -> frozenset[str]:
        """Make sure that the devices of these records are known, here and in the store.

        Returns
        -------
        set of str
            Those that were not taken in: too many devices that nobody registered.
        """
        if len(self.names) + len(self.session_names) > _REMEMBERED:
            self.forget()
        self._read_again(connection, records)
        self._complete(connection, records)
        new: dict[str, Uplink | Event] = {}
        for record in records:
            name = _identity(record)
            if name not in self._index and (name not in new or record.profile):
                new[name] = record
        if not new:
            return frozenset()
        refused = self._introduce(connection, new)
        self._load(connection, [name for name in new if name not in refused])
        return refused

    def _complete(
        self, connection: Connection[TupleRow], records: Collection[Uplink | Event]
    ) -> None:
        """Give devices that one network told without a profile the one that another tells."""
        if not self._bare:
            return
        told = {_identity(record): record for record in records if record.profile}
        told = {name: record for name, record in told.items() if name in self._bare}
        if not told:
            return
        with connection.transaction():
            self._write(connection, [told[name] for name in sorted(told)])
        for name, record in told.items():
            self.profiles[self._index[name]] = self._profiles.get(profile_key(record.profile))
        self._bare -= told.keys()

    def recall(self, connection: Connection[TupleRow], names: Iterable[str]) -> None:
        """Make sure that devices which the store knows are known here."""
        missing = sorted({name for name in names if name not in self._index})
        if missing:
            self._load(connection, missing)

    def _introduce(
        self, connection: Connection[TupleRow], new: Mapping[str, Uplink | Event]
    ) -> frozenset[str]:
        asked = {"dev_euis": list(new)}
        with connection.transaction():
            rows = connection.execute(statement("telemetry/known_devices"), asked).fetchall()
            known = {row[0]: row[1:5] for row in rows}
            strangers = [name for name in new if name not in known]
            refused = self._refused(connection, strangers, new)
            incomplete = [
                name for name in sorted(new) if name not in refused and "" in known.get(name, ("",))
            ]
            if incomplete:
                self._write(connection, [new[name] for name in incomplete])
        return refused

    def _refused(
        self,
        connection: Connection[TupleRow],
        strangers: Sequence[str],
        new: Mapping[str, Uplink | Event],
    ) -> frozenset[str]:
        """Return the strangers beyond the limit; gateways are always welcome."""
        counted = [name for name in strangers if new[name].network != "gateway"]
        if not counted:
            return frozenset()
        if self._unknown is None:
            row = connection.execute(statement("telemetry/count_unknown_devices")).fetchone()
            self._unknown = int(row[0]) if row else 0
        room = max(0, self._most_unknown - self._unknown)
        self._unknown += min(room, len(counted))
        return frozenset(counted[room:])

    def _write(self, connection: Connection[TupleRow], records: Sequence[Uplink | Event]) -> None:
        profiles = [profile_key(record.profile)[:_TEXT] for record in records]
        known = [self._profiles.get(profile) for profile in profiles]
        connection.execute(
            statement("telemetry/meet_devices"),
            {
                "dev_euis": [_identity(record) for record in records],
                "networks": [record.network for record in records],
                "names": [_clean(record.name) for record in records],
                "profiles": [_clean(profile) for profile in profiles],
                "applications": [_clean(record.application) for record in records],
                "intervals": [(found and found.interval_s) or 0 for found in known],
            },
        )

    def _load(self, connection: Connection[TupleRow], names: Sequence[str]) -> None:
        asked = {"dev_euis": list(names)}
        with connection.transaction():
            connection.execute(statement("telemetry/adopt_datastreams"), asked)
            rows = connection.execute(statement("telemetry/known_devices"), asked).fetchall()
        for name, profile, _application, _name, _network, doubled, *state in sorted(rows):
            number = self._index[name] = len(self.names)
            if doubled:
                self.doubled.add(number)
            self.names.append(name)
            self.encoded.append(name.encode())
            self.profiles.append(self._profiles.get(profile_key(profile)))
            if not profile:
                self._bare.add(name)
            if number >= self._columns.shape[1]:
                self._lay(np.concatenate((self._columns, np.zeros_like(self._columns)), axis=1))
            self._columns[:, number] = [*self._state(state), self._doubts]

    def _read_again(
        self, connection: Connection[TupleRow], records: Collection[Uplink | Event]
    ) -> None:
        """Read the counters of devices that were met before the last doubt."""
        if self._doubts < 2:
            return
        known = {self._index.get(_identity(record), -1) for record in records} - {-1}
        numbers = [number for number in known if self._read_in[number] != self._doubts]
        if not numbers:
            return
        asked = {"dev_euis": [self.names[number] for number in numbers]}
        with connection.transaction():
            rows = connection.execute(statement("telemetry/known_devices"), asked).fetchall()
        for name, _profile, _application, _name, _network, _doubled, *state in rows:
            number = self._index[name]
            self._columns[:, number] = [*self._state(state), self._doubts]

    def _state(self, state: Sequence[Any]) -> list[int]:
        session, epoch, f_cnt, event_at, received, first_f_cnt = state
        if session is None:
            return [-1, 0, -1, np.iinfo(np.int64).min, 0, 0]
        return [
            self.session_code(str(session)),
            epoch,
            f_cnt,
            micros_of(event_at),
            received,
            first_f_cnt,
        ]

    def resolve(
        self,
        connection: Connection[TupleRow],
        wanted: Sequence[StreamKey],
        units: Mapping[str, str],
    ) -> None:
        """Make sure that ``streams`` holds the datastreams of these keys, making new ones."""
        missing = sorted({key for key in wanted if key not in self.streams})
        if not missing:
            return
        asked: dict[str, list[Any]] = {
            "dev_euis": [self.names[device] for device, _, _ in missing],
            "properties": [code for _, code, _ in missing],
            "channels": [channel for _, _, channel in missing],
            "units": [units[code] for _, code, _ in missing],
        }
        with connection.transaction():
            connection.execute(statement("telemetry/make_datastreams"), asked)
            mine = {"dev_euis": sorted(set(asked["dev_euis"]))}
            found = connection.execute(statement("telemetry/find_datastreams"), mine).fetchall()
        for name, code, channel, stream in found:
            self.streams[self._index[name], code, channel] = stream


def _identity(record: Uplink | Event) -> str:
    return record.dev_eui if isinstance(record, Uplink) else record.subject


def _clean(text: str) -> str:
    return text[:_TEXT].replace("\0", "").encode("utf-8", "replace").decode("utf-8")
