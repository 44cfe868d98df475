"""Fixtures of the whole house: real servers, open data, a browser."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from tests.support import home, session
from tests.support.brokers import Broker, running_broker
from tests.support.databases import fresh_database
from tests.support.places import reachable_folder
from twin.store.database import Database
from twin.store.settings import StoreSettings

# no test asserts a time, Hypothesis' own clocks included; in automation the same cases each run
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("house", _UNHURRIED)
settings.register_profile("automation", _UNHURRIED, derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("automation")
    # Hypothesis also tries numbers and words that it finds in our own modules, as many as happen to
    # be read by then: the same cases would hang on which tests ran before, and on every edit
    pytest.MonkeyPatch().setattr(
        providers, "_get_local_constants", lambda: providers._local_constants
    )
else:
    settings.load_profile("house")


def pytest_configure() -> None:
    """Open the run's folder before any worker starts."""
    session.open_session()


def pytest_unconfigure() -> None:
    """Stop the run's servers."""
    session.close_session()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On plain partitions, run what touches the store alone: nothing else is different there."""
    if StoreSettings().extension:
        return
    touch = {item: "database" in getattr(item, "fixturenames", ()) for item in items}
    config.hook.pytest_deselected(items=[item for item in items if not touch[item]])
    items[:] = [item for item in items if touch[item]]


@pytest.fixture
def database() -> Iterator[Database]:
    """Give a fresh migrated store; on plain partitions with REVERBERE_STORE_EXTENSION=off."""
    with fresh_database() as fresh:
        yield fresh


@pytest.fixture
def broker_server() -> Iterator[Broker]:
    """Give a real mosquitto that the test may stop, kill and start again."""
    with running_broker() as broker:
        yield broker


@pytest.fixture
def broker(broker_server: Broker) -> str:
    """Give the address of a real mosquitto with the configuration that we ship."""
    return broker_server.url


@pytest.fixture
def place() -> Iterator[Path]:
    """Give a folder that embedded servers can reach; its name has a space and an accent."""
    with reachable_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of open data beside the repository, or skip."""
    if not home.SHARED_DATA.is_dir():
        pytest.skip("needs the open data folder ../shared/data, which is not here")
    return home.SHARED_DATA


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Give the path of a Chromium, or skip."""
    found = home.chromium()
    if found is None:
        pytest.skip("needs Chromium, which is not installed here")
    return found
