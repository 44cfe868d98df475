"""The exact posterior against exhaustive enumeration on small forests."""

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.twin.incidents.oracle import Network, on_the_way_up
from twin.incidents.diagnosis import (
    Diagnosis,
    Posterior,
    best_named,
    light_dark,
    worse_than_usual,
    worsened,
)
from twin.supply import Supply

# substation 1, cabinets 2 and 3, feeders 4 and 5 below cabinet 2; ten lights on each feeder
TOWN = Network(
    parents={1: [], 2: [1], 3: [1], 4: [2], 5: [2]},
    lights={**dict.fromkeys(range(40, 50), 4), **dict.fromkeys(range(50, 60), 5)},
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Network, dict[int, float], dict[int, float], dict[int, float]]:
    """A forest, priors by device, weights by light and by device."""
    size = draw(st.integers(1, 6))
    parents = {
        k: draw(st.sampled_from([[], *([p] for p in range(k))])) if k else [] for k in range(size)
    }
    lights = {100 + x: draw(st.integers(0, size - 1)) for x in range(draw(st.integers(0, 6)))}
    weight = st.floats(-6, 6)
    return (
        Network(parents=parents, lights=lights),
        {k: draw(st.floats(0.001, 0.6)) for k in parents},
        {x: draw(weight) for x in lights},
        {k: draw(weight) for k in parents},
    )


def diagnosis(
    network: Network, prior: dict[int, float], light: dict[int, float], device: dict[int, float]
) -> tuple[Supply, Diagnosis]:
    supply = network.supply()
    return supply, Diagnosis(
        supply,
        np.array([prior[k] for k in supply.device_id.tolist()]),
        np.array([light[x] for x in supply.light_id.tolist()]),
        np.array([device[k] for k in supply.device_id.tolist()]),
    )


def posterior(
    network: Network, prior: dict[int, float], light: dict[int, float], device: dict[int, float]
) -> tuple[Supply, Posterior]:
    supply, found = diagnosis(network, prior, light, device)
    return supply, found.posterior()


def enumerated(
    network: Network, prior: dict[int, float], light: dict[int, float], device: dict[int, float]
) -> tuple[dict[str, dict[int, float]], dict[frozenset[int], float]]:
    """Every combination of failures, weighed and added up."""
    ids = list(network.parents)
    sums = {name: dict.fromkeys(ids, 0.0) for name in ("dead", "alive", "failed", "topmost")}
    sets: dict[frozenset[int], float] = {}
    total = 0.0
    for failures in product([False, True], repeat=len(ids)):
        failed = {k for k, fails in zip(ids, failures, strict=True) if fails}
        dead = {k for k in ids if failed & set(on_the_way_up(network, k))}
        top = {k for k in failed if not failed & set(on_the_way_up(network, k)[1:])}
        weight = np.prod([prior[k] if k in failed else 1 - prior[k] for k in ids])
        weight *= np.exp(sum(w for x, w in light.items() if network.lights[x] in dead))
        weight *= np.exp(sum(w for k, w in device.items() if k in dead))
        total += weight
        sets[frozenset(top)] = sets.get(frozenset(top), 0.0) + weight
        told = (("dead", dead), ("alive", set(ids) - dead), ("failed", failed), ("topmost", top))
        for name, members in told:
            for k in members:
                sums[name][k] += weight
    return {n: {k: v / total for k, v in by.items()} for n, by in sums.items()}, sets


@given(cases())
def test_every_posterior_is_that_of_enumeration(
    case: tuple[Network, dict[int, float], dict[int, float], dict[int, float]],
) -> None:
    supply, found = posterior(*case)
    expected, _ = enumerated(*case)
    for name in ("dead", "failed", "topmost"):
        for place, device in enumerate(supply.device_id.tolist()):
            assert getattr(found, name)[place] == pytest.approx(expected[name][device], abs=1e-9)
    odds = diagnosis(*case)[1].log_odds_dead()
    dead, alive = (
        np.log([expected[name][device] for device in supply.device_id.tolist()])
        for name in ("dead", "alive")  # summed apart: near certainty, 1 - dead has no digits left
    )
    assert odds == pytest.approx(dead - alive, abs=1e-6)


@given(cases())
def test_the_likeliest_set_of_topmost_failures_is_that_of_enumeration(
    case: tuple[Network, dict[int, float], dict[int, float], dict[int, float]],
) -> None:
    supply, found = posterior(*case)
    _, sets = enumerated(*case)
    best, *others = sorted(sets.values(), reverse=True)
    assume(not others or best > others[0] * (1 + 1e-9))
    chosen = frozenset(supply.device_id[found.likeliest].tolist())
    assert sets[chosen] == pytest.approx(best)


@given(cases(), st.data())
def test_one_more_report_gives_what_all_reports_at_once_give(
    case: tuple[Network, dict[int, float], dict[int, float], dict[int, float]], data: st.DataObject
) -> None:
    network, prior, light, device = case
    assume(light)
    supply = network.supply()
    late = data.draw(st.sampled_from(sorted(light)))
    early = {**light, late: 0.0}
    diagnosis = Diagnosis(
        supply,
        np.array([prior[k] for k in supply.device_id.tolist()]),
        np.array([early[x] for x in supply.light_id.tolist()]),
        np.array([device[k] for k in supply.device_id.tolist()]),
    )
    diagnosis.add(int(supply.rank_of(np.array([late]))[0]), light[late])
    _, expected = posterior(network, prior, light, device)
    assert diagnosis.posterior().dead == pytest.approx(expected.dead, abs=1e-9)
    for place in range(len(supply)):
        assert diagnosis.dead(place) == pytest.approx(expected.dead[place], abs=1e-9)


def test_hand_solved_one_device_one_report() -> None:
    # prior 0.01, weight ln 50: odds 0.01 / 0.99 * 50, so P = 0.336
    supply = Network(parents={1: []}, lights={10: 1}).supply()
    found = Diagnosis(supply, np.array([0.01]), np.array([np.log(50)])).posterior()
    assert found.dead[0] == pytest.approx(0.33557, abs=1e-5)


def test_without_evidence_the_priors_stand_and_run_down_the_tree() -> None:
    supply = TOWN.supply()
    found = Diagnosis(supply, np.full(5, 0.1), np.zeros(20)).posterior()
    dead = dict(zip(supply.device_id.tolist(), found.dead.tolist(), strict=True))
    assert dead == pytest.approx({1: 0.1, 2: 0.19, 3: 0.19, 4: 0.271, 5: 0.271})
    assert found.failed == pytest.approx(np.full(5, 0.1))
    assert not found.likeliest.any()


def test_an_infinite_weight_is_clipped_and_poisons_nothing() -> None:
    supply = TOWN.supply()
    weight = np.where(supply.light_id == 40, np.inf, 0.0)
    found = Diagnosis(supply, np.full(5, 0.001), weight).posterior()
    assert np.isfinite(found.dead).all()
    assert found.dead[supply.place_of(np.array([4]))[0]] > 0.999
    assert found.dead[supply.place_of(np.array([3]))[0]] < 0.4


def test_odds_are_exact_far_into_the_tails() -> None:
    supply = Network(parents={1: []}, lights={10: 1}).supply()
    for weight in (-200.0, 200.0):
        odds = Diagnosis(supply, np.array([0.5]), np.zeros(1), np.array([weight])).log_odds_dead()
        assert odds[0] == pytest.approx(weight)


def test_a_light_is_dark_by_its_supply_or_by_its_lamp() -> None:
    supply = Network(parents={1: []}, lights={10: 1, 11: None}).supply()
    dark = light_dark(supply, np.array([0.5]), 0.02)
    assert dark[supply.rank_of(np.array([10, 11]))] == pytest.approx([0.51, 0.02])


def test_a_night_teaches_how_bad_it_is() -> None:
    base = np.full(100, 0.01)  # one failure expected
    assert worse_than_usual(base, base, np.zeros(100)) == 1.0  # a quiet night proves nothing
    nine = np.where(np.arange(100) < 9, 1.0, 0.0)
    assert worse_than_usual(base, base, nine) == pytest.approx((9 + 1) / (1 + 1))
    wet = np.full(100, 0.9)  # water explains them: nothing is learnt about other nights
    assert worse_than_usual(base, wet, nine) == pytest.approx(1.0)


def test_a_worse_night_raises_every_prior_and_leaves_water_its_share() -> None:
    base, water = np.array([0.01, 0.01, 0.01]), np.array([0.0, 0.5, 1.0])
    prior = 1 - (1 - base) * (1 - water)
    assert worsened(base, prior, 10) == pytest.approx([0.1, 1 - 0.9 * 0.5, 1.0])
    assert worsened(base, prior, 1) == pytest.approx(prior)
    assert worsened(base, prior, 1000)[0] == pytest.approx(0.2)


@given(st.lists(st.floats(0, 1), max_size=8))
def test_whom_to_name_is_the_set_of_greatest_expected_f1(chances: list[float]) -> None:
    """Against every set there is: no other has a greater ``2 Σ p named / (named + Σ p)``."""
    p = np.array(chances, np.float64)

    def worth(named: np.ndarray) -> float:
        return float(2 * p[named].sum() / max(named.sum() + p.sum(), 1e-9))

    found = best_named(p)
    every = [np.array(bits, np.bool_) for bits in product([False, True], repeat=len(p))]
    assert worth(found) == pytest.approx(
        max((worth(each) for each in every), default=0.0), abs=1e-6
    )


def test_where_all_is_known_the_dark_are_named_and_no_others() -> None:
    assert best_named(np.array([1.0, 0.0, 1.0, 0.01])).tolist() == [True, False, True, False]
    assert not best_named(np.zeros(5)).any()
    little = np.full(100, 0.1)
    assert best_named(little).all()  # nothing is sure of any; to name none finds none
