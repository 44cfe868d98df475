"""Where the topology is dirty, for the map: loops, dual feeds, loose ends, orphans."""

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from control_center.api.ground import collection
from control_center.people import OPERATORS_ONLY
from control_center.rendering import words_of
from twin.store.wiring import WiringReader

router = APIRouter(prefix="/v1", tags=["map"], dependencies=OPERATORS_ONLY)


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
                "detail": row["detail"],
                "found_at": row["found_at"],
            },
            "geometry": {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]},
        }
        for row in placed.iter_rows(named=True)
    )
    body["nowhere"] = defects.height - placed.height
    return Response(
        orjson.dumps(body), media_type="application/geo+json", headers={"Cache-Control": "no-cache"}
    )
