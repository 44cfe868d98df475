"""The operator's wall: readable without scripts, quick with keys, true when the server is away."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.support.relay import relaying
from tests.support.small_city import SmallCity
from twin.store.database import Database

pytestmark = pytest.mark.browser


def _violations(page: Page) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_to_say(
    visit: Visit, city: SmallCity, theme: str, language: str, width: int
) -> None:
    watched = visit(width, 900 if width > 1000 else 844)
    watched.page.add_init_script(f"localStorage.setItem('reverbere-theme', '{theme}')")
    page = watched.wall(f"/pilotage?lang={language}&incident={city.incident}")
    assert page.evaluate("() => document.documentElement.dataset.theme") == theme
    assert _violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert watched.errors == []


@pytest.mark.parametrize(
    "path", ["/", "/entrer", "/docs", "/pilotage/recherche?q=quai", "/nowhere"]
)
def test_plain_pages_satisfy_axe_on_a_telephone(visit: Visit, path: str) -> None:
    watched = visit(390, 844)
    page = watched.open(path)
    assert _violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert watched.foreign == []
    assert watched.violations() == []


def test_without_scripts_the_page_is_a_document_that_answers(visit: Visit, city: SmallCity) -> None:
    page = visit(java_script_enabled=False).open("/pilotage")
    card = page.locator("[data-incident]").first
    assert f"{city.flooded} dans l’eau" in card.inner_text()
    card.click()
    panel = page.locator("[data-panel]")
    assert "Enchaînement" in panel.inner_text()
    assert "confirmé" in panel.inner_text()
    assert page.locator(".scripted:visible").count() == 0
    assert "demande JavaScript" in page.locator("noscript").inner_text()


def test_keys_walk_the_list_and_take_in_charge(
    visit: Visit, database: Database, city: SmallCity
) -> None:
    page = visit().wall()
    page.keyboard.press("j")
    page.wait_for_selector(f"[data-panel-of='incident:{city.incident}']")
    assert f"incident={city.incident}" in page.url
    page.keyboard.press("a")
    expect(page.locator(".acts-done")).to_contain_text("poste de démonstration")
    expect(page.locator(".card-new")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("[data-panel-of]")).to_have_count(0)
    page.go_back()
    page.wait_for_selector(f"[data-panel-of='incident:{city.incident}']")
    with database.connection() as connection:
        journal = connection.execute("SELECT person, act, subject FROM audit").fetchall()
    assert journal == [("poste de démonstration", "acknowledge", f"incident:{city.incident}")]


def test_keys_can_be_turned_off(visit: Visit, city: SmallCity) -> None:
    page = visit().wall()
    page.keyboard.press("?")
    page.locator("[data-keys-on]").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.wait_for_timeout(300)
    assert "incident=" not in page.url


def test_search_finds_a_cabinet_and_opens_it(visit: Visit, city: SmallCity) -> None:
    page = visit().wall()
    page.keyboard.press("/")
    page.keyboard.type(city.flooded)
    page.wait_for_selector("[role=option]")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-panel-of='thing:cabinet:{city.flooded}']")
    assert "coupée" in page.locator("[data-panel]").inner_text()


def test_a_refused_act_says_why(visit: Visit, database: Database, city: SmallCity) -> None:
    with database.connection() as connection:
        connection.execute("UPDATE supply_state SET state = 'awaiting_inspection'")
    watched = visit()
    page = watched.wall(f"/pilotage?objet=cabinet:{city.flooded}")
    page.locator("details.inspect summary").click()
    with database.connection() as connection:  # the water comes back while somebody writes
        connection.execute(
            "UPDATE supply_state SET state = 'tripped'; NOTIFY reverbere_facts, 'flood'"
        )
    page.locator("[name=who]").fill("Équipe 2")
    page.locator("form[data-form=inspect] button").click()
    expect(page.locator(".form-problem")).to_contain_text("encore dans l’armoire")


def test_a_network_that_hangs_is_shown_and_the_clock_stops(visit: Visit) -> None:
    watched = visit()
    with relaying(watched.address) as relay:
        watched.address = relay.address
        page = watched.wall()
        expect(page.locator(".standing")).to_have_attribute("data-standing", "live")
        relay.hang()
        expect(page.locator(".standing")).to_have_attribute(
            "data-standing", "reconnecting", timeout=30_000
        )
        expect(page.locator("[data-stale]")).to_contain_text("Reconnexion")
        clock = page.locator("[data-clock]").inner_text()
        page.wait_for_timeout(1_500)
        assert page.locator("[data-clock]").inner_text() == clock
        page.close()


def test_an_instant_of_the_past_is_a_mode_with_a_way_back(visit: Visit) -> None:
    page = visit().wall()
    page.locator("[data-act=earlier]").click()
    expect(page.locator("[data-stale]")).to_contain_text("Vous revoyez")
    assert page.evaluate("() => document.body.classList.contains('wall-replay')")
    page.keyboard.press("l")
    expect(page.locator("[data-stale]")).to_be_hidden()


def test_the_clock_is_the_territory_s_not_the_browser_s(visit: Visit) -> None:
    page = visit(timezone_id="Asia/Tokyo").wall()
    text = page.locator("[data-clock]").inner_text().replace("\u00a0", " ")
    assert text.startswith("jeudi 19 novembre, 20 h 1")


def test_a_telephone_shows_the_list_then_the_map(visit: Visit) -> None:
    page = visit(390, 844, has_touch=True).wall()
    expect(page.locator(".wall-list")).to_be_visible()
    page.locator("button[data-view=map]").click()
    expect(page.locator(".wall-map")).to_be_visible()
    expect(page.locator(".wall-list")).not_to_be_visible()
    assert page.locator(".map canvas").first.bounding_box()["width"] == 390  # type: ignore[index]


def test_the_theme_is_kept(visit: Visit) -> None:
    watched = visit()
    page = watched.wall()
    page.locator("[data-act=theme]").click()
    assert page.evaluate("() => document.documentElement.dataset.theme") == "light"
    page.reload()
    assert page.evaluate("() => document.documentElement.dataset.theme") == "light"
