"""Processes that run codecs, shared by the tests of a file."""

from collections.abc import Iterator

import pytest

from ingest.scripts.pool import ScriptPool


@pytest.fixture(scope="module")
def pool() -> Iterator[ScriptPool]:
    made = ScriptPool(2)
    yield made
    made.close()
