"""Decoding together gives what decoding one by one gives, whatever the bytes."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.codecs import CODECS, emu_professional, milesight, volc2180
from tests.ingest.codecs.values import decode, listed

_GOOD = {
    "volc2180": volc2180.encode_meter(
        dimming=100, power=42, energy=1, power_factor=0.9, current=0.2, voltage=230
    ),
    "emu-professional": emu_professional.encode_telegram(1_700_000_000, power=(1, 2, 3, 4)),
    "em500-smtc": milesight.encode("em500-smtc", battery=9, temperature=1, moisture=2),
    "elsys": bytes.fromhex("0100460253033B0FFD070E20"),
    "cayenne-lpp": bytes.fromhex("03670110056700FF"),
    "uc511": milesight.encode("uc511", valve_open=1, pulse_count=7),
    "strega": bytes.fromhex("333138383223633D77DB4330303041464656304635"),
    "strega-motorized": bytes.fromhex("3331383832"),
    "dl-smtp": bytes.fromhex("020B500003" + "09018A8C" * 8 + "0C1D"),
    "dl-trs12": bytes.fromhex("020B5000034E20815A00C80C1D"),
    "lse01": bytes.fromhex("CE2900F107A5099B6E2890"),
    "lse01-v1.2.1": bytes.fromhex("CE2900F107A5099B6E2890"),
    "ldds75": bytes.fromhex("0D3B0AEF00000001"),
    "ldds45": bytes.fromhex("0D3B0AEF00010101"),
    "netvox-r718n": bytes.fromhex("014A032403E800C81B5836"),
    "tektelic-agriculture": bytes.fromhex("00BA610B6700D20504057D"),
    "em500-swl": milesight.encode("em500-swl", battery=9, depth=1),
}


def _mutated(good: bytes) -> st.SearchStrategy[bytes]:
    """Good frames, with bytes changed, cut off or added."""
    spots = st.lists(st.tuples(st.integers(0, len(good) - 1), st.integers(0, 255)), max_size=3)

    def change(spots: list[tuple[int, int]], end: int, more: bytes) -> bytes:
        frame = bytearray(good)
        for at, byte in spots:
            frame[at] = byte
        return bytes(frame[:end]) + more

    return st.builds(change, spots, st.integers(0, len(good)), st.binary(max_size=4))


@pytest.mark.parametrize("codec", sorted(CODECS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_array_equals_scalar_and_nothing_raises(codec: str, data: st.DataObject) -> None:
    good = _GOOD.get(codec, b"\x01\x75\x5c")
    frames = st.one_of(_mutated(good), st.binary(max_size=300))
    payloads = data.draw(st.lists(frames, min_size=1, max_size=12))
    together = listed(decode(codec, *payloads), len(payloads))
    alone = [listed(decode(codec, payload), 1)[0] for payload in payloads]
    assert together == alone


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_a_flood_of_noise_reads_as_each_alone(codec: str) -> None:
    dice = random.Random(codec)
    good = _GOOD.get(codec, bytes.fromhex("01755C"))
    payloads = []
    for _ in range(90):  # more layouts than are looked for one after the other
        frame = bytearray(good)
        for _ in range(dice.randrange(4)):
            frame[dice.randrange(len(frame))] = dice.randrange(256)
        payloads += [bytes(frame), dice.randbytes(len(good))]
    alone = [listed(decode(codec, payload), 1)[0] for payload in payloads]
    assert listed(decode(codec, *payloads), len(payloads)) == alone


@pytest.mark.parametrize("codec", sorted(CODECS))
@settings(max_examples=40, deadline=None)
@given(payloads=st.lists(st.binary(max_size=64), max_size=8))
def test_every_reading_is_finite_and_belongs_to_a_payload(
    codec: str, payloads: list[bytes]
) -> None:
    found = decode(codec, *payloads)
    for part in found.parts:
        assert np.isfinite(part.values).all()
        assert ((part.rows >= 0) & (part.rows < len(payloads))).all()
        assert len(part.rows) == len(part.values)
    assert set(found.problems.values()) <= {
        "empty",
        "too_long",
        "truncated",
        "unknown_tag",
        "bad_checksum",
        "malformed",
    }
