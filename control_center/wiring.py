"""What people and programs are told of the wiring: how it is known, where it is dirty."""

from typing import Any

import polars as pl

from gis.geometry import metric_points
from gis.hidden_truth import judge, known_lights
from gis.reliability import Reliability
from twin.store.city import CityReader
from twin.store.database import Database
from twin.store.wiring import WiringReader

_MOST_ITEMS = 1_000


def check(database: Database) -> dict[str, Any]:
    """Return how supply is known and where it is dirty, ready for JSON.

    Returns
    -------
    dict
        ``territory``; ``known``: for each kind and rung (null: not known) the things, their share
        of the kind, their mean confidence; ``defects``: for each defect and kind the things, and
        the first thousand of them.

    Raises
    ------
    NoTerritory
        Nothing has been imported yet.
    """
    reader = WiringReader(database)
    slug = CityReader(database).territory().slug
    known = (
        reader.rungs()
        .group_by("kind", "rung", maintain_order=True)
        .agg(
            pl.col("things").sum(),
            (pl.col("confidence") * pl.col("things")).sum() / pl.col("things").sum(),
        )
        .with_columns(
            (pl.col("things") / pl.col("things").sum().over("kind")).alias("share"),
            pl.when(pl.col("rung").is_not_null()).then(pl.col("confidence")).alias("confidence"),
        )
    )
    defects = [
        {
            "defect": defect,
            "kind": kind,
            "things": rows.height,
            "items": rows.head(_MOST_ITEMS)
            .select("code", "detail", "longitude", "latitude", "found_at")
            .to_dicts(),
        }
        for (defect, kind), rows in reader.defects().group_by("defect", "kind", maintain_order=True)
    ]
    return {"territory": slug, "known": known.to_dicts(), "defects": defects}


def judged(database: Database, share: float = 1.0) -> dict[str, Any]:
    """Hide the cabinets that are known, infer them, compare; ready for JSON.

    Parameters
    ----------
    share : float
        Share of the lights to hide.
    """
    reader = WiringReader(database)
    nodes = reader.nodes()
    srid = CityReader(database).territory().metric_srid
    places = metric_points(nodes["longitude"], nodes["latitude"], srid)
    found = judge(known_lights(reader.links(), nodes, places), share=share)
    return {
        "lights": found.hidden,
        "share": share,
        "nearest_right": found.nearest_right,
        "as_shipped": _told(found.as_shipped),
        "held_out": _told(found.held_out),
    }


def _told(found: Reliability) -> dict[str, Any]:
    return {
        "right": found.first_right,
        "among": found.among,
        "calibration_error": found.error,
        "brier": found.brier,
        "table": found.table.to_dicts(),
    }
