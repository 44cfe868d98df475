"""A telephone that loses the network: nothing is lost, nothing is done twice or too late."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, Route, expect

from tests.browser.conftest import PATIENCE_MS, becomes
from tests.pages.conftest import fill
from tests.pages.garden import PARK
from tests.pages.town import EVENING
from tests.support.databases import copied_database
from tests.support.web import application, clock_at, serving
from twin.store.database import Database

pytestmark = pytest.mark.browser

PAGE = f"/arrosage/{PARK}"


@dataclass
class Phone:
    """A telephone with the page open, and the store behind."""

    context: BrowserContext
    page: Page
    database: Database

    def orders(self) -> list[tuple[Any, ...]]:
        with self.database.connection() as connection:
            rows = connection.execute(
                "SELECT z.code, c.verb, c.state FROM command c"
                " JOIN hydrozone h ON h.valve_id = c.asset_id JOIN asset z ON z.id = h.asset_id"
                " ORDER BY c.requested_at, c.id"
            )
            return rows.fetchall()

    def choose(self, zone: str) -> None:
        self.page.locator(f'[data-zone="{zone}"] .zone-head').click()
        expect(self.page.locator(f'.zone-chosen[data-zone="{zone}"]')).to_be_visible()

    def last(self, minutes: int) -> None:
        self.page.locator(f".bar label:has(#minutes-{minutes}):visible").click()
        expect(self.page.locator(f"#minutes-{minutes}")).to_be_checked()

    def press(self, name: str) -> None:
        self.page.locator(f'.bar button[value="{name}"]:visible').click()

    def card(self, zone: str) -> Locator:
        return self.page.locator(f'[data-zone="{zone}"] .zone-orders')

    def waits(self, words: str) -> None:
        expect(self.page.locator(".offline", has_text=words)).to_be_visible()

    def holds(self, *orders: tuple[str, str]) -> None:
        """Wait until just these orders, by zone and act, wait here for the network."""
        self.page.wait_for_function(
            "async (wanted) => JSON.stringify((await Outbox.waiting())"
            ".map(({ zone, act }) => [zone, act])) === JSON.stringify(wanted)",
            arg=[list(one) for one in orders],
        )


@pytest.fixture
def garden() -> Iterator[Database]:
    """Fill a store with the town, and let it be evening there."""
    with copied_database("bellerive", fill) as (database, _):
        offset = EVENING - datetime.now(UTC)
        with database.connection() as connection:
            connection.execute(
                "UPDATE territory SET clock_offset_s = %s", (offset.total_seconds(),)
            )
        yield database


@pytest.fixture
def phone(chromium_browser: Browser, garden: Database) -> Iterator[Phone]:
    with (
        serving(application(garden, clock_at(EVENING))) as address,
        _opened(chromium_browser, address) as (context, page),
    ):
        yield Phone(context, page, garden)


@contextmanager
def _opened(browser: Browser, address: str) -> Iterator[tuple[BrowserContext, Page]]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=address)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(PAGE)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    yield context, page
    context.close()


def test_an_order_given_with_network_goes_at_once(phone: Phone) -> None:
    phone.choose("Z-5")
    phone.last(minutes=20)
    phone.press("water")
    phone.page.locator('[data-zone="Z-5"] .order[data-order]').wait_for()
    assert phone.orders() == [("Z-5", "open_valve", "requested")]
    expect(phone.card("Z-5")).to_contain_text("Arroser 20")
    expect(phone.page.locator(".act-stop")).to_be_visible()


def test_what_a_finger_presses_is_not_replaced_under_it(phone: Phone) -> None:
    page = phone.page
    held: list[Route] = []
    over: list[Request] = []
    page.clock.install()  # the finger stays for as long as this machine takes for an answer
    page.route("**/cartes*", lambda route: held.append(route) if not held else route.continue_())
    for end in ("requestfinished", "requestfailed"):
        page.on(end, lambda request: "/cartes" in request.url and over.append(request))
    page.reload()
    assert becomes(page, lambda: bool(held))
    page.clock.pause_at(page.evaluate("() => Date.now() + 600_000"))  # never a moment already past
    head = page.locator('[data-zone="Z-5"] .zone-head')
    head.hover()
    page.mouse.down()
    head.evaluate("(head) => { head.closest('.zone').dataset.pressed = 'yes' }")
    with phone.database.connection() as connection:  # the answer is another one
        connection.execute("UPDATE asset SET name = 'Massif neuf' WHERE code = 'Z-4'")
    held[0].continue_()
    assert becomes(page, lambda: bool(over))
    page.wait_for_timeout(300)
    expect(page.locator("[data-pressed]")).to_have_count(1)
    page.mouse.up()
    page.clock.resume()
    expect(page.locator('.zone-chosen[data-zone="Z-5"]')).to_be_visible()
    expect(page.locator("#cards")).to_contain_text("Massif neuf")
    expect(page.locator("[data-pressed]")).to_have_count(0)


def test_orders_given_without_network_wait_are_told_and_go_once(phone: Phone) -> None:
    phone.context.set_offline(True)
    phone.press("water")
    phone.choose("Z-5")
    phone.press("water")
    phone.waits("2 commandes attendent le réseau")
    expect(phone.card("Z-5")).to_contain_text("En attente")
    assert phone.orders() == []
    phone.page.reload()  # the page and its orders live on the telephone
    phone.waits("2 commandes attendent le réseau")
    phone.context.set_offline(False)
    phone.page.locator('[data-zone="Z-5"] .order[data-order]').wait_for()
    expect(phone.page.locator(".offline")).to_be_hidden()
    phone.holds()
    assert phone.orders() == [
        ("Z-1", "open_valve", "requested"),
        ("Z-5", "open_valve", "requested"),
    ]


def test_stop_takes_back_the_water_that_still_waits(phone: Phone) -> None:
    phone.context.set_offline(True)
    phone.press("water")
    phone.waits("1 commande attend le réseau")
    phone.press("stop")
    phone.holds(("Z-1", "stop"))


def test_an_order_that_waited_too_long_is_never_sent_and_says_so(phone: Phone) -> None:
    phone.context.set_offline(True)
    phone.press("water")
    phone.waits("1 commande attend le réseau")
    phone.page.evaluate(
        """async () => {
            const [row] = await Outbox.waiting();
            await Outbox.remove(row);
            await Outbox.add({...row, expires: row.at - 1});
        }"""
    )
    phone.context.set_offline(False)
    phone.page.locator(".order-refused").wait_for()
    expect(phone.card("Z-1")).to_contain_text("L’ordre a expiré")
    assert phone.orders() == []


def test_an_answer_that_was_lost_makes_no_second_order(phone: Phone) -> None:
    lost = []

    def lose(route: Any) -> None:
        if len(lost) < 2:
            lost.append(route.fetch().status)  # the server took it; the telephone never hears
            route.abort()
        else:
            route.continue_()

    phone.context.route("**/v1/irrigation/commands", lose)
    phone.press("water")
    phone.page.locator('[data-zone="Z-1"] .order[data-order]').wait_for()
    phone.holds()
    assert lost == [202, 202]
    assert phone.orders() == [("Z-1", "open_valve", "requested")]


def test_a_refusal_is_told_on_the_card_and_not_tried_again(phone: Phone) -> None:
    phone.context.set_offline(True)
    phone.press("water")
    phone.waits("1 commande attend le réseau")
    with phone.database.connection() as connection:
        connection.execute("UPDATE device SET asset_id = NULL")
    phone.context.set_offline(False)
    phone.page.locator(".order-refused").wait_for()
    expect(phone.card("Z-1")).to_contain_text("Ce secteur n’a pas de vanne commandée d’ici.")
    phone.holds()


def test_the_server_asks_for_nothing_while_the_telephone_is_away(phone: Phone) -> None:
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url))
    phone.context.set_offline(True)
    phone.press("water")
    phone.waits("1 commande attend le réseau")
    asked.clear()
    began = time.monotonic()
    phone.page.wait_for_timeout(4_000)
    rounds = (time.monotonic() - began) / 3 + 1  # one in three seconds, an order and the cards each
    assert len(asked) <= 2 * (rounds + 1)
