"""What one shift hands over to the next: opened, closed, open still, put aside, noted, counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from twin.incidents.alarms import Load, held_back, load
from twin.incidents.times import micros
from twin.store.database import Database
from twin.store.incident_acts import ActKind, ActReader, IncidentAct
from twin.store.incidents import Incident, IncidentReader


@dataclass(frozen=True, slots=True)
class Shift:
    """A span of time, as the next shift needs to know it.

    Attributes
    ----------
    opened, closed, still_open : list of Incident
        In the span, in the span, at its end; the first opened first. An incident may be in two.
    shelved : list of Incident
        Of those still open, put aside at the end of the span.
    acts : list of IncidentAct
        Everything done, oldest first.
    load : Load
        What rang.
    held_back : int
        Things under the cards of the span that would have rung by themselves.
    """

    start: datetime
    end: datetime
    opened: list[Incident]
    closed: list[Incident]
    still_open: list[Incident]
    shelved: list[Incident]
    acts: list[IncidentAct]
    load: Load
    held_back: int

    @property
    def notes(self) -> list[IncidentAct]:
        """What people wrote down."""
        return [act for act in self.acts if act.kind == ActKind.NOTE]


def shift(database: Database, start: datetime, end: datetime) -> Shift:
    """Gather a span of time.

    Parameters
    ----------
    start, end : datetime
        ``[start, end)``. [UTC]
    """
    found = IncidentReader(database).incidents_between(start, end)
    acts = ActReader(database).between(start, end)
    open_at_end = [one for one in found if one.closed_at is None or one.closed_at >= end]
    opened = [one for one in found if one.opened_at >= start]
    return Shift(
        start=start,
        end=end,
        opened=opened,
        closed=[one for one in found if one.closed_at is not None and one.closed_at < end],
        still_open=open_at_end,
        shelved=[one for one in open_at_end if one.shelved(end)],
        acts=acts,
        load=_load(opened, found, acts, (start, end)),
        held_back=sum(held_back(one.headline) for one in found),
    )


def _load(
    opened: Sequence[Incident],
    found: Sequence[Incident],
    acts: Sequence[IncidentAct],
    span: tuple[datetime, datetime],
) -> Load:
    keys = {one.code: one.root_key for one in found}
    rings = [(one.opened_at, one.root_key) for one in opened if one.kind != "works"]
    rings += [
        (act.at, keys[act.code]) for act in acts if act.kind == ActKind.RING and act.code in keys
    ]
    at = np.array([micros(moment) for moment, _ in rings], np.int64)
    start, end = span
    return load(at, [key for _, key in rings], micros(start), micros(end))
