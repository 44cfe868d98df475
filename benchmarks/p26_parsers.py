"""P26: what one message costs in each network's parser, and how that grows with its size.

Yardstick: reading the same JSON into plain objects, and nothing more. A parser is linear where a
message sixteen times as large costs about sixteen times as much.
"""

import json
from collections.abc import Callable
from time import process_time
from typing import Any

import msgspec

from benchmarks.rows import Row
from ingest.mapping import read_named, tables_of
from ingest.networks import Networks
from ingest.networks.objects import named_of
from ingest.networks.plain import PlainNetwork, TopicRule
from ingest.networks.records import Uplink
from ingest.networks.values import Target
from tests.fuzz.targets import NOW, targets
from tests.ingest.networks.samples import LORIOT, THINGPARK, THINGS_STACK
from tests.ingest.networks.test_chirpstack_v4 import UP

MESSAGES = 400
ROUNDS = 7
SMALL, LARGE = 60, 960
_RULES = (TopicRule("plain/+", "{1}", values={"v": Target("voltage")}),)


def run() -> list[Row]:
    """Measure every parser on its own messages, then on large ones."""
    rows = [_cost(name) for name in sorted(targets()) if name != "any-topic"]
    growth = {name: _growth(topic, make) for name, (topic, make) in _LARGE.items()}
    worst = max(growth, key=lambda name: growth[name])
    what = f"messages {LARGE // SMALL} times as large: the parser that grows most, {worst}"
    told = ", ".join(f"{name} {ratio:.1f}" for name, ratio in sorted(growth.items()))
    ratio = growth[worst]
    limit = 1.5 * LARGE / SMALL
    return [*rows, Row("P26", what, ratio, "×", "", None, f"≤ {limit:g} ×", ratio <= limit, told)]


def _cost(name: str) -> Row:
    topics, seeds = targets()[name]
    networks = Networks(PlainNetwork(_RULES))
    networks.read(topics[0], seeds[0], NOW)
    topic, payload = topics[0], seeds[0]
    ours = _micros(lambda: networks.read(topic, payload, NOW))
    if payload[:1] not in {b"{", b"["}:
        return Row("P26", f"reading a message, {name}, {len(payload)} B", ours, "µs")
    plain = _micros(lambda: msgspec.json.decode(payload))
    what = f"reading a message, {name}, {len(payload)} B"
    return Row("P26", what, ours, "µs", "its JSON alone", ours / plain)


def _micros(work: Callable[[], object]) -> float:
    def many() -> None:
        for _ in range(MESSAGES):
            work()

    return _best(many) / MESSAGES * 1e6


def _best(work: Callable[[], object]) -> float:
    """Return the least processor time of several runs: these are short. [s]"""
    best = float("inf")
    for _ in range(ROUNDS):
        began = process_time()
        work()
        best = min(best, process_time() - began)
    return best


def _growth(topic: str, make: Callable[[int], bytes]) -> float:
    """Return how many times as much the large message costs, its names mapped too."""
    networks = Networks(PlainNetwork(_RULES))

    def work(payload: bytes) -> None:
        source, record = networks.read(topic, payload, NOW)
        if isinstance(record, Uplink):
            read_named((*record.named, *named_of(record.decoded)), tables_of(source, {}))

    small, large = make(SMALL), make(LARGE)
    return _best(lambda: work(large)) / _best(lambda: work(small))


def _json(document: Any) -> bytes:
    return json.dumps(document).encode()


def _stack(size: int) -> bytes:
    uplink = THINGS_STACK["uplink_message"] | {"rx_metadata": [{"time": "x"}] * size}
    return _json(THINGS_STACK | {"uplink_message": uplink})


def _points(size: int) -> bytes:
    points = {f"p{number}": {"record": number, "unitId": "Cel"} for number in range(size)}
    return _json({"DevEUI_uplink": THINGPARK["DevEUI_uplink"] | {"points": points}})


_LARGE: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "chirpstack-v4": (
        "application/a/device/b/event/up",
        lambda size: _json(UP | {"rxInfo": UP["rxInfo"] * size}),
    ),
    "things-stack": ("v3/a/devices/d/up", _stack),
    "thingpark": ("x", _points),
    "loriot": ("x", lambda size: _json(LORIOT | {"gws": LORIOT["gws"] * size})),
    "senml": ("t", lambda size: _json([{"bn": "a:", "n": f"x{n}", "v": n} for n in range(size)])),
    "plain": ("plain/m", lambda size: _json([{"v": n, f"k{n}": n} for n in range(size)])),
    "zigbee2mqtt": ("zigbee2mqtt/p", lambda size: _json({f"k{n}": n for n in range(size)})),
    "any topic": ("x", lambda size: b'{"a":"' + b'\\"cmd' * size + b'"}'),
}
"""Messages of any size: the parts that may grow in each network's."""


if __name__ == "__main__":
    for row in run():
        print(row)
