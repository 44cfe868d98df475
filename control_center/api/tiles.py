"""``/v1/tiles``: the archives that the import built, tile by tile."""

from pathlib import Path
from threading import Lock
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as PathParameter
from starlette.requests import Request
from starlette.responses import Response

from control_center.people import OPERATORS_ONLY
from gis.tiles import LAYER_SETS, TileSet
from twin.errors import NotFound

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
_FOR_EVER = "public, max-age=31536000, immutable"

router = APIRouter(prefix="/v1/tiles", tags=["map"], dependencies=OPERATORS_ONLY)


class OpenEpochs:
    """The epochs that browsers ask for, opened once; two at most.

    Parameters
    ----------
    home : Path | None
        Where the import publishes; None serves no tile.
    """

    def __init__(self, home: Path | None) -> None:
        self._home = home
        self._open: dict[Path, TileSet] = {}
        self._lock = Lock()

    def get(self, slug: str, version: str) -> TileSet:
        """Return an epoch's tiles.

        Raises
        ------
        NotFound
            No such version, or it was forgotten.
        """
        if self._home is None:
            raise NotFound("version of the map", version)
        folder = self._home / "tiles" / slug
        with self._lock:
            known = self._open.get(folder / version)
            if known is None:
                known = TileSet.open(folder, version)
                if known is None:
                    raise NotFound("version of the map", version)
                while len(self._open) >= 2:
                    # not closed here: a request may still be reading it; the last one frees it
                    self._open.pop(next(iter(self._open)))
                self._open[folder / version] = known
            return known


@router.get(
    "/{layerset}/{z}/{x}/{y}.mvt",
    summary="One vector tile",
    response_class=Response,
    responses={204: {"description": "Nothing is there"}},
)
def tile(
    request: Request,
    layerset: str,
    z: Annotated[int, PathParameter(ge=0, le=24)],
    x: Annotated[int, PathParameter(ge=0)],
    y: Annotated[int, PathParameter(ge=0)],
    *,
    v: Annotated[str, Query(max_length=64, description="Data version of the map")],
) -> Response:
    """Return a gzipped vector tile; it never changes under its version.

    A 404 problem where there is no such set of layers or no such version.
    """
    territory = request.app.state.territory()
    if territory is None or layerset not in LAYER_SETS:
        raise NotFound("set of map layers", layerset)
    epochs: OpenEpochs = request.app.state.epochs
    found = epochs.get(territory.slug, v).tile(layerset, z, x, y)
    headers = {"Cache-Control": _FOR_EVER, "ETag": f'"{v}"'}
    if found is None:
        return Response(status_code=204, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(found, media_type=MEDIA_TYPE, headers=headers)
