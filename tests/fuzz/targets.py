"""What is fuzzed: every parser behind its topics, with messages to start from.

A target takes any bytes. It fails where a parser raises, answers something that the next stage or
the store could not take, or makes more of a message than a message can be worth.
"""

import json
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from ingest.fates import Fates
from ingest.mapping import read_named, tables_of
from ingest.message import Message
from ingest.networks import Networks
from ingest.networks.identifiers import eui, plain_identifier
from ingest.networks.instants import micros
from ingest.networks.objects import MOST, named_of
from ingest.networks.plain import PlainNetwork, TopicRule
from ingest.networks.records import Event, Ignored, Rejection, Several, Uplink
from ingest.networks.values import Target as Meaning
from ingest.read import read
from tests.ingest.networks.samples import (
    AWS,
    EXPORTED,
    JOINING,
    LIVE_OBJECTS,
    LORIOT,
    LORIOT_RX,
    THINGPARK,
    THINGPARK_OLD,
    THINGS_STACK,
)

NOW: Final = 1_771_236_000_000_000
_LARGEST: Final = 262_144

Check = Callable[[bytes], None]


class Fuzzed(NamedTuple):
    """A parser under its topics.

    Attributes
    ----------
    topics : tuple of str
        The first byte of the input chooses one of them.
    seeds : tuple of bytes
        Messages that it reads.
    """

    topics: tuple[str, ...]
    seeds: tuple[bytes, ...]


def _json(*documents: object) -> tuple[bytes, ...]:
    return tuple(json.dumps(document).encode() for document in documents)


def _chirpstack() -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return every event in JSON and in Protobuf, by Google's library."""
    from tests.ingest.networks.test_protobuf import EVENTS, written

    documents = [document for _, _, document in EVENTS]
    return _json(*documents), tuple(written(name, document) for _, name, document in EVENTS)


def _sparkplug() -> tuple[bytes, ...]:
    from tests.ingest.networks.test_sparkplug import BIRTH, metric, payload

    return (
        payload(*BIRTH),
        payload(metric(alias=1, float_value=2.0), metric(alias=2, int_value=215), seq=1),
        payload(metric(name="t", datatype=19, members=[BIRTH[2]]), seq=2),
    )


_KINDS: Final = ("up", "join", "ack", "txack", "log", "status", "location", "integration")


@cache
def targets() -> Mapping[str, Fuzzed]:
    """Return every target by name."""
    from tests.fuzz import codecs
    from tests.ingest.networks.test_conventions import SENSOR
    from tests.ingest.networks.test_other_networks import CAPTURED, HELIUM, V3

    as_json, as_protobuf = _chirpstack()
    v4 = tuple(f"application/a/device/b/event/{kind}" for kind in _KINDS)
    v3 = tuple(f"application/3/device/b/event/{kind}" for kind in (*_KINDS, "error"))
    kinds = ("NBIRTH", "NDATA", "NDEATH")
    return {
        "chirpstack-v4-json": Fuzzed(v4, as_json),
        "chirpstack-v4-protobuf": Fuzzed(v4, as_protobuf),
        "chirpstack-v3": Fuzzed((*v3, "application/rx"), _json(V3, CAPTURED) + as_protobuf[:1]),
        "gateways": Fuzzed(
            ("eu868/gateway/x/state/conn", "gateway/x/event/stats"),
            _json({"gatewayId": "0016c001f153a14c", "state": "ONLINE"}) + as_protobuf[:1],
        ),
        "things-stack": Fuzzed(
            tuple(f"v3/a@t/devices/d/{kind}" for kind in ("up", "join", "down/ack", "down/failed")),
            _json(THINGS_STACK, {**THINGS_STACK, "uplink_message": None}),
        ),
        "thingpark": Fuzzed(("x",), _json(THINGPARK, THINGPARK_OLD)),
        "live-objects": Fuzzed(("fifo/x",), _json(LIVE_OBJECTS)),
        "loriot": Fuzzed(("x",), _json(LORIOT, LORIOT_RX)),
        "helium": Fuzzed(("helium/x/rx",), _json(HELIUM)),
        "reception-export": Fuzzed(("reception/x",), _json(EXPORTED, JOINING)),
        "aws-iot": Fuzzed(("x",), _json(AWS)),
        "sparkplug": Fuzzed(
            (*(f"spBv1.0/g/{kind}/n" for kind in kinds), "spBv1.0/g/DBIRTH/n/d"), _sparkplug()
        ),
        "zigbee2mqtt": Fuzzed(
            ("zigbee2mqtt/a/b", "zigbee2mqtt/a/availability", "zigbee2mqtt/bridge/state"),
            _json(
                {"temperature": 21.5, "last_seen": 1771236990123, "battery": 90, "voltage": 3000}
            ),
        ),
        "tasmota": Fuzzed(
            ("tele/x/SENSOR", "stat/x/RESULT", "stat/x/STATUS10", "tele/x/LWT"), _json(SENSOR)
        ),
        "shelly": Fuzzed(
            ("x/events/rpc", "x/status/switch:0", "shellies/s/relay/0/power", "x/online"),
            _json({"method": "NotifyStatus", "params": {"ts": 1.7e9, "switch:0": {"apower": 1}}}),
        ),
        "senml": Fuzzed(
            ("t",), _json([{"bn": "urn:dev:ow:10e2073a01080063:", "bt": 1.7e9, "n": "x", "v": 1}])
        ),
        "reading": Fuzzed(
            ("reverbere/reading/m",),
            _json({"time": "2026-11-19T20:00:00Z", "values": {"voltage:1": 231}}),
        ),
        "plain": Fuzzed(
            ("plain/m", "bare/m"), (*_json({"ts": 1.7e9, "v": [1, {"value": 2}]}), b"21.5 V")
        ),
        "codecs": codecs.COLUMNS,
        "codec-answers": codecs.ANSWERS,
        "any-topic": Fuzzed(("city/up", "", "/", "a/gateway/b/c", "replay/1/x"), as_json[:2]),
    }


_RULES: Final = (
    TopicRule("plain/+", "{1}", time="ts", values={"v": Meaning("voltage"), "v.0": Meaning("co2")}),
    TopicRule("bare/+", "{1}", property="voltage"),
)


def checked(name: str) -> Check:
    """Return the check of one target."""
    topics, seeds = targets()[name]
    from tests.fuzz import codecs

    if name in codecs.CHECKS:
        return codecs.CHECKS[name]
    networks = Networks(PlainNetwork(_RULES))
    for topic in topics:  # a birth first, so that aliases mean something
        networks.read(topic, seeds[0], NOW)

    def check(data: bytes) -> None:
        topic = topics[data[0] % len(topics)] if data else topics[0]
        fates = Fates([Message(topic, data[1:], NOW, 1)])
        records = read(fates, networks, _LARGEST)
        for _, record in (*records.uplinks, *records.events):
            _check_record(record)
        if not records.uplinks and not records.events:
            [(_, reason)] = fates.counts()
            assert reason.replace("_", "").isalnum()
        _, answer = networks.read(topic, data[1:], NOW)
        assert isinstance(answer, (Uplink, Event, Several, Rejection, Ignored))

    return check


def _check_record(record: Uplink | Event) -> None:
    if isinstance(record, Event):
        assert eui(record.subject) or plain_identifier(record.subject)
        assert record.kind
        assert isinstance(json.loads(record.detail), dict)
        micros(record.at)
        return
    assert eui(record.dev_eui) or plain_identifier(record.dev_eui)
    assert 0 <= record.f_port <= 255
    assert 0 <= record.f_cnt < 1 << 32
    assert record.session.isprintable()
    assert isinstance(json.loads(record.receptions), list)
    for instant in (record.gateway_at, record.network_at, record.application_at):
        assert -(1 << 63) <= micros(instant) < 1 << 63
    assert all(math.isfinite(reading.value) for reading in record.readings)
    named = (*record.named, *named_of(record.decoded))
    assert len(named) <= 40 * MOST
    readings, _ = read_named(named, tables_of(record.network, {}))
    assert all(math.isfinite(reading.value) for reading in readings)
    assert all(-(1 << 63) <= micros(reading.at) < 1 << 63 for reading in readings)


def seeds_of(name: str) -> list[bytes]:
    """Return a target's messages, each behind every choice of a topic."""
    topics, seeds = targets()[name]
    return [bytes([number]) + seed for number in range(len(topics)) for seed in seeds]


def explain(name: str, data: bytes) -> dict[str, Any]:
    """Say what an input was, for whoever looks at a failure."""
    topics, _ = targets()[name]
    topic = topics[data[0] % len(topics)] if data else topics[0]
    return {"target": name, "topic": topic, "payload": data[1:][:2000].hex()}
