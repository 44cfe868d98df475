"""A town of a few hundred lights: large enough to have everything, made once a worker."""

import pytest

from simulators.city import City
from simulators.city.town import Town, draw_town
from simulators.testing import tiny_city


@pytest.fixture(scope="session")
def town() -> Town:
    return draw_town(seed=11, lights=1500)


@pytest.fixture(scope="session")
def city() -> City:
    return tiny_city(lights=1500, seed=11)


@pytest.fixture(scope="session")
def hamlet() -> City:
    return tiny_city()
