"""Public pages in a real browser: no fault that axe finds, nothing lost on a small screen."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.pages.conftest import fill
from tests.pages.garden import PARK
from tests.pages.town import EVENING
from tests.support.databases import copied_database
from tests.support.web import application, clock_at, serving

pytestmark = pytest.mark.browser

PAGES = (
    "/rues",
    "/rue/rue-des-lavandieres",
    "/rue/quai-des-tanneurs",
    "/rue/rue-saint-clair",
    "/preuve/I-2026-0012?rue=rue-des-lavandieres",
    "/economies",
    "/arrosage",
    f"/arrosage/{PARK}",
)
WIDER_THAN_THE_SCREEN = """() => [...document.querySelectorAll("body *")]
    .filter((e) => !e.closest(".scroll, details:not([open]), svg, .unseen, [hidden], template"))
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
    .map((e) => `${e.tagName} ${e.className} ${e.getBoundingClientRect().right}`)"""
TARGETS = """() =>
    [...document.querySelectorAll(".bar button, .zone-head, .minutes label, .parks a")]
    .map((e) => e.getBoundingClientRect()).filter((r) => r.height && r.height < 56)
    .map((r) => r.height)"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the town of the public pages instead of the operator's small city."""
    with (
        copied_database("bellerive", fill) as (database, _),
        serving(application(database, clock_at(EVENING))) as address,
    ):
        yield address


def faults(page: Page, **options: Any) -> str:
    """Return what axe finds, in words."""
    found: Any = Axe().run(page, options=options or None)
    return "" if not found.violations_count else str(found.generate_report())


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [
        (390, "light", "fr"),
        (390, "dark", "en"),
        (1440, "light", "en"),
        (1440, "dark", "fr"),
    ],
)
def test_no_page_has_a_fault_that_axe_finds(
    visit: Visit, width: int, scheme: str, language: str
) -> None:
    """Each width, scheme and language meets each of the others once."""
    seen = visit(width, 900, color_scheme=scheme)
    for path in PAGES:
        joined = "&" if "?" in path else "?"
        page = seen.open(path if language == "fr" else f"{path}{joined}lang={language}")
        assert not faults(page), f"{path} {language} {scheme} {width}"
        assert not seen.violations(), path
    assert not seen.foreign
    assert not seen.errors


def test_a_screen_of_320_pixels_and_letters_twice_as_large_lose_nothing(visit: Visit) -> None:
    for width, size in ((320, "100%"), (390, "200%")):
        seen = visit(width, 800)
        for path in PAGES:
            page = seen.open(path)
            page.evaluate("(size) => { document.documentElement.style.fontSize = size }", size)
            assert page.evaluate(WIDER_THAN_THE_SCREEN) == [], f"{path} {width} {size}"


def test_without_javascript_the_answer_stands_in_the_first_screen(visit: Visit) -> None:
    seen = visit(390, 844, java_script_enabled=False)
    page = seen.open("/rue/rue-des-lavandieres")
    for selector in ("h1", ".strip", ".answer"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 844, selector


def test_the_keyboard_reaches_everything_and_focus_is_seen(visit: Visit) -> None:
    seen = visit(390, 844)
    page = seen.open("/rue/rue-des-lavandieres")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    for _ in range(4):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "() => getComputedStyle(document.activeElement).outlineStyle !== 'none'"
        )
        assert outline


def test_targets_of_gardeners_are_large_enough_for_gloves(visit: Visit) -> None:
    seen = visit(390, 844)
    for path in ("/arrosage", f"/arrosage/{PARK}"):
        assert seen.open(path).evaluate(TARGETS) == []


def test_forced_colours_keep_marks_apart(visit: Visit) -> None:
    seen = visit(390, 844, forced_colors="active")
    own_colours = {"color-contrast": {"enabled": False}}  # axe reads them, the screen shows others
    for path in PAGES:
        assert not faults(seen.open(path), rules=own_colours), path
    page = seen.open("/rue/rue-des-lavandieres")
    drawn = page.locator(".strip").evaluate("(e) => getComputedStyle(e).forcedColorAdjust")
    assert drawn == "none"


def test_savings_print_on_landscape_sheets(visit: Visit) -> None:
    page = visit(1200, 900).open("/economies")
    page.emulate_media(media="print")
    sheet = page.pdf(prefer_css_page_size=True)
    boxes = [part.split(b"]")[0] for part in sheet.split(b"/MediaBox [")[1:]]
    widths = {(float(box.split()[2]), float(box.split()[3])) for box in boxes}
    assert len(widths) == 1
    ((width, height),) = widths
    assert width > height
