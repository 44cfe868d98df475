"""Everything that one outage touches: lights, metres, people, streets, places, gateways, sensors.

``impact`` answers the whole question; ``Outage(...).totals`` the headline alone, in microseconds.
"""

from dataclasses import dataclass

import numpy as np

from twin.incidents.outage import Outage, Totals
from twin.incidents.surroundings import Surroundings
from twin.supply import Supply
from twin.supply.ranges import Flags, Floats, Ints, Longs, concat_ranges


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
class Impact:
    """The full answer for one set of devices out.

    Attributes
    ----------
    outage : Outage
        Devices out, dark lights with proximate and root cause.
    totals : Totals
        Lights, attributed length, residents.
    covered_cm : int
        Length of street where every light is out. [cm]
    streets : StreetImpact
        The same by street.
    stretch_id : int64 array
        Stretches fully dark.
    place_id : int64 array
        Places at least half of whose lights are dark, ascending.
    place_kind : str array
        Their kinds.
    gateway_id, power_silent_id, radio_silent_id : int64 arrays
        Gateways down; sensors silent because their own supply is dark; sensors silent because
        every gateway that hears them is down (counted once, power first). Ascending.
    """

    outage: Outage
    totals: Totals
    covered_cm: int
    streets: StreetImpact
    stretch_id: Longs
    place_id: Longs
    place_kind: np.ndarray[tuple[int], np.dtype[np.str_]]
    gateway_id: Longs
    power_silent_id: Longs
    radio_silent_id: Longs

    def places(self, kind: str) -> int:
        """Count the dark places of a kind."""
        return int((self.place_kind == kind).sum())


def impact(
    supply: Supply,
    surroundings: Surroundings,
    out: Ints | Longs,
    *,
    hours_out: float | Floats = np.inf,
    gateways_down: Longs | None = None,
) -> Impact:
    """Tell everything that goes dark or silent when devices are out.

    Parameters
    ----------
    out : int array (t)
        Places of the devices that are out themselves (``supply.place_of(ids)``), ascending.
    hours_out : float or float array (t), optional
        For how long each has been out: a gateway with a battery falls silent only after its
        backup time. [h]
    gateways_down : int64 array, optional
        Ids of gateways known to be down for another reason.
    """
    outage = Outage(supply, out)
    stretch, covered = _dark_stretches(outage, surroundings)
    dark_place = _dark_places(outage, surroundings)
    gateway, by_power, by_radio = _silent(
        outage, surroundings, _hours(outage, out, hours_out), gateways_down
    )
    places, radio = surroundings.places, surroundings.radio
    return Impact(
        outage=outage,
        totals=outage.totals,
        covered_cm=int(covered.sum()),
        streets=_streets(outage, surroundings, stretch, covered),
        stretch_id=np.sort(surroundings.stretches.id[stretch]),
        place_id=places.id[dark_place],
        place_kind=places.kind[dark_place],
        gateway_id=np.sort(radio.gateway_id[gateway]),
        power_silent_id=np.sort(radio.sensor_id[by_power]),
        radio_silent_id=np.sort(radio.sensor_id[by_radio]),
    )


def _dark_stretches(outage: Outage, surroundings: Surroundings) -> tuple[Longs, Longs]:
    """Rows of the stretches whose lights are all dark, and their lengths."""
    supply, stretches = outage.supply, surroundings.stretches
    a, b = supply.first_light[outage.roots], supply.last_light[outage.roots]
    begin, end = stretches.first[a], stretches.first[b]
    row = concat_ranges(begin, end)
    inside = stretches.last[row] < np.repeat(b, end - begin)
    open_row = row[~inside]
    if len(open_row):  # reaches past its interval: every one of its lights must be looked up
        dark = _is_dark(stretches.lights.rows(open_row), a, b)
        starts = np.cumsum(stretches.lights.lengths[open_row]) - stretches.lights.lengths[open_row]
        inside[~inside] = np.logical_and.reduceat(dark, starts)
    row = row[inside]
    return row, stretches.length_cm[row]


def _is_dark(rank: Ints, start: Ints, stop: Ints) -> Flags:
    """Whether ranks lie in one of the disjoint ascending intervals ``[start, stop)``."""
    at = np.searchsorted(start, rank, "right") - 1
    dark: Flags = (at >= 0) & (rank < stop[np.maximum(at, 0)])
    return dark


def _dark_places(outage: Outage, surroundings: Surroundings) -> Longs:
    """Rows of the places half or more of whose lights are dark (k of n, k = n / 2)."""
    supply, places = outage.supply, surroundings.places
    a, b = supply.first_light[outage.roots], supply.last_light[outage.roots]
    of_light = places.of_light
    hit = of_light.values[concat_ranges(of_light.ptr[a], of_light.ptr[b])]
    if not len(hit):
        return np.empty(0, np.int64)
    low = int(hit.min())
    hits = np.bincount(hit - low)
    touched = np.flatnonzero(hits)
    return low + touched[2 * hits[touched] >= places.lights[low + touched]]


def _streets(
    outage: Outage, surroundings: Surroundings, stretch: Longs, covered: Longs
) -> StreetImpact:
    """Totals and dominant cause by street."""
    street, cause, count, cm = _runs(outage, surroundings)
    covered_of = np.zeros(len(surroundings.street_id) + 1, np.int64)  # the last: on no street
    np.add.at(covered_of, surroundings.stretches.street[stretch], covered)
    bare = _covered_elsewhere(outage, surroundings, stretch, street)
    street, cause = np.concatenate([street, bare[0]]), np.concatenate([cause, bare[1]])
    count, cm = (np.concatenate([each, np.zeros(len(bare[0]), np.int64)]) for each in (count, cm))
    # one row for each pair of street and cause, then the greatest of each street
    by_id = np.argsort(supply_id := outage.supply.device_id[outage.out])
    cause = np.argsort(by_id)[cause]  # ties go to the lowest id
    width = max(len(supply_id), 1)
    pair, row = np.unique(street.astype(np.int64) * width + cause, return_inverse=True)
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
        cause=outage.out[by_id[(pair % width)[order][first]]],
    )


def _runs(outage: Outage, surroundings: Surroundings) -> tuple[Longs, Longs, Longs, Longs]:
    """Cut the dark lights into runs of one street and one proximate cause.

    Returns
    -------
    street, cause, lights, cm : int64 arrays
        Number of the street, which of ``outage.out``, lights, length they answer for. [cm]
    """
    rank, (device, start) = outage.lights, outage.segments
    street = surroundings.street_of_light[rank]
    new = np.ones(len(rank), np.bool_)
    np.not_equal(street[1:], street[:-1], out=new[1:])
    new[1:] |= rank[1:] != rank[:-1] + 1
    new[start[:-1]] = True
    head = np.flatnonzero(new)
    lights = np.diff(np.append(head, len(rank)))
    cause = np.repeat(device, np.diff(np.searchsorted(head, start)))
    sums = outage.supply.sum_cm
    cm = sums[rank[head] + lights] - sums[rank[head]]
    known = street[head] >= 0
    return (
        street[head][known].astype(np.int64),
        cause[known].astype(np.int64),
        lights[known],
        cm[known],
    )


def _covered_elsewhere(
    outage: Outage, surroundings: Surroundings, stretch: Longs, street: Longs
) -> tuple[Longs, Longs]:
    """Streets dark only along stretches that lights of other streets cover, with a cause each."""
    stretches = surroundings.stretches
    row = stretch[stretches.street[stretch] >= 0]
    row = row[~np.isin(stretches.street[row], street)]
    device, start = outage.segments
    lowest = stretches.lights.values[stretches.lights.ptr[row]]
    at = np.searchsorted(start, np.searchsorted(outage.lights, lowest), "right") - 1
    return stretches.street[row].astype(np.int64), device[at].astype(np.int64)


def _sums(key: Longs, values: Longs, rows: int) -> Longs:
    """Sum whole numbers by key; exact below 2 ** 53."""
    return np.bincount(key, values, rows).astype(np.int64)


def _hours(outage: Outage, out: Ints | Longs, hours_out: float | Floats) -> Floats:
    """For each of ``outage.out``, the longest time that it or a device above has been out."""
    own = np.zeros(len(outage.out))
    own[np.searchsorted(outage.out, np.asarray(out))] = hours_out
    for device, cutting in outage.cut_by.items():
        own[np.searchsorted(outage.out, device)] = own[np.searchsorted(outage.out, cutting)].min()
    above = outage.above
    longest, seen = own, above
    while (seen >= 0).any():
        longest = np.where(seen >= 0, np.maximum(longest, own[seen]), longest)
        seen = np.where(seen >= 0, above[seen], -1)
    return longest


def _silent(
    outage: Outage, surroundings: Surroundings, hours: Floats, also_down: Longs | None
) -> tuple[Longs, Longs, Longs]:
    """Rows of gateways down, of sensors silent by power, and of sensors silent by radio."""
    radio, supply, roots = surroundings.radio, outage.supply, outage.roots
    bounds = roots, supply.end[roots]
    gateway = concat_ranges(*(np.searchsorted(radio.gateway_place, bound) for bound in bounds))
    if len(gateway):
        nearest = np.searchsorted(outage.out, radio.gateway_place[gateway], "right") - 1
        for _ in range(len(outage.out)):  # climb from the last place before to one that holds it
            astray = supply.end[outage.out[nearest]] <= radio.gateway_place[gateway]
            if not astray.any():
                break
            nearest = np.where(astray, outage.above[nearest], nearest)
        gateway = gateway[hours[nearest] >= radio.backup_h[gateway]]
    if also_down is not None and len(also_down):
        gateway = np.union1d(gateway, np.flatnonzero(np.isin(radio.gateway_id, also_down)))
    by_power = concat_ranges(*(np.searchsorted(radio.sensor_place, bound) for bound in bounds))
    lost = radio.hears.rows(gateway)
    if not len(lost):
        return gateway, by_power, np.empty(0, np.int64)
    down = np.bincount(lost, minlength=len(radio.sensor_id))
    down[by_power] = 0  # counted once, power first
    by_radio = np.flatnonzero((down > 0) & (down == radio.heard_by))
    return gateway, by_power, by_radio
