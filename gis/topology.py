"""What hangs under what: the ladder of supply links, with the confidence of each.

Rungs: L0 the register names the feeder, L1 cables (not read yet), L2 it names the cabinet only,
L3 inferred from positions, L4 learnt from events. An answer inherits the worst rung of its chain,
so each link carries its own.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.geometry import Coordinates
from gis.report import Effect, Finding, Findings

Index = NDArray[np.int64]

SUPPLIES: Final = "supplies"
PART_OF: Final = "part_of"
CONTROLS: Final = "controls"

REGISTER: Final = "register"
NEAREST: Final = "nearest"

REGISTER_CONFIDENCE: Final = 0.98
"""Registers are right but for a few rows in a hundred: never 1."""
DOUBTFUL_CONFIDENCE: Final = 0.5
FAR_M: Final = 2_000.0
"""A light farther than this from its own cabinet is doubted. [m]"""

CANDIDATES: Final = 5
CANDIDATE_MASS: Final = 0.91
"""Chance that the true cabinet is one of the five nearest: 20 631 lights of Lecce."""
DECAY: Final = 3.0
"""Weight exp(−3 (d − d₁) / mean d): the likeliest on the same lights among the forms tried."""

LINKS: Final = pl.Schema(
    {
        "child_id": pl.Int64(),
        "parent_id": pl.Int64(),
        "role": pl.String(),
        "rung": pl.Int8(),
        "source": pl.String(),
        "confidence": pl.Float64(),
    }
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that names a parent by its code."""

    kind: str
    column: str
    parents: tuple[str, ...]
    role: str = SUPPLIES
    rung: int = 0


# Of several references of one kind in one role, the first that resolves holds.
REFERENCES: Final = (
    Reference("cabinet", "parent_cabinet", ("cabinet",)),
    Reference("cabinet", "substation", ("substation",)),
    Reference("feeder", "cabinet", ("cabinet",)),
    Reference("streetlight", "feeder", ("feeder",)),
    Reference("streetlight", "cabinet", ("cabinet",), rung=2),
    Reference("gateway", "supplied_by", ("cabinet", "feeder")),
    Reference("point_of_connection", "park", ("park",), PART_OF),
    Reference("valve", "point_of_connection", ("point_of_connection",), PART_OF),
    Reference("hydrozone", "park", ("park",), PART_OF),
    Reference("hydrozone", "valve", ("valve",), CONTROLS),
)
REFERENCE_COLUMNS: Final = tuple(dict.fromkeys(reference.column for reference in REFERENCES))


@dataclass(frozen=True, slots=True)
class Topology:
    """The links of a city, and where its topology is dirty.

    Attributes
    ----------
    links : DataFrame (``LINKS``)
    findings : list of Finding
        Orphans, cycles, doubtful links; the value of an item is a code.
    """

    links: pl.DataFrame
    findings: list[Finding]


def build_topology(nodes: pl.DataFrame, places: Coordinates) -> Topology:
    """Link everything to what feeds it, holds it or controls it.

    Parameters
    ----------
    nodes : DataFrame, one row a thing
        asset_id : Int64; kind, code : String; and ``REFERENCE_COLUMNS`` : String, codes of
        parents, null where the register is silent.
    places : ndarray, shape (n, 2)
        Metric positions in the order of ``nodes``; NaN where unknown. [m]

    Returns
    -------
    Topology
        A cycle loses its links and is reported; a name that stands for nothing is reported; a
        light without any reference gets its likely cabinets, each with its probability, where
        the city has cabinets at all.
    """
    findings = Findings()
    links = _registered(nodes, findings)
    links = _without_cycles(links, nodes, findings)
    links = _doubted(links, nodes, places, findings)
    links = pl.concat([links, _inferred(nodes, places)])
    _tell_unfed(links, nodes, findings)
    return Topology(links.sort("role", "child_id", "parent_id"), findings.all())


def _registered(nodes: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Links that the register names by codes."""
    made = []
    linked: dict[tuple[str, str], pl.Series] = {}
    for reference in REFERENCES:
        children = nodes.filter(
            pl.col("kind") == reference.kind, pl.col(reference.column).is_not_null()
        )
        already = linked.get((reference.kind, reference.role))
        if already is not None:
            children = children.filter(~pl.col("asset_id").is_in(already.implode()))
        found = _resolved(children, nodes, reference)
        _tell_unknown(found, reference, findings)
        links = found.filter(pl.col("parent_id").is_not_null()).select(
            pl.col("asset_id").alias("child_id"),
            "parent_id",
            pl.lit(reference.role).alias("role"),
            pl.lit(reference.rung, pl.Int8).alias("rung"),
            pl.lit(REGISTER).alias("source"),
            pl.lit(REGISTER_CONFIDENCE).alias("confidence"),
        )
        made.append(links)
        key = (reference.kind, reference.role)
        linked[key] = links["child_id"] if already is None else already.append(links["child_id"])
    return pl.concat(made).cast(LINKS)


def _resolved(children: pl.DataFrame, nodes: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Children with the parent their code stands for; of two kinds, the first named wins."""
    rank = {kind: place for place, kind in enumerate(reference.parents)}
    parents = (
        nodes.filter(pl.col("kind").is_in(list(reference.parents)))
        .sort(pl.col("kind").replace_strict(rank, return_dtype=pl.Int8), "asset_id")
        .unique("code", keep="first", maintain_order=True)
        .select(pl.col("code").alias(reference.column), pl.col("asset_id").alias("parent_id"))
    )
    joined = children.join(parents, on=reference.column, how="left", maintain_order="left")
    own = pl.col("parent_id") == pl.col("asset_id")
    return joined.with_columns(pl.when(~own).then(pl.col("parent_id")).alias("parent_id"))


def _tell_unknown(found: pl.DataFrame, reference: Reference, findings: Findings) -> None:
    lost = found.filter(pl.col("parent_id").is_null())
    findings.add(
        f"{reference.column} that nothing is called",
        Effect.NOTED,
        lost["asset_id"],
        lost["code"] + " → " + lost[reference.column],
        layer=reference.kind,
        field=reference.column,
        expected=f"the code of a {' or a '.join(reference.parents)}",
    )


def _without_cycles(links: pl.DataFrame, nodes: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Take out the supply links that lead back to where they started."""
    supplies = links.filter(pl.col("role") == SUPPLIES)
    if supplies.height == 0:
        return links
    ids = nodes["asset_id"].sort()
    parent = np.full(len(ids), -1, dtype=np.int64)
    child_at = ids.search_sorted(supplies["child_id"]).to_numpy()
    parent[child_at] = ids.search_sorted(supplies["parent_id"]).to_numpy()
    looping = ids.gather(cycle_members(parent))
    if not len(looping):
        return links
    codes = nodes.filter(pl.col("asset_id").is_in(looping.implode()))
    findings.add(
        "supply that leads back to itself, links left out",
        Effect.LEFT_OUT,
        codes["asset_id"],
        codes["code"],
        layer="cabinet",
        expected="a tree",
    )
    in_loop = (pl.col("role") == SUPPLIES) & pl.col("child_id").is_in(looping.implode())
    return links.filter(~in_loop)


def cycle_members(parent: Index) -> Index:
    """Nodes that are their own ancestor, by pointer doubling.

    Parameters
    ----------
    parent : ndarray of int64
        Index of the parent; -1 at a source.

    Returns
    -------
    ndarray of int64
        Ascending; empty for a forest. Nodes that only hang below a cycle are not in it.
    """
    ancestor = parent.copy()
    for _ in range(max(len(parent), 2).bit_length()):
        above = np.where(ancestor >= 0, ancestor, 0)
        ancestor = np.where(ancestor >= 0, ancestor[above], -1)
    return np.unique(ancestor[ancestor >= 0])


def _doubted(
    links: pl.DataFrame, nodes: pl.DataFrame, places: Coordinates, findings: Findings
) -> pl.DataFrame:
    """Lower the confidence of lights that stand too far from the cabinet they are said to be on."""
    lights = nodes.filter(pl.col("kind") == "streetlight").select("asset_id", "code")
    supplies = links.filter(pl.col("role") == SUPPLIES).select("child_id", "parent_id")
    at = pl.DataFrame({"id": nodes["asset_id"], "x": places[:, 0], "y": places[:, 1]})
    reach = (
        lights.join(supplies, left_on="asset_id", right_on="child_id")
        .join(supplies, left_on="parent_id", right_on="child_id", how="left", suffix="_above")
        .join(at, left_on="asset_id", right_on="id")
        .join(at, left_on="parent_id", right_on="id", suffix="_parent")
        .join(at, left_on="parent_id_above", right_on="id", how="left", suffix="_above")
        .with_columns(
            pl.when(pl.col("x_parent").is_nan())
            .then(f"{axis}_above")
            .otherwise(f"{axis}_parent")
            .alias(f"{axis}_device")
            for axis in ("x", "y")
        )
        .with_columns(
            ((pl.col("x") - pl.col("x_device")) ** 2 + (pl.col("y") - pl.col("y_device")) ** 2)
            .sqrt()
            .fill_nan(None)
            .alias("distance")
        )
        .filter(pl.col("distance") > FAR_M)
        .sort("distance", descending=True)
    )
    findings.add(
        "light far from its cabinet, link doubted",
        Effect.NOTED,
        reach["asset_id"],
        reach["code"] + reach["distance"].map_elements(_kilometres, return_dtype=pl.String),
        layer="streetlight",
        field="cabinet",
        expected=f"at most {FAR_M / 1000:g} km",
    )
    far = pl.col("child_id").is_in(reach["asset_id"].implode()) & (pl.col("role") == SUPPLIES)
    doubt = pl.when(far).then(DOUBTFUL_CONFIDENCE).otherwise(pl.col("confidence"))
    return links.with_columns(doubt.alias("confidence"))


def _kilometres(metres: float) -> str:
    return f": {metres / 1000:.1f} km"


def _inferred(nodes: pl.DataFrame, places: Coordinates) -> pl.DataFrame:
    """Likely cabinets of the lights about whose supply the register is silent."""
    here = np.isfinite(places).all(axis=1)
    untold = nodes["feeder"].is_null() & nodes["cabinet"].is_null()
    silent = ((nodes["kind"] == "streetlight") & untold).to_numpy()
    lights = np.flatnonzero(silent & here)
    cabinets = np.flatnonzero((nodes["kind"] == "cabinet").to_numpy() & here)
    if not len(lights) or not len(cabinets):
        return LINKS.to_frame()
    near, chance = likely_parents(places[lights], places[cabinets])
    ids = nodes["asset_id"].to_numpy()
    count = near.shape[1]
    return pl.DataFrame(
        {
            "child_id": np.repeat(ids[lights], count),
            "parent_id": ids[cabinets[near.ravel()]],
            "role": SUPPLIES,
            "rung": 3,
            "source": NEAREST,
            "confidence": chance.ravel(),
        },
        schema=LINKS,
    ).filter(pl.col("confidence") >= 0.005)


def likely_parents(
    lights: Coordinates, cabinets: Coordinates
) -> tuple[NDArray[np.intp], Coordinates]:
    """Nearest cabinets of each light, with the probability of each (rung L3).

    p ∝ exp(−``DECAY`` (d − d₁) / mean d) over the ``CANDIDATES`` nearest, which share a
    probability of ``CANDIDATE_MASS``: the rest is that of a cabinet farther away. Both figures
    come from the 20 631 lights of Lecce, where the true cabinet is known: there the nearest one
    is right for 51 %, the five nearest hold it for 91 %.

    Parameters
    ----------
    lights, cabinets : ndarray, shapes (n, 2) and (m, 2)
        Metric positions, all known. [m]

    Returns
    -------
    nearest, probability : ndarrays, shape (n, min(m, 5)); nearest first
    """
    count = min(CANDIDATES, len(cabinets))
    distance, nearest = cKDTree(cabinets).query(lights, k=count)
    distance, nearest = distance.reshape(-1, count), nearest.reshape(-1, count)
    mean = np.maximum(distance.mean(axis=1, keepdims=True), 1.0)
    weight = np.exp(-DECAY * (distance - distance[:, :1]) / mean)
    return nearest, CANDIDATE_MASS * weight / weight.sum(axis=1, keepdims=True)


def _tell_unfed(links: pl.DataFrame, nodes: pl.DataFrame, findings: Findings) -> None:
    """Name the feeders and lights that nothing feeds."""
    fed = links.filter(pl.col("role") == SUPPLIES)["child_id"]
    for kind in ("feeder", "streetlight"):
        orphans = nodes.filter(pl.col("kind") == kind, ~pl.col("asset_id").is_in(fed.implode()))
        findings.add(
            f"{kind} that nothing known feeds",
            Effect.NOTED,
            orphans["asset_id"],
            orphans["code"],
            layer=kind,
            expected="a parent device",
        )
