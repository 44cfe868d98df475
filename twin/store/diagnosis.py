"""Sightings of lights, and the checks worth making: as stored."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.errors import NotFound, Refused
from twin.store.database import Database
from twin.store.sql import statement

_INSTANT = pl.Datetime("us", "UTC")

SIGHTINGS = pl.Schema(
    [
        ("id", pl.Int64()),
        ("asset_id", pl.Int64()),
        ("at", _INSTANT),
        ("recorded_at", _INSTANT),
        ("dark", pl.Boolean()),
        ("witness", pl.String()),
        ("reporter", pl.String()),
    ]
)

WITNESSES = ("resident", "camera", "patrol", "crew")

RATE_WINDOW = timedelta(minutes=10)
"""Over which the two limits below are counted."""

MOST_OF_ONE = 20
"""Sightings that one reporter may record in that time."""

MOST_OF_A_LIGHT = 20
"""Sightings of one light that are kept in that time: further ones would weigh nothing."""


@dataclass(frozen=True, slots=True)
class NewSighting:
    """One word of one witness about one light.

    Attributes
    ----------
    light : str
        Code of the light.
    at : datetime
        When it was seen. [UTC]
    witness : str
        One of ``WITNESSES``.
    reporter : str
        Who said so, in any form that tells people apart; only its digest is kept. Empty: not known.
    """

    light: str
    at: datetime
    dark: bool
    witness: str
    reporter: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A check worth making.

    Attributes
    ----------
    light, street : str
        Code of the light, and the name of its street; empty where not known.
    act : str
        ``look`` at the light, or ``ping`` its sensor.
    gain_bits : float
        What it is expected to teach of the device above. [bit]
    dead : float
        Probability that this device is dead.
    """

    rank: int
    light: str
    street: str
    act: str
    gain_bits: float
    dead: float
    made_at: datetime


@dataclass(frozen=True, slots=True)
class NewCheck:
    """A check to be written; as ``Check``, by ids."""

    incident_id: int
    rank: int
    asset_id: int
    act: str
    gain_bits: float
    dead: float


def record_sighting(
    connection: Connection[TupleRow], said: NewSighting, recorded_at: datetime
) -> bool:
    """Record what a witness saw; saying the same twice is saying it once.

    Returns
    -------
    bool
        Whether it was new.

    Raises
    ------
    NotFound
        No light has that code.
    Refused
        ``too_many_sightings``: of this reporter, or of this light, in the last ten minutes.
    """
    values = {
        "light": said.light,
        "at": said.at,
        "recorded_at": recorded_at,
        "dark": said.dark,
        "witness": said.witness,
        "reporter": _digest(said.reporter),
    }
    row = connection.execute(statement("diagnosis/light_exists"), values).fetchone()
    if row is None or not row[0]:
        raise NotFound("streetlight", said.light)
    counted = connection.execute(
        statement("diagnosis/sightings_recorded"), {**values, "since": recorded_at - RATE_WINDOW}
    ).fetchone()
    by_reporter, of_light = (0, 0) if counted is None else counted
    if (said.reporter and by_reporter >= MOST_OF_ONE) or of_light >= MOST_OF_A_LIGHT:
        minutes = round(RATE_WINDOW.total_seconds() / 60)
        raise Refused(
            "too_many_sightings", f"more than {MOST_OF_ONE} in {minutes} min: try again later"
        )
    new = connection.execute(statement("diagnosis/add_sighting"), values).rowcount > 0
    if new:
        connection.execute("SELECT pg_notify('reverbere_facts', 'sighting')")
    return new


def _digest(reporter: str) -> str:
    """Tell reporters apart without keeping who they are."""
    return hashlib.sha256(reporter.encode()).hexdigest()[:16] if reporter else ""


def write_checks(
    connection: Connection[TupleRow], checks: Sequence[NewCheck], made_at: datetime
) -> None:
    """Replace the checks of all incidents."""
    connection.execute(statement("diagnosis/forget_checks"))
    rows = [
        {
            "incident_id": check.incident_id,
            "rank": check.rank,
            "asset_id": check.asset_id,
            "act": check.act,
            "gain_bits": check.gain_bits,
            "dead": check.dead,
            "made_at": made_at,
        }
        for check in checks
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement("diagnosis/add_check"), rows)


def checks_of(database: Database, code: str) -> list[Check]:
    """Return the checks worth making about an incident, the best first; none once it is closed."""
    with database.connection() as connection:
        rows = connection.execute(statement("diagnosis/checks"), {"code": code}).fetchall()
    return [Check(*row) for row in rows]
