"""Pages that a crowd asks for at once: built by one, kept for seconds, sent to all.

A storm multiplies the visits of a street's page by thirty while its content changes twice a
minute. A page is built at most once per ``KEPT``; whoever asks meanwhile gets the same bytes, or
no bytes at all where the browser already has them.
"""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from twin.clock import Clock

KEPT = timedelta(seconds=10)
"""How long a page serves before it is built again."""

CONTROL = "public, max-age=10, stale-while-revalidate=30"
_MOST = 1024
_TELLING = ("lang", "version", "rue")


@dataclass(frozen=True, slots=True)
class Kept:
    """One built page."""

    raw: bytes
    packed: bytes
    etag: str
    media_type: str
    status: int
    built_at: datetime


class PageCache:
    """Keeps built pages for seconds.

    Parameters
    ----------
    clock : Clock
        Tells when a page is too old.
    kept : timedelta
        Age at which a page is built again.

    Attributes
    ----------
    builds : int
        How often a page was built since the start.
    """

    def __init__(self, clock: Clock, kept: timedelta = KEPT) -> None:
        self._clock, self._kept = clock, kept
        self._pages: OrderedDict[str, Kept] = OrderedDict()
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self.builds = 0

    def respond(self, request: Request, build: Callable[[], Response]) -> Response:
        """Answer from what is kept, building it first where it is missing or too old."""
        key = _key(request)
        page = self._fresh(key)
        if page is None:
            with self._lock(key):  # one builds; those who waited find it fresh
                page = self._fresh(key) or self._built(key, build)
        return _answer(request, page)

    def _fresh(self, key: str) -> Kept | None:
        with self._guard:
            page = self._pages.get(key)
            if page is None or abs(self._clock.now() - page.built_at) > self._kept:
                return None
            self._pages.move_to_end(key)
            return page

    def _lock(self, key: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(key, threading.Lock())

    def _built(self, key: str, build: Callable[[], Response]) -> Kept:
        try:
            return self._keep(key, build())
        finally:
            with self._guard:
                if key not in self._pages:
                    self._locks.pop(key, None)

    def _keep(self, key: str, response: Response) -> Kept:
        raw = bytes(response.body)
        page = Kept(
            raw=raw,
            packed=gzip.compress(raw, 6, mtime=0),
            etag=f'"{hashlib.sha256(raw).hexdigest()[:20]}"',
            media_type=response.headers.get("content-type", "text/html; charset=utf-8"),
            status=response.status_code,
            built_at=self._clock.now(),
        )
        with self._guard:
            self.builds += 1
            if page.status == 200:
                self._pages[key] = page
            while len(self._pages) > _MOST:
                old, _ = self._pages.popitem(last=False)
                self._locks.pop(old, None)
        return page


def _key(request: Request) -> str:
    """Return what tells one page from another: its path and the few parameters that change it."""
    asked = [f"{name}={request.query_params.get(name, '')}" for name in _TELLING]
    return "?".join([request.url.path, *asked])


def _answer(request: Request, page: Kept) -> Response:
    headers = {"Cache-Control": CONTROL, "ETag": page.etag, "Vary": "Accept-Encoding"}
    if page.status == 200 and page.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = page.raw
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = page.packed
    headers["Content-Type"] = page.media_type
    return Response(body, status_code=page.status, headers=headers)


def cache_of(request: Request) -> PageCache:
    """Return the cache of this application, made at the first page."""
    state = request.app.state
    if not hasattr(state, "page_cache"):
        state.page_cache = PageCache(state.clock)
    cache: PageCache = state.page_cache
    return cache
