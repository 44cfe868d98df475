"""The demonstration town: generated once, brought in like any other territory, set to an hour."""

import math
import os
import subprocess
import sys
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from control_center.services.prefix import Progress
from twin.clock import SystemClock
from twin.errors import NoTerritory, Refused, ServiceError
from twin.store.city import CityReader, Territory
from twin.store.database import Database
from twin.store.sql import statement

SLUG = "bellerive"
_STEPS = ("generating the demonstration town", "bringing it in: layers, wiring, tiles")
"""What ``control_center.cli.town_making`` says of its own; the last line of a failure is told."""


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

    Raises
    ------
    ServiceError
        It could not be made.
    """
    with subprocess.Popen(  # in a process of its own: what it needs once would stay in memory
        [sys.executable, "-m", "control_center.cli.town_making", str(home)],
        env={**os.environ, "DATABASE_URL": database.url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as making:
        said = ""
        try:
            for line in making.stdout or ():
                said = line.strip()
                if said in _STEPS:
                    tell(said)
        except BaseException:  # interrupted: nobody waits for the town any more
            making.terminate()
            raise
    if making.returncode != 0:
        raise ServiceError("demonstration town", said or f"ended with {making.returncode}")
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
