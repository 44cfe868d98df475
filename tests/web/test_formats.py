"""The bytes that travel to the map, to the byte; ``tests/browser`` reads the same file in JS."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_strategies

from control_center.live.formats import (
    json_event,
    pack_columns,
    pack_patch,
    patch_event,
    unpack_columns,
    unpack_patch,
)

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parent / "golden" / "formats.json").read_text(encoding="utf-8")
)


def test_a_patch_is_written_to_the_byte() -> None:
    golden = GOLDEN["patch"]
    written = pack_patch(
        golden["milliseconds"],
        golden["seq"],
        np.array(golden["idx"], np.uint32),
        np.array(golden["state"], np.uint8),
    )
    assert written == base64.b64decode(golden["base64"])
    assert len(written) == 16 + 5 * 3


def test_columns_are_written_to_the_byte() -> None:
    golden = GOLDEN["columns"]
    written = pack_columns(
        golden["length"],
        {
            "getPosition": np.array(golden["getPosition"], np.float32).reshape(-1, 2),
            "getIcon": np.array(golden["getIcon"], np.uint8),
            "idx": np.array(golden["idx"], np.uint32),
        },
        origin=golden["origin"],
    )
    assert written == base64.b64decode(golden["base64"])


@given(
    numpy_strategies.arrays(np.uint32, st.integers(0, 40)),
    st.floats(0, 1e13),
    st.integers(0, 2**32 - 1),
)
def test_a_patch_comes_back_as_it_went(idx: Any, milliseconds: float, seq: int) -> None:
    state = (idx % 8).astype(np.uint8)
    told, number, indices, states = unpack_patch(pack_patch(milliseconds, seq, idx, state))
    assert (told, number) == (milliseconds, seq)
    np.testing.assert_array_equal(indices, idx)
    np.testing.assert_array_equal(states, state)


@given(st.integers(0, 30), st.text("abcé", max_size=9))
def test_columns_come_back_as_they_went_and_stay_aligned(n: int, name: str) -> None:
    columns = {
        f"bytes {name}": np.arange(n, dtype=np.uint8),
        "places": np.arange(2 * n, dtype=np.float64).reshape(-1, 2),
        "numbers": np.arange(n, dtype=np.uint32),
    }
    header, read = unpack_columns(pack_columns(n, columns, origin=[1.5, 2]))
    assert header["length"] == n
    assert header["origin"] == [1.5, 2]
    assert all(about["offset"] % 8 == 0 for about in header["cols"].values())
    for key, values in columns.items():
        np.testing.assert_array_equal(read[key], values)


def test_a_column_that_no_browser_reads_is_refused() -> None:
    with pytest.raises(ValueError, match="int64"):
        pack_columns(1, {"id": np.array([1], np.int64)})


def test_events_follow_the_standard() -> None:
    event = patch_event("abc.12", 5, b"\x00\x01")
    assert event == b"event: state\ndata: AAE=\nid: abc.12:5\n\n"
    assert json_event("pulse", {"now": 1}) == b'event: pulse\ndata: {"now":1}\n\n'
