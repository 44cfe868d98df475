"""Hours, days and spans as they are written, in French and in English."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_center.catalogue import texts
from control_center.moments import Moments, time_tag

PARIS = ZoneInfo("Europe/Paris")
THURSDAY_EVENING = datetime(2026, 11, 19, 19, 14, 32, tzinfo=UTC)
NBSP = "\u00a0"


def moments(
    language: str = "fr", now: datetime = THURSDAY_EVENING, *, paper: bool = False
) -> Moments:
    return Moments(texts(language), PARIS, now, paper)


def local(*when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=PARIS, fold=fold).astimezone(UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("instant", "french", "english"),
    [
        (local(2026, 11, 19, 19, 42), "19 h 42", "19:42"),
        (local(2026, 11, 19, 18, 0), "18 h", "18:00"),
        (local(2026, 11, 19, 5, 5), "5 h 05", "05:05"),
        (local(2026, 11, 19, 0, 0), "minuit", "midnight"),
        (local(2026, 11, 19, 0, 5), "0 h 05", "00:05"),
        (local(2026, 11, 19, 12, 0), "midi", "noon"),
        (local(2026, 11, 19, 12, 30), "12 h 30", "12:30"),
    ],
)
def test_an_hour(instant: datetime, french: str, english: str) -> None:
    assert moments("fr").hour(instant) == french.replace(" ", NBSP)
    assert moments("en").hour(instant) == english


@pytest.mark.parametrize(
    ("instant", "written"),
    [
        (local(2026, 11, 19, 19, 40), "à 19 h 40"),
        (local(2026, 11, 18, 22, 0), "hier à 22 h"),
        (local(2026, 11, 20, 0, 0), "demain à minuit"),
        (local(2026, 11, 14, 7, 0), "samedi 14 novembre à 7 h"),
        (local(2026, 12, 1, 7, 0), "mardi 1er décembre à 7 h"),
        (local(2025, 11, 19, 7, 0), "mercredi 19 novembre 2025 à 7 h"),
    ],
)
def test_a_moment_is_told_from_the_day_of_its_reader(instant: datetime, written: str) -> None:
    assert moments().at(instant).replace(NBSP, " ") == written


@pytest.mark.parametrize(
    ("instant", "written"),
    [
        (local(2026, 11, 19, 19, 5), "depuis 19 h 05"),
        (local(2026, 11, 18, 23, 0), "depuis hier à 23 h"),
        (local(2026, 11, 13, 8, 0), "depuis vendredi 13 novembre à 8 h"),
    ],
)
def test_since(instant: datetime, written: str) -> None:
    assert moments().since(instant).replace(NBSP, " ") == written


def test_midnight_parts_yesterday_from_today_in_local_time() -> None:
    just_before, just_after = local(2026, 11, 18, 23, 59), local(2026, 11, 19, 0, 1)
    assert moments().at(just_before).startswith("hier")
    assert moments().at(just_after).startswith("à")


def test_the_hour_that_comes_twice_says_which_it_is() -> None:
    summer, winter = local(2026, 10, 25, 2, 30), local(2026, 10, 25, 2, 30, fold=1)
    assert winter - summer == timedelta(hours=1)
    assert moments().hour(summer).replace(NBSP, " ") == "2 h 30, heure d’été"
    assert moments().hour(winter).replace(NBSP, " ") == "2 h 30, heure d’hiver"
    assert moments("en").hour(winter) == "02:30 winter time"


def test_the_hour_that_is_skipped_in_spring_is_never_written() -> None:
    before = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    assert moments().hour(before).replace(NBSP, " ") == "1 h 59"
    assert moments().hour(before + timedelta(minutes=1)).replace(NBSP, " ") == "3 h"


def test_paper_never_says_yesterday_and_gives_the_year() -> None:
    written = moments(paper=True).at(local(2026, 11, 18, 22, 0)).replace(NBSP, " ")
    assert written == "mercredi 18 novembre 2026 à 22 h"


def test_a_window_names_its_day_once() -> None:
    start, end = local(2026, 11, 20, 18, 0), local(2026, 11, 20, 22, 0)
    assert moments().window(start, end).replace(NBSP, " ") == "demain entre 18 h et 22 h"


def test_a_window_of_days_speaks_of_days_alone() -> None:
    start = datetime(2026, 11, 28, 13, tzinfo=UTC)
    shown = {
        days: moments().window(start, start + timedelta(days=days)).replace(NBSP, " ")
        for days in (2, 6, 40)
    }
    assert shown == {
        2: "entre le 28 et le 30 novembre",
        6: "entre le 28 novembre et le 4 décembre",
        40: "entre le 28 novembre 2026 et le 7 janvier 2027",
    }


def test_a_window_over_midnight_names_each_day_beside_its_hour() -> None:
    now = moments().now
    late, early = now.replace(hour=21, minute=0), now.replace(hour=2, minute=0) + timedelta(days=1)
    assert moments().window(late, early).replace(NBSP, " ") == "entre 22 h et demain 3 h"


@pytest.mark.parametrize(
    ("evening", "written"),
    [
        (date(2026, 1, 17), "la nuit du samedi 17 au dimanche 18 janvier"),
        (date(2026, 11, 30), "la nuit du lundi 30 novembre au mardi 1er décembre"),
    ],
)
def test_a_night_names_both_of_its_days(evening: date, written: str) -> None:
    assert moments().night(evening) == written


@pytest.mark.parametrize(
    ("minutes", "written"),
    [
        (0.2, "moins d’une minute"),
        (1, "1 minute"),
        (12, "12 minutes"),
        (60, "1 heure"),
        (90, "1 heure et demie"),
        (205, "3 heures et demie"),
        (6 * 1440, "6 jours"),
    ],
)
def test_a_span_is_told_in_its_largest_natural_unit(minutes: float, written: str) -> None:
    assert moments().duration(timedelta(minutes=minutes)) == written


def test_a_time_tag_carries_the_instant_and_prints_the_first_of_the_month() -> None:
    tag = time_tag(local(2026, 12, 1, 7, 0), moments().at(local(2026, 12, 1, 7, 0)))
    assert tag.startswith('<time datetime="2026-12-01T06:00Z">mardi 1<sup>er</sup> décembre')


@given(
    instant=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    language=st.sampled_from(["fr", "en"]),
    paper=st.booleans(),
)
def test_every_instant_can_be_written(instant: datetime, language: str, paper: bool) -> None:  # noqa: FBT001
    writer = moments(language, paper=paper)
    for written in (
        writer.at(instant),
        writer.since(instant),
        writer.until(instant),
        writer.night(instant.date()),
        writer.duration(abs(instant - THURSDAY_EVENING)),
    ):
        assert written
        assert "{" not in written
        assert "\u202f" not in written  # the typeface lacks it
