"""What puts devices out, each with how surely: water, a distributor's cut, a loss on site, works.

The inputs of the forward question in one form. Water comes as polygons with a depth or a level
(``Sites.depths``), or as a surface over terrain (``under_surface``). Where several reasons meet at
a device the surest counts, and the answer says which. ``reach`` then gives three numbers instead of
one: what goes dark for certain, what is likely, and what is possible, so that no sentence is more
precise than its evidence.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.incidents.flood import Shapes, Sites, blurred, trip_probability
from twin.incidents.impact import Impact, impact
from twin.incidents.outage import Outage, Totals
from twin.incidents.surroundings import Surroundings
from twin.model.states import OutageReason
from twin.supply import Supply
from twin.supply.ranges import Flags, Floats, Longs

ANNOUNCED = 0.97
"""How far a distributor's notice of a cut is believed, from its start to its end."""

SEEN = 0.99
"""How far a person on site is believed: a burnt cabinet, an opened breaker."""

CERTAIN, LIKELY, POSSIBLE = 0.95, 0.5, 0.05
"""From these probabilities on, a device is certainly, likely, possibly out."""


@dataclass(frozen=True, slots=True)
class PutOut:
    """Devices put out; arrays of one length (t), by place, each device once.

    Attributes
    ----------
    place : int64
        Ascending.
    probability : float64
        That it is out for this reason.
    reason : str
        Of ``OutageReason``.
    assumed : bool
        Whether that rests on a plinth that nobody measured.
    depth_m, plinth_m : float64
        NaN where water has no part in it. [m]
    """

    place: Longs
    probability: Floats
    reason: npt.NDArray[np.str_]
    assumed: Flags
    depth_m: Floats
    plinth_m: Floats

    def __len__(self) -> int:
        return len(self.place)

    @property
    def likely(self) -> Longs:
        """Places of the devices that are out rather than not."""
        return self.place[self.probability >= LIKELY]


def by_water(sites: Sites, depth_m: Floats, depth_error_m: Floats | float = 0.0) -> PutOut:
    """Return the devices that water may trip: every wet one, with its probability.

    Parameters
    ----------
    sites : Sites
        In the order of places, as ``City.sites`` is.
    depth_m : float array (n)
        Depth at each site (``Sites.depths`` or :func:`under_surface`); 0 dry, NaN not known. A
        negative depth is dry. [m]
    depth_error_m : float array (n) or float
        Its standard error: ``sites.ground_error_m`` for a depth over their ground. [m]
    """
    wet = np.flatnonzero(np.nan_to_num(depth_m) > 0)
    plinth = sites.plinth_m[wet]
    softness = blurred(sites.softness_m, depth_error_m)
    p = trip_probability(depth_m[wet], plinth, softness[wet])
    return PutOut(
        place=wet.astype(np.int64),
        probability=p,
        reason=np.full(len(wet), str(OutageReason.FLOODED)),
        assumed=sites.source[wet] == "assumed",
        depth_m=depth_m[wet],
        plinth_m=plinth,
    )


def under_surface(sites: Sites, level_m_ngf: Floats | float) -> Floats:
    """Return the depth of a water surface over the ground of each site.

    Parameters
    ----------
    level_m_ngf : float array (n) or float
        Level of the surface at each site, from a model or a raster; NaN where there is no water.
        [m NGF]

    Returns
    -------
    float64 array (n)
        0 where the ground is higher or there is no water; NaN where nobody knows the ground. [m]
    """
    level = np.broadcast_to(np.asarray(level_m_ngf, np.float64), len(sites))
    depth = np.maximum(level - sites.ground_m_ngf, 0.0)
    depth = np.where(np.isnan(level), 0.0, depth)
    return np.where(np.isnan(sites.ground_m_ngf) & ~np.isnan(level), np.nan, depth)


def by_cut(sites: Sites, zones: Shapes, *, believed: float = ANNOUNCED) -> PutOut:
    """Return what a distributor's cut puts out: every device in its zone, dry ones too.

    Parameters
    ----------
    sites : Sites
        In the order of places.
    zones : array of shapely geometries
        What is cut, in the system of the sites; an edge counts as inside.
    """
    _, place = sites.covered(zones)
    return _told(place, OutageReason.DSO_CUT, believed)


def by_people(place: Longs, reason: OutageReason, *, believed: float = SEEN) -> PutOut:
    """Return devices that somebody says are out: burnt, switched off for works.

    Parameters
    ----------
    place : int64 array
        Places; -1, a device that we do not know, is left out.
    reason : OutageReason
        ``BURNT`` for a burnt cabinet, ``PLANNED`` for works.
    """
    return _told(place[place >= 0], reason, believed)


def _told(place: Longs, reason: OutageReason, believed: float) -> PutOut:
    place = np.unique(place).astype(np.int64)
    nan = np.full(len(place), np.nan)
    return PutOut(
        place=place,
        probability=np.full(len(place), believed),
        reason=np.full(len(place), str(reason)),
        assumed=np.zeros(len(place), np.bool_),
        depth_m=nan,
        plinth_m=nan,
    )


def together(*reasons: PutOut) -> PutOut:
    """Join reasons: of each device the surest counts, the first given where two are as sure."""
    place = np.concatenate([each.place for each in reasons])
    p = np.concatenate([each.probability for each in reasons])
    order = np.lexsort((np.arange(len(place)), -p, place))
    first = order[np.unique(place[order], return_index=True)[1]]
    return PutOut(
        place=place[first],
        probability=p[first],
        reason=np.concatenate([each.reason for each in reasons])[first],
        assumed=np.concatenate([each.assumed for each in reasons])[first],
        depth_m=np.concatenate([each.depth_m for each in reasons])[first],
        plinth_m=np.concatenate([each.plinth_m for each in reasons])[first],
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an outage reaches.

    Attributes
    ----------
    certain, possible : Totals
        Lights, metres, residents that are dark for certain, and at most.
    likely : Impact
        The full answer for the devices that are out rather than not.
    """

    certain: Totals
    likely: Impact
    possible: Totals


def reach(supply: Supply, surroundings: Surroundings, out: PutOut) -> Reach:
    """Tell how far an outage reaches: for certain, likely, possibly.

    Certain is what does not hang on an assumed plinth.
    """
    certain = out.place[(out.probability >= CERTAIN) & ~out.assumed]
    possible = out.place[out.probability >= POSSIBLE]
    return Reach(
        certain=Outage(supply, certain).totals,
        likely=impact(supply, surroundings, out.likely),
        possible=Outage(supply, possible).totals,
    )
