"""Floods over time at each supply device: how deep, since when above its plinth, since when not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from twin.incidents.flood import (
    DRAWN_DEPTH,
    MEASURED_DEPTH,
    Shapes,
    Sites,
    trip_probability,
    trips,
)
from twin.incidents.times import NEVER
from twin.supply.ranges import Flags, Floats, Ints, Longs

_ALWAYS = 2**62


@dataclass(frozen=True, slots=True)
class Extent:
    """One recorded extent of a flood, read once.

    Attributes
    ----------
    id : int
        Its number in the store.
    observed_at : int
        [µs]
    file_name : str
        Where it came from.
    depth_m : float array (n)
        Depth at each supply device, by place; NaN where nobody knows where it stands. [m]
    building_id : int64 array
        Buildings with their feet in the water.
    """

    id: int
    observed_at: int
    file_name: str
    depth_m: Floats
    building_id: Longs


@dataclass(frozen=True, slots=True)
class Flood:
    """A flood and its successive extents, oldest first.

    Attributes
    ----------
    ended_at : int
        ``NEVER`` while there is water. [µs]
    """

    id: int
    slug: str
    name: str
    source: str
    simulated: bool
    started_at: int
    ended_at: int
    extents: tuple[Extent, ...]

    @property
    def there(self) -> bool:
        """Whether there is water."""
        return self.ended_at == NEVER and bool(self.extents)


@dataclass(frozen=True, slots=True)
class Water:
    """Water at each supply device; arrays of one length (n), by place.

    Attributes
    ----------
    depth_m : float64
        Depth now, the greatest of all floods; 0 dry, NaN not known. [m]
    flood : int32
        Number of the flood that stands deepest there, or stood there last; -1 none.
    wet_since : int64
        Since when it stands above the plinth without interruption; ``NEVER`` while it does not.
    dry_since : int64
        Since when it no longer does; ``NEVER`` where it never did. [µs]
    p_trip : float64
        Probability that it trips the device.
    measured : bool
        Whether an instrument at the device gives the depth.
    """

    depth_m: Floats
    flood: Ints
    wet_since: Longs
    dry_since: Longs
    p_trip: Floats
    measured: Flags


def read_extent(
    sites: Sites,
    buildings: tuple[Longs, shapely.STRtree],
    polygons: Shapes,
    depth_m: Floats,
    *,
    number: int,
    observed_at: int,
    file_name: str,
) -> Extent:
    """Lay one extent over the city.

    Parameters
    ----------
    buildings : ids and index of their footprints
    polygons, depth_m : arrays (p)
        Sheets of water, and their depth. [m]
    """
    ids, footprints = buildings
    touched = footprints.query(polygons, predicate="intersects")[1]
    return Extent(
        id=number,
        observed_at=observed_at,
        file_name=file_name,
        depth_m=sites.depths(polygons, depth_m).round(3),  # millimetres, as proofs show them
        building_id=np.unique(ids[touched]),
    )


def water_at(
    sites: Sites, floods: Sequence[Flood], measured_m: Floats, measured_at: Longs
) -> Water:
    """Tell the water at each device from all floods.

    Parameters
    ----------
    measured_m : float array (n)
        Depth that an instrument at the device reads; NaN without. It replaces the drawn one once
        it is newer. [m]
    measured_at : int64 array (n)
        When it read it. [µs]
    """
    n = len(sites)
    dry_land = np.where(sites.located, 0.0, np.nan)
    depth, drawn_at = dry_land, NEVER
    flood_of = np.full(n, -1, np.int32)
    wet_since, dry_since = np.full(n, _ALWAYS, np.int64), np.full(n, NEVER, np.int64)
    for number, flood in enumerate(floods):
        begun, ended = _spells(sites, flood)
        now = flood.extents[-1].depth_m if flood.there else dry_land
        deeper = np.nan_to_num(now) > np.nan_to_num(depth)
        left_last = ~(depth > 0) & (ended > dry_since)
        flood_of[deeper | left_last] = number
        depth = np.fmax(depth, now)
        wet_since = np.where(begun > NEVER, np.minimum(wet_since, begun), wet_since)
        dry_since = np.maximum(dry_since, ended)
        drawn_at = max(drawn_at, flood.extents[-1].observed_at if flood.there else NEVER)
    measured = np.isfinite(measured_m) & (measured_at >= drawn_at) & (measured_at > NEVER)
    depth = np.where(measured, measured_m, depth)
    wet = trips(depth, sites.plinth_m)
    wet_since = np.where(wet_since < _ALWAYS, wet_since, measured_at)
    left_at = np.where(measured, np.maximum(dry_since, measured_at), dry_since)
    ever_wet = (dry_since > NEVER) | (wet_since > NEVER)
    return Water(
        depth_m=depth,
        flood=flood_of,
        wet_since=np.where(wet, wet_since, NEVER),
        dry_since=np.where(wet | ~ever_wet, NEVER, left_at),
        p_trip=_believed(sites, depth, measured),
        measured=measured,
    )


def _believed(sites: Sites, depth_m: Floats, measured: Flags) -> Floats:
    """Probability that the water trips each device, no surer than its depth and its plinth are."""
    soft = trip_probability(depth_m, sites.plinth_m, sites.softness_m)
    ceiling = np.full(len(sites), DRAWN_DEPTH)
    ceiling[measured] = MEASURED_DEPTH
    believed: Floats = np.round(np.minimum(soft, np.minimum(ceiling, sites.confidence)), 3)
    return believed


def _spells(sites: Sites, flood: Flood) -> tuple[Longs, Longs]:
    """Begin of the current wet spell, and of the dry one after the last; ``NEVER`` without."""
    n = len(sites)
    wet_since, dry_since = np.full(n, NEVER, np.int64), np.full(n, NEVER, np.int64)
    moments = [
        (extent.observed_at, trips(extent.depth_m, sites.plinth_m)) for extent in flood.extents
    ]
    if flood.ended_at > NEVER:
        moments.append((flood.ended_at, np.zeros(n, np.bool_)))
    for at, wet in moments:
        begun = np.flatnonzero(wet & (wet_since == NEVER))
        ended = np.flatnonzero(~wet & (wet_since > NEVER))
        wet_since[begun], dry_since[begun] = at, NEVER
        wet_since[ended], dry_since[ended] = NEVER, at
    return wet_since, dry_since
