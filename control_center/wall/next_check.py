"""What to look at next about an incident, in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from control_center.catalogue import Texts
from control_center.figures import Figures
from twin.store.diagnosis import Check


@dataclass(frozen=True, slots=True)
class Advice:
    """The best check in words, and the lights of the next ones.

    Attributes
    ----------
    light : str
        Code of the light of the best check.
    look : bool
        Whether somebody has to go and see; what they see can be recorded.
    others : str or None
        A sentence with the lights of the next ones; None without.
    """

    light: str
    sentence: str
    look: bool
    others: str | None


def advice(texts: Texts, checks: Sequence[Check]) -> Advice | None:
    """Put the checks of an incident into words; None where none would teach anything."""
    if not checks:
        return None
    best, *rest = checks
    others = [check.light for check in rest if check.light != best.light]
    return Advice(
        light=best.light,
        sentence=texts.plain(
            f"diagnosis.{best.act}",
            light=best.light,
            street=best.street or None,
            percent=Figures(texts).percent(best.dead),
        ),
        look=best.act == "look",
        others=texts.plain("diagnosis.others", lights=", ".join(others)) if others else None,
    )
