"""Instants in the spellings of the networks, as µs since 1970 UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.networks.records import NO_TIME, Instant

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
# how many µs one count is, by number of digits: s, ms, µs
_MICROS_BY_DIGITS: Final = {10: 1_000_000, 13: 1_000, 16: 1}


def micros(instant: Instant) -> int:
    """Return one instant in µs; ``NO_TIME`` where there is none or it cannot be read.

    A text without a zone is not an instant.
    """
    if isinstance(instant, int):
        return instant
    try:
        moment = datetime.fromisoformat(instant)
        if moment.tzinfo is None:
            return NO_TIME
        return micros_of(moment)
    except (ValueError, OverflowError):
        return NO_TIME


def micros_of(moment: datetime) -> int:
    """Return an aware datetime in µs."""
    since = moment - _FIRST
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds


def datetime_of(instant: int) -> datetime:
    """Return µs as an aware datetime."""
    return np.datetime64(instant, "us").astype(datetime).replace(tzinfo=UTC)  # type: ignore[no-any-return] # numpy types astype as Any


def text_of(instant: int) -> str:
    """Write µs as RFC 3339 with six decimals and ``Z``."""
    return f"{np.datetime64(instant, 'us')}Z"


def by_magnitude(count: float | None) -> int:
    """Return a Unix time of unsaid unit in µs: 10 digits are s, 13 ms, 16 µs.

    Any other number of digits gives ``NO_TIME``.
    """
    if count is None or not 0 < count < 1e17:
        return NO_TIME
    factor = _MICROS_BY_DIGITS.get(len(str(int(count))))
    return NO_TIME if factor is None else round(count * factor)


def columns(instants: Sequence[Instant]) -> NDArray[np.int64]:
    """Return many instants in µs, ``NO_TIME`` where there is none."""
    if set(map(type, instants)) == {str}:
        try:
            return _texts(instants)  # type: ignore[arg-type] # all of them texts
        except ValueError:
            pass
    return np.fromiter(map(micros, instants), np.int64, len(instants))


def _texts(texts: Sequence[str]) -> NDArray[np.int64]:
    """Read UTC texts at once. Raises ValueError where one of them is another thing."""
    plain = [_without_zone(text) for text in texts]
    # NaT, for an empty text, has the very bits of NO_TIME
    return np.array(plain, dtype="datetime64[us]").astype(np.int64)


def _without_zone(text: str) -> str:
    if not text:
        return ""
    if text[10:11] != "T":  # numpy reads "now" and "today" too
        raise ValueError(text)
    if text[-1] == "Z":
        return text[:-1][:26]
    if text[-6:] == "+00:00":
        return text[:-6][:26]
    raise ValueError(text)
