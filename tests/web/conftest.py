"""A small city, and the control centre that shows it."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from tests.support import small_city
from tests.support.databases import copied_database, fresh_database
from tests.support.small_city import SmallCity
from tests.support.web import TestClient, application, clock_at, visiting
from twin.store.database import Database


@pytest.fixture
def stored(request: pytest.FixtureRequest) -> Iterator[tuple[Database, SmallCity | None]]:
    """Give a store: with the small city for a test that asks for it, else empty."""
    if "city" in request.fixturenames:
        with copied_database("small-city", small_city.build) as filled:
            yield filled
    else:
        with fresh_database() as database:
            yield database, None


@pytest.fixture
def database(stored: tuple[Database, SmallCity | None]) -> Database:
    """Give the store of the test."""
    return stored[0]


@pytest.fixture
def city(stored: tuple[Database, SmallCity | None]) -> SmallCity:
    """Give a small city, one of its cabinets in the water."""
    city = stored[1]
    assert city is not None
    return city


@pytest.fixture
def app(database: Database, city: SmallCity) -> FastAPI:
    """Make the control centre of the small city."""
    return application(database, clock_at(small_city.EVENING))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Visit the control centre of the small city."""
    with visiting(app) as client:
        yield client
