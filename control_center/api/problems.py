"""One error body for the whole API (RFC 9457), chosen in one table from the exception tree."""

import uuid
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from control_center.errors import (
    AccessNeeded,
    BodyTooLarge,
    ForeignHost,
    ForeignOrigin,
    NotAcceptable,
    NotAllowed,
    QueryInvalid,
    RateExceeded,
    TooManyRows,
)
from gis.errors import LayerError, ReverbereError
from twin.errors import (
    BrokerUnreachable,
    CommandExpired,
    Conflict,
    InsufficientData,
    NoTerritory,
    NotFound,
    Refused,
    ServiceError,
    StoreError,
    StoreOutdated,
)

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a class of errors is called outside: a stable slug, an HTTP status, a title."""

    slug: str
    status: HTTPStatus
    title: str


KINDS: dict[type[BaseException], Kind] = {
    AccessNeeded: Kind("access-needed", HTTPStatus.UNAUTHORIZED, "An access key is needed"),
    NotAllowed: Kind("not-allowed", HTTPStatus.FORBIDDEN, "This act is for another role"),
    ForeignHost: Kind("foreign-host", HTTPStatus.MISDIRECTED_REQUEST, "Unknown host name"),
    ForeignOrigin: Kind("foreign-origin", HTTPStatus.FORBIDDEN, "Asked by another site"),
    RateExceeded: Kind("rate-exceeded", HTTPStatus.TOO_MANY_REQUESTS, "Too many requests"),
    BodyTooLarge: Kind("body-too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request too large"),
    TooManyRows: Kind("too-many-rows", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "File too large"),
    QueryInvalid: Kind("query-invalid", HTTPStatus.BAD_REQUEST, "The question cannot be read"),
    NotAcceptable: Kind("not-acceptable", HTTPStatus.NOT_ACCEPTABLE, "Not in that form"),
    NotFound: Kind("not-found", HTTPStatus.NOT_FOUND, "Nothing has that name"),
    CommandExpired: Kind("command-expired", HTTPStatus.GONE, "The command has expired"),
    Conflict: Kind("conflict", HTTPStatus.CONFLICT, "The state has changed meanwhile"),
    Refused: Kind("refused", HTTPStatus.UNPROCESSABLE_ENTITY, "The rules do not allow it"),
    InsufficientData: Kind(
        "insufficient-data", HTTPStatus.UNPROCESSABLE_ENTITY, "Not enough data to answer"
    ),
    LayerError: Kind("file-refused", HTTPStatus.UNPROCESSABLE_ENTITY, "The file cannot be taken"),
    NoTerritory: Kind("no-territory", HTTPStatus.SERVICE_UNAVAILABLE, "No territory yet"),
    StoreOutdated: Kind("store-outdated", HTTPStatus.SERVICE_UNAVAILABLE, "Schema out of date"),
    StoreError: Kind("store-unreachable", HTTPStatus.SERVICE_UNAVAILABLE, "No database"),
    BrokerUnreachable: Kind("broker-unreachable", HTTPStatus.SERVICE_UNAVAILABLE, "No broker"),
    ServiceError: Kind("service-error", HTTPStatus.SERVICE_UNAVAILABLE, "A service is missing"),
    ReverbereError: Kind("failed", HTTPStatus.INTERNAL_SERVER_ERROR, "The request failed"),
}
"""From the most particular to the most general: the nearest ancestor of an error speaks for it."""

_INVALID = Kind("invalid", HTTPStatus.UNPROCESSABLE_ENTITY, "A value is missing or wrong")
_UNEXPECTED = Kind("unexpected", HTTPStatus.INTERNAL_SERVER_ERROR, "Something unexpected failed")
OTHER_KINDS = (_INVALID, _UNEXPECTED)
_BY_STATUS = {int(KINDS[error].status): KINDS[error] for error in (NotFound, BodyTooLarge)}
"""What the framework raises by number and we by name."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One answer that is an error."""

    kind: Kind
    detail: str
    more: dict[str, Any]
    headers: dict[str, str]

    def body(self, instance: str) -> dict[str, Any]:
        """Return the members of RFC 9457 and ours."""
        return {
            "type": f"/docs#{self.kind.slug}",
            "title": self.kind.title,
            "status": int(self.kind.status),
            "detail": self.detail,
            "instance": instance,
            **self.more,
        }


def problem_of(error: BaseException) -> Problem:
    """Choose the answer to an error; what is not ours says nothing of the inside."""
    if isinstance(error, ReverbereError):
        kind = next(KINDS[parent] for parent in type(error).__mro__ if parent in KINDS)
        more: dict[str, Any] = {"rule": error.rule} if isinstance(error, Refused) else {}
        if isinstance(error, Refused) and error.field is not None:
            more["errors"] = [{"field": error.field, "problem": error.why}]
        if isinstance(error, QueryInvalid):
            more["parameter"] = error.parameter
        headers = {}
        if isinstance(error, RateExceeded):
            headers["Retry-After"] = str(error.retry_after_s)
        if isinstance(error, AccessNeeded):
            headers["WWW-Authenticate"] = 'Bearer realm="reverbere"'
        return Problem(kind, error.sentence, more, headers)
    if isinstance(error, RequestValidationError):
        wrong = [_wrong_value(one) for one in error.errors()]
        detail = "; ".join(f"{one['field']}: {one['problem']}" for one in wrong)
        return Problem(_INVALID, detail, {"errors": wrong}, {})
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        named = Kind(status.phrase.lower().replace(" ", "-"), status, status.phrase)
        kind = _BY_STATUS.get(error.status_code, named)
        detail = error.detail if error.detail != status.phrase else status.description
        return Problem(kind, detail or status.phrase, {}, dict(error.headers or {}))
    reference = uuid.uuid4().hex[:12]
    _log.error("request failed", reference=reference, exc_info=error)
    detail = f"the failure was logged under the reference {reference}"
    return Problem(_UNEXPECTED, detail, {"reference": reference}, {})


def answer(request: Request, error: BaseException) -> Response:
    """Write the answer: a page for people who browse, problem details for machines."""
    problem = problem_of(error)
    page = getattr(request.app.state, "problem_page", None)
    if page is not None and _wants_page(request):
        return page(request, problem)  # type: ignore[no-any-return]
    return Response(
        orjson.dumps(problem.body(request.url.path)),
        status_code=int(problem.kind.status),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **problem.headers},
    )


def install(app: FastAPI) -> None:
    """Make the table answer for every error of the application."""

    async def handle(request: Request, error: Exception) -> Response:
        return answer(request, error)

    for kind in (ReverbereError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, handle)


def _wants_page(request: Request) -> bool:
    if request.url.path.startswith(("/v1/", "/static/", "/health", "/metrics")):
        return False
    if request.query_params.get("f", "html") != "html":  # a program that says what it wants
        return False
    return "text/html" in request.headers.get("accept", "")


def _wrong_value(one: dict[str, Any]) -> dict[str, str]:
    field = ".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0])
    return {"field": field, "problem": one["msg"]}
