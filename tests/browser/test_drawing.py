"""A sheet of water drawn by hand: by keyboard, by click, in the field; as axe would have it."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE_MS, Visit

ONE_CORNER = r"-?[\d.]+, -?[\d.]+"

pytestmark = pytest.mark.browser


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
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert (watched.errors, watched.foreign, watched.violations()) == ([], [], [])
