"""When: instants and intervals as they stand in an address.

RFC 3339 instants, whole days, and intervals of two of them. One end may be open, or be told by how
long the interval lasts (ISO 8601, ``P1M2D``): the standard's test suite asks so.
"""

import calendar
import re
from datetime import UTC, datetime, timedelta

from control_center.errors import QueryInvalid

Interval = tuple[datetime | None, datetime | None]
"""Both ends included; None is open. [UTC]"""

_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_OPEN = ("", "..")
_DURATION = re.compile(
    r"^P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?$",
    re.ASCII,
)
_EXPECTED = "expected: 2026-11-20T18:30:00Z, a day such as 2026-11-20, or start/end of such"


def read_interval(text: str) -> Interval:
    """Read an instant or an interval, ends included; a day is the whole day.

    Raises
    ------
    QueryInvalid
        It is neither.
    """
    parts = text.split("/")
    if len(parts) == 1:
        return _instant(text, late=False), _instant(text, late=True)
    if len(parts) != 2 or all(part in _OPEN for part in parts):
        raise QueryInvalid("datetime", "an instant, or start/end with at most one end open")
    lasting = [_DURATION.match(part) for part in parts]
    if all(lasting) or any(
        found and other in _OPEN for found, other in zip(lasting, parts[::-1], strict=True)
    ):
        raise QueryInvalid("datetime", "a duration needs the other end")
    start = None if lasting[0] else _end(parts[0], late=False)
    end = None if lasting[1] else _end(parts[1], late=True)
    if lasting[0] and end is not None:
        start = _later(end, lasting[0], -1)
    if lasting[1] and start is not None:
        end = _later(start, lasting[1], 1)
    if start is not None and end is not None and start > end:
        raise QueryInvalid("datetime", "it ends before it starts")
    return start, end


def _end(text: str, *, late: bool) -> datetime | None:
    return None if text in _OPEN else _instant(text, late=late)


def _instant(text: str, *, late: bool) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if _DAY.match(text):
            day = found.replace(tzinfo=UTC)
            return day + timedelta(days=1, microseconds=-1) if late else day
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):  # no date, or one at the edge of the calendar
        raise QueryInvalid("datetime", _EXPECTED) from None
    raise QueryInvalid("datetime", f"its time zone is missing; {_EXPECTED}")


def _later(instant: datetime, duration: re.Match[str], sign: int) -> datetime:
    """Add a duration by the calendar: a month after 31 January is the last day of February."""
    years, months, weeks, days, hours, minutes, seconds = (
        sign * int(part or 0) for part in duration.groups()
    )
    try:
        whole = instant.year * 12 + instant.month - 1 + years * 12 + months
        year, month = divmod(whole, 12)
        last = calendar.monthrange(year, month + 1)[1]
        moved = instant.replace(year=year, month=month + 1, day=min(instant.day, last))
        return moved + timedelta(
            weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds
        )
    except (ValueError, OverflowError, calendar.IllegalMonthError):
        raise QueryInvalid("datetime", "it lasts longer than the calendar") from None
