"""Instants as people's exports write them: day first or month first, local, often without seconds.

A column is read as a whole: whether 03/04 is March or April, another line of the file may tell.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from ingest.networks.instants import by_magnitude, micros_of

_DATE: Final = re.compile(
    r"(\d{4}|\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?:[T ,]+|\s*à\s*)"
    r"(\d{1,2})[:hH](\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
    r"\s*([aApP]\.?[mM]\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_EPOCH: Final = re.compile(r"\d{10}(?:\.\d+)?|\d{13}|\d{16}", re.ASCII)
_MONTHS: Final = 12
_JITTER_US: Final = 300_000_000
"""How late one gateway's line may stand behind another's."""
_SKEW_US: Final = 60_000_000
"""How far the clocks of two gateways may differ."""
_HOUR_US: Final = 3_600_000_000
_YEARS: Final = range(1990, 2200)
_EXPECTED: Final = "DD/MM/YYYY hh:mm[:ss], YYYY-MM-DD hh:mm[:ss] or RFC 3339"


_FIRST_US, _LAST_US = (
    micros_of(datetime(year, 1, 1, tzinfo=UTC)) for year in (_YEARS[0], _YEARS[-1] + 1)
)


class Told(NamedTuple):
    """One instant.

    Attributes
    ----------
    first, second : int
        Of the two instants that a local time can be where an hour comes twice; else they are one.
        [µs since 1970 UTC]
    to_the_minute : bool
        No seconds were told.
    """

    first: int
    second: int
    to_the_minute: bool


def month_comes_first(texts: Iterable[str]) -> bool:
    """Whether a column writes 12/31/2024: some second part is no month, and no first part a day."""
    second_is_no_month = False
    for text in texts:
        found = _DATE.match(text)
        if found is None or len(found[1]) > 2:
            continue
        if int(found[1]) > _MONTHS:
            return False
        second_is_no_month |= int(found[2]) > _MONTHS
    return second_is_no_month


def told(text: str, zone: ZoneInfo, *, month_first: bool) -> Told | str:
    """Read one instant.

    Parameters
    ----------
    zone : ZoneInfo
        Of times without an offset.

    Returns
    -------
    Told or str
        What is expected, where it is no known notation, no day, or an hour that the zone's clocks
        leave out.
    """
    if _EPOCH.fullmatch(text):
        at = by_magnitude(float(text))
        if _FIRST_US <= at < _LAST_US:
            return Told(at, at, to_the_minute=False)
    found = _DATE.fullmatch(text)
    if found is None:
        return f"{_EXPECTED} expected"
    try:
        local = _local(found, month_first=month_first)
    except ValueError as error:
        return f"{_EXPECTED} expected ({error})"
    if local.year not in _YEARS:
        return f"a year of {_YEARS[0]} to {_YEARS[-1]} expected"
    to_the_minute = found[6] is None
    if found[9]:
        at = micros_of(local.replace(tzinfo=UTC)) - _offset_us(found[9])
        return Told(at, at, to_the_minute)
    half_hour = local.replace(minute=local.minute // 30 * 30, second=0, microsecond=0)
    first, second = _offsets_us(half_hour, zone)
    if second > first:
        return f"an hour of {zone} expected: its clocks left this one out (--zone names another)"
    at = micros_of(local.replace(tzinfo=UTC))
    return Told(at - first, at - second, to_the_minute)


def _local(found: "re.Match[str]", *, month_first: bool) -> datetime:
    one, two, three = int(found[1]), int(found[2]), int(found[3])
    if len(found[1]) == 4:
        year, month, day = one, two, three
    else:
        year = three if len(found[3]) == 4 else 2000 + three
        day, month = (two, one) if month_first else (one, two)
    hour = int(found[4])
    if found[8]:
        hour = hour % 12 + 12 * (found[8][0] in "pP")
    micros = int((found[7] or "0")[:6].ljust(6, "0"))
    return datetime(year, month, day, hour, int(found[5]), int(found[6] or 0), micros)  # noqa: DTZ001 - local, its zone is applied by the caller


def _offset_us(text: str) -> int:
    if text[0] not in "+-":
        return 0
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return (minutes if text[0] == "+" else -minutes) * 60_000_000


@lru_cache(maxsize=65_536)
def _offsets_us(local: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """Return a local time's offsets at its first and at its second coming. [µs]

    They differ where clocks are put back; where they are put on, the second is the larger one.
    """
    first, second = (
        local.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta(0) for fold in (0, 1)
    )
    return first // timedelta(microseconds=1), second // timedelta(microseconds=1)


def in_order(lines: Iterable[tuple[Told | None, str, int | None]]) -> list[int | None]:
    """Settle the hour that comes twice by the order of the lines, oldest first.

    It has begun anew where a line goes back in it by more than lines are late, or by more than
    clocks differ while its device counts on.

    Parameters
    ----------
    lines : iterable of (Told or None, str, int or None)
        Instant, device and counter of each.
    """
    settled: list[int | None] = []
    last = 0
    counted: dict[str, tuple[int, int]] = {}
    for one, device, f_cnt in lines:
        if one is None:
            settled.append(None)
            continue
        before, count = counted.get(device, (last, -1))
        counts_on = f_cnt is not None and f_cnt > count >= 0
        since, jitter = (before, _SKEW_US) if counts_on else (last, _JITTER_US)
        last = one.second if jitter < since - one.first <= 2 * _HOUR_US else one.first
        settled.append(last)
        if f_cnt is not None:
            counted[device] = last, f_cnt
    return settled
