"""What is said between ingest and the processes that run codecs: length, kind, body; little-endian.

Read by both sides, so the standard library alone.
"""

import struct
from collections.abc import Iterable, Iterator
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

MOST_BYTES: Final = 64 * 1024 * 1024
"""A longer message is nonsense: the process that says it is ended. [byte]"""

_HEAD: Final = struct.Struct("<IB")
_UPLINK: Final = struct.Struct("<HqH")
HEAD_BYTES: Final = _HEAD.size
KEY_BYTES: Final = 32
"""A codec is called by the SHA-256 of its source."""


class Ask(IntEnum):
    """What is asked of a process."""

    LOAD = 1
    DECODE = 2
    CALL = 3


class Fate(StrEnum):
    """How one call of a codec ended; the letters are those of ``prelude.js``.

    The last five are strikes: after three of them a codec is quarantined.
    """

    ANSWERED = "A"
    OWN_ERRORS = "E"
    THREW = "T"
    NOT_RUN = "N"
    NO_MEMORY = "M"
    TOO_LONG = "L"
    TOO_SLOW = "S"
    TAMPERED = "P"
    KILLED = "K"


STRIKES: Final = frozenset(
    (Fate.NO_MEMORY, Fate.TOO_LONG, Fate.TOO_SLOW, Fate.TAMPERED, Fate.KILLED)
)


class Uplink(NamedTuple):
    """One frame for a codec: port, the time it is to believe [ms since 1970 UTC], bytes."""

    f_port: int
    at_ms: int
    payload: bytes


class Answer(NamedTuple):
    """What came of one call: how it ended, and JSON (of a refusal: a sentence)."""

    fate: Fate
    text: bytes


class Loaded(NamedTuple):
    """What a source turned out to be.

    Attributes
    ----------
    abilities : str
        ``u`` decodes uplinks, ``n`` normalizes them, ``e`` encodes and ``d`` decodes downlinks.
    fate : Fate
        ``ANSWERED``, or why it cannot be used.
    text : bytes
        Why, as a sentence.
    """

    abilities: str
    fate: Fate
    text: bytes


def message(kind: int, body: bytes) -> bytes:
    """Write one message."""
    return _HEAD.pack(len(body), kind) + body


def head(text: bytes) -> tuple[int, int]:
    """Return the length of the body and the kind."""
    length, kind = _HEAD.unpack(text)
    return int(length), int(kind)


def uplinks_body(key: bytes, uplinks: Iterable[Uplink]) -> bytes:
    """Write the uplinks of one codec."""
    parts = [key]
    for port, at_ms, payload in uplinks:
        parts += (_UPLINK.pack(port, at_ms, len(payload)), payload)
    return b"".join(parts)


def uplinks_of(body: bytes) -> Iterator[Uplink]:
    """Read them back."""
    at = KEY_BYTES
    while at < len(body):
        port, at_ms, size = _UPLINK.unpack_from(body, at)
        at += _UPLINK.size
        yield Uplink(port, at_ms, body[at : at + size])
        at += size


def call_body(key: bytes, name: str, at_ms: int, text: bytes) -> bytes:
    """Write a call of one function with one argument, in JSON."""
    return key + struct.pack("<q16s", at_ms, name.encode()) + text


def call_of(body: bytes) -> tuple[str, int, bytes]:
    """Read it back: name, time, argument."""
    at_ms, name = struct.unpack_from("<q16s", body, KEY_BYTES)
    return name.rstrip(b"\0").decode(), at_ms, body[KEY_BYTES + 24 :]


def answers_body(answers: Iterable[Answer], *, stateful: bool) -> bytes:
    """Write what came of calls, in order."""
    parts = [b"1" if stateful else b"0"]
    for fate, text in answers:
        parts += (struct.pack("<cI", fate.encode(), len(text)), text)
    return b"".join(parts)


def answers_of(body: bytes) -> tuple[list[Answer], bool]:
    """Read them back, and whether the codec keeps state between calls.

    Raises
    ------
    ValueError, struct.error
        It is not that.
    """
    answers, at = [], 1
    while at < len(body):
        fate, size = struct.unpack_from("<cI", body, at)
        at += 5
        answers.append(Answer(Fate(fate.decode("ascii")), body[at : at + size]))
        at += size
    return answers, body[:1] == b"1"


def loaded_body(loaded: Loaded) -> bytes:
    """Write what a source turned out to be."""
    return struct.pack("<4sc", loaded.abilities.encode(), loaded.fate.encode()) + loaded.text


def loaded_of(body: bytes) -> Loaded:
    """Read it back."""
    abilities, fate = struct.unpack_from("<4sc", body)
    return Loaded(abilities.rstrip(b"\0").decode(), Fate(fate.decode("ascii")), body[5:])
