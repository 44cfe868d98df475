"""From a template to an answer: every page gets its language, its territory and its clock here."""

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from control_center.assets import Assets
from control_center.catalogue import LANGUAGES, Texts, texts
from control_center.texts import helpers
from twin.store.city import Territory

_CODE = re.compile(r"\b[A-Z]{1,4}\d*-\w[\w/-]*")
_LITERAL = re.compile(r"``?([^`]+)``?")
NOWHERE = Territory(
    slug="",
    name="Réverbère",
    simulated=False,
    timezone="Europe/Paris",
    metric_srid=2154,
    longitude=0.0,
    latitude=0.0,
)
"""Stands in for the territory on the pages that say that there is none yet."""


class Pages:
    """The templates of the control centre.

    Parameters
    ----------
    assets : Assets
        Gives the address of each style sheet, script and picture.
    """

    def __init__(self, assets: Assets) -> None:
        self.environment = Environment(
            loader=PackageLoader("control_center"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals["asset"] = assets.url
        self.environment.filters["codes"] = unbroken_codes
        self.environment.filters["literals"] = literals

    def html(self, request: Request, template: str, **context: Any) -> str:
        """Write a page, or a part of one, in the language that the request asks for.

        Every template may use what `control_center.texts.helpers` returns, ``lang``, ``request``,
        ``territory``, ``now`` [UTC] and ``asset``.
        """
        state = request.app.state
        language = words_of(request).language
        return self.environment.get_template(template).render(
            **helpers(language),
            lang=language,
            request=request,
            territory=state.territory() or NOWHERE,
            now=state.clock.now(),
            **context,
        )

    def render(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """Answer with a page; see `html`."""
        html = self.html(request, template, **context)
        return HTMLResponse(html, status_code=status, headers=dict(headers or {}))


def unbroken_codes(text: str) -> Markup:
    """Keep the codes of a sentence, such as A-112, on one line."""
    safe = str(escape(text))
    return Markup(_CODE.sub(r'<span class="code">\g<0></span>', safe))  # noqa: S704 - escaped


def literals(text: str) -> Markup:
    """Show what a docstring writes between double backquotes as code."""
    safe = str(escape(text))
    return Markup(_LITERAL.sub(r"<code>\1</code>", safe))  # noqa: S704 - escaped


def words_of(request: Request) -> Texts:
    """Return the catalogue of a request's language: French, or what ``?lang=`` asks for."""
    asked = request.query_params.get("lang")
    return texts(asked if asked in LANGUAGES else "fr")


def pages_of(request: Request) -> Pages:
    """Return the templates that serve a request."""
    pages: Pages = request.app.state.pages
    return pages
