"""Flood files: good features are taken, each other one has its reason, and a file without any."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from gis.errors import LayerEmpty, LayerError, LayerUnreadable, NotPolygons, UnknownCrs
from gis.floods import read_flood

SQUARE = [[0, 45], [0.1, 45], [0.1, 45.1], [0, 45.1], [0, 45]]
BOW_TIE = [[0, 45], [0.1, 45.1], [0.1, 45], [0, 45.1], [0, 45]]


def feature(ring: list[list[float]] | None = None, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": [ring or SQUARE]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def write(folder: Path, *features: dict[str, Any], **members: Any) -> Path:
    file = folder / "crue.geojson"
    document = {"type": "FeatureCollection", "features": list(features), **members}
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


@pytest.mark.parametrize("column", ["depth", "Depth", "depth_m", "profondeur", "hauteur"])
def test_a_depth_is_found_under_its_usual_names(tmp_path: Path, column: str) -> None:
    read = read_flood(write(tmp_path, feature(**{column: 0.62})))
    assert [depth for _, depth in read.polygons] == [0.62]
    assert read.depth_column == column


def test_good_features_are_taken_and_each_other_one_has_its_reason(tmp_path: Path) -> None:
    point = {
        "type": "Feature",
        "properties": {"depth": 1},
        "geometry": {"type": "Point", "coordinates": [0, 45]},
    }
    file = write(
        tmp_path,
        feature(depth="0,45"),
        feature(depth=-0.2),
        feature(depth=0),
        feature(depth=None),
        feature(depth="deep"),
        feature(depth=62),
        feature(depth=True),
        point,
        {"type": "Feature", "properties": {"depth": 1}, "geometry": None},
        feature(BOW_TIE, depth=0.5),
    )
    read = read_flood(file)
    assert sorted({depth for _, depth in read.polygons}) == [0.45, 0.5]
    assert read.repaired == 1
    assert all(polygon.is_valid for polygon, _ in read.polygons)
    told = {aside.feature: aside.reason for aside in read.set_aside}
    assert sorted(told) == [2, 3, 4, 5, 6, 7, 8, 9]
    assert "greater than 0" in told[2]
    assert "--depth" in told[4]
    assert "'deep'" in told[5]
    assert "centimetres" in told[6]
    assert "Point" in told[8]


def test_a_depth_given_on_the_command_line_fills_those_that_are_missing(tmp_path: Path) -> None:
    read = read_flood(write(tmp_path, feature(), feature(depth=0.9)), default_depth_m=0.5)
    assert [depth for _, depth in read.polygons] == [0.5, 0.9]


def test_a_named_column_wins_over_the_usual_names(tmp_path: Path) -> None:
    read = read_flood(write(tmp_path, feature(depth=9.9, q100=0.3)), depth_column="q100")
    assert [depth for _, depth in read.polygons] == [0.3]


def test_a_metric_file_is_brought_to_longitude_and_latitude(tmp_path: Path) -> None:
    ring = [[700_000, 6_600_000], [700_100, 6_600_000], [700_100, 6_600_100], [700_000, 6_600_000]]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
    read = read_flood(write(tmp_path, feature(ring, depth=1), crs=crs))
    assert shapely.box(2.99, 46.49, 3.01, 46.51).contains(read.polygons[0][0])


def test_a_bare_geometry_and_a_lone_feature_are_read_too(tmp_path: Path) -> None:
    file = tmp_path / "one.geojson"
    file.write_text(json.dumps(feature(depth=1)["geometry"]), encoding="utf-8")
    assert len(read_flood(file, default_depth_m=0.4).polygons) == 1
    file.write_text(json.dumps(feature(depth=1)), encoding="utf-8")
    assert len(read_flood(file).polygons) == 1


def test_a_multipolygon_gives_its_parts(tmp_path: Path) -> None:
    far = [[x + 1, y] for x, y in SQUARE]
    many = {"type": "MultiPolygon", "coordinates": [[SQUARE], [far]]}
    read = read_flood(
        write(
            tmp_path,
            {"type": "Feature", "properties": {"depth": 1, "gauge_level_m": 3.4}, "geometry": many},
        )
    )
    assert len(read.polygons) == 2
    assert read.gauge_level_m == 3.4
    assert read.bounds == pytest.approx((0, 45, 1.1, 45.1))


LINE = {"type": "LineString", "coordinates": [[0, 45], [1, 45]]}
REFUSED: dict[str, tuple[str | dict[str, Any], type[LayerError], str]] = {
    "no JSON": ("{", LayerUnreadable, "not GeoJSON"),
    "no object": ("[1]", LayerUnreadable, "member 'type'"),
    "TopoJSON": ('{"type": "Topology"}', LayerUnreadable, "TopoJSON"),
    "no feature": ({"features": []}, LayerEmpty, "no row"),
    "features that are no list": ({"features": 3}, LayerUnreadable, "must be a list"),
    "only lines": (
        {"features": [{"geometry": LINE, "properties": {"depth": 1}}]},
        NotPolygons,
        "LineString",
    ),
    "an unknown system": (
        {"features": [feature(depth=1)], "crs": {"properties": {"name": "EPSG:99999"}}},
        UnknownCrs,
        "99999",
    ),
    "a system without a name": (
        {"features": [feature(depth=1)], "crs": {}},
        UnknownCrs,
        "no coordinate",
    ),
    "metres without a system": (
        {"features": [feature([[7e5, 6e6], [7e5, 6.1e6], [8e5, 6e6], [7e5, 6e6]], depth=1)]},
        LayerUnreadable,
        "'crs' member",
    ),
    "no depth at all": ({"features": [feature()]}, LayerUnreadable, "--depth"),
    "only negative depths": (
        {"features": [feature(depth=-1), feature(depth=-2)]},
        LayerUnreadable,
        "feature 1: depth -1 m",
    ),
    "a ring that is none": (
        {"features": [feature([[0, 45], [1, 45]], depth=1)]},
        LayerUnreadable,
        "broken geometry",
    ),
}


@pytest.mark.parametrize(("content", "error", "told"), REFUSED.values(), ids=REFUSED)
def test_a_file_is_refused_with_what_to_do(
    tmp_path: Path, content: str | dict[str, Any], error: type[LayerError], told: str
) -> None:
    file = tmp_path / "crue.geojson"
    text = (
        content
        if isinstance(content, str)
        else json.dumps({"type": "FeatureCollection", **content})
    )
    file.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=told) as refused:
        read_flood(file)
    assert str(file) in refused.value.sentence


def test_a_file_that_is_not_there_is_said_not_to_be(tmp_path: Path) -> None:
    with pytest.raises(LayerUnreadable, match="No such file"):
        read_flood(tmp_path / "none.geojson")
