from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest
import shapely

from gis.layer_types import ColumnType
from gis.layers import LAYERS
from simulators.city import City, generate
from simulators.city.street_names import word_lists
from simulators.city.town import Town
from simulators.testing import TINY_NOW, tiny_city

#: Layers that registers of real towns bring, and that no generated one draws.
OF_REAL_TOWNS = {
    "care_places", "shelters", "supports", "luminaires", "cables", "population_grid", "park_sites",
    "basins", "trees", "bridges", "flood_zones", "flood_marks", "irrigation_pipes", "meters",
}  # fmt: skip
METRES_PER_DEGREE = np.array([75_500.0, 111_200.0])  # at 47.3° north


def test_the_same_seed_draws_the_same_city() -> None:
    first, second = (generate(8, 120, TINY_NOW, history=False) for _ in range(2))
    assert first.truth == second.truth
    assert first.flood == second.flood
    for name, data in first.layers.items():
        assert data.frame.equals(second.layers[name].frame), name
        if data.geometry is not None:
            assert shapely.equals(data.geometry, second.layers[name].geometry).all(), name


def test_another_seed_draws_another_city() -> None:
    first, second = (generate(seed, 120, TINY_NOW, history=False) for seed in (8, 9))
    places = [c.layers["streetlights"].geometry for c in (first, second)]
    assert not shapely.equals(*places).any()


@pytest.mark.parametrize("lights", [40, 60, 333, 1500])
def test_a_town_has_exactly_the_lights_asked_for(lights: int) -> None:
    city = generate(2, lights, TINY_NOW, history=False)
    assert len(city.frame("streetlights")) == lights


@pytest.mark.parametrize("wanted", [0, 39])
def test_a_town_smaller_than_a_hamlet_is_refused(wanted: int) -> None:
    with pytest.raises(ValueError, match="at least 40 lights"):
        generate(1, wanted, TINY_NOW)


def test_every_layer_has_canonical_columns_and_no_required_cell_is_empty(city: City) -> None:
    for name, data in city.layers.items():
        layer = LAYERS[name]
        assert (data.geometry is None) == (layer.geometry == "none"), name
        for column in layer.columns:
            if column.required:
                assert data.frame[column.name].null_count() == 0, (name, column.name)
            if column.name in data.frame.columns and column.type in (
                ColumnType.NUMBER,
                ColumnType.INTEGER,
            ):
                values = data.frame[column.name].drop_nulls().cast(pl.Float64)
                low = -np.inf if column.low is None else column.low
                high = np.inf if column.high is None else column.high
                assert values.is_between(low, high).all(), (name, column.name)


def test_codes_are_unique_in_their_layer(city: City) -> None:
    for name, data in city.layers.items():
        if "code" in data.frame.columns and name != "saving_actions":
            assert data.frame["code"].is_unique().all(), name


def test_every_light_is_reached_from_a_substation(city: City) -> None:
    cabinets = city.frame("cabinets")
    above = dict(cabinets.select("code", pl.coalesce("parent_cabinet", "substation")).iter_rows())
    feeder = dict(city.frame("feeders").select("code", "cabinet").iter_rows())
    substations = set(city.frame("substations")["code"])
    lights = city.frame("streetlights").select(pl.coalesce("feeder", "cabinet"))
    for (device,) in lights.iter_rows():
        assert _top(device, {**feeder, **above}) in substations


def _top(device: str, above: Mapping[str, str]) -> str:
    for _ in range(5):
        device = above.get(device, device)
    return device


def test_the_register_differs_from_the_truth_only_where_the_truth_says_so(city: City) -> None:
    lights = city.frame("streetlights")
    cabinet_of = dict(city.frame("feeders").select("code", "cabinet").iter_rows())
    unsure = lights.filter(pl.col("feeder").is_null())["code"].to_list()
    assert unsure
    assert set(unsure) <= set(city.truth["feeder"])
    for code, true_feeder in city.truth["feeder"].items():
        row = lights.row(by_predicate=pl.col("code") == code, named=True)
        assert row["feeder"] != true_feeder
        assert cabinet_of[true_feeder] == row["cabinet"]


def test_a_tenth_of_the_plinths_is_not_in_the_register(city: City) -> None:
    cabinets = city.frame("cabinets")
    share = cabinets["plinth_m"].null_count() / len(cabinets)
    assert 0.05 < share < 0.15
    for code, plinth in cabinets.select("code", "plinth_m").drop_nulls().iter_rows():
        assert city.truth["plinth_m"][code] == plinth


def test_cabinets_feed_about_36_lights_by_two_or_three_feeders(city: City) -> None:
    lights = city.frame("streetlights").group_by("cabinet").len()["len"]
    assert 30 < lights.mean() < 42  # type: ignore[operator]
    assert lights.max() < 60  # type: ignore[operator]
    feeders = city.frame("feeders").group_by("cabinet").len()["len"]
    assert set(feeders) <= {2, 3}


def test_every_street_has_a_name_and_no_two_streets_far_apart_share_one(town: Town) -> None:
    assert all(section.name for section in town.sections)
    places: dict[str, list[tuple[float, float]]] = {}
    for section in town.sections:
        places.setdefault(section.name, []).append(section.middle)
    for name, middles in places.items():
        spread = np.ptp(np.array(middles), axis=0).max()
        assert spread < 1100, name


def test_the_streets_of_the_demonstration_are_there(town: Town) -> None:
    names = {section.name for section in town.sections}
    wanted = {"quai des Tanneurs", "rue des Lavandières", "rue Basse", "rue Haute", "Grande Rue"}
    assert wanted | {"place du Marché", "pont Vieux"} <= names


def test_word_lists_hold_no_name_twice() -> None:
    for theme, words in word_lists().items():
        assert len(words) == len(set(words)), theme


def test_lights_stand_within_a_pavement_of_their_street(city: City) -> None:
    sections = city.layers["street_sections"]
    lines = np.asarray(sections.geometry)
    by_street: dict[str, shapely.Geometry] = {}
    for street in sections.frame["street"].unique():
        of_street = (sections.frame["street"] == street).to_numpy()
        by_street[street] = _in_metres(shapely.union_all(lines[of_street]))
    lights = city.layers["streetlights"]
    points = _in_metres(np.asarray(lights.geometry))
    streets = np.array([by_street[street] for street in lights.frame["street"]], dtype=object)
    assert shapely.distance(points, streets).max() < 12.0


def test_lights_are_25_to_30_metres_apart_on_average(town: Town) -> None:
    lit = np.array([section.kind != "road" for section in town.sections])
    assert 22 < town.lines.lengths[lit].sum() / len(town.lights) < 32


def test_people_live_at_addresses_and_add_up(city: City, town: Town) -> None:
    addresses = city.frame("addresses")
    assert addresses["residents"].sum() == town.plan.residents
    assert (addresses["residents"] >= 0).all()
    assert addresses.select("street", "number").is_unique().all()
    assert set(addresses["street"]) <= set(city.frame("street_sections")["street"])


def test_nothing_is_built_in_the_river(city: City) -> None:
    river = city.layers["waters"].geometry[0]  # type: ignore[index]
    for layer in ("buildings", "cabinets", "addresses", "parks"):
        assert not shapely.intersects(river, city.layers[layer].geometry).any(), layer


def test_shapes_are_valid(city: City) -> None:
    for name, data in city.layers.items():
        if data.geometry is not None:
            assert shapely.is_valid(data.geometry).all(), name


def test_each_hydrozone_lies_in_its_park_and_its_valve_fits_its_connection(city: City) -> None:
    zones, parks = city.layers["hydrozones"], city.layers["parks"]
    ground = dict(zip(parks.frame["code"], parks.geometry, strict=True))  # type: ignore[arg-type]
    for shape, park in zip(zones.geometry, zones.frame["park"], strict=True):  # type: ignore[arg-type]
        assert ground[park].buffer(1e-6).contains(shape)
    capacity = dict(city.frame("points_of_connection").select("code", "capacity_m3_h").iter_rows())
    for point, flow in city.frame("valves").select("point_of_connection", "flow_m3_h").iter_rows():
        assert flow <= capacity[point]
    assert city.frame("hydrozones").group_by("park").len()["len"].is_between(3, 5).all()


def test_each_device_speaks_for_a_thing_that_exists(city: City) -> None:
    layer_of = {layer.kind: name for name, layer in LAYERS.items() if layer.kind}
    devices = city.frame("devices")
    assert devices["dev_eui"].is_unique().all()
    for kind, codes in devices.group_by("asset_kind").agg("asset_code").iter_rows():
        assert set(codes) <= set(city.frame(layer_of[kind])["code"]), kind


def test_the_tiny_town_has_one_of_everything(hamlet: City) -> None:
    assert len(hamlet.frame("streetlights")) == 60
    assert len(hamlet.frame("cabinets")) == 2
    assert set(LAYERS) - OF_REAL_TOWNS <= set(hamlet.layers)
    assert tiny_city() is hamlet


def _in_metres(shapes: object) -> object:
    return shapely.transform(shapes, lambda xy: xy * METRES_PER_DEGREE)  # type: ignore[call-overload]
