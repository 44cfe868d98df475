"""Positions along many street sections at once."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from simulators.city.plan import Floats, Integers
from simulators.city.streets import Section


@dataclass(frozen=True, slots=True)
class Lines:
    """The courses of all sections, end to end.

    Attributes
    ----------
    points : array, shape (n, 2)
        Corners in plan coordinates.
    first : array of int, shape (sections + 1,)
        Where each section's corners begin in ``points``.
    at : array, shape (n,)
        Distance of each corner from the very first, walking all courses in turn. [m]
    """

    points: Floats
    first: Integers
    at: Floats

    @classmethod
    def of(cls, sections: list[Section]) -> Self:
        """Lay the courses of sections end to end."""
        points = np.array([point for section in sections for point in section.course])
        first = np.concatenate([[0], np.cumsum([len(section.course) for section in sections])])
        steps = np.hypot(*np.diff(points, axis=0, prepend=points[:1]).T)
        steps[first[:-1]] = 0.0
        return cls(points, first, np.cumsum(steps))

    @property
    def lengths(self) -> Floats:
        """Length of each section. [m]"""
        return np.asarray(self.at[self.first[1:] - 1] - self.at[self.first[:-1]])

    def locate(self, section: Integers, distance: Floats, aside: Floats) -> Floats:
        """Return points on sections; shape (n, 2).

        Parameters
        ----------
        section : array of int
            Which section.
        distance : array
            From its start. [m]
        aside : array
            To the left of its course, negative to the right. [m]
        """
        wanted = self.at[self.first[section]] + distance
        corner = np.searchsorted(self.at, wanted, side="right") - 1
        corner = np.clip(corner, self.first[section], self.first[section + 1] - 2)
        step = self.points[corner + 1] - self.points[corner]
        length = np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-9)
        along = step / length[:, None]
        left = np.column_stack([-along[:, 1], along[:, 0]])
        walked = (wanted - self.at[corner])[:, None]
        return np.asarray(self.points[corner] + walked * along + aside[:, None] * left)

    def densified(self, section: int, step_m: float) -> Floats:
        """Return one course with a corner at least every so many metres; shape (n, 2)."""
        run = self.points[self.first[section] : self.first[section + 1]]
        pieces = [
            np.linspace(a, b, max(1, int(np.hypot(*(b - a)) / step_m)), endpoint=False)
            for a, b in pairwise(run)
        ]
        return np.concatenate([*pieces, run[-1:]])


def share_out(weights: Floats, total: int) -> Integers:
    """Whole numbers in proportion to weights that add up to a total: largest remainders."""
    exact = weights / weights.sum() * total
    counts: Integers = np.floor(exact).astype(np.int64)
    missing = total - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:missing]] += 1
    return counts


def positions(counts: Integers, lengths: Floats) -> tuple[Integers, Floats, Integers]:
    """Spread counts evenly along sections.

    Returns
    -------
    section, distance, rank : arrays of one length
        Distances leave half a spacing at both ends; rank counts from 0 in each section.
    """
    section = np.repeat(np.arange(len(counts)), counts)
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1]
    rank = np.arange(len(section)) - np.repeat(starts, counts)
    distance = (rank + 0.5) / counts[section] * lengths[section]
    return section, distance, rank
