"""Codecs in JavaScript, run by a few processes; one stopped three times is quarantined."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, Self

from ingest.scripts.script import Script
from ingest.scripts.wire import STRIKES, Answer, Fate, Loaded, Uplink
from ingest.scripts.worker import Worker

TRIES: Final = 3
_AT_ONCE: Final = 256
_REASONS: Final = {
    Fate.NO_MEMORY: "it wants too much memory",
    Fate.TOO_LONG: "its answers are too long",
    Fate.TOO_SLOW: "it does not come to an end in time",
    Fate.TAMPERED: "it replaces what belongs to the language",
    Fate.KILLED: "its process had to be ended",
}


class Quarantine(NamedTuple):
    """A codec that is not run any more: which, and why."""

    script: Script
    reason: str


class ScriptPool:
    """Runs codecs; usable from several threads.

    Parameters
    ----------
    processes : int
        How many run at once; they start when they are needed.
    condemned : callable, optional
        Told, in the thread that ran it, of each codec that goes into quarantine.

    Attributes
    ----------
    quarantined : dict of bytes to Quarantine
        By the SHA-256 of the source.
    stateful : set of bytes
        Codecs found to keep state between calls; each of their calls gets a fresh context.
    """

    def __init__(
        self, processes: int = 2, condemned: Callable[[Quarantine], None] | None = None
    ) -> None:
        self.quarantined: dict[bytes, Quarantine] = {}
        self.stateful: set[bytes] = set()
        self._condemned = condemned
        self._strikes: dict[bytes, int] = {}
        self._proven: set[bytes] = set()
        self._workers = [Worker() for _ in range(processes)]
        self._idle = list(self._workers)
        self._changed = threading.Condition()
        self._threads = ThreadPoolExecutor(processes, "codecs")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def decode(self, script: Script, uplinks: Sequence[Uplink]) -> Callable[[], list[Answer]]:
        """Begin to decode uplinks of one codec.

        A codec that has proved itself may use all processes at once, another one only: the others
        go on beside it.

        Returns
        -------
        callable
            Waits for the answers, and gives them in the order of the uplinks.
        """
        parts = [
            list(uplinks[first : first + _AT_ONCE]) for first in range(0, len(uplinks), _AT_ONCE)
        ]
        together = [[part] for part in parts] if script.key in self._proven else [parts]
        futures = [self._threads.submit(self._decode, script, some) for some in together]
        return lambda: [answer for future in futures for answer in future.result()]

    def load(self, script: Script) -> Loaded:
        """Evaluate a source, to tell what it offers."""
        return self._threads.submit(self._load, script).result()

    def call(self, script: Script, name: str, argument: bytes, at_ms: int = 0) -> Answer:
        """Call ``encodeDownlink``, ``decodeDownlink`` or ``normalizeUplink`` with JSON."""
        return self._threads.submit(self._call, script, name, argument, at_ms).result()

    def pardon(self, still: dict[bytes, Quarantine]) -> None:
        """Let all codecs run again but those that are still in quarantine."""
        with self._changed:
            for released in self.quarantined.keys() - still.keys():
                self._strikes.pop(released, None)
            self.quarantined = dict(still)

    def close(self) -> None:
        """End the processes."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def _decode(self, script: Script, parts: list[list[Uplink]]) -> list[Answer]:
        return [answer for part in parts for answer in self._judged(script, part)]

    def _judged(self, script: Script, uplinks: list[Uplink]) -> list[Answer]:
        if script.key in self.quarantined:
            return [Answer(Fate.NOT_RUN, b"it is in quarantine")] * len(uplinks)
        worker = self._take()
        try:
            answers, stateful = worker.decode(script.key, script.source, uplinks)
        finally:
            self._give_back(worker)
        if stateful:
            self.stateful.add(script.key)
        for answer in answers:
            self._count(script, answer.fate)
        if len(answers) == len(uplinks):
            if not self._strikes.get(script.key):
                self._proven.add(script.key)
            return answers
        # one of them ended the process, and which is not known: each by itself
        return [answer for uplink in uplinks for answer in self._judged(script, [uplink])]

    def _count(self, script: Script, fate: Fate) -> None:
        if fate not in STRIKES:
            return
        with self._changed:
            strikes = self._strikes[script.key] = self._strikes.get(script.key, 0) + 1
            self._proven.discard(script.key)
            if strikes < TRIES or script.key in self.quarantined:
                return
            verdict = self.quarantined[script.key] = Quarantine(script, _REASONS[fate])
        if self._condemned:
            self._condemned(verdict)

    def _load(self, script: Script) -> Loaded:
        worker = self._take()
        try:
            return worker.load(script.key, script.source)
        finally:
            self._give_back(worker)

    def _call(self, script: Script, name: str, argument: bytes, at_ms: int) -> Answer:
        if script.key in self.quarantined:
            return Answer(Fate.NOT_RUN, b"it is in quarantine")
        worker = self._take()
        try:
            answer = worker.call(script.key, script.source, name, at_ms, argument)
        finally:
            self._give_back(worker)
        self._count(script, answer.fate)
        return answer

    def _take(self) -> Worker:
        with self._changed:
            self._changed.wait_for(lambda: self._idle)
            return self._idle.pop()

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            self._idle.append(worker)
            self._changed.notify()
