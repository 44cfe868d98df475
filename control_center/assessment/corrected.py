"""A few links corrected since the city was read: the frames patched, the layout edited, no more.

Somebody says what feeds a light, a gateway, a feeder or a cabinet; the rest of the city is as it
was. What is laid out then equals the city read anew, to the last element.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.incidents.city import City, Frames, lay_out
from twin.model.frames import LINKS
from twin.store.frames import read_frame
from twin.store.rows import read_rows
from twin.supply import Supply
from twin.supply.edit import with_device_under, with_light_on
from twin.supply.layout import NONE, longs

MOST_EDITS = 20
"""With more links than this a city is laid out anew: each edit walks over all lights."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Things that hang otherwise than when the city was read.

    Attributes
    ----------
    children : list of int
        Ids of the things, ascending.
    links : DataFrame
        Their links now (``frames.LINKS``).
    """

    children: list[int]
    links: pl.DataFrame

    def change_of_count(self, frames: Frames) -> int:
        """By how many the links of the city differ."""
        assert frames.links is not None  # noqa: S101 - a city from the store has its links
        before = frames.links.filter(pl.col("child_id").is_in(self.children))
        return len(self.links) - len(before)


def read_correction(
    connection: Connection[TupleRow], frames: Frames, link: int
) -> Correction | None:
    """Read what hangs otherwise since a link was made.

    Parameters
    ----------
    frames : Frames
        The city as it was read.
    link : int
        The newest link at that time.

    Returns
    -------
    Correction or None
        None where it is more than a few supply links of lights, gateways and supply devices.
    """
    rows = read_rows(connection, "incidents/links_since", {"link": link})
    children = [child for child, _ in rows]
    if not 0 < len(rows) <= MOST_EDITS or any(role != "supplies" for _, role in rows):
        return None
    gateways = frames.gateways if frames.gateways is not None else pl.DataFrame()
    ours = [frames.lights["asset_id"], frames.devices["asset_id"], gateways["gateway_id"]]
    if not pl.Series(children, dtype=pl.Int64).is_in(pl.concat(ours).implode()).all():
        return None
    found = read_frame(connection, "incidents/links_of", LINKS, {"children": children})
    fed = found["child_id"].n_unique() == len(children)
    return Correction(children, found) if fed else None


def patched(frames: Frames, correction: Correction) -> Frames:
    """Return the frames with corrected links; supply devices and gateways are the caller's."""
    best = correction.links.unique("child_id", keep="first", maintain_order=True)
    lights = frames.lights.with_columns(
        hangs_anew=pl.col("asset_id").is_in(correction.children)
    ).join(best, left_on="asset_id", right_on="child_id", how="left", maintain_order="left")
    anew = {"supply_id": "parent_id", "link_confidence": "confidence", "link_rung": "rung"}
    lights = lights.with_columns(
        pl.when("hangs_anew").then(pl.col(right)).otherwise(pl.col(left)).alias(left)
        for left, right in anew.items()
    ).drop("hangs_anew", *anew.values())
    assert frames.links is not None  # noqa: S101 - a city from the store has its links
    links = pl.concat(
        [frames.links.filter(~pl.col("child_id").is_in(correction.children)), correction.links]
    )
    return replace(frames, lights=lights, links=links.sort("child_id", maintain_order=True))


def lay_out_again(city: City, frames: Frames, children: Sequence[int]) -> City:
    """Lay a city out after a few of its links were corrected.

    Parameters
    ----------
    city : City
        As it was.
    frames : Frames
        As they are; buildings may be left out, they stay.
    children : sequence of int
        What hangs otherwise.
    """
    supply = _edited(city, frames, children)
    again = lay_out(frames, supply)
    return replace(again, building_id=city.building_id, building_shape=city.building_shape)


def _edited(city: City, frames: Frames, children: Sequence[int]) -> Supply | None:
    """Return the layout with some links changed; None where loops or dual feeds are concerned."""
    supply = city.supply
    devices = dict(frames.devices.select("asset_id", "parent_id").iter_rows())
    moved = frames.lights.filter(pl.col("asset_id").is_in(children))
    lights = dict(moved.select("asset_id", "supply_id").iter_rows())
    moves = {child: devices[child] for child in children if child in devices}
    if supply.mesh is not None or supply.defects.cycles or _several(frames, moves):
        return None
    try:
        for child, parent in moves.items():
            known = parent if parent in devices else NONE
            if parent is not None and known == NONE:
                return None  # a defect, to be told as such
            supply = with_device_under(supply, child, known)
    except ValueError:  # it would feed itself
        return None
    order = np.argsort(longs(frames.lights, "asset_id"))
    ids, street = (longs(frames.lights, name)[order] for name in ("asset_id", "street_id"))
    for light, device in lights.items():
        group = street[np.searchsorted(ids, supply.light_id)]
        supply = with_light_on(supply, light, device if device in devices else NONE, group)
    return supply


def _several(frames: Frames, moves: dict[int, int | None]) -> bool:
    """Whether one of some devices hangs on several links, or on none: its layout is a question."""
    assert frames.links is not None  # noqa: S101 - a city from the store has its links
    count = frames.links.filter(pl.col("child_id").is_in(list(moves)))["child_id"].value_counts()
    return len(count) < len(moves) or bool((count["count"] > 1).any())
