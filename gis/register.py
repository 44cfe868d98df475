"""What the register says of supply: codes of parents made into links, and what is wrong there."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gis.geometry import Coordinates, Mask
from gis.report import Effect
from gis.wiring_defects import CYCLE, FAR, TWO_PARENTS, UNKNOWN_PARENT, Dirt

Index = NDArray[np.int64]

SUPPLIES: Final = "supplies"
PART_OF: Final = "part_of"
CONTROLS: Final = "controls"

REGISTER: Final = "register"
CABLE: Final = "cable"
NEAREST: Final = "nearest"
LEARNT: Final = "learnt"
LEARNT_FEEDER: Final = "learnt_feeder"
"""Which feeder of its cabinet: it says more than the cabinet alone, and goes before it."""
MANUAL: Final = "manual"

REGISTER_CONFIDENCE: Final = 0.98
"""Registers are right but for a few rows in a hundred: never 1."""
DOUBTFUL_CONFIDENCE: Final = 0.5
FAR_M: Final = 2_000.0
"""A light farther than this from its own cabinet is doubted. [m]"""

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
"""One row a link, child to parent."""


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


def registered(nodes: pl.DataFrame, dirt: Dirt) -> pl.DataFrame:
    """Links that the register names by codes (``LINKS``); a cycle loses its own.

    Parameters
    ----------
    nodes : DataFrame
        As of ``gis.topology.build_topology``.
    dirt : Dirt
        Takes what is wrong: names that stand for nothing, cycles, two parents.
    """
    made = []
    linked: dict[tuple[str, str], pl.Series] = {}
    for reference in REFERENCES:
        children = (  # three columns of many: a copy of all is the largest memory of an import
            nodes.lazy()
            .filter(pl.col("kind") == reference.kind, pl.col(reference.column).is_not_null())
            .select("asset_id", "code", reference.column)
            .collect()
        )
        already = linked.get((reference.kind, reference.role))
        if already is not None:
            children = children.filter(~pl.col("asset_id").is_in(already.implode()))
        found = _resolved(children, nodes, reference)
        _tell_unknown(found, reference, dirt)
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
    links = pl.concat(made).cast(LINKS)
    _tell_two_parents(links, nodes, dirt)
    return _without_cycles(links, nodes, dirt)


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


def _tell_unknown(found: pl.DataFrame, reference: Reference, dirt: Dirt) -> None:
    lost = found.filter(pl.col("parent_id").is_null())
    dirt.add(
        UNKNOWN_PARENT,
        f"{reference.column} that nothing is called",
        lost.rename({reference.column: "named"}),
        layer=reference.kind,
        field=reference.column,
        expected=f"the code of a {' or a '.join(reference.parents)}",
    )


def _tell_two_parents(links: pl.DataFrame, nodes: pl.DataFrame, dirt: Dirt) -> None:
    """Tell lights whose feeder hangs under another cabinet than the one they name; it holds."""
    supplies = links.filter(pl.col("role") == SUPPLIES).select("child_id", "parent_id")
    both = (
        nodes.lazy()
        .filter(
            pl.col("kind") == "streetlight",
            pl.col("feeder").is_not_null(),
            pl.col("cabinet").is_not_null(),
        )
        .select("asset_id", "code", "feeder", "cabinet")
        .collect()
    )
    names = nodes.select(pl.col("asset_id").alias("above_id"), pl.col("code").alias("above"))
    odd = (
        both.join(supplies, left_on="asset_id", right_on="child_id")
        .join(supplies.rename({"parent_id": "above_id"}), left_on="parent_id", right_on="child_id")
        .join(names, on="above_id")
        .filter(pl.col("above") != pl.col("cabinet"))
    )
    dirt.add(
        TWO_PARENTS,
        "feeder of one cabinet, and another cabinet named",
        odd,
        layer="streetlight",
        field="cabinet",
        expected="the cabinet of its feeder; the feeder holds",
    )


def _without_cycles(links: pl.DataFrame, nodes: pl.DataFrame, dirt: Dirt) -> pl.DataFrame:
    """Take out the supply links that lead back to where they started."""
    supplies = links.filter(pl.col("role") == SUPPLIES)
    if supplies.height == 0:
        return links
    feeding = supplies["parent_id"].unique().sort()  # only what feeds can be on a cycle
    inner = supplies.filter(pl.col("child_id").is_in(feeding.implode()))
    parent = np.full(len(feeding), -1, dtype=np.int64)
    child_at = feeding.search_sorted(inner["child_id"]).to_numpy()
    parent[child_at] = feeding.search_sorted(inner["parent_id"]).to_numpy()
    looping = feeding.gather(cycle_members(parent))
    if not len(looping):
        return links
    dirt.add(
        CYCLE,
        "supply that leads back to itself, links left out",
        nodes.filter(pl.col("asset_id").is_in(looping.implode())),
        layer="cabinet",
        expected="a tree",
        effect=Effect.LEFT_OUT,
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


def doubted(
    links: pl.DataFrame, nodes: pl.DataFrame, places: Coordinates, dirt: Dirt
) -> pl.DataFrame:
    """Lower the confidence of lights that stand too far from the cabinet they are said to be on."""
    lights = np.flatnonzero((nodes["kind"] == "streetlight").to_numpy())
    at = sited_parents(links, nodes, places)[lights]
    away = places[lights] - places[at]
    far = np.flatnonzero((at >= 0) & (away[:, 0] ** 2 + away[:, 1] ** 2 > FAR_M**2))
    if not len(far):
        return links
    distance = np.hypot(*away[far].T)
    order = np.argsort(-distance, kind="stable")
    far, distance = far[order], distance[order]
    things = nodes[lights[far]].with_columns(pl.Series("km", np.round(distance / 1000, 1)))
    dirt.add(
        FAR,
        "light far from its cabinet, link doubted",
        things,
        layer="streetlight",
        field="cabinet",
        expected=f"at most {FAR_M / 1000:g} km",
    )
    named = pl.col("child_id").is_in(things["asset_id"].implode()) & (pl.col("role") == SUPPLIES)
    doubt = pl.when(named).then(DOUBTFUL_CONFIDENCE).otherwise(pl.col("confidence"))
    return links.with_columns(doubt.alias("confidence"))


def sited_parents(links: pl.DataFrame, nodes: pl.DataFrame, places: Coordinates) -> Index:
    """Row of the device that each node hangs from and whose place is known, two links up at most.

    Parameters
    ----------
    links : DataFrame
        Of one parent a child in the role ``supplies``.

    Returns
    -------
    int64 array, one a node
        -1 without one. A feeder has no place: its lights get the row of its cabinet.
    """
    supplies = links.filter(pl.col("role") == SUPPLIES)
    parent = np.full(nodes.height + 1, -1, np.int64)
    parent[rows_of(nodes, supplies["child_id"])] = rows_of(nodes, supplies["parent_id"])
    nowhere = np.append(np.isnan(places[:, 0]) | np.isnan(places[:, 1]), False)
    first = parent[:-1]
    above = np.where(nowhere[first], parent[first], first)
    return np.where(nowhere[above], -1, above)


def rows_of(nodes: pl.DataFrame, ids: pl.Series) -> Index:
    """Row of each thing in ``nodes``; things that are not there make no sense here."""
    own, wanted = nodes["asset_id"].to_numpy(), ids.to_numpy()
    if not len(own):
        return np.empty(0, np.int64)
    low = int(own.min())
    span = int(own.max()) - low + 1
    if span <= 8 * len(own):  # ids of a store are nearly dense: look up, do not search
        table = np.zeros(span, np.int64)
        table[own - low] = np.arange(len(own))
        return np.asarray(table[wanted - low])
    order = np.argsort(own, kind="stable")
    return np.asarray(order[np.searchsorted(own, wanted, sorter=order)])


def supplied(links: pl.DataFrame, nodes: pl.DataFrame) -> Mask:
    """Whether anything is known to feed each node."""
    fed = np.zeros(nodes.height, np.bool_)
    fed[rows_of(nodes, links.filter(pl.col("role") == SUPPLIES)["child_id"])] = True
    return fed
