"""What if the water stood at another level: answered for every level at once, facts untouched.

Under a water surface of level ``h`` a device trips when ``h - ground > plinth``, hence when ``h``
exceeds its critical level ``ground + plinth``. A light goes dark at the lowest critical level on
its way up. So the lights sorted by that level, with prefix sums, answer any level by one search,
and any ensemble of floods and time steps by one search of all their levels. Receding water relights
nothing: over time a flood counts at the highest level it has reached.
"""

from dataclasses import dataclass

import numpy as np

from twin.incidents.flood import Sites
from twin.incidents.outage import Outage
from twin.supply import Supply
from twin.supply.ranges import Flags, Floats, Ints, Longs, prefix_sum

DRY = np.inf
"""Critical level of what no water reaches, or of which nobody knows the ground. [m NGF]"""


def critical_levels(sites: Sites) -> Floats:
    """Return the level of water above which each device trips; ``DRY`` where nobody can tell.

    Returns
    -------
    float64 array (n)
        Ground plus plinth (an unknown plinth is assumed), by place. [m NGF]
    """
    level = sites.ground_m_ngf + sites.plinth_m
    return np.where(np.isfinite(level), np.round(level, 3), DRY)


def tripped_at(sites: Sites, level_m_ngf: float) -> Longs:
    """Return the places of the devices that a level of water trips, ascending."""
    return np.flatnonzero(critical_levels(sites) < level_m_ngf)


@dataclass(frozen=True, slots=True)
class Headlines:
    """Additive quantities for many levels; arrays of the shape of the levels asked for.

    Attributes
    ----------
    devices, lights, attributed_cm, residents_thousandths, residents_unknown : int64
        Devices that the water itself trips; dark lights; length of street that they answer for
        [cm]; residents along it [thousandths]; dark lights whose residents are not known.
    """

    devices: Longs
    lights: Longs
    attributed_cm: Longs
    residents_thousandths: Longs
    residents_unknown: Longs


@dataclass(frozen=True, slots=True)
class LevelCurve:
    """Everything that goes dark as the water rises, as prefix sums over critical levels.

    Attributes
    ----------
    device_level : float64 array
        Critical levels of the devices that water can reach, ascending. [m NGF]
    light_level : float64 array
        Lowest critical level on the way up of each light that water can darken, ascending.
    sum_cm, sum_residents, sum_unknown : int64 array
        Prefix sums over those lights.
    """

    device_level: Floats
    light_level: Floats
    sum_cm: Longs
    sum_residents: Longs
    sum_unknown: Longs

    @classmethod
    def of(cls, supply: Supply, sites: Sites) -> "LevelCurve":
        """Lay a city out by level; once for each version of its data."""
        own = critical_levels(sites)
        level = np.append(_dark_from(supply, own), DRY)[supply.light_device]
        reached = np.flatnonzero(level < DRY)
        order = reached[np.argsort(level[reached], kind="stable")]
        return cls(
            device_level=np.sort(own[own < DRY]),
            light_level=level[order],
            sum_cm=prefix_sum(np.diff(supply.sum_cm)[order]),
            sum_residents=prefix_sum(np.diff(supply.sum_residents)[order]),
            sum_unknown=prefix_sum(np.diff(supply.sum_unknown)[order]),
        )

    def at(self, level_m_ngf: Floats) -> Headlines:
        """Return the headline of each level, all at once.

        Parameters
        ----------
        level_m_ngf : float array, any shape
            Levels of the water's surface. [m NGF]
        """
        dark = np.searchsorted(self.light_level, level_m_ngf)
        return Headlines(
            devices=np.searchsorted(self.device_level, level_m_ngf),
            lights=dark,
            attributed_cm=self.sum_cm[dark],
            residents_thousandths=self.sum_residents[dark],
            residents_unknown=self.sum_unknown[dark],
        )

    def over_time(self, level_m_ngf: Floats) -> Headlines:
        """Return the headline of each member of an ensemble at each time step.

        Parameters
        ----------
        level_m_ngf : float array (members, steps)
            Levels in the order of time. What a level put out stays out when the water falls.
            [m NGF]
        """
        return self.at(np.maximum.accumulate(level_m_ngf, axis=-1))

    def thresholds(self) -> Floats:
        """Return the levels at which something goes dark, ascending, each once. [m NGF]"""
        return np.unique(np.concatenate([self.device_level, self.light_level]))


def _dark_from(supply: Supply, own: Floats) -> Floats:
    """Lowest level at which each device is without supply, by itself or from above. [m NGF]"""
    level = own.copy()
    if supply.mesh is not None:
        _in_mesh(supply, own, level)
    for places in supply.levels[1:]:
        level[places] = np.minimum(level[places], level[supply.parent[places]])
    return level


def _in_mesh(supply: Supply, own: Floats, level: Floats) -> None:
    """Inside a mesh a device is cut off only when all its ways are: try each level of the core."""
    mesh = supply.mesh
    assert mesh is not None  # noqa: S101 - asked by the only caller
    core = own[mesh.device]
    for each in np.unique(core[core < DRY]).tolist():
        cut: Flags = mesh.cut_off(core <= each)
        places = mesh.device[cut]
        level[places] = np.minimum(level[places], each)


def outage_at(supply: Supply, sites: Sites, level_m_ngf: float) -> Outage:
    """Return the whole outage of one level of water: the slow way, with every cause."""
    return Outage(supply, tripped_at(sites, level_m_ngf))


@dataclass(frozen=True, slots=True)
class Share:
    """Lights that two outages have in common, or that one has alone, and what they stand for.

    Attributes
    ----------
    lights, attributed_cm, residents_thousandths, residents_unknown : int
        How many; length of street they answer for [cm]; residents along it [thousandths]; lights
        whose residents are not known.
    streets : int64 array
        Numbers of the streets on which they stand: those of ``both`` have some, the others none.
    """

    lights: int
    attributed_cm: int
    residents_thousandths: int
    residents_unknown: int
    streets: Longs


@dataclass(frozen=True, slots=True)
class Beside:
    """An outage that was expected beside one that happened.

    Attributes
    ----------
    both, only_expected, only_happened : Share
        Each dark light is in one of them, and each street with a dark light.
    """

    both: Share
    only_expected: Share
    only_happened: Share


def beside(supply: Supply, street_of_light: Ints, expected: Outage, happened: Outage) -> Beside:
    """Hold an outage that was expected beside one that happened.

    Parameters
    ----------
    street_of_light : int32 array (m)
        Number of the street of each light; -1 without.
    """
    dark = np.zeros((2, len(supply.light_id)), np.bool_)
    dark[0, expected.lights] = dark[1, happened.lights] = True
    on, really_on = (np.unique(street_of_light[each & (street_of_light >= 0)]) for each in dark)

    def share(lights: Flags, streets: Ints) -> Share:
        cm, residents, unknown = (
            int(np.diff(each)[lights].sum())
            for each in (supply.sum_cm, supply.sum_residents, supply.sum_unknown)
        )
        return Share(int(lights.sum()), cm, residents, unknown, streets.astype(np.int64))

    return Beside(
        both=share(dark[0] & dark[1], np.intersect1d(on, really_on)),
        only_expected=share(dark[0] & ~dark[1], np.setdiff1d(on, really_on)),
        only_happened=share(dark[1] & ~dark[0], np.setdiff1d(really_on, on)),
    )
