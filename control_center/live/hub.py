"""One thread listens to the store; what changed is encoded once and fanned out to every browser.

A change is told at once when nothing was told lately, else at the end of the shortest period, so a
browser gets at most two patches a second however fast the store changes.
"""

import asyncio
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from control_center.errors import RateExceeded
from control_center.live.formats import json_event
from control_center.live.image import Image, Snapshot
from gis.errors import ReverbereError
from twin.clock import Clock
from twin.store.database import Database
from twin.store.live import LiveReader, OpenIncident, Pulse

CHANNELS = (
    "reverbere_batch",
    "reverbere_facts",
    "reverbere_state",
    "reverbere_city",
    "reverbere_command",
)
NOT_TOLD = frozenset({"reverbere_batch"})
"""What wakes the jobs and changes nothing that browsers show: its effect comes as a state."""
HEARTBEAT_S = 2.0
_RETRY_S = 2.0
_QUEUE = 256
_log = structlog.get_logger(__name__)


class Hub:
    """The live channel of one process.

    Parameters
    ----------
    database : Database
        Where notifications come from.
    clock : Clock
        The territory's; browsers show its hours.
    period_s : float
        Shortest time between two patches. [s]
    max_clients : int
        Browsers that may follow at once.
    on_notification : callable
        Told of every notification: it wakes the background jobs.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        period_s: float = 0.5,
        max_clients: int = 500,
        on_notification: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._reader = LiveReader(database)
        self._clock = clock
        self._period_s = period_s
        self._max_clients = max_clients
        self._on_notification = on_notification
        self._run = secrets.token_hex(4)
        self._lock = threading.Lock()
        self._image: Image | None = None
        self._timezone = ZoneInfo("UTC")
        self._incidents: list[OpenIncident] | None = None
        self._pulse = Pulse(None, 0, 0, 0)
        self._queues: set[asyncio.Queue[bytes | None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._trouble: str | None = "starting"
        self.patches_sent = 0

    # ------------------------------------------------------------------ life
    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start listening; events are handed to the loop that serves the browsers."""
        self._loop = loop
        self._thread = threading.Thread(target=self._listen, name="live hub", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End every stream and the thread."""
        self._stop.set()
        self.end_streams()
        if self._thread is not None:
            self._thread.join(5)

    def end_streams(self) -> None:
        """Let every browser go; called from the loop's thread."""
        for queue in self._queues:
            _put(queue, None)

    def report(self, reasons: list[str]) -> dict[str, Any]:
        """Say how the channel is doing; what is wrong goes into ``reasons``."""
        if self._trouble is not None:
            reasons.append(f"live channel: {self._trouble}")
        return {"browsers": len(self._queues), "patches": self.patches_sent}

    # --------------------------------------------------------------- reading
    @property
    def image(self) -> Image:
        """What browsers should be showing.

        Raises
        ------
        ReverbereError
            The store has not answered since the start.
        """
        with self._lock:
            if self._image is None:
                self._image = self._read_image()
            return self._image

    def snapshot(self) -> Snapshot:
        """Return the whole state, as of the last patch that was told."""
        image = self.image
        with self._lock:
            return image.snapshot()

    @property
    def pulse(self) -> Pulse:
        """What the header shows."""
        return self._pulse

    @property
    def open_incidents(self) -> int:
        """How many incidents are open."""
        return len(self._incidents or [])

    async def stream(self, position: str | None) -> AsyncIterator[bytes]:
        """Yield events: what was missed since a position, then what comes.

        Raises
        ------
        RateExceeded
            As many browsers follow already as this process accepts.
        """
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_QUEUE)
        self._queues.add(queue)
        try:
            for event in self._greeting(position):
                yield event
            while (event_or_end := await queue.get()) is not None:
                yield event_or_end
        finally:
            self._queues.discard(queue)

    def admit(self) -> None:
        """Refuse one browser too many, before its stream begins."""
        if len(self._queues) >= self._max_clients:
            raise RateExceeded(30)

    def _greeting(self, position: str | None) -> list[bytes]:
        image = self.image
        missed = image.patches_since(position) if position else None
        hello = {"epoch": image.name, "seq": image.seq, "replayed": missed is not None}
        if self._incidents is None:  # asked before the thread had read them
            self._incidents = self._reader.open_incidents()
        incidents = self._incidents
        return [
            json_event("hello", hello),
            json_event("incidents", [asdict(one) for one in incidents]),
            *(missed or []),
            json_event("pulse", self._pulse_content(image)),
        ]

    # ------------------------------------------------------------- listening
    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                with self._database.dedicated("reverbere live", autocommit=True) as connection:
                    for channel in CHANNELS:
                        connection.execute(f"LISTEN {channel}")  # names are constants above
                    self._catch_up()
                    self._trouble = None
                    self._follow(connection)
            except (ReverbereError, psycopg.Error) as error:
                self._interrupted(str(error).split("\n", 1)[0])
            except Exception as error:  # noqa: BLE001 - the channel outlives whatever happens
                _log.error("live channel failed", exc_info=error)
                self._interrupted(f"{type(error).__name__}, see the log")

    def _interrupted(self, why: str) -> None:
        self._trouble = why
        _log.warning("live channel interrupted", why=why)
        self._stop.wait(_RETRY_S)

    def _follow(self, connection: Connection[TupleRow]) -> None:
        told_at = beat_at = 0.0
        pending: set[str] = set()
        while not self._stop.is_set():
            wait = min(beat_at + HEARTBEAT_S, told_at + self._period_s if pending else 1e18)
            pending |= self._collect(connection, wait - time.monotonic()) - NOT_TOLD
            now = time.monotonic()
            if pending and now >= told_at + self._period_s:
                self._tell(pending)
                pending, told_at = set(), now
            if now >= beat_at + HEARTBEAT_S:
                self._beat()
                beat_at = now

    def _collect(self, connection: Connection[TupleRow], seconds: float) -> set[str]:
        """Wait for notifications, at most so long; return their channels."""
        channels = set()
        # short waits, so that a stop is heard
        timeout = min(max(seconds, 0.0), 0.5)
        for notification in connection.notifies(timeout=timeout, stop_after=1):
            channels.add(notification.channel)
            self._on_notification(notification.channel)
        return channels

    def _tell(self, channels: set[str]) -> None:
        if "reverbere_city" in channels:
            self._reload()
        if "reverbere_state" in channels:
            self._tell_states()
        if channels & {"reverbere_state", "reverbere_facts"}:
            self._tell_incidents(anyway="reverbere_facts" in channels)
        if "reverbere_command" in channels:
            self._broadcast(json_event("commands", {}))

    def _tell_states(self) -> None:
        image = self.image
        idx, state, last = self._reader.changes_since(image.stored_seq)
        with self._lock:
            image.stored_seq = last
            event = image.apply(idx, state, self._milliseconds())
        if event is not None:
            self.patches_sent += 1
            self._broadcast(event)

    def _tell_incidents(self, *, anyway: bool) -> None:
        """Tell the list where it changed; ``anyway`` also where only the facts behind it did."""
        incidents = self._reader.open_incidents()
        if incidents == self._incidents and not anyway:
            return
        self._incidents = incidents
        self._broadcast(json_event("incidents", [asdict(one) for one in incidents]))

    def _catch_up(self) -> None:
        """Tell what changed while nobody listened.

        A browser may have had the image read before this thread listened, and the store may have
        been away: where the map is the same, neither lets every browser begin anew.
        """
        image = self.image
        version, last = self._reader.position()
        if version and version == image.data_version and last >= image.stored_seq:
            self._tell_states()
            self._tell_incidents(anyway=True)
        else:
            self._reload()

    def _reload(self) -> None:
        fresh = self._read_image()
        with self._lock:
            known, self._image = self._image, fresh
        self._incidents = self._reader.open_incidents()
        if known is not None:
            content = {"epoch": fresh.name, "seq": fresh.seq, "replayed": False}
            self._broadcast(json_event("hello", content))
            self._broadcast(json_event("incidents", [asdict(one) for one in self._incidents]))

    def _read_image(self) -> Image:
        epoch = self._reader.epoch()
        self._timezone = ZoneInfo(epoch.timezone)
        # a fresh suffix each time: patches of another run, or of before a reload, never fit
        self._run = secrets.token_hex(4)
        return Image(epoch, f"{epoch.version or 'none'}.{self._run}")

    def _beat(self) -> None:
        midnight = _midnight(self._clock.now(), self._timezone)
        self._pulse = self._reader.pulse(midnight)
        self._broadcast(json_event("pulse", self._pulse_content(self.image)))

    def _pulse_content(self, image: Image) -> dict[str, Any]:
        last = self._pulse.last_received_at
        return {
            "now": round(self._milliseconds()),
            "last": None if last is None else round(last.timestamp() * 1000),
            "batch": self._pulse.batch,
            "received": self._pulse.received,
            "balanced": self._pulse.balanced,
            "counts": image.counts(),
            "epoch": image.name,
            "seq": image.seq,
        }

    def _milliseconds(self) -> float:
        return self._clock.now().timestamp() * 1000

    def _broadcast(self, event: bytes) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._fan_out, event)

    def _fan_out(self, event: bytes) -> None:
        for queue in self._queues:
            _put(queue, event)


def _put(queue: asyncio.Queue[bytes | None], event: bytes | None) -> None:
    """Hand an event over; a browser that does not keep up is let go and comes back by itself."""
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        event = None
    queue.put_nowait(event)


def _midnight(now: datetime, timezone: ZoneInfo) -> datetime:
    return now.astimezone(timezone).replace(hour=0, minute=0, second=0, microsecond=0)
