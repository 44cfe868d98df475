"""``/v1/exports``: whole layers as files."""

import tempfile
import threading
from pathlib import Path

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from control_center.open_data.answers import holdings_of
from control_center.open_data.exports import FORMATS, export
from twin.errors import NotFound

router = APIRouter(prefix="/v1/exports", tags=["open data"])

_MADE_AT_ONCE = threading.Semaphore(2)  # files; the others wait their turn


@router.get(
    "/{layer}.{form}",
    summary="A whole layer as a file",
    response_class=Response,
    responses={200: {"content": {form.media_type: {} for form in FORMATS.values()}}},
)
def exported(request: Request, layer: str, form: str) -> Response:
    """Return a layer as ``gpkg``, ``parquet``, ``geojson`` or ``csv``, in longitude and latitude.

    For everybody, unless ``REVERBERE_OPEN_READERS`` keeps layers to operators. The file is made
    on the disk, sent, and removed.
    """
    holdings = holdings_of(request)
    if form not in FORMATS:
        raise NotFound("file", f"{layer}.{form}")
    held = holdings.held(layer)
    folder = tempfile.TemporaryDirectory(prefix="reverbere-export-")
    path = Path(folder.name) / f"{layer}.{form}"
    try:
        with _MADE_AT_ONCE:
            export(held, form, path, holdings.settings.export_rows)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(
        path,
        media_type=FORMATS[form].media_type,
        filename=path.name,
        headers={"Cache-Control": "no-cache", "Vary": "Accept-Encoding"},
        background=BackgroundTask(folder.cleanup),
    )
