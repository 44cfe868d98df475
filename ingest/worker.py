"""The ingest process: takes batches until it is told to stop, through outages of the store."""

import gc
import os
import random
import threading
import time
from collections import Counter, deque
from typing import Any, Final

import numpy as np
import psycopg
import structlog
from psycopg.types.json import Jsonb

from ingest.message import Batch, Source
from ingest.networks.instants import micros_of
from ingest.pipeline import Outcomes, Pipeline
from ingest.recordings import Recorder
from ingest.stages import Stages
from twin.clock import Clock
from twin.errors import StoreError
from twin.store.database import Database
from twin.store.sql import statement

_log = structlog.get_logger("ingest")
_FIRST_RETRY_S: Final = 0.2
_LONGEST_RETRY_S: Final = 10.0
_REPORT_S: Final = 5.0
_REMEMBERED: Final = 1_000
_RECENT_S: Final = 60.0
_COLLECT_AFTER: Final = 100_000


class Worker:
    """One ingest worker.

    Parameters
    ----------
    name : str
        Under which it reports itself in ``worker_status``.
    pipeline : Pipeline
        From messages to rows.
    source : Source
        Where the messages come from.
    database : Database
        Where it reports itself.
    clock : Clock
        The territory's.
    recorder : Recorder, optional
        Takes a copy of every message.
    """

    def __init__(
        self,
        name: str,
        pipeline: Pipeline,
        source: Source,
        database: Database,
        clock: Clock,
        *,
        recorder: Recorder | None = None,
    ) -> None:
        self._name = name
        self._pipeline = pipeline
        self._source = source
        self._database = database
        self._clock = clock
        self._recorder = recorder
        self._outcomes: Outcomes = Counter()
        self._delays: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        self._failures = 0
        self._stopping = threading.Event()
        self._renew = threading.Event()
        self._ended = threading.Event()
        self._stages: Stages | None = None

    def run(self) -> Outcomes:
        """Work until ``stop``, or until the source is exhausted."""
        gc.freeze()  # what is here stays; a batch makes thousands of tuples and not one cycle
        gc.set_threshold(_COLLECT_AFTER, 20, 20)
        reporter = threading.Thread(target=self._report_on, name="ingest report", daemon=True)
        reporter.start()
        stages = self._stages = Stages(self._pipeline, self._finished, self._wait)
        try:
            for batch in self._source.batches():
                if not self._take(stages, batch):
                    break
        finally:
            stages.close()
            self._ended.set()
            self._source.close()
            self._pipeline.close()
            reporter.join(_REPORT_S)
        return self._outcomes

    def stop(self) -> None:
        """End after what was received; callable from a signal handler."""
        self._stopping.set()
        self._source.stop()

    def renew(self) -> None:
        """Read devices again before the next batch: the city has changed."""
        self._renew.set()

    def give_way(self) -> None:
        """Let somebody else write who asked for it, as soon as what is here is stored."""
        if self._stages is not None:
            self._stages.give_way()

    def _take(self, stages: Stages, batch: Batch) -> bool:
        """Pass one batch on; False where the store stayed away until the stop."""
        if self._recorder is not None:
            for message in batch.messages:
                self._recorder.write(message)
        if self._renew.is_set():
            self._renew.clear()
            self._pipeline.forget()
        return stages.put(batch)

    def _wait(self, error: Exception) -> bool:
        """Wait a growing, uneven while for the store; False when it is time to stop."""
        self._pipeline.close()
        failures, self._failures = self._failures, self._failures + 1
        wait = min(_FIRST_RETRY_S * 2**failures, _LONGEST_RETRY_S) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries
        if failures in {0, 5} or failures % 20 == 0:
            why = str(error).strip().split("\n", 1)[0]
            _log.warning("store away, messages wait at the broker", why=why, retry_s=round(wait, 1))
        return not self._stopping.wait(wait)

    def _finished(self, batch: Batch, outcomes: Outcomes) -> None:
        if self._failures:
            self._failures = 0
            _log.info("store back")
        self._outcomes += outcomes
        delay_s = (micros_of(self._clock.now()) - batch.messages[-1].received_at) / 1e6
        self._delays.append((time.monotonic(), delay_s))

    # ----------------------------------------------------------------- reporting
    def _report_on(self) -> None:
        before, since = 0, time.monotonic()
        while True:
            ended = self._ended.wait(_REPORT_S)
            stored, now = self._outcomes.total(), time.monotonic()
            status = self._status((stored - before) / max(now - since, 1e-3))
            before, since = stored, now
            self._report(status | {"stopped": ended})
            if ended:
                return

    def _status(self, rate: float) -> dict[str, Any]:
        source = self._source.stats()
        since = time.monotonic() - _RECENT_S
        delays = [delay for at, delay in list(self._delays) if at > since] or [0.0]
        outcomes: Counter[str] = Counter()
        for (outcome, _), count in self._outcomes.items():
            outcomes[outcome] += count
        return {
            "pid": os.getpid(),
            "outcomes": dict(outcomes),
            "rate_per_s": round(rate, 1),
            "batch": self._pipeline.last_batch,
            "delay_seconds_p50": round(float(np.quantile(delays, 0.5)), 4),
            "delay_seconds_p99": round(float(np.quantile(delays, 0.99)), 4),
            "received": source.received,
            "acknowledged": source.acknowledged,
            "redelivered": source.redelivered,
            "waiting": source.waiting,
            "connections": source.connections,
            "connected": source.connected,
            "store_away": self._failures > 0,
        }

    def _report(self, status: dict[str, Any]) -> None:
        try:
            with self._database.connection() as connection:
                connection.execute(
                    statement("telemetry/set_worker_status"),
                    {"worker": self._name, "at": self._clock.now(), "status": Jsonb(status)},
                )
        except (StoreError, psycopg.Error):
            return  # it is away; the pipeline has said so
