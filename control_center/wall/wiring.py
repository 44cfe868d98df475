"""The card « Câblage »: how supply is known, and what is to be looked at, in words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from control_center.catalogue import Texts
from gis.wiring_defects import FACTS
from twin.store.database import Database
from twin.store.wiring import WiringReader

HOW: Final = {0: "known", 1: "known", 2: "known", 4: "learnt", 3: "guessed"}
"""How a link is known, by its rung: solid, hollow and dotted on the map."""
_UNKNOWN = "unknown"
_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Known:
    """How many lights are known in one way.

    Attributes
    ----------
    how : {'known', 'learnt', 'guessed', 'unknown'}
    lights : int
    share : float
        Of all lights.
    """

    how: str
    lights: int
    share: float


@dataclass(frozen=True, slots=True)
class Spot:
    """One thing whose wiring is in doubt.

    Attributes
    ----------
    kind, code : str
        The thing.
    title, sentence : str
        What it is called, and what is wrong with it.
    """

    kind: str
    code: str
    title: str
    sentence: str


@dataclass(frozen=True, slots=True)
class WiringCard:
    """What the card says.

    Attributes
    ----------
    lights : int
        Of the city.
    known : list of Known
        In the order of the legend; the unknown last.
    spots : list of Spot
        The first of them.
    dirty : int
        How many there are.
    """

    lights: int
    known: list[Known]
    spots: list[Spot]
    dirty: int

    def share(self, how: str) -> float:
        """Return the share of lights known in one way."""
        return next(one.share for one in self.known if one.how == how)


def wiring_card(database: Database, words: Texts) -> WiringCard:
    """Read what the card says."""
    reader = WiringReader(database)
    rungs = reader.rungs().filter(pl.col("kind") == "streetlight")
    counts = dict.fromkeys(dict.fromkeys([*HOW.values(), _UNKNOWN]), 0)
    for rung, things in rungs.select("rung", "things").iter_rows():
        counts[_UNKNOWN if rung is None else HOW[rung]] += things
    lights = sum(counts.values())
    defects = reader.defects()
    return WiringCard(
        lights,
        [Known(how, number, number / max(lights, 1)) for how, number in counts.items()],
        [_spot(words, row) for row in defects.head(_MOST_SHOWN).iter_rows(named=True)],
        defects.height,
    )


def sentence(words: Texts, defect: Mapping[str, Any]) -> str:
    """Return what is wrong with a thing, with the names that say it.

    Parameters
    ----------
    defect : mapping
        A row of ``twin.store.wiring.DEFECTS``.
    """
    code, facts = defect["defect"], json.loads(defect["facts"])
    names = FACTS.get(code, ())
    if not names or any(facts.get(name) is None for name in names):
        return words.plain(f"wiring.defect.{code}")  # found before its facts were kept
    slots = {name: facts[name] for name in names}
    if "km" in slots:
        slots["km"] = words.number(slots["km"])
    return words.plain(f"wiring.sentence.{code}", **slots)


def _spot(words: Texts, row: Mapping[str, Any]) -> Spot:
    keys = (f"wiring.kind.{row['kind']}", f"operator.kind.{row['kind']}")
    noun = next((words.plain(key) for key in keys if key in words), row["kind"])
    return Spot(
        row["kind"],
        row["code"],
        f"{noun[:1].upper()}{noun[1:]} {row['code']}",
        sentence(words, row),
    )
