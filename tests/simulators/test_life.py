"""The town on a real broker."""

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
import polars as pl
from paho.mqtt.enums import CallbackAPIVersion

from ingest.codecs import milesight
from ingest.networks.chirpstack_v4_wire import command_topic, write_downlink
from simulators.broker import Line
from simulators.city import City
from simulators.events import FLOOD_TOPIC
from simulators.life import Life
from simulators.simulation import Simulation
from simulators.testing import TINY_NOW
from twin.clock import SystemClock

_PATIENCE_S = 120.0


class _Listener:
    """Another client of the broker: hears everything, sends orders."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="test-listener")
        if parts.username:
            client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        self.heard: list[tuple[str, dict[str, Any], bool]] = []
        self.client = client
        ready = threading.Event()
        client.on_subscribe = lambda *_: ready.set()
        client.on_message = lambda _c, _d, m: self.heard.append(
            (m.topic, json.loads(m.payload), m.retain)
        )
        client.on_connect = lambda c, *_: c.subscribe("#", 1)
        client.connect(parts.hostname or "", parts.port or 1883)
        client.loop_start()
        assert ready.wait(_PATIENCE_S), "the broker does not let the listener in"

    def wait_for(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + _PATIENCE_S
        while not condition():
            assert time.monotonic() < end, f"waited in vain; heard {len(self.heard)} messages"
            time.sleep(0.05)

    def count(self, kind: str) -> int:
        return sum(topic.endswith(kind) for topic, _, _ in self.heard)


def test_a_town_lives_on_a_broker_and_obeys(broker: str, hamlet: City, tmp_path: Path) -> None:
    clock = SystemClock(TINY_NOW - SystemClock().now())
    line = Line(broker, "test-town")
    line.open()
    listener = _Listener(broker)
    state = tmp_path / "world.json"
    simulation = Simulation(hamlet, clock.now())
    life = Life(simulation, line, clock, speed=30.0, state=state)
    stop = threading.Event()
    thread = threading.Thread(target=life.live, args=(lambda: not stop.is_set(),))
    thread.start()
    try:
        listener.wait_for(lambda: listener.count("/event/up") > 50)
        assert listener.count("/state/conn") == len(hamlet.frame("gateways"))
        _open_valve(hamlet, listener.client, clock)
        listener.wait_for(lambda: listener.count("/event/txack") == 1)
        listener.wait_for(lambda: simulation.population.valves.is_open[0])
        listener.client.publish(FLOOD_TOPIC, json.dumps(hamlet.flood), qos=1)
        listener.wait_for(lambda: simulation.snapshot()["tripped"])
    finally:
        stop.set()
        thread.join(_PATIENCE_S)
        line.close()
        listener.client.disconnect()
        listener.client.loop_stop()
    assert not thread.is_alive()
    assert json.loads(state.read_text())["tripped"] == simulation.snapshot()["tripped"]


def _open_valve(city: City, client: mqtt.Client, clock: SystemClock) -> None:
    valve = city.frame("devices").filter(pl.col("asset_code") == "V-001").row(0, named=True)
    body = write_downlink(
        "6f9e9f0e-7d1f-4c12-9a6a-2f2f5f0e0001",
        valve["dev_eui"],
        milesight.encode_valve(is_open=True, duration_s=36_000),
        f_port=85,
        confirmed=True,
        expires_at=clock.now() + timedelta(hours=10),
    )
    client.publish(command_topic(valve["application"], valve["dev_eui"]), body, qos=1)
