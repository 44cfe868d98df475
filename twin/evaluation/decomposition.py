"""Split a change of energy between its causes, without residue (LMDI)."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from twin.evaluation.regression import FloatArray


def split(
    before: Mapping[str, npt.ArrayLike], after: Mapping[str, npt.ArrayLike]
) -> dict[str, FloatArray]:
    """Share out ``E1 - E0`` where energy is a product of factors, e.g. lamps x power x hours.

    Additive log-mean Divisia index: ``part_x = L ln(x1/x0)``, ``L = (E1 - E0)/ln(E1/E0)``. The
    parts sum to the change exactly. Where energy falls to zero, or rises from it, the factors that
    are zero take the whole change in equal parts, which is the limit.

    Parameters
    ----------
    before, after : mapping of name to array_like
        The same names; values >= 0 whose product is an energy. [any units that multiply to kWh]

    Returns
    -------
    dict
        For each name, its part of the change; negative: it saved. [kWh]
    """
    if before.keys() != after.keys():
        raise ValueError(f"the same factors on both sides: {sorted(before)} and {sorted(after)}")
    x0 = np.stack(np.broadcast_arrays(*(np.asarray(before[n], np.float64) for n in before)))
    x1 = np.stack(np.broadcast_arrays(*(np.asarray(after[n], np.float64) for n in before)))
    change = x1.prod(axis=0) - x0.prod(axis=0)
    vanished = (x0 == 0) | (x1 == 0)
    regular = ~vanished.any(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(regular, np.log(x1 / x0), 0.0)
    half = logs.sum(axis=0) / 2
    # the logarithmic mean in the form that does not cancel where E1 is close to E0
    mean = np.sqrt(x0.prod(axis=0) * x1.prod(axis=0)) * np.where(
        half == 0, 1.0, np.sinh(half) / np.where(half == 0, 1.0, half)
    )
    limits = vanished * (change / np.maximum(vanished.sum(axis=0), 1))
    parts = np.where(regular, logs * mean, limits)
    return dict(zip(before, parts, strict=True))
