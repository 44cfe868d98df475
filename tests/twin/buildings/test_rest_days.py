"""The week of a building, read from its own meter."""

import numpy as np
import pytest

from tests.twin.buildings.town import DAYS, temperature, works
from tests.twin.evaluation.synthetic import noise
from twin.buildings.rest_days import WEEKEND, weekdays, weekly_rest
from twin.buildings.savings import building_savings

COLD = np.maximum(15 - temperature(), 0)


def closed_on(*closed, share=0.4, seed=0, buildings=1):
    rests = np.isin(weekdays(DAYS), closed)
    use = (300 + 8 * COLD) * np.where(rests, share, 1.0)
    return use + 20 * noise((buildings, DAYS.size), 0.4, seed)


def test_the_first_of_january_2024_was_a_monday():
    assert weekdays(np.array(["2024-01-01", "2024-01-07"], "datetime64[D]")).tolist() == [0, 6]


@pytest.mark.parametrize("closed", [(5, 6), (0, 6), (1,), (6,), (2, 5, 6)])
def test_each_building_shows_its_own_days_of_rest(closed):
    found = weekly_rest(closed_on(*closed, buildings=50), DAYS)
    assert np.flatnonzero(found[0]).tolist() == list(closed)
    assert (found == found[0]).all()


def test_a_building_that_never_rests_is_given_the_weekend():
    found = weekly_rest(closed_on(buildings=200), DAYS)
    assert (found == WEEKEND).all(axis=1).mean() > 0.98


def test_a_library_closed_on_mondays_has_a_band_several_times_tighter_than_with_weekends():
    energy = closed_on(0, 6, buildings=20)
    outdoors = temperature()
    own = building_savings(energy, outdoors, DAYS, **works(20))
    plain = building_savings(
        energy, outdoors, DAYS, **works(20), rest_weekdays=np.tile(WEEKEND, (20, 1))
    )
    assert own.saving.half_width_kwh.mean() < 0.5 * plain.saving.half_width_kwh.mean()
    assert own.frame()["rest_weekdays"].to_list() == [[0, 6]] * 20


def test_buildings_of_different_weeks_come_back_in_their_order():
    energy = np.concatenate([closed_on(0, 6), closed_on(5, 6), closed_on(0, 6, seed=1)])
    outdoors = temperature()
    together = building_savings(energy, outdoors, DAYS, **works(3))
    for row in range(3):
        alone = building_savings(energy[row : row + 1], outdoors, DAYS, **works(1))
        for name in ("half_width_kwh", "adjusted_kwh"):
            ours, theirs = getattr(together.saving, name)[row], getattr(alone.saving, name)[0]
            assert ours == pytest.approx(theirs)


def test_no_building_at_all_gives_an_empty_frame():
    found = building_savings(np.zeros((0, DAYS.size)), temperature(), DAYS, **works(0))
    assert found.frame().is_empty()
