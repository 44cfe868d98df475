"""A broker of ours keeps what it accepted, and lets in whom it should."""

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import pytest

from control_center.services.mosquitto import USERS, MosquittoServer, passwords
from control_center.services.processes import wait_until
from control_center.services.supervisor import Supervised
from tests.support import session
from tests.support.brokers import Broker, reserve_port

BURST = 3000


class Client:
    """A client in a few words; everything at QoS 1, in a session that stays."""

    def __init__(self, url: str, name: str, password: str | None = None) -> None:
        parts = urlsplit(url)
        self.received: list[bytes] = []
        self.reason = ""
        self._mqtt = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id=name, clean_session=False
        )
        if parts.username:
            self._mqtt.username_pw_set(parts.username, password or parts.password)
        self._mqtt.on_message = lambda _c, _u, message: self.received.append(message.payload)
        self._mqtt.on_connect = self._connected
        self._mqtt.connect(parts.hostname or "", parts.port or 0)
        self._mqtt.loop_start()
        assert wait_until(lambda: bool(self.reason), 120)

    def _connected(self, *told: object) -> None:
        self.reason = str(told[3])

    def subscribe(self, topic: str) -> None:
        granted: list[str] = []
        self._mqtt.on_subscribe = lambda *told: granted.append(str(told[3]))
        self._mqtt.subscribe(topic, qos=1)
        assert wait_until(lambda: bool(granted), 120)

    def publish(self, topic: str, payloads: list[bytes]) -> None:
        last = [self._mqtt.publish(topic, payload, qos=1) for payload in payloads]
        for sent in last:
            sent.wait_for_publish(120)

    def leave(self) -> None:
        self._mqtt.disconnect()
        self._mqtt.loop_stop()


def test_a_burst_for_a_consumer_that_is_away_is_kept_whole(broker_server: Broker) -> None:
    """With mosquitto's defaults two thirds of it would be gone, although acknowledged."""
    consumer = Client(broker_server.url, "consumer")
    consumer.subscribe("essai/#")
    consumer.leave()
    publisher = Client(broker_server.url, "publisher")
    publisher.publish("essai/1", [b"%d" % number for number in range(BURST)])
    publisher.leave()
    broker_server.stop()
    broker_server.start()
    back = Client(broker_server.url, "consumer")
    assert wait_until(lambda: len(back.received) >= BURST, 120)
    back.leave()
    assert sorted(int(payload) for payload in back.received) == list(range(BURST))


@pytest.fixture
def guarded(place: Path) -> Iterator[MosquittoServer]:
    with reserve_port() as held:
        yield MosquittoServer(
            session.programs().mosquitto(),
            place / "broker",
            held.getsockname()[1],
            session.account(),
            passwords(place),
        )


def test_only_those_with_a_password_get_in_and_do_what_is_theirs(
    guarded: MosquittoServer, place: Path
) -> None:
    broker = Supervised(guarded.program(place / "broker.log", place / "run"))
    broker.start()
    try:
        ingest = Client(guarded.url("ingest"), "ingest")
        assert ingest.reason == "Success"
        ingest.subscribe("#")
        devices = Client(guarded.url("devices"), "devices")
        devices.publish("application/1/device/ab/event/up", [b"mesure"])
        devices.publish("reverbere/event/flood", [b"faux"])
        ingest.publish("reverbere/event/flood", [b"vrai"])
        assert wait_until(lambda: len(ingest.received) == 2, 120)
        assert sorted(ingest.received) == [b"mesure", b"vrai"]
        stranger = Client(guarded.url("devices"), "stranger", password="faux")
        nobody = Client(guarded.url("ingest").replace("ingest:", "personne:"), "nobody")
        assert stranger.reason == nobody.reason == "Not authorized"
        for client in (ingest, devices, stranger, nobody):
            client.leave()
    finally:
        broker.stop()


REPORTS = (
    "application/1/device/ab/event/up",
    "application/1/device/ab/rx",
    "eu868/gateway/0016c001f153a14c/state/conn",
    "gateway/0016c001f153a14c/event/stats",
    "v3/app@city/devices/valve-7/up",
    "v3/app@city/devices/valve-7/down/ack",
    "fifo/lamps",
    "router/~event/v1/data/new/typ/x/dev/y/con/lora/evt/z/grp/a",
    "helium/0a/rx",
    "spBv1.0/ville/NBIRTH/n1",
    "spBv1.0/ville/DDATA/n1/meter",
    "zigbee2mqtt/prise",
    "zigbee2mqtt/prise/availability",
    "tele/cour/prise/SENSOR",
    "stat/prise/RESULT",
    "shellypro4pm-f008d1d8b8b8/events/rpc",
    "shellypro4pm-f008d1d8b8b8/online",
    "shellies/shelly1-A1B2C3/relay/0/power",
    "uplink/thingpark",
    "reverbere/reading/meter-7",
    "chantier/7/temp",
)
"""What networks and devices write; the last one is a territory's own filter."""
ORDERS = (
    "application/1/device/ab/command/down",
    "application/1/device/ab/tx",
    "v3/app@city/devices/valve-7/down/push",
    "v3/app@city/devices/valve-7/down/replace",
    "helium/0a/tx/1",
    "spBv1.0/ville/NCMD/n1",
    "spBv1.0/ville/DCMD/n1/meter",
    "zigbee2mqtt/prise/set",
    "zigbee2mqtt/bridge/request/permit_join",
    "cmnd/prise/POWER",
    "shellies/shelly1-A1B2C3/relay/0/command",
    "shellypro4pm-f008d1d8b8b8/rpc",
)
"""What devices obey: theirs to hear, not to give."""


def test_devices_report_by_every_network_and_give_no_orders(
    guarded: MosquittoServer, place: Path
) -> None:
    server = replace(guarded, topics=("chantier/+/temp",))
    broker = Supervised(server.program(place / "broker.log", place / "run"))
    broker.start()
    try:
        ingest = Client(server.url("ingest"), "ingest")
        devices = Client(server.url("devices"), "devices")
        for client in (ingest, devices):
            client.subscribe("#")
        for topic in (*ORDERS, *REPORTS):  # what is refused ends nobody's connection
            devices.publish(topic, [f"told {topic}".encode()])
        assert wait_until(lambda: len(ingest.received) >= len(REPORTS), 120)
        assert ingest.received == [f"told {topic}".encode() for topic in REPORTS]
        for topic in ORDERS:
            ingest.publish(topic, [f"ordered {topic}".encode()])
        heard = [f"ordered {topic}".encode() for topic in ORDERS]
        assert wait_until(lambda: set(heard) <= set(devices.received), 120)
    finally:
        broker.stop()
        for client in (ingest, devices):
            client.leave()


def test_passwords_are_made_once_and_for_our_eyes_alone(tmp_path: Path) -> None:
    made = passwords(tmp_path)
    assert set(made) == set(USERS)
    assert len(set(made.values())) == len(USERS)
    assert passwords(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secrets/mqtt.json").stat().st_mode) == 0o600


def test_the_broker_keeps_no_password_in_clear(guarded: MosquittoServer) -> None:
    guarded.prepare()
    kept = (guarded.state / "passwords").read_text()
    assert not any(word in kept for word in guarded.passwords.values())
    assert stat.S_IMODE((guarded.state / "passwords").stat().st_mode) == 0o600


def test_it_listens_on_this_machine_alone(guarded: MosquittoServer) -> None:
    guarded.prepare()
    lines = (guarded.state / "mosquitto.conf").read_text().splitlines()
    assert [line for line in lines if line.startswith("listener")] == [
        f"listener {guarded.port} 127.0.0.1"
    ]
    for needed in ("max_inflight_messages 0", "max_queued_messages 1000000000", "persistence true"):
        assert needed in lines
