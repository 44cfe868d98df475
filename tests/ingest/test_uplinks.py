"""Keys of frames: the same everywhere, different for different frames."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.uplinks import hashes


def test_keys_are_the_same_everywhere_and_for_ever() -> None:
    texts = [b"", b"a", b"chirpstack_v4 3ac7e3c4-4401-4b8d-9386-a5c902f9202d", bytes(16)]
    assert hashes(texts).tolist() == PINNED


PINNED = [0, -3093482382697658809, 815097272923287221, -2246919043275355487]


@given(texts=st.lists(st.binary(max_size=40), max_size=20))
def test_many_hash_as_one_by_one(texts: list[bytes]) -> None:
    assert hashes(texts).tolist() == [int(hashes([text])[0]) for text in texts]


def test_a_million_keys_differ() -> None:
    texts = [b"chirpstack_v4 %d-%d" % (number % 1000, number) for number in range(200_000)]
    texts += [number.to_bytes(8, "little") for number in range(400_000)]
    texts += [bytes(8) + number.to_bytes(8, "big") for number in range(400_000)]
    assert len(np.unique(hashes(texts))) == 1_000_000
