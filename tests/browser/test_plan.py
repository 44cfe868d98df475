"""Plan IGN under the map, from a stand-in for the State's server; the map without an answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Watched, _context, _watched, becomes
from tests.support import small_city
from tests.support.plan_server import plan_server
from tests.support.small_city import SmallCity
from tests.support.web import application, clock_at, serving
from twin.store.database import Database

pytestmark = pytest.mark.browser


@contextmanager
def wall(browser: Browser, database: Database, home: Path, plan: str) -> Iterator[Watched]:
    """Open the wall of a control centre that lays the plan."""
    settings = {"plan_ign": True, "plan_ign_host": plan}
    app = application(database, clock_at(small_city.EVENING), home, **settings)
    with serving(app) as address:
        context = _context(browser, 1440, 900, {})
        watched = _watched(context, address)
        watched.wall("/pilotage#16.00/45.5/4.3")
        yield watched
        context.close()


def test_the_plan_lies_under_the_map_and_is_credited(
    chromium_browser: Browser, database: Database, city: SmallCity, home: Path
) -> None:
    with (
        plan_server() as server,
        wall(chromium_browser, database, home, server.address) as watched,
    ):
        expect(watched.page.locator(".map-attribution")).to_contain_text("Plan IGN © IGN")
        assert server.was_asked()
        assert all(path.startswith("/wmts?") and "PLANIGNV2" in path for path in server.asked)
        assert becomes(watched.page, lambda: bool(watched.foreign))  # the browser tells of it later
        assert all(url.startswith(server.address) for url in watched.foreign)
        assert watched.violations() == []


def test_a_server_that_never_answers_holds_nothing_up(
    chromium_browser: Browser, database: Database, city: SmallCity, home: Path
) -> None:
    with (
        plan_server(answers=False) as server,
        wall(chromium_browser, database, home, server.address) as watched,
    ):
        page = watched.page
        assert page.evaluate("() => document.body.dataset.drawn") == "true"
        assert page.locator(".map canvas").count() == 2
        expect(page.locator("[data-map-message]")).to_be_hidden()
        assert watched.violations() == []
