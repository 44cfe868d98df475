"""What the live channel reads: the epoch's lights, what changed since, and the pulse."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from twin.model.states import LightState
from twin.store.database import Database
from twin.store.sql import statement


@dataclass(frozen=True, slots=True)
class Epoch:
    """The current map: its version, and every light in the order of its index.

    Attributes
    ----------
    version : str
        Data version of the tiles; empty before they were built.
    timezone : str
        Of the territory's people; UTC before there is a territory.
    origin : tuple of float
        Longitude and latitude that positions are counted from. [°]
    asset_ids : int64[N]
    positions : float64[N, 2]
        Longitude and latitude. [°]
    states : uint8[N]
        Codes of `LightState`.
    seq : int
        Last change that ``states`` holds.
    """

    version: str
    timezone: str
    origin: tuple[float, float]
    asset_ids: NDArray[np.int64]
    positions: NDArray[np.float64]
    states: NDArray[np.uint8]
    seq: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the header shows.

    Attributes
    ----------
    last_received_at : datetime | None
        When the last value was received, at our door.
    batch : int
        Number of the last transaction of the ingest; 0 before any.
    received, accounted : int
        Messages received, and messages that found their outcome, since the given instant.
    """

    last_received_at: datetime | None
    batch: int
    received: int
    accounted: int

    @property
    def balanced(self) -> bool:
        """Whether every received message has its outcome."""
        return self.received == self.accounted


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An open incident, as briefly as a browser needs."""

    code: str
    status: str
    version: int
    acknowledged: bool
    last_act: int


class LiveReader:
    """Small, frequent reads of one territory.

    Parameters
    ----------
    database : Database
        The store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def epoch(self) -> Epoch:
        """Read the whole map's state, once an epoch."""
        with self._database.connection() as connection:
            about = connection.execute(statement("live/epoch")).fetchone()
            # before the lights: a change in between is read twice rather than missed
            seq = connection.execute(statement("live/last_seq")).fetchone()
            rows = connection.execute(statement("live/lights")).fetchall()
        version, timezone, longitude, latitude = about or (None, "UTC", 0.0, 0.0)
        table = np.array(rows, dtype=np.float64).reshape(-1, 5)
        return Epoch(
            version=version or "",
            timezone=timezone,
            origin=(longitude, latitude),
            asset_ids=table[:, 1].astype(np.int64),
            positions=table[:, 2:4],
            states=table[:, 4].astype(np.uint8),
            seq=int(seq[0]) if seq else 0,
        )

    def position(self) -> tuple[str, int]:
        """Return the data version, empty before there are tiles, and the last change's number."""
        with self._database.connection() as connection:
            about = connection.execute(statement("live/epoch")).fetchone()
            seq = connection.execute(statement("live/last_seq")).fetchone()
        return (about[0] or "" if about else ""), int(seq[0]) if seq else 0

    def changes_since(self, seq: int) -> tuple[NDArray[np.uint32], NDArray[np.uint8], int]:
        """Return idx and state of the lights that changed, and the new last number."""
        with self._database.connection() as connection:
            rows = connection.execute(statement("live/changes"), {"seq": seq}).fetchall()
        table = np.array(rows, dtype=np.int64).reshape(-1, 3)
        last = int(table[-1, 2]) if rows else seq
        return table[:, 0].astype(np.uint32), table[:, 1].astype(np.uint8), last

    def states_at(self, instant: datetime) -> NDArray[np.uint8]:
        """Return what was known of each light at an instant, uint8[N]."""
        with self._database.connection() as connection:
            rows = connection.execute(statement("live/states_at"), {"at": instant}).fetchall()
        if not rows:
            return np.empty(0, np.uint8)
        table = np.array(rows, dtype=np.int64)
        states = np.full(int(table[-1, 0]) + 1, LightState.UNMONITORED, np.uint8)
        states[table[:, 0]] = table[:, 1]
        return states

    def open_incidents(self) -> list[OpenIncident]:
        """Return the open incidents, oldest first."""
        with self._database.connection() as connection:
            rows = connection.execute(statement("live/incidents")).fetchall()
        return [OpenIncident(*row) for row in rows]

    def pulse(self, since: datetime) -> Pulse:
        """Return the last message and the ledger since an instant."""
        with self._database.connection() as connection:
            row = connection.execute(statement("live/pulse"), {"since": since}).fetchone()
        last, batch, received, accounted = row or (None, None, 0, 0)
        return Pulse(last, batch or 0, received, accounted)
