"""A street that no incident touches: what we see of it, and what we cannot see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from control_center.catalogue import Slot
from control_center.sentences.speaker import Moment, Speaker, Spoken


@dataclass(frozen=True, slots=True)
class LightCounts:
    """Lights of a street by what is known of them."""

    lit: int = 0
    degraded: int = 0
    confirmed_dark: int = 0
    inferred_dark: int = 0
    silent: int = 0
    maintenance: int = 0
    planned_off: int = 0
    unmonitored: int = 0

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> "LightCounts":
        """Build from counts by name; names that are missing count zero."""
        return cls(**counts)

    @property
    def total(self) -> int:
        """All lights of the street."""
        return sum(getattr(self, name) for name in self.__slots__)

    @property
    def dark(self) -> int:
        """Lights that are out without having been told to."""
        return self.confirmed_dark + self.inferred_dark

    @property
    def watched(self) -> int:
        """Lights that some instrument could speak for."""
        return self.total - self.unmonitored

    def shown(self) -> list[tuple[str, int]]:
        """Return the states that occur, as they are listed: the dark ones first."""
        order = (
            "confirmed_dark",
            "inferred_dark",
            "degraded",
            "silent",
            "maintenance",
            "planned_off",
            "lit",
            "unmonitored",
        )
        return [(name, getattr(self, name)) for name in order if getattr(self, name)]


def calm(
    speaker: Speaker,
    counts: LightCounts,
    moment: Moment,
    as_of: datetime,
    *,
    silent_since: datetime | None = None,
    off_hours: tuple[datetime, datetime] | None = None,
) -> Spoken:
    """Put a street without an incident into words.

    Parameters
    ----------
    as_of : datetime
        When its state was last looked at. [UTC]
    silent_since : datetime, optional
        Since when its silent lights are silent. [UTC]
    off_hours : tuple of datetime, optional
        From when to when its schedule keeps it off tonight, where the hours are known. [UTC]
    """
    moments, number = speaker.moments, speaker.texts.number
    slots: dict[str, Slot] = {
        "at_time": moments.at(as_of),
        "next_update": moments.at(moment.next_update),
        "switch_on": None if moment.switch_on is None else moments.hour(moment.switch_on),
        "since_time": None if silent_since is None else moments.since(silent_since),
        "phone": moment.phone,
        "seen_count": number(counts.lit + counts.degraded) if counts.lit else None,
        "total_count": number(counts.total),
        "some_unseen": counts.lit + counts.degraded < counts.total,
    }
    key = calm_key(counts, by_day=moment.switch_on is not None)
    if key == "planned_off" and off_hours is not None:
        key = "night_switch_off"
        slots |= {"off_from": moments.hour(off_hours[0]), "off_to": moments.hour(off_hours[1])}
    return speaker.pattern(key, slots)


def calm_key(counts: LightCounts, *, by_day: bool) -> str:
    """Choose the pattern of a street without an incident.

    Never darkness where there is only silence, never « rien n’est éteint » where nothing is seen.
    """
    if counts.total == 0:
        return "no_lights"
    if counts.dark:
        return "dark_unexplained"
    if counts.watched == 0:
        return "unmonitored"
    if counts.silent == counts.watched:
        return "nothing_known"
    if counts.maintenance and counts.maintenance == counts.watched:
        return "under_works"
    if by_day and not counts.lit:
        return "by_day"
    return "all_lit" if counts.lit or counts.degraded else "planned_off"
