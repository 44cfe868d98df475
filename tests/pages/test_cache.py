"""Pages kept for seconds and sent to a crowd."""

import gzip
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from control_center.pages.cache import PageCache
from twin.clock import VirtualClock
from twin.errors import NotFound

START = datetime(2026, 11, 19, 19, 14, tzinfo=UTC)


def asking(path: str = "/rue/haute", query: str = "", **headers: str) -> Request:
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": [
                (name.replace("_", "-").encode(), v.encode()) for name, v in headers.items()
            ],
        }
    )


class Builder:
    """Counts how often a page is built."""

    def __init__(self, body: str = "<p>une page</p>") -> None:
        self.times, self.body = 0, body

    def __call__(self) -> Response:
        self.times += 1
        return HTMLResponse(self.body)


def test_a_crowd_gets_one_page_built_once() -> None:
    cache, build = PageCache(VirtualClock(START)), Builder()
    gate = threading.Barrier(16)

    def visit(_: int) -> bytes:
        gate.wait()
        return bytes(cache.respond(asking(), build).body)

    with ThreadPoolExecutor(16) as crowd:
        bodies = set(crowd.map(visit, range(16)))
    assert bodies == {b"<p>une page</p>"}
    assert build.times == 1


def test_a_page_is_built_again_once_it_is_old() -> None:
    clock = VirtualClock(START)
    cache, build = PageCache(clock), Builder()
    cache.respond(asking(), build)
    clock.advance(9)
    cache.respond(asking(), build)
    clock.advance(2)
    cache.respond(asking(), build)
    assert build.times == 2


def test_bytes_are_packed_for_whoever_takes_them() -> None:
    cache, build = PageCache(VirtualClock(START)), Builder()
    packed = cache.respond(asking(accept_encoding="gzip, br"), build)
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(packed.body)) == b"<p>une page</p>"
    assert "content-encoding" not in cache.respond(asking(), build).headers


def test_the_same_bytes_are_not_sent_twice() -> None:
    cache, build = PageCache(VirtualClock(START)), Builder()
    first = cache.respond(asking(), build)
    again = cache.respond(asking(if_none_match=first.headers["etag"]), build)
    assert again.status_code == 304


def test_a_parameter_that_changes_nothing_makes_no_new_page() -> None:
    cache, build = PageCache(VirtualClock(START)), Builder()
    for query in ("", "utm=1", "utm=2"):
        cache.respond(asking(query=query), build)
    cache.respond(asking(query="lang=en"), build)
    assert build.times == 2


def test_a_page_that_fails_is_not_kept_and_blocks_nobody() -> None:
    cache, build = PageCache(VirtualClock(START)), Builder()

    def fails() -> Response:
        raise NotFound("street", "haute")

    for _ in range(2):
        with pytest.raises(NotFound):
            cache.respond(asking(), fails)
    assert cache.respond(asking(), build).status_code == 200
    assert not [key for key in cache._locks if key not in cache._pages]


def test_memory_is_bounded() -> None:
    cache = PageCache(VirtualClock(START))
    build: Callable[[], Response] = Builder("x")
    for number in range(1100):
        cache.respond(asking(f"/rue/{number}"), build)
    assert len(cache._pages) <= 1024
    assert len(cache._locks) <= 1024
