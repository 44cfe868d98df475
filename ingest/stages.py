"""Two batches at once: one is prepared while the one before it is stored.

Preparing is arithmetic here, storing is work of the server. Batches are stored in order, each is
acknowledged after its own commit. Whatever goes wrong, while preparing or storing, is met by the
storing thread alone, which then takes the batch from the beginning.
"""

import queue
import threading
from collections.abc import Callable

from ingest.message import Batch, Source
from ingest.pipeline import Outcomes, Pipeline, Prepared

Patience = Callable[[Exception], bool]
"""Told of an outage; waits a while and returns whether to try again."""


class Stages:
    """Takes batches in order; stores them in a thread of its own.

    Parameters
    ----------
    pipeline : Pipeline
        From messages to rows.
    finished : callable
        Called in the storing thread with each batch that was committed, and its outcomes.
    patience : callable
        Called in the storing thread when the store is away.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        finished: Callable[[Batch, Outcomes], None],
        patience: Patience,
    ) -> None:
        self._pipeline = pipeline
        self._finished = finished
        self._patience = patience
        self._waiting: queue.Queue[tuple[Batch, Prepared | None] | None] = queue.Queue(maxsize=1)
        self._changed = threading.Condition()
        self._putting = threading.Lock()
        self._unfinished = 0
        self._troubled = self._given_up = False
        pipeline.settled = self._settled
        self._thread = threading.Thread(target=self._store_on, name="ingest store", daemon=True)
        self._thread.start()

    def put(self, batch: Batch) -> bool:
        """Prepare a batch and pass it on; False when the store stayed away until the stop."""
        with self._putting:
            self._put(batch)
            if self._pipeline.shared:
                self._let_others_write()
        return not self._given_up

    def give_way(self) -> None:
        """Let others write once all that was put is stored."""
        with self._putting:
            self._let_others_write()

    def _let_others_write(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._unfinished)
        self._pipeline.give_way()

    def _put(self, batch: Batch) -> None:
        prepared: Prepared | None = None
        if not self._troubled:
            try:
                prepared = self._pipeline.prepare(batch.messages)
            except Exception:  # noqa: BLE001 - the storing thread meets it again, and tells it
                prepared = None
        with self._changed:
            self._unfinished += 1
        self._waiting.put((batch, prepared))

    def close(self) -> None:
        """Wait until everything that was put is stored."""
        self._waiting.put(None)
        self._thread.join()
        self._pipeline.settled = lambda: True

    def _settled(self) -> bool:
        """Wait until all earlier batches are in the store; False when one of them met trouble."""
        with self._changed:
            self._changed.wait_for(lambda: self._troubled or not self._unfinished)
            return not self._troubled

    def _store_on(self) -> None:
        while (entry := self._waiting.get()) is not None:
            batch, prepared = entry
            if self._given_up:
                batch.abandon()
            else:
                self._store(batch, prepared)
            with self._changed:
                self._unfinished -= 1
                self._troubled = self._given_up
                self._changed.notify_all()

    def _store(self, batch: Batch, prepared: Prepared | None) -> None:
        while True:
            try:
                if prepared is not None and self._pipeline.fresh(prepared):
                    outcomes = self._pipeline.store(prepared)
                else:
                    self._trouble()
                    outcomes = self._pipeline.take(batch.messages)
                break
            except Exception as error:  # noqa: BLE001 - an outage is waited out, the rest is take's
                prepared = None
                if self._pipeline.is_outage(error) and not self._patience(error):
                    self._given_up = True
                    batch.abandon()
                    return
        batch.commit()
        self._finished(batch, outcomes)

    def _trouble(self) -> None:
        """Let go of what was prepared in the belief that this batch would be stored by now."""
        with self._changed:
            self._troubled = True
            self._changed.notify_all()
        self._pipeline.forget()


def run(pipeline: Pipeline, source: Source) -> Outcomes:
    """Take all that a source gives; return what became of it.

    Raises
    ------
    Exception
        The store went away: what was taken until then is stored.
    """
    outcomes: Outcomes = Outcomes()
    lost: list[Exception] = []

    def finished(_batch: Batch, ended: Outcomes) -> None:
        outcomes.update(ended)

    def patience(error: Exception) -> bool:
        lost.append(error)
        return False

    stages = Stages(pipeline, finished, patience)
    try:
        for batch in source.batches():
            if not stages.put(batch):
                break
    finally:
        stages.close()
    if lost:
        raise lost[0]
    return outcomes
