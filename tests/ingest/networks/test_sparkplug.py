"""Sparkplug B: births, aliases, sequence, deaths; written by Google's library (recomposed)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.networks import Networks
from ingest.networks.records import (
    NO_TIME,
    Event,
    Ignored,
    Named,
    Record,
    Rejection,
    Several,
    Uplink,
)
from tests.ingest.networks.protos import classes

NOW = 1_771_236_000_000_000
MS = NOW // 1000
INT8, INT16, INT32, INT64, UINT32, UINT64, FLOAT, DOUBLE, BOOLEAN, STRING, DATE = (
    1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13,
)  # fmt: skip


def metric(**fields: Any) -> Any:
    unit = fields.pop("unit", None)
    members = fields.pop("members", None)
    made = classes("sparkplug")["Metric"](**fields)
    if unit:
        made.properties.keys.append("engUnit")
        made.properties.values.add(type=STRING, string_value=unit)
    if members:
        made.template_value.metrics.extend(members)
    return made


def payload(*metrics: Any, seq: int | None = 0, at: int | None = MS) -> bytes:
    made = classes("sparkplug")["Payload"](metrics=metrics)
    if seq is not None:
        made.seq = seq
    if at is not None:
        made.timestamp = at
    raw: bytes = made.SerializeToString()
    return raw


BD_SEQ = metric(name="bdSeq", datatype=UINT64, long_value=4)
BIRTH = (
    BD_SEQ,
    metric(name="Node Control/Rebirth", datatype=BOOLEAN, boolean_value=False),
    metric(name="Cabinet/Voltage", alias=1, datatype=FLOAT, float_value=230.5, unit="V"),
    metric(name="Cabinet/Temperature", alias=2, datatype=INT16, int_value=0xFFF6),
    metric(name="Cabinet/Door", alias=3, datatype=BOOLEAN, boolean_value=True),
)


class Town:
    """One node of one group, and the networks that listen."""

    def __init__(self) -> None:
        self.networks = Networks()
        self.now = NOW

    def send(self, kind: str, raw: bytes, device: str = "") -> Record:
        topic = f"spBv1.0/ville/{kind}/n1" + (f"/{device}" if device else "")
        source, record = self.networks.read(topic, raw, self.now)
        assert source == "sparkplug"
        return record

    def born(self, *metrics: Any, **options: Any) -> None:
        assert isinstance(self.send("NBIRTH", payload(*(metrics or BIRTH), **options)), Several)

    def asked(self) -> list[str]:
        return [request.topic for request in self.networks.requests()]


def named(record: Record) -> tuple[Named, ...]:
    assert isinstance(record, Uplink), record
    return record.named


def test_a_birth_says_that_a_node_is_there_and_what_it_measures() -> None:
    record = Town().send("NBIRTH", payload(*BIRTH))
    assert isinstance(record, Several)
    state, uplink = record.parts
    assert isinstance(state, Event)
    assert (state.subject, state.readings[0].value, state.state) == ("ville:n1", 1, True)
    assert isinstance(uplink, Uplink)
    assert (uplink.dev_eui, uplink.gateway_at, uplink.counted) == ("ville:n1", NOW, False)
    assert uplink.named == (
        Named("Cabinet.Voltage", 230.5, "V", at=NOW),
        Named("Cabinet.Temperature", -10, at=NOW),
        Named("Cabinet.Door", True, at=NOW),
    )


def test_data_may_carry_the_alias_alone() -> None:
    town = Town()
    town.born()
    data = payload(metric(alias=1, float_value=229.0), metric(alias=2, int_value=215), seq=1)
    assert named(town.send("NDATA", data)) == (
        Named("Cabinet.Voltage", 229.0, "V", at=NOW),
        Named("Cabinet.Temperature", 215, at=NOW),
    )
    assert town.asked() == []


def test_an_alias_that_no_birth_gave_is_never_guessed() -> None:
    town = Town()
    data = payload(metric(alias=1, float_value=229.0), seq=9)
    assert town.send("NDATA", data) == Rejection("before_birth", "ville/n1")
    assert town.asked() == ["spBv1.0/ville/NCMD/n1"]
    assert town.send("NDATA", data) == Rejection("before_birth", "ville/n1")
    assert town.asked() == []  # once a minute
    town.now += 61_000_000
    town.send("NDATA", data)
    assert town.asked() == ["spBv1.0/ville/NCMD/n1"]
    town.born()
    assert town.send("NDATA", payload(metric(alias=7, float_value=1), seq=1)) == Rejection(
        "unknown_alias", "7"
    )


def test_a_rebirth_is_asked_for_as_the_specification_says() -> None:
    town = Town()
    town.send("NDATA", payload(metric(alias=1, float_value=1.0)))
    [request] = town.networks.requests()
    told = classes("sparkplug")["Payload"].FromString(request.payload)
    assert told.timestamp == MS
    [one] = told.metrics
    assert (one.name, one.datatype, one.boolean_value) == ("Node Control/Rebirth", BOOLEAN, True)


def data(seq: int, at: int) -> bytes:
    return payload(metric(alias=1, float_value=1.0), seq=seq, at=at)


def test_the_sequence_wraps_and_a_gap_asks_after_the_reorder_timeout() -> None:
    town = Town()
    town.born(seq=254)
    town.send("NDATA", data(255, MS + 1))
    town.send("NDATA", data(0, MS + 2))  # no gap
    town.now += 10_000_000
    town.send("NDATA", data(1, MS + 3))
    assert town.asked() == []
    town.send("NDATA", data(4, MS + 4))  # 2 and 3 are missing
    assert town.asked() == []
    town.now += 6_000_000
    town.send("NDATA", data(5, MS + 5))
    assert town.asked() == ["spBv1.0/ville/NCMD/n1"]


def test_a_message_that_comes_late_closes_the_gap() -> None:
    town = Town()
    town.born(seq=0)
    town.send("NDATA", data(2, MS + 2))
    town.send("NDATA", data(1, MS + 1))
    town.now += 6_000_000
    town.send("NDATA", data(3, MS + 3))
    assert town.asked() == []


def test_the_same_batch_read_again_asks_for_nothing() -> None:
    town = Town()
    stream = [data(seq, MS + seq) for seq in range(1, 40)]
    for _ in range(3):
        for raw in (payload(*BIRTH), *stream):
            town.send("NBIRTH" if raw is not stream[0] and raw == payload(*BIRTH) else "NDATA", raw)
            town.now += 1_000_000
    assert town.asked() == []


def test_a_death_makes_the_node_and_its_devices_stale_unless_it_is_an_old_one() -> None:
    town = Town()
    town.born()
    meter = metric(name="Power", alias=20, datatype=DOUBLE, double_value=1.5)
    assert isinstance(town.send("DBIRTH", payload(meter, seq=1), "meter-1"), Several)
    old = payload(metric(name="bdSeq", datatype=UINT64, long_value=3), seq=None)
    assert town.send("NDEATH", old) == Ignored("stale_death")
    record = town.send("NDEATH", payload(BD_SEQ, seq=None, at=None))
    assert isinstance(record, Several)
    told = {
        part.subject: part.readings[0].value for part in record.parts if isinstance(part, Event)
    }
    assert told == {"ville:n1": 0, "ville:n1:meter-1": 0}
    assert {part.at for part in record.parts if isinstance(part, Event)} == {NO_TIME}


def test_devices_have_aliases_of_their_own_and_an_eui_stands_for_itself() -> None:
    town = Town()
    town.born()
    power = metric(name="Power", alias=1, datatype=INT64, long_value=(1 << 64) - 5)
    record = town.send("DBIRTH", payload(power, seq=1), "0004A30B001C0530")
    assert isinstance(record, Several)
    assert isinstance(record.parts[1], Uplink)
    assert record.parts[1].dev_eui == "0004a30b001c0530"
    assert record.parts[1].named == (Named("Power", -5, at=NOW),)
    again = payload(metric(alias=1, long_value=7), seq=2)
    assert named(town.send("DDATA", again, "0004A30B001C0530"))[0].name == "Power"
    assert isinstance(town.send("DDEATH", payload(seq=3), "0004A30B001C0530"), Several)


@pytest.mark.parametrize(
    ("datatype", "fields", "value"),
    [
        (INT8, {"int_value": 0xFF}, -1),
        (INT8, {"int_value": 0xFFFFFFFF}, -1),
        (INT32, {"int_value": 0x80000000}, -(1 << 31)),
        (UINT32, {"int_value": 0xFFFFFFFF}, 0xFFFFFFFF),
        (INT64, {"long_value": 1 << 63}, -(1 << 63)),
        (UINT64, {"long_value": (1 << 53) + 1}, (1 << 53) + 1),
        (BOOLEAN, {"boolean_value": False}, False),
        (BOOLEAN, {"int_value": 1}, True),
        (STRING, {"string_value": "ouvert"}, "ouvert"),
        (FLOAT, {"float_value": 0.1}, 0.1),
        (DOUBLE, {"double_value": float("nan")}, "not finite"),
    ],
)
def test_each_type_is_read_as_it_was_meant(
    datatype: int, fields: dict[str, Any], value: object
) -> None:
    town = Town()
    town.born()
    one = metric(name="x", datatype=datatype, **fields)
    assert [item.value for item in named(town.send("NDATA", payload(one, seq=1)))] == [value]


def test_nulls_dates_and_controls_are_no_values_and_history_is_marked() -> None:
    town = Town()
    town.born()
    record = town.send(
        "NDATA",
        payload(
            metric(name="a", is_null=True, datatype=FLOAT),
            metric(name="b", datatype=DATE, long_value=MS),
            metric(name="Node Control/Next", datatype=BOOLEAN, boolean_value=True),
            metric(name="c", datatype=FLOAT, float_value=2.0, is_historical=True, timestamp=MS - 5),
            metric(
                name="t", datatype=19, members=[metric(name="in", datatype=FLOAT, float_value=3)]
            ),
            seq=1,
        ),
    )
    assert named(record) == (
        Named("c", 2.0, at=NOW - 5000, historical=True),
        Named("t.in", 3.0, at=NOW),
    )


@pytest.mark.parametrize(
    ("topic", "raw", "answer"),
    [
        ("spBv1.0/STATE/host", b'{"online":true}', Ignored("host_state")),
        ("spBv1.0/g/NCMD/n", b"", Ignored("command")),
        ("spBv1.0/g/DCMD/n/d", b"", Ignored("command")),
        ("spBv1.0/g/NDATA/n/d", b"", Rejection("unknown_topic", "spBv1.0/g/NDATA/n/d")),
        ("spBv1.0/g/DDATA/n", b"", Rejection("unknown_topic", "spBv1.0/g/DDATA/n")),
        ("spBv1.0/g//n", b"", Rejection("unknown_topic", "spBv1.0/g//n")),
        ("spBv1.0/g/NBIRTH/n", b"", Rejection("no_values")),
    ],
)
def test_other_messages_end_with_a_reason(topic: str, raw: bytes, answer: Record) -> None:
    assert Networks().read(topic, raw, NOW)[1] == answer


def test_a_payload_cut_anywhere_is_read_or_told() -> None:
    raw = payload(*BIRTH)
    for end in range(len(raw)):
        record = Town().send("NBIRTH", raw[:end])
        assert isinstance(record, (Several, Rejection))


def test_a_flood_of_nodes_and_metrics_is_forgotten_in_order() -> None:
    networks = Networks()
    for number in range(2_100):
        networks.read(f"spBv1.0/g/NDATA/n{number}", payload(), NOW)
    many = [metric(name=f"m{number}", alias=number) for number in range(15_000)]
    for number in range(20):
        networks.read(f"spBv1.0/g/NBIRTH/big{number}", payload(*many), NOW)
    for number in range(15):  # one node of many devices: it is forgotten itself
        networks.read(f"spBv1.0/g/DBIRTH/wide/d{number}", payload(*many), NOW)
    kept = networks.sparkplug
    assert kept._size <= 200_000
    assert kept._size == sum(node.size for node in kept._nodes.values())
    assert len(networks.requests()) <= 1_000


@settings(max_examples=150, deadline=None)
@given(
    at=st.integers(0, 160),
    size=st.integers(0, 20),
    more=st.binary(max_size=10),
    kind=st.sampled_from(["NBIRTH", "NDATA", "NDEATH"]),
)
def test_damaged_payloads_never_raise(at: int, size: int, more: bytes, kind: str) -> None:
    town = Town()
    town.born()
    raw = payload(*BIRTH, metric(name="t", datatype=19, members=[BD_SEQ]))
    assert isinstance(
        town.send(kind, raw[:at] + more + raw[at + size :]), (Uplink, Several, Ignored, Rejection)
    )
