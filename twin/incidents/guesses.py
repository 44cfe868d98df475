"""Lights whose supply is a guess: their possible devices, each with its probability (rung L3)."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from twin.supply import Supply
from twin.supply.layout import longs
from twin.supply.ranges import Flags, Floats, Ints

GUESSED_RUNG = 3
"""The rung of links that positions and streets suggest."""


@dataclass(frozen=True, slots=True)
class Guesses:
    """The possible devices of lights that no register, no plan and no event puts on one.

    Attributes
    ----------
    guessed : bool array (m)
        Lights, by rank, of which that is so.
    rank, place : int32 arrays (g)
        Light and possible device.
    probability : float array (g)
        That it is this one; those of a light sum to less than 1.
    """

    guessed: Flags
    rank: Ints
    place: Ints
    probability: Floats

    @classmethod
    def of(cls, links: pl.DataFrame | None, supply: Supply, light_rung: Ints) -> "Guesses":
        """Gather them from the links of role ``supplies`` (``frames.LINKS``)."""
        guessed = light_rung == GUESSED_RUNG
        if links is None or not guessed.any():
            nothing = np.empty(0, np.int32)
            return cls(np.zeros(len(guessed), np.bool_), nothing, nothing, np.empty(0))
        some = links.filter(pl.col("rung") == GUESSED_RUNG)
        rank = supply.rank_of(longs(some, "child_id"))
        place = supply.place_of(longs(some, "parent_id"))
        ours = (rank >= 0) & (place >= 0) & guessed[rank]
        told = np.zeros(len(guessed), np.bool_)
        told[rank[ours]] = True
        chance = some["confidence"].cast(pl.Float64).to_numpy()[ours]
        return cls(told, rank[ours], place[ours], chance)

    def p_lost(self, dead: Floats) -> Floats:
        """Probability that each light's supply is dead, whichever device it hangs on.

        Parameters
        ----------
        dead : float array (n)
            Probability that each device carries no supply, by place.

        Returns
        -------
        float array (m)
            0 where nothing is guessed.
        """
        lost: Floats = np.bincount(
            self.rank, self.probability * dead[self.place], len(self.guessed)
        ).astype(np.float64)
        return lost
