"""How right inferred cabinets are: hide what the register says, infer it, compare (rung L3)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gis.geometry import Coordinates
from gis.likely_cabinets import WEIGHTS, Streets, evidence, fit, probabilities
from gis.register import SUPPLIES, sited_parents
from gis.reliability import Reliability, reliability
from gis.street_names import street_keys

Index = NDArray[np.int64]

SQUARE_M: Final = 800.0
"""Side of the squares of the chessboard: fitted on one colour, judged on the other. [m]"""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found out by hiding.

    Attributes
    ----------
    hidden : int
        Lights whose cabinet was hidden.
    nearest_right : float
        Share whose nearest cabinet is the true one: the plainest guess.
    as_shipped : Reliability
        With the weights that the product brings.
    held_out : Reliability
        With weights fitted on half the city and judged on the other half, both ways: what may be
        hoped for where nothing was fitted.
    """

    hidden: int
    nearest_right: float
    as_shipped: Reliability
    held_out: Reliability


@dataclass(frozen=True, slots=True)
class Known:
    """Lights whose cabinet the register tells.

    Attributes
    ----------
    lights, cabinets : ndarrays, shapes (n, 2) and (m, 2)
        Metric. [m]
    true : int64 array (n)
        Row of the cabinet of each light.
    streets : Streets
    """

    lights: Coordinates
    cabinets: Coordinates
    true: Index
    streets: Streets


def known_lights(links: pl.DataFrame, nodes: pl.DataFrame, places: Coordinates) -> Known:
    """Gather the lights that the register puts on a cabinet.

    Parameters
    ----------
    links : DataFrame (``gis.register.LINKS``)
        Links of rung L3 and L4 are left aside.
    nodes, places
        As of ``gis.topology.build_topology``; cabinets that feed no light are candidates too.
    """
    told = links.filter(pl.col("role") == SUPPLIES, pl.col("rung") <= 2)
    above = sited_parents(told.unique("child_id", maintain_order=True), nodes, places)
    here, kind = np.isfinite(places).all(axis=1), nodes["kind"]
    cabinets = np.flatnonzero((kind == "cabinet").to_numpy() & here)
    lights = np.flatnonzero((kind == "streetlight").to_numpy() & here & (above >= 0))
    rank = np.full(len(nodes), -1)
    rank[cabinets] = np.arange(len(cabinets))
    lights = lights[rank[above[lights]] >= 0]
    street = nodes["street"] if "street" in nodes.columns else pl.Series([None] * len(nodes))
    keys = street_keys(street.cast(pl.String))
    numbers = keys.rank("dense").cast(pl.Int64).fill_null(0).to_numpy() - 1
    return Known(
        places[lights],
        places[cabinets],
        rank[above[lights]],
        Streets(numbers[lights], numbers[cabinets]),
    )


def judge(known: Known, *, share: float = 1.0, seed: int = 0) -> Judged:
    """Hide the cabinets of some lights, infer them, compare.

    Parameters
    ----------
    share : float
        Share of lights to hide, at random; 1: all.
    seed : int
        Of that chance.
    """
    hidden = np.random.default_rng(seed).random(len(known.true)) < share
    if not hidden.any():
        nothing = reliability(np.empty((0, 1)), np.empty((0, 1), np.bool_))
        return Judged(0, float("nan"), nothing, nothing)
    told = np.where(hidden, -1, known.true)
    found = evidence(known.lights, known.cabinets, streets=known.streets, told=told)
    true = known.true[hidden]
    right = found.nearest == true[:, None]
    held = np.zeros(right.shape)
    white = np.floor(known.lights[hidden] / SQUARE_M).sum(axis=1) % 2 == 0
    for judged in (white, ~white):
        held[judged] = probabilities(found.of(judged), fit(found.of(~judged), true[~judged]))
    return Judged(
        hidden=int(hidden.sum()),
        nearest_right=float(right[:, 0].mean()),
        as_shipped=reliability(probabilities(found, np.array(WEIGHTS)), right),
        held_out=reliability(held, right),
    )
