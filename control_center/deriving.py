"""What follows from the layers of a city: wiring, streets, what each light answers for, tiles."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from control_center.residents import residents_along
from gis.geometry import (
    Coordinates,
    Geometries,
    from_metric,
    metric_points,
    stand_in_points,
    to_metric,
)
from gis.layer_types import GeometryKind
from gis.register import MANUAL
from gis.report import Finding
from gis.street_chains import estimated_sections
from gis.street_names import street_keys, streets_of
from gis.streets import attach, attributed_cm, lengths_cm, stretches, usual_spacing_cm
from gis.tile_drawing import TileLayer
from gis.tiles import Epoch, Published
from gis.topology import DrawnCables, build_topology
from twin.model import kinds
from twin.store.city_writer import CityWriter
from twin.store.copying import SLICE_ROWS

Index = NDArray[np.int64]

_PLACE_REACH_M = {
    kinds.CROSSING: 20.0,
    kinds.SCHOOL: 200.0,
    kinds.CARE: 200.0,
    kinds.SHELTER: 200.0,
}
_SHORTEST_DRAWN = 1e-5  # [°], about a metre


@dataclass(frozen=True, slots=True)
class _Lights:
    """The lights: their rows (``STREET_THINGS``), metric places [m], and street keys."""

    rows: pl.DataFrame
    points: Coordinates
    keys: pl.Series


@dataclass(frozen=True, slots=True)
class _Sections:
    """Centre lines, published or estimated.

    Attributes
    ----------
    rows : DataFrame
        code : str; key : str, of its street; longitude, latitude : float [°].
    lines : ndarray of LineString
        Metric. [m]
    """

    rows: pl.DataFrame
    lines: Geometries


def derive_wiring(writer: CityWriter, srid: int) -> list[Finding]:
    """Link everything to what feeds it, holds it, controls it; say where that is dirty.

    After ``derive_streets``: the street that a light stands on tells of its cabinet.
    """
    nodes, rows = writer.wiring.nodes(), writer.wiring.cables()
    places = metric_points(nodes["longitude"], nodes["latitude"], srid)
    lines = to_metric(np.asarray(shapely.from_wkb(rows["geom"].to_numpy()), dtype=object), srid)
    topology = build_topology(nodes, places, DrawnCables(rows, lines))
    said = writer.wiring.links().filter(pl.col("source") == MANUAL).select("child_id", "role")
    wanted = topology.links.join(said, on=["child_id", "role"], how="anti")  # a person's word holds
    writer.wiring.merge_links(wanted)
    spots = np.asarray(shapely.points(topology.defects.select("x", "y").to_numpy()), dtype=object)
    spots[topology.defects["x"].is_null().to_numpy()] = None
    x, y = stand_in_points(from_metric(spots, srid))
    writer.wiring.merge_defects(
        topology.defects.select(
            "asset_id",
            "defect",
            "detail",
            "facts",
            longitude=_or_nothing(x),
            latitude=_or_nothing(y),
        )
    )
    return topology.findings


def _or_nothing(values: Coordinates) -> pl.Series:
    return pl.Series(values, dtype=pl.Float64).fill_nan(None)


def derive_streets(writer: CityWriter, srid: int) -> None:
    """Make streets, put lights on them, cut them into stretches, count who lives there."""
    writer.project_devices()
    lights = _read_lights(writer, srid)
    sections = _sections(writer, lights, srid)
    if sections is None:
        writer.project_lights(None)
        return
    length = lengths_cm(sections.lines)
    writer.merge_sections(
        sections.rows.select(
            "code",
            pl.col("key").alias("slug"),
            pl.Series("length_cm", length),
            residents_along(writer, sections.lines, sections.rows["key"], srid),
        )
    )
    ids = dict(writer.street_things(kinds.STREET_SECTION).select("code", "asset_id").iter_rows())
    section_ids = np.array([ids[code] for code in sections.rows["code"]], dtype=np.int64)
    _place_lights(writer, lights, sections, section_ids)
    _cut_stretches(writer, lights, sections, section_ids)
    _place_places(writer, sections, section_ids, srid)


def begin_lights(writer: CityWriter, epoch: Epoch) -> None:
    """Begin to draw the lights of an epoch: nothing that is derived is drawn with them."""
    epoch.draw(TileLayer("lights", "point", writer.shapes(kinds.STREETLIGHT)["geom"].to_numpy()))


def finish_tiles(writer: CityWriter, epoch: Epoch) -> Published:
    """Draw the rest of an epoch, publish it with the lights' index.

    Streets may be many too, and wiring changes nothing of them; but drawing them beside it would
    lay a third large memory on the largest moment of an import.
    """
    epoch.draw(_street_tiles(writer))
    parks, waters = writer.shapes(kinds.PARK), writer.shapes(kinds.WATER)
    buildings, cabinets = writer.shapes(kinds.BUILDING), writer.shapes(kinds.CABINET)
    for layer in (
        _tile_layer("parks", "area", parks, "code", "name"),
        _tile_layer("water", "area", waters, "name"),
        _tile_layer("buildings", "area", buildings, "code", "name", "followed"),
        _tile_layer("cabinets", "point", cabinets, "code"),
        _name_tiles(parks, waters, buildings.filter("followed")),
    ):
        epoch.draw(layer)
    published = epoch.publish()
    writer.publish(published.version)
    return published


def _read_lights(writer: CityWriter, srid: int) -> _Lights:
    rows = writer.street_things(kinds.STREETLIGHT)
    points = metric_points(rows["longitude"], rows["latitude"], srid)
    return _Lights(rows, points, street_keys(rows["street"]))


def _sections(writer: CityWriter, lights: _Lights, srid: int) -> _Sections | None:
    """Take the published centre lines, else draw them through the lights; make the streets."""
    known = writer.street_things(kinds.STREET_SECTION)
    published = known.filter(pl.col("published"))
    if published.height:
        lines = to_metric(np.asarray(shapely.from_wkb(published["geom"].to_numpy())), srid)
        names = published["street"]
        _merge_estimated(writer, None, [], srid)
        rows = published.select("code", street_keys(names).alias("key"), "longitude", "latitude")
        usable = rows["key"].is_not_null() & pl.Series(~shapely.is_missing(lines))
        sections = _Sections(rows.filter(usable), lines[usable.to_numpy()])
    else:
        names = lights.rows["street"]
        lines, line_keys = estimated_sections(lights.points, lights.keys)
        sections = _Sections(_merge_estimated(writer, lines, line_keys, srid), lines)
    if not sections.rows.height and not known.height:
        return None
    _merge_streets(writer, streets_of(names), sections)
    return sections


def _merge_estimated(
    writer: CityWriter, lines: Geometries | None, keys: list[str], srid: int
) -> pl.DataFrame:
    """Store sections drawn through lights, marked as estimates; none closes those there were."""
    shapes = from_metric(np.empty(0, dtype=object) if lines is None else lines, srid)
    x, y = stand_in_points(shapes)
    number = pl.int_range(1, pl.len() + 1).over("key").cast(pl.String)
    rows = pl.DataFrame(
        {
            "key": pl.Series(keys, dtype=pl.String),
            "longitude": x,
            "latitude": y,
            "geom": pl.Series(shapely.to_wkb(shapes).tolist(), dtype=pl.Binary),
        }
    ).with_columns(
        (pl.col("key") + "~" + number).alias("code"),
        pl.lit("").alias("name"),
        pl.lit('{"estimated": true}').alias("properties"),
    )
    writer.merge_assets(kinds.STREET_SECTION, rows.drop("key"), None, "", complete=True)
    return rows.select("code", "key", "longitude", "latitude")


def _merge_streets(writer: CityWriter, streets: pl.DataFrame, sections: _Sections) -> None:
    """Store the streets that have a section; each stands where its longest one does."""
    places = (
        sections.rows.with_columns(pl.Series("length", shapely.length(sections.lines)))
        .sort(["key", "length", "code"], descending=[False, True, False])
        .unique("key", keep="first", maintain_order=True)
        .select(pl.col("key").alias("slug"), "longitude", "latitude")
    )
    rows = streets.join(places, on="slug", maintain_order="left").select(
        pl.col("slug").alias("code"),
        "name",
        pl.lit(None).alias("geom"),
        "longitude",
        "latitude",
        pl.lit("{}").alias("properties"),
    )
    writer.merge_assets(kinds.STREET, rows, None, "", complete=True)


def _place_lights(
    writer: CityWriter, lights: _Lights, sections: _Sections, section_ids: Index
) -> None:
    attached = attach(lights.points, lights.keys, sections.lines, sections.rows["key"])
    owned = attributed_cm(attached, lengths_cm(sections.lines), usual_spacing_cm(attached))
    on_street = attached.section >= 0
    writer.project_lights(
        pl.DataFrame(
            {
                "asset_id": lights.rows["asset_id"],
                "section_id": _or_null(section_ids[attached.section], on_street),
                "offset_m": pl.Series(np.round(attached.offset_m, 2)).fill_nan(None),
                "attributed_cm": owned,
            }
        )
    )


def _place_places(writer: CityWriter, sections: _Sections, section_ids: Index, srid: int) -> None:
    """Put crossings, schools, places of care and shelters on the nearest section of street."""
    rows = pl.concat(
        writer.street_things(kind).with_columns(pl.lit(reach).alias("reach"))
        for kind, reach in _PLACE_REACH_M.items()
    )
    points = metric_points(rows["longitude"], rows["latitude"], srid)
    keys = street_keys(rows["street"])
    attached = attach(
        points, keys, sections.lines, sections.rows["key"], reach_m=max(_PLACE_REACH_M.values())
    )
    on = np.flatnonzero(attached.section >= 0)
    distance = shapely.distance(shapely.points(points[on]), sections.lines[attached.section[on]])
    near = on[distance <= rows["reach"].to_numpy()[on]]
    writer.place_on_sections(
        pl.DataFrame(
            {
                "asset_id": rows["asset_id"].gather(near),
                "section_id": section_ids[attached.section[near]],
                "distance_m": np.round(distance[distance <= rows["reach"].to_numpy()[on]], 2),
            },
            schema={"asset_id": pl.Int64, "section_id": pl.Int64, "distance_m": pl.Float64},
        )
    )


def _cut_stretches(
    writer: CityWriter, lights: _Lights, sections: _Sections, section_ids: Index
) -> None:
    cut = stretches(sections.lines, lights.points)
    ids = lights.rows["asset_id"].to_numpy()
    writer.replace_stretches(_stretch_rows(cut, ids, section_ids))


def _stretch_rows(cut: pl.DataFrame, ids: Index, section_ids: Index) -> Iterator[pl.DataFrame]:
    """Name lights and sections of stretches by their ids, part by part."""
    for part in cut.iter_slices(SLICE_ROWS):
        covering = part.with_row_index("stretch").select("stretch", "lights").explode("lights")
        light_ids = (
            covering.with_columns(pl.Series("light_ids", ids[covering["lights"].to_numpy()]))
            .group_by("stretch", maintain_order=True)
            .agg("light_ids")
        )
        yield pl.DataFrame(
            {
                "section_id": section_ids[part["section"].to_numpy()],
                "length_cm": part["length_cm"],
                "light_ids": light_ids["light_ids"],
            }
        )


def _or_null(values: Index, known: NDArray[np.bool_]) -> pl.Series:
    return pl.select(pl.when(pl.Series(known)).then(pl.Series(values))).to_series()


def _tile_layer(
    name: str, geometry: GeometryKind, shapes: pl.DataFrame, *columns: str
) -> TileLayer:
    values = {column: shapes[column].to_numpy() for column in columns}
    return TileLayer(name, geometry, shapes["geom"].to_numpy(), values)


def _name_tiles(parks: pl.DataFrame, waters: pl.DataFrame, buildings: pl.DataFrame) -> TileLayer:
    """Give each named area one point for its name: an area is cut by tiles, and named in each."""
    kinds_of = {"park": parks, "water": waters, "building": buildings}
    named = pl.concat(
        shapes.filter(pl.col("name") != "").select("name", "geom", pl.lit(kind).alias("kind"))
        for kind, shapes in kinds_of.items()
    )
    x, y = stand_in_points(np.asarray(shapely.from_wkb(named["geom"].to_numpy())))
    points = np.asarray(shapely.to_wkb(shapely.points(x, y)), dtype=object)
    columns = {"name": named["name"].to_numpy(), "kind": named["kind"].to_numpy()}
    return TileLayer("names", "point", points, columns)


def _street_tiles(writer: CityWriter) -> TileLayer:
    """Draw each street as lines as long as can be: a name needs room to be written along it."""
    shapes = writer.shapes(kinds.STREET_SECTION).drop_nulls("street_slug").sort("street_slug")
    lines = np.asarray(shapely.from_wkb(shapes["geom"].to_numpy()))
    owner = shapes["street_slug"].rle_id().to_numpy()
    streets = shapes.unique("street_slug", keep="first", maintain_order=True)
    parts, part_owner = shapely.get_parts(lines, return_index=True)
    whole = shapely.line_merge(shapely.multilinestrings(parts, indices=owner[part_owner]))
    pieces, street = shapely.get_parts(whole, return_index=True)
    drawn = shapely.length(pieces) > _SHORTEST_DRAWN
    return TileLayer(
        "streets",
        "line",
        np.asarray(shapely.to_wkb(pieces[drawn]), dtype=object),
        {
            "name": streets["street_name"].to_numpy()[street[drawn]],
            "slug": streets["street_slug"].to_numpy()[street[drawn]],
            "length": streets["street_length_m"].to_numpy()[street[drawn]],
        },
    )
