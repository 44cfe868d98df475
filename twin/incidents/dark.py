"""What a set of dark lights means: metres, residents, streets, stretches, places.

The set is given as disjoint intervals of ranks, whether it comes from an outage (all that hangs on
some devices) or from what is known of each light; the cost grows with the set, not with the city.
"""

from dataclasses import dataclass

import numpy as np

from twin.incidents.outage import Outage, Totals, totals
from twin.incidents.surroundings import Surroundings
from twin.supply import Supply
from twin.supply.layout import NONE
from twin.supply.ranges import Flags, Ints, Longs, concat_ranges


@dataclass(frozen=True, slots=True)
class DarkLights:
    """A set of dark lights with the cause of each.

    Attributes
    ----------
    start, stop : int32 array (i)
        Disjoint ascending intervals of ranks.
    rank : int64 array (d)
        The same, one by one.
    out : int32 array (t)
        Places of the causes, ascending; -1 for "by itself".
    cause : int32 array (r)
        For each run of lights, which of ``out``.
    bounds : int64 array (r + 1)
        Where runs begin in ``rank``; the last is its length.
    """

    start: Ints
    stop: Ints
    rank: Longs
    out: Ints
    cause: Ints
    bounds: Longs

    @classmethod
    def below(cls, outage: Outage) -> "DarkLights":
        """Take all lights that hang on the devices of an outage."""
        supply, roots = outage.supply, outage.roots
        return cls(
            supply.first_light[roots],
            supply.last_light[roots],
            outage.lights,
            outage.out,
            *outage.segments,
        )

    @classmethod
    def where(cls, dark: Flags, proximate: Ints) -> "DarkLights":
        """Take some lights, each with its own cause.

        Parameters
        ----------
        dark : bool array (m)
            The set, by rank.
        proximate : int32 array (m)
            Place of the cause of each; -1 for none.
        """
        edge = np.diff(np.concatenate([[False], dark, [False]]).astype(np.int8))
        rank = np.flatnonzero(dark)
        out, which = np.unique(proximate[rank], return_inverse=True)
        new = np.flatnonzero(np.concatenate([[True], which[1:] != which[:-1]])[: len(rank)])
        return cls(
            np.flatnonzero(edge == 1).astype(np.int32),
            np.flatnonzero(edge == -1).astype(np.int32),
            rank,
            out.astype(np.int32),
            which[new].astype(np.int32),
            np.append(new, len(rank)),
        )

    def totals(self, supply: Supply) -> Totals:
        """Add up lights, length, residents: prefix-sum differences, exact."""
        return totals(supply, self.start, self.stop)


@dataclass(frozen=True, slots=True)
class StreetImpact:
    """Streets with dark lights, ascending by street id.

    Attributes
    ----------
    street_id : int64 array (k)
        Their ids.
    lights : int64 array (k)
        Dark lights on each.
    attributed_cm : int64 array (k)
        Length that those lights answer for. [cm]
    covered_cm : int64 array (k)
        Length that no working light covers any more. [cm]
    cause : int32 array (k)
        Place of the dominant cause: the proximate cause of the greatest attributed length, then
        of most lights, then the lowest id.
    """

    street_id: Longs
    lights: Longs
    attributed_cm: Longs
    covered_cm: Longs
    cause: Ints


def dark_stretches(dark: DarkLights, surroundings: Surroundings) -> Longs:
    """Return the rows of the stretches of street whose lights are all dark."""
    stretches = surroundings.stretches
    begin, end = stretches.first[dark.start], stretches.first[dark.stop]
    row = concat_ranges(begin, end)
    inside = stretches.last[row] < np.repeat(dark.stop, end - begin)
    open_row = row[~inside]
    if len(open_row):  # reaches past its interval: every one of its lights must be looked up
        found = _is_dark(stretches.lights.rows(open_row), dark)
        length = stretches.lights.lengths[open_row]
        inside[~inside] = np.logical_and.reduceat(found, np.cumsum(length) - length)
    return row[inside]


def _is_dark(rank: Ints, dark: DarkLights) -> Flags:
    at = np.searchsorted(dark.start, rank, "right") - 1
    found: Flags = (at >= 0) & (rank < dark.stop[np.maximum(at, 0)])
    return found


def dark_places(dark: DarkLights, surroundings: Surroundings) -> Longs:
    """Return the rows of the places half or more of whose lights are dark (k of n, k = n / 2)."""
    places = surroundings.places
    of_light = places.of_light
    hit = of_light.values[concat_ranges(of_light.ptr[dark.start], of_light.ptr[dark.stop])]
    if not len(hit):
        return np.empty(0, np.int64)
    low = int(hit.min())
    hits = np.bincount(hit - low)
    touched = np.flatnonzero(hits)
    return low + touched[2 * hits[touched] >= places.lights[low + touched]]


def dark_streets(
    supply: Supply, surroundings: Surroundings, dark: DarkLights, stretch: Longs
) -> StreetImpact:
    """Total by street, with the dominant cause of each.

    Parameters
    ----------
    stretch : int64 array
        Rows of the dark stretches (:func:`dark_stretches`).
    """
    stretches = surroundings.stretches
    street, cause, count, cm = _runs(supply, surroundings, dark)
    covered_of = np.zeros(len(surroundings.street_id) + 1, np.int64)  # the last: on no street
    np.add.at(covered_of, stretches.street[stretch], stretches.length_cm[stretch])
    bare = _covered_elsewhere(surroundings, dark, stretch, street)
    street, cause = np.concatenate([street, bare[0]]), np.concatenate([cause, bare[1]])
    count, cm = (np.concatenate([each, np.zeros(len(bare[0]), np.int64)]) for each in (count, cm))
    # one row for each pair of street and cause, then the greatest of each street
    by_id = np.argsort(np.append(supply.device_id, NONE)[dark.out])
    cause = np.argsort(by_id)[cause]  # ties go to the lowest id
    width = max(len(dark.out), 1)
    pair, row = np.unique(street * width + cause, return_inverse=True)
    count, cm = _sums(row, count, len(pair)), _sums(row, cm, len(pair))
    order = np.lexsort((pair % width, -count, -cm, pair // width))
    streets, first, where = np.unique(
        (pair // width)[order], return_index=True, return_inverse=True
    )
    return StreetImpact(
        street_id=surroundings.street_id[streets],
        lights=_sums(where, count[order], len(streets)),
        attributed_cm=_sums(where, cm[order], len(streets)),
        covered_cm=covered_of[streets],
        cause=dark.out[by_id[(pair % width)[order][first]]],
    )


def _runs(
    supply: Supply, surroundings: Surroundings, dark: DarkLights
) -> tuple[Longs, Longs, Longs, Longs]:
    """Cut the dark lights into runs of one street and one cause.

    Returns
    -------
    street, cause, lights, cm : int64 arrays
        Number of the street, which of ``dark.out``, lights, length they answer for. [cm]
    """
    rank = dark.rank
    street = surroundings.street_of_light[rank]
    new = np.ones(len(rank), np.bool_)
    np.not_equal(street[1:], street[:-1], out=new[1:])
    new[1:] |= rank[1:] != rank[:-1] + 1
    new[dark.bounds[:-1]] = True
    head = np.flatnonzero(new)
    lights = np.diff(np.append(head, len(rank)))
    cause = np.repeat(dark.cause, np.diff(np.searchsorted(head, dark.bounds)))
    cm = supply.sum_cm[rank[head] + lights] - supply.sum_cm[rank[head]]
    known = street[head] >= 0
    return (
        street[head][known].astype(np.int64),
        cause[known].astype(np.int64),
        lights[known],
        cm[known],
    )


def _covered_elsewhere(
    surroundings: Surroundings, dark: DarkLights, stretch: Longs, street: Longs
) -> tuple[Longs, Longs]:
    """Streets dark only along stretches that lights of other streets cover, with a cause each."""
    stretches = surroundings.stretches
    row = stretch[stretches.street[stretch] >= 0]
    row = row[~np.isin(stretches.street[row], street)]
    lowest = stretches.lights.values[stretches.lights.ptr[row]]
    at = np.searchsorted(dark.bounds, np.searchsorted(dark.rank, lowest), "right") - 1
    return stretches.street[row].astype(np.int64), dark.cause[at].astype(np.int64)


def _sums(key: Longs, values: Longs, rows: int) -> Longs:
    """Sum whole numbers by key; exact below 2 ** 53."""
    return np.bincount(key, values, rows).astype(np.int64)
