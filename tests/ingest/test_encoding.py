"""Orders become bytes, natively or by a territory's codec, and are read back before they leave."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.codecs import strega
from ingest.codecs.profiles import Profile, profiles, read_profiles
from ingest.encoding import encode, verbs
from ingest.scripts.pool import ScriptPool
from twin.errors import Refused

CODEC = """
function decodeUplink(input) { return { data: { open: input.bytes[0] } }; }
function encodeDownlink(input) {
  if (input.data.seconds > 3600) return { errors: ["an hour at most"] };
  const s = input.data.seconds || 0;
  return { bytes: [input.data.open ? 1 : 0, s >> 8, s & 255], fPort: PORT };
}
function decodeDownlink(input) {
  return { data: { open: input.bytes[0] === 1, seconds: input.bytes[1] << 8 | input.bytes[2] } };
}
"""
PROFILE = """
[valve-x]
codec = "valve.js"
f_port = 33
[valve-x.orders.open_valve]
data = { open = true, seconds = "$duration_s" }
[valve-x.orders.close_valve]
data = { open = false }
"""


@pytest.fixture(scope="module")
def pool() -> Iterator[ScriptPool]:
    with ScriptPool(1) as made:
        yield made


def valve(folder: Path, source: str) -> Profile:
    folder.joinpath("valve.js").write_text(source, encoding="utf-8")
    folder.joinpath("own.toml").write_text(PROFILE, encoding="utf-8")
    return read_profiles(folder)["valve-x"]


@pytest.mark.parametrize(
    ("profile", "verb", "parameters", "payload", "port"),
    [
        ("strega", "open_valve", {"duration_s": 600}, "410a", 2),
        ("strega-motorized", "close_valve", {}, "30", 1),
        ("uc512", "open_valve", {"duration_s": 60, "valve": 1}, "ff1da1003c0000" + "00" * 4, 85),
        ("ws558", "switch_off", {}, "080100", 85),
        ("volc2180", "dim", {"level": 40}, "1564", 1),
    ],
)
def test_an_order_is_written_and_addressed(
    profile: str, verb: str, parameters: dict[str, Any], payload: str, port: int
) -> None:
    written = encode(profiles()[profile], verb, parameters)
    assert (written.payload.hex(), written.f_port) == (payload, port)
    assert written.read_back


@pytest.mark.parametrize(
    ("profile", "verb", "parameters", "rule", "told"),
    [
        ("elsys", "dim", {"level": 1}, "not_supported", "do not obey 'dim'"),
        ("volc2180", "dim", {}, "not_encodable", "needs 'level'"),
        ("volc2180", "dim", {"level": 140}, "not_encodable", "0 to 100 %, not 140"),
        ("volc2180", "dim", {"level": "much"}, "not_encodable", "could not convert"),
        ("volc2180", "dim", {"level": float("nan")}, "not_encodable", "not nan"),
        ("uc511", "open_valve", {}, "not_encodable", "needs 'duration_s'"),
        ("uc511", "open_valve", {"duration_s": 0}, "not_encodable", "an opening lasts"),
        ("uc511", "open_valve", {"duration_s": 9, "valve": 7}, "not_encodable", "valve 0 or 1"),
        ("strega", "open_valve", {"duration_s": -1}, "not_encodable", "an opening lasts"),
    ],
)
def test_an_order_that_cannot_be_written_says_why(
    profile: str, verb: str, parameters: dict[str, Any], rule: str, told: str
) -> None:
    with pytest.raises(Refused, match=told) as caught:
        encode(profiles()[profile], verb, parameters)
    assert caught.value.rule == rule


@given(seconds=st.integers(1, 255 * 3600), model=st.sampled_from(sorted(strega.MODELS)))
def test_no_valve_is_told_to_stay_open_longer_than_was_asked(seconds: int, model: str) -> None:
    told = encode(profiles()[model], "open_valve", {"duration_s": seconds}).read_back
    assert 0 < told["duration_s"] <= seconds


def test_a_territorys_codec_writes_and_reads_back(tmp_path: Path, pool: ScriptPool) -> None:
    profile = valve(tmp_path, CODEC.replace("PORT", "12"))
    written = encode(profile, "open_valve", {"duration_s": 600}, pool=pool)
    assert (written.f_port, written.payload) == (12, bytes([1, 2, 88]))
    assert written.read_back == {"open": True, "seconds": 600}
    assert verbs(profile) == {"open_valve", "close_valve"}
    assert encode(profile, "close_valve", {}).payload == bytes(3)  # by a process of its own


def test_a_port_that_the_codec_leaves_out_is_the_profiles(tmp_path: Path, pool: ScriptPool) -> None:
    profile = valve(tmp_path, CODEC.replace(", fPort: PORT", ""))
    assert encode(profile, "close_valve", {}, pool=pool).f_port == 33


@pytest.mark.parametrize(
    ("change", "parameters", "refusal"),
    [
        (("", ""), {}, ("not_encodable", "needs 'duration_s'")),
        (("", ""), {"duration_s": 4000}, ("not_encodable", "an hour at most")),
        (("decodeDownlink", "other"), {"duration_s": 9}, ("not_readable", "not for valves")),
        (("encodeDownlink", "other"), {"duration_s": 9}, ("not_supported", "no encodeDownlink")),
        (
            ("seconds: input", "seconds: 5 + input"),
            {"duration_s": 9},
            ("not_readable", "read back"),
        ),
        (("s & 255]", "300]"), {"duration_s": 9}, ("not_encodable", "wrote no order")),
        (("s & 255]", "'x']"), {"duration_s": 9}, ("not_encodable", "wrote no order")),
        (("fPort: PORT", "fPort: 300"), {"duration_s": 9}, ("not_encodable", "port 300")),
        (("const s", "throw new Error('tired'); const s"), {"duration_s": 9}, ("not_enc", "tired")),
        (("const s", "for (;;); const s"), {"duration_s": 9}, ("not_encodable", "did not come")),
    ],
)
def test_a_codec_that_writes_no_good_order_is_refused(
    tmp_path: Path,
    pool: ScriptPool,
    change: tuple[str, str],
    parameters: dict[str, Any],
    refusal: tuple[str, str],
) -> None:
    rule, told = refusal
    profile = valve(tmp_path, CODEC.replace(*change).replace("PORT", "12"))
    with pytest.raises(Refused, match=told) as caught:
        encode(profile, "open_valve", parameters, pool=pool)
    assert caught.value.rule.startswith(rule)
