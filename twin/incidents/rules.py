"""Rules in order, over arrays: the first that applies decides.

As ``numpy.select``, but a rule that applies nowhere, as most do on most nights, costs one look at
its flags: nothing is broadcast or copied for it.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from twin.supply.ranges import Flags

Values = TypeVar("Values", bound=np.generic)


def decide(
    rules: Sequence[Flags], values: Sequence[Any], otherwise: npt.NDArray[Values]
) -> npt.NDArray[Values]:
    """Return the value of the first rule that applies.

    Parameters
    ----------
    rules : sequence of bool array (n)
        The first comes first.
    values : sequence of array (n) or number
        What each of them decides.
    otherwise : array (n)
        Where none applies; what is returned has its type.
    """
    decided = otherwise.copy()
    for rule, value in zip(reversed(rules), reversed(values), strict=True):
        if rule.any():
            np.copyto(decided, value, casting="unsafe", where=rule)
    return decided


def among(codes: npt.NDArray[np.integer[Any]], wanted: Sequence[int]) -> Flags:
    """Tell which of some codes are among the few that are wanted."""
    found: Flags = codes == wanted[0]
    for each in wanted[1:]:
        found |= codes == each
    return found


def known_or(values: npt.NDArray[np.float64], unknown: float) -> npt.NDArray[np.float64]:
    """Return values with a number in the place of those that are not known (NaN)."""
    return np.where(np.isnan(values), unknown, values)
