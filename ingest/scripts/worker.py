"""One process that runs codecs, seen from outside: asked, watched, ended if it does not answer."""

import importlib.util
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import ingest
from ingest.scripts import wire
from ingest.scripts.wire import Answer, Ask, Fate, Loaded, Uplink
from twin.errors import ServiceError

_START_S: Final = 60.0
_GRACE_S: Final = 0.1
_ONE_S, _EACH_S = 0.45, 0.01  # what the sandbox's own limits add up to, and a little
_STARVED: Final = 20
"""A process that gets no processor waits this many times longer than one that uses it."""
_STANDS_BACK: Final = 10
"""How much nicer than others a process is that stands back, and how much longer it may starve."""
_LOOK_S: Final = 0.05
_READ_BYTES: Final = 1 << 16
_PROGRAM: Final = (
    "import sys; sys.path[:0] = sys.argv[1:]; from ingest.scripts.sandbox import main; main()"
)


class _Killed(Exception):
    """The process did not answer in time, or ended; it is gone."""


class Worker:
    """Starts a process when it is first asked, and a new one after each end.

    Used by one thread at a time.

    Parameters
    ----------
    stands_back : bool
        Whether it leaves the processor to others.
    """

    def __init__(self, *, stands_back: bool = False) -> None:
        self._stands_back = stands_back
        self._process: subprocess.Popen[bytes] | None = None
        self._greeted = False
        self._known: set[bytes] = set()

    @property
    def pid(self) -> int | None:
        """Number of the process; None while there is none."""
        return self._process.pid if self._process else None

    def load(self, key: bytes, source: str) -> Loaded:
        """Evaluate a source in the process; ``KILLED`` where that never came to an end."""
        try:
            return self._load(key, source)
        except _Killed as error:
            return Loaded("", Fate.KILLED, str(error).encode())

    def decode(
        self, key: bytes, source: str, uplinks: Sequence[Uplink]
    ) -> tuple[list[Answer], bool]:
        """Decode uplinks; return their answers, and whether the codec keeps state between calls.

        Where the process had to be ended there is one answer, ``KILLED``, whatever the number of
        uplinks: which of them did it is not known.
        """
        body = wire.uplinks_body(key, uplinks)
        try:
            return self._answers(key, source, Ask.DECODE, body, len(uplinks))
        except _Killed as error:
            return [Answer(Fate.KILLED, str(error).encode())], False

    def call(self, key: bytes, source: str, name: str, at_ms: int, text: bytes) -> Answer:
        """Call another function of a codec with one argument in JSON."""
        body = wire.call_body(key, name, at_ms, text)
        try:
            answers, _ = self._answers(key, source, Ask.CALL, body, 1)
        except _Killed as error:
            return Answer(Fate.KILLED, str(error).encode())
        return answers[0]

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        self._known.clear()
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def _load(self, key: bytes, source: str) -> Loaded:
        body = self._ask(Ask.LOAD, key + source.encode(), 0.5)
        self._known.add(key)
        try:
            return wire.loaded_of(body)
        except (ValueError, struct.error) as error:
            self.close()
            raise _Killed("it answered nonsense") from error

    def _answers(
        self, key: bytes, source: str, kind: Ask, body: bytes, count: int
    ) -> tuple[list[Answer], bool]:
        if key not in self._known:
            self._load(key, source)
        allowance = _ONE_S + _EACH_S * count
        told = self._ask(kind, body, allowance)
        if not told:  # it has forgotten that codec meanwhile
            self._load(key, source)
            told = self._ask(kind, body, allowance)
        try:
            answers, stateful = wire.answers_of(told)
        except (ValueError, struct.error):
            answers, stateful = [], False
        if len(answers) != count:
            self.close()
            raise _Killed("it answered nonsense")
        return answers, stateful

    def _ask(self, kind: Ask, body: bytes, allowance_s: float) -> bytes:
        """Ask one question; an answer must come within that much processor time."""
        process = self._started()
        patience = _STARVED * (_STANDS_BACK if self._stands_back else 1)
        watch = _Watch(process, allowance_s + _GRACE_S, patience)
        try:
            _send(process, wire.message(kind, body), watch)
            return self._message(process, watch)
        except _Killed:
            self._renew()
            raise
        except OSError as error:
            self._renew()
            raise _Killed("its process ended") from error

    def _renew(self) -> None:
        """End the process and start another, which is ready by the time it is asked."""
        self.close()
        with suppress(OSError):
            self._spawn()

    def _started(self) -> subprocess.Popen[bytes]:
        try:
            if self._process is None or self._process.poll() is not None:
                self.close()
                self._spawn()
            process = self._process
            assert process is not None  # noqa: S101 - it was started above
            if not self._greeted:
                self._receive(process, 1, _Watch(process, _START_S))
                self._greeted = True
        except (OSError, _Killed) as error:
            self.close()
            raise ServiceError("codec process", f"does not start: {error}") from error
        return process

    def _spawn(self) -> None:
        engine = importlib.util.find_spec("_quickjs")
        assert engine is not None  # noqa: S101 - a dependency
        assert engine.origin is not None  # noqa: S101 - a compiled file
        roots = [Path(next(iter(ingest.__path__))).parent, Path(engine.origin).parent]
        self._greeted = False
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", "-c", _PROGRAM, *map(str, roots)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"TZ": "UTC", "LC_ALL": "C.UTF-8"},
            close_fds=True,
            bufsize=0,
            start_new_session=True,
        )
        if self._stands_back:
            _stand_back(self._process.pid)

    def _message(self, process: subprocess.Popen[bytes], watch: "_Watch") -> bytes:
        length, _ = wire.head(self._receive(process, wire.HEAD_BYTES, watch))
        if length > wire.MOST_BYTES:
            raise _Killed("it says too much")
        return self._receive(process, length, watch)

    @staticmethod
    def _receive(process: subprocess.Popen[bytes], count: int, watch: "_Watch") -> bytes:
        assert process.stdout is not None  # noqa: S101 - we asked for a pipe
        pipe = process.stdout.fileno()
        parts: list[bytes] = []
        while count:
            ready, _, _ = select.select([pipe], [], [], _LOOK_S)
            if not ready:
                watch.look()
                continue
            part = os.read(pipe, min(count, _READ_BYTES))
            if not part:
                raise _Killed(f"its process ended ({process.wait()})")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


class _Watch:
    """How long a process may take: by its own use of the processor, and far longer by the wall."""

    def __init__(
        self, process: subprocess.Popen[bytes], allowance_s: float, patience: int = _STARVED
    ) -> None:
        self._pid = process.pid
        self._until_processor_s = _processor_s(self._pid) + allowance_s
        self._until = time.monotonic() + patience * allowance_s

    def look(self) -> None:
        """Look at the clocks; raises ``_Killed`` when one of them has run out."""
        if _processor_s(self._pid) > self._until_processor_s:
            raise _Killed("it did not come to an end")
        if time.monotonic() > self._until:
            raise _Killed("it did not answer")


def _send(process: subprocess.Popen[bytes], text: bytes, watch: _Watch) -> None:
    assert process.stdin is not None  # noqa: S101 - we asked for a pipe
    pipe = process.stdin.fileno()
    os.set_blocking(pipe, False)
    view = memoryview(text)
    while view:
        _, ready, _ = select.select([], [pipe], [], _LOOK_S)
        if ready:
            view = view[os.write(pipe, view) :]
        else:
            watch.look()


def _stand_back(pid: int) -> None:
    """Let a process that leads a session of its own have the processor when others leave it.

    Linux may share the processor among sessions before it shares it among the processes of each
    (``sched_autogroup_enabled``, as most distributions have it). Then a process is nice only to its
    own session; the session has a niceness apart.
    """
    with suppress(OSError):  # it may have ended already
        os.setpriority(os.PRIO_PROCESS, pid, _STANDS_BACK)
    with suppress(OSError):  # another system
        Path(f"/proc/{pid}/autogroup").write_text(str(_STANDS_BACK), encoding="ascii")


_TICKS: Final = os.sysconf("SC_CLK_TCK")


def _processor_s(pid: int) -> float:
    """Processor time that a process has used; where the system does not tell, that of the wall."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return time.monotonic()
    user, system = fields.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS
