"""The expected return in words: a window, what it rests on, how often such windows were kept."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from control_center.catalogue import Slot
from control_center.sentences.speaker import Moment, Speaker, Spoken
from twin.incidents.return_time import Record, record
from twin.store.incidents import Incident
from twin.store.returns import Announced, ReturnReader

MOST_BEFORE = 3
"""Earlier windows that a page still shows."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What was announced for one incident, the newest first.

    Attributes
    ----------
    announced : tuple of Announced
        At least one.
    record : Record or None
        What became of past ones of its kind; None where none has ended.
    """

    announced: tuple[Announced, ...]
    record: Record | None = None

    def stands(self, now: datetime) -> bool:
        """Whether the newest window has not run out."""
        return now <= self.announced[0].latest

    @property
    def missed(self) -> Announced | None:
        """The window before the newest, where it ran out before the newest was given."""
        if len(self.announced) < 2:
            return None
        newest, before = self.announced[:2]
        return before if newest.made_at > before.latest else None


WIDE = 45.0
"""Share of the axis from which on a window has room for both its ends. [%]"""

MOST_DOTS = 20
"""Past windows beyond which they are told in figures alone."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window as it is drawn; places in percent of the axis.

    Attributes
    ----------
    now, start, end : float
        The present, and the ends of the window.
    first, last : str
        The ends in words.
    dots : list of bool
        One for each past window of its kind, kept or not; empty where they are too many.
    """

    now: float
    start: float
    end: float
    first: str
    last: str
    dots: list[bool]

    @property
    def wide(self) -> bool:
        """Whether both ends can be written under it."""
        return self.end - self.start >= WIDE


def window_of(speaker: Speaker, promise: Promise) -> Window:
    """Return the newest window as it is drawn: the axis begins when it was announced."""
    moments, newest, kept = speaker.moments, promise.announced[0], promise.record
    span = (newest.latest - newest.made_at).total_seconds() * 1.08

    def across(at: datetime) -> float:
        return round(100 * min((at - newest.made_at).total_seconds() / span, 1.0), 2)

    dots: list[bool] = []
    if kept is not None and kept.total <= MOST_DOTS:
        dots = [True] * kept.kept + [False] * (kept.total - kept.kept)
    return Window(
        now=across(moments.now),
        start=across(newest.earliest),
        end=across(newest.latest),
        first=moments.edge(newest.earliest),
        last=moments.edge(newest.latest),
        dots=dots,
    )


def promise_of(reader: ReturnReader, incident: Incident) -> Promise | None:
    """Return what was announced for an incident; None where nothing was."""
    announced = reader.announced(incident.code)
    if not announced:
        return None
    kept = reader.kept().filter(pl.col("kind") == announced[0].kind)
    found = None
    if len(kept):
        at = (kept[name].dt.epoch("us").to_numpy() for name in ("earliest", "latest", "ended_at"))
        found = record(*at)
    return Promise(tuple(announced), found)


def former_windows(speaker: Speaker, promise: Promise) -> list[str]:
    """Return the windows announced before the newest, the last first; they stay to be seen."""
    newest, *before = promise.announced
    told = [speaker.moments.window(one.earliest, one.latest) for one in before]
    shown = speaker.moments.window(newest.earliest, newest.latest)
    return [window for window in dict.fromkeys(told) if window != shown][:MOST_BEFORE]


def expected_return(speaker: Speaker, promise: Promise, moment: Moment) -> Spoken | None:
    """Say when the light is expected; None once the window has run out without another.

    The old window stays quoted where it was missed; no window is narrowed to a minute.
    """
    moments = speaker.moments
    if not promise.stands(moments.now):
        return None
    newest, missed, kept = promise.announced[0], promise.missed, promise.record
    slots: dict[str, Slot] = {
        "eta_window": moments.window(newest.earliest, newest.latest),
        "old_eta_window": None
        if missed is None
        else moments.window(missed.earliest, missed.latest),
        "at_time": moments.at(newest.made_at),
        "eta_basis": speaker.texts.plural("sentence.eta_basis", newest.based_on or 0),
        "eta_at": moments.at(newest.earliest),
        "past_kept": None if not kept else speaker.texts.number(kept.kept),
        "past_total": None if not kept else speaker.texts.number(kept.total),
        "next_update": moments.at(moment.next_update),
    }
    if newest.by_others:
        return speaker.pattern("return_announced", slots)
    return speaker.pattern("return_missed" if missed else "return_estimated", slots)
