"""Drills: what a level of water, or drawn sheets of it, would put out. No fact is touched.

A drill reads the city as the store has it and answers with the laws; it writes nothing unless a
person saves it under a name, and then only into the table of drills.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl
import shapely

from control_center.assessment.source import CitySource
from gis.street_names import street_key
from twin.clock import Clock
from twin.errors import Conflict, NotFound, Refused
from twin.incidents.city import City
from twin.incidents.impact import Impact, impact
from twin.incidents.outage import Outage
from twin.incidents.repair import repair_order, single_failures, streets_relit
from twin.incidents.what_if import DRY, LevelCurve, critical_levels, tripped_at
from twin.model.kinds import CABINET
from twin.store.database import Database
from twin.store.incident_writer import record_audit
from twin.store.incidents import IncidentReader
from twin.store.scenarios import Gauge, Scenario, ScenarioReader, save
from twin.supply.ranges import Floats, Longs

FORMAT = "reverbere/drill@1"
MOST_STREETS, MOST_REPAIRS, MOST_RANKED = 12, 12, 200
LEAST_RESIDENTS = 25
"""Under it no figure is given: eleven households of the French mean size."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes
    ----------
    level_m_ngf : float or None
        Level of the water's surface; None where sheets are given. [m NGF]
    gauge, level_m : str or None, float or None
        The gauge over whose zero it was given. [m]
    sheets : int
        Number of drawn sheets.
    flood, rise_m : str or None, float or None
        The recorded flood whose sheets they are, and how much higher they stand. [m]
    """

    level_m_ngf: float | None = None
    gauge: str | None = None
    level_m: float | None = None
    sheets: int = 0
    flood: str | None = None
    rise_m: float | None = None


class Rehearsals:
    """Answers drills about one territory; the city is read again only when it changed.

    Parameters
    ----------
    database : Database
        The territory's store.
    clock : Clock
        The territory's time.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._source = CitySource(database)
        self._curve: tuple[City, LevelCurve] | None = None
        self._lock = Lock()

    def city(self) -> City:
        """Return the city as the store has it.

        Raises
        ------
        NoTerritory
            Nothing has been imported or generated yet.
        """
        with self._lock, self._database.connection() as connection:
            self._source.refresh(connection, self._clock.now())
            return self._source.city

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
        return _answer(city, question, tripped_at(city.sites, level), depth)

    def under_sheets(
        self, question: Question, sheets: Sequence[tuple[shapely.Geometry, float]]
    ) -> dict[str, Any]:
        """Answer drawn sheets of water, each with its depth. [m]"""
        city = self.city()
        polygons = np.array([shape for shape, _ in sheets], object)
        depth = city.sites.depths(polygons, np.array([each for _, each in sheets], np.float64))
        out = np.flatnonzero(np.nan_to_num(depth) > city.sites.plinth_m)
        return _answer(city, question, out, np.nan_to_num(depth))

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
                "residents": _people(
                    int(lost.residents_thousandths[place]), int(lost.residents_unknown[place])
                ),
            }
            for place in order[:most].tolist()
            if lost.lights[place]
        ]

    def save(self, person: str, name: str, answer: dict[str, Any]) -> Scenario:
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
        scenario = Scenario(slug, name.strip(), now, person, answer["question"], answer)
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
                detail={"question": answer["question"]},
            )
        return scenario

    def compare(self, slug: str, start: datetime, end: datetime) -> dict[str, Any]:
        """Hold a saved drill beside what water did cut in a span."""
        reader = ScenarioReader(self._database)
        scenario = reader.one(slug)
        expected = {str(each["code"]) for each in scenario.answer["devices"]}
        happened = reader.happened(start, end)
        both = expected & happened
        return {
            "scenario": slug,
            "start": start,
            "end": end,
            "both": sorted(both),
            "only_drill": sorted(expected - happened),
            "only_happened": sorted(happened - expected),
            "precision": len(both) / len(expected) if expected else None,
            "recall": len(both) / len(happened) if happened else None,
        }


_rehearsals: WeakKeyDictionary[Database, Rehearsals] = WeakKeyDictionary()


def rehearsals_of(database: Database, clock: Clock) -> Rehearsals:
    """Return the drills of a territory; kept as long as its database."""
    found = _rehearsals.get(database)
    if found is None:
        found = _rehearsals[database] = Rehearsals(database, clock)
    return found


def _answer(city: City, question: Question, out: Longs, depth_m: Floats) -> dict[str, Any]:
    """Write what a drill puts out; nothing in it is a fact."""
    found = impact(city.supply, city.surroundings, out)
    sites, names = city.sites, city.names
    cabinets = np.flatnonzero(np.array(names.device_kind) == CABINET)
    return {
        "format": FORMAT,
        "simulated": True,
        "question": {
            "level_m_ngf": question.level_m_ngf,
            "gauge": question.gauge,
            "level_m": question.level_m,
            "sheets": question.sheets,
            "flood": question.flood,
            "rise_m": question.rise_m,
        },
        "headline": _headline(city, found, out),
        "devices": [
            {
                "kind": names.device_kind[place],
                "code": names.device_code[place],
                "place": names.device_place[place],
                "depth_m": round(float(depth_m[place]), 2),
                "plinth_m": round(float(sites.plinth_m[place]), 2),
                "plinth_source": str(sites.source[place]),
            }
            for place in out.tolist()
        ],
        "streets": _streets(city, found),
        "repairs": _repairs(city, found.outage),
        "unknown": {
            "cabinets_without_ground": int((critical_levels(sites)[cabinets] == DRY).sum())
            if question.level_m_ngf is not None
            else 0,
            "assumed_plinths": int((sites.source[out] == "assumed").sum()),
        },
    }


def _headline(city: City, found: Impact, out: Longs) -> dict[str, Any]:
    kinds = [city.names.device_kind[place] for place in out.tolist()]
    totals = found.totals
    residents = totals.residents_thousandths
    return {
        "cabinets": kinds.count(CABINET),
        "devices": len(kinds),
        "lights": totals.lights,
        "covered_m": round(found.covered_cm / 100),
        "attributed_m": round(totals.attributed_cm / 100),
        "residents": _people(residents or 0, int(residents is None)),
        "streets": len(found.streets.street_id),
        "crossings": found.places("crossing"),
        "schools": found.places("school"),
        "care_places": found.places("care"),
        "gateways": len(found.gateway_id),
        "sensors_silent": len(found.power_silent_id) + len(found.radio_silent_id),
    }


def _streets(city: City, found: Impact) -> list[dict[str, Any]]:
    around, names = city.surroundings, city.names
    number = np.searchsorted(around.street_id, found.streets.street_id)
    order = np.argsort(-found.streets.covered_cm, kind="stable")[:MOST_STREETS]
    return [
        {
            "slug": names.street_slug[number[k]],
            "name": names.street_name[number[k]],
            "lights": int(found.streets.lights[k]),
            "covered_m": round(int(found.streets.covered_cm[k]) / 100),
        }
        for k in order.tolist()
    ]


def _repairs(city: City, outage: Outage) -> list[dict[str, Any]]:
    """Write the order of repairs with the streets that each step relights."""
    repairs, names = repair_order(outage), city.names
    found = []
    for k, place in enumerate(repairs.device[:MOST_REPAIRS].tolist()):
        relit = streets_relit(outage, city.surroundings, place)
        number = np.searchsorted(city.surroundings.street_id, relit.street_id[:3])
        found.append(
            {
                "kind": names.device_kind[place],
                "code": names.device_code[place],
                "lights": int(repairs.lights[k]),
                "attributed_m": round(int(repairs.attributed_cm[k]) / 100),
                "streets": [names.street_name[each] for each in number.tolist()],
            }
        )
    return found


def _people(thousandths: int, unknown: int) -> int | None:
    """Return residents as they may be given; None where not known, or too few to be told."""
    people = round(thousandths / 1000)
    return None if unknown or 0 < people < LEAST_RESIDENTS else people
