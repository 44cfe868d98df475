"""Who was silenced by what, kept in the store between assessments."""

import json
from datetime import datetime

import numpy as np
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.incidents.aftermath import NOBODY, Former, StillSilent, Watch, follow, still_silent
from twin.incidents.causes import Cause, whose_silence_is_explained
from twin.incidents.city import City
from twin.incidents.observed import Observed, RadioNews
from twin.incidents.schedule import Night
from twin.incidents.silence import Hearing
from twin.incidents.times import NEVER, instant, micros
from twin.incidents.understanding import Understanding
from twin.store.frames import read_frame
from twin.store.sql import statement
from twin.supply.layout import longs
from twin.supply.ranges import Flags, Longs, rows_of

_WATCH = pl.Schema(
    [
        ("asset_id", pl.Int64()),
        ("incident_id", pl.Int64()),
        ("cleared_at", pl.Datetime("us", "UTC")),  # null: its cause still holds
        ("due_from", pl.Datetime("us", "UTC")),
    ]
)


class Aftermath:
    """Follows the devices that causes silenced, until each is heard again.

    Parameters
    ----------
    city : City
        Whose sensors they are.
    """

    def __init__(self, city: City) -> None:
        radio, self._city = city.surroundings.radio, city
        self._sensor_id = radio.sensor_id
        self._is_light: Flags = city.supply.rank_of(radio.sensor_id) >= 0
        self._watch = Watch.nobody(len(radio.sensor_id))
        self._explained = np.full(len(radio.sensor_id), NOBODY, np.int64)
        self._still = np.full(len(radio.sensor_id), NOBODY, np.int64)
        self._formers: tuple[Former, ...] = ()
        self._stamp: str | None = None

    @property
    def due_from(self) -> Longs:
        """From when the fresh deadline of each sensor counts; ``NEVER`` without one. [µs]"""
        return self._watch.due_from

    @property
    def incident(self) -> Longs:
        """Incident that each sensor's silence belongs to, or did; ``NOBODY``.

        The one that explains it; else the card of those that did not come back; else the one
        whose cause has cleared.
        """
        former = np.where(self._still != NOBODY, self._still, self._watch.incident)
        return np.where(self._explained != NOBODY, self._explained, former)

    def catch_up(self, connection: Connection[TupleRow]) -> None:
        """Read again what another process has written."""
        stamp = _stamp(connection)
        if stamp == self._stamp:
            return
        stored = read_frame(connection, "incidents/silence_watch", _WATCH)
        at = rows_of(self._sensor_id, longs(stored, "asset_id"))
        ours = at >= 0
        stored, at = stored.filter(ours), at[ours]
        watch = Watch.nobody(len(self._sensor_id))
        watch.incident[at] = longs(stored, "incident_id")
        watch.cleared_at[at] = stored["cleared_at"].dt.epoch("us").fill_null(NEVER).to_numpy()
        watch.due_from[at] = stored["due_from"].dt.epoch("us").fill_null(NEVER).to_numpy()
        self._watch, self._stamp = watch, stamp
        self._explained = np.where(watch.cleared_at == NEVER, watch.incident, NOBODY)
        self._formers = _formers(connection)

    def due_once_freed(self, known: Understanding, observed: Observed) -> Longs | None:
        """Return ``due_from`` with those whom nothing excuses any more; None where that is nobody.

        Their old silence is forgiven from this very instant on: it must not be held against their
        supply while the watch that says so is still to be written. Whoever is heard in time has
        nothing to be forgiven, whatever is dark above it.
        """
        row = np.flatnonzero((self._watch.incident != NOBODY) & (self._watch.due_from == NEVER))
        heard = known.radio.heard.of(row)
        overdue = (heard.state != Hearing.REPORTING) | (heard.deadline == known.night.now)
        row = row[overdue]
        if not len(row):
            return None
        held = whose_silence_is_explained(self._city, observed, known)[row]
        explained = np.where(held, self._watch.incident[row], NOBODY)
        freed = self._followed(row, explained, observed.radio, known.night)
        if (freed.due_from == NEVER).all():
            return None
        return self._watch.having(row, freed).due_from

    def still(self, news: RadioNews, now: datetime, listening_since: int) -> list[StillSilent]:
        """Gather those still silent after their fresh deadline."""
        if not self._formers:
            return []
        return still_silent(
            self._watch,
            self._formers,
            news.seen_at,
            news.interval_s,
            micros(now),
            listening_since=listening_since,
        )

    def explain(self, causes: list[Cause], numbers: dict[str, int]) -> None:
        """Note which incident explains the silence of whom.

        Parameters
        ----------
        numbers : dict
            Incident of each cause, by its root key.
        """
        self._explained, self._still = (
            np.full(len(self._sensor_id), NOBODY, np.int64) for _ in range(2)
        )
        for cause in causes:
            self._explained[cause.silenced] = numbers[cause.root_key]
            if cause.kind == "still_silent":
                self._still[cause.sensors] = numbers[cause.root_key]

    def write(self, connection: Connection[TupleRow], news: RadioNews, night: Night) -> None:
        """Bring the watch to the present, and write what changed of it."""
        row = np.flatnonzero((self._watch.incident != NOBODY) | (self._explained != NOBODY))
        before = self._watch.of(row)
        after = self._followed(row, self._explained[row], news, night)
        gone = (after.incident == NOBODY) & (before.incident != NOBODY)
        changed = (after.incident != NOBODY) & (
            (after.incident != before.incident) | (after.cleared_at != before.cleared_at)
        )
        if not (gone | changed).any():
            return
        self._watch = self._watch.having(row, after)
        self._store(connection, row[gone], row[changed])
        if ((before.cleared_at > NEVER) | (after.cleared_at > NEVER))[gone | changed].any():
            self._formers = _formers(connection)

    def _followed(self, row: Longs, explained: Longs, news: RadioNews, night: Night) -> Watch:
        """Return the watch of some at an instant, given which incident explains their silence."""
        provable = night.switched_at if night.dark else night.next_dusk
        provable_from = np.where(self._is_light[row], provable, NEVER)
        return follow(self._watch.of(row), explained, news.seen_at[row], night.now, provable_from)

    def _store(self, connection: Connection[TupleRow], gone: Longs, changed: Longs) -> None:
        """Write which sensors are watched no longer, and whose watch is another; by row."""
        watch = self._watch.of(changed)
        if len(gone):
            facts = {"assets": self._sensor_id[gone].tolist()}
            connection.execute(statement("incidents/forget_watch"), facts)
        if len(changed):
            connection.execute(
                statement("incidents/set_watch"),
                {
                    "assets": self._sensor_id[changed].tolist(),
                    "incidents": watch.incident.tolist(),
                    "cleared": [instant(at) for at in watch.cleared_at.tolist()],
                    "due": [instant(at) for at in watch.due_from.tolist()],
                },
            )
        self._stamp = _stamp(connection)


def _stamp(connection: Connection[TupleRow]) -> str:
    """Return what changes whenever the stored watch does."""
    row = connection.execute(statement("incidents/watch_stamp")).fetchone()
    return str(row[0]) if row else ""


def _formers(connection: Connection[TupleRow]) -> tuple[Former, ...]:
    """Read the incidents that silenced somebody, whose cause has cleared since."""
    causes = connection.execute(statement("incidents/watched_causes")).fetchall()
    return tuple(
        Former(number, code, key.removeprefix("still_silent:"), json.loads(root))
        for number, code, key, root in causes
    )
