"""« Câblage » on the map: its lines are drawn, its card says the same, keys open and close it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.support.small_city import SmallCity
from tests.web.test_wiring import make_dirty
from twin.store.database import Database

pytestmark = pytest.mark.browser


def test_the_wiring_is_shown_and_left_by_keys(
    visit: Visit, database: Database, city: SmallCity
) -> None:
    make_dirty(database, (int(city.lights[0]), "dual_feed", None))
    watched = visit()
    page = watched.wall("/pilotage#16.00/45.5/4.3")
    button, card = page.locator("[data-act=wiring]"), page.locator("[data-wiring]")
    expect(card).to_be_hidden()
    with page.expect_response(lambda answer: "/v1/map/wires" in answer.url) as drawn:
        page.keyboard.press("c")
    assert drawn.value.ok
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(card).to_contain_text("plusieurs armoires peuvent")
    expect(card.locator("[data-wiring-hint]")).to_be_empty()
    card.get_by_role("link", name="L-0001").click()
    expect(page.locator("[data-panel] h2").first).to_contain_text("L-0001")
    button.focus()
    page.keyboard.press("c")
    expect(card).to_be_hidden()
    assert watched.errors == []
    assert watched.violations() == []
