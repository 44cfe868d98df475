"""Everything that one outage touches: lights, metres, people, streets, places, gateways, sensors.

``impact`` answers the whole question; ``Outage(...).totals`` the headline alone, in microseconds.
"""

from dataclasses import dataclass

import numpy as np

from twin.incidents.dark import (
    DarkLights,
    DarkStretches,
    StreetImpact,
    dark_places,
    dark_streets,
)
from twin.incidents.outage import Outage, Totals
from twin.incidents.surroundings import Surroundings
from twin.supply import Supply
from twin.supply.ranges import Floats, Ints, Longs, concat_ranges, inside


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
    stretches : DarkStretches
        Stretches fully dark.
    place_id : int64 array
        Places at least half of whose lights are dark, ascending.
    place_kind : str array
        Their kinds.
    gateway_id, power_silent_id, radio_silent_id : int64 arrays
        Gateways down; sensors silent because their own supply is dark; sensors silent because
        every gateway that hears them is down (counted once, power first). In the order of
        ``surroundings.radio``.
    """

    outage: Outage
    totals: Totals
    covered_cm: int
    streets: StreetImpact
    stretches: DarkStretches
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
    dark = DarkLights.below(outage)
    stretch = DarkStretches.below(outage, dark, surroundings)
    place = dark_places(dark, surroundings)
    gateway, by_power, by_radio = _silent(
        outage, surroundings, _hours(outage, out, hours_out), gateways_down
    )
    places, radio = surroundings.places, surroundings.radio
    return Impact(
        outage=outage,
        totals=outage.totals,
        covered_cm=stretch.total_cm,
        streets=dark_streets(supply, surroundings, dark, stretch),
        stretches=stretch,
        place_id=places.id[place],
        place_kind=places.kind[place],
        gateway_id=radio.gateway_id[gateway],
        power_silent_id=radio.sensor_id[by_power],
        radio_silent_id=radio.sensor_id[by_radio],
    )


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
    start, stop = (np.searchsorted(radio.sensor_place, bound) for bound in bounds)
    lost = np.bincount(radio.hears.rows(gateway))
    deaf = np.flatnonzero((lost == radio.heard_by[: len(lost)]) & (lost > 0))
    by_radio = deaf[~inside(deaf, start, stop)]  # counted once, power first
    return gateway, concat_ranges(start, stop), by_radio
