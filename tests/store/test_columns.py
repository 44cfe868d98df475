"""Arrays as the server sends them, read without touching an element."""

import numpy as np
import pytest

from tests.assessment.stored_town import StoredTown
from twin.store.columns import INSTANT, read_arrays
from twin.store.database import Database

NEWEST = ("i4", INSTANT, "f8", "i2", "i8")


@pytest.fixture
def town(database: Database) -> StoredTown:
    return StoredTown(database)


def test_newest_values_come_as_columns(town: StoredTown) -> None:
    town.say(101, active_power=29.25)
    town.say(102, active_power=-3.5)
    with town.database.connection() as connection:
        stream, at, value, quality, _ = read_arrays(connection, "batches/newest", NEWEST)
    assert sorted(value.tolist()) == [-3.5, 29.25]
    assert set(at.tolist()) == {round(town.now.timestamp() * 1e6)}
    assert quality.tolist() == [0, 0]
    assert len(np.unique(stream)) == 2


def test_nothing_comes_as_empty_columns(town: StoredTown) -> None:
    with town.database.connection() as connection:
        stream, at, *_ = read_arrays(connection, "batches/newest", NEWEST)
    assert (len(stream), len(at)) == (0, 0)
    assert stream.dtype == np.int32
