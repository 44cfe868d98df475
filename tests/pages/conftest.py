"""The town of the public pages, and the control centre that shows it at a chosen hour."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.pages import energy, garden, town
from tests.pages.town import Town
from tests.support.databases import copied_database
from tests.support.web import TestClient, application
from twin.clock import VirtualClock
from twin.store.database import Database

Visit = Callable[..., TestClient]


@pytest.fixture(scope="module")
def bellerive() -> Iterator[Database]:
    """Fill a store with the town, its park and its savings; tests of a module only read it."""
    with copied_database("bellerive", fill) as (database, _):
        yield database


@pytest.fixture
def own_bellerive() -> Iterator[Database]:
    """Fill a store that the test may change."""
    with copied_database("bellerive", fill) as (database, _):
        yield database


def fill(database: Database) -> None:
    """Put in streets, incidents, a park and savings."""
    town.build(database)
    with database.connection() as connection:
        more = Town(connection)
        town.wire(more)
        garden.plant(more)
        energy.meter(more)


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Give clients of the control centre: ``visit(database, clock)``."""
    with ExitStack() as stack:

        def client(database: Database, clock: VirtualClock | None = None) -> TestClient:
            app = application(database, clock or VirtualClock(town.EVENING))
            # the live channel is not started: these pages do not follow it
            made = TestClient(app, base_url="http://localhost", follow_redirects=False)
            stack.callback(made.close)
            return made

        yield client


@pytest.fixture(scope="module")
def evening(bellerive: Database) -> Iterator[TestClient]:
    """Visit the town at 20:14."""
    yield from _visiting(bellerive, VirtualClock(town.EVENING))


@pytest.fixture(scope="module")
def noon(bellerive: Database) -> Iterator[TestClient]:
    """Visit the town by day."""
    yield from _visiting(bellerive, VirtualClock(town.DAYTIME))


def _visiting(database: Database, clock: VirtualClock) -> Iterator[TestClient]:
    app = application(database, clock)
    client = TestClient(app, base_url="http://localhost", follow_redirects=False)
    yield client
    client.close()
