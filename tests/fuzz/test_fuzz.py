"""Every parser under mutated messages. ``make fuzz`` runs the same with many more."""

import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import checked, explain, seeds_of, targets

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["", "null", "NaN", "1e999", "0x00", "2026-02-30T25:00:00Z", "=" * 12]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def _spliced(seed: bytes, at: int, size: int, more: bytes) -> bytes:
    at %= len(seed) + 1
    return seed[:at] + more + seed[at + size :]


def _cut(seed: bytes, end: int) -> bytes:
    return seed[: end % (len(seed) + 1)]


@st.composite
def _edited(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """Put another value, of any type, in one place of a JSON message."""
    seed = draw(st.sampled_from(seeds))
    try:
        document = json.loads(seed[1:])
    except ValueError:
        return seed
    _edit(document, draw)
    return seed[:1] + json.dumps(document).encode()


def _edit(node: Any, draw: st.DrawFn) -> None:
    if not isinstance(node, (dict, list)) or not node:
        return
    keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
    key = draw(st.sampled_from(keys))
    if isinstance(node[key], (dict, list)) and node[key] and draw(st.booleans()):
        _edit(node[key], draw)
    else:
        node[key] = draw(VALUES)


@pytest.mark.parametrize("name", sorted(targets()))
def test_a_parser_answers_whatever_comes(name: str) -> None:
    check = checked(name)
    seeds = seeds_of(name)
    for seed in seeds:
        check(seed)
    inputs = st.one_of(
        st.binary(max_size=300),
        st.builds(
            _spliced,
            st.sampled_from(seeds),
            st.integers(0, 4000),
            st.integers(0, 60),
            st.binary(max_size=12),
        ),
        st.builds(
            lambda seed, end: seed[: end % (len(seed) + 1)], st.sampled_from(seeds), st.integers(0)
        ),
        _edited(seeds),
    )

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(data=inputs)
    def run(data: bytes) -> None:
        try:
            check(data)
        except Exception as error:
            error.add_note(str(explain(name, data)))
            raise

    run()


def test_the_check_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    from ingest.networks import aws_iot

    monkeypatch.setattr(aws_iot, "base64_bytes", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        checked("aws-iot")(seeds_of("aws-iot")[0])
