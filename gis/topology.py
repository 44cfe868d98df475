"""What hangs under what: the ladder of supply links, with the confidence of each.

Rungs: L0 the register names the feeder, L1 cables lead there, L2 it names the cabinet only,
L3 inferred from positions and streets, L4 learnt from events (``twin.supply.learning``). An answer
inherits the worst rung of its chain, so each link carries its own.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from gis.cables import Cables, CableSupply, follow_cables
from gis.geometry import Coordinates, Geometries, Mask
from gis.likely_cabinets import Streets, likely_cabinets
from gis.register import (
    CABLE,
    LINKS,
    NEAREST,
    SUPPLIES,
    doubted,
    registered,
    sited_parents,
    supplied,
)
from gis.report import Finding
from gis.street_names import street_keys
from gis.wiring_defects import CONTRADICTED, DANGLING, DUAL_FEED, ISLAND, LOOP, ORPHAN, Dirt

Index = NDArray[np.int64]

CABLE_CONFIDENCE: Final = 0.95
"""A plan of cables is right but for a few in a hundred; of two cabinets each gets half."""
LEAST_LIKELY: Final = 0.02
"""A guess less likely than this is not written down."""


@dataclass(frozen=True, slots=True)
class Topology:
    """The links of a city, and where its topology is dirty.

    Attributes
    ----------
    links : DataFrame (``LINKS``)
    defects : DataFrame (``gis.wiring_defects.DEFECTS``)
        Every thing that something is wrong with.
    findings : list of Finding
        The same by reason; the value of an item is a code.
    """

    links: pl.DataFrame
    defects: pl.DataFrame
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class DrawnCables:
    """Cables as the store has them.

    Attributes
    ----------
    rows : DataFrame
        asset_id : int; code, feeder, from_node, to_node : str, null where nobody says.
    lines : ndarray of geometries
        Metric, in the same order. [m]
    """

    rows: pl.DataFrame
    lines: Geometries


def build_topology(
    nodes: pl.DataFrame, places: Coordinates, cables: DrawnCables | None = None
) -> Topology:
    """Link everything to what feeds it, holds it or controls it.

    Parameters
    ----------
    nodes : DataFrame, one row a thing
        asset_id : Int64; kind, code : String; ``gis.register.REFERENCE_COLUMNS`` : String, codes of
        parents, null where the register is silent; street : String, name or key of its street,
        null where not known, may be missing.
    places : ndarray, shape (n, 2)
        Metric positions in the order of ``nodes``; NaN where unknown. [m]
    cables : DrawnCables, optional
        Those of the city.

    Returns
    -------
    Topology
        A cycle loses its links and is reported; a name that stands for nothing is reported; what
        the register and the cables say differently is reported, and the register holds; a light
        of which neither says anything gets its likely cabinets, each with its probability, where
        the city has cabinets at all.
    """
    dirt = Dirt()
    links = registered(nodes, dirt)
    if cables is not None and cables.rows.height:
        links = _cabled(links, nodes, places, cables, dirt)
    links = doubted(links, nodes, places, dirt)
    links = pl.concat([links, _inferred(links, nodes, places)])
    _tell_orphans(links, nodes, dirt)
    return Topology(links.sort("role", "child_id", "parent_id"), dirt.frame(), dirt.findings())


def _cabled(
    links: pl.DataFrame,
    nodes: pl.DataFrame,
    places: Coordinates,
    cables: DrawnCables,
    dirt: Dirt,
) -> pl.DataFrame:
    """Add what cables say (rung L1): where the register is silent, or names the cabinet only."""
    kind = nodes["kind"]
    cabinet = (kind == "cabinet").to_numpy()
    carried = kind.is_in(["cabinet", "streetlight", "support"]).to_numpy()
    above = sited_parents(links, nodes, places)
    feeder = _row_of(cables.rows["feeder"], nodes, ("feeder",))
    ends = [_row_of(cables.rows[end], nodes, _ENDS) for end in ("from_node", "to_node")]
    found = follow_cables(
        Cables(cables.rows["asset_id"].to_numpy(), cables.lines, feeder, np.stack(ends, axis=1)),
        np.where(carried[:, None], places, np.nan),
        cabinet,
        np.where(cabinet, above, -1),
    )
    _tell_cables(found, cables, dirt)
    surest = links.filter(pl.col("role") == SUPPLIES, pl.col("rung") == 0)
    certain = nodes["asset_id"].is_in(surest["child_id"].implode()).to_numpy()
    told = _of_lights(found, nodes, above, certain)
    _tell_differences(told, nodes, dirt)
    wanted = told.filter("holds").select(
        "child_id",
        "parent_id",
        pl.lit(SUPPLIES).alias("role"),
        pl.lit(1, pl.Int8).alias("rung"),
        pl.lit(CABLE).alias("source"),
        "confidence",
    )
    finer = (
        (pl.col("role") == SUPPLIES)
        & (pl.col("rung") == 2)
        & pl.col("child_id").is_in(wanted["child_id"].implode())
    )
    return pl.concat([links.filter(~finer), wanted.cast(LINKS)])


_ENDS = ("cabinet", "streetlight", "support")


def _row_of(codes: pl.Series, nodes: pl.DataFrame, kinds: tuple[str, ...]) -> Index:
    """Row of the node that each code stands for, of several kinds the first; -1 for none."""
    rank = {kind: place for place, kind in enumerate(kinds)}
    named = (
        nodes.select("kind", "code")
        .with_row_index("row")
        .filter(pl.col("kind").is_in(list(kinds)))
        .sort(pl.col("kind").replace_strict(rank, return_dtype=pl.Int8), "row")
        .unique("code", keep="first", maintain_order=True)
    )
    asked = pl.DataFrame({"code": codes.cast(pl.String)})
    rows = asked.join(named, on="code", how="left", maintain_order="left")["row"]
    return rows.cast(pl.Int64).fill_null(-1).to_numpy()


def _of_lights(
    found: CableSupply, nodes: pl.DataFrame, above: Index, certain: Mask
) -> pl.DataFrame:
    """Set what cables say of each light beside what the register says.

    Parameters
    ----------
    certain : bool array
        Nodes whose feeder the register names: cables add nothing to them.

    Returns
    -------
    DataFrame
        child_id, parent_id : int; confidence : float; row, cabinet, declared : int, rows of the
        light, of the cabinet that the cables lead to and of the one that the register says (-1);
        alternatives : int; holds : bool, whether the cables say something new.
    """
    ids = nodes["asset_id"].to_numpy()
    light = (nodes["kind"] == "streetlight").to_numpy()[found.node]
    node, feeder = found.node[light], found.feeder[light]
    by_feeder = np.where(feeder >= 0, above[feeder], -1)  # a named feeder settles a dual feed
    cabinet = np.where(by_feeder >= 0, by_feeder, found.cabinet[light])
    alternatives = np.where(by_feeder >= 0, 1, found.alternatives[light])
    declared = above[node]
    finer = (declared == cabinet) & (feeder >= 0)
    return pl.DataFrame(
        {
            "child_id": ids[node],
            "parent_id": ids[np.where(feeder >= 0, feeder, cabinet)],
            "confidence": CABLE_CONFIDENCE / alternatives,
            "row": node,
            "cabinet": cabinet,
            "declared": declared,
            "alternatives": alternatives,
            "holds": ~certain[node] & ((declared < 0) | finer),
        }
    ).unique(["child_id", "parent_id"], keep="first", maintain_order=True)


def _tell_cables(found: CableSupply, cables: DrawnCables, dirt: Dirt) -> None:
    """Tell dangling ends, loops, islands and cables fed from two sides."""
    ends = _end_points(cables.lines)
    dirt.add(
        DANGLING,
        "cable end that meets nothing",
        cables.rows[found.dangling // 2],
        layer="cable",
        expected="a light, a support, a cabinet or another cable within 0.5 m",
        at=ends[found.dangling // 2, found.dangling % 2],
    )
    for defect, which, reason, expected in (
        (LOOP, found.looped, "cable on a loop", "a tree, or the place where the loop is open"),
        (DUAL_FEED, found.dual, "cable fed from several cabinets", "one cabinet"),
        (ISLAND, found.islands, "cable that no cabinet feeds", "a way to a cabinet"),
    ):
        dirt.add(defect, reason, cables.rows[which], layer="cable", expected=expected)


def _end_points(lines: Geometries) -> Coordinates:
    """First and last point of each line. [m]"""
    points, owner = shapely.get_coordinates(lines, return_index=True)
    ends = np.full((len(lines), 2, 2), np.nan)
    ends[owner[::-1], 0] = points[::-1]
    ends[owner, 1] = points
    return ends


def _tell_differences(told: pl.DataFrame, nodes: pl.DataFrame, dirt: Dirt) -> None:
    """Tell lights that several cabinets may feed, and those where register and cables differ."""
    names = nodes["code"]
    dual = told.filter(pl.col("alternatives") > 1).unique("child_id", maintain_order=True)
    dirt.add(
        DUAL_FEED,
        "light that several cabinets may feed",
        dual.select(
            pl.col("child_id").alias("asset_id"),
            names.gather(dual["row"]).alias("code"),
        ),
        layer="streetlight",
        expected="one cabinet",
    )
    agreed = told.group_by("row").agg((pl.col("cabinet") == pl.col("declared")).any().alias("ok"))
    odd = (
        told.join(agreed, on="row")
        .filter(pl.col("declared") >= 0, ~pl.col("ok"))
        .unique("row", maintain_order=True)
    )
    dirt.add(
        CONTRADICTED,
        "register and cables disagree, the register holds",
        pl.DataFrame(
            {
                "asset_id": odd["child_id"],
                "code": names.gather(odd["row"]),
                "said": names.gather(odd["declared"]),
                "drawn": names.gather(odd["cabinet"]),
            }
        ),
        layer="streetlight",
        field="cabinet",
        expected="the same cabinet",
    )


def _inferred(links: pl.DataFrame, nodes: pl.DataFrame, places: Coordinates) -> pl.DataFrame:
    """Likely cabinets of the lights of which neither register nor cables say anything."""
    here = ~np.isnan(places[:, 0] + places[:, 1])
    kind = nodes["kind"]
    lights = np.flatnonzero((kind == "streetlight").to_numpy() & here)
    cabinets = np.flatnonzero((kind == "cabinet").to_numpy() & here)
    named = (nodes["feeder"].is_not_null() | nodes["cabinet"].is_not_null()).to_numpy()
    silent = ~(named | supplied(links, nodes))[lights]
    if not silent.any() or not len(cabinets):
        return LINKS.to_frame()
    above = sited_parents(links, nodes, places)[lights]
    at = np.searchsorted(cabinets, above)
    known = (above >= 0) & (cabinets[np.minimum(at, len(cabinets) - 1)] == above)
    told = np.where(silent, -1, np.where(known, at, len(cabinets)))
    asked = np.flatnonzero(told < len(cabinets))  # named, but of nothing: neither asked nor asking
    candidates, chance = likely_cabinets(
        places[lights[asked]],
        places[cabinets],
        streets=_streets(nodes, lights[asked], cabinets),
        told=told[asked],
    )
    ids = nodes["asset_id"].to_numpy()
    children = lights[silent]
    return pl.DataFrame(
        {
            "child_id": np.repeat(ids[children], candidates.shape[1]),
            "parent_id": ids[cabinets[candidates.ravel()]],
            "role": SUPPLIES,
            "rung": 3,
            "source": NEAREST,
            "confidence": chance.ravel(),
        },
        schema=LINKS,
    ).filter(pl.col("confidence") >= LEAST_LIKELY)


def _streets(nodes: pl.DataFrame, lights: Index, cabinets: Index) -> Streets | None:
    """Streets of lights and cabinets as numbers; None where the frame has none."""
    if "street" not in nodes.columns:
        return None
    both = street_keys(nodes["street"].gather(np.concatenate([lights, cabinets])))
    numbers = both.rank("dense").cast(pl.Int64).fill_null(0).to_numpy() - 1
    return Streets(numbers[: len(lights)], numbers[len(lights) :])


def _tell_orphans(links: pl.DataFrame, nodes: pl.DataFrame, dirt: Dirt) -> None:
    """Name the feeders and lights that nothing feeds."""
    unfed = pl.Series(~supplied(links, nodes))
    for kind in ("feeder", "streetlight"):
        dirt.add(
            ORPHAN,
            f"{kind} that nothing known feeds",
            nodes.filter((pl.col("kind") == kind) & unfed),
            layer=kind,
            expected="a parent device",
        )
