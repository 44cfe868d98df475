"""Cut a set of places into compact groups of about equal weight."""

import numpy as np

from simulators.city.plan import Floats, Integers


def balanced_groups(xy: Floats, weight: Floats, count: int) -> Integers:
    """Label each place with its group, by halving along the longer axis again and again.

    Parameters
    ----------
    xy : array, shape (n, 2)
        Positions.
    weight : array, shape (n,)
        Weights; a place is never shared between groups.
    count : int
        How many groups; fewer come out where there are fewer places.

    Returns
    -------
    array of int, shape (n,)
        Labels from 0; near labels are near on the ground.
    """
    labels = np.zeros(len(xy), dtype=np.int64)
    waiting = [(np.arange(len(xy)), 0, count)]
    while waiting:
        members, first, groups = waiting.pop()
        groups = min(groups, len(members))
        if groups <= 1:
            labels[members] = first
            continue
        lower = groups // 2
        here = xy[members] - np.average(xy[members], axis=0)
        _, axes = np.linalg.eigh(here.T @ here)
        axis = axes[:, -1] * (1.0 if axes[np.argmax(np.abs(axes[:, -1])), -1] > 0 else -1.0)
        ordered = members[np.argsort(here @ axis, kind="stable")]
        heap = np.cumsum(weight[ordered])
        cut = 1 + int(np.argmin(np.abs(heap - heap[-1] * lower / groups)))
        cut = min(max(cut, lower), len(ordered) - (groups - lower))
        waiting.append((ordered[:cut], first, lower))
        waiting.append((ordered[cut:], first + lower, groups - lower))
    return labels
