"""Instants, days, nights and spans in words, in the territory's time zone.

Instants are UTC everywhere else; local time exists only here. A word such as « hier » is
relative to the moment of writing and is never used on paper.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import get_day_names, get_month_names
from markupsafe import Markup, escape

from control_center.catalogue import Texts

_FIRST = "1er "

_LONG_WINDOW = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Moments:
    """Writes times in one language, for one reader's moment.

    Parameters
    ----------
    texts : Texts
        The catalogue that holds the turns of phrase.
    zone : ZoneInfo
        Time zone of the territory.
    now : datetime
        When this is written. [UTC, aware]
    paper : bool
        Whether it will be read later: no « hier », no « demain », the year always.
    """

    texts: Texts
    zone: ZoneInfo
    now: datetime
    paper: bool = False

    # hours

    def hour(self, instant: datetime) -> str:
        """Write the hour: ``19 h 42``, ``18 h``, ``minuit``; which time, where it comes twice."""
        local = instant.astimezone(self.zone)
        return self._doubtful(local, self._hour(local.hour, local.minute))

    def _hour(self, hour: int, minute: int) -> str:
        if minute == 0 and hour in {0, 12}:
            return self.texts.plain("hour.midnight" if hour == 0 else "hour.noon")
        key = "hour.full" if minute else "hour.round"
        return self.texts.plain(key, h=str(hour), hh=f"{hour:02d}", mm=f"{minute:02d}")

    def _doubtful(self, local: datetime, hour: str) -> str:
        """Add which time it is during the hour that comes twice in autumn."""
        once, twice = (local.replace(fold=fold).utcoffset() for fold in (0, 1))
        if once == twice:
            return hour
        summer = local.dst() not in {None, timedelta(0)}
        return self.texts.plain("hour.summer" if summer else "hour.winter", hour=hour)

    # moments

    def at(self, instant: datetime) -> str:
        """Write when: ``à 19 h 40``, ``hier à 22 h``, ``samedi 17 janvier à 7 h``."""
        return self._placed("moment.at", instant)

    def since(self, instant: datetime) -> str:
        """Write since when: ``depuis 19 h 05``, ``depuis mardi 13 janvier à 7 h``."""
        return self._placed("moment.since", instant)

    def until(self, instant: datetime) -> str:
        """Write until when: ``jusqu’à 23 h``, ``jusqu’à demain 6 h``."""
        return self._placed("moment.until", instant)

    def _placed(self, family: str, instant: datetime) -> str:
        local = instant.astimezone(self.zone)
        distance = (local.date() - self.today).days
        hour = self.hour(instant)
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(distance)
        if near is None or self.paper:
            return self.texts.plain(f"{family}_day", day=self.day(local.date()), hour=hour)
        return self.texts.plain(f"{family}_{near}", hour=hour)

    def window(self, start: datetime, end: datetime) -> str:
        """Write a window: ``demain entre 18 h et 22 h``, ``entre 22 h et demain 3 h``.

        One of days is written in days, ``entre le 22 et le 28 novembre``: hours would be a show.
        """
        first, last = start.astimezone(self.zone), end.astimezone(self.zone)
        if end - start >= _LONG_WINDOW:
            return self._window_of_days(first.date(), last.date())
        if first.date() != last.date():
            edges = {"start": self.edge(start), "end": self.edge(end)}
            return self.texts.plain("moment.window_days", **edges)
        slots = {"start": self.hour(start), "end": self.hour(end)}
        near = {0: "today", 1: "tomorrow"}.get((first.date() - self.today).days)
        if near is None or self.paper:
            return self.texts.plain("moment.window_day", day=self.day(first.date()), **slots)
        return self.texts.plain(f"moment.window_{near}", **slots)

    def _window_of_days(self, first: date, last: date) -> str:
        ends = "day.date" if self.paper or last.year != self.today.year else "day.in_month"
        starts = "day.in_month" if first.month != last.month else "day.number"
        if first.year != last.year:
            starts = "day.date"
        edges = {
            "start": self.texts.plain(starts, **self._day_slots(first)),
            "end": self.texts.plain(ends, **self._day_slots(last)),
        }
        return self.texts.plain("moment.window_dates", **edges)

    def edge(self, instant: datetime) -> str:
        """Write one end of a window: ``22 h``, ``demain 3 h``."""
        return self._placed("moment.edge", instant)

    # days

    @property
    def today(self) -> date:
        """The local day of the moment of writing."""
        return self.now.astimezone(self.zone).date()

    def is_today(self, instant: datetime) -> bool:
        """Whether an instant falls on the local day of the moment of writing."""
        return instant.astimezone(self.zone).date() == self.today

    def is_long_ago(self, instant: datetime) -> bool:
        """Whether the month is all that matters: more than thirty days away."""
        return abs(self.now - instant) > timedelta(days=30)

    def day(self, day: date) -> str:
        """Write a day: ``samedi 17 janvier``, with its year when that is another one."""
        key = "day.weekday_year" if self.paper or day.year != self.today.year else "day.weekday"
        return self.texts.plain(key, **self._day_slots(day))

    def full_date(self, day: date) -> str:
        """Write a date without its weekday: ``12 juillet 2026``."""
        return self.texts.plain("day.date", **self._day_slots(day))

    def month(self, day: date | datetime) -> str:
        """Write a month and its year: ``mars 2026``."""
        local = day.astimezone(self.zone).date() if isinstance(day, datetime) else day
        return self.texts.plain("day.month", **self._day_slots(local))

    def night(self, evening: date) -> str:
        """Write a night, which belongs to its evening, by both of its days."""
        morning = evening + timedelta(days=1)
        return self.texts.plain(
            "day.night",
            evening=self.texts.plain("day.weekday_short", **self._day_slots(evening))
            if evening.month == morning.month
            else self.texts.plain("day.weekday", **self._day_slots(evening)),
            morning=self.texts.plain("day.weekday", **self._day_slots(morning)),
        )

    def _day_slots(self, day: date) -> dict[str, str]:
        locale = self.texts.locale
        number = self.texts.plain("day.first") if day.day == 1 else str(day.day)
        return {
            "weekday": get_day_names("wide", locale=locale)[day.weekday()],
            "number": number,
            "month": get_month_names("wide", locale=locale)[day.month],
            "year": str(day.year),
        }

    # spans

    def duration(self, span: timedelta) -> str:
        """Write a span in its largest natural unit: ``12 minutes``, ``3 heures et demie``."""
        minutes = round(span.total_seconds() / 60)
        if minutes < 1:
            return self.texts.plain("duration.moments")
        if minutes < 60:
            return self.texts.plural("duration.minutes", minutes)
        halves = round(minutes / 30)
        if halves < 96:
            hours, half = divmod(halves, 2)
            key = "duration.hours_half" if half else "duration.hours"
            return self.texts.plural(key, hours)
        return self.texts.plural("duration.days", round(minutes / 1440))


def time_tag(instant: datetime | date, words: str) -> Markup:
    """Wrap words about an instant in ``<time>``, with « 1er » as it is printed."""
    if isinstance(instant, datetime):
        stamp = instant.isoformat(timespec="minutes").replace("+00:00", "Z")
    else:
        stamp = instant.isoformat()
    shown = escape(words).replace(_FIRST, Markup("1<sup>er</sup> "))
    return Markup('<time datetime="{}">{}</time>').format(stamp, shown)
