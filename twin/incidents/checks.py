"""The next checks of each incident: where doubt is, among what its cause may have put out."""

from collections.abc import Sequence

import numpy as np

from twin.incidents.causes import Cause
from twin.incidents.city import City
from twin.incidents.describe import OUTAGES
from twin.incidents.next_check import Checks, next_checks
from twin.incidents.rules import among
from twin.incidents.times import NEVER
from twin.incidents.understanding import Understanding
from twin.model.states import LightState
from twin.supply.ranges import Flags, Floats, Longs

COUNT = 3
"""How many are proposed: more is a list that nobody reads."""

_BY_DESIGN = (LightState.MAINTENANCE, LightState.PLANNED_OFF)


def incident_checks(
    city: City, known: Understanding, causes: Sequence[Cause], seen_at: Longs
) -> dict[str, Checks]:
    """Choose what to look at, or to ask, about each outage.

    Parameters
    ----------
    causes : sequence of Cause
        As understood.
    seen_at : int64 array (s)
        When each sensor of ``surroundings.radio`` was last heard. [µs]

    Returns
    -------
    dict of str to Checks
        By root key; incidents about which no check would teach anything are left out. By day no
        look tells: only pings.
    """
    outages = [cause for cause in causes if cause.kind in OUTAGES and len(cause.devices)]
    if not outages:
        return {}
    unknown = ~(known.readings.lit | known.readings.unlit)
    unknown &= ~among(known.lights.state, _BY_DESIGN)
    lookable = unknown & known.night.dark
    asked = unknown & known.readings.watched
    found = {}
    for cause in outages:
        scope = _scope(city, cause)
        heard_once, reachable = _reachable(city, known, seen_at, asked & scope)
        checks = next_checks(
            city.supply,
            known.diagnosed.posterior.dead,
            lookable=lookable & scope,
            pingable=heard_once,
            count=COUNT,
            reachable=reachable,
        )
        if len(checks):
            found[cause.root_key] = checks
    return found


def _scope(city: City, cause: Cause) -> Flags:
    """Lights below the devices of a cause, and below what feeds a single one: it may be higher."""
    supply = city.supply
    devices = cause.devices
    if len(devices) == 1 and supply.parent[devices[0]] >= 0:
        devices = supply.parent[devices].astype(np.int64)
    below = np.zeros(len(supply.light_id) + 1, np.int64)
    np.add.at(below, supply.first_light[devices], 1)
    np.add.at(below, supply.last_light[devices], -1)
    scope: Flags = np.cumsum(below[:-1]) > 0
    return scope


def _reachable(
    city: City, known: Understanding, seen_at: Longs, asked: Flags
) -> tuple[Flags, Floats]:
    """Those of some lights whose sensor was ever heard, and the probability that it still can be.

    That is, that one of the gateways which hear it is up.
    """
    heard, reachable = np.zeros(len(asked), np.bool_), np.zeros(len(asked))
    sensor = np.flatnonzero(np.append(asked, False)[city.sensor_rank])
    sensor = sensor[seen_at[sensor] > NEVER]
    hearers, lengths = city.hearers.rows(sensor), city.hearers.lengths[sensor]
    down = np.log(np.clip(known.diagnosed.gateway_down, 1e-12, 1.0))[hearers]
    none = np.bincount(np.repeat(np.arange(len(sensor)), lengths), down, len(sensor))
    rank = city.sensor_rank[sensor]
    heard[rank] = True
    reachable[rank] = np.where(lengths > 0, 1 - np.exp(none), 0.0)
    return heard, reachable
