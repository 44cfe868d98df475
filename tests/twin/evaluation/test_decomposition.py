"""The split of a saving: by hand, without residue, at its limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.evaluation.decomposition import split

FACTORS = ("lamps", "kilowatts", "hours")
positive = st.lists(st.floats(0.01, 1e4), min_size=3, max_size=3)


def by_name(values):
    return dict(zip(FACTORS, values, strict=True))


def test_halving_two_factors_shares_the_change_equally():
    parts = split(by_name([10, 2, 5]), by_name([10, 1, 2.5]))
    assert parts["lamps"] == pytest.approx(0)
    assert parts["kilowatts"] == pytest.approx(-37.5)
    assert parts["hours"] == pytest.approx(-37.5)


@given(before=positive, after=positive)
def test_the_parts_sum_to_the_change(before, after):
    parts = split(by_name(before), by_name(after))
    energies = np.prod(before), np.prod(after)
    change = energies[1] - energies[0]
    assert sum(parts.values()) == pytest.approx(change, abs=1e-11 * max(energies))


@given(before=positive, after=positive)
def test_there_and_back_cancel(before, after):
    there, back = split(by_name(before), by_name(after)), split(by_name(after), by_name(before))
    for name in FACTORS:
        assert there[name] == pytest.approx(-back[name], rel=1e-9, abs=1e-12)


@given(before=positive)
def test_where_nothing_changed_no_part_is_given(before):
    assert all(part == 0 for part in split(by_name(before), by_name(before)).values())


def test_factors_that_compensate_give_opposite_parts():
    parts = split(by_name([10, 2, 5]), by_name([10, 4, 2.5]))
    assert parts["kilowatts"] == pytest.approx(100 * np.log(2))
    assert parts["hours"] == pytest.approx(-100 * np.log(2))


def test_a_factor_that_falls_to_zero_takes_the_whole_change():
    parts = split(by_name([10, 2, 5]), by_name([0, 1, 5]))
    assert [parts[name] for name in FACTORS] == [-100, 0, 0]


def test_cabinets_together_give_what_each_gives_alone():
    before, after = by_name([[10.0, 40.0], 2, 5]), by_name([[10.0, 0.0], 1, 4])
    together = split(before, after)
    for row in range(2):
        alone = split(by_name([before["lamps"][row], 2, 5]), by_name([after["lamps"][row], 1, 4]))
        for name in FACTORS:
            assert together[name][row] == pytest.approx(alone[name])


def test_other_factors_after_than_before_are_refused():
    with pytest.raises(ValueError, match="same factors"):
        split({"lamps": 1}, {"hours": 1})
