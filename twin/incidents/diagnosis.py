"""Which device failed, from scattered evidence: the exact posterior on the supply tree.

A device is dead if it failed or its parent is dead. Each piece of evidence on a light or a device
weighs ``r = ln P(e | dead) - ln P(e | alive)``; given the devices, pieces are independent. Then two
passes over the tree give every posterior exactly (belief propagation on a polytree): upward the
evidence of each subtree, downward what the rest of the tree says. All in logarithms, relative to
"everything alive".
"""

from dataclasses import dataclass

import numpy as np

from twin.supply import Supply
from twin.supply.ranges import Flags, Floats

CLAMP = 30.0
"""Weights are clipped here: an infinity would poison every later sum. [nat]"""

USUAL_NIGHTS = 1.0
"""So many failures have to be found before a night counts as twice as bad as its prior says."""

WORST = 30.0
"""No night is taken to be worse than this many times the usual one."""

LIKELIEST_BASE = 0.2
"""However bad the night, no device is likelier than this to fail without a reason of its own."""

_MANY = 100 * CLAMP  # on a device stands the sum of many pieces

LEAST_PRIOR = 1e-9
"""Priors stay this far from 0 and 1."""


@dataclass(frozen=True, slots=True)
class Posterior:
    """What the evidence says of each device; arrays of one length (n), by place.

    Attributes
    ----------
    dead : float64
        Probability that it carries no supply.
    failed : float64
        Probability that it failed itself; under a dead parent the prior stands.
    topmost : float64
        Probability that it failed and nothing above it did.
    likeliest : bool
        Whether it is of the most probable set of topmost failures (those they mask summed out).
    """

    dead: Floats
    failed: Floats
    topmost: Floats
    likeliest: Flags


class Diagnosis:
    """The tree with its evidence; a new report costs only the way from its light to the source.

    Parameters
    ----------
    supply : Supply
        The network; a device of a mesh's core counts as a source.
    prior : float array (n)
        Probability that each device itself fails, by place.
    light_weight : float array (m)
        Weight of the evidence on each light, by rank. [nat]
    device_weight : float array (n), optional
        Weight of the evidence on each device itself. [nat]
    """

    def __init__(
        self,
        supply: Supply,
        prior: Floats,
        light_weight: Floats,
        device_weight: Floats | None = None,
    ) -> None:
        self.supply = supply
        p = np.clip(prior, LEAST_PRIOR, 1 - LEAST_PRIOR)
        self._fails, self._holds = np.log(p), np.log1p(-p)
        self._prior = p
        sums = np.zeros(len(light_weight) + 1)
        np.cumsum(np.clip(light_weight, -CLAMP, CLAMP), out=sums[1:])
        self._lights_below = sums[supply.last_light] - sums[supply.first_light]
        self.weigh_devices(device_weight)

    def weigh_devices(self, device_weight: Floats | None) -> None:
        """Put other evidence on the devices themselves (n), the rest being the same. [nat]"""
        below, supply = self._lights_below, self.supply
        if device_weight is not None:
            own = np.zeros(len(supply) + 1)
            np.cumsum(np.clip(device_weight, -_MANY, _MANY), out=own[1:])
            below = below + own[supply.end] - own[:-1]
        self._cut = self._fails + below  # it fails: everything below is dead
        self._keep, self._up = self._upward(np.logaddexp)

    def _upward(self, join: np.ufunc) -> tuple[Floats, Floats]:
        """Pass evidence from the leaves to the sources, joining "fails" and "holds"."""
        keep, up = self._holds.copy(), np.empty(len(self.supply))
        for places in self.supply.levels[:0:-1]:
            up[places] = join(self._cut[places], keep[places])
            keep += np.bincount(self.supply.parent[places], up[places], len(keep))
        for places in self.supply.levels[:1]:
            up[places] = join(self._cut[places], keep[places])
        return keep, up

    def posterior(self) -> Posterior:
        """Return every posterior, exactly."""
        above, alive = self._downward()
        topmost = np.exp(above + self._cut - self._up)
        return Posterior(
            dead=-np.expm1(np.minimum(alive, 0.0)),
            failed=topmost - np.expm1(np.minimum(above, 0.0)) * self._prior,
            topmost=topmost,
            likeliest=self._likeliest(),
        )

    def log_odds_dead(self) -> Floats:
        """Return ln P(dead) - ln P(alive) of each device, exact far into the tails. [nat]"""
        supply, (above, alive) = self.supply, self._downward()
        dead = above + self._cut - self._up  # it is the topmost failure, or its parent is dead
        for places in supply.levels[1:]:
            dead[places] = np.logaddexp(dead[places], dead[supply.parent[places]])
        odds: Floats = dead - alive
        return odds

    def _downward(self) -> tuple[Floats, Floats]:
        """Pass evidence from the sources to the leaves: ln P(parent alive), ln P(alive)."""
        supply = self.supply
        above, alive = np.zeros(len(supply)), np.zeros(len(supply))
        for places in supply.levels:
            parent = supply.parent[places]
            above[places] = np.where(parent >= 0, alive[parent], 0.0)
            alive[places] = above[places] + self._keep[places] - self._up[places]
        return above, alive

    def _likeliest(self) -> Flags:
        """Most probable set of topmost failures: the first on each way that beats holding."""
        keep, _ = self._upward(np.maximum)
        wins = self._cut > keep
        masked = np.zeros(len(wins), np.bool_)
        for places in self.supply.levels[1:]:
            parent = self.supply.parent[places]
            masked[places] = masked[parent] | wins[parent]
        return wins & ~masked

    def add(self, light: int, weight: float) -> None:
        """Take one more piece of evidence on a light (rank) into account. [nat]"""
        self.add_on_device(int(self.supply.light_device[light]), weight)

    def add_on_device(self, place: int, weight: float) -> None:
        """Take one more piece of evidence on a device into account; -1 is none. [nat]"""
        weight = float(np.clip(weight, -CLAMP, CLAMP))
        change = 0.0  # of the evidence that comes up from below
        while place >= 0:
            self._keep[place] += change
            self._cut[place] += weight
            before, now = self._up[place], np.logaddexp(self._cut[place], self._keep[place])
            self._up[place] = now
            change = float(now - before)
            place = int(self.supply.parent[place])

    def dead(self, place: int) -> float:
        """Return the probability that one device is dead: only its way up is looked at."""
        alive = 0.0
        while place >= 0:
            alive += self._keep[place] - self._up[place]
            place = int(self.supply.parent[place])
        return float(-np.expm1(min(alive, 0.0)))


def worse_than_usual(base: Floats, prior: Floats, failed: Floats) -> float:
    """Learn from a night itself how much more often devices fail than on any night.

    The maximum a posteriori of one factor on all base rates, under a Gamma prior worth
    ``USUAL_NIGHTS`` failures: one step of expectation-maximisation.

    Parameters
    ----------
    base : float array (n)
        Probability that each device fails on any night.
    prior : float array (n)
        What was believed when ``failed`` was found, water included.
    failed : float array (n)
        ``Posterior.failed``.

    Returns
    -------
    float
        At least 1: a quiet night proves nothing.
    """
    own = failed * np.clip(base / np.maximum(prior, LEAST_PRIOR), 0.0, 1.0)
    scale = (own.sum() + USUAL_NIGHTS) / (base.sum() + USUAL_NIGHTS)
    return float(np.clip(scale, 1.0, WORST))


def worsened(base: Floats, prior: Floats, scale: float) -> Floats:
    """Return the prior of a night on which devices fail ``scale`` times as often as on others."""
    others = (1 - prior) / np.maximum(1 - base, LEAST_PRIOR)
    raised: Floats = 1 - (1 - np.minimum(base * scale, LIKELIEST_BASE)) * others
    return np.maximum(raised, prior)


def light_dark(supply: Supply, dead: Floats, lamp_failure: float) -> Floats:
    """Probability that each light is dark: by its supply, or by its own lamp.

    Parameters
    ----------
    dead : float array (n)
        Probability that each device carries no supply, by place.
    lamp_failure : float
        Share of lamps out by themselves.

    Returns
    -------
    float64 array (m)
        By rank, of a light of which nothing was seen; a light without supply on the register
        has its own lamp's failure only.
    """
    above = np.append(dead, 0.0)[supply.light_device]
    dark: Floats = above + (1 - above) * lamp_failure
    return dark


def best_named(p: Floats) -> Flags:
    """Choose whom to name so that what is named and what is so agree best: the expected F1.

    The surest are named first, as long as that raises ``2 Σ p of the named / (how many are named +
    Σ p of all)``; they end where the probability falls under half of what that reaches (Z. Lipton,
    C. Elkan, B. Naryanaswamy, *ECML PKDD* 2014). Nothing is tuned: the night's own probabilities
    say where to stop, far below one half where little is known of much.

    Parameters
    ----------
    p : float array (m)
        Probability that each is dark.

    Returns
    -------
    bool array (m)
        Whom to name. Equal probabilities are named together.
    """
    order = np.argsort(-p, kind="stable")
    sure = p[order]
    f1 = 2 * np.cumsum(sure) / (np.arange(1, len(p) + 1) + p.sum() + LEAST_PRIOR)
    named = np.zeros(len(p), np.bool_)
    if len(p) and sure[0] > 0:
        named = p >= sure[int(np.argmax(f1))]
    return named
