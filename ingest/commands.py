"""Orders down: from the store to the network, and from what devices say back to the store.

requested → queued (left for the network server) → sent (a gateway took it) → acknowledged →
confirmed, and that only by the device's own telemetry. An order is marked queued before it leaves:
after a crash in between it is never sent twice, and ends as not confirmed. Past its time it never
leaves; on the way the broker and the server drop it too.
"""

import math
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import structlog
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from psycopg import Connection
from psycopg.rows import TupleRow

from ingest.codecs.profiles import Profile, profile_key
from ingest.codecs.uc51x_rules import repeated
from ingest.networks import Request, things_stack
from ingest.networks.instants import micros_of
from ingest.orders import confirms, write_order
from ingest.pen import CHANNEL as PEN
from ingest.routes import Addressed, instead, way_down
from ingest.settings import IngestSettings
from ingest.sources.mqtt import prepare
from twin.clock import Clock
from twin.errors import Refused, StoreUnreachable
from twin.model.states import CommandState
from twin.store import commands
from twin.store.commands import DueCommand
from twin.store.database import Database

_log = structlog.get_logger("ingest.commands")
_LOOK_S: Final = 1.0
_PUBLISH_S: Final = 5.0
_FRESH_US: Final = 600_000_000
_LONGEST_RETRY_S: Final = 15.0
_CITY: Final = "reverbere_city"
_CHANNELS: Final = ("reverbere_command", "reverbere_batch", _CITY, PEN)


class Downlinks:
    """The door through which orders leave: an MQTT 5 connection, for the expiry of messages.

    Parameters
    ----------
    url, client_id, keepalive_s
        As for the source; the client's name ends in ``-orders``.
    expiring : bool
        Whether the broker lets messages expire (MQTT 5); an order carries its own time anyway.
    """

    def __init__(
        self, url: str, client_id: str, keepalive_s: int, *, expiring: bool = True
    ) -> None:
        self._expiring = expiring
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{client_id}-orders",
            protocol=MQTTProtocolVersion.MQTTv5 if expiring else MQTTProtocolVersion.MQTTv311,
        )
        self._client.reconnect_delay_set(1, 15)
        prepare(self._client, urlsplit(url), keepalive_s)

    def open(self) -> None:
        """Connect, now or as soon as the broker answers."""
        self._client.loop_start()

    @property
    def ready(self) -> bool:
        """Whether the broker is there."""
        return self._client.is_connected()

    def send(self, topic: str, payload: bytes, seconds_left: float) -> bool:
        """Publish one order; return False where it certainly did not leave."""
        properties = None
        if self._expiring:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho's own
            properties.MessageExpiryInterval = max(1, math.ceil(seconds_left))
        told = self._client.publish(topic, payload, qos=1, retain=False, properties=properties)
        if told.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        told.wait_for_publish(_PUBLISH_S)  # later than that, paho still tries: it has left
        return True

    def ask(self, request: Request) -> None:
        """Publish a network's request; one that is lost is made again."""
        self._client.publish(request.topic, request.payload, qos=0, retain=False)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


class CommandSender:
    """Sends due orders and follows them, in a thread of its own.

    Parameters
    ----------
    database : Database
        The territory's store.
    downlinks : Downlinks
        Where orders leave.
    profiles : mapping of str to Profile
        By name.
    city_changed : callable
        Called when an import has changed the city: devices are attached elsewhere.
    pen_asked : callable
        Called when somebody else wants to write.
    carries : bool
        Whether orders are this worker's to send: of a crew, the first one's alone.
    requests : callable
        Returns what networks want published: rebirths of Sparkplug nodes.
    """

    def __init__(
        self,
        database: Database,
        downlinks: Downlinks,
        profiles: Mapping[str, Profile],
        settings: IngestSettings,
        clock: Clock,
        *,
        city_changed: Callable[[], None] = lambda: None,
        pen_asked: Callable[[], None] = lambda: None,
        carries: bool = True,
        requests: Callable[[], Sequence[Request]] = tuple,
    ) -> None:
        self._database = database
        self._downlinks = downlinks
        self._profiles = profiles
        self._settings = settings
        self._clock = clock
        self._city_changed = city_changed
        self._pen_asked = pen_asked
        self._carries = carries
        self._taken_back: set[UUID] = set()
        self._requests = requests
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest orders", daemon=True)

    def start(self) -> None:
        """Begin to listen for orders."""
        self._downlinks.open()
        self._thread.start()

    def stop(self) -> None:
        """End after the order under way."""
        self._stop.set()
        self._thread.join(_PUBLISH_S * 2)
        self._downlinks.close()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                with self._database.dedicated("reverbere orders", autocommit=True) as connection:
                    for channel in _CHANNELS:
                        connection.execute(f"LISTEN {channel}")
                    failures = 0
                    self._listen(connection)
            except (StoreUnreachable, psycopg.Error) as error:
                if failures == 0:
                    _log.warning("store away: orders wait", why=str(error).split("\n", 1)[0])
                failures += 1
                longest = min(0.5 * 2**failures, _LONGEST_RETRY_S)
                self._stop.wait(longest * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries

    def _listen(self, connection: Connection[TupleRow]) -> None:
        while not self._stop.is_set():
            self.work(connection)
            self._ask()
            for told in connection.notifies(timeout=_LOOK_S, stop_after=1):
                if told.channel == _CITY:
                    self._city_changed()
                if told.channel == PEN:
                    self._pen_asked()

    def _ask(self) -> None:
        """Publish what networks ask for; the reasons of a replayed recording are long gone."""
        if not self._downlinks.ready:
            return
        now = micros_of(self._clock.now())
        for request in self._requests():
            if abs(now - request.at) < _FRESH_US:
                self._downlinks.ask(request)

    def work(self, connection: Connection[TupleRow]) -> None:
        """Do what is to be done now: end what is over, confirm what is seen, send what is due."""
        if not self._carries:
            return
        now = self._clock.now()
        with connection.transaction():
            commands.end_overdue(connection, now=now, grace_s=self._settings.command_grace_s)
            self._confirm(connection, now)
            due = commands.due(connection) if self._downlinks.ready else []
            if self._downlinks.ready:
                self._take_back(connection, now)
        for order in due:
            self._carry_out(connection, order)

    def _confirm(self, connection: Connection[TupleRow], now: datetime) -> None:
        for found in commands.evidence(connection):
            if confirms(found):
                commands.advance(
                    connection,
                    found.id,
                    CommandState.CONFIRMED,
                    at=now,
                    source="telemetry",
                    detail=f"{found.property} {found.value:g} at {found.measured_at:%FT%TZ}",
                )

        for due, uplinks in commands.replies(connection):
            try:
                order = self._addressed(due).order
            except Refused:
                continue
            if repeated(order.payload, uplinks):
                commands.advance(
                    connection,
                    due.record.id,
                    CommandState.CONFIRMED,
                    at=now,
                    source="telemetry",
                    detail="the device has repeated it",
                )

    def _carry_out(self, connection: Connection[TupleRow], due: DueCommand) -> None:
        """Send one order, or say why it cannot be sent."""
        try:
            way = way_down(self._addressed(due))
        except Refused as refused:
            why = str(refused)
            self._step(connection, due, CommandState.FAILED, detail=why, reason=refused.rule)
            return
        if not self._step(connection, due, CommandState.QUEUED):
            return  # withdrawn, or over, since it was read
        seconds_left = (due.record.expires_at - self._clock.now()).total_seconds()
        if seconds_left <= 0 or not self._downlinks.send(*way, seconds_left):
            self._step(connection, due, CommandState.REQUESTED, detail="the broker did not take it")
            self._stop.wait(_LOOK_S)

    def _addressed(self, due: DueCommand) -> Addressed:
        """Write an order for its device; ``Refused`` where that cannot be done."""
        record, profile = due.record, self._profiles.get(profile_key(due.profile))
        if profile is None:
            raise Refused("no_route", f"no way to this device: profile {due.profile!r}")
        order = write_order(profile, record.id, record.verb, record.parameters)
        return Addressed(
            record.id, due.network, due.application, record.dev_eui, order, record.expires_at
        )

    def _take_back(self, connection: Connection[TupleRow], now: datetime) -> None:
        """Take orders that are over out of the queues of a network that knows no expiry."""
        waiting = commands.queued(connection, things_stack.NAME)
        over = [due for due in waiting if due.record.expires_at <= now]
        for due in over:
            if due.record.id not in self._taken_back and self._clear(due, waiting, over):
                self._taken_back.add(due.record.id)

    def _clear(
        self, due: DueCommand, waiting: Sequence[DueCommand], over: Sequence[DueCommand]
    ) -> bool:
        """Leave in a device's queue what is still good; return whether that was sent."""
        mine = [one for one in waiting if one.application == due.application]
        try:
            still = [self._addressed(one) for one in mine if one not in over]
            way = instead(self._addressed(due), still)
        except Refused:
            return False
        return self._downlinks.send(*way, _PUBLISH_S)

    def _step(
        self,
        connection: Connection[TupleRow],
        due: DueCommand,
        state: CommandState,
        *,
        detail: str = "",
        reason: str = "",
    ) -> bool:
        with connection.transaction():
            return commands.advance(
                connection,
                due.record.id,
                state,
                at=self._clock.now(),
                source="ingest",
                detail=detail,
                reason=reason,
            )
