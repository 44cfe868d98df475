"""The hand-made town in a store, for the tests that also give commands."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.assessment.stored_town import StoredTown
from twin.store.database import Database
from twin.store.incidents import IncidentReader


@pytest.fixture
def commanded_town(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[StoredTown]:
    """Give a town on which commands of the command line work too."""
    monkeypatch.setenv("REVERBERE_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database.url)
    monkeypatch.delenv("MQTT_URL", raising=False)
    handlers = logging.getLogger().handlers
    yield StoredTown(database)
    logging.getLogger().handlers = handlers  # the command sets up its own


@pytest.fixture
def town(commanded_town: StoredTown) -> StoredTown:
    """Give that town five minutes after all its lights were heard lit."""
    commanded_town.all_lit()
    commanded_town.later(5)
    return commanded_town


@pytest.fixture
def reader(town: StoredTown) -> IncidentReader:
    """Read the town's incidents."""
    return IncidentReader(town.database)
