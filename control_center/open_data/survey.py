"""What is loaded, from where, since when, how complete: read once, told by page and catalogue."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from control_center.open_data.collections import Collection
from control_center.open_data.freshness import Frequency, Freshness, freshness
from control_center.open_data.holdings import Held, Holdings
from control_center.open_data.quality import Share, absent, cuts_assumed, shares
from twin.clock import Clock
from twin.store.terrain import Grid

DEFECTS = "live-defects"
"""Collection of what is wrong with the wiring."""

_KEPT_S = 10.0


@dataclass(frozen=True, slots=True)
class Source:
    """One file that things of a layer came from, or what the twin derived itself.

    Attributes
    ----------
    mapping, file_name : str
        Empty where derived from other layers.
    things : int
        How many it stands for.
    imported_at : datetime or None
        When it was last read. [UTC]
    rows_read, rows_set_aside : int
        Of that reading.
    licence, attribution, publisher, url : str
        Terms and origin; empty where the mapping does not say.
    freshness : Freshness
        How old, held against how often it should come.
    """

    mapping: str
    file_name: str
    things: int
    imported_at: datetime | None
    rows_read: int
    rows_set_aside: int
    licence: str
    attribution: str
    publisher: str
    url: str
    freshness: Freshness

    @property
    def derived(self) -> bool:
        """Whether the twin made it from other layers."""
        return not self.mapping


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One layer, looked at.

    Attributes
    ----------
    held : Held
        Its rows.
    sources : list of Source
        The largest first.
    shares : list of Share
        What is known of it.
    freshness : Freshness
        Of its oldest source; of its newest message for live state.
    """

    held: Held
    sources: list[Source]
    shares: list[Share]
    freshness: Freshness

    @property
    def collection(self) -> Collection:
        """What it is."""
        return self.held.collection

    @property
    def count(self) -> int:
        """How many things."""
        return self.held.rows.height


@dataclass(frozen=True, slots=True)
class Survey:
    """The whole city, looked at.

    Attributes
    ----------
    layers : list of Surveyed
        In the order of the collections.
    absent : list of str
        Layers that a function waits for and that hold nothing.
    cuts_assumed : float or None
        Share of lights whose cut by water rests on an assumed plinth; None: no light hangs.
    defects : list of (str, int)
        Where the wiring should be looked at: defect and how many things, the most frequent first.
    reliefs : list of Grid
        Grids of heights, the surest first.
    at : datetime
        When. [UTC]
    """

    layers: list[Surveyed]
    absent: list[str]
    cuts_assumed: float | None
    defects: list[tuple[str, int]]
    reliefs: list[Grid]
    at: datetime

    @property
    def standing(self) -> list[Surveyed]:
        """Layers that were imported or derived."""
        return [layer for layer in self.layers if not layer.collection.live]

    @property
    def live(self) -> list[Surveyed]:
        """State of the present."""
        return [layer for layer in self.layers if layer.collection.live]

    @property
    def stale(self) -> list[Surveyed]:
        """Layers that are too old."""
        return [layer for layer in self.layers if layer.freshness.stale]

    @property
    def lacks(self) -> list[Share]:
        """Questions without a sure answer for some things, the widest gap first."""
        open_ones = [share for layer in self.layers for share in layer.shares if share.missing]
        return sorted(open_ones, key=lambda share: -share.missing)


class Surveyor:
    """Looks at the holdings, at most every ten seconds.

    Parameters
    ----------
    holdings : Holdings
        The layers.
    clock : Clock
        The territory's.
    """

    def __init__(self, holdings: Holdings, clock: Clock) -> None:
        self._holdings, self._clock = holdings, clock
        self._guard = threading.Lock()
        self._last: tuple[Survey, float] | None = None

    def survey(self) -> Survey:
        """Return what is there now."""
        with self._guard:
            if self._last is None or time.monotonic() - self._last[1] >= _KEPT_S:
                self._last = (survey(self._holdings, self._clock.now()), time.monotonic())
            return self._last[0]


def survey(holdings: Holdings, now: datetime) -> Survey:
    """Look at every layer that is offered."""
    offered = holdings.offered()
    there = {one.id for one in offered}
    watched = holdings.reader.watched()
    counted = shares(holdings.held, watched, there)
    origins: dict[str, list[dict[str, Any]]] = {}
    for row in holdings.reader.sources().to_dicts():
        origins.setdefault(row["kind"], []).append(row)
    looked_at = []
    for one in offered:
        held = holdings.held(one.id)
        sources = [_source(row, now) for row in origins.get(one.kind, []) if one.kind]
        own = [share for share in counted if share.layer == one.id]
        age = _live_freshness(held, now) if one.live else _oldest(sources, held)
        looked_at.append(Surveyed(held, sources, own, age))
    return Survey(
        looked_at,
        absent(there),
        cuts_assumed(holdings.held, there),
        _defects(looked_at),
        holdings.reader.reliefs(),
        now,
    )


def _defects(layers: list[Surveyed]) -> list[tuple[str, int]]:
    found = next((layer.held.rows for layer in layers if layer.collection.id == DEFECTS), None)
    if found is None:
        return []
    counted = found.group_by("defect").len().sort("len", "defect", descending=[True, False])
    return [(str(defect), int(things)) for defect, things in counted.iter_rows()]


def _source(row: dict[str, Any], now: datetime) -> Source:
    age = freshness(row["frequency"], row["times"], row["first_at"], row["imported_at"], now)
    return Source(
        mapping=row["mapping"],
        file_name=row["file_name"],
        things=row["things"],
        imported_at=row["imported_at"],
        rows_read=row["rows_read"] or 0,
        rows_set_aside=row["rows_set_aside"] or 0,
        licence=row["licence"],
        attribution=row["attribution"],
        publisher=row["publisher"],
        url=row["url"],
        freshness=age,
    )


def _oldest(sources: list[Source], held: Held) -> Freshness:
    """Return the freshness of a layer: stale as soon as one of its files is.

    What was derived from other layers is as old as its last change.
    """
    known = [source.freshness for source in sources if source.freshness.updated_at]
    if not known:
        changed = held.rows[held.collection.starts].max()
        at = changed if isinstance(changed, datetime) else None
        return Freshness(Frequency.UNKNOWN, declared=False, updated_at=at, stale=False)
    return min(known, key=lambda age: (not age.stale, age.updated_at))


def _live_freshness(held: Held, now: datetime) -> Freshness:
    """Judge live state by its newest instant; only what reports by itself can grow stale."""
    column = "changed_at" if held.collection.column("changed_at") else held.collection.starts
    newest = held.rows[column].max()
    newest = newest if isinstance(newest, datetime) else None
    if held.collection.id != "live-gauges":  # lights and incidents change when something happens
        return Freshness(Frequency.CONTINUOUS, declared=True, updated_at=newest, stale=False)
    return freshness(Frequency.CONTINUOUS, 0, None, newest, now)
