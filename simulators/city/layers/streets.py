"""Streets, addresses, districts, crossings."""

import polars as pl
import shapely

from simulators.city.layers import drawing
from simulators.city.model import LayerData
from simulators.city.plan import Floats
from simulators.city.town import Town


def street_layers(town: Town) -> dict[str, LayerData]:
    """Return street_sections, addresses, districts and crossings."""
    return {
        "street_sections": _sections(town),
        "addresses": _addresses(town),
        "districts": _districts(town),
        "crossings": _points(town, town.crossings, "PP"),
    }


def _sections(town: Town) -> LayerData:
    names = [section.name for section in town.sections]
    number = {name: k + 1 for k, name in enumerate(sorted(set(names)))}
    frame = pl.DataFrame(
        {
            "code": [f"S-{k + 1:05d}" for k in range(len(names))],
            "street": names,
            "street_code": [f"{number[name]:04d}" for name in names],
            "class": [section.kind for section in town.sections],
        }
    )
    step = drawing.STREET_STEP_M
    courses = [town.lines.densified(k, step) for k in range(len(names))]
    return LayerData(frame, drawing.lines(town.warp, courses))


def _addresses(town: Town) -> LayerData:
    places = town.addresses
    streets = [town.sections[k].name for k in places.section]
    frame = pl.DataFrame(
        {
            "code": [f"AD-{k + 1:06d}" for k in range(len(streets))],
            "name": [f"{n} {street}" for n, street in zip(places.number, streets, strict=True)],
            "street": streets,
            "number": [str(n) for n in places.number],
            "residents": places.residents.astype(float),
        }
    )
    return LayerData(frame, drawing.points(town.warp, places.uv))


def _districts(town: Town) -> LayerData:
    subdivision = town.skeleton.subdivision
    faces = [face for face in town.skeleton.faces if len(face.ring) > 2]
    rings = [subdivision.coordinates(face) for face in faces]
    drawn = drawing.polygons(town.warp, rings, drawing.AREA_STEP_M)
    labels = [face.district for face in faces]
    used = sorted(set(labels))
    merged = [
        shapely.union_all(drawn[[label == district for label in labels]], grid_size=1e-7)
        for district in used
    ]
    frame = pl.DataFrame(
        {"code": [f"Q-{k + 1}" for k in used], "name": [town.districts[k] for k in used]}
    )
    return LayerData(frame, merged)  # type: ignore[arg-type]


def _points(town: Town, uv: Floats, prefix: str) -> LayerData:
    frame = pl.DataFrame({"code": [f"{prefix}-{k + 1:04d}" for k in range(len(uv))]})
    frame = frame.with_columns(name=pl.lit(""))
    return LayerData(frame, drawing.points(town.warp, uv))
