"""``/couches`` and ``/catalogue``: what is loaded, how complete it is, what is missing for what."""

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from control_center.open_data.addresses import JSON_LD, Addresses
from control_center.open_data.answers import HTML, Form, answer, holdings_of, wanted
from control_center.open_data.dcat import catalogue
from control_center.open_data.description import about, title_of
from control_center.open_data.exports import FORMATS
from control_center.open_data.survey import Surveyor
from control_center.pages.territories import territory_of
from control_center.rendering import pages_of, words_of
from control_center.texts import moments_of

router = APIRouter(tags=["pages"], include_in_schema=False)

_PAGE, _GRAPH = Form("html", HTML), Form("jsonld", JSON_LD)
FILES = {"gpkg": "GeoPackage", "parquet": "GeoParquet", "geojson": "GeoJSON", "csv": "CSV"}
"""What the kinds of files are called, the same in every language."""


@router.get("/couches")
def layers(request: Request) -> Response:
    """Show what is loaded, how complete it is, and what is missing for which function."""
    return _page(request, "layers.html")


@router.get("/catalogue")
def catalogued(request: Request) -> Response:
    """Give the catalogue, as a page or as JSON-LD."""
    if wanted(request, _PAGE, _GRAPH) is _GRAPH:
        return graph(request)
    return _page(request, "catalogue.html")


@router.get("/catalogue.jsonld")
def graph(request: Request) -> Response:
    """Give the catalogue by DCAT-AP 3."""
    document = catalogue(_surveyor(request).survey(), territory_of(request), Addresses(request))
    return answer(request, orjson.dumps(document, option=orjson.OPT_INDENT_2), JSON_LD)


def _page(request: Request, template: str) -> Response:
    words = words_of(request)
    times = moments_of(words.language, territory_of(request), request.app.state.clock.now())
    page = pages_of(request).html(
        request,
        template,
        survey=_surveyor(request).survey(),
        files={name: FILES[name] for name in FORMATS},
        title_of=lambda one: title_of(words, one),
        about=lambda one: about(words, one),
        dated=lambda instant: times.full_date(instant.astimezone(times.zone).date()),
    )
    return answer(request, page.encode(), HTML)


def _surveyor(request: Request) -> Surveyor:
    holdings_of(request)  # whether this reader may
    surveyor: Surveyor = request.app.state.surveyor
    return surveyor
