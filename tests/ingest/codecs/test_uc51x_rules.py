"""Weekly rules of a valve: written, read back, repeated by the device."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.codecs.uc51x_rules import Rule, decode_rule, encode_rule, repeated, rule_of

NIGHT = {"number": 1, "valve": 0, "days": [1, 3, 5], "start": "05:30", "end": "05:50"}
TIMES = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
RULES = st.builds(
    Rule,
    st.integers(1, 16),
    st.integers(0, 1),
    st.sets(st.integers(1, 7), min_size=1).map(lambda days: tuple(sorted(days))),
    TIMES,
    TIMES,
    st.booleans(),
)


def test_a_rule_as_the_maker_writes_it() -> None:
    assert encode_rule(rule_of(NIGHT)).hex() == "ff4d01811505" + "1e" + "0532" + "0000"


@given(RULES)
def test_a_rule_reads_back_as_it_was_written(rule: Rule) -> None:
    assert decode_rule(encode_rule(rule)) == rule
    assert rule_of(rule._asdict()) == rule


@given(st.binary(max_size=16))
def test_other_bytes_are_no_rule_or_one_that_writes_them(payload: bytes) -> None:
    try:
        rule = decode_rule(payload)
    except ValueError:
        return
    assert rule is None or len(payload) == 11


def test_the_device_repeats_what_it_has_taken() -> None:
    order = encode_rule(rule_of(NIGHT))
    assert repeated(order, [b"\x01\x75\x5c", b"\x03\x01\x00\xfe" + order[1:]])
    assert repeated(order, [order])
    assert not repeated(order, [b"\x01\x75\x5c", b"\x00" + order[1:]])


@pytest.mark.parametrize(
    "wrong",
    [{"number": 17}, {"valve": 2}, {"days": [0]}, {"days": []}, {"start": "24:00"}, {"end": "x"}],
)
def test_what_no_device_takes_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any wording
        rule_of({**NIGHT, **wrong})
