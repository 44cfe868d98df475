"""Silence weighed on the supply tree and on the gateways at once.

A sensor is silent because its supply is dead, or because *every* gateway that hears it is down, or
by itself. The first closes onto the supply tree, the second is an AND over gateways, which hang on
the same tree. The tree alone is exact (``twin.incidents.diagnosis``); around it messages are passed
until they stand still (loopy belief propagation): exact where sensors, gateways and supply close no
loop, checked against enumeration where they do.
"""

from dataclasses import dataclass

import numpy as np

from twin.incidents.diagnosis import CLAMP, Diagnosis
from twin.supply import Supply
from twin.supply.ranges import Flags, Floats, Ints, Longs, Ragged

LOSS = 0.15
"""Share of single messages lost on the air."""

SENSOR_FAILURE = 0.02
"""Share of sensors that fall silent by themselves."""

GATEWAY_FAILURE = 1e-4
"""Prior probability that a gateway is down at a given moment, its supply apart."""

HEARD_IN_ERROR = 0.05
"""Chance that a device heard in time is not fed as the register says."""

HEARD_ASTRAY = 0.01
"""Chance that a device is heard although all gateways known to hear it are down."""

STANDSTILL = 1e-4
"""Messages that move by less are taken to stand still. [nat]"""

ROUNDS = 60
"""Messages that do not stand still after so many rounds are taken as they are."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Who was heard, by whom, and what everybody hangs on.

    Attributes
    ----------
    sensor_place : int32 array (s)
        Place of the device that feeds each sensor; ``n`` (the number of devices) for a battery.
    missed : int64 array (s)
        Messages missed in a row; 0: heard in time. Sensors of which nothing can be said are left
        out.
    heard_by : Ragged
        For each sensor, the gateways that hear it; a silent sensor without any says nothing.
    gateway_place : int32 array (g)
        Place of the device that feeds each gateway; ``n`` where unknown or on its battery.
    gateway_weight : float array (g)
        Weight of its status, ``ln P(status | down) - ln P(status | up)``. [nat]
    """

    sensor_place: Ints
    missed: Longs
    heard_by: Ragged
    gateway_place: Ints
    gateway_weight: Floats


@dataclass(frozen=True, slots=True)
class Heard:
    """What coverage says.

    Attributes
    ----------
    device_weight : float64 array (n)
        Weight of all silence and of all that was heard on each supply device: to be given to
        ``Diagnosis`` beside the other evidence. [nat]
    down : float64 array (g)
        Probability that each gateway is down.
    rounds : int
        How many times messages were passed.
    steady : bool
        Whether they stood still in the end.
    """

    device_weight: Floats
    down: Floats
    rounds: int
    steady: bool


def silence_weight(
    missed: Longs | Floats | int, *, loss: float = LOSS, failure: float = SENSOR_FAILURE
) -> Floats:
    """Weigh messages missed in a row by a sensor whose gateway works.

    ``-ln((1 - q) p^k + q)``: each message is lost with probability ``p``, and with probability
    ``q`` the sensor is silent by itself, so that no silence weighs more than ``-ln q``. [nat]
    """
    weight: Floats = -np.log((1 - failure) * loss ** np.asarray(missed, np.float64) + failure)
    return weight


def weigh_coverage(
    supply: Supply,
    prior: Floats,
    light_weight: Floats,
    device_weight: Floats,
    coverage: Coverage,
) -> Heard:
    """Find what silence says of supply, and of gateways, given all other evidence.

    Parameters
    ----------
    prior, light_weight, device_weight : float arrays (n, m, n)
        As for ``Diagnosis``, without any silence.
    coverage : Coverage
        Who was heard.
    """
    chat = _Conversation(supply, coverage)
    tree = Diagnosis(supply, prior, light_weight, device_weight + chat.to_devices())
    for rounds in range(1, ROUNDS + 1):
        moved = chat.pass_on(tree.log_odds_dead(), damped=rounds > ROUNDS // 3)
        if moved < STANDSTILL:
            break
        tree.weigh_devices(device_weight + chat.to_devices())
    return Heard(chat.to_devices(), _chance(chat.belief), rounds, steady=moved < STANDSTILL)


class _Conversation:
    """Messages between sensors, gateways and the tree; all are log odds. [nat]

    Sensors with the same supply and the same gateways speak with one voice: a group. A gateway that
    hangs above a group it hears closes a loop of two: as long as the group is supplied so is the
    gateway, and only its own failure is left to explain silence; such pairs (``_above``) are solved
    together.
    """

    def __init__(self, supply: Supply, coverage: Coverage) -> None:
        self._n = len(supply)
        self._place, hearers, self._likely = _groups(coverage)
        self._at_gateway = coverage.gateway_place
        self._status = coverage.gateway_weight
        self._mains: Flags = self._place < self._n
        self._covered: Flags = hearers.lengths > 0
        self._group = np.repeat(np.arange(len(hearers)), hearers.lengths)
        self._gateway = hearers.values
        self._fed: Flags = coverage.gateway_place < self._n
        above, below = coverage.gateway_place[self._gateway], self._place[self._group]
        reach = np.append(supply.end, self._n)[above]
        self._above: Flags = self._fed[self._gateway] & (above <= below) & (below < reach)
        self._beside: Flags = self._above & (above == below)
        self._edge = np.zeros(len(self._gateway))  # group → gateway
        self._to_supply = np.zeros(len(self._place))  # group → its device
        self._from_gateway = np.zeros(len(self._fed))  # gateway → its device
        self.belief = coverage.gateway_weight + _OWN

    def to_devices(self) -> Floats:
        """Return the weight of everything on each supply device."""
        n = self._n
        by_group = np.bincount(self._place, self._to_supply, n + 1)
        by_gateway = np.bincount(self._at_gateway, self._from_gateway, n + 1)
        return np.asarray((by_group + by_gateway)[:n], np.float64)

    def pass_on(self, odds: Floats, *, damped: bool) -> float:
        """Pass every message once, given the odds of each device being dead.

        Returns
        -------
        float
            How far the one that moved most did. [nat]
        """
        at_place = np.append(odds, -2 * CLAMP)
        unfed = _chance(at_place[self._at_gateway] - self._from_gateway) * self._fed
        unsupplied = _chance(at_place[self._place] - self._to_supply) * self._mains
        free = self._told(~self._above) + self._status
        own = self._told(self._above)
        self.belief = free + _either(unfed, own + _OWN)
        from_gateway = (free - _mixed(_chance(own + _OWN), free, np.zeros(1))) * self._fed
        # each gateway down, but for what the group itself says: while the group is supplied, or not
        alone = _log_chance((free + own + _OWN)[self._gateway] - self._edge)
        either = _log_chance(self.belief[self._gateway] - self._edge)
        with_it, dead = self._below(at_place, unsupplied)
        supplied = np.where(self._above, alone, either)
        starved = np.where(
            self._above, np.log(with_it + (1 - with_it) * np.exp(alone) + _TINY), either
        )
        all_supplied, all_starved = (
            np.bincount(self._group, each, len(self._place)) for each in (supplied, starved)
        )
        edge = self._to_gateways(dead, np.exp(all_supplied[self._group] - supplied))
        to_supply = self._to_tree(np.exp(all_supplied), np.exp(all_starved))
        return max(
            _move(self._edge, edge, damped=damped),
            _move(self._to_supply, to_supply, damped=damped),
            _move(self._from_gateway, from_gateway, damped=damped),
        )

    def _below(self, at_place: Floats, unsupplied: Floats) -> tuple[Floats, Floats]:
        """Tell how a group's supply and that of a gateway above it go together.

        Returns
        -------
        with_it : float64 array (e)
            Probability that the supply of the gateway is dead, that of the group being dead.
        dead : float64 array (e)
            Probability that the group is unsupplied, the gateway being supplied, but for what the
            group itself says.
        """
        group, gateway = at_place[self._place][self._group], at_place[self._at_gateway]
        whole, top = _chance(group), _chance(gateway[self._gateway])
        with_it = np.where(self._beside, 1.0, np.minimum(top / np.maximum(whole, _TINY), 1.0))
        between = np.log(np.maximum(whole - top, _TINY)) - _log_chance(-group)
        apart = _chance(between - self._to_supply[self._group]) * ~self._beside
        return with_it, np.where(self._above, apart, unsupplied[self._group])

    def _told(self, which: Flags) -> Floats:
        """Add up what some of its groups say of each gateway."""
        told = np.bincount(self._gateway, self._edge * which, len(self._fed))
        return np.asarray(told, np.float64)

    def _to_gateways(self, dead: Floats, others_down: Floats) -> Floats:
        """Tell each gateway what each of its groups says of it."""
        heard, unfed, unheard, neither = self._likely[:, self._group]
        some_up = _mixed(dead, unfed, heard)
        none_up = _mixed(dead, neither, unheard)
        said: Floats = _mixed(others_down, none_up, some_up) - some_up
        return said

    def _to_tree(self, all_supplied: Floats, all_starved: Floats) -> Floats:
        """Tell the device that feeds each group what that says of it."""
        heard, unfed, unheard, neither = self._likely
        if_dead = _mixed(np.where(self._covered, all_starved, 0.0), neither, unfed)
        if_alive = _mixed(np.where(self._covered, all_supplied, 0.0), unheard, heard)
        return np.where(self._mains, if_dead - if_alive, 0.0)


def _groups(coverage: Coverage) -> tuple[Longs, Ragged, Floats]:
    """Gather sensors by what feeds and what hears them.

    Returns
    -------
    place : int64 array (k)
        What feeds each group; ``n`` for batteries.
    hearers : Ragged
        Gateways of each group.
    likely : float64 array (4, k)
        ln P of all that a group let hear: supplied and heard by some gateway; unsupplied;
        supplied, but no gateway up; neither.
    """
    by = coverage.heard_by
    row = np.repeat(np.arange(len(by)), by.lengths)
    random = np.random.default_rng(0).random(int(by.values.max(initial=0)) + 1)
    mark = np.bincount(row, random[by.values], len(by)).round(9)  # of a set of gateways
    key = np.stack([coverage.sensor_place.astype(np.float64), mark], axis=1)
    _, first, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
    silent = coverage.missed > 0
    speaks = ~(silent & (by.lengths == 0))
    heard = np.where(silent, -silence_weight(coverage.missed), 0.0)
    unfed = np.where(silent, 0.0, np.log(HEARD_IN_ERROR))
    unheard = np.where(silent, 0.0, np.log(HEARD_ASTRAY))
    likely = [
        np.bincount(group.ravel(), each * speaks, len(first))
        for each in (heard, unfed, unheard, unfed + unheard)
    ]
    lengths = by.lengths[first]
    hearers = Ragged(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32), by.rows(first))
    return coverage.sensor_place[first].astype(np.int64), hearers, np.array(likely)


_OWN_FAILS, _OWN_HOLDS = float(np.log(GATEWAY_FAILURE)), float(np.log1p(-GATEWAY_FAILURE))
_OWN = _OWN_FAILS - _OWN_HOLDS
_TINY = 1e-12


def _either(unfed: Floats, own: Floats) -> Floats:
    """Log odds of a gateway being down, for want of supply or by itself."""
    fails = _chance(own)
    p = np.clip(unfed + (1 - unfed) * fails, 1e-26, 1.0)
    holds = np.clip((1 - unfed) * _chance(-own), 1e-26, 1.0)
    odds: Floats = np.log(p) - np.log(holds)
    return odds


def _mixed(p: Floats, yes: Floats, no: Floats) -> Floats:
    """Return ``ln(p e^yes + (1 - p) e^no)``."""
    with np.errstate(divide="ignore"):
        mixed: Floats = np.logaddexp(np.log(p) + yes, np.log1p(-np.minimum(p, 1.0)) + no)
    return mixed


def _move(old: Floats, new: Floats, *, damped: bool) -> float:
    """Put new messages in the place of old ones; half of them where they are damped."""
    new = np.clip(new, -CLAMP, CLAMP)
    moved = float(np.abs(new - old).max(initial=0.0))
    old[:] = (old + new) / 2 if damped else new
    return moved


def _chance(odds: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-np.clip(odds, -2 * CLAMP, 2 * CLAMP)))
    return chance


def _log_chance(odds: Floats) -> Floats:
    return -np.logaddexp(0.0, -np.clip(odds, -2 * CLAMP, 2 * CLAMP))
