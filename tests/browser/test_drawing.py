"""Areas drawn by hand, of water or of a cut: by keyboard, by click, in the field; seen by axe."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS, Visit

ONE_CORNER = r"-?[\d.]+, -?[\d.]+"

pytestmark = pytest.mark.browser


def _violations(page: Page) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


def test_corners_by_keyboard_by_click_and_in_the_field_say_the_same(look: Visit) -> None:
    watched = look(390, 844)
    page = watched.open("/pilotage/et-si/dessin")
    page.wait_for_function("() => document.body.dataset.drawn", timeout=2 * PATIENCE_MS)
    corners, lead = page.locator("#contour"), page.locator("[data-answer] h1")
    box = page.locator("[data-map]")
    canvas = box.locator("canvas").first
    expect(canvas).to_be_visible()
    canvas.focus()
    page.keyboard.press("Enter")
    expect(corners).to_have_value(re.compile(ONE_CORNER + "$"))
    inside = box.bounding_box()
    assert inside is not None
    for across, down in ((0.7, 0.3), (0.7, 0.7)):
        box.click(position={"x": inside["width"] * across, "y": inside["height"] * down})
    expect(corners).to_have_value(re.compile(rf"({ONE_CORNER}\n){{2}}{ONE_CORNER}$"))
    expect(lead).to_contain_text("d’eau ici")
    corners.fill("45.4 4.2\n45.4 4.4\nquai\n45.6 4.4")
    expect(lead).to_contain_text("La ligne 3 n’est pas un point")
    page.keyboard.press("Escape")
    expect(corners).to_have_value("")
    expect(lead).to_have_text("Dessinez une nappe d’eau")
    assert _violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert (watched.errors, watched.foreign, watched.violations()) == ([], [], [])


def test_the_zone_of_a_cut_is_drawn_closed_counted_recorded_and_shown(visit: Visit) -> None:
    watched = visit(390, 844, has_touch=True)
    page = watched.open("/pilotage/causes/zone")
    page.wait_for_function("() => document.body.dataset.drawn", timeout=2 * PATIENCE_MS)
    corners, box = page.locator("#contour"), page.locator("[data-map]")
    answer, said = page.locator("[data-answer]"), page.locator("[data-said]")
    close = page.locator("[data-act=close]")
    expect(close).to_be_disabled()
    inside = box.bounding_box()
    assert inside is not None

    def touch(across: float, down: float) -> None:
        box.tap(position={"x": inside["width"] * across, "y": inside["height"] * down})

    for number, (across, down) in enumerate(((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)), 1):
        touch(across, down)
        expect(corners).to_have_value(re.compile(rf"^({ONE_CORNER}\n?){{{number}}}$"))
    expect(answer).to_contain_text(
        re.compile(r"Dans cette zone\s: \d+ armoires?, qui alimentent \d+")
    )
    page.locator("[data-act=undo]").click()
    expect(said).to_have_text("3 points posés")
    touch(0.1, 0.1)  # the first corner again: the contour is closed
    expect(said).to_have_text("Contour fermé, 3 points")
    touch(0.5, 0.5)  # and no touch adds to it
    expect(said).to_have_text("Contour fermé, 3 points")
    assert _violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    page.locator("[name=reference]").fill("ENE-77")
    page.locator("form[data-drawing] button.button-main").click()
    expect(page.locator(".cause")).to_contain_text("ENE-77")
    assert _violations(page) == []
    watched.wall()
    expect(page.locator("[data-zones]")).to_contain_text("Coupure en cours, ENE-77")
    assert (watched.errors, watched.foreign, watched.violations()) == ([], [], [])
