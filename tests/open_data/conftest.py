"""The small city's open door; tests of a module only read it."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from tests.support import small_city
from tests.support.databases import copied_database
from tests.support.small_city import SmallCity
from tests.support.web import TestClient, application, clock_at, serving, visiting
from twin.store.database import Database


@pytest.fixture(scope="module")
def store() -> Iterator[tuple[Database, SmallCity]]:
    """Fill a store that nobody changes."""
    with copied_database("small-city", small_city.build) as filled:
        yield filled


@pytest.fixture(scope="module")
def app(store: tuple[Database, SmallCity]) -> FastAPI:
    """Make the control centre."""
    return application(store[0], clock_at(small_city.EVENING))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    """Visit the door, as a program."""
    with visiting(app) as client:
        yield client


@pytest.fixture(scope="module")
def address(store: tuple[Database, SmallCity]) -> Iterator[str]:
    """Serve the door on a port, for programs of others."""
    with serving(application(store[0], clock_at(small_city.EVENING))) as address:
        yield address
