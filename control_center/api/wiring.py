"""The wiring, for the map: what feeds which light and how that is known, and where it is dirty."""

from typing import Annotated, Any

import numpy as np
import orjson
import polars as pl
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from control_center.api.ground import collection
from control_center.errors import QueryInvalid
from control_center.live.trees import shortest_tree
from control_center.people import OPERATORS_ONLY
from control_center.rendering import words_of
from control_center.wall.wiring import HOW, sentence
from twin.store.wiring import WiringReader

router = APIRouter(prefix="/v1", tags=["map"], dependencies=OPERATORS_ONLY)

_MOST_LIGHTS = 6_000
_STEPS = 4  # of confidence that can be told apart on a map

Box = Annotated[str, Query(description="West, south, east, north in degrees", max_length=120)]


@router.get("/map/topology", summary="Where the topology is dirty, as GeoJSON")
def dirty_topology(request: Request) -> Response:
    """Return a point for each thing whose wiring is in doubt, with what is wrong in words.

    What has no place of its own, and hangs from nothing that has, is counted in ``nowhere``.
    """
    words = words_of(request)
    defects = WiringReader(request.app.state.database).defects()
    placed = defects.drop_nulls(["longitude", "latitude"])
    body = collection(
        {
            "type": "Feature",
            "properties": {
                "kind": row["kind"],
                "code": row["code"],
                "defect": row["defect"],
                "label": words.plain(f"wiring.defect.{row['defect']}"),
                "sentence": sentence(words, row),
                "detail": row["detail"],
                "facts": orjson.loads(row["facts"]),
                "found_at": row["found_at"],
            },
            "geometry": {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]},
        }
        for row in placed.iter_rows(named=True)
    )
    body["nowhere"] = defects.height - placed.height
    return _geojson(body)


@router.get("/map/wires", summary="What feeds the lights of a box, as GeoJSON")
def wires(request: Request, bbox: Box) -> Response:
    """Return lines from each cabinet along its feeders, by how they are known and how surely.

    A feature holds all lines of one way of knowing (``how``: known, learnt or guessed) and of one
    quarter of confidence (``sure``: its lower end). A feeder is drawn whole as soon as one of its
    lights is in the box. ``more``: there are too many, and some are not drawn. The register does
    not say where cables run: lights are joined by the shortest tree from their cabinet.
    """
    reader = WiringReader(request.app.state.database)
    found = reader.wires(_box(bbox), _MOST_LIGHTS + 1)
    body: dict[str, Any] = collection(_lines(found.head(_MOST_LIGHTS)))
    body["more"] = found.height > _MOST_LIGHTS
    return _geojson(body)


def _lines(wires: pl.DataFrame) -> list[dict[str, Any]]:
    styled = wires.with_columns(
        pl.col("rung").replace_strict(HOW, default="guessed").alias("how"),
        ((pl.col("confidence") * _STEPS).floor().clip(0, _STEPS - 1) / _STEPS).alias("sure"),
    )
    gathered: dict[tuple[str, float], list[Any]] = {}
    for _, hung in styled.group_by("supplier_id", maintain_order=True):
        points = hung.select("longitude", "latitude").to_numpy()
        site = hung.select("site_longitude", "site_latitude").to_numpy()[:1]
        from_site = not np.isnan(site).any()
        tree = shortest_tree(np.vstack([site, points]) if from_site else points)
        light = tree.child - int(from_site)
        for line, how, sure in zip(
            tree.lines().tolist(),
            hung["how"].gather(light).to_list(),
            hung["sure"].gather(light).to_list(),
            strict=True,
        ):
            gathered.setdefault((how, sure), []).append(line)
    return [
        {
            "type": "Feature",
            "properties": {"how": how, "sure": sure},
            "geometry": {"type": "MultiLineString", "coordinates": lines},
        }
        for (how, sure), lines in sorted(gathered.items())
    ]


def _box(text: str) -> tuple[float, float, float, float]:
    expected = "west, south, east, north are expected, in degrees"
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise QueryInvalid("bbox", expected) from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise QueryInvalid("bbox", expected)
    return west, south, east, north


def _geojson(body: dict[str, Any]) -> Response:
    return Response(
        orjson.dumps(body), media_type="application/geo+json", headers={"Cache-Control": "no-cache"}
    )
