"""A small city, and the control centre that shows it."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from tests.support import small_city
from tests.support.small_city import SmallCity
from tests.support.web import TestClient, application, clock_at, visiting
from twin.store.database import Database


@pytest.fixture
def city(database: Database) -> SmallCity:
    """Fill the store with a small city, one of its cabinets in the water."""
    return small_city.build(database)


@pytest.fixture
def app(database: Database, city: SmallCity) -> FastAPI:
    """Make the control centre of the small city."""
    return application(database, clock_at(small_city.EVENING))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Visit the control centre of the small city."""
    with visiting(app) as client:
        yield client
