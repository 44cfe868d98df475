"""The operator's wall: readable without scripts, quick with keys, true when the server is away."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Standing, Visit
from tests.support.relay import relaying
from tests.support.small_city import SmallCity
from twin.store.database import Database

pytestmark = pytest.mark.browser


def _violations(page: Page) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_to_say_in_either_theme(
    look: Visit, standing: Standing, language: str, width: int
) -> None:
    watched = look(width, 900 if width > 1000 else 844, reduced_motion="reduce")
    page = watched.wall(f"/pilotage?lang={language}&incident={standing.city.incident}")
    for theme in ("dark", "light"):
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        assert _violations(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        page.locator("[data-act=theme]").click()
    assert watched.errors == []


@pytest.mark.parametrize(
    "path", ["/", "/entrer", "/docs", "/pilotage/recherche?q=quai", "/nowhere"]
)
def test_plain_pages_satisfy_axe_on_a_telephone(look: Visit, path: str) -> None:
    watched = look(390, 844)
    page = watched.open(path)
    assert _violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert watched.foreign == []
    assert watched.violations() == []


def test_without_scripts_the_page_is_a_document_that_answers(
    look: Visit, standing: Standing
) -> None:
    page = look(java_script_enabled=False).open("/pilotage")
    card = page.locator("[data-incident]").first
    expect(card).to_contain_text(f"{standing.city.flooded} dans l’eau")
    card.click()
    panel = page.locator("[data-panel]")
    expect(panel).to_contain_text("Enchaînement")
    expect(panel).to_contain_text("confirmé")
    expect(page.locator(".scripted:visible")).to_have_count(0)
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
    expect(page.locator("[data-keys]")).to_be_hidden()
    page.keyboard.press("j")
    page.locator("[data-incident]").first.click()  # heard later than the key
    expect(page.locator("[data-panel-of]")).to_have_count(1)
    page.go_back()
    expect(page.locator("[data-panel-of]")).to_have_count(0)  # one step back, not two


def test_search_finds_a_cabinet_and_opens_it(look: Visit, standing: Standing) -> None:
    page = look().wall()
    wanted = f"cabinet:{standing.city.flooded}"
    page.keyboard.press("/")
    page.keyboard.type(standing.city.flooded)
    found = page.locator("[role=option]")
    expect(found.first).to_have_attribute("data-found", wanted)
    expect(found.last).to_have_attribute("data-found", re.compile(f":{standing.city.flooded}"))
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-panel-of='thing:{wanted}']")
    expect(page.locator("[data-panel]")).to_contain_text("coupée")


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


def test_a_network_that_hangs_is_shown_and_the_clock_stops(look: Visit) -> None:
    watched = look()
    with relaying(watched.address) as relay:
        watched.address = relay.address
        page = watched.wall()
        expect(page.locator(".standing")).to_have_attribute("data-standing", "live")
        relay.hang()
        expect(page.locator(".standing")).to_have_attribute("data-standing", "reconnecting")
        expect(page.locator("[data-stale]")).to_contain_text("Reconnexion")
        clock = page.locator("[data-clock]").inner_text()
        page.wait_for_timeout(1_500)
        assert page.locator("[data-clock]").inner_text() == clock
        page.close()


def test_an_instant_of_the_past_is_a_mode_with_a_way_back(look: Visit, standing: Standing) -> None:
    page = look().wall(f"/pilotage?objet=cabinet:{standing.city.flooded}")
    panel = page.locator("[data-panel]")
    expect(panel).to_contain_text("coupée")
    page.locator("[data-act=earlier]").click()
    expect(page.locator("[data-stale]")).to_contain_text("Vous revoyez")
    expect(page.locator("body.wall-replay")).to_have_count(1)
    expect(panel).to_contain_text("Ce qui était connu")  # the panel is that of then, too
    expect(panel).to_contain_text("Ce qui n’est pas connu de cet instant")
    assert _violations(page) == []
    panel.locator("[data-act=live]").click()
    expect(page.locator("[data-stale]")).to_be_hidden()
    expect(panel).not_to_contain_text("Ce qui était connu")
    page.locator("[data-act=earlier]").click()
    expect(page.locator("body.wall-replay")).to_have_count(1)
    page.keyboard.press("l")
    expect(page.locator("[data-stale]")).to_be_hidden()


def test_the_clock_is_the_territory_s_not_the_browser_s(visit: Visit) -> None:
    page = visit(timezone_id="Asia/Tokyo").open("/pilotage")
    clock = page.locator("[data-clock]")
    expect(clock).not_to_have_text(clock.inner_text())  # the browser has written it anew
    evening = re.compile(r"^jeudi 19\snovembre, 20\sh\s")  # next day's morning in Tokyo
    expect(clock).to_have_text(evening)


def test_a_telephone_shows_the_list_then_the_map(look: Visit) -> None:
    page = look(390, 844, has_touch=True).wall()
    expect(page.locator(".wall-list")).to_be_visible()
    page.locator("button[data-view=map]").click()
    expect(page.locator(".wall-map")).to_be_visible()
    expect(page.locator(".wall-list")).not_to_be_visible()
    expect(page.locator(".map canvas").first).to_have_css("width", "390px")


def test_the_theme_is_kept(visit: Visit) -> None:
    watched = visit()
    page = watched.open("/pilotage")
    page.locator("[data-act=theme]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
