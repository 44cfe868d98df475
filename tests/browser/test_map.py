"""The live map in a real browser: drawn offline, and every change of a light reaches its pixel."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from control_center.assets import BUNDLE_SHA256
from tests.browser.conftest import PATIENCE_MS, Standing, Visit, becomes
from tests.support.pixels import pixels_of
from tests.support.small_city import SmallCity
from twin.model.states import LightState
from twin.store.database import Database

pytestmark = pytest.mark.browser

GOLDEN = Path(__file__).parent.parent / "web" / "golden" / "formats.json"
PINK, AMBER, GROUND = (255, 92, 138), (255, 176, 0), (14, 19, 26)


def _set_state(database: Database, city: SmallCity, index: int, state: LightState) -> None:
    with database.connection() as connection:
        connection.execute(
            "UPDATE light_state SET state = %s, seq = nextval('light_state_seq')"
            " WHERE asset_id = %s",
            (int(state), int(city.lights[index])),
        )
        connection.execute("NOTIFY reverbere_state")


def _place(database: Database, asset: int) -> tuple[float, float]:
    with database.connection() as connection:
        row = connection.execute(
            "SELECT longitude, latitude FROM asset WHERE id = %s", (asset,)
        ).fetchone()
    assert row is not None
    return float(row[0]), float(row[1])


def _around(page: Page, half: int = 9) -> NDArray[np.uint8]:
    """Read the pixels around the middle of the map."""
    box = page.locator("[data-map]").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    side = 2 * half
    return pixels_of(
        page.screenshot(clip={"x": x - half, "y": y - half, "width": side, "height": side})
    )


def _has(pixels: NDArray[np.uint8], colour: tuple[int, int, int], tolerance: int = 40) -> bool:
    return bool((np.abs(pixels.astype(int) - colour).max(axis=2) <= tolerance).any())


def _shows(page: Page, colour: tuple[int, int, int], *, half: int = 9) -> bool:
    """Wait until the middle of the map holds a colour."""
    return becomes(page, lambda: _has(_around(page, half), colour))


def _loses(page: Page, colour: tuple[int, int, int]) -> bool:
    """Wait until the middle of the map no longer holds a colour."""
    return becomes(page, lambda: not _has(_around(page), colour))


def test_the_map_is_drawn_by_the_bundle_without_any_other_host(look: Visit) -> None:
    watched = look()
    page = watched.wall()
    assert page.evaluate("() => document.body.dataset.drawn") == "true"
    assert watched.foreign == []
    assert watched.violations() == []
    assert watched.errors == []
    assert page.locator(".map canvas").count() == 2
    found = page.evaluate(
        "() => [typeof createDeck, typeof deck.JSONConverter, typeof loaders.registerLoaders,"
        " typeof deck.IconLayer, typeof deck.PathLayer]"
    )
    assert set(found) == {"function"}
    assert len(BUNDLE_SHA256) == 64


def test_a_light_changes_its_pixel_when_it_changes_its_state(
    visit: Visit, database: Database, city: SmallCity
) -> None:
    index = next(i for i in range(city.lights.size) if i not in city.dark)
    longitude, latitude = _place(database, int(city.lights[index]))
    page = visit().wall(f"/pilotage#19.00/{latitude}/{longitude}")
    assert _loses(page, PINK)
    assert _loses(page, AMBER)
    counts = {
        state: page.locator(f"[data-state='{int(state)}'] [data-count]")
        for state in (LightState.CONFIRMED_DARK, LightState.DEGRADED)
    }

    for state, colour, other in (
        (LightState.CONFIRMED_DARK, PINK, AMBER),
        (LightState.DEGRADED, AMBER, PINK),
    ):
        before = counts[state].inner_text()
        _set_state(database, city, index, state)
        expect(counts[state]).not_to_have_text(before)
        assert _shows(page, colour)
        assert _loses(page, other)

    _set_state(database, city, index, LightState.LIT)
    expect(counts[LightState.DEGRADED]).to_have_text("0")
    assert _loses(page, AMBER)


def _wall_at(look: Visit, standing: Standing, index: int) -> Page:
    longitude, latitude = _place(standing.database, int(standing.city.lights[index]))
    return look().wall(f"/pilotage#19.00/{latitude}/{longitude}")


def test_inferred_darkness_is_hollow(look: Visit, standing: Standing) -> None:
    inferred = _wall_at(look, standing, int(standing.city.dark[-1]))
    assert _shows(inferred, PINK)
    assert not _has(_around(inferred, half=1), PINK)


def test_confirmed_darkness_is_full_and_leaves_the_map_when_it_is_hidden(
    look: Visit, standing: Standing
) -> None:
    page = _wall_at(look, standing, int(standing.city.dark[0]))
    assert _shows(page, PINK, half=1)
    button = page.locator(f"[data-state='{int(LightState.CONFIRMED_DARK)}']")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert _loses(page, PINK)


def test_a_click_on_a_light_opens_it(look: Visit, standing: Standing) -> None:
    page = _wall_at(look, standing, int(standing.city.dark[0]))
    assert _shows(page, PINK)
    box = page.locator("[data-map]").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("[data-panel-of^='thing:streetlight']")
    page.wait_for_function("() => location.search.includes('objet=streetlight%3AL-')")
    expect(page.locator("[data-panel]")).to_contain_text("éteint, confirmé")


def test_a_gap_in_the_patches_is_filled_by_one_snapshot(look: Visit) -> None:
    page = look().wall()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    found = page.evaluate(
        """async (address) => {
          const { City } = await import(address);
          const city = new City();
          await city.read();
          const initial = city.states[2];
          const [epoch, seq] = city.position.split(/:(?=[^:]*$)/);
          const bytes = new Uint8Array(21);
          const view = new DataView(bytes.buffer);
          view.setUint32(8, 1, true);
          view.setUint32(16, 2, true);
          bytes[20] = 4;
          const data = btoa(String.fromCharCode(...bytes));
          city.patch({ id: `${epoch}:${Number(seq) + 1}`, data });
          const followed = city.states[2];
          city.patch({ id: `${epoch}:${Number(seq) + 1}`, data }); // seen already
          city.patch({ id: `${epoch}:${Number(seq) + 5}`, data }); // a gap
          await new Promise((resolve) => city.addEventListener("epoch", resolve, { once: true }));
          const mended = city.states[2];
          city.greet({ epoch: "another.run", seq: 0, replayed: false });
          await new Promise((resolve) => city.addEventListener("epoch", resolve, { once: true }));
          return { followed, mended: mended === initial };
        }""",
        _module(page, "city"),
    )
    assert found == {"followed": 4, "mended": True}
    assert sum("/v1/map/state" in url for url in asked) == 3  # at first, the gap, the new epoch


def test_javascript_reads_the_bytes_that_python_writes(look: Visit) -> None:
    page = look().open("/pilotage")
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    read: dict[str, Any] = page.evaluate(
        """async ([address, patch, columns]) => {
          const { fromBase64, readColumns, readPatch } = await import(address);
          const one = readPatch(fromBase64(patch));
          const other = readColumns(fromBase64(columns).buffer);
          const plain = (array) => Array.from(array);
          return {
            patch: { ...one, idx: plain(one.idx), state: plain(one.state) },
            columns: {
              length: other.length,
              origin: other.origin,
              ...Object.fromEntries(
                Object.entries(other.columns).map(([name, { value }]) => [name, plain(value)]),
              ),
            },
          };
        }""",
        [_module(page, "formats"), golden["patch"]["base64"], golden["columns"]["base64"]],
    )
    for part in ("patch", "columns"):
        expected = {name: value for name, value in golden[part].items() if name != "base64"}
        assert read[part] == expected
    assert base64.b64decode(golden["patch"]["base64"])


def test_seven_tabs_of_one_browser_share_one_channel(look: Visit) -> None:
    watched = look()
    watched.wall()
    others = [watched.page.context.new_page() for _ in range(6)]
    for page in others:
        page.goto(watched.address + "/")
    opened: list[str] = []
    last = watched.page.context.new_page()
    last.on("request", lambda request: opened.append(request.url))
    last.goto(watched.address + "/pilotage")
    last.wait_for_function("() => document.body.dataset.ready", timeout=2 * PATIENCE_MS)
    last.evaluate(
        """() => new Promise((resolve) => {
          new BroadcastChannel("reverbere-live").onmessage = ({ data }) => {
            if (data.name === "pulse") resolve();
          };
        })"""
    )
    assert not [url for url in opened if "/v1/live" in url]
    expect(last.locator(".standing")).to_have_attribute("data-standing", "live")


def test_a_map_whose_graphics_were_lost_is_drawn_again(look: Visit) -> None:
    watched = look()
    page = watched.wall()
    page.evaluate(
        """() => {
          const canvas = document.querySelector(".maplibregl-canvas");
          canvas.dataset.lost = "true";
          canvas.getContext("webgl2").getExtension("WEBGL_lose_context").loseContext();
        }"""
    )
    page.wait_for_function(
        "() => document.querySelectorAll('.map canvas').length === 2"
        " && !document.querySelector('[data-lost]')"
    )
    assert watched.errors == []


def test_without_webgl_the_list_and_the_panel_still_answer(look: Visit) -> None:
    watched = look()
    watched.page.add_init_script(
        "HTMLCanvasElement.prototype.getContext = new Proxy("
        "HTMLCanvasElement.prototype.getContext, {apply: (f, on, args) =>"
        " args[0] === 'webgl2' ? null : Reflect.apply(f, on, args)});"
    )
    page = watched.wall()
    expect(page.locator("[data-map-message]")).to_contain_text("ne peut pas dessiner la carte")
    page.locator("[data-incident]").first.click()
    page.wait_for_selector("[data-panel-of^='incident:']")
    assert watched.errors == []


def _module(page: Page, name: str) -> str:
    address: str = page.evaluate(
        "(name) => document.querySelector(`link[rel=modulepreload][href$='/js/${name}.js']`).href",
        name,
    )
    return address
