"""What every browser should be showing now: one byte per light, and the patches that led there."""

import gzip
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from control_center.live.formats import pack_columns, pack_patch, patch_event
from twin.model.states import LightState
from twin.store.live import Epoch

_KEPT_PATCHES = 256


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole state at one number of the sequence."""

    epoch: str
    seq: int
    body: bytes
    """One byte per light, gzipped."""


class Image:
    """The state of one epoch; written by the hub's thread alone.

    Parameters
    ----------
    epoch : Epoch
        As read from the store.
    name : str
        What browsers compare: the data version, and which run of the server counts the patches.
    """

    def __init__(self, epoch: Epoch, name: str) -> None:
        self.name = name
        self.data_version = epoch.version
        self.origin = epoch.origin
        self.asset_ids = epoch.asset_ids
        self.states = epoch.states.copy()
        self.seq = 0
        self.stored_seq = epoch.seq
        self._deltas = (epoch.positions - np.array(epoch.origin)).astype(np.float32)
        self._patches: deque[tuple[int, bytes]] = deque(maxlen=_KEPT_PATCHES)
        self._snapshot: Snapshot | None = None
        self._lights: bytes | None = None

    def apply(
        self, idx: NDArray[np.uint32], state: NDArray[np.uint8], milliseconds: float
    ) -> bytes | None:
        """Take changes in; return the event that tells them, None where nothing changed.

        The last change of a light holds; one that comes back to where it was is not told.
        """
        before = self.states.copy()
        known = idx < self.states.size
        self.states[idx[known]] = state[known]  # numpy keeps the last of repeated indices
        changed = np.flatnonzero(before != self.states).astype(np.uint32)
        if changed.size == 0:
            return None
        self.seq += 1
        event = patch_event(
            self.name,
            self.seq,
            pack_patch(milliseconds, self.seq, changed, self.states[changed]),
        )
        self._patches.append((self.seq, event))
        self._snapshot = None
        return event

    def patches_since(self, position: str) -> list[bytes] | None:
        """Return the events after a position ``<epoch>:<seq>``, None where they are gone."""
        name, _, text = position.rpartition(":")
        if name != self.name or not text.isdigit() or int(text) > self.seq:
            return None
        missed = [event for seq, event in self._patches if seq > int(text)]
        return missed if len(missed) == self.seq - int(text) else None

    def snapshot(self) -> Snapshot:
        """Return the whole state, compressed once a change."""
        if self._snapshot is None:
            body = gzip.compress(self.states.tobytes(), 6, mtime=0)
            self._snapshot = Snapshot(self.name, self.seq, body)
        return self._snapshot

    def counts(self) -> list[int]:
        """Return how many lights are in each state, by code."""
        return [int(n) for n in np.bincount(self.states, minlength=len(LightState))]

    def lights(self) -> bytes:
        """Return the columns of every light, gzipped: where it is. They last as long as tiles."""
        if self._lights is None:
            columns = {
                "getPosition": self._deltas,
                "id": self.asset_ids.astype(np.uint32),
            }
            packed = pack_columns(self.states.size, columns, origin=list(self.origin))
            self._lights = gzip.compress(packed, 6, mtime=0)
        return self._lights

    def exceptions(self, at_rest: NDArray[np.bool_]) -> bytes:
        """Return the columns of the lights that deserve a look now.

        Parameters
        ----------
        at_rest : bool[codes]
            Which states are drawn by the base map instead.
        """
        idx = np.flatnonzero(~at_rest[self.states]).astype(np.uint32)
        columns = {
            "getPosition": self._deltas[idx],
            "getIcon": self.states[idx],
            "idx": idx,
        }
        return pack_columns(idx.size, columns, origin=list(self.origin), seq=self.seq)
