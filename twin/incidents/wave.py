"""Outages that come together without a known common cause: one card for the event, not one each.

A river that nobody has drawn yet, a preventive cut that nobody has announced, a storm: cabinets
fall one after another, and the register names no device above them all. Three in ten minutes are
taken for one event; whatever falls within the hour that follows its beginning belongs to it. The
card says how many and that the cause is not known; each device keeps its own state.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from twin.incidents.causes import Cause
from twin.incidents.times import SECOND

LEAST = 3
"""Outages that make an event."""

WITHIN_S = 600.0
"""Within this time. [s]"""

LASTS_S = 3600.0
"""An event takes in what falls this long after its beginning. [s]"""

GATHERED: Final = {
    "cabinet_out": "area_out",
    "feeder_out": "area_out",
    "gateway_silent": "gateways_silent",
}
"""Kinds that come in waves, and the kind of the card that gathers them."""


def gather(causes: Sequence[Cause], open_keys: Iterable[str] = ()) -> list[Cause]:
    """Put outages that came together under one card each; the others stay as they are.

    Parameters
    ----------
    causes : sequence of Cause
        One for each root.
    open_keys : iterable of str
        Root keys of the events whose cards are open: they keep what is theirs, even when fewer
        than ``LEAST`` are left.

    Returns
    -------
    list of Cause
        By root key.
    """
    known = sorted(set(open_keys))
    found = [cause for cause in causes if cause.kind not in GATHERED]
    for kind in sorted(set(GATHERED.values())):
        alike = sorted(
            (cause for cause in causes if GATHERED.get(cause.kind) == kind),
            key=lambda cause: (cause.opened_at, cause.root_key),
        )
        starts = [int(key.partition(":")[2]) for key in known if key.partition(":")[0] == kind]
        for start in starts:
            alike = _claim(alike, kind, start, found)
        while (began := _begins([cause.opened_at for cause in alike])) is not None:
            alike = _claim(alike, kind, began, found)
        found += alike
    return sorted(found, key=lambda cause: cause.root_key)


def _begins(opened_at: list[int]) -> int | None:
    """Return when the first ``LEAST`` outages within ``WITHIN_S`` begin; None without. [µs]"""
    at = np.array(opened_at, np.int64)
    together = at[LEAST - 1 :] - at[: max(len(at) - LEAST + 1, 0)] <= int(WITHIN_S * SECOND)
    return int(at[np.argmax(together)]) if together.any() else None


def _claim(alike: list[Cause], kind: str, start: int, found: list[Cause]) -> list[Cause]:
    """Gather what falls within an event, and return what does not."""
    end = start + int(LASTS_S * SECOND)
    theirs = [cause for cause in alike if start <= cause.opened_at <= end]
    if theirs:
        found.append(_gathered(theirs, kind, start))
    return [cause for cause in alike if not start <= cause.opened_at <= end]


def _gathered(causes: list[Cause], kind: str, start: int) -> Cause:
    heaviest = sorted(causes, key=lambda cause: (-len(cause.lights), cause.root_key))
    first = heaviest[0]
    open_still = any(cause.status == "open" for cause in causes)
    return replace(
        first,
        kind=kind,
        root_key=f"{kind}:{start}",
        status="open" if open_still else "recovering",
        opened_at=start,
        changed_at=max(cause.changed_at for cause in causes),
        devices=np.concatenate([cause.devices for cause in heaviest]),
        lights=np.sort(np.concatenate([cause.lights for cause in causes])),
        gateways=np.sort(np.concatenate([cause.gateways for cause in causes])),
        sensors=np.unique(np.concatenate([cause.sensors for cause in causes])),
        silenced=np.unique(np.concatenate([cause.silenced for cause in causes])),
    )
