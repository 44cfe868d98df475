"""Which lights stand around a place: crossings, schools, places of care, shelters."""

import numpy as np
import polars as pl
from scipy.spatial import cKDTree

from twin.supply.ranges import Floats

RADIUS_M = {"crossing": 15.0, "school": 200.0, "care": 200.0, "shelter": 200.0}
"""How far the light of a place may stand, by kind: a crossing is lit from its kerb, a school by the
walk to its gate. [m]"""

_NOTHING = pl.DataFrame(
    schema=pl.Schema(
        [("place_id", pl.Int64()), ("kind", pl.String()), ("near", pl.List(pl.Int64()))]
    )
)
_METRES_A_DEGREE = 111_195.0  # of a great circle on a sphere of 6 371 km


def lights_around(places: pl.DataFrame, lights: pl.DataFrame) -> pl.DataFrame:
    """Pair each place with the lights around it.

    Parameters
    ----------
    places : DataFrame
        ``asset_id``, ``kind`` (one of ``RADIUS_M``), ``longitude``, ``latitude``.
    lights : DataFrame
        ``asset_id``, ``longitude``, ``latitude``; without a position a light is near nothing.

    Returns
    -------
    DataFrame
        ``place_id``, ``kind``, ``light_id``: one row a pair; a place without lights has one row
        with a null light.
    """
    known = lights.filter(pl.col("longitude").is_not_null() & pl.col("latitude").is_not_null())
    sited = places.filter(pl.col("longitude").is_not_null() & pl.col("latitude").is_not_null())
    latitude = float(np.mean(sited["latitude"].to_numpy())) if len(sited) else 0.0
    pairs = []
    for (kind,), some in sited.group_by("kind", maintain_order=True):
        tree, near = cKDTree(_plane(some, latitude)), cKDTree(_plane(known, latitude))
        found = tree.query_ball_tree(near, RADIUS_M[str(kind)])
        pairs.append(
            some.select(place_id="asset_id", kind="kind").with_columns(
                near=pl.Series(found, dtype=pl.List(pl.Int64))
            )
        )
    table = pl.concat(pairs) if pairs else _NOTHING
    numbered = known.select(near=pl.int_range(pl.len(), dtype=pl.Int64), light_id="asset_id")
    return (
        table.explode("near", empty_as_null=True)
        .join(numbered, on="near", how="left", maintain_order="left")
        .select("place_id", "kind", "light_id")
    )


def _plane(frame: pl.DataFrame, latitude: float) -> Floats:
    """Longitude and latitude on a local plane: right to a part in a thousand within a town. [m]"""
    scale = np.array([np.cos(np.deg2rad(latitude)), 1.0]) * _METRES_A_DEGREE
    plane: Floats = frame.select("longitude", "latitude").to_numpy().astype(np.float64) * scale
    return plane
