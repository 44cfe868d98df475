import numpy as np
import pytest
import shapely

from simulators.city.terrain import DEMONSTRATION_LEVEL_M, USUAL_LEVEL_M
from simulators.city.town import Town
from simulators.flood import flood_extent


def test_an_ordinary_day_floods_nothing(town: Town) -> None:
    assert flood_extent(town, USUAL_LEVEL_M)["features"] == []


def test_the_flagship_stands_in_62_centimetres_at_the_demonstration_level(town: Town) -> None:
    depths = town.terrain.depth(town.supply.uv, DEMONSTRATION_LEVEL_M)
    wet = depths > town.supply.plinth_m
    assert wet.sum() == 1
    flagship = int(np.argmax(depths))
    assert round(float(depths[flagship]), 6) == 0.62
    assert town.sections[town.supply.section[flagship]].name == "quai des Tanneurs"


def test_the_polygons_say_the_depth_of_the_ground_within_three_centimetres(town: Town) -> None:
    level, reach = 4.1, town.plan.radius
    rng = np.random.default_rng(0)
    uv = np.column_stack([rng.uniform(-reach, reach, 20_000), rng.uniform(-400, 400, 20_000)])
    uv = uv[np.abs(uv[:, 1]) > town.plan.river_half_width + 1]
    truth = town.terrain.depth(uv, level)
    told = np.zeros(len(uv))
    for ring, depth in town.terrain.bands(level, -reach - 50, reach + 50):
        polygon = shapely.Polygon(ring)
        inside = shapely.contains_xy(polygon, uv[:, 0], uv[:, 1])
        told[inside] = np.maximum(told[inside], depth)
    assert (truth > 0.05).sum() > 300
    assert np.abs(told - truth)[truth > 0.05].max() < 0.036


def test_bands_do_not_overlap(town: Town) -> None:
    reach = town.plan.radius
    rings = [shapely.Polygon(ring) for ring, _ in town.terrain.bands(4.0, -reach, reach)]
    assert shapely.union_all(rings).area == pytest.approx(sum(p.area for p in rings), rel=1e-6)


def test_the_ground_rises_away_from_the_river_on_both_banks(town: Town) -> None:
    for bank in (-1, 1):
        v = bank * np.linspace(town.plan.river_half_width + 1, town.plan.radius, 200)
        uv = np.column_stack([np.full(200, town.plan.bridge_u), v])
        assert (np.diff(town.terrain.ground_m_ngf(uv)) > 0).all()
