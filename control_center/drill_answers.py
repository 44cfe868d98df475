"""What a drill answers, written down: devices, lights, streets, people, the order of repairs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from control_center.repair_times import RepairTimes
from twin.incidents.city import City
from twin.incidents.describe import LEAST_RESIDENTS
from twin.incidents.impact import Impact, impact
from twin.incidents.outage import Outage
from twin.incidents.repair import repair_order, streets_relit
from twin.incidents.what_if import DRY, critical_levels
from twin.model.kinds import CABINET
from twin.supply.ranges import Floats, Longs

FORMAT = "reverbere/drill@1"
MOST_STREETS, MOST_REPAIRS = 12, 12


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


def answer(
    city: City, question: Question, out: Longs, depth_m: Floats, times: RepairTimes
) -> dict[str, Any]:
    """Write what a drill puts out; nothing in it is a fact.

    Parameters
    ----------
    out : int64 array
        Places of the devices that water trips.
    depth_m : float array (n)
        Of water at each device. [m]
    times : RepairTimes
        How long repairs take.
    """
    found = impact(city.supply, city.surroundings, out)
    sites, names = city.sites, city.names
    cabinets = np.flatnonzero(np.array(names.device_kind) == CABINET)
    repairs, assumed = _repairs(city, found.outage, times)
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
        "repairs": repairs,
        "unknown": {
            "cabinets_without_ground": int((critical_levels(sites)[cabinets] == DRY).sum())
            if question.level_m_ngf is not None
            else 0,
            **_grounds_of_grids(city, out),
            "assumed_plinths": int((sites.source[out] == "assumed").sum()),
            "assumed_repairs": assumed,  # no past repair of their kind tells how long
            "travel": True,  # where the crews are is not known: their way is not counted
        },
    }


def _grounds_of_grids(city: City, out: Longs) -> dict[str, Any]:
    """Count the cabinets among the devices whose ground a grid of heights tells, and how surely."""
    error = city.sites.ground_error_m[out]
    told = [place for place in out[error > 0].tolist() if city.names.device_kind[place] == CABINET]
    return {
        "grounds_of_grid": len(told),
        "ground_error_m": round(float(error.max()), 2) if told else None,
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
        "residents": people(residents or 0, int(residents is None)),
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


def _repairs(city: City, outage: Outage, times: RepairTimes) -> tuple[list[dict[str, Any]], int]:
    """Write the order of repairs, when each is done, and the streets that it relights.

    Returns
    -------
    repairs : list
        The first of them.
    assumed : int
        How many durations no past repair supports.
    """
    names = city.names
    kinds = [names.device_kind[place] for place in outage.out.tolist()]
    hours, assumed = times.hours(kinds, by_water=True)
    repairs = repair_order(outage, duration_h=hours)
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
                "hours": round(float(hours[np.searchsorted(outage.out, place)]), 1),
                "done_h": round(float(repairs.done_h[k]), 1),
                "streets": [names.street_name[each] for each in number.tolist()],
            }
        )
    return found, assumed


def people(thousandths: int, unknown: int) -> int | None:
    """Return residents as they may be given; None where not known, or too few to be told."""
    people = round(thousandths / 1000)
    return None if unknown or 0 < people < LEAST_RESIDENTS else people
