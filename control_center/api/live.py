"""``/v1/live``: the stream of what changes."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response

from control_center.live.hub import Hub
from control_center.people import OPERATORS_ONLY

router = APIRouter(prefix="/v1", tags=["live"], dependencies=OPERATORS_ONLY)


@router.get(
    "/live",
    summary="Server-sent events: hello, state, incidents, commands, pulse",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def live(
    request: Request,
    since: Annotated[str, Query(max_length=100, description="Last id that was seen")] = "",
) -> EventSourceResponse:
    """Follow what changes.

    ``state`` carries a patch in base64 (see ``control_center.live.formats``) under the id
    ``<epoch>:<seq>``; ``pulse`` comes every two seconds and carries the territory's clock.
    """
    hub: Hub = request.app.state.hub
    hub.admit()
    position = request.headers.get("last-event-id") or since
    return EventSourceResponse(
        hub.stream(position or None),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
