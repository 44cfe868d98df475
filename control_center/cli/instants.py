"""Instants as people write them on the command line."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from twin.clock import Clock
from twin.errors import Refused
from twin.store.ledger import END

_SPAN: Final = re.compile(r"(\d+)(min|h|d)")
_UNITS: Final = {"min": "minutes", "h": "hours", "d": "days"}


def instant_of(text: str, clock: Clock, option: str) -> datetime:
    """Read an instant, or a span back from now: ``2026-11-19T18:00Z``, ``30min``, ``2h``, ``7d``.

    Raises
    ------
    Refused
        Which option takes what.
    """
    span = _SPAN.fullmatch(text.strip())
    if span is not None:
        return clock.now() - timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        problem = f"--{option} takes 30min, 2h, 7d or an instant, not {text!r}"
        raise Refused(option, problem) from error
    if instant.tzinfo is None:
        raise Refused(option, f"--{option} {text}: say in which zone, for example {text}Z")
    return min(instant, END)


def local_instant(text: str, zone: ZoneInfo, option: str) -> datetime:
    """Read an instant; without a zone it is the territory's local time.

    Raises
    ------
    Refused
        It is no instant.
    """
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(
            "bad_instant",
            f"--{option} {text!r}: an instant such as 2026-11-19T20:14 is expected",
            option,
        ) from None
    return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)
