"""nats-server in mosquitto's place: the same users, the same rights, and a stream behind."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from control_center.services.nats_rights import authorization
from control_center.services.registry import running
from control_center.services.services import Services
from tests.support import session
from tests.support.places import reachable_folder, running_services
from twin.errors import ServiceError

_PATIENCE_S = 120.0


def test_who_is_in_no_line_may_do_nothing() -> None:
    written = authorization("user a\ntopic write up/#\n", {"a": "x", "b": "y"}, "pulls")
    users = json.loads(written.removeprefix("authorization "))["users"]
    publish = {one["user"]: one["permissions"]["publish"] for one in users}
    assert publish == {"a": {"allow": ["up", "up.>"]}, "b": {"deny": [">"]}}


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    """A run with nats-server as its broker."""
    try:
        with session.alone("nats"):
            session.programs().nats()
    except ServiceError as error:
        pytest.skip(f"needs nats-server: {error}")
    with reachable_folder() as home, running_services(home, broker="nats") as started:
        yield started


@contextmanager
def _client(services: Services, user: str, heard: list[str] | None = None) -> Iterator[mqtt.Client]:
    parts = urlsplit(services.mqtt_url_for(user))
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"test-{user}")
    client.username_pw_set(unquote(parts.username or ""), unquote(parts.password or ""))
    ready = threading.Event()
    client.on_connect = lambda *_: ready.set()
    if heard is not None:
        client.on_message = lambda _c, _d, message: heard.append(message.topic)
    client.connect(parts.hostname or "", parts.port or 0)
    client.loop_start()
    assert ready.wait(_PATIENCE_S)
    yield client
    client.disconnect()
    client.loop_stop()


def test_devices_report_and_hear_their_orders_and_give_none(services: Services) -> None:
    heard: list[str] = []
    subscribed = threading.Event()
    with _client(services, "ingest", heard) as ingest, _client(services, "devices") as devices:
        ingest.on_subscribe = lambda *_: subscribed.set()
        ingest.subscribe([("application/#", 1), ("v3/#", 1)])
        assert subscribed.wait(_PATIENCE_S)
        forbidden = "application/a/device/1/command/down"
        allowed = "v3/a@t/devices/d/up"
        devices.publish(forbidden, b"{}", qos=0)  # it is thrown out, and comes back
        devices.publish(allowed, b"{}", qos=1)
        _until(lambda: allowed in heard)
    assert forbidden not in heard


def test_other_commands_find_the_stream_and_no_stranger_enters(services: Services) -> None:
    found = running(services.settings.home)
    assert found is not None
    assert found.stream is not None
    assert found.stream.startswith("nats://ingest:")
    assert services.describe()["broker"]["version"]
    configuration = next(services.settings.home.rglob("nats.conf"))
    assert oct(configuration.stat().st_mode)[-3:] == "600"
    address = urlsplit(services.mqtt_url)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="stranger")
    refused = threading.Event()
    client.on_connect = lambda _c, _d, _f, reason, _p: refused.set() if reason.is_failure else None
    client.connect(address.hostname or "", address.port or 0)
    client.loop_start()
    assert refused.wait(_PATIENCE_S)
    client.loop_stop()


def _until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
