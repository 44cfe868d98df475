"""``/v1/exports``: whole layers as files."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from control_center.open_data.answers import holdings_of
from control_center.open_data.exports import FORMATS
from control_center.open_data.shelf import Shelf
from twin.errors import NotFound

router = APIRouter(prefix="/v1/exports", tags=["open data"])


@router.head("/{layer}.{form}", include_in_schema=False)
@router.get(
    "/{layer}.{form}",
    summary="A whole layer as a file",
    response_class=Response,
    responses={200: {"content": {form.media_type: {} for form in FORMATS.values()}}},
)
def exported(request: Request, layer: str, form: str) -> Response:
    """Return a layer as ``gpkg``, ``parquet``, ``geojson`` or ``csv``, in longitude and latitude.

    For everybody, unless ``REVERBERE_OPEN_READERS`` keeps layers to operators. A file is made once
    for each state of its layer, and may be read in pieces.
    """
    holdings = holdings_of(request)
    if form not in FORMATS:
        raise NotFound("file", f"{layer}.{form}")
    shelf: Shelf = request.app.state.shelf
    return FileResponse(
        shelf.file(holdings.held(layer), form),
        media_type=FORMATS[form].media_type,
        filename=f"{layer}.{form}",
        headers={"Cache-Control": "no-cache"},
    )
