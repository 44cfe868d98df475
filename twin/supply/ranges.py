"""Small array tools that the layout is made of: look-ups, concatenated ranges, ragged rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def concat_ranges(start: npt.NDArray[np.integer], end: npt.NDArray[np.integer]) -> Longs:
    """Join the ranges ``[start[i], end[i])``.

    Parameters
    ----------
    start, end : integer array (n)
        Bounds, ``end >= start``.

    Returns
    -------
    int64 array
        ``start[0], start[0] + 1, …, end[0] - 1, start[1], …``.
    """
    length = (end - start).astype(np.int64)
    total = int(length.sum())
    if not total:
        return np.empty(0, np.int64)
    before = np.cumsum(length) - length
    joined: Longs = np.repeat(start.astype(np.int64) - before, length)
    joined += np.arange(total, dtype=np.int64)
    return joined


def inside(
    values: npt.NDArray[np.integer[Any]],
    start: npt.NDArray[np.integer[Any]],
    stop: npt.NDArray[np.integer[Any]],
) -> Flags:
    """Tell which values lie in one of the disjoint ascending ranges ``[start[i], stop[i])``."""
    if not len(start):
        return np.zeros(len(values), np.bool_)
    at = np.searchsorted(start, values, "right") - 1
    found: Flags = (at >= 0) & (values < stop[at])
    return found


def index_of(ids: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> Ints:
    """Return where each wanted id stands in sorted distinct ``ids``; -1 where it does not."""
    if not len(ids):
        return np.full(len(wanted), -1, np.int32)
    at = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[at] == wanted, at, -1).astype(np.int32)


def rows_of(ids: Longs, wanted: Longs) -> Ints:
    """Return where each wanted id stands in distinct ``ids`` of any order; -1 where it does not."""
    order = np.argsort(ids)
    at = index_of(ids[order], wanted)
    return np.where(at >= 0, order[at], -1).astype(np.int32) if len(ids) else at


def prefix_sum(values: npt.NDArray[np.integer]) -> Longs:
    """Return ``s`` with ``s[b] - s[a]`` the sum of ``values[a:b]``; exact, for integers only."""
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    return sums


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of different lengths: row ``i`` is ``values[ptr[i]:ptr[i + 1]]``.

    Attributes
    ----------
    ptr : int32 array (rows + 1)
        Where each row begins; the last is the number of values.
    values : int32 array
        All rows, one after another.
    """

    ptr: Ints
    values: Ints

    @classmethod
    def group(cls, key: npt.NDArray[np.integer], values: Ints, rows: int) -> "Ragged":
        """Gather values by key ``0 … rows - 1``; inside a row they keep their order."""
        order = np.argsort(key, kind="stable")
        ptr = np.zeros(rows + 1, np.int32)
        np.cumsum(np.bincount(key, minlength=rows), out=ptr[1:])
        return cls(ptr, values[order])

    def __len__(self) -> int:
        return len(self.ptr) - 1

    @property
    def lengths(self) -> Ints:
        """Number of values in each row."""
        return np.diff(self.ptr)

    def row(self, which: int) -> Ints:
        """Return the values of one row."""
        return self.values[self.ptr[which] : self.ptr[which + 1]]

    def rows(self, which: npt.NDArray[np.integer]) -> Ints:
        """Return the values of some rows, joined."""
        return self.values[concat_ranges(self.ptr[which], self.ptr[which + 1])]


def apportion(amount: Longs, key: Ints, weight: Longs) -> Longs:
    """Share whole amounts among their holders, losing nothing.

    Largest remainder: each holder gets the whole part of its due, then the units left over go to
    the largest fractions, the first holder winning a tie.

    Parameters
    ----------
    amount : int64 array (k)
        What each key has to give, at least 0.
    key : int32 array (n)
        Which amount a holder shares in; -1 for none.
    weight : int64 array (n)
        How much a holder weighs among those of its key; all equal where they sum to 0.

    Returns
    -------
    int64 array (n)
        Shares; those of a key sum to its amount, if it has a holder at all.
    """
    share = np.zeros(len(key), np.int64)
    holder = np.flatnonzero(key >= 0)
    if not len(holder):
        return share
    group, heavy = key[holder].astype(np.int64), weight[holder].astype(np.int64)
    total = np.bincount(group, weights=heavy, minlength=len(amount)).astype(np.int64)
    heavy = np.where(total[group] == 0, 1, heavy)
    total = np.bincount(group, weights=heavy, minlength=len(amount)).astype(np.int64)
    due = amount[group] * heavy
    whole, rest = due // total[group], due % total[group]
    left = amount - np.bincount(group, weights=whole, minlength=len(amount)).astype(np.int64)
    order = np.lexsort((np.arange(len(group)), -rest, group))
    first = np.searchsorted(group[order], group[order])
    rank = np.arange(len(group)) - first
    whole[order] += rank < left[group[order]]
    share[holder] = whole
    return share
