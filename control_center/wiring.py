"""What people and programs are told of the wiring: how it is known, where it is dirty."""

from datetime import datetime
from typing import Any

import polars as pl

from gis.geometry import metric_points
from gis.hidden_truth import judge, known_lights
from gis.reliability import Reliability
from twin.errors import Refused
from twin.store.city import CityReader
from twin.store.database import Database
from twin.store.incident_writer import record_audit
from twin.store.operator import OperatorReader
from twin.store.wiring import WiringReader, WiringWriter

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


def declare(
    database: Database,
    child: tuple[str, str],
    parent: tuple[str, str],
    *,
    person: str,
    at: datetime,
) -> None:
    """Write what a person says feeds a thing, and keep it in the journal.

    Parameters
    ----------
    child, parent : (kind, code)
        A light, a gateway, a feeder or a cabinet; and the feeder, cabinet or substation above it.
    person : str
        Who says so.
    at : datetime
        From when on it holds. [UTC]

    Raises
    ------
    NotFound
        One of them is not there.
    Refused
        The parent cannot feed such a thing, or hangs below it itself.
    """
    below, above = (_known(database, *thing) for thing in (child, parent))
    if parent[0] not in _FED_BY.get(child[0], ()):
        fed_by = " or a ".join(_FED_BY.get(child[0], ("thing of another kind",)))
        raise Refused("supply_kind", f"a {child[0]} is fed by a {fed_by}, not by a {parent[0]}")
    over = dict(
        WiringReader(database).links().reverse().select("child_id", "parent_id").iter_rows()
    )
    up: int | None = above
    for _ in range(len(over) + 1):
        if up == below:
            raise Refused(
                "supply_loop", f"{parent[1]} hangs under {child[1]}: it would feed itself"
            )
        up = over.get(up) if up is not None else None
    with database.connection() as connection, connection.transaction():
        WiringWriter(connection, at).declare(below, above)
        record_audit(
            connection,
            at=at,
            person=person,
            role="operator",
            act="supply_declared",
            subject=f"{child[0]}:{child[1]}",
            detail={"parent": f"{parent[0]}:{parent[1]}"},
        )


_FED_BY = {
    "streetlight": ("feeder", "cabinet"),
    "gateway": ("feeder", "cabinet"),
    "feeder": ("cabinet",),
    "cabinet": ("cabinet", "substation"),
}


def _known(database: Database, kind: str, code: str) -> int:
    return OperatorReader(database).thing(kind, code).id


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
