"""Codecs in JavaScript, run by a few processes; one stopped three times is quarantined.

A codec proves itself in a process apart, which stands back when others want the processor: what
loops or has to be ended there takes nothing from those that have proved themselves. Whoever is
stopped goes back there.
"""

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, NamedTuple, Self, TypeVar

from ingest.scripts.script import Script
from ingest.scripts.wire import STRIKES, Answer, Fate, Loaded, Uplink
from ingest.scripts.worker import Worker

T = TypeVar("T")

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
    strikes : dict of bytes to int
        How often each codec was stopped; three are a quarantine.
    """

    def __init__(
        self, processes: int = 2, condemned: Callable[[Quarantine], None] | None = None
    ) -> None:
        self.quarantined: dict[bytes, Quarantine] = {}
        self.stateful: set[bytes] = set()
        self._condemned = condemned
        self.strikes: dict[bytes, int] = {}
        self._struck: dict[bytes, Script] = {}
        self._proven: set[bytes] = set()
        self._changed = threading.Lock()
        self._proven_ones = _Lane(processes, "codecs")
        self._others = _Lane(1, "codecs on trial", stands_back=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def decode(self, script: Script, uplinks: Sequence[Uplink]) -> Callable[[], list[Answer]]:
        """Begin to decode uplinks of one codec.

        A codec that has proved itself may use all processes at once, another one only the one
        where it is tried.

        Returns
        -------
        callable
            Waits for the answers, and gives them in the order of the uplinks.
        """
        parts = [
            list(uplinks[first : first + _AT_ONCE]) for first in range(0, len(uplinks), _AT_ONCE)
        ]
        together = [[part] for part in parts] if script.key in self._proven else [parts]
        lane = self._lane(script)
        futures = [lane.submit(self._decode, script, some) for some in together]
        return lambda: [answer for future in futures for answer in future.result()]

    def load(self, script: Script) -> Loaded:
        """Evaluate a source, to tell what it offers."""
        return self._others.submit(_load, script).result()

    def call(self, script: Script, name: str, argument: bytes, at_ms: int = 0) -> Answer:
        """Call ``encodeDownlink``, ``decodeDownlink`` or ``normalizeUplink`` with JSON."""
        return self._lane(script).submit(self._call, script, name, argument, at_ms).result()

    def pardon(self, still: dict[bytes, Quarantine]) -> None:
        """Let all codecs run again but those that are still in quarantine."""
        with self._changed:
            for released in self.quarantined.keys() - still.keys():
                self.strikes.pop(released, None)
            self.quarantined = dict(still)

    def remember(self, strikes: Mapping[bytes, int]) -> None:
        """Count on from what was counted before, by this process or another."""
        with self._changed:
            for key, count in strikes.items():
                self.strikes[key] = max(count, self.strikes.get(key, 0))

    def struck(self) -> dict[Script, int]:
        """Return the codecs that were stopped since the last call, and how often by now."""
        with self._changed:
            found, self._struck = self._struck, {}
            return {script: self.strikes.get(key, 1) for key, script in found.items()}

    def close(self) -> None:
        """End the processes."""
        self._proven_ones.close()
        self._others.close()

    def _lane(self, script: Script) -> "_Lane":
        return self._proven_ones if script.key in self._proven else self._others

    def _decode(self, worker: Worker, script: Script, parts: list[list[Uplink]]) -> list[Answer]:
        return [answer for part in parts for answer in self._judged(worker, script, part)]

    def _judged(self, worker: Worker, script: Script, uplinks: list[Uplink]) -> list[Answer]:
        if script.key in self.quarantined:
            return [Answer(Fate.NOT_RUN, b"it is in quarantine")] * len(uplinks)
        answers, stateful = worker.decode(script.key, script.source, uplinks)
        if stateful:
            self.stateful.add(script.key)
        for answer in answers:
            self._count(script, answer.fate)
        if len(answers) == len(uplinks):
            if not self.strikes.get(script.key):
                self._proven.add(script.key)
            return answers
        # one of them ended the process, and which is not known: each by itself
        return [answer for uplink in uplinks for answer in self._judged(worker, script, [uplink])]

    def _count(self, script: Script, fate: Fate) -> None:
        if fate not in STRIKES:
            return
        with self._changed:
            strikes = self.strikes[script.key] = self.strikes.get(script.key, 0) + 1
            self._struck[script.key] = script
            self._proven.discard(script.key)
            if strikes < TRIES or script.key in self.quarantined:
                return
            verdict = self.quarantined[script.key] = Quarantine(script, _REASONS[fate])
        if self._condemned:
            self._condemned(verdict)

    def _call(
        self, worker: Worker, script: Script, name: str, argument: bytes, at_ms: int
    ) -> Answer:
        if script.key in self.quarantined:
            return Answer(Fate.NOT_RUN, b"it is in quarantine")
        answer = worker.call(script.key, script.source, name, at_ms, argument)
        self._count(script, answer.fate)
        return answer


class _Lane:
    """Processes that wait for work, each with a thread that asks it.

    Parameters
    ----------
    processes : int
        How many; they start when they are needed.
    stands_back : bool
        Whether they leave the processor to others.
    """

    def __init__(self, processes: int, name: str, *, stands_back: bool = False) -> None:
        self._workers = [Worker(stands_back=stands_back) for _ in range(processes)]
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(processes, name)

    def submit(self, work: Callable[..., T], *arguments: object) -> Future[T]:
        """Begin ``work(worker, *arguments)`` with the next worker that is free."""
        return self._threads.submit(self._run, work, arguments)

    def close(self) -> None:
        """End the processes."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def _run(self, work: Callable[..., T], arguments: tuple[object, ...]) -> T:
        worker = self._idle.get()
        try:
            return work(worker, *arguments)
        finally:
            self._idle.put(worker)


def _load(worker: Worker, script: Script) -> Loaded:
    return worker.load(script.key, script.source)
