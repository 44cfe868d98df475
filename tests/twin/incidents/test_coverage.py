"""Silence on the tree and on the gateways, against exhaustive enumeration on small cases."""

from dataclasses import dataclass
from itertools import chain, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.incidents.oracle import Network, on_the_way_up
from twin.incidents.coverage import (
    GATEWAY_FAILURE,
    HEARD_ASTRAY,
    HEARD_IN_ERROR,
    Coverage,
    silence_weight,
    weigh_coverage,
)
from twin.incidents.diagnosis import Diagnosis
from twin.supply.ranges import Ragged


@dataclass
class Case:
    """Devices and priors; gateways and what feeds them; sensors, what feeds and hears them."""

    network: Network
    prior: dict[int, float]
    weight: dict[int, float]
    gateways: dict[int, tuple[int | None, float]]
    sensors: dict[int, tuple[int | None, list[int], int]]

    def found(self) -> tuple[dict[int, float], dict[int, float], bool]:
        """What the law says: probability of each device dead, of each gateway down."""
        supply = self.network.supply()
        n, ids = len(supply), supply.device_id.tolist()
        row = {g: k for k, g in enumerate(self.gateways)}

        def place(device: int | None) -> int:
            return n if device is None else ids.index(device)

        heard_by = [[row[g] for g in hearers] for _, hearers, _ in self.sensors.values()]
        coverage = Coverage(
            sensor_place=np.array([place(d) for d, _, _ in self.sensors.values()], np.int32),
            missed=np.array([k for *_, k in self.sensors.values()], np.int64),
            heard_by=Ragged(
                np.cumsum([0, *map(len, heard_by)]).astype(np.int32),
                np.array(list(chain.from_iterable(heard_by)), np.int32),
            ),
            gateway_place=np.array([place(d) for d, _ in self.gateways.values()], np.int32),
            gateway_weight=np.array([w for _, w in self.gateways.values()]),
        )
        prior = np.array([self.prior[d] for d in ids])
        light, own = np.zeros(0), np.array([self.weight[d] for d in ids])
        heard = weigh_coverage(supply, prior, light, own, coverage)
        said = Diagnosis(supply, prior, light, own + heard.device_weight).posterior()
        return (
            dict(zip(ids, said.dead.tolist(), strict=True)),
            dict(zip(self.gateways, heard.down.tolist(), strict=True)),
            heard.steady,
        )

    def enumerated(self) -> tuple[dict[int, float], dict[int, float]]:
        """The same by adding up every way things can have failed."""
        devices, gateways = list(self.prior), list(self.gateways)
        dead_sum, down_sum, total = dict.fromkeys(devices, 0.0), dict.fromkeys(gateways, 0.0), 0.0
        for fails in product([False, True], repeat=len(devices)):
            failed = {d for d, f in zip(devices, fails, strict=True) if f}
            dead = {d for d in devices if failed & set(on_the_way_up(self.network, d))}
            p = np.prod([self.prior[d] if d in failed else 1 - self.prior[d] for d in devices])
            p *= np.exp(sum(self.weight[d] for d in dead))
            for own in product([False, True], repeat=len(gateways)):
                chance = np.prod([GATEWAY_FAILURE if f else 1 - GATEWAY_FAILURE for f in own])
                down = {
                    g
                    for g, f in zip(gateways, own, strict=True)
                    if f or self.gateways[g][0] in dead
                }
                likely = p * chance * np.exp(sum(self.gateways[g][1] for g in down))
                likely *= np.prod([self._word(s, dead, down) for s in self.sensors])
                total += likely
                for d in dead:
                    dead_sum[d] += likely
                for g in down:
                    down_sum[g] += likely
        return (
            {d: x / total for d, x in dead_sum.items()},
            {g: x / total for g, x in down_sum.items()},
        )

    def _word(self, sensor: int, dead: set[int], down: set[int]) -> float:
        """Chance of what a sensor let hear."""
        device, hearers, missed = self.sensors[sensor]
        unfed, deaf = device in dead, bool(hearers) and down.issuperset(hearers)
        if missed and not hearers:
            return 1.0
        if missed:
            return 1.0 if unfed or deaf else float(np.exp(-silence_weight(missed)))
        return (HEARD_IN_ERROR if unfed else 1.0) * (HEARD_ASTRAY if deaf else 1.0)


@st.composite
def cases(draw: st.DrawFn, *, loops: bool) -> Case:
    """Small cases; without loops no sensor shares supply with what hears it."""
    size, ways = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    parents = {
        k: draw(st.sampled_from([[], *([p] for p in range(k))])) if k else [] for k in range(size)
    }
    fed = st.one_of(st.none(), st.integers(0, size - 1)) if loops else st.none()
    gateways = {100 + g: (draw(fed), draw(st.floats(-3, 3))) for g in range(ways)}
    anybody = st.lists(st.sampled_from(sorted(gateways)), unique=True, max_size=ways)
    sensors = {}
    for k in range(draw(st.integers(0, 4))):
        device = draw(st.one_of(st.none(), st.integers(0, size - 1)))
        # without loops: the sensors of the k-th gateway are its own, or heard by nobody known
        hearers = draw(anybody) if loops else draw(anybody.map(lambda some: some[:1]))
        if not loops and device is not None and hearers:
            device = None if any(hearers == h for _, h, _ in sensors.values()) else device
        sensors[200 + k] = device, hearers, draw(st.integers(0, 3))
    return Case(
        network=Network(parents=parents, lights={}),
        prior={k: draw(st.floats(0.001, 0.6)) for k in parents},
        weight={k: draw(st.floats(-4, 4)) for k in parents},
        gateways=gateways,
        sensors=sensors,
    )


@given(cases(loops=False))
def test_without_loops_the_answer_is_that_of_enumeration(case: Case) -> None:
    dead, down, steady = case.found()
    expected_dead, expected_down = case.enumerated()
    assert steady
    assert dead == pytest.approx(expected_dead, abs=1e-3)
    assert down == pytest.approx(expected_down, abs=1e-3)


def test_with_loops_the_answer_stays_near_enumeration() -> None:
    random = np.random.default_rng(4)
    errors, steady = [], 0
    for _ in range(150):
        case = _random_case(random)
        dead, down, still = case.found()
        expected_dead, expected_down = case.enumerated()
        steady += still
        errors += [abs(dead[d] - expected_dead[d]) for d in dead]
        errors += [abs(down[g] - expected_down[g]) for g in down]
    assert steady >= 147
    assert np.median(errors) < 1e-4
    assert np.mean(errors) < 0.02
    assert np.quantile(errors, 0.9) < 0.05  # tight loops of one gateway and two feeds remain


def _random_case(random: np.random.Generator) -> Case:
    size = int(random.integers(2, 6))
    parents = {k: [int(random.integers(0, k))] if k and random.random() < 0.8 else []
               for k in range(size)}  # fmt: skip
    gateways = {
        100 + g: (int(random.integers(0, size)) if random.random() < 0.7 else None,
                  float(random.choice([-2.0, 0.0, 3.0])))
        for g in range(int(random.integers(1, 4)))
    }  # fmt: skip
    sensors = {
        200 + k: (
            int(random.integers(0, size)) if random.random() < 0.7 else None,
            sorted(random.choice(sorted(gateways), random.integers(1, len(gateways) + 1), False)),
            int(random.choice([0, 1, 3])),
        )
        for k in range(int(random.integers(1, 6)))
    }
    return Case(
        network=Network(parents=parents, lights={}),
        prior={k: float(10 ** random.uniform(-3, -0.5)) for k in parents},
        weight={k: float(random.choice([0.0, 0.0, 3.0, -3.0])) for k in parents},
        gateways=gateways,
        sensors=sensors,
    )


# A feeder 1 with five mains sensors, and a gateway 100 fed from elsewhere that alone hears them.
def _five(missed: list[int], status: float = 0.0) -> tuple[float, float]:
    case = Case(
        network=Network(parents={1: [], 2: []}, lights={}),
        prior={1: 1e-3, 2: 1e-4},
        weight={1: 0.0, 2: 0.0},
        gateways={100: (2, status)},
        sensors={200 + k: (1 if k < 5 else None, [100], m) for k, m in enumerate(missed)},
    )
    dead, down, _ = case.found()
    return dead[1], down[100]


def test_a_feeder_whose_sensors_all_miss_while_their_gateway_hears_others_is_dead() -> None:
    dead, down = _five([3] * 5 + [0])
    assert dead > 0.99
    assert down < 0.01


def test_sensors_of_everywhere_silent_together_accuse_their_gateway_not_their_feeder() -> None:
    dead, down = _five([3] * 12)
    assert down > 0.99
    assert dead < 0.05


def test_a_gateway_said_to_be_offline_excuses_its_sensors() -> None:
    assert _five([3] * 5, status=4.6)[0] < _five([3] * 5, status=-4.6)[0]


def test_silence_weighs_by_messages_missed_and_never_more_than_a_broken_sensor() -> None:
    # two missed: 0.98 * 0.15^2 + 0.02 = 0.04205
    assert silence_weight(2) == pytest.approx(-np.log(0.04205))
    assert silence_weight(0) == pytest.approx(0.0)
    assert silence_weight(50) == pytest.approx(-np.log(0.02))
