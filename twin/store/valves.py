"""Valves as they last spoke of themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from twin.store.database import Database
from twin.store.sql import statement


@dataclass(frozen=True, slots=True)
class ValveWord:
    """What a valve said: open or closed, and when. [UTC]"""

    is_open: bool
    at: datetime


def valve_words(database: Database, valve_ids: Sequence[int]) -> dict[int, ValveWord]:
    """Return the last word of each valve; one that never spoke is missing."""
    if not valve_ids:
        return {}
    with database.connection() as connection:
        rows = connection.execute(statement("parks/valves"), {"valve_ids": list(valve_ids)})
        return {asset_id: ValveWord(value >= 0.5, at) for asset_id, value, at in rows}
