"""What a witness saw of a light: recorded, and told to whoever understands the territory."""

from datetime import datetime

from twin.clock import Clock
from twin.errors import Refused
from twin.store.database import Database
from twin.store.diagnosis import NewSighting, record_sighting

_EARLIEST_YEAR = 2000


def witness(database: Database, clock: Clock, said: NewSighting) -> bool:
    """Record what a witness saw of a light; the next assessment weighs it.

    Returns
    -------
    bool
        Whether it was new.

    Raises
    ------
    NotFound
        No light has that code.
    Refused
        ``not_then``: seen in the future, or before there were such systems;
        ``too_many_sightings``: of this reporter, or of this light.
    """
    now = clock.now()
    _check_instant(said.at, now)
    with database.connection() as connection:
        return record_sighting(connection, said, now)


def _check_instant(at: datetime, now: datetime) -> None:
    if at > now or at.year < _EARLIEST_YEAR:
        raise Refused("not_then", f"a light cannot have been seen at {at.isoformat()}")
