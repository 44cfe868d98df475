"""Read: each message becomes an uplink or an event of its network, or ends here with a reason."""

import re
from dataclasses import dataclass, field
from typing import Final

from ingest.fates import Fates
from ingest.message import Message
from ingest.networks import Networks
from ingest.networks.records import (
    NO_TIME,
    Event,
    Ignored,
    Record,
    Rejection,
    Several,
    Uplink,
)
from twin.model.states import Outcome

REPLAY: Final = "replay/"
_HUGE: Final = re.compile(rb"\d[eE]\+?\d{4,}")
_TEXTS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_LONGEST_TEXT: Final = 512
_BEFORE_YEAR_2200: Final = 7_258_118_400_000_000


@dataclass(slots=True)
class Records:
    """What was read, each with the index of its message."""

    uplinks: list[tuple[int, Uplink]] = field(default_factory=list)
    events: list[tuple[int, Event]] = field(default_factory=list)

    @property
    def values(self) -> int:
        """How many values they bring that need no codec."""
        return sum(len(uplink.named) + len(uplink.readings) for _, uplink in self.uplinks)


def unwrapped(message: Message) -> Message | None:
    """Return a replayed message as it first was; None where its topic is no replay's.

    ``replay/<received µs>/<topic>``: the recorded instant is the instant of reception.
    """
    if not message.topic.startswith(REPLAY):
        return message
    _, instant, topic = [*message.topic.split("/", 2), "", ""][:3]
    if not topic or not (instant.isascii() and instant.isdigit() and len(instant) < 18):
        return None
    received = int(instant)
    if received >= _BEFORE_YEAR_2200:
        return None
    return Message(
        topic, message.payload, received, message.qos, message.retained, message.duplicate
    )


def receive(fates: Fates) -> None:
    """Undo the wrapping of replayed messages; what cannot be undone ends here."""
    for index, message in enumerate(fates.messages):
        if message.topic.startswith(REPLAY):
            original = unwrapped(message)
            if original is None:
                fates.reject(index, "bad_replay_topic", message.topic)
            else:
                fates.messages[index] = original


def read(fates: Fates, networks: Networks, limit: int) -> Records:
    """Read what has not ended yet; what ends here is told to ``fates``.

    Parameters
    ----------
    limit : int
        Larger messages are rejected unread. [byte]
    """
    records = Records()
    for index, message in fates.open():
        if len(message.payload) > limit:
            fates.reject(index, "too_large", f"{len(message.payload)} bytes")
            continue
        fates.sources[index], record = networks.read(
            message.topic, message.payload, message.received_at
        )
        if type(record) is Uplink:
            _sort_uplink(index, message, record, records, fates)
        else:
            _sort(index, message, record, records, fates)
    return records


def _sort_uplink(
    index: int, message: Message, uplink: Uplink, records: Records, fates: Fates
) -> None:
    session = uplink.session
    if message.retained and not uplink.state and not _timed(uplink):
        fates.end(index, Outcome.IGNORED, "retained")
    elif len(session) > _LONGEST_TEXT or not session.isprintable():
        fates.reject(index, "bad_session", session[:_LONGEST_TEXT])
    elif not (_is_text(uplink.receptions) and _is_text(uplink.decoded)):
        fates.reject(index, "not_utf8")
    else:
        records.uplinks.append((index, uplink))


def _sort(index: int, message: Message, record: Record, records: Records, fates: Fates) -> None:
    match record:
        case Event():
            problem = _not_storable(record.detail)
            if problem:
                fates.reject(index, problem)
            else:
                records.events.append((index, record))
        case Several(parts):
            for part in parts:
                if isinstance(part, Uplink):
                    _sort_uplink(index, message, part, records, fates)
                else:
                    _sort(index, message, part, records, fates)
        case Rejection(reason, detail):
            fates.reject(index, reason, detail)
        case Ignored(reason):
            fates.end(index, Outcome.IGNORED, reason)


def _is_text(part: bytes) -> bool:
    """Whether a part of a JSON document is UTF-8; its parser did not look into what it left out."""
    if part.isascii():
        return True
    try:
        part.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _not_storable(detail: bytes) -> str:
    """Return why the store would not take a JSON document; empty where it would.

    That it is JSON, without half of a pair of surrogates, its parser has seen.
    """
    if not _is_text(detail):
        return "not_utf8"
    if b"\\u0000" in detail:
        return "nul_character"
    if _HUGE.search(detail) and _HUGE.search(_TEXTS.sub(b"", detail)):
        return "huge_number"
    return ""


def _timed(uplink: Uplink) -> bool:
    given = (uplink.gateway_at, uplink.network_at, uplink.application_at)
    return any(instant not in {"", NO_TIME} for instant in given)
