"""Valves, soil probes, distances and current meters against published vectors and by hand."""

import numpy as np
import pytest

from ingest.codecs import CODECS, strega, tektelic
from tests.ingest.codecs.values import decode


@pytest.mark.parametrize("codec", ["lse01", "ldds75", "netvox-r718n", "tektelic-agriculture"])
def test_another_port_is_configuration(codec: str) -> None:
    found = decode(codec, bytes.fromhex("0D3B0AEF00000001AAAAAA"), f_port=5)
    assert (found.parts, found.problems) == ([], {})


def test_a_port_of_its_own_is_told_apart_in_one_batch() -> None:
    frame = bytes.fromhex("CE2900F107A5099B6E2890")
    found = CODECS["lse01"].decode([frame] * 4, np.array([2, 5, 2, 1], np.int16))
    assert {tuple(part.rows.tolist()) for part in found.parts} == {(0, 2)}


def test_the_watermark_curve_is_steady_and_never_rises() -> None:
    hertz = np.arange(0, 8000)
    tension = tektelic.tension_of(hertz)
    assert (np.diff(tension) <= 0).all()
    assert np.abs(np.diff(tension)).max() < 0.53  # its steepest line, 0.5208 kPa/Hz
    assert tension[[485, 600, 770, 1110, 4330]].tolist() == [100, 75, 55, 35, 9]
    assert tension[1500] == pytest.approx(35 - 390 * 0.0117, abs=0.01)


@pytest.mark.parametrize(
    ("seconds", "written", "obeyed"),
    [
        (1, "2101", 1),
        (255, "21FF", 255),
        (256, "4104", 240),
        (600, "410A", 600),
        (15_300, "41FF", 15_300),
        (20_000, "8105", 18_000),
    ],
)
def test_a_timed_opening_is_never_longer_than_asked(
    seconds: int, written: str, obeyed: int
) -> None:
    payload, port = strega.encode_open(seconds)
    assert (payload.hex().upper(), port) == (written, 2)
    assert strega.decode_command(payload, port) == (True, obeyed)
    assert obeyed <= seconds


@pytest.mark.parametrize("seconds", [0, -5, 256 * 3600])
def test_an_opening_that_cannot_be_said_is_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match="an opening lasts"):
        strega.encode_open(seconds)


def test_a_closing_reads_back() -> None:
    assert strega.decode_command(*strega.encode_close()) == (False, 0)
    assert strega.decode_command(b"\x01\x02", 9) is None
