import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis import geometry


@pytest.mark.parametrize(
    ("longitude", "latitude", "name"),
    [(-5.6, 42.6, "ezs42e44yx"), (2.2945, 48.8584, "u09tunquc9"), (0, 0, "s000000000")],
)
def test_places_are_named_as_the_published_geohash_does(longitude, latitude, name):
    assert geometry.geohash(np.array([longitude]), np.array([latitude])) == [name]


@given(st.floats(-179.9, 179.9), st.floats(-89.9, 89.9))
def test_a_shorter_geohash_is_the_beginning_of_a_longer_one(longitude, latitude):
    place = np.array([longitude]), np.array([latitude])
    assert geometry.geohash(*place, 9)[0].startswith(geometry.geohash(*place, 4)[0])


def test_an_unknown_place_has_no_name():
    assert geometry.geohash(np.array([np.nan, 1]), np.array([1.0, 2])) == [None, "s02equ04ve"]


@pytest.mark.parametrize(
    ("longitude", "latitude", "srid"),
    [(3.9, 43.6, 32631), (18.17, 40.35, 32634), (-0.83, 47.3, 32630), (55.5, -21.1, 32740)],
)
def test_a_place_has_its_utm_zone(longitude, latitude, srid):
    assert geometry.utm_srid(longitude, latitude) == srid


def test_what_cannot_be_brought_to_the_world_becomes_missing():
    shapes = np.array([shapely.Point(770_000, 6_279_000), shapely.Point(np.inf, 1), None])
    brought = geometry.to_wgs84(shapes, "EPSG:2154")
    assert brought[0].x == pytest.approx(3.8668, abs=1e-3)
    assert brought[1:].tolist() == [None, None]


def test_there_and_back_is_the_same_place():
    points = np.array([shapely.Point(3.87, 43.61), shapely.Point(-0.83, 47.29)])
    back = geometry.from_metric(geometry.to_metric(points, 2154), 2154)
    assert np.allclose(shapely.get_coordinates(back), shapely.get_coordinates(points), atol=1e-9)


def test_an_unknown_position_is_nan_in_metres():
    places = geometry.metric_points(
        pl.Series([3.87, None], dtype=pl.Float64), pl.Series([43.61, None], dtype=pl.Float64), 2154
    )
    assert np.isfinite(places[0]).all()
    assert np.isnan(places[1]).all()


def test_repair_keeps_the_area_of_what_was_drawn_and_leaves_the_sound_alone():
    bowtie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    collapsed = shapely.Polygon([(0, 0), (1, 1), (0, 0)])
    spiked = shapely.Polygon([(0, 0), (1, 0), (1, 1), (3, 3), (1, 1), (0, 1)])
    shapes = np.array([shapely.box(0, 0, 1, 1), bowtie, collapsed, spiked, None], dtype=object)
    mended, broken = geometry.repaired(shapes)
    assert broken.tolist() == [False, True, True, True, False]
    assert mended[0] is shapes[0]
    assert mended[1].area == pytest.approx(2)
    assert mended[2] is None
    assert mended[3].area == pytest.approx(1)
    assert shapely.is_valid(mended[[0, 1, 3]]).all()


def test_each_geometry_has_a_point_that_stands_for_it():
    horseshoe = shapely.Polygon([(0, 0), (9, 0), (9, 9), (8, 9), (8, 1), (1, 1), (1, 9), (0, 9)])
    shapes = np.array(
        [
            shapely.MultiPoint([(5, 5), (6, 6)]),
            shapely.LineString([(0, 0), (4, 0)]),
            horseshoe,
            None,
        ],
        dtype=object,
    )
    x, y = geometry.stand_in_points(shapes)
    assert (x[0], y[0], x[1], y[1]) == (5, 5, 2, 0)
    assert horseshoe.contains(shapely.Point(x[2], y[2]))
    assert np.isnan([x[3], y[3]]).all()
