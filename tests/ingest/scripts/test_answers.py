"""What a codec in JavaScript says becomes readings; the same frame gives the same, whenever."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.mapping import Target, read_said
from ingest.networks.records import Reading
from ingest.scripts.answers import readings_of, said_of
from ingest.scripts.pool import ScriptPool
from ingest.scripts.script import make_script
from ingest.scripts.wire import (
    Answer,
    Fate,
    Uplink,
    answers_body,
    answers_of,
    uplinks_body,
    uplinks_of,
)
from tests.ingest.scripts.codecs import AT_MS, decoding, run, script, told


def test_now_is_the_time_of_the_uplink(pool: ScriptPool) -> None:
    codec = decoding(
        "return { data: { all: [new Date().toISOString(), Date.now(), +new Date(0),"
        " Date().slice(0, 24), input.recvTime.toISOString(), new Date().constructor === Date,"
        " new Date() instanceof Date, new Date(2024, 0, 1).toISOString(),"
        " (new Date()).getTimezoneOffset()] } }"
    )
    _, text = told(pool, codec)
    assert msgspec.json.decode(text)["data"]["all"] == [
        "2023-11-14T22:13:20.123Z",
        AT_MS,
        0,
        "Tue Nov 14 2023 22:13:20",
        "2023-11-14T22:13:20.123Z",
        True,
        True,
        "2024-01-01T00:00:00.000Z",
        0,
    ]


def test_chance_is_the_same_each_time() -> None:
    codec = decoding("return { data: { a: Math.random(), b: Math.random() } }")
    said = set()
    for _ in range(2):
        pool = ScriptPool(1)
        said |= {told(pool, codec) for _ in range(2)}
        pool.close()
    assert len(said) == 1


def test_a_codec_that_keeps_state_is_found_and_gets_a_new_world_each_time(
    pool: ScriptPool,
) -> None:
    codec = decoding("return { data: { calls: ++calls } }", before="let calls = 0;")
    answers = run(pool, codec, *[b"\x01"] * 30)
    assert {answer.text for answer in answers} == {b'{"data":{"calls":1},"warnings":[]}'}
    assert codec.key in pool.stateful


FORMS = [
    ("function Decoder(bytes, port) { return { a: bytes[0], p: port }; }", "legacy Decoder"),
    ("function Decode(fPort, bytes, variables) { return { a: bytes[0], p: fPort }; }", "Decode"),
    ("const decodeUplink = (i) => ({ data: { a: i.bytes[0], p: i.fPort } });", "a constant"),
    ("export function decodeUplink(i) { return { data: { a: i.bytes[0], p: i.fPort } }; }", "ES"),
    (
        "module.exports = { decodeUplink: (i) => ({ data: { a: i.bytes[0], p: i.fPort } }) };",
        "CommonJS",
    ),
    (
        "exports.decodeUplink = function (i) { return { data: { a: i.bytes[0], p: i.fPort } }; };",
        "exports",
    ),
]


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for source, name in FORMS])
def test_every_way_to_write_a_codec_is_understood(pool: ScriptPool, source: str) -> None:
    assert told(pool, script(source)) == ("A", '{"data":{"a":1,"p":5},"warnings":[]}')


def test_a_codec_that_wants_nodes_buffer_has_one(pool: ScriptPool) -> None:
    codec = decoding(
        """
        const { Buffer: B } = require("buffer");
        const b = Buffer.from(input.bytes);
        const made = B.alloc(4);
        made.writeInt16BE(-2, 1);
        return { data: { hex: b.toString("hex"), le: b.readInt16LE(0), be: b.readUInt32BE(1),
          f: b.readFloatBE(4), d: B.from("QkM=", "base64").toString("ascii"),
          part: b.slice(1, 3)[1], made: made.toString("hex"),
          text: B.from("é€").toString(), b64: b.toString("base64"),
          same: b.equals(Buffer.from(b.toString("hex"), "hex")), isit: B.isBuffer(b) } }"""
    )
    _, text = told(pool, codec, bytes.fromhex("fffe01023fc00000"))
    assert msgspec.json.decode(text)["data"] == {
        "hex": "fffe01023fc00000",
        "le": -257,
        "be": 0xFE01023F,
        "f": 1.5,
        "d": "BC",
        "part": 1,
        "made": "00fffe00",
        "text": "é€",
        "b64": "//4BAj/AAAA=",
        "same": True,
        "isit": True,
    }
    fate, text = told(pool, decoding('require("fs"); Buffer'))
    assert (fate, text) == ("T", '"there is no module fs"')


def test_a_file_that_is_no_codec_says_so(pool: ScriptPool) -> None:
    assert (
        pool.load(script("var a = 1;")).text == b"it offers no decodeUplink and no encodeDownlink"
    )
    assert b"SyntaxError" in pool.load(script("function (")).text
    assert pool.load(script("function encodeDownlink() {}")).abilities == "e"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        (b"a\0b", "zero byte"),
        (b" " * 600_000, "600000 bytes"),
    ],
)
def test_a_file_that_is_no_text_says_why(content: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make_script("x.js", content)


def test_what_says_nothing_is_flagged_and_never_zero() -> None:
    answers = [
        Answer(Fate.ANSWERED, b'{"data": {"a": null}}'),
        Answer(Fate.ANSWERED, b'{"data": {"a": NaN}}'),
        Answer(Fate.ANSWERED, b"[" * 5000),
        Answer(Fate.OWN_ERRORS, b'["bad"]'),
        Answer(Fate.TOO_SLOW, b""),
        Answer(Fate.NOT_RUN, b""),
        Answer(Fate.ANSWERED, b'{"data": [1, 2]}'),
    ]
    found = readings_of(answers)
    assert (found.parts, found.said) == ([], {})
    assert list(found.problems.values()) == [
        "empty_answer",
        "empty_answer",
        "empty_answer",
        "codec_errors",
        "codec_stopped",
        "codec_not_run",
        "empty_answer",
    ]


NORMALIZING = script("""
    function decodeUplink(input) { return { data: { t: [20, 21], volts: "3.6 V" } } }
    function normalizeUplink(input) {
      return { data: input.data.t.map((t, i) => (
        { time: new Date(1.7e12 + i * 1000).toISOString(), air: { temperature: t } })) };
    }
""")


def test_normalized_measurements_carry_their_own_times(pool: ScriptPool) -> None:
    [said] = readings_of(run(pool, NORMALIZING, b"\x01")).said.values()
    readings, unmapped = read_said(said.data, said.normalized, {})
    assert readings == [
        Reading("air_temperature", 20.0, 0, "2023-11-14T22:13:20.000Z"),
        Reading("air_temperature", 21.0, 0, "2023-11-14T22:13:21.000Z"),
    ]
    assert unmapped == []


def test_the_profiles_own_lines_come_before_what_was_normalized(pool: ScriptPool) -> None:
    [said] = readings_of(run(pool, NORMALIZING, b"\x01")).said.values()
    profile = {"volts": Target("battery_voltage"), "t": Target("soil_temperature")}
    readings, _ = read_said(said.data, said.normalized, profile)
    assert readings[:3] == [
        Reading("soil_temperature", 20.0),
        Reading("soil_temperature", 21.0, 1),
        Reading("battery_voltage", 3.6),
    ]
    assert {reading.property for reading in readings[3:]} == {"air_temperature"}


def test_a_normalizer_that_fails_costs_the_plain_data_nothing(pool: ScriptPool) -> None:
    source = "function decodeUplink() { return { data: { a: 1 } } }\n"
    fate, text = told(
        pool, script(source + "function normalizeUplink() { return { errors: [1] } }")
    )
    assert (fate, msgspec.json.decode(text)["data"]) == ("A", {"a": 1})


@pytest.mark.parametrize("written", ["5", "undefined", "'x'", "null", "{ data: 1 }"])
def test_a_codec_that_teaches_objects_to_be_something_else_says_nothing(
    pool: ScriptPool, written: str
) -> None:
    teach = f"Object.prototype.toJSON = function () {{ return {written}; }};"
    answers = run(pool, decoding("return { data: { a: 1 } }", before=teach), b"\x01", b"\x02")
    assert readings_of(answers).problems == {0: "empty_answer", 1: "empty_answer"}


def test_many_uplinks_come_back_in_their_order(pool: ScriptPool) -> None:
    codec = decoding("return { data: { n: input.bytes[0] << 8 | input.bytes[1] } }")
    for _ in range(2):  # the second time by all processes at once
        answers = run(pool, codec, *(number.to_bytes(2, "big") for number in range(1500)))
        found = [said_of(answer.text).data[0].value for answer in answers]
        assert found == list(range(1500))


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.floats(allow_nan=False)
        | st.integers()
        | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
        ),
        max_leaves=30,
    )
)
def test_any_answer_is_read_without_a_stumble(document: object) -> None:
    for text in (
        document,
        {"data": document},
        {"data": {}, "normalized": document},
        {"data": {}, "normalized": [document]},
    ):
        said = said_of(msgspec.json.encode(text))
        read_said(said.data, said.normalized, {})


@given(
    uplinks=st.lists(
        st.builds(Uplink, st.integers(0, 255), st.integers(0, 2**52), st.binary(max_size=300)),
        max_size=6,
    ),
    answers=st.lists(st.builds(Answer, st.sampled_from(Fate), st.binary(max_size=40)), max_size=6),
    stateful=st.booleans(),
)
def test_what_goes_over_the_wire_comes_out_of_it(
    uplinks: list[Uplink], answers: list[Answer], *, stateful: bool
) -> None:
    assert list(uplinks_of(uplinks_body(b"k" * 32, uplinks))) == uplinks
    assert answers_of(answers_body(answers, stateful=stateful)) == (answers, stateful)
