"""What was done about an incident, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from control_center.catalogue import Texts
from control_center.moments import Moments
from twin.store.incident_acts import ActKind, IncidentAct


@dataclass(frozen=True, slots=True)
class Done:
    """One act in words.

    Attributes
    ----------
    words : str
        What was done.
    said : str
        A note or a reason as the person wrote it; empty without.
    """

    code: str
    at: datetime
    kind: str
    words: str
    said: str


class Journal:
    """Puts acts into words, in one language for one moment.

    Parameters
    ----------
    texts : Texts
        The catalogue.
    moments : Moments
        Writes hours in the territory's zone.
    """

    def __init__(self, texts: Texts, moments: Moments) -> None:
        self._texts = texts
        self._moments = moments

    def lines(self, acts: Sequence[IncidentAct]) -> list[Done]:
        """Return acts in words, the last first."""
        return [self._done(act) for act in reversed(acts)]

    def _done(self, act: IncidentAct) -> Done:
        words = self._texts.plain(
            f"care.did.{act.kind}",
            person=act.person if act.kind != ActKind.RING else None,
            assignee=act.assignee,
            until=None if act.until is None else self._moments.until(act.until),
        )
        return Done(act.code, act.at, act.kind, words, act.words)
