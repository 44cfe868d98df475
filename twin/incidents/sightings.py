"""What people and cameras say they see: residents' calls, cameras, patrols, crews.

A call weighs ``ln(c / e)``: ``c`` the chance that somebody calls about a dark light, ``e`` that
somebody does about a lit one. Neither is known: ``e`` is learnt from the calls about lights whose
own instrument sees them lit, so that a flood of false calls refutes itself, and one caller counts
once. What cannot count (too old, ahead of time, overtaken by an outage, about nothing we know) is
set aside, with its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from twin.incidents.times import NEVER, SECOND
from twin.supply.ranges import Flags, Floats, Longs


class Witness(IntEnum):
    """Who saw."""

    RESIDENT = 0
    CAMERA = 1
    PATROL = 2
    CREW = 3


CALL_RATE = 0.06
"""Chance that somebody calls about a dark light."""

FALSE_CALL_RATE = 0.004
"""Chance that somebody calls about a lit one."""

FALSE_CALL_TRUST = 500.0
"""How many watched lights the assumed rate of false calls is worth, before it is learnt anew."""

MISTAKEN = {Witness.CAMERA: 0.01, Witness.PATROL: 0.003, Witness.CREW: 0.003}
"""Chance that a witness takes a light for dark that is lit, or the reverse."""

VALID_S = 3 * 3600.0
"""How long what was seen stays worth anything. [s]"""

AHEAD_S = 300.0
"""Clocks differ by this much at most. [s]"""

CALLERS_TOLD_APART = 3
"""So many callers about one light are independent; more know of one another."""


@dataclass(frozen=True, slots=True)
class Sightings:
    """What was said; arrays of one length (k), in any order.

    Attributes
    ----------
    light : int64
        Rank of the light; -1 where it is none of ours.
    dark : bool
        Seen dark, or lit.
    at : int64
        When it was seen. [µs]
    witness : uint8
        ``Witness``.
    reporter : int64
        Stands for who said so; -1 where that is not known: then all such are one.
    """

    light: Longs
    dark: Flags
    at: Longs
    witness: npt.NDArray[np.uint8]
    reporter: Longs

    def __len__(self) -> int:
        return len(self.light)

    @classmethod
    def none(cls) -> "Sightings":
        """Nobody said anything."""
        empty = np.empty(0, np.int64)
        no = np.empty(0, np.bool_)
        return cls(empty, no, empty, np.empty(0, np.uint8), empty)


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What sightings are worth at an instant.

    Attributes
    ----------
    weight : float64 array (m)
        Weight on each light, ``ln P(said | dead) - ln P(said | supplied)``, by rank. [nat]
    dark_at : int64 array (m)
        When each was last seen dark; ``NEVER`` where nobody said so. [µs]
    seen_dark_at, seen_lit_at : int64 array (m)
        When a witness other than a resident last saw it dark, or lit; ``NEVER`` where none did:
        such a word confirms. [µs]
    false_call_rate : float
        As learnt.
    counted : int
        Sightings that count.
    set_aside : dict of str to int
        How many do not, by reason: ``too_old``, ``ahead_of_time``, ``overtaken``, ``unknown``,
        ``repeated``.
    """

    weight: Floats
    dark_at: Longs
    seen_dark_at: Longs
    seen_lit_at: Longs
    false_call_rate: float
    counted: int
    set_aside: Mapping[str, int]


def weigh_sightings(
    said: Sightings,
    *,
    lights: int,
    now: int,
    lit: Flags | None = None,
    lamp_failure: float,
    void_before: Longs | None = None,
    struck_at: Longs | None = None,
    switched_at: int = NEVER,
) -> Witnessed:
    """Weigh what was said at an instant.

    Parameters
    ----------
    said : Sightings
        Everything that was said of late.
    lights : int
        How many lights there are.
    now : int
        The instant. [µs]
    lit : bool array (m), optional
        Lights whose own instrument says they burn: calls about them are false.
    lamp_failure : float
        Share of lamps out by themselves: a lamp seen dark need not be without supply.
    void_before : int64 array (m), optional
        What was seen of a light up to here is void: its supply came back. [µs]
    struck_at : int64 array (m), optional
        Light seen up to here is void: its supply was struck. [µs]
    switched_at : int, optional
        When lights last had to switch: what was seen dark before proves nothing. [µs]
    """
    if not len(said):
        never = np.full(lights, NEVER, np.int64)
        return Witnessed(np.zeros(lights), never, never, never, FALSE_CALL_RATE, 0, {})
    burning = np.zeros(lights, np.bool_) if lit is None else lit
    void = np.full((2, lights), switched_at)
    for kind, at in ((0, void_before), (1, void_before), (1, struck_at)):
        void[kind] = void[kind] if at is None else np.maximum(void[kind], at)
    keep, set_aside = _sift(said, lights, now, void)
    light, dark, at = said.light[keep], said.dark[keep], said.at[keep]
    witness = said.witness[keep]
    call = dark & (witness == Witness.RESIDENT)
    rate = _false_calls(light[call], burning)
    weight = np.zeros(lights)
    callers = np.minimum(np.bincount(light[call], minlength=lights), CALLERS_TOLD_APART)
    weight += _through_lamp(callers * max(np.log(CALL_RATE / rate), 0.0), lamp_failure)
    for which, wrong in MISTAKEN.items():
        for seen, sign in ((True, 1.0), (False, -1.0)):
            there = np.unique(light[(witness == which) & (dark == seen)])
            sure = np.full(len(there), sign * np.log((1 - wrong) / wrong))
            weight[there] += _through_lamp(sure, lamp_failure)
    expert = witness != Witness.RESIDENT
    dark_at, seen_dark_at, seen_lit_at = (
        _latest(light[which], at[which], lights) for which in (dark, dark & expert, ~dark & expert)
    )
    return Witnessed(weight, dark_at, seen_dark_at, seen_lit_at, rate, len(light), set_aside)


def _latest(light: Longs, at: Longs, lights: int) -> Longs:
    """Latest word on each light; ``NEVER`` without. [µs]"""
    latest = np.full(lights, NEVER, np.int64)
    np.maximum.at(latest, light, at)
    return latest


def _sift(said: Sightings, lights: int, now: int, void: Longs) -> tuple[Longs, dict[str, int]]:
    """Keep what can count: one word, the newest, of each reporter on each light.

    Parameters
    ----------
    void : int64 array (2, m)
        Up to when what was seen dark, and what was seen lit, is overtaken. [µs]
    """
    ours = (said.light >= 0) & (said.light < lights)
    rules: Sequence[tuple[str, Flags]] = (
        ("unknown", ~ours),
        ("ahead_of_time", said.at > now + int(AHEAD_S * SECOND)),
        ("too_old", said.at < now - int(VALID_S * SECOND)),
        (
            "overtaken",
            said.at <= void[(~said.dark).astype(int), np.where(ours, said.light, 0)]
            if lights
            else ~ours,
        ),
    )
    why = np.select([rule for _, rule in rules], list(range(len(rules))), -1)
    set_aside = {name: n for k, (name, _) in enumerate(rules) if (n := int((why == k).sum()))}
    left = np.flatnonzero(why < 0)
    order = left[np.argsort(-said.at[left], kind="stable")]
    key = np.stack([said.light[order], said.witness[order], said.reporter[order]], axis=1)
    _, first = np.unique(key, axis=0, return_index=True)
    keep = np.sort(order[first])
    if len(left) > len(keep):
        set_aside["repeated"] = len(left) - len(keep)
    return keep, set_aside


def _false_calls(called: Longs, lit: Flags) -> float:
    """Learn how often lit lights are called dark, from those whose instruments see them lit."""
    watched = int(lit.sum())
    wrong = len(np.unique(called[lit[called]]))
    prior = FALSE_CALL_RATE * FALSE_CALL_TRUST
    return float((prior + wrong) / (FALSE_CALL_TRUST + watched))


def _through_lamp(weight: Floats, lamp_failure: float) -> Floats:
    """Turn the weight for "dark, not lit" into one for "unsupplied, not supplied".

    A supplied light is dark all the same where its lamp failed:
    ``r - ln(1 - q + q e^r)``. [nat]
    """
    q = lamp_failure
    through: Floats = weight - np.logaddexp(np.log1p(-q), np.log(q) + weight)
    return through
