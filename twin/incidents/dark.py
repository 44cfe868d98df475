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
from twin.supply.ranges import Flags, Ints, Longs, concat_ranges, inside


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
        For each run of lights without a gap, which of ``out``.
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
        new = np.ones(len(rank), np.bool_)
        new[1:] = (which[1:] != which[:-1]) | (np.diff(rank) > 1)
        head = np.flatnonzero(new)
        return cls(
            np.flatnonzero(edge == 1).astype(np.int32),
            np.flatnonzero(edge == -1).astype(np.int32),
            rank,
            out.astype(np.int32),
            which[head].astype(np.int32),
            np.append(head, len(rank)),
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


@dataclass(frozen=True, slots=True)
class DarkStretches:
    """Stretches of street whose lights are all dark, in runs along one street.

    Attributes
    ----------
    start, stop : int64 arrays (r)
        Rows ``[start, stop)`` of ``surroundings.stretches``.
    street, cm : int64 arrays (r)
        Of each run: number of its street (-1 without), length. [cm]
    """

    start: Longs
    stop: Longs
    street: Longs
    cm: Longs

    @classmethod
    def below(cls, outage: Outage, dark: DarkLights, surroundings: Surroundings) -> "DarkStretches":
        """Find those that an outage darkens: slices under its roots, then the wide ones."""
        stretches, roots = surroundings.stretches, outage.roots
        end = outage.supply.end[roots]
        run = concat_ranges(stretches.run_of[roots], stretches.run_of[end])
        wide = _wide_rows(dark, surroundings)
        starts = stretches.run_start
        at = np.searchsorted(starts, wide, "right") - 1
        return cls.of(
            surroundings,
            np.concatenate([starts[run], wide]),
            np.concatenate([starts[run + 1], wide + 1]),
            np.concatenate([run, at]),
        )

    @classmethod
    def where(cls, dark: Flags, surroundings: Surroundings) -> "DarkStretches":
        """Find those that some dark lights (m) cover alone."""
        stretches = surroundings.stretches
        if not len(stretches):
            none = np.empty(0, np.int64)
            return cls.of(surroundings, none, none, none)
        lights = stretches.lights
        covered = np.logical_and.reduceat(np.append(dark, False)[lights.values], lights.ptr[:-1])
        row = np.flatnonzero(covered)
        run = np.searchsorted(stretches.run_start, row, "right") - 1
        return cls.of(surroundings, row, row + 1, run)

    @classmethod
    def of(
        cls, surroundings: Surroundings, start: Longs, stop: Longs, run: Longs
    ) -> "DarkStretches":
        """Describe slices of rows, each inside one run."""
        stretches = surroundings.stretches
        return cls(
            start=start,
            stop=stop,
            street=stretches.run_street[run],
            cm=stretches.sum_cm[stop] - stretches.sum_cm[start],
        )

    @property
    def row(self) -> Longs:
        """Rows in ``surroundings.stretches``, one by one."""
        return concat_ranges(self.start, self.stop)

    @property
    def total_cm(self) -> int:
        """Length of them all. [cm]"""
        return int(self.cm.sum())


def _wide_rows(dark: DarkLights, surroundings: Surroundings) -> Longs:
    """Stretches that lights of several intervals cover, all of them dark."""
    stretches = surroundings.stretches
    begin, end = stretches.wide_first[dark.start], stretches.wide_first[dark.stop]
    at = concat_ranges(begin, end)
    at = at[stretches.wide_last[at] >= np.repeat(dark.stop, end - begin)]
    row = stretches.wide[at].astype(np.int64)
    if not len(row):
        return row
    found = inside(stretches.lights.rows(row), dark.start, dark.stop)
    length = stretches.lights.ptr[row + 1] - stretches.lights.ptr[row]
    return row[np.logical_and.reduceat(found, np.cumsum(length) - length)]


def dark_places(dark: DarkLights, surroundings: Surroundings) -> Longs:
    """Return the rows of the places half or more of whose lights are dark (k of n, k = n / 2)."""
    places = surroundings.places
    of_light = places.of_light
    hit = of_light.values[concat_ranges(of_light.ptr[dark.start], of_light.ptr[dark.stop])]
    if not len(hit):
        return np.empty(0, np.int64)
    hits = np.bincount(hit)
    out = np.zeros(len(hits), np.bool_)
    out[hit] = 2 * hits[hit] >= places.lights[hit]
    return np.flatnonzero(out)


def dark_streets(
    supply: Supply, surroundings: Surroundings, dark: DarkLights, covered: DarkStretches
) -> StreetImpact:
    """Total by street, with the dominant cause of each."""
    run, cause, count, cm = _runs(supply, surroundings, dark)
    street = surroundings.street_of_light[surroundings.run_start[run]].astype(np.int64)
    named = covered.street >= 0
    along, length = covered.street[named], covered.cm[named]
    if not len(street) and not len(along):
        none = np.empty(0, np.int64)
        return StreetImpact(none, none, none, none, none.astype(np.int32))
    # Street numbers from the lowest to the highest touched: dense arrays, hardly any sorting.
    low = min(int(each.min()) for each in (street, along) if len(each))
    span = max(int(each.max()) for each in (street, along) if len(each)) - low + 1
    street, along = street - low, along - low
    lights, bare_cm = _sums(street, count, span), _sums(along, length, span)
    bare = lights[along] == 0  # covered by lights of other streets alone
    if bare.any():
        lights_of, first = surroundings.stretches.lights, covered.start[named][bare]
        street = np.concatenate([street, along[bare]])
        cause = np.concatenate([cause, _cause_of(dark, lights_of.values[lights_of.ptr[first]])])
        count, cm = (np.append(each, np.zeros(bare.sum(), np.int64)) for each in (count, cm))
    touched = np.flatnonzero((lights > 0) | (bare_cm > 0))
    ids = np.where(dark.out >= 0, supply.device_id[dark.out], NONE)
    by_id = np.argsort(ids)  # ties go to the lowest id
    main = _dominant(street, np.argsort(by_id)[cause], count, cm, span)
    return StreetImpact(
        street_id=surroundings.street_id[low + touched],
        lights=lights[touched],
        attributed_cm=_sums(street, cm, span)[touched],
        covered_cm=bare_cm[touched],
        cause=dark.out[by_id[main[touched]]],
    )


def _dominant(street: Longs, cause: Longs, count: Longs, cm: Longs, span: int) -> Longs:
    """Tell the cause of most length, then of most lights, then of lowest number, by street."""
    width = int(cause.max()) + 1
    key = street * width + cause
    order = np.argsort(key, kind="stable")  # nearly in order already
    key = key[order]
    head = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))  # pairs of the two
    cm, count = np.add.reduceat(cm[order], head), np.add.reduceat(count[order], head)
    street, cause = np.divmod(key[head], width)
    first = np.flatnonzero(np.concatenate([[True], street[1:] != street[:-1]]))
    pairs = np.diff(np.append(first, len(street)))
    best = cm == np.repeat(np.maximum.reduceat(cm, first), pairs)
    main = np.full(span, NONE, np.int64)
    main[street[best]] = cause[best]
    tied = np.add.reduceat(best.view(np.int8), first) > 1
    if tied.any():
        rival = np.flatnonzero(best & np.repeat(tied, pairs))
        order = np.lexsort((-cause[rival], count[rival], street[rival]))  # the last one wins
        main[street[rival[order]]] = cause[rival[order]]
    return main


def _runs(
    supply: Supply, surroundings: Surroundings, dark: DarkLights
) -> tuple[Longs, Longs, Longs, Longs]:
    """Cut the dark lights into runs of one street and one cause, by street; those on none left out.

    Returns
    -------
    run, cause, lights, cm : int64 arrays
        Which of ``surroundings.run_start``, which of ``dark.out``, lights, their length. [cm]
    """
    starts = surroundings.run_start
    begin = dark.rank[dark.bounds[:-1]]
    end = begin + np.diff(dark.bounds)
    low = surroundings.run_of[begin]
    pieces = surroundings.run_of[end - 1] + 1 - low
    run = concat_ranges(low, low + pieces)
    first = np.maximum(starts[run], np.repeat(begin, pieces))
    stop = np.minimum(starts[run + 1], np.repeat(end, pieces))
    cause = np.repeat(dark.cause, pieces).astype(np.int64)
    order = _by_street(surroundings, run)
    first, stop = first[order], stop[order]
    return run[order], cause[order], stop - first, supply.sum_cm[stop] - supply.sum_cm[first]


def _by_street(surroundings: Surroundings, run: Longs) -> Longs:
    """Order runs by street without sorting: each falls into its own slot."""
    at = surroundings.run_by_street[run]
    slot = np.full(len(surroundings.run_by_street), -1, np.int32)
    slot[at] = np.arange(len(run), dtype=np.int32)
    somewhere = slot[surroundings.runs_nowhere :]  # lights on no street come first
    order = somewhere[somewhere >= 0].astype(np.int64)
    if len(order) + int((slot[: surroundings.runs_nowhere] >= 0).sum()) < len(run):
        order = np.argsort(at, kind="stable")  # a run with a gap comes twice
        order = order[at[order] >= surroundings.runs_nowhere]
    return order


def _cause_of(dark: DarkLights, rank: Ints) -> Longs:
    """Tell which of ``dark.out`` darkens each of some dark lights."""
    run = np.searchsorted(dark.bounds, np.searchsorted(dark.rank, rank), "right") - 1
    return dark.cause[run].astype(np.int64)


def _sums(key: Longs | Ints, values: Longs, rows: int) -> Longs:
    """Sum whole numbers by key; exact below 2 ** 53."""
    return np.bincount(key, values, rows).astype(np.int64)
