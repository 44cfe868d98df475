"""Learn from stored reports which cabinet and feeder feed a light, and write it down (rung L4)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

from control_center.learnt_feeders import feeder_links, feeders_of, sites_of
from gis.geometry import metric_points
from gis.likely_cabinets import Streets, likely_cabinets
from gis.register import LEARNT, LINKS, REGISTER_CONFIDENCE, SUPPLIES, sited_parents
from gis.street_names import street_keys
from gis.wiring_defects import DISPROVED, told
from twin.model.kinds import CABINET, STREETLIGHT
from twin.store.city import CityReader
from twin.store.database import Database
from twin.store.telemetry import TelemetryReader
from twin.store.wiring import WiringReader, WiringWriter
from twin.supply.learning import Choices, Learnt, learn
from twin.supply.moments import Reports, shown_by, with_silence
from twin.supply.ranges import Floats, Longs

LEARNT_FROM: Final = 0.6
"""Least probability at which a link is written; it carries its probability in any case."""
DISPROVED_FROM: Final = 0.8
"""Least probability of another cabinet at which the register is said to be wrong."""
FEEDER_FROM: Final = 0.8
"""Least probability at which a feeder is written: its cabinet may be surer without it."""
LEAST_MOMENTS: Final = 2
"""Times that a light must have moved with its crew: once may be chance."""
BURNING_W: Final = 5.0
"""A light or a cabinet that draws more is on. [W]"""

_SURE = 0.999
_SAID = {"supply_present": 0.5, "lamp_on": 0.5, "active_power": BURNING_W}


@dataclass(slots=True)
class Taught:
    """What events taught.

    Attributes
    ----------
    lights : int
        Lights and cabinets with reports.
    moved : int
        Those that changed together with others.
    learnt, added, closed : int
        Links that events teach now; how many of them are new; how many held before and no more.
    feeders : int
        How many of the links are of a feeder, for lights of which the cabinet alone was known.
    disproved : list of str
        Lights that move with another cabinet than their register's: "code: said, moves with".
    """

    lights: int = 0
    moved: int = 0
    learnt: int = 0
    added: int = 0
    closed: int = 0
    feeders: int = 0
    disproved: list[str] = field(default_factory=list)


def learn_wiring(
    database: Database,
    now: datetime,
    span: timedelta,
    *,
    silence: bool = False,
    dry_run: bool = False,
) -> Taught:
    """Read the reports of a span of time, learn, write links and disproofs.

    Parameters
    ----------
    now : datetime
        End of the span; what is written is valid from then on. [UTC]
    silence : bool
        Take the long silence of a thing with a known interval as supply lost.
    dry_run : bool
        Write nothing.
    """
    reader = WiringReader(database)
    nodes, links = reader.nodes(), reader.links()
    srid = CityReader(database).territory().metric_srid
    places = metric_points(nodes["longitude"], nodes["latitude"], srid)
    here = ~np.isnan(places[:, 0])
    rows = np.flatnonzero(here & nodes["kind"].is_in([STREETLIGHT, CABINET]).to_numpy())
    nodes, places = nodes[rows], places[rows]
    found = Taught()
    cabinet = np.flatnonzero((nodes["kind"] == CABINET).to_numpy())
    reports, interval = _reports(database, nodes, now - span, now)
    if silence:
        reports = with_silence(reports, interval)
    if not len(reports.at) or not len(cabinet):
        return found
    every = reader.nodes()
    declared = _declared(links, every, nodes, cabinet)
    choices = _choices(nodes, places, cabinet, declared)
    shown = shown_by(reports, interval)
    taught = learn(choices, shown, len(nodes), len(cabinet))
    found.lights = len(np.unique(reports.thing))
    found.moved = int((taught.crew >= 0).sum())
    best = _best(choices, taught)
    wanted = _links(nodes, cabinet, declared, best)
    register = feeders_of(links, every, nodes, cabinet)
    site = sites_of(declared, best, LEARNT_FROM)
    feeders = feeder_links(
        nodes, register, choices, shown, site=site, least=(FEEDER_FROM, LEAST_MOMENTS)
    )
    wrong = _disproved(nodes, cabinet, declared, best)
    wanted = pl.concat([wanted, feeders])
    found.feeders = feeders.height
    found.learnt, found.disproved = wanted.height, wrong["detail"].to_list()
    if not dry_run:
        with database.connection() as connection, connection.transaction():
            writer = WiringWriter(connection, now)
            found.added, found.closed = writer.merge_learnt(wanted)
            writer.merge_defects(wrong, among=[DISPROVED])
    return found


def _reports(
    database: Database, nodes: pl.DataFrame, start: datetime, end: datetime
) -> tuple[Reports, Floats]:
    """Read what lights and cabinets said, as on and off, and how often each speaks."""
    history = TelemetryReader(database).history(list(_SAID), start, end)
    numbered = nodes.select("asset_id").with_row_index("thing")
    said = (
        history.filter(pl.col("quality") == 0)
        .join(numbered, on="asset_id")
        .with_columns(
            pl.col("property").replace_strict(list(_SAID), range(len(_SAID))).alias("rank"),
            (
                pl.col("value") > pl.col("property").replace_strict(_SAID, return_dtype=pl.Float64)
            ).alias("on"),
        )
        .filter(pl.col("rank") == pl.col("rank").min().over("thing"))  # the plainest it speaks of
        .group_by("thing", "measured_at")
        .agg(pl.col("on").any())
    )
    devices = CityReader(database).devices().drop_nulls(["asset_id", "interval_s"])
    usual = devices.group_by("asset_id").agg(pl.col("interval_s").min())
    interval = numbered.join(usual, on="asset_id", how="left", maintain_order="left")
    reports = Reports.of(
        said["thing"].cast(pl.Int64).to_numpy(),
        said["measured_at"].dt.epoch("us").to_numpy(),
        said["on"].to_numpy(),
    )
    return reports, interval["interval_s"].cast(pl.Float64).fill_null(np.nan).to_numpy()


def _declared(
    links: pl.DataFrame, every: pl.DataFrame, nodes: pl.DataFrame, cabinet: Longs
) -> Longs:
    """Cabinet (rank) that a register, a plan or a person says for each thing; -1 for none."""
    places = np.full((every.height, 2), np.nan)
    places[(every["kind"] == CABINET).to_numpy()] = 0.0
    said = links.filter(pl.col("rung") <= 2).unique("child_id", maintain_order=True)
    above = sited_parents(said, every, places)
    ids = pl.DataFrame(
        {
            "asset_id": every["asset_id"],
            "cabinet_id": every["asset_id"].gather(np.maximum(above, 0)),
        }
    ).filter(pl.Series(above >= 0))
    ranks = nodes[cabinet].select(pl.col("asset_id").alias("cabinet_id")).with_row_index("rank")
    told = nodes.select("asset_id").join(
        ids.join(ranks, on="cabinet_id"), on="asset_id", how="left", maintain_order="left"
    )
    return told["rank"].cast(pl.Int64).fill_null(-1).to_numpy()


def _choices(nodes: pl.DataFrame, places: Floats, cabinet: Longs, declared: Longs) -> Choices:
    """Cabinets that may feed each thing, before any event: never what was learnt before."""
    light = np.flatnonzero((nodes["kind"] == STREETLIGHT).to_numpy())
    keys = street_keys(nodes["street"]).rank("dense").cast(pl.Int64).fill_null(0).to_numpy() - 1
    streets = Streets(keys[light], keys[cabinet])
    told = declared[light]
    guesses = [
        (
            light[told < 0],
            *likely_cabinets(places[light], places[cabinet], streets=streets, told=told),
            1.0,
        ),
    ]
    sure = light[told >= 0]
    if len(sure):
        near, chance = likely_cabinets(
            places[sure], places[cabinet], streets=Streets(keys[sure], keys[cabinet])
        )
        chance = np.where(near == declared[sure][:, None], 0.0, chance)
        guesses.append((sure, near, chance, 1 - REGISTER_CONFIDENCE))
    thing = np.concatenate(
        [np.repeat(rows, near.shape[1]) for rows, near, _, _ in guesses] + [sure, cabinet]
    )
    device = np.concatenate(
        [near.ravel() for _, near, _, _ in guesses] + [declared[sure], np.arange(len(cabinet))]
    )
    prior = np.concatenate(
        [chance.ravel() * share for _, _, chance, share in guesses]
        + [np.full(len(sure), REGISTER_CONFIDENCE), np.full(len(cabinet), _SURE)]
    )
    kept = np.flatnonzero(prior > 0)
    order = kept[np.argsort(thing[kept], kind="stable")]
    return Choices(thing[order], device[order], prior[order])


def _best(choices: Choices, taught: Learnt) -> pl.DataFrame:
    """Likeliest cabinet of each thing that moved with others often enough."""
    return (
        pl.DataFrame(
            {
                "thing": choices.thing,
                "device": choices.device,
                "confidence": taught.probability,
                "moments": taught.moments[choices.thing],
            }
        )
        .filter(pl.col("moments") >= LEAST_MOMENTS)
        .sort("thing", "confidence", descending=[False, True])
        .unique("thing", keep="first", maintain_order=True)
    )


def _links(
    nodes: pl.DataFrame, cabinet: Longs, declared: Longs, best: pl.DataFrame
) -> pl.DataFrame:
    """Links of the lights about which nobody else says anything (``LINKS``)."""
    light = (nodes["kind"] == STREETLIGHT).to_numpy() & (declared < 0)
    sure = best.filter(
        pl.Series(light[best["thing"].to_numpy()]), pl.col("confidence") >= LEARNT_FROM
    )
    ids = nodes["asset_id"]
    return pl.DataFrame(
        {
            "child_id": ids.gather(sure["thing"]),
            "parent_id": ids.gather(cabinet[sure["device"].to_numpy()]),
            "role": pl.Series([SUPPLIES]).new_from_index(0, sure.height),
            "rung": pl.Series([4], dtype=pl.Int8).new_from_index(0, sure.height),
            "source": pl.Series([LEARNT]).new_from_index(0, sure.height),
            "confidence": sure["confidence"].round(3),
        },
        schema=LINKS,
    )


def _disproved(
    nodes: pl.DataFrame, cabinet: Longs, declared: Longs, best: pl.DataFrame
) -> pl.DataFrame:
    """Lights that move with another cabinet than the one they are said to be on."""
    said = declared[best["thing"].to_numpy()]
    wrong = best.with_columns(pl.Series("said", said)).filter(
        pl.col("said") >= 0,
        pl.col("said") != pl.col("device"),
        pl.col("confidence") >= DISPROVED_FROM,
    )
    codes = nodes["code"]
    things = pl.DataFrame(
        {
            "asset_id": nodes["asset_id"].gather(wrong["thing"]),
            "code": codes.gather(wrong["thing"]),
            "said": codes.gather(cabinet[wrong["said"].to_numpy()]),
            "moves": codes.gather(cabinet[wrong["device"].to_numpy()]),
        }
    )
    return told(DISPROVED, things).with_columns(
        things["asset_id"],
        pl.lit(DISPROVED).alias("defect"),
        pl.lit(None, pl.Float64).alias("longitude"),
        pl.lit(None, pl.Float64).alias("latitude"),
    )
