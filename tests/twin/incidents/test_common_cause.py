"""Lights out together and the device they share."""

import numpy as np
import pytest

from tests.twin.incidents.oracle import Network
from twin.incidents.common_cause import PRIOR, shared_cause
from twin.incidents.times import NEVER
from twin.supply import Supply

# cabinet 1 feeds feeders 2 and 3; cabinet 4 feeds feeder 5 alone
TOWN = Network(
    parents={1: [], 2: [1], 3: [1], 4: [], 5: [4]},
    lights={
        **dict.fromkeys(range(20, 25), 2),
        **dict.fromkeys(range(30, 35), 3),
        **dict.fromkeys(range(50, 55), 5),
        60: None,
    },
)
FEEDER_2, FEEDER_3, FEEDER_5 = set(range(20, 25)), set(range(30, 35)), set(range(50, 55))


def priors(supply: Supply) -> np.ndarray:
    return np.where(np.isin(supply.device_id, [1, 4]), PRIOR["cabinet"], PRIOR["feeder"])


def blamed(out: set[int], lit: set[int]) -> dict[int, tuple[int, float]]:
    supply = TOWN.supply()
    ids = supply.light_id.tolist()
    cause = shared_cause(
        supply,
        priors(supply),
        out=np.array([x in out for x in ids]),
        lit=np.array([x in lit for x in ids]),
        out_since=supply.light_id.copy(),
        seen_at=supply.light_id.copy(),
    )
    return {
        int(supply.device_id[k]): (int(cause.out_at[k]), float(cause.p_out[k]))
        for k in np.flatnonzero(cause.out_at > NEVER)
    }


@pytest.mark.parametrize(
    ("out", "lit", "expected"),
    [
        pytest.param({20}, FEEDER_2 - {20}, {}, id="one lamp among lit neighbours"),
        pytest.param(FEEDER_2, FEEDER_3, {2}, id="one feeder of two"),
        pytest.param(FEEDER_2 | FEEDER_3, set(), {1}, id="both feeders: their cabinet"),
        pytest.param(FEEDER_5, set(), {5}, id="an only feeder is blamed before its cabinet"),
        pytest.param({20, 30}, set(), set(), id="two lights are not enough"),
        pytest.param({20, 21, 22}, set(), {2}, id="three of five, the others mute"),
        pytest.param({20, 21, 30}, set(), {1}, id="three through two branches"),
        pytest.param({20, 21}, {22, 23}, set(), id="as many lit as out"),
        pytest.param(FEEDER_2, FEEDER_3 - {30}, {2}, id="a whole feeder beside a lit one"),
        pytest.param({60}, set(), set(), id="a light without supply blames nobody"),
        pytest.param(set(), set(), set(), id="nothing seen"),
    ],
)
def test_who_is_blamed(out: set[int], lit: set[int], expected: set[int]) -> None:
    assert set(blamed(out, lit)) == set(expected)


def test_hand_solved_weight_and_time() -> None:
    # Three weights of -ln 0.021: e^11.59 = 107 980. All alive: 0.9995 * 0.999; the feeder out,
    # 0.9995 * 0.001, and the cabinet out, 0.0005, each times that: 161.92 / 162.92 = 0.994 dead.
    # The feeder is the likelier of the two; the last of 20, 21, 22 went out at 22.
    assert blamed({20, 21, 22}, set()) == {2: (22, 0.994)}


def test_a_lit_light_shows_supply_all_the_way_up_unless_more_are_out() -> None:
    supply = TOWN.supply()
    ids = supply.light_id
    lit, out = np.isin(ids, [30, 31, 20]), np.isin(ids, [21, 22])
    cause = shared_cause(supply, priors(supply), out=out, lit=lit, out_since=ids, seen_at=ids)
    lit_at = dict(zip(supply.device_id.tolist(), cause.lit_at.tolist(), strict=True))
    assert lit_at == {1: 20, 2: NEVER, 3: 30, 4: NEVER, 5: NEVER}
