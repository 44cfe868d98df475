"""A real Chromium with software graphics, and the small city served to it with its tiles.

``look`` opens pages of a city that stands for all tests of a worker, in a browser that keeps the
map's engine; ``visit`` those of a city that the test may change, in one that has seen nothing.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from tests.support import small_city
from tests.support.databases import copied_database
from tests.support.small_city import SmallCity
from tests.support.small_tiles import publish_tiles
from tests.support.web import application, clock_at, serving
from twin.store.database import Database

_ARGUMENTS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)
_TELL_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


# as long as a machine with far more to do than it can may take; who passes waits for none of it
PATIENCE_MS = 120_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Watched:
    """A page, and what it did that it should not."""

    page: Page
    address: str
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page of the control centre."""
        self.page.goto(self.address + path)
        return self.page

    def wall(self, path: str = "/pilotage") -> Page:
        """Open the operator's wall and wait until it follows the channel."""
        self.open(path)
        self.page.wait_for_function("() => document.body.dataset.ready", timeout=2 * PATIENCE_MS)
        return self.page

    def violations(self) -> Any:
        """Return what the content security policy refused."""
        return self.page.evaluate("() => window.violations")


Visit = Callable[..., Watched]


def becomes(page: Page, true: Callable[[], bool]) -> bool:
    """Wait until something is true; the page goes on meanwhile, and what it does is heard."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not true():
        if time.monotonic() > end:
            return False
        page.wait_for_timeout(100)
    return True


@pytest.fixture(scope="session")
def chromium_browser(chromium: Path) -> Iterator[Browser]:
    """Start one browser for all tests of a worker."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def city(stored: tuple[Database, SmallCity], home: Path) -> SmallCity:
    """Give the small city, its tiles built."""
    publish_tiles(stored[0], home)
    return stored[1]


@pytest.fixture
def stored() -> Iterator[tuple[Database, SmallCity]]:
    """Fill a store with the small city."""
    with copied_database("small-city", small_city.build) as filled:
        yield filled


@pytest.fixture
def database(stored: tuple[Database, SmallCity]) -> Database:
    """Give the store of the small city."""
    return stored[0]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give the folder where tiles are published."""
    return tmp_path / "home"


@pytest.fixture
def address(database: Database, city: SmallCity, home: Path) -> Iterator[str]:
    """Serve the control centre of the small city."""
    with serving(application(database, clock_at(small_city.EVENING), home)) as address:
        yield address


@pytest.fixture
def visit(chromium_browser: Browser, address: str) -> Iterator[Visit]:
    """Open pages in contexts of their own: ``visit(width, height, **options of the context)``."""
    contexts = []

    def open_page(width: int = 1440, height: int = 900, **options: Any) -> Watched:
        contexts.append(_context(chromium_browser, width, height, options))
        return _watched(contexts[-1], address)

    yield open_page
    for context in contexts:
        context.close()


@dataclass(frozen=True)
class Standing:
    """A city that nobody changes, and where it is served."""

    city: SmallCity
    database: Database
    address: str


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """Serve the small city, its gauge with a height, to all tests that only look."""
    home = tmp_path_factory.mktemp("standing")
    with copied_database("small-city", small_city.build) as (database, city):
        publish_tiles(database, home)
        with database.connection() as connection:
            connection.execute(
                "UPDATE asset SET properties = '{\"zero_m_ngf\": 0.0}' WHERE kind = 'river_gauge'"
            )
        with serving(application(database, clock_at(small_city.EVENING), home)) as address:
            yield Standing(city, database, address)


@pytest.fixture(scope="session")
def kept_contexts() -> dict[str, BrowserContext]:
    """Contexts that keep what they fetched; they end with the browser."""
    return {}


@pytest.fixture
def look(
    chromium_browser: Browser, standing: Standing, kept_contexts: dict[str, BrowserContext]
) -> Iterator[Visit]:
    """Open pages of the standing city; a test that leaves something in the browser visits."""

    def open_page(width: int = 1440, height: int = 900, **options: Any) -> Watched:
        key = f"{width} {height} {options}"
        if key not in kept_contexts:
            kept_contexts[key] = _context(chromium_browser, width, height, options)
        return _watched(kept_contexts[key], standing.address)

    yield open_page
    for context in kept_contexts.values():
        for page in context.pages:
            page.close()


def _context(browser: Browser, width: int, height: int, options: dict[str, Any]) -> BrowserContext:
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(_TELL_VIOLATIONS)
    return context


def _watched(context: BrowserContext, address: str) -> Watched:
    watched = Watched(context.new_page(), address)

    def look(request: Request) -> None:
        if not request.url.startswith((address, "blob:", "data:")):
            watched.foreign.append(request.url)

    watched.page.on("request", look)
    watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
    return watched
