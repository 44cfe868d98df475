"""Orders down: each acts at most once, never late, and is done when the device says so."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.codecs import milesight, volc2180
from ingest.codecs.profiles import profiles
from ingest.commands import CommandSender, Downlinks
from ingest.message import Message
from ingest.networks.chirpstack_v4_wire import Downlink, command_topic, read_downlink
from ingest.orders import confirms, write_order
from ingest.settings import IngestSettings
from ingest.sources.mqtt import prepare
from tests.ingest.sources.brokers import until
from tests.ingest.streams import APPLICATION, device, event, message, take, up
from twin.clock import VirtualClock
from twin.errors import Refused
from twin.model.states import CommandState
from twin.store import commands
from twin.store.commands import CommandRecord, Evidence
from twin.store.database import Database

NOW = datetime(2026, 11, 19, 21, 0, tzinfo=UTC)
VALVE = device(1, "uc511")
OPEN = {"duration_s": 600}


def ask(
    database: Database, verb: str = "open_valve", minutes: float = 10, **parameters: Any
) -> UUID:
    with database.connection() as connection:
        asset = connection.execute(
            "INSERT INTO asset (kind, code, valid_from) VALUES ('valve', 'V-1', %s)"
            " ON CONFLICT (kind, code) WHERE valid_to IS NULL DO UPDATE SET name = '' RETURNING id",
            (NOW,),
        ).fetchone()
        assert asset
        connection.execute(
            "INSERT INTO device (dev_eui, network, profile, application, asset_id, registered)"
            " VALUES (%s, 'chirpstack_v4', 'uc511', %s, %s, true) ON CONFLICT DO NOTHING",
            (VALVE.dev_eui, APPLICATION, asset[0]),
        )
        record = commands.request(
            connection,
            person="gardener",
            idempotency_key=str(uuid4()),
            asset_id=asset[0],
            dev_eui=VALVE.dev_eui,
            verb=verb,
            parameters=parameters or OPEN,
            issued_at=NOW,
            now=NOW,
            expires_at=NOW + timedelta(minutes=minutes),
        )
    return record.id


def state(database: Database, order: UUID) -> CommandRecord:
    with database.connection() as connection:
        return commands.command(connection, order)


def history(database: Database, order: UUID) -> list[str]:
    with database.connection() as connection:
        return [str(step.state) for step in commands.steps(connection, order)]


class NetworkServer:
    """Hears orders as ChirpStack does."""

    def __init__(self, url: str) -> None:
        self.heard: list[Downlink] = []
        self.retained = False
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="network-server")
        self._subscribed = threading.Event()
        self._client.on_connect = lambda *_: self._client.subscribe(command_topic("+", "+"), 1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._take
        prepare(self._client, urlsplit(url), 60)
        self._client.reconnect()
        self._client.loop_start()
        assert self._subscribed.wait(120)

    def _take(self, _client: Client, _data: object, message: Any) -> None:
        self.retained |= message.retain
        order = read_downlink(message.topic, message.payload)
        assert order is not None
        self.heard.append(order)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def network(broker: str) -> Iterator[NetworkServer]:
    made = NetworkServer(broker)
    yield made
    made.close()


@contextmanager
def sending(
    database: Database, url: str, clock: VirtualClock | None = None
) -> Iterator[CommandSender]:
    sender = CommandSender(
        database,
        Downlinks(url, "test", 60),
        profiles(),
        IngestSettings(command_grace_s=60),
        clock or VirtualClock(NOW + timedelta(seconds=1)),
    )
    sender.start()
    try:
        yield sender
    finally:
        sender.stop()


def test_an_order_goes_down_once_and_is_done_when_the_device_says_so(
    database: Database, broker: str, network: NetworkServer
) -> None:
    order = ask(database)
    clock = VirtualClock(NOW + timedelta(seconds=1))
    with sending(database, broker, clock):
        assert until(lambda: state(database, order).state == "queued")
        assert until(lambda: network.heard)
        [heard] = network.heard
        assert (heard.id, heard.dev_eui, heard.f_port) == (str(order), VALVE.dev_eui, 85)
        assert heard.confirmed
        assert heard.expires_at == "2026-11-19T21:10:00.000000Z"
        obeyed = milesight.decode_command(heard.payload)
        assert obeyed is not None
        assert obeyed[:3] == (0, True, 600)
        at = NOW + timedelta(seconds=5)
        take(database, [event(1, "txack", at, queueItemId=str(order), downlinkId=1)])
        assert state(database, order).state == "sent"
        take(database, [event(1, "ack", at, queueItemId=str(order), acknowledged=True)])
        assert state(database, order).state == "acknowledged"
        clock.move_to(NOW + timedelta(seconds=10))
        opened = milesight.encode("uc511", valve_open=1)
        take(database, [up(1, 1, NOW + timedelta(seconds=9), profile="uc511", payload=opened)])
        assert until(lambda: state(database, order).state == "confirmed")
        later = ask(database)
        assert until(lambda: str(later) in {one.id for one in network.heard})
    assert [one.id for one in network.heard] == [str(order), str(later)]
    assert not network.retained
    assert history(database, order) == ["requested", "queued", "sent", "acknowledged", "confirmed"]


def test_an_order_survives_the_absence_of_ingest_and_expires_on_its_own(
    database: Database, broker: str, network: NetworkServer
) -> None:
    kept, over = ask(database), ask(database, minutes=0.5)
    with sending(database, broker, VirtualClock(NOW + timedelta(minutes=1))):
        assert until(lambda: network.heard)
        assert until(lambda: state(database, over).state == "expired")
    assert [heard.id for heard in network.heard] == [str(kept)]
    later = ask(database)
    with sending(database, broker, VirtualClock(NOW + timedelta(minutes=2))):
        assert until(lambda: str(later) in {one.id for one in network.heard})
    # started again: nothing is sent a second time
    assert [one.id for one in network.heard] == [str(kept), str(later)]


def test_an_order_that_nothing_confirms_ends_as_unconfirmed(
    database: Database, broker: str, network: NetworkServer
) -> None:
    order = ask(database)
    clock = VirtualClock(NOW + timedelta(seconds=1))
    with sending(database, broker, clock):
        assert until(lambda: network.heard)
        clock.move_to(NOW + timedelta(minutes=10, seconds=30))
        time.sleep(1.2)
        assert state(database, order).state == "queued"  # it may still be heard of
        clock.move_to(NOW + timedelta(minutes=11))
        assert until(lambda: state(database, order).state == "failed")
    assert state(database, order).reason == "unconfirmed"


def test_old_news_of_a_valve_confirms_nothing(
    database: Database, broker: str, network: NetworkServer
) -> None:
    opened = milesight.encode("uc511", valve_open=1)
    take(database, [up(1, 1, NOW - timedelta(minutes=1), profile="uc511", payload=opened)])
    order = ask(database)
    with sending(database, broker):
        assert until(lambda: network.heard)
        time.sleep(1.2)
    assert state(database, order).state == "queued"


def test_an_order_without_a_way_fails_with_its_reason(database: Database, broker: str) -> None:
    order = ask(database)
    with database.connection() as connection:
        connection.execute("UPDATE device SET application = ''")
    with sending(database, broker):
        assert until(lambda: state(database, order).state == "failed")
    assert state(database, order).reason == "no_route"


def test_a_refused_order_says_so(database: Database) -> None:
    order = ask(database)
    take(database, [event(1, "ack", NOW, queueItemId=str(order))])
    found = state(database, order)
    assert (found.state, found.reason) == ("refused", "not_acknowledged")


def test_events_of_other_peoples_orders_change_nothing(database: Database) -> None:
    order = ask(database)
    for foreign in (str(uuid4()), "not-a-uuid"):
        take(database, [event(1, "txack", NOW, queueItemId=foreign, downlinkId=2)])
    assert state(database, order).state == "requested"


@pytest.mark.parametrize(
    ("profile", "verb", "parameters", "payload"),
    [
        ("uc511", "open_valve", {"duration_s": 600, "valve": 1}, "ff1da107580200" + "00000000"),
        ("uc511", "close_valve", {}, "ff1d0007" + "00" * 7),
        ("volc2180", "dim", {"level": 40}, volc2180.encode_dim(40).hex()),
        ("volc2180", "switch_on", {}, "1201"),
        ("volc2180", "switch_off", {}, "1200"),
        ("ws558", "switch_on", {}, "080101"),
    ],
)
def test_orders_are_written_natively(
    profile: str, verb: str, parameters: dict[str, Any], payload: str
) -> None:
    order = write_order(profiles()[profile], UUID(bytes=b"\x07" * 16), verb, parameters)
    assert order.payload.hex() == payload
    assert order.f_port == profiles()[profile].f_port


def test_a_device_that_does_not_obey_a_verb_is_told() -> None:
    with pytest.raises(Refused, match="do not obey 'dim'"):
        write_order(profiles()["uc511"], uuid4(), "dim", {"level": 1})


@pytest.mark.parametrize(
    ("verb", "parameters", "property_", "channel", "value", "done"),
    [
        ("open_valve", OPEN, "valve_open", 0, 1, True),
        ("open_valve", OPEN, "valve_open", 0, 0, False),
        ("open_valve", OPEN | {"valve": 1}, "valve_open", 0, 1, False),
        ("close_valve", {"valve": 1}, "valve_open", 1, 0, True),
        ("dim", {"level": 40}, "dimming_level", 0, 40.4, True),
        ("dim", {"level": 40}, "dimming_level", 0, 100, False),
        ("dim", {"level": 40}, "lamp_on", 0, 1, False),
        ("switch_on", {}, "lamp_on", 0, 1, True),
        ("switch_off", {}, "lamp_on", 0, 0, True),
        ("switch_off", {}, "dimming_level", 0, 0, True),
        ("switch_on", {}, "valve_open", 0, 1, False),
    ],
)
def test_only_the_matching_telemetry_confirms(
    verb: str, parameters: dict[str, Any], property_: str, channel: int, value: float, *, done: bool
) -> None:
    seen = Evidence(uuid4(), verb, parameters, property_, channel, value, NOW)
    assert confirms(seen) is done


def test_every_state_has_its_way() -> None:
    assert set(commands._FROM) == set(CommandState)


# ------------------------------------------------------------- The Things Stack
STACK_DEVICE = "v3/app1@t1/devices/valve-7"


def on_the_stack(database: Database) -> None:
    """Let the valve be one of The Things Stack, as its first uplink tells."""
    with database.connection() as connection:
        connection.execute("DELETE FROM device")
        connection.execute(
            "INSERT INTO device (dev_eui, network, profile, application, registered)"
            " VALUES (%s, '', 'uc511', '', true)",
            (VALVE.dev_eui,),
        )
    ids = {"device_id": "valve-7", "dev_eui": VALVE.dev_eui.upper()}
    first = {"end_device_ids": ids, "uplink_message": {"f_cnt": 1, "frm_payload": "AQ=="}}
    take(database, [message(f"{STACK_DEVICE}/up", first, NOW)])


def stack_event(order: UUID, word: str, at: datetime, **more: Any) -> Message:
    body = {
        "end_device_ids": {"device_id": "valve-7", "dev_eui": VALVE.dev_eui.upper()},
        "received_at": at.isoformat(),
        f"downlink_{word}": {"correlation_ids": ["as:downlink:01E0", f"reverbere:order:{order}"]},
        **more,
    }
    return message(f"{STACK_DEVICE}/down/{word}", body, at)


@pytest.fixture
def stack(broker: str) -> Iterator[list[tuple[str, Any]]]:
    """Hear what goes down to The Things Stack."""
    heard: list[tuple[str, Any]] = []
    client = Client(CallbackAPIVersion.VERSION2, client_id="stack")
    subscribed = threading.Event()
    client.on_connect = lambda *_: client.subscribe("v3/+/devices/+/down/+", 1)
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = lambda *told: heard.append((told[2].topic, json.loads(told[2].payload)))
    prepare(client, urlsplit(broker), 60)
    client.reconnect()
    client.loop_start()
    assert subscribed.wait(120)
    yield heard
    client.disconnect()
    client.loop_stop()


def test_an_order_goes_down_to_the_things_stack_and_comes_back_by_its_own_id(
    database: Database, broker: str, stack: list[tuple[str, Any]]
) -> None:
    on_the_stack(database)
    order = ask(database)
    with sending(database, broker):
        assert until(lambda: stack)
    [(topic, told)] = stack
    assert topic == f"{STACK_DEVICE}/down/push"
    [down] = told["downlinks"]
    assert down["correlation_ids"] == [f"reverbere:order:{order}"]
    assert down["confirmed"] is True
    obeyed = milesight.decode_command(base64.b64decode(down["frm_payload"]))
    assert obeyed is not None
    assert obeyed[:3] == (0, True, 600)
    at = NOW + timedelta(seconds=5)
    take(database, [stack_event(order, "sent", at)])
    take(database, [stack_event(order, "ack", at + timedelta(seconds=1))])
    assert history(database, order) == ["requested", "queued", "sent", "acknowledged"]


def test_a_refusal_of_the_things_stack_ends_an_order(
    database: Database, broker: str, stack: list[tuple[str, Any]]
) -> None:
    on_the_stack(database)
    order = ask(database)
    with sending(database, broker):
        assert until(lambda: stack)
    failed = {
        "downlink": {"correlation_ids": [f"reverbere:order:{order}"]},
        "error": {"namespace": "pkg/ns", "name": "no_downlink_path"},
    }
    at = NOW + timedelta(seconds=3)
    take(database, [stack_event(order, "failed", at, downlink_failed=failed)])
    assert state(database, order).state == "failed"
    assert state(database, order).reason == "no_downlink_path"


def test_what_is_over_is_taken_out_of_the_queue_of_a_network_without_expiry(
    database: Database, broker: str, stack: list[tuple[str, Any]]
) -> None:
    on_the_stack(database)
    short, long = ask(database, minutes=1), ask(database, minutes=30)
    clock = VirtualClock(NOW + timedelta(seconds=1))
    with sending(database, broker, clock):
        assert until(lambda: len(stack) == 2)
        clock.move_to(NOW + timedelta(seconds=70))
        assert until(lambda: len(stack) >= 3)
    topic, told = stack[2]
    assert topic == f"{STACK_DEVICE}/down/replace"
    left = [one["correlation_ids"] for one in told["downlinks"]]
    assert left == [[f"reverbere:order:{long}"]]
    assert str(short) not in json.dumps(told)
    assert len(stack) == 3  # once is enough


# -------------------------------------------------------------------- schedules
NIGHT = {"days": [1, 3, 5], "start": "05:30", "end": "05:50", "valve": 0, "number": 1}


def test_a_schedule_is_done_when_the_device_repeats_it(
    database: Database, broker: str, network: NetworkServer
) -> None:
    order = ask(database, "set_schedule", **NIGHT)
    clock = VirtualClock(NOW + timedelta(seconds=1))
    with sending(database, broker, clock):
        assert until(lambda: network.heard)
        sent = network.heard[0].payload
        at = NOW + timedelta(seconds=20)
        clock.move_to(at)
        take(database, [up(1, 1, at, payload=b"\xfe" + sent[1:], profile="uc511")])
        assert until(lambda: state(database, order).state == "confirmed")
    assert network.heard[0].f_port == 85


@pytest.mark.parametrize(
    "wrong", [{"days": []}, {"days": [8]}, {"start": "5h"}, {"end": "05:30"}, {"end": "12:00"}]
)
def test_a_schedule_that_would_flood_a_park_is_refused(
    database: Database, wrong: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        ask(database, "set_schedule", **{**NIGHT, **wrong})
