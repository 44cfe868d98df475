"""What the live map is drawn from: pydeck's specification, columns of lights, states, icons."""

import gzip
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
import orjson
import pydeck
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from control_center.live.formats import COLUMNS_MEDIA_TYPE
from control_center.live.hub import Hub
from control_center.people import OPERATORS_ONLY
from control_center.rendering import pages_of
from gis import basemap
from twin.errors import NoTerritory, NotFound
from twin.model.states import LightState
from twin.store.live import LiveReader
from twin.store.operator import OperatorReader

router = APIRouter(prefix="/v1/map", tags=["map"], dependencies=OPERATORS_ONLY)

Theme = Literal["dark", "light"]
Language = Literal["fr", "en"]

AT_REST = (LightState.LIT, LightState.PLANNED_OFF, LightState.UNMONITORED)
"""States that deserve no look: the base map draws them as small dim dots."""

_FOR_EVER = "public, max-age=31536000, immutable"
_ICON = {"width": 48, "height": 48, "mask": False}
_ICONS = (
    *(str(state.value) for state in LightState),
    "cabinet_normal",
    "cabinet_tripped",
    "cabinet_awaiting_inspection",
    "cabinet_recovering",
    "gateway",
    "gateway_silent",
    "river_gauge",
    "cabinet_in_works",
)
"""Names of the atlas' cells, from left to right; lights are called by the number of their state."""


@router.get("/spec", summary="The live layers, in pydeck's own JSON")
def spec(request: Request, theme: Theme = "dark") -> Response:
    """Return the specification of the layers that are drawn over the base map.

    ``data`` of the first layer is a file of columns; the page replaces its arrays as patches come.
    """
    image = _hub(request).image
    longitude, latitude = image.origin
    body = _spec(theme, longitude, latitude, request.app.state.assets.version)
    return _json(body, cache="no-cache")


@lru_cache(maxsize=8)
def _spec(theme: Theme, longitude: float, latitude: float, version: str) -> bytes:
    """Write the specification once: pydeck is not built for being called at each request."""
    exceptions = pydeck.Layer(
        "IconLayer",
        id="exceptions",
        data="/v1/map/columns/exceptions.cols",
        # inner quotes: without them pydeck takes a word for an expression
        coordinate_system="'lnglat-offsets'",
        coordinate_origin=[longitude, latitude],
        icon_atlas=f"'/v1/map/icons.svg?theme={theme}&v={version}'",
        icon_mapping=icon_mapping(),
        get_size=1,
        size_scale=15,
        pickable=True,
    )
    deck = pydeck.Deck(
        layers=[exceptions],
        initial_view_state=pydeck.ViewState(longitude=longitude, latitude=latitude, zoom=14),
        map_provider="maplibre",
        map_style=f"/v1/map/style.json?theme={theme}",
        tooltip=False,
    )
    return str(deck.to_json()).encode()


@router.get("/style.json", summary="The base map, as a MapLibre style")
def style(request: Request, theme: Theme = "dark", lang: Language = "fr") -> Response:
    """Return the style of the base map; its tiles are those of the current epoch."""
    territory = request.app.state.territory()
    if territory is None:
        raise NoTerritory
    credits_ = OperatorReader(request.app.state.database).attributions()
    version = territory.data_version or "none"
    plan = request.app.state.settings.plan
    body = basemap.style(theme, lang, "/v1/tiles", version, attributions=credits_, plan_ign=plan)
    return _json(body, cache="no-cache")


def icon_mapping() -> dict[str, dict[str, Any]]:
    """Return where each icon stands in the atlas. [px]"""
    return {name: {"x": 48 * cell, "y": 0, **_ICON} for cell, name in enumerate(_ICONS)}


@router.get("/icons.svg", summary="The atlas of the map's shapes", response_class=Response)
def icons(request: Request, theme: Theme = "dark") -> Response:
    """Return one row of cells of 48 px, each shape with its halo in the ground's colour."""
    svg = pages_of(request).environment.get_template("map/icons.svg").render(theme=theme)
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": _FOR_EVER})


@router.get("/columns/lights.cols", summary="Where every light is", response_class=Response)
def lights(request: Request, v: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Return the positions of all lights of the epoch, in degrees from its origin."""
    image = _hub(request).image
    if v and v != image.data_version:
        raise NotFound("version of the map", v)
    cache = _FOR_EVER if v else "no-cache"
    return _gzipped(image.lights(), COLUMNS_MEDIA_TYPE, cache=cache, etag=image.data_version)


@router.get(
    "/columns/exceptions.cols", summary="The lights that deserve a look", response_class=Response
)
def exceptions(request: Request) -> Response:
    """Return the lights that are neither lit, nor off as planned, nor unmonitored."""
    at_rest = np.isin(np.arange(len(LightState)), AT_REST)
    body = _hub(request).image.exceptions(at_rest)
    return Response(body, media_type=COLUMNS_MEDIA_TYPE, headers={"Cache-Control": "no-store"})


@router.get("/state", summary="One byte per light", response_class=Response)
async def state(
    request: Request,
    at: Annotated[datetime | None, Query(description="An instant; now by default")] = None,
) -> Response:
    """Return the state of every light, with the epoch and the number that patches follow on.

    The bytes are codes of `LightState`, in the order of the lights' index.
    """
    hub = _hub(request)
    if at is not None:
        reader = LiveReader(request.app.state.database)
        states = await run_in_threadpool(reader.states_at, at.astimezone())
        body = gzip.compress(states.tobytes(), 6, mtime=0)
        return _gzipped(body, "application/octet-stream", cache="no-store")
    snapshot = await run_in_threadpool(hub.snapshot)
    answer = _gzipped(snapshot.body, "application/octet-stream", cache="no-cache")
    answer.headers["X-Reverbere-Epoch"] = snapshot.epoch
    answer.headers["X-Reverbere-Seq"] = str(snapshot.seq)
    return answer


def _hub(request: Request) -> Hub:
    hub: Hub = request.app.state.hub
    return hub


def _json(body: bytes | object, *, cache: str) -> Response:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return Response(content, media_type="application/json", headers={"Cache-Control": cache})


def _gzipped(body: bytes, media_type: str, *, cache: str, etag: str = "") -> Response:
    headers = {"Content-Encoding": "gzip", "Cache-Control": cache, "Vary": "Accept-Encoding"}
    if etag:
        headers["ETag"] = f'"{etag}"'
    return Response(body, media_type=media_type, headers=headers)
