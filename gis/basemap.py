"""The base map: a MapLibre style, one function of theme, language, tiles and epoch.

Management by exception: ground, buildings and streets stay within 1.5 : 1 of each other, only
water and parks have a colour of their own, working lights are dots one can barely see. What
deserves a look is drawn above, by the live layers.

No ``glyphs``: the engine then draws every letter from the page's own font, offline.

Plan IGN, the State's own map, may lie under streets and names where a territory is online and
asks for it; without an answer from there the map is what it is without.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from gis.tiles import LAYER_SETS, ZOOMS

Theme = Literal["dark", "light"]
Style = dict[str, Any]
Layer = dict[str, Any]

FONT: Final = "Atkinson Hyperlegible Next"


PLAN_IGN_CREDIT: Final = "Plan IGN © IGN"
_PLAN_IGN: Final = (
    "/wmts?SERVICE=WMTS&VERSION=1.0.0&REQUEST=GetTile"
    "&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2&STYLE=normal&FORMAT=image/png"
    "&TILEMATRIXSET=PM&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
)
_PLAN_PAINT: Final[Mapping[Theme, dict[str, float]]] = {
    # by night the plan is turned to its negative, pale, so that lights stay what one sees
    "dark": {
        "raster-brightness-min": 0.24,
        "raster-brightness-max": 0.06,
        "raster-saturation": -0.7,
        "raster-opacity": 0.9,
    },
    "light": {"raster-saturation": -0.6, "raster-contrast": -0.2, "raster-opacity": 0.65},
}


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one theme; those of the page's tokens keep their token's name."""

    ground: str
    park: str
    water: str
    building: str
    followed: str
    street: str
    normal: str
    label: str
    water_label: str
    park_label: str


PALETTES: Final[Mapping[Theme, Palette]] = {
    "dark": Palette(
        ground="#0e131a",
        park="#101d1b",
        water="#10273b",
        building="#19212b",
        followed="#1f2935",
        street="#222d39",
        normal="#4d7a67",
        label="#8e9cab",
        water_label="#7f9db8",
        park_label="#7f988c",
    ),
    "light": Palette(
        ground="#f5f4f0",
        park="#e6ecdc",
        water="#cfe0ec",
        building="#e9e7e1",
        followed="#deddd6",
        street="#d5d6d2",
        normal="#5c7d6c",
        label="#43525f",
        water_label="#2d567a",
        park_label="#46604f",
    ),
}


def style(
    theme: Theme,
    language: str,
    tiles: str,
    version: str,
    *,
    attributions: Sequence[str] = (),
    plan_ign: str = "",
) -> Style:
    """Return the style of the base map.

    Parameters
    ----------
    theme : {'dark', 'light'}
        Both have the same layers under the same names: a page changes theme by repainting.
    language : str
        Code of the page's language, e.g. ``"fr"``: a name in that language wins where the tiles
        carry one.
    tiles : str
        Where tiles are served: ``<tiles>/<layer set>/{z}/{x}/{y}.mvt``, e.g. ``"/v1/tiles"``.
    version : str
        Epoch of the map; goes into each address, so that a tile can be kept for ever.
    attributions : sequence of str
        Whom the data must be credited to.
    plan_ign : str
        Server of Plan IGN, to lay it under streets and names: the State's or a mirror of it;
        the browser asks there. Empty: it is not laid.

    Returns
    -------
    dict
        A MapLibre style (version 8): sources ``city`` and ``lights``, layers from the ground up.
    """
    colours = PALETTES[theme]
    credit = " · ".join(dict.fromkeys(attributions))
    return {
        "version": 8,
        "name": f"Réverbère, {theme}",
        "metadata": {"reverbere:theme": theme, "reverbere:version": version},
        "sources": {
            **{name: _source(name, tiles, version, credit) for name in LAYER_SETS},
            **({"plan-ign": _plan_source(plan_ign)} if plan_ign else {}),
        },
        "layers": [
            {"id": "ground", "type": "background", "paint": {"background-color": colours.ground}},
            *_areas(colours),
            *_buildings(colours),
            *([_plan(theme)] if plan_ign else []),
            *_streets(colours),
            _lights(colours),
            *_labels(colours, language),
        ],
    }


def _source(layer_set: str, tiles: str, version: str, credit: str) -> dict[str, Any]:
    layers = LAYER_SETS[layer_set]
    return {
        "type": "vector",
        "tiles": [f"{tiles}/{layer_set}/{{z}}/{{x}}/{{y}}.mvt?v={version}"],
        "minzoom": min(ZOOMS[layer][0] for layer in layers),
        "maxzoom": max(ZOOMS[layer][1] for layer in layers),
        "promoteId": dict.fromkeys(layers, "idx"),
        **({"attribution": credit} if credit else {}),
    }


def _plan_source(host: str) -> dict[str, Any]:
    return {
        "type": "raster",
        "tiles": [host + _PLAN_IGN],
        "tileSize": 256,
        "maxzoom": 19,
        "attribution": PLAN_IGN_CREDIT,
    }


def _plan(theme: Theme) -> Layer:
    return {"id": "plan-ign", "type": "raster", "source": "plan-ign", "paint": _PLAN_PAINT[theme]}


def _areas(colours: Palette) -> list[Layer]:
    return [
        _layer("parks", "fill", "parks", {"fill-color": colours.park}),
        _layer("water", "fill", "water", {"fill-color": colours.water}),
    ]


def _streets(colours: Palette) -> list[Layer]:
    """Draw a thin line in a wider bed of ground, which parts it from what it crosses."""
    joined = {"line-cap": "round", "line-join": "round"}
    bed = {"line-color": colours.ground, "line-width": _by_zoom({13: 0, 15: 3, 17: 9, 19: 26})}
    line = {
        "line-color": colours.street,
        "line-width": _by_zoom({11: 0.5, 13: 0.8, 15: 1.3, 17: 2.4, 19: 5}),
    }
    return [
        _layer("streets-bed", "line", "streets", bed, layout=joined, minzoom=13),
        _layer("streets", "line", "streets", line, layout=joined),
    ]


def _buildings(colours: Palette) -> list[Layer]:
    followed = ["==", ["get", "followed"], True]
    fill = ["case", followed, colours.followed, colours.building]
    return [
        _layer(
            "buildings",
            "fill",
            "buildings",
            {
                "fill-color": fill,
                "fill-outline-color": colours.ground,
                "fill-opacity": ["interpolate", ["linear"], ["zoom"], 13, 0.5, 14.5, 1],
            },
        )
    ]


def _lights(colours: Palette) -> Layer:
    return _layer(
        "lights",
        "circle",
        "lights",
        {
            "circle-color": colours.normal,
            "circle-radius": _by_zoom({12: 0.6, 14: 1, 15: 1.2, 16: 1.5, 17: 2, 19: 3.2}),
            "circle-opacity": ["interpolate", ["linear"], ["zoom"], 12, 0.55, 14, 1],
        },
    )


def _labels(colours: Palette, language: str) -> list[Layer]:
    """Few names, small, in the colour of ticks; long streets first, short ones when near."""
    long_enough = ["step", ["zoom"], 1500, 14, 700, 15, 250, 16, 0]
    streets = _label("street-names", "streets", colours.label, colours.ground, language)
    streets["filter"].append([">=", ["get", "length"], long_enough])
    streets["layout"].update(
        {
            "symbol-placement": "line",
            "symbol-sort-key": ["-", ["get", "length"]],
            "symbol-spacing": 420,
            "text-max-angle": 35,
            "text-padding": 12,
        }
    )
    return [
        _area_label("water", 13, colours.water_label, colours.water, language),
        _area_label("park", 14, colours.park_label, colours.park, language),
        {**streets, "minzoom": 13},
        _area_label("building", 15.5, colours.label, colours.ground, language),
    ]


def _area_label(kind: str, minzoom: float, colour: str, halo: str, language: str) -> Layer:
    """Name areas of one kind, each at the one point that stands for it."""
    label = _label(f"{kind}-names", "names", colour, halo, language)
    label["filter"].append(["==", ["get", "kind"], kind])
    label["layout"]["text-max-width"] = 8
    return {**label, "minzoom": minzoom}


def _label(name: str, source_layer: str, colour: str, halo: str, language: str) -> Layer:
    text = ["coalesce", ["get", f"name:{language}"], ["get", "name"]]
    return _layer(
        name,
        "symbol",
        source_layer,
        {"text-color": colour, "text-halo-color": halo, "text-halo-width": 1.4},
        layout={"text-field": text, "text-font": [FONT], "text-size": 13},
        filter=["all", ["!=", ["get", "name"], ""]],
    )


def _layer(
    name: str,
    kind: str,
    source_layer: str,
    paint: dict[str, Any],
    *,
    layout: dict[str, Any] | None = None,
    **more: Any,
) -> Layer:
    source = next(name for name, layers in LAYER_SETS.items() if source_layer in layers)
    layer = {"id": name, "type": kind, "source": source, "source-layer": source_layer, **more}
    return {**layer, **({"layout": layout} if layout else {}), "paint": paint}


def _by_zoom(stops: Mapping[float, float]) -> list[Any]:
    """Grow as the map does: exponentially between stops of zoom."""
    flat = [value for stop in stops.items() for value in stop]
    return ["interpolate", ["exponential", 1.6], ["zoom"], *flat]
