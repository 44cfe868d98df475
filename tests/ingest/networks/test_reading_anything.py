"""Whatever bytes come on whatever topic, every parser answers, and soon."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.networks import Networks
from ingest.networks.identifiers import base64_bytes, eui, plain_identifier
from ingest.networks.instants import by_magnitude, columns, datetime_of, micros, text_of
from ingest.networks.plain import PlainNetwork, TopicRule
from ingest.networks.records import NO_TIME, Event, Ignored, Rejection, Uplink
from tests.ingest.networks.test_chirpstack_v4 import UP
from tests.ingest.networks.test_other_networks import CAPTURED, HELIUM, V3

NETWORKS = Networks(
    PlainNetwork(
        (
            TopicRule("plain/+", "{1}", property="voltage"),
            TopicRule("bad/#", "{9}", property="voltage"),
        )
    )
)
TOPICS = st.sampled_from(
    [
        "application/a/device/b/event/up",
        "application/a/device/b/event/ack",
        "application/a/device/b/event/txack",
        "application/a/device/b/event/log",
        "application/a/device/b/event/status",
        "application/rx",
        "application/status",
        "helium/x/rx",
        "eu868/gateway/x/state/conn",
        "gateway/x/event/stats",
        "reverbere/reading/m",
        "plain/m",
        "bad/m",
        "other",
        "",
        "/",
        "gateway",
    ]
)
GOOD = [json.dumps(message).encode() for message in (UP, V3, CAPTURED, HELIUM)]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*UP, *V3, *HELIUM, "values", "time", "x"]), inner, max_size=6
        )
    ),
    max_leaves=12,
)


def _cut(message: bytes, start: int, end: int, more: bytes) -> bytes:
    return message[:start] + more + message[end:]


MUTATED = st.builds(
    _cut, st.sampled_from(GOOD), st.integers(0, 900), st.integers(0, 900), st.binary(max_size=6)
)
PAYLOADS = st.one_of(
    st.binary(max_size=200), MUTATED, JSON.map(lambda value: json.dumps(value).encode())
)


@settings(max_examples=600, deadline=None)
@given(topic=TOPICS | st.text(max_size=20), payload=PAYLOADS)
def test_every_message_has_an_answer(topic: str, payload: bytes) -> None:
    source, record = NETWORKS.read(topic, payload)
    assert source
    match record:
        case Uplink():
            assert eui(record.dev_eui) or plain_identifier(record.dev_eui)
            assert 0 <= record.f_port <= 255
        case Event():
            assert record.kind
        case Rejection() | Ignored():
            assert record.reason.replace("_", "").isalnum()


@pytest.mark.parametrize(
    "spelling",
    [
        "0004A30B001C0530",
        "00-04-a3-0b-00-1c-05-30",
        "eui-0004a30b001c0530",
        "AASjCwAcBTA=",
        "AASjCwAcBTA",
    ],
)
def test_an_eui_has_one_spelling(spelling: str) -> None:
    assert eui(spelling) == "0004a30b001c0530"


@pytest.mark.parametrize(
    "spelling", ["", "0004a30b001c053", "0004a30b001c05300", "AAAAAAAAAAAAAAAA+", "g" * 16]
)
def test_what_is_no_eui_is_none(spelling: str) -> None:
    assert eui(spelling) is None


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("", b""),
        ("AQI=", b"\x01\x02"),
        ("AQI", b"\x01\x02"),
        ("_-8=", b"\xff\xef"),
        ("A", None),
        ("A*==", None),
    ],
)
def test_base64_of_all_kinds(text: str, raw: bytes | None) -> None:
    assert base64_bytes(text) == raw


@given(raw=st.binary(max_size=40))
def test_base64_without_padding_reads_as_with(raw: bytes) -> None:
    import base64

    text = base64.urlsafe_b64encode(raw).decode()
    assert base64_bytes(text) == base64_bytes(text.rstrip("=")) == raw


@given(instant=st.integers(-(10**15), 4 * 10**15))
def test_an_instant_survives_being_written(instant: int) -> None:
    assert micros(text_of(instant)) == instant
    assert columns([text_of(instant), ""]).tolist() == [instant, NO_TIME]
    assert columns([text_of(instant), instant, NO_TIME]).tolist() == [instant, instant, NO_TIME]
    assert text_of(instant) == datetime_of(instant).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


@settings(max_examples=300)
@given(
    texts=st.lists(
        st.text(max_size=30) | st.datetimes(timezones=st.timezones()).map(str), max_size=4
    )
)
def test_many_instants_read_as_one_by_one(texts: list[str]) -> None:
    assert columns(texts).tolist() == [micros(text) for text in texts]


@pytest.mark.parametrize(
    "text", ["now", "today", "NaT", "2026-11-19", "2026-11-19T20:00:00", "20:00"]
)
def test_a_word_is_no_instant(text: str) -> None:
    assert columns([text]).tolist() == [NO_TIME] == [micros(text)]


@given(count=st.floats(allow_nan=True, allow_infinity=True) | st.integers())
def test_a_count_of_any_size_is_an_instant_or_none(count: float) -> None:
    assert isinstance(by_magnitude(count), int)
