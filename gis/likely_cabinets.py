"""Which cabinet feeds a light about which the register is silent: likely ones, each with a chance.

A logistic choice among the nearest cabinets. What it looks at: how far the cabinet stands beside
the others; whether it bears the name of the light's street; how far it stands from the nearest
light of that street (a feeder follows its street: a cabinet that touches the street far away beats
a nearer one behind the houses); and which cabinet feeds the nearest light of the same street, where
that is known. Distance along streets was tried and tells no more than the straight line.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial import cKDTree

from gis.geometry import Coordinates

Index = NDArray[np.int64]

CANDIDATES: Final = 8
"""Cabinets looked at: they hold the true one for 96 of 100 lights of Lecce."""
INSIDE: Final = 0.96
"""Chance that it is one of them; the rest is that of a cabinet farther away."""
WEIGHTS: Final = (-3.16, -1.25, 1.65, -2.25, 2.7, -0.6)
"""Of the columns of ``Evidence.columns``: fitted on the 20 631 lights of Lecce, whose cabinets are
known; the last two with nine lights in ten hidden, the others with all of them."""

_NEIGHBOUR_REACH_M: Final = 200.0
_APART: Final = 1e7  # farther than any city is wide: streets on floors of their own
_MEAN_OF: Final = 5


@dataclass(frozen=True, slots=True)
class Streets:
    """Streets of lights and cabinets, as numbers of their own; -1 where not known."""

    light: Index
    cabinet: Index


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each candidate of each light.

    Attributes
    ----------
    nearest : int64 array (n, k)
        Candidate cabinets, the nearest first; a neighbour's cabinet may stand last.
    columns : float64 array (n, k, 6)
        Distance where no street is known; distance, same street, distance from the street where
        one is; same cabinet as the nearest known light of the street, for which the two distances
        then no longer count; how far that light is. Distances of cabinets are shares of the mean
        distance of the five nearest; the last is in units of 50 m.
    """

    nearest: Index
    columns: Coordinates

    def of(self, rows: NDArray[np.bool_]) -> "Evidence":
        """Return the evidence of some lights."""
        return replace(self, nearest=self.nearest[rows], columns=self.columns[rows])


def likely_cabinets(
    lights: Coordinates,
    cabinets: Coordinates,
    *,
    streets: Streets | None = None,
    told: Index | None = None,
) -> tuple[Index, Coordinates]:
    """Likely cabinets of the lights of which none is told, with the probability of each (rung L3).

    Parameters
    ----------
    lights, cabinets : ndarray, shapes (n, 2) and (m, 2)
        Metric positions, all known. [m]
    streets : Streets, optional
        Of all of them.
    told : int64 array (n), optional
        Cabinet (row) of the lights where it is known; -1 elsewhere, the default.

    Returns
    -------
    candidates, probability : ndarrays, shape (asked lights, k), the likeliest first
        For the lights whose cabinet is not told, in their order; k = min(m, ``CANDIDATES``). Each
        row sums to ``INSIDE``.
    """
    found = evidence(lights, cabinets, streets=streets, told=told)
    chance = probabilities(found, np.array(WEIGHTS))
    order = np.argsort(-chance, axis=1, kind="stable")
    return np.take_along_axis(found.nearest, order, 1), np.take_along_axis(chance, order, 1)


def evidence(
    lights: Coordinates,
    cabinets: Coordinates,
    *,
    streets: Streets | None = None,
    told: Index | None = None,
) -> Evidence:
    """Gather what speaks for each candidate; see ``likely_cabinets``."""
    if streets is None:
        streets = Streets(np.full(len(lights), -1), np.full(len(cabinets), -1))
    asked = np.arange(len(lights)) if told is None else np.flatnonzero(told < 0)
    count = min(CANDIDATES, len(cabinets))
    here, street = lights[asked], streets.light[asked]
    _, nearest = cKDTree(cabinets).query(here, k=count)
    nearest = nearest.reshape(-1, count).astype(np.int64)
    neighbour, away = _neighbours(lights, streets.light, told, asked)
    missed = (neighbour >= 0) & ~(nearest == neighbour[:, None]).any(axis=1)
    nearest[missed, -1] = neighbour[missed]
    distance = np.hypot(*np.moveaxis(cabinets[nearest] - here[:, None], 2, 0))
    usual = np.maximum(distance[:, :_MEAN_OF].mean(axis=1, keepdims=True), 1.0)
    named = street[:, None] >= 0
    from_street = _distance_from_street(lights, streets.light, cabinets[nearest], street)
    agrees = nearest == neighbour[:, None]
    columns = np.stack(
        [
            np.where(named, 0.0, distance / usual),
            np.where(named & ~agrees, distance / usual, 0.0),
            named & (streets.cabinet[nearest] == street[:, None]),
            np.where(named & ~agrees, from_street / usual, 0.0),
            agrees,
            agrees * (away[:, None] / 50),
        ],
        axis=2,
    )
    return Evidence(nearest, columns)


def probabilities(found: Evidence, weights: Coordinates) -> Coordinates:
    """Probability of each candidate under some weights; rows sum to ``INSIDE``."""
    score = found.columns @ weights
    score = np.exp(score - score.max(axis=1, keepdims=True, initial=-np.inf))
    shares: Coordinates = INSIDE * score / score.sum(axis=1, keepdims=True)
    return shares


def fit(found: Evidence, true: Index) -> Coordinates:
    """Weights under which the true cabinets are likeliest, for a city of one's own.

    Parameters
    ----------
    found : Evidence
        Of lights whose cabinet is known, gathered as if it were not.
    true : int64 array (n)
        Their cabinets; a light whose cabinet is none of its candidates teaches nothing.
    """
    right = found.nearest == true[:, None]
    taught = right.any(axis=1)
    columns, right = found.columns[taught], right[taught]

    def loss(weights: Coordinates) -> tuple[float, Coordinates]:
        score = columns @ weights
        score -= score.max(axis=1, keepdims=True)
        shares = np.exp(score)
        shares /= shares.sum(axis=1, keepdims=True)
        told = np.log(np.maximum(shares[right], 1e-12)).mean()
        slope = (columns[right] - np.einsum("ij,ijk->ik", shares, columns)).mean(axis=0)
        moved = weights - start  # what these lights cannot tell stays as it was
        return -told + 1e-4 * float(moved @ moved), -slope + 2e-4 * moved

    start = np.array(WEIGHTS)
    if not len(columns):
        return start
    fitted: Coordinates = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return fitted


def _distance_from_street(
    lights: Coordinates, light_street: Index, sites: Coordinates, street: Index
) -> Coordinates:
    """How far each candidate stands from the nearest light of the asking light's street. [m]

    Streets are floors of one tall index, so that one query finds the nearest light of that street.
    """
    on_street = light_street >= 0
    if not on_street.any():
        return np.zeros(sites.shape[:2])
    index = cKDTree(_on_floors(lights[on_street], light_street[on_street]))
    floors = np.repeat(street, sites.shape[1])
    distance, _ = index.query(_on_floors(sites.reshape(-1, 2), floors))
    return np.asarray(np.where(floors >= 0, distance, 0.0)).reshape(sites.shape[:2])


def _neighbours(
    lights: Coordinates, street: Index, told: Index | None, asked: Index
) -> tuple[Index, Coordinates]:
    """Cabinet of the nearest light of the same street that has one, and how far it is. [m]"""
    cabinet, away = np.full(len(asked), -1, np.int64), np.zeros(len(asked))
    known = np.flatnonzero((street >= 0) & (told >= 0)) if told is not None else asked[:0]
    if told is None or not len(known):
        return cabinet, away
    index = cKDTree(_on_floors(lights[known], street[known]))
    distance, at = index.query(
        _on_floors(lights[asked], street[asked]), distance_upper_bound=_NEIGHBOUR_REACH_M
    )
    near = np.isfinite(distance) & (street[asked] >= 0)
    cabinet[near] = told[known[at[near]]]
    away[near] = distance[near]
    return cabinet, away


def _on_floors(places: Coordinates, floor: Index) -> Coordinates:
    return np.column_stack([places, floor * _APART])
