"""Which feeder of its cabinet feeds a light: what the register says, and the links events teach."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from gis.register import LEARNT_FEEDER, LINKS, REGISTER_CONFIDENCE, SUPPLIES
from twin.model.kinds import FEEDER, STREETLIGHT
from twin.supply.feeders import learn_feeders
from twin.supply.learning import Choices
from twin.supply.moments import Shown
from twin.supply.ranges import Longs


@dataclass(frozen=True, slots=True)
class Feeders:
    """The feeders of the register that hang under a cabinet.

    Attributes
    ----------
    asset_id : int64 array (f)
    site : int64 array (f)
        Cabinet (rank) of each.
    said : int64 array (n)
        Feeder that a register, a plan or a person says for each thing; -1 for none.
    """

    asset_id: Longs
    site: Longs
    said: Longs


def feeders_of(
    links: pl.DataFrame, every: pl.DataFrame, nodes: pl.DataFrame, cabinet: Longs
) -> Feeders:
    """Read the feeders of the register.

    Parameters
    ----------
    links, every : DataFrame
        ``LINKS``, best first by child, and ``NODES``.
    nodes : DataFrame
        The things that are asked, in order.
    cabinet : int64 array (d)
        Rows of ``nodes`` that are cabinets.
    """
    above = links.filter(pl.col("rung") <= 2).unique("child_id", keep="first", maintain_order=True)
    ranks = nodes[cabinet].select(pl.col("asset_id").alias("parent_id")).with_row_index("site")
    feeders = (
        every.filter(pl.col("kind") == FEEDER)
        .select(pl.col("asset_id").alias("child_id"))
        .join(above, on="child_id")
        .join(ranks, on="parent_id")
        .select(pl.col("child_id").alias("parent_id"), "site")
        .sort("parent_id")
        .with_row_index("feeder")
    )
    told = (
        nodes.select(pl.col("asset_id").alias("child_id"))
        .join(above, on="child_id", how="left", maintain_order="left")
        .join(feeders, on="parent_id", how="left", maintain_order="left")
    )
    return Feeders(
        feeders["parent_id"].to_numpy(),
        feeders["site"].cast(pl.Int64).to_numpy(),
        told["feeder"].cast(pl.Int64).fill_null(-1).to_numpy(),
    )


def sites_of(declared: Longs, best: pl.DataFrame, least: float) -> Longs:
    """Cabinet (rank) of each thing: declared, else learnt surely enough; -1 for none."""
    site = declared.copy()
    sure = best.filter(pl.col("confidence") >= least)
    thing = sure["thing"].to_numpy()
    free = site[thing] < 0
    site[thing[free]] = sure["device"].to_numpy()[free]
    return site


def feeder_links(
    nodes: pl.DataFrame,
    register: Feeders,
    choices: Choices,
    shown: Shown,
    *,
    site: Longs,
    least: tuple[float, int],
) -> pl.DataFrame:
    """Links of the lights whose feeder events tell, and nobody else (``LINKS``).

    Parameters
    ----------
    choices, shown
        Of cabinets; see ``twin.supply.learning``.
    site : int64 array (n)
        Cabinet of each thing: a feeder of another one is no refinement, and is not written.
    least : float, int
        Probability and number of moments from which on a link is written.
    """
    light = (nodes["kind"] == STREETLIGHT).to_numpy()
    of_light = light[choices.thing]
    alone = Choices(choices.thing[of_light], choices.device[of_light], choices.prior[of_light])
    asked, taught = learn_feeders(
        alone, shown, register.site, register.said, known=REGISTER_CONFIDENCE
    )
    if not len(asked.thing):
        return LINKS.to_frame()
    order = np.lexsort((taught.probability, asked.thing))
    likeliest = order[np.append(np.diff(asked.thing[order]) > 0, True)]
    thing, feeder = asked.thing[likeliest], asked.device[likeliest]
    sure = (
        (taught.probability[likeliest] >= least[0])
        & (taught.moments[thing] >= least[1])
        & (register.said[thing] < 0)
        & (register.site[feeder] == site[thing])
    )
    count = int(sure.sum())
    return pl.DataFrame(
        {
            "child_id": nodes["asset_id"].gather(thing[sure]),
            "parent_id": register.asset_id[feeder[sure]],
            "role": [SUPPLIES] * count,
            "rung": [4] * count,
            "source": [LEARNT_FEEDER] * count,
            "confidence": np.round(taught.probability[likeliest][sure], 3),
        },
        schema=LINKS,
    )
