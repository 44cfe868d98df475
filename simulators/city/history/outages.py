"""Outages of the years before: when they came, when a crew took them, when the light was back.

A lamp waits for days until a round passes; a feeder or a cabinet for hours; a flooded cabinet until
the water has gone and an electrician has looked. Durations are log-normal, as those of repairs are;
about one in six was taken late, on a night when everybody was elsewhere.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

import numpy as np
import polars as pl

YEARS = 3
_LEAST = 14  # of each kind: a small town's register goes further back


@dataclass(frozen=True, slots=True)
class _Kind:
    """How outages of one kind go.

    Attributes
    ----------
    share : float
        Of the things of its kind that fail in a year.
    taken_h, repair_h : (float, float)
        Median and spread (of the logarithm) of the time until a crew takes it, and of the work.
        [h]
    watched_h : float
        Until the light was seen to stay, at most; 0: it is back at once. [h]
    """

    root: str
    share: float
    taken_h: tuple[float, float]
    repair_h: tuple[float, float]
    watched_h: float
    causes: tuple[str, ...]


KINDS = {
    "lamp_failure": _Kind(
        "streetlight", 0.02, (30.0, 0.7), (50.0, 0.8), 0.0, ("lampe", "alimentation électronique")
    ),
    "feeder_out": _Kind(
        "feeder", 0.04, (0.8, 0.5), (3.5, 0.6), 0.6, ("câble", "disjoncteur", "accident")
    ),
    "cabinet_out": _Kind(
        "cabinet", 0.05, (0.6, 0.5), (2.4, 0.6), 0.6, ("disjoncteur", "contacteur", "branchement")
    ),
    "area_out": _Kind("substation", 0.0, (0.4, 0.4), (1.6, 0.5), 0.4, ("orage", "réseau public")),
    "flood": _Kind("cabinet", 0.0, (14.0, 0.5), (16.0, 0.5), 1.0, ("crue",)),
}


def past_outages(
    rng: np.random.Generator, roots: dict[str, list[str]], today: date
) -> pl.DataFrame:
    """Return the outages of the years before a day, the first begun first.

    Parameters
    ----------
    roots : dict of str to list of str
        Codes of the things that may fail, by kind.
    today : date
        The last of them ended before it.

    Returns
    -------
    DataFrame
        The canonical layer ``outages``.
    """
    number = count(1)
    rows = [
        row
        for name, kind in KINDS.items()
        for row in _of_kind(rng, name, kind, roots[kind.root], today)
    ]
    rows.sort(key=lambda row: (row["began_at"], row["root_code"]))
    return pl.DataFrame([{"code": f"P-{next(number):05d}", **row} for row in rows])


def _of_kind(
    rng: np.random.Generator, name: str, kind: _Kind, roots: list[str], today: date
) -> list[dict[str, object]]:
    how_many = max(_LEAST, int(rng.poisson(kind.share * len(roots) * YEARS)))
    end = datetime.combine(today, time(0), UTC)
    taken = _lognormal(rng, kind.taken_h, how_many) * np.where(
        rng.random(how_many) < 1 / 6, rng.uniform(2, 4, how_many), 1.0
    )
    repaired = taken + _lognormal(rng, kind.repair_h, how_many)
    watched = rng.uniform(0.1, 1.0, how_many) * kind.watched_h
    back = repaired + watched
    before = back / 24 + rng.uniform(1, YEARS * 365, how_many)  # days before today that it began
    root = rng.choice(len(roots), how_many)
    cause = rng.choice(len(kind.causes), how_many)
    found = []
    for k in range(how_many):
        began = end - timedelta(minutes=round(float(before[k]) * 1440))

        def at(hours: float, began: datetime = began) -> datetime:
            return began + timedelta(minutes=max(1, round(hours * 60)))

        found.append(
            {
                "kind": name,
                "began_at": began,
                "taken_at": at(float(taken[k])),
                "returning_at": at(float(repaired[k])) if kind.watched_h else None,
                "ended_at": at(float(back[k])) + timedelta(minutes=1),
                "root_kind": kind.root,
                "root_code": roots[root[k]],
                "cause": kind.causes[cause[k]],
            }
        )
    return found


def _lognormal(
    rng: np.random.Generator, law: tuple[float, float], how_many: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Draw durations. [h]"""
    median, spread = law
    return rng.lognormal(np.log(median), spread, how_many)
