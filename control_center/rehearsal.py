"""Drills: what a level of water, or drawn sheets of it, would put out. No fact is touched.

A drill reads the city as the store has it and answers with the laws; it writes nothing unless a
person saves it under a name, and then only into the table of drills.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl
import shapely

from control_center.assessment.source import RELEARN, source_of
from control_center.drill_answers import Question, answer, people
from control_center.repair_times import RepairTimes, repair_times
from gis.street_names import street_key
from twin.clock import Clock
from twin.errors import Conflict, NotFound, Refused
from twin.incidents.city import City
from twin.incidents.repair import single_failures
from twin.incidents.what_if import DRY, LevelCurve, critical_levels, tripped_at
from twin.store.database import Database
from twin.store.incident_writer import record_audit
from twin.store.incidents import IncidentReader
from twin.store.scenarios import Gauge, Scenario, ScenarioReader, save

MOST_RANKED = 200


class Rehearsals:
    """Answers drills about one territory, on the very city that assessments look at.

    Parameters
    ----------
    database : Database
        The territory's store.
    clock : Clock
        The territory's time.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._source = source_of(database)
        self._curve: tuple[City, LevelCurve] | None = None
        self._times: tuple[datetime, RepairTimes] | None = None

    def city(self) -> City:
        """Return the city as the store has it.

        Raises
        ------
        NoTerritory
            Nothing has been imported or generated yet.
        """
        with self._database.connection() as connection:
            return self._source.refresh(connection, self._clock.now()).city

    def curve(self) -> LevelCurve:
        """Return what goes dark at each level of water."""
        city = self.city()
        if self._curve is None or self._curve[0] is not city:
            self._curve = city, LevelCurve.of(city.supply, city.sites)
        return self._curve[1]

    def gauge(self, code: str | None) -> Gauge | None:
        """Return the gauge that levels are given over: the one asked for, else the first known."""
        gauges = ScenarioReader(self._database).gauges()
        known = [one for one in gauges if one.zero_m_ngf is not None]
        if code is not None:
            return next((one for one in known if one.code == code), None)
        return known[0] if known else None

    def at_level(self, question: Question) -> dict[str, Any]:
        """Answer a level of water."""
        city = self.city()
        level = np.nan if question.level_m_ngf is None else question.level_m_ngf
        depth = np.where(np.isfinite(city.sites.ground_m_ngf), level - city.sites.ground_m_ngf, 0)
        return answer(city, question, tripped_at(city.sites, level), depth, self.times())

    def under_sheets(
        self, question: Question, sheets: Sequence[tuple[shapely.Geometry, float]]
    ) -> dict[str, Any]:
        """Answer drawn sheets of water, each with its depth. [m]"""
        city = self.city()
        polygons = np.array([shape for shape, _ in sheets], object)
        depth = city.sites.depths(polygons, np.array([each for _, each in sheets], np.float64))
        out = np.flatnonzero(np.nan_to_num(depth) > city.sites.plinth_m)
        return answer(city, question, out, np.nan_to_num(depth), self.times())

    def floods(self) -> list[tuple[str, str]]:
        """Return the recorded floods with an extent, the last begun first: slug and name."""
        known = IncidentReader(self._database).floods().drop_nulls("extent_id")
        return list(known.select("slug", "name").iter_rows())

    def risen(self, slug: str, rise_m: float) -> dict[str, Any]:
        """Answer a recorded flood that stands higher, or lower, within the extent drawn.

        Raises
        ------
        NotFound
            No flood of that name has an extent.
        """
        sheets = [
            (shape, depth + rise_m) for shape, depth in self._sheets(slug) if depth + rise_m > 0
        ]
        asked = Question(sheets=len(sheets), flood=slug, rise_m=rise_m)
        return self.under_sheets(asked, sheets)

    def _sheets(self, slug: str) -> list[tuple[shapely.Geometry, float]]:
        reader = IncidentReader(self._database)
        found = reader.floods().filter(pl.col("slug") == slug).drop_nulls("extent_id")
        if not len(found):
            raise NotFound("flood with an extent", slug)
        rows = reader.flood_polygons([int(found["extent_id"][0])])
        shapes = shapely.from_wkb(rows["geom"].to_list())
        return list(zip(shapes, rows["depth_m"].to_list(), strict=True))

    def thresholds(self, most: int, above: float) -> list[tuple[str, float]]:
        """Return the next devices that rising water trips, the lowest first: code and level.

        Parameters
        ----------
        above : float
            Devices that trip at or under this level are left out. [m NGF]
        """
        city = self.city()
        level = critical_levels(city.sites)
        order = np.argsort(level, kind="stable")
        order = order[(level[order] >= above) & (level[order] < DRY)][:most]
        return [(city.names.device_code[k], float(level[k])) for k in order.tolist()]

    def ranking(self, most: int) -> list[dict[str, Any]]:
        """Return the devices whose single failure darkens most street, the worst first."""
        city = self.city()
        lost, names = single_failures(city.supply), city.names
        order = np.lexsort((np.arange(len(city.supply)), -lost.attributed_cm))
        return [
            {
                "kind": names.device_kind[place],
                "code": names.device_code[place],
                "place": names.device_place[place],
                "lights": int(lost.lights[place]),
                "attributed_m": round(int(lost.attributed_cm[place]) / 100),
                "residents": people(
                    int(lost.residents_thousandths[place]), int(lost.residents_unknown[place])
                ),
            }
            for place in order[:most].tolist()
            if lost.lights[place]
        ]

    def save(self, person: str, name: str, told: dict[str, Any]) -> Scenario:
        """Save a drill under a name.

        Raises
        ------
        Refused
            The name holds no letter (``words_needed``).
        Conflict
            A drill of that name is there already.
        """
        slug = street_key(name)
        if not slug:
            raise Refused("words_needed", "a drill needs a name")
        now = self._clock.now()
        scenario = Scenario(slug, name.strip(), now, person, told["question"], told)
        with self._database.connection() as connection:
            if not save(connection, scenario):
                raise Conflict(f"a drill named {name!r} is there already")
            record_audit(
                connection,
                at=now,
                person=person,
                role="operator",
                act="drill",
                subject=f"scenario:{slug}",
                detail={"question": told["question"]},
            )
        return scenario

    def times(self) -> RepairTimes:
        """Return how long repairs take, by what past ones took; read again now and then."""
        now = self._clock.now()
        if self._times is None or not self._times[0] <= now < self._times[0] + RELEARN:
            self._times = now, repair_times(self._database)
        return self._times[1]


_rehearsals: WeakKeyDictionary[Database, Rehearsals] = WeakKeyDictionary()


def rehearsals_of(database: Database, clock: Clock) -> Rehearsals:
    """Return the drills of a territory; kept as long as its database."""
    found = _rehearsals.get(database)
    if found is None:
        found = _rehearsals[database] = Rehearsals(database, clock)
    return found
