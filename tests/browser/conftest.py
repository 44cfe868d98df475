"""A real Chromium with software graphics, and the small city served to it with its tiles."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from tests.support import small_city
from tests.support.small_city import SmallCity
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
        self.page.wait_for_function("() => document.body.dataset.ready", timeout=90_000)
        return self.page

    def violations(self) -> Any:
        """Return what the content security policy refused."""
        return self.page.evaluate("() => window.violations")


Visit = Callable[..., Watched]


@pytest.fixture(scope="session")
def chromium_browser(chromium: Path) -> Iterator[Browser]:
    """Start one browser for all tests of a worker."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def city(database: Database, home: Path) -> SmallCity:
    """Fill the store with a small city, and build its tiles."""
    city = small_city.build(database)
    small_city.publish_tiles(database, home)
    return city


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
        context = chromium_browser.new_context(
            viewport={"width": width, "height": height}, **options
        )
        contexts.append(context)
        context.add_init_script(_TELL_VIOLATIONS)
        watched = Watched(context.new_page(), address)

        def look(request: Request) -> None:
            if not request.url.startswith((address, "blob:", "data:")):
                watched.foreign.append(request.url)

        watched.page.on("request", look)
        watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
        return watched

    yield open_page
    for context in contexts:
        context.close()
