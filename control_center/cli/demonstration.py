"""The demonstration town: generated once, brought in like any other territory, set to an hour."""

import math
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from control_center.services.prefix import Progress
from twin.clock import SystemClock
from twin.errors import NoTerritory, Refused
from twin.store.city import CityReader, Territory
from twin.store.database import Database
from twin.store.sql import statement

SLUG = "bellerive"
SEED = 1


def territory_of(database: Database) -> Territory | None:
    """Return the territory of a store; None where it is empty."""
    try:
        return CityReader(database).territory()
    except NoTerritory:
        return None


def make_town(database: Database, home: Path, tell: Progress) -> Territory:
    """Generate the demonstration town and bring it in.

    Parameters
    ----------
    database : Database
        An empty store.
    home : Path
        Its files go below ``towns``, its tiles below ``tiles``.
    tell : callable
        Hears what is being done.
    """
    from control_center.importing import import_folder  # noqa: PLC0415 - heavy, and rarely needed
    from simulators.city import generate, write  # noqa: PLC0415 - as above

    tell("generating the demonstration town")
    folder = home / "towns" / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    write(generate(SEED), folder)
    tell("bringing it in: layers, wiring, tiles")
    import_folder(database, folder, clock=SystemClock(), home=home)
    return CityReader(database).territory()


def set_hour(database: Database, territory: Territory, wanted: str) -> Territory:
    """Move a simulated territory's clock forward to the next such local hour.

    Parameters
    ----------
    database : Database
        Its store.
    territory : Territory
        As it is.
    wanted : str
        Local hour, ``HH:MM``.

    Raises
    ------
    Refused
        The territory is real: its time is the world's; or no such hour.
    """
    if not territory.simulated:
        raise Refused("real_time", f"{territory.name} is real: its clock cannot be set (--at)")
    machine = SystemClock().now()
    present = machine + territory.clock_offset
    offset = next_hour(present, wanted, ZoneInfo(territory.timezone)) - machine
    with database.connection() as connection:
        connection.execute(
            statement("territory/set_clock_offset"), {"offset_s": math.ceil(offset.total_seconds())}
        )
    return CityReader(database).territory()


def next_hour(now: datetime, wanted: str, zone: ZoneInfo) -> datetime:
    """Return the next instant at which local clocks show an hour. [aware]

    Parameters
    ----------
    now : datetime
        The present. [aware]
    wanted : str
        ``HH:MM``.
    zone : ZoneInfo
        Where the clocks hang.

    Raises
    ------
    Refused
        ``wanted`` is no hour of the day.
    """
    try:
        hour = time.fromisoformat(wanted)
    except ValueError:
        hour = None
    if hour is None or len(wanted) != len("HH:MM"):
        raise Refused("hour", f"--at takes an hour like 20:14, not {wanted!r}")
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), hour, tzinfo=zone)
    if today <= local:
        today = datetime.combine(local.date() + timedelta(days=1), hour, tzinfo=zone)
    return today.astimezone(now.tzinfo)
