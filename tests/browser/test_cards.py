"""Acts on cards and drills in a real browser: with the page's own scripts, and for everybody."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Standing, Visit
from tests.support.small_city import SmallCity

pytestmark = pytest.mark.browser


def _violations(page: Page) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("path", ["/pilotage/releve", "/retours", "/pilotage/et-si?niveau=3.6"])
def test_sheets_satisfy_axe_on_a_telephone(look: Visit, path: str) -> None:
    watched = look(390, 844)
    page = watched.open(path)
    assert _violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert watched.foreign == []
    assert watched.violations() == []


def test_a_card_is_put_aside_and_noted_on_without_leaving_the_page(
    visit: Visit, city: SmallCity
) -> None:
    page = visit().wall(f"/pilotage?incident={city.incident}")
    page.locator(".care-note > summary").click()
    page.locator(".care-note textarea").fill("Batardeau posé")
    page.locator(".care-note button[type=submit]").click()
    expect(page.locator(".journal")).to_contain_text("Batardeau posé")
    assert _violations(page) == []
    page.locator(".care-shelve > summary").click()
    page.locator(".care-shelve input[name=reason]").fill("Attend la décrue")
    page.locator(".care-shelve button[type=submit]").click()
    expect(page.locator(".aside")).to_contain_text("1 carte mise en attente")
    expect(page.locator("[data-incidents] > .cards")).to_have_count(0)
    page.locator("form[data-form=unshelve] button").click()
    expect(page.locator("[data-incidents] > .cards .card")).to_have_count(1)
    expect(page.locator(".aside")).to_have_count(0)


def test_a_level_dragged_by_hand_is_answered_and_stays_in_the_address(
    look: Visit, standing: Standing
) -> None:
    page = look().open("/pilotage/et-si?niveau=3.1")
    expect(page.locator("[data-answer] h1")).to_contain_text("0 armoire")
    page.locator("#niveau").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#said")).to_have_text("3,30\u00a0m")
    expect(page.locator("[data-answer] h1")).to_contain_text(
        f"{len(standing.city.cabinets)} armoires"
    )
    page.wait_for_url("**niveau=3.3*")
    expect(page.locator("[data-answer]")).to_contain_text("aucun fait n’est touché")
