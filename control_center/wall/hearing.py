"""How watched things are heard, in words: the state, since when, until when, why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from control_center.catalogue import Texts
from control_center.moments import Moments
from twin.incidents.silence import Hearing
from twin.store.sensor_states import SensorState

NAMES: Mapping[Hearing, str] = {state: state.name.lower() for state in Hearing}
"""How programs, addresses and catalogues call the states."""

BY_NAME: Mapping[str, Hearing] = {name: state for state, name in NAMES.items()}

GRAVEST_FIRST = (
    Hearing.SILENT_UNEXPLAINED,
    Hearing.RECOVERING,
    Hearing.LATE,
    Hearing.SILENT_EXPLAINED,
    Hearing.REPORTING,
)

SHAPES: Mapping[Hearing, str] = {
    Hearing.REPORTING: "lit",
    Hearing.LATE: "hollow",
    Hearing.SILENT_EXPLAINED: "silent",
    Hearing.SILENT_UNEXPLAINED: "silent",
    Hearing.RECOVERING: "hollow",
}


@dataclass(frozen=True, slots=True)
class Told:
    """How one thing is heard, in words.

    Attributes
    ----------
    name, shape, word : str
        Of the state.
    since, deadline : datetime or None
        As stored.
    sentence : str
        Since when, and until when it may stay so.
    why : str
        What the state rests on.
    incident : str or None
        What explains its silence, or did.
    """

    name: str
    shape: str
    word: str
    since: datetime | None
    deadline: datetime | None
    sentence: str
    why: str
    incident: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many things are heard one way.

    Attributes
    ----------
    word, words : str
        The state; the state with its count.
    """

    name: str
    shape: str
    word: str
    count: int
    words: str


class Hearings:
    """Says how things are heard, in one language, for one moment."""

    def __init__(self, texts: Texts, moments: Moments) -> None:
        self._texts = texts
        self._moments = moments

    def told(self, one: SensorState) -> Told:
        """Say how one thing is heard."""
        name = NAMES[one.state]
        return Told(
            name=name,
            shape=SHAPES[one.state],
            word=self.word(one.state),
            since=one.since,
            deadline=one.deadline,
            sentence=self._texts.plain(
                f"sensors.said.{name}",
                since=None if one.since is None else self._moments.since(one.since),
                until=None if one.deadline is None else self._moments.until(one.deadline),
                at=None if one.deadline is None else self._moments.at(one.deadline),
                never=one.last_seen is None,
            ),
            why=self._texts.plain(f"sensors.why.{one.reason.name.lower()}"),
            incident=one.incident,
        )

    def word(self, state: Hearing) -> str:
        """Name a state."""
        return self._texts.plain(f"sensors.state.{NAMES[state]}")

    def counts(self, counts: Mapping[Hearing, int]) -> list[Count]:
        """Say how many are heard how, those that ask for a look first; none of nothing."""
        if not any(counts.values()):
            return []
        return [self._count(state, counts.get(state, 0)) for state in GRAVEST_FIRST]

    def line(self, counts: Mapping[Hearing, int]) -> str | None:
        """Say in one line how many are not heard; None where nothing is watched."""
        told = self.counts(counts)
        if not told:
            return None
        shown = [one for one in told[:-1] if one.count] or told[-1:]
        return self._texts.plain("sensors.line", told=", ".join(one.words for one in shown))

    def _count(self, state: Hearing, count: int) -> Count:
        words = self._texts.plural(f"sensors.count.{NAMES[state]}", count)
        return Count(NAMES[state], SHAPES[state], self.word(state), count, words)
