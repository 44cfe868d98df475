"""Any level of water at once, against one outage at a time; floods over time; drills."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.incidents.networks import forests, meshes
from tests.twin.incidents.oracle import Network
from twin.incidents.flood import Sites
from twin.incidents.outage import Outage
from twin.incidents.what_if import DRY, LevelCurve, critical_levels, outage_at, tripped_at
from twin.supply import Supply


def sites_of(supply: Supply, ground: list[float], plinth: list[float]) -> Sites:
    count = len(supply)
    return Sites(
        supply.device_id,
        x=np.zeros(count),
        y=np.zeros(count),
        plinth_m=np.resize(np.array([*plinth, 0.3]), count),
        source=["measured"] * count,
        ground_m_ngf=np.resize(np.array([*ground, np.nan]), count),
    )


def chain() -> tuple[Supply, Sites]:
    """A substation at 30 m over a cabinet at 20 m and one at 22 m, four lights."""
    network = Network(
        parents={1: [], 2: [1], 3: [1]},
        lights={10: 2, 11: 2, 12: 3, 13: None},
        cm={10: 1000, 11: 2000, 12: 3000},
        residents={10: 5000, 11: 0, 12: 7000},
    )
    supply = network.supply()
    at = {1: (30.0, 0.5), 2: (20.0, 0.35), 3: (22.0, np.nan)}
    ground, plinth = zip(*(at[int(device)] for device in supply.device_id), strict=True)
    return supply, sites_of(supply, list(ground), list(plinth))


def test_a_cabinet_goes_out_strictly_above_its_ground_and_plinth() -> None:
    supply, sites = chain()
    assert sorted(critical_levels(sites).tolist()) == [20.35, 22.2, 30.5]
    curve = LevelCurve.of(supply, sites)
    found = curve.at(np.array([10.0, 20.35, 20.36, 22.2, 22.21, 31.0]))
    assert found.lights.tolist() == [0, 0, 2, 2, 3, 3]
    assert found.devices.tolist() == [0, 0, 1, 1, 2, 3]
    assert found.attributed_cm.tolist() == [0, 0, 3000, 3000, 6000, 6000]
    assert found.residents_thousandths.tolist() == [0, 0, 5000, 5000, 12000, 12000]
    assert curve.thresholds().tolist() == [20.35, 22.2, 30.5]


def test_where_the_ground_is_not_known_no_level_says_anything() -> None:
    supply, _ = chain()
    unknown = sites_of(supply, [np.nan], [0.3])
    assert (critical_levels(unknown) == DRY).all()
    found = LevelCurve.of(supply, unknown).at(np.array([-5.0, 1e6]))
    assert found.lights.tolist() == [0, 0]


def test_receding_water_relights_nothing_in_any_member() -> None:
    supply, sites = chain()
    levels = np.array([[19.0, 21.0, 19.0, 23.0], [25.0, 19.0, 19.0, 19.0]])
    found = LevelCurve.of(supply, sites).over_time(levels)
    assert found.lights.tolist() == [[0, 2, 2, 3], [3, 3, 3, 3]]


level = st.floats(0, 10).map(lambda value: round(value, 2))


@settings(max_examples=150)
@given(
    st.one_of(forests(), meshes()),
    st.lists(st.one_of(level, st.just(np.nan)), max_size=12),
    st.lists(st.floats(0, 1).map(lambda value: round(value, 2)), max_size=12),
    st.lists(level, min_size=1, max_size=6),
)
def test_the_curve_is_the_outage_of_each_level(
    network: Network, ground: list[float], plinth: list[float], levels: list[float]
) -> None:
    """Loops, dual feeds and orphans included: the same lights, metres and residents."""
    supply = network.supply()
    sites = sites_of(supply, ground, plinth)
    asked = np.array([*levels, *(np.array(levels) + 0.0005)])
    found = LevelCurve.of(supply, sites).at(asked)
    for k, each in enumerate(asked.tolist()):
        one = outage_at(supply, sites, each)
        assert found.lights[k] == one.totals.lights
        assert found.attributed_cm[k] == one.totals.attributed_cm
        assert found.devices[k] == len(tripped_at(sites, each))
        unknown = int(found.residents_unknown[k])
        people = one.totals.residents_thousandths
        assert (unknown > 0) == (people is None)
        if people is not None:
            assert found.residents_thousandths[k] == people


def test_an_ensemble_has_the_shape_it_was_asked_in() -> None:
    supply, sites = chain()
    levels = np.linspace(15, 35, 60).reshape(3, 4, 5)
    found = LevelCurve.of(supply, sites).at(levels)
    assert found.lights.shape == (3, 4, 5)
    assert found.lights.ravel()[-1] == 3
    one = Outage(supply, tripped_at(sites, float(levels[1, 2, 3])))
    assert found.lights[1, 2, 3] == one.totals.lights


@pytest.mark.parametrize("value", [np.nan])
def test_a_level_that_is_not_known_is_no_flood(value: float) -> None:
    _, sites = chain()
    assert tripped_at(sites, value).tolist() == []
