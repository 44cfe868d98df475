import json
import re

import pytest

from gis.basemap import PALETTES, style
from gis.tiles import LAYER_SETS, ZOOMS

PLAN = "https://data.geopf.fr"

PAINTS = {
    "background": {"background-color"},
    "fill": {"fill-color", "fill-opacity", "fill-outline-color"},
    "line": {"line-color", "line-width", "line-opacity"},
    "circle": {"circle-color", "circle-radius", "circle-opacity"},
    "symbol": {"text-color", "text-halo-color", "text-halo-width"},
}
LAYOUTS = {
    "line": {"line-cap", "line-join"},
    "symbol": {
        "text-field", "text-font", "text-size", "text-max-width", "text-max-angle", "text-padding",
        "symbol-placement", "symbol-sort-key", "symbol-spacing",
    },
}  # fmt: skip
# colours of the product's language (design tokens) that the map borrows
TOKENS = {
    "dark": {"ground": "#0e131a", "normal": "#4d7a67", "label": "#8e9cab"},
    "light": {"ground": "#f5f4f0", "normal": "#5c7d6c", "label": "#43525f"},
}

themes = pytest.mark.parametrize("theme", ["dark", "light"])


def made(theme="dark", language="fr"):
    return style(theme, language, "/v1/tiles", "abc123", attributions=["Ville A", "Ville A", "B"])


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@themes
def test_the_style_is_a_maplibre_style_of_known_parts(theme):
    document = made(theme)
    assert document["version"] == 8
    assert json.loads(json.dumps(document)) == document
    names = [layer["id"] for layer in document["layers"]]
    assert len(names) == len(set(names))
    for layer in document["layers"]:
        assert set(layer["paint"]) <= PAINTS[layer["type"]], layer["id"]
        assert set(layer.get("layout", {})) <= LAYOUTS.get(layer["type"], set()), layer["id"]
        if layer["type"] != "background":
            assert layer["source-layer"] in LAYER_SETS[layer["source"]], layer["id"]


def test_letters_come_from_the_page_and_tiles_from_this_server_alone():
    document = made()
    assert "glyphs" not in document
    assert "sprite" not in document
    assert "://" not in json.dumps(document)


def test_each_source_names_its_epoch_its_zooms_and_its_features():
    sources = made()["sources"]
    assert set(sources) == set(LAYER_SETS)
    assert sources["lights"] == {
        "type": "vector",
        "tiles": ["/v1/tiles/lights/{z}/{x}/{y}.mvt?v=abc123"],
        "minzoom": 12,
        "maxzoom": 15,
        "promoteId": {"lights": "idx"},
        "attribution": "Ville A · B",
    }
    assert sources["city"]["minzoom"] == min(ZOOMS[layer][0] for layer in LAYER_SETS["city"])


def test_order_is_ground_green_water_buildings_streets_lights_names():
    kinds = [(layer["type"], layer.get("source-layer")) for layer in made()["layers"]]
    drawn = [name for _, name in kinds]
    expected = [None, "parks", "water", "buildings", "streets", "lights"]
    assert [drawn.index(name) for name in expected] == sorted(drawn.index(n) for n in expected)
    symbols = [position for position, (kind, _) in enumerate(kinds) if kind == "symbol"]
    assert symbols == list(range(len(kinds) - len(symbols), len(kinds)))


@themes
def test_a_theme_only_changes_colours(theme):
    def shape(document):
        layers = json.dumps(document["layers"])
        return re.sub(r"#[0-9a-f]{6}", "#", layers)

    assert shape(made(theme)) == shape(made("dark"))


@themes
def test_what_is_at_rest_stays_within_one_and_a_half_to_one(theme):
    colours = PALETTES[theme]
    calm = [colours.ground, colours.building, colours.followed, colours.street, colours.park]
    assert max(contrast(one, other) for one in calm for other in calm) <= 1.5


@themes
def test_what_is_read_can_be_read(theme):
    colours = PALETTES[theme]
    assert contrast(colours.label, colours.ground) >= 4.5
    assert contrast(colours.water_label, colours.water) >= 4.5
    assert contrast(colours.park_label, colours.park) >= 4.5
    assert contrast(colours.normal, colours.ground) >= 3


@themes
def test_shared_colours_are_those_of_the_pages(theme):
    for name, value in TOKENS[theme].items():
        assert getattr(PALETTES[theme], name) == value


def test_working_lights_are_dots_that_one_can_barely_see():
    lights = next(layer for layer in made()["layers"] if layer["id"] == "lights")
    radius = lights["paint"]["circle-radius"]
    sizes = dict(zip(radius[3::2], radius[4::2], strict=True))
    assert sizes[15] == 1.2
    assert max(size for zoom, size in sizes.items() if zoom <= 17) <= 2


def test_a_name_in_the_pages_language_wins():
    label = next(layer for layer in made(language="en")["layers"] if layer["id"] == "street-names")
    assert label["layout"]["text-field"] == ["coalesce", ["get", "name:en"], ["get", "name"]]


@themes
def test_plan_ign_is_asked_for_only_where_it_is_wanted(theme):
    assert "geopf" not in json.dumps(made(theme))
    plain = [layer["id"] for layer in made(theme)["layers"]]
    document = style(theme, "fr", "/v1/tiles", "abc123", plan_ign=PLAN)
    assert document["sources"]["plan-ign"]["tiles"][0].startswith(f"{PLAN}/wmts?")
    mirror = style(theme, "fr", "/v1/tiles", "abc123", plan_ign="https://plan.example")
    assert mirror["sources"]["plan-ign"]["tiles"][0].startswith("https://plan.example/wmts?")
    assert document["sources"]["plan-ign"]["attribution"] == "Plan IGN © IGN"
    names = [layer["id"] for layer in document["layers"]]
    assert [name for name in names if name != "plan-ign"] == plain
    assert names.index("buildings") < names.index("plan-ign") < names.index("streets")
    assert all(
        name.startswith("raster-") for name in document["layers"][names.index("plan-ign")]["paint"]
    )
