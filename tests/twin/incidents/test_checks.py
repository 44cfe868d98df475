"""Which light an incident sends somebody to."""

from dataclasses import replace

import numpy as np
import pytest

from tests.twin.incidents.test_clues import silent
from tests.twin.incidents.town import (
    MINUTE,
    NOON,
    T,
    extent,
    flood,
    lit_town,
    look,
    town,
)
from twin.incidents.causes import causes
from twin.incidents.checks import incident_checks
from twin.incidents.city import City
from twin.incidents.next_check import LOOK, PING, Checks
from twin.incidents.observed import Observed


@pytest.fixture(scope="module")
def city() -> City:
    return town()


def codes(city: City, checks: Checks) -> list[str]:
    return [city.names.light_code[rank] for rank in checks.light.tolist()]


def mute(observed: Observed) -> Observed:
    """Nobody's controller: lights that nothing watches."""
    m = len(observed.lights.reported)
    return replace(observed, lights=replace(observed.lights, interval_s=np.full(m, np.nan)))


def test_water_half_way_up_an_unknown_plinth_sends_somebody_to_look(city: City) -> None:
    observed = mute(lit_town(city))
    # 62 cm on 35, hardly in doubt; A-113: 30 cm on an assumed 20: 66 %
    water = flood(extent(city, T - 3 * MINUTE, (-0.551, -0.5495, 0.62), (-0.5495, -0.5485, 0.30)))
    known = look(city, observed, water)
    found = incident_checks(city, known, causes(city, observed, known), observed.radio.seen_at)
    checks = found["flood:crue-demo"]
    assert codes(city, checks)[0] == "L-11"
    assert checks.act[0] == LOOK
    assert checks.gain[0] == checks.gain.max() > 0.5


def test_by_day_no_look_tells(city: City) -> None:
    observed = mute(lit_town(city))
    water = flood(extent(city, T - 9 * 3600 * 10**6, (-0.5495, -0.5485, 0.30)))
    known = look(city, observed, water, at=NOON)
    assert incident_checks(city, known, causes(city, observed, known), observed.radio.seen_at) == {}


def test_a_sensor_that_can_answer_is_asked_before_anybody_is_sent(city: City) -> None:
    observed = silent(city, lit_town(city), range(111, 115), 12)
    water = flood(extent(city, T - 10 * MINUTE, (-0.5495, -0.5485, 0.21)))  # a centimetre above
    known = look(city, observed, water)
    found = incident_checks(city, known, causes(city, observed, known), observed.radio.seen_at)
    checks = found["flood:crue-demo"]
    assert checks.act.tolist() == [PING, LOOK]
    assert set(codes(city, checks)) <= {f"L-{k}" for k in range(11, 15)}


def test_without_an_outage_nothing_is_asked(city: City) -> None:
    observed = lit_town(city)
    known = look(city, observed)
    assert incident_checks(city, known, [], observed.radio.seen_at) == {}
