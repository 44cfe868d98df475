"""Instants inside the laws: whole microseconds since 1970, UTC, and one value for "never"."""

from datetime import UTC, datetime, timedelta

import numpy as np

from twin.supply.ranges import Longs

NEVER = -(2**62)
"""Before everything; also stands for an instant that is not known. [µs]"""

SECOND = 1_000_000
"""[µs]"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime | None) -> int:
    """Turn an aware datetime into microseconds; None is never."""
    if instant is None:
        return NEVER
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant(micro: int) -> datetime | None:
    """Turn microseconds into an aware datetime; never is None."""
    return None if micro <= NEVER // 2 else _EPOCH + timedelta(microseconds=int(micro))


def later(*moments: Longs) -> Longs:
    """Return the later of several arrays of instants."""
    latest = moments[0]
    for each in moments[1:]:
        latest = np.maximum(latest, each)
    return latest
