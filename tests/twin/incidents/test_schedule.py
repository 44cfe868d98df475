"""When lights should burn: dusk, dawn, and a night switch-off by the local clock."""

from datetime import UTC, datetime

import numpy as np
import pytest

from twin.incidents.schedule import night_at, should_burn
from twin.incidents.times import NEVER, instant

ANGERS = {"latitude": 47.47, "longitude": -0.55, "timezone": "Europe/Paris"}
NAN = float("nan")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_by_night_and_by_day() -> None:
    evening, noon = (
        night_at(at("2026-11-19 20:00"), **ANGERS),
        night_at(at("2026-11-19 12:00"), **ANGERS),
    )
    assert evening.dark
    assert not noon.dark
    assert instant(evening.switched_at) < at("2026-11-19 17:00")
    assert instant(noon.next_dusk) == instant(evening.switched_at)
    assert instant(evening.midnight) == at("2026-11-18 23:00")  # 0 h in Paris
    burns, since = should_burn(evening, np.array([NAN]), np.array([NAN]))
    assert burns.tolist() == [True]
    assert since.tolist() == [evening.switched_at]
    assert should_burn(noon, np.array([NAN]), np.array([NAN]))[0].tolist() == [False]


@pytest.mark.parametrize(
    ("moment", "off_from_h", "off_since", "lit_since"),
    [
        pytest.param("2026-11-19 21:59", 23, None, "dusk", id="before the switch-off"),
        pytest.param("2026-11-19 22:30", 23, "2026-11-19 22:00", None, id="during it"),
        pytest.param("2026-11-20 03:59", 23, "2026-11-19 22:00", None, id="past midnight"),
        pytest.param("2026-11-20 04:01", 23, None, "2026-11-20 04:00", id="lit again"),
        pytest.param("2026-11-20 00:10", 1, "2026-11-20 00:00", None, id="after midnight only"),
        pytest.param("2026-07-01 21:30", 23, "2026-07-01 21:00", None, id="by summer time"),
    ],
)
def test_a_night_switch_off_until_five_by_the_local_clock(
    moment: str, off_from_h: float, off_since: str | None, lit_since: str | None
) -> None:
    night = night_at(at(moment), **ANGERS)
    burns, switched_at = should_burn(night, np.array([off_from_h * 3600.0]), np.array([5 * 3600.0]))
    since = off_since or lit_since
    expected = instant(night.switched_at) if since == "dusk" else at(str(since))
    assert burns.tolist() == [off_since is None]
    assert instant(int(switched_at[0])) == expected


def test_under_a_midnight_sun_nothing_burns_and_nothing_ever_switched() -> None:
    night = night_at(
        at("2026-06-21 00:00"), latitude=78.2, longitude=15.6, timezone="Arctic/Longyearbyen"
    )
    assert not night.dark
    assert night.switched_at == night.next_dusk == NEVER
