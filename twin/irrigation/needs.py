"""What each zone needs tonight: water or not, and how deep."""

from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

KNOWN_WITHIN = 0.05  # share of TAW: bounds closer than that are one value
ROOM_LIMIT = 0.5  # of the threshold: the room kept for rain never eats the whole refill


class Decision(StrEnum):
    """What is done with a zone one night."""

    WATER = "water"
    ENOUGH = "enough"
    SKIPPED = "skipped"
    """A person said so."""
    BANNED = "banned"
    """The law says so."""
    BLOCKED = "blocked"
    """It cannot be watered: frost, no valve, more flow than its water supply gives."""
    UNKNOWN = "unknown"
    """What is known of the soil does not tell; nothing is opened on a guess."""


class Needs(NamedTuple):
    """Arrays (Z,)."""

    decision: npt.NDArray[np.str_]
    depth_mm: FloatArray
    """To give; 0 unless the decision is to water."""
    threshold_mm: FloatArray
    """Depletion from which a zone is watered."""


def needs(
    low_mm: npt.ArrayLike,
    high_mm: npt.ArrayLike,
    *,
    available_mm: npt.ArrayLike,
    depletion_fraction: npt.ArrayLike,
    rain_room: float = 0.2,
) -> Needs:
    """Decide from the depletion, or from its bounds where it is not known well.

    Parameters
    ----------
    low_mm, high_mm : array_like (Z,)
        Least and most depletion possible. The depth follows the least: more would percolate if
        the soil is wetter than feared.
    available_mm : array_like (Z,)
        TAW.
    depletion_fraction : array_like (Z,)
        Allowed depletion, a choice of management, as a share of TAW.
    rain_room : float
        Share of TAW left empty for rain.
    """
    low, high = np.asarray(low_mm, np.float64), np.asarray(high_mm, np.float64)
    available = np.asarray(available_mm, dtype=np.float64)
    fraction = np.asarray(depletion_fraction, dtype=np.float64)
    threshold = fraction * available
    known = high - low <= KNOWN_WITHIN * available
    water = np.where(known, (low + high) / 2 >= threshold, low >= threshold)
    enough = np.where(known, ~water, high < threshold)
    decision = np.select(
        [water, enough], [Decision.WATER.value, Decision.ENOUGH.value], Decision.UNKNOWN.value
    )
    room = np.minimum(rain_room, ROOM_LIMIT * fraction) * available
    depth = np.where(water, np.maximum(low - room, 0.0), 0.0)
    return Needs(decision, depth, threshold)


def reserve_percent(depletion_mm: npt.ArrayLike, available_mm: npt.ArrayLike) -> FloatArray:
    """Return the soil's reserve, ``100 (1 - Dr/TAW)``. [%]"""
    share = np.asarray(depletion_mm, np.float64) / np.asarray(available_mm, np.float64)
    percent: FloatArray = 100.0 * (1.0 - share)
    return percent
