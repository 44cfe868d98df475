"""The process in which codecs run: it reads questions, answers them, and can do nothing else.

Started by ``ingest.scripts.worker`` with an empty environment and two pipes. Before it hears of any
codec it gives up all that the operating system lets it give up: files, sockets, other programs,
memory. The limits inside the engine are the first fence, these are the second, and the third is
the parent's clock, which ends the process.
"""

import ctypes
import os
import re
import resource
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

# the engine itself: its Python face would start a thread, and a process that forks later
import _quickjs  # type: ignore[import-not-found] # a compiled module without types

from ingest.scripts import wire
from ingest.scripts.wire import Answer, Ask, Fate, Loaded, Uplink

_CONTEXT_BYTES: Final = 16 * 1024 * 1024
_STACK_BYTES: Final = 256 * 1024
_PROCESS_BYTES: Final = 512 * 1024 * 1024
_MOST_CONTEXTS: Final = 24
_NOBODY: Final = 65_534
_ORPHAN_S: Final = 30
"""Processor time after which a question ends the process though no parent does. [s]"""
ONE_CALL_S: Final = 0.1
"""Processor time that one uplink may take. [s]"""
EACH_MORE_S: Final = 0.002
"""And what each further one of a batch adds. [s]"""
TRIES: Final = 3
_CHECK_AT_MOST_EVERY: Final = 64
_SOON: Final = "interrupted"
_EXPORT: Final = re.compile(
    r"^export\s+(?=(async\s+)?function\b|const\b|let\b|var\b)", re.MULTILINE
)
"""Modules are read as scripts: their functions are found by name."""


class _Stopped(Exception):
    """The engine ended a call from outside: time, memory or stack."""

    def __init__(self, fate: Fate, why: str) -> None:
        self.fate = fate
        super().__init__(why)


class Context:
    """One codec in a world of its own."""

    def __init__(self, source: str, *, allowance_s: float = ONE_CALL_S) -> None:
        self._engine = _quickjs.Context()
        self._engine.set_memory_limit(_CONTEXT_BYTES)
        self._engine.set_max_stack_size(_STACK_BYTES)
        prelude = self._engine.eval(_PRELUDE)
        find, self._uplinks, self._call, self._intact = (
            self._engine.eval(f"(caller) => caller.{name}")(prelude)
            for name in ("find", "uplinks", "call", "intact")
        )
        if _WANTS_BUFFER.search(source):
            self._engine.eval(_BUFFER)
        self._allow(allowance_s)
        self._run(self._engine.eval, source)
        self.abilities = str(self._run(find, self._run(self._engine.eval, _FIND)))
        self.broken = str(self._run(self._intact))

    def uplinks(self, uplinks: list[Uplink], allowance_s: float) -> list[Answer]:
        """Decode a batch; all of it or, where the engine ended it, nothing."""
        texts = [f"[{port},{at},{list(payload)}]" for port, at, payload in uplinks]
        self._allow(allowance_s)
        told = self._run(self._uplinks, f"[{','.join(texts)}]").split("\x1e")
        return [_answer(text) for text in told]

    def call(self, name: str, text: str, at_ms: int) -> Answer:
        """Call one function with one argument, in JSON."""
        self._allow(ONE_CALL_S)
        return _answer(self._run(self._call, name, text, at_ms))

    def tampered(self) -> str:
        """Name the native thing that the codec replaced; empty where all are as they were."""
        self._allow(ONE_CALL_S)
        return str(self._run(self._intact))

    def _allow(self, seconds: float) -> None:
        self._engine.set_time_limit(seconds)

    @staticmethod
    def _run(function: Any, *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except _quickjs.StackOverflow as error:
            raise _Stopped(Fate.THREW, "the stack overflowed") from error
        except UnicodeDecodeError as error:
            raise _Stopped(Fate.THREW, "half a character came back") from error
        except (_quickjs.JSException, MemoryError) as error:
            why = str(error).strip().splitlines()[0] if str(error).strip() else "null"
            if _SOON in why:
                raise _Stopped(Fate.TOO_SLOW, "it did not come to an end") from error
            if "out of memory" in why or why == "null":
                raise _Stopped(Fate.NO_MEMORY, "it wanted too much memory") from error
            raise _Stopped(Fate.THREW, why) from error


def _answer(text: str) -> Answer:
    return Answer(Fate(text[0]), text[1:].encode())


class Codec:
    """A codec's source, the context that is kept for it, and what was learnt of it."""

    def __init__(self, source: str) -> None:
        self.source = _EXPORT.sub("", source)
        self.stateful = False
        self._context: Context | None = None
        self._unchecked, self._check_after = 0, 2
        self.loaded = self._load()

    def _load(self) -> Loaded:
        """Evaluate the source and look at what it offers."""
        try:
            context = Context(self.source)
        except _Stopped as error:
            return Loaded("", error.fate, str(error).encode())
        if context.broken:
            return Loaded("", Fate.TAMPERED, f"it replaces {context.broken}".encode())
        if not context.abilities:
            return Loaded("", Fate.THREW, b"it offers no decodeUplink and no encodeDownlink")
        self._context = context
        return Loaded(context.abilities, Fate.ANSWERED, b"")

    def decode(self, uplinks: list[Uplink]) -> list[Answer]:
        """Answer each uplink; what the engine has to stop is found and left out."""
        if self.loaded.fate is not Fate.ANSWERED:
            return _all(uplinks, self.loaded.fate, self.loaded.text.decode())
        allowance = ONE_CALL_S + EACH_MORE_S * len(uplinks)
        began = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        if not self.stateful:
            try:
                answers = self._ready().uplinks(uplinks, allowance)
                tampered = self._ready().tampered()
            except _Stopped:
                self._context = None
            else:
                if tampered:
                    self._context = None
                    return _all(uplinks, Fate.TAMPERED, f"it replaces {tampered}")
                if self._alike(uplinks, answers):
                    return answers
        return self._one_by_one(uplinks, began + 3 * allowance)

    def call(self, name: str, text: str, at_ms: int) -> Answer:
        """Call another of its functions, in a context that no one used before."""
        if self.loaded.fate is not Fate.ANSWERED:
            return Answer(self.loaded.fate, self.loaded.text)
        try:
            return Context(self.source).call(name, text, at_ms)
        except _Stopped as error:
            return Answer(error.fate, str(error).encode())

    def _ready(self) -> Context:
        if self._context is None:
            self._context = Context(self.source)
        return self._context

    def _alike(self, uplinks: list[Uplink], answers: list[Answer]) -> bool:
        """Whether a fresh context answers the last uplink alike: no state was kept."""
        self._unchecked += len(uplinks)
        if self._unchecked < self._check_after:
            return True
        self._unchecked, self._check_after = 0, min(2 * self._check_after, _CHECK_AT_MOST_EVERY)
        try:
            again = Context(self.source).uplinks(uplinks[-1:], ONE_CALL_S)
        except _Stopped:
            again = []
        self.stateful = again != answers[-1:]
        return not self.stateful

    def _one_by_one(self, uplinks: list[Uplink], until: float) -> list[Answer]:
        answers: list[Answer] = []
        strikes = 0
        for uplink in uplinks:
            if strikes >= TRIES:
                answers.append(Answer(Fate.NOT_RUN, b"it was stopped before"))
                continue
            try:
                context = Context(self.source) if self.stateful else self._ready()
                [answer] = context.uplinks([uplink], ONE_CALL_S)
            except _Stopped as error:
                self._context = None
                answer = Answer(error.fate, str(error).encode())
            if resource.getrusage(resource.RUSAGE_SELF).ru_utime > until:
                answer, strikes = Answer(Fate.TOO_SLOW, b"it takes too long for each"), TRIES
            strikes += answer.fate in wire.STRIKES
            answers.append(answer)
        return answers


def _all(uplinks: list[Uplink], fate: Fate, why: str) -> list[Answer]:
    """Answer a batch that suffers as a whole: that is one strike, the rest of it did not run."""
    rest = [Answer(Fate.NOT_RUN, why.encode())] * (len(uplinks) - 1)
    return [Answer(fate, why.encode()), *rest]


class Desk:
    """Answers one question after the other; keeps the codecs that were used last."""

    def __init__(self) -> None:
        self._codecs: OrderedDict[bytes, Codec] = OrderedDict()

    def answer(self, kind: int, body: bytes) -> bytes:
        """Answer one question; an empty body says: load that codec first."""
        key = body[: wire.KEY_BYTES]
        if kind == Ask.LOAD:
            codec = self._codecs[key] = Codec(body[wire.KEY_BYTES :].decode())
            if len(self._codecs) > _MOST_CONTEXTS:
                self._codecs.popitem(last=False)
            return wire.loaded_body(codec.loaded)
        known = self._codecs.get(key)
        if known is None:
            return b""
        self._codecs.move_to_end(key)
        if kind == Ask.DECODE:
            answers = known.decode(list(wire.uplinks_of(body)))
        else:
            name, at_ms, text = wire.call_of(body)
            answers = [known.call(name, text.decode(), at_ms)]
        return wire.answers_body(answers, stateful=known.stateful)


_HERE: Final = Path(__file__).parent
_PRELUDE: Final = (_HERE / "prelude.js").read_text(encoding="utf-8")
_FIND: Final = (_HERE / "find.js").read_text(encoding="utf-8")
_BUFFER: Final = (_HERE / "buffer.js").read_text(encoding="utf-8")
_WANTS_BUFFER: Final = re.compile(r"\bBuffer\b")


def give_everything_up() -> None:
    """Keep two pipes and some memory; no file, no socket, no program, no rights."""
    if sys.platform == "linux":
        set_dumpable, set_no_new_privileges = 4, 38
        libc = ctypes.CDLL(None)
        libc.prctl(set_no_new_privileges, 1, 0, 0, 0)
        libc.prctl(set_dumpable, 0, 0, 0, 0)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    for limit, most in (
        (resource.RLIMIT_AS, _PROCESS_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 0),  # last: what is open stays open, nothing more opens
    ):
        resource.setrlimit(limit, (most, most))


def _read(count: int) -> bytes:
    parts = []
    while count:
        part = os.read(0, min(count, 1 << 20))
        if not part:
            os._exit(0)  # the parent is gone
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _write(text: bytes) -> None:
    view = memoryview(text)
    while view:
        view = view[os.write(1, view) :]


def main() -> None:
    """Answer questions until there are no more."""
    give_everything_up()
    desk = Desk()
    _write(b"!")  # ready
    while True:
        length, kind = wire.head(_read(wire.HEAD_BYTES))
        body = _read(length)
        used = resource.getrusage(resource.RUSAGE_SELF)
        soon = int(used.ru_utime + used.ru_stime) + _ORPHAN_S
        resource.setrlimit(resource.RLIMIT_CPU, (soon, resource.RLIM_INFINITY))
        _write(wire.message(kind, desk.answer(kind, body)))
