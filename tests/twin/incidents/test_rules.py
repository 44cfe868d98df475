"""Rules over arrays: the first that applies decides, as in ``numpy.select``."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.incidents.rules import among, decide, known_or


@given(st.integers(0, 5), st.integers(0, 12), st.randoms(use_true_random=False))
def test_the_first_rule_that_applies_decides_as_numpy_selects(rules, size, random):
    flags = [np.array([random.random() < 0.3 for _ in range(size)], bool) for _ in range(rules)]
    values = [
        random.randrange(9) if random.random() < 0.5 else np.arange(size) + 10 * k
        for k in range(rules)
    ]
    otherwise = np.full(size, -1)
    expected = np.select(flags, values, otherwise) if rules else otherwise
    assert decide(flags, values, otherwise).tolist() == expected.tolist()


def test_what_is_decided_has_the_type_of_the_rest_and_leaves_it_alone():
    rest = np.zeros(3, np.uint8)
    decided = decide([np.array([True, False, True])], [7], rest)
    assert decided.dtype == np.uint8
    assert decided.tolist() == [7, 0, 7]
    assert rest.tolist() == [0, 0, 0]


def test_a_rule_without_its_value_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        decide([np.ones(1, bool)], [], np.zeros(1))


@given(st.lists(st.integers(-3, 6)), st.lists(st.integers(-3, 6), min_size=1, max_size=3))
def test_codes_are_found_among_those_wanted(codes, wanted):
    found = among(np.array(codes, np.int8), wanted)
    assert found.tolist() == [code in wanted for code in codes]


def test_what_is_not_known_gets_a_number_and_the_rest_keeps_its_own():
    assert known_or(np.array([np.nan, 2.0, np.inf]), 5.0).tolist() == [5.0, 2.0, np.inf]
