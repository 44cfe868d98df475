"""Layers, catalogue and the pages of the open door in a real browser, with and without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_public_pages import WIDER_THAN_THE_SCREEN, faults
from tests.support import small_city
from tests.support.databases import copied_database
from tests.support.web import application, clock_at, serving

pytestmark = pytest.mark.browser

PAGES = (
    "/couches",
    "/catalogue",
    "/ogc?f=html",
    "/ogc/collections?f=html",
    "/ogc/collections/streetlights?f=html",
    "/ogc/collections/feeders?f=html",
    "/ogc/collections/live-lights/items?f=html&limit=30",
    "/ogc/collections/streetlights/items/L-0001?f=html",
    "/ogc/conformance?f=html",
    "/ogc/api?f=html",
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the small city without its tiles: these pages need none."""
    with (
        copied_database("small-city", small_city.build) as (database, _),
        serving(application(database, clock_at(small_city.EVENING))) as address,
    ):
        yield address


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_no_page_has_a_fault_that_axe_finds(visit: Visit, scheme: str, width: int) -> None:
    seen = visit(width, 900, color_scheme=scheme)
    for path in PAGES:
        page = seen.open(path)
        assert not faults(page), f"{path} {scheme} {width}"
        assert not seen.violations(), path
    for path in PAGES[:3]:
        assert not faults(seen.open(path + ("&" if "?" in path else "?") + "lang=en")), path
    assert not seen.foreign
    assert not seen.errors


def test_a_screen_of_320_pixels_and_letters_twice_as_large_lose_nothing(visit: Visit) -> None:
    for width, size in ((320, "100%"), (390, "200%")):
        seen = visit(width, 800)
        for path in PAGES[::2]:
            page = seen.open(path)
            page.evaluate("(size) => { document.documentElement.style.fontSize = size }", size)
            assert page.evaluate(WIDER_THAN_THE_SCREEN) == [], f"{path} {width} {size}"


def test_without_javascript_layers_are_read_and_opened(visit: Visit) -> None:
    seen = visit(390, 844, java_script_enabled=False)
    page = seen.open("/")
    page.get_by_role("link", name="les couches de la carte").click()
    title = page.get_by_role("heading", level=1)
    expect(title).to_contain_text("La carte de Bellerive")
    page.locator("#streetlights").get_by_role("link", name="Voir Points lumineux").click()
    expect(title).to_have_text("Points lumineux")
    page.get_by_role("link", name="Page suivante").click()
    page.get_by_role("link", name="L-0101").click()
    expect(title).to_have_text("L-0101")
