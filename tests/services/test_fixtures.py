"""The shared fixtures keep their promises."""

import socket
import time
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import pytest

from tests.support.brokers import Broker
from twin.store.database import Database
from twin.store.migrate import migrations, schema_version


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_migrated_store(database: Database, turn: int) -> None:
    with database.connection() as connection:
        rows = connection.execute("SELECT count(*) FROM audit").fetchone()
        connection.execute(
            "INSERT INTO audit (at, person, role, act, subject) VALUES (now(), 'a', 'b', 'c', 'd')"
        )
    assert rows == (0,)
    assert schema_version(database) == migrations()[-1].number


def test_a_brokers_port_stays_its_own_while_it_is_down(broker_server: Broker) -> None:
    port = urlsplit(broker_server.url).port
    broker_server.kill()
    with (
        socket.socket() as stranger,
        pytest.raises(OSError, match="Address already in use"),
    ):
        stranger.bind(("127.0.0.1", port))
    broker_server.start()


def test_the_broker_takes_and_gives_messages(broker: str) -> None:
    address = urlsplit(broker)
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    seen: list[bytes] = []
    client.on_message = lambda _c, _u, message: seen.append(message.payload)
    client.connect(address.hostname or "", address.port or 0)
    client.subscribe("essai", qos=1)
    client.publish("essai", b"lumi\xc3\xa8re", qos=1)
    end = time.monotonic() + 120
    while not seen and time.monotonic() < end:
        client.loop(0.02)
    client.disconnect()
    assert seen == [b"lumi\xc3\xa8re"]
