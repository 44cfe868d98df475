"""The door: what is checked before any page runs, and the headers that every answer carries."""

import ipaddress
import socket
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from control_center.api import problems
from control_center.errors import BodyTooLarge, ForeignHost, ForeignOrigin, RateExceeded
from control_center.web_settings import WebSettings
from gis.errors import ReverbereError

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_SELF_ONLY = (
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
PAGE_POLICY = "; ".join((*_SELF_ONLY, "img-src 'self' data:"))
"""Content security policy of every page: nothing inline, nothing from elsewhere."""
MAP_POLICY = "; ".join((*_SELF_ONLY, "worker-src 'self' blob:", "img-src 'self' data: blob:"))
"""That of a page with the map, whose engine starts its workers from blobs of its own."""


def map_policy(*, plan_ign: str) -> str:
    """Return the policy of a page with the map; Plan IGN may come from its one server, if any.

    The engine takes its tiles as pictures where it can, else fetches them.
    """
    return f"{MAP_POLICY} {plan_ign}; connect-src 'self' {plan_ign}" if plan_ign else MAP_POLICY


_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class Door:
    """ASGI middleware: host, origin, rate and size are checked; answers get their headers.

    Parameters
    ----------
    app : ASGIApp
        What is behind the door.
    settings : WebSettings
        Names, rates and sizes.
    """

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        self._app = app
        self._settings = settings
        self._names = _accepted_names(settings.hosts)
        self._rates = Rates(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        secure = request.url.scheme == "https"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _complete(MutableHeaders(scope=message), secure=secure)
            await send(message)

        try:
            self._check(request)
        except ReverbereError as error:
            await problems.answer(request, error)(scope, receive, send_with_headers)
            return
        capped = _capped(receive, self._settings.max_body_bytes)
        await self._app(scope, capped, send_with_headers)

    def _check(self, request: Request) -> None:
        self._check_host(request)
        self._check_origin(request)
        self._rates.take(request)
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self._settings.max_body_bytes:
            raise BodyTooLarge(self._settings.max_body_bytes)

    def _check_host(self, request: Request) -> None:
        """Refuse names that are not ours: a foreign name can be rebound to a private address."""
        host = request.headers.get("host", "")
        name = (urlsplit(f"//{host}").hostname or "") if host else ""
        if name not in self._names and not _is_address(name):
            raise ForeignHost(host)

    def _check_origin(self, request: Request) -> None:
        """Refuse acts that another site asks for; what names neither is not a browser."""
        if request.method in _SAFE_METHODS:
            return
        fetch_site = request.headers.get("sec-fetch-site")
        if fetch_site is not None and fetch_site not in ("same-origin", "none"):
            raise ForeignOrigin(request.headers.get("origin", fetch_site))
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            raise ForeignOrigin(origin)


class Rates:
    """How often one client may read, act, and try keys."""

    def __init__(self, settings: WebSettings) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._reads = RateLimitItemPerMinute(settings.reads_per_minute)
        self._acts = RateLimitItemPerMinute(settings.acts_per_minute)
        self._keys = RateLimitItemPerMinute(settings.keys_per_minute)

    def take(self, request: Request) -> None:
        """Count one request.

        Raises
        ------
        RateExceeded
            The client has used what it may in this minute.
        """
        client = request.client.host if request.client else "unknown"
        if request.method in _SAFE_METHODS:
            self._count(self._reads, "reads", client)
        elif request.url.path == "/entrer":
            self._count(self._keys, "keys", client)
        else:
            self._count(self._acts, "acts", client)

    def _count(self, limit: RateLimitItemPerMinute, kind: str, client: str) -> None:
        if not self._limiter.hit(limit, kind, client):
            reset = self._limiter.get_window_stats(limit, kind, client).reset_time
            raise RateExceeded(max(1, round(reset - time.time())))


def _complete(headers: MutableHeaders, *, secure: bool) -> None:
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def _capped(receive: Receive, limit: int) -> Receive:
    """Count the bytes of a body that did not declare its length."""
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        if message["type"] == "http.request":
            total += len(message.get("body", b""))
            if total > limit:
                # an HTTPException is the one error that FastAPI lets through while it reads
                raise HTTPException(413, BodyTooLarge(limit).sentence)
        return message

    return counted


def _accepted_names(configured: Iterable[str]) -> frozenset[str]:
    own = {"localhost", socket.gethostname().lower()}
    return frozenset(own | {name.lower() for name in configured})


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
