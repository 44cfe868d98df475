"""Every codec against the tables: frames and what they say, frames and why they say nothing."""

import pytest

from tests.ingest.codecs import vectors_fixed, vectors_tlv
from tests.ingest.codecs.values import decode, values


@pytest.mark.parametrize(("codec", "frame", "expected"), [*vectors_tlv.READ, *vectors_fixed.READ])
def test_a_frame_reads_as_its_table_says(
    codec: str, frame: str | bytes, expected: dict[str, float]
) -> None:
    assert values(codec, frame) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("codec", "frame", "problem"), [*vectors_tlv.PROBLEMS, *vectors_fixed.PROBLEMS]
)
def test_a_frame_that_cannot_be_read_says_why(codec: str, frame: str | bytes, problem: str) -> None:
    payload = bytes.fromhex(frame) if isinstance(frame, str) else frame
    assert decode(codec, payload).problems.get(0, "") == problem
