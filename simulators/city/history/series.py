"""What all daily series share: works that spread over days, noise with a memory, holes."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulators.city.plan import Floats


@dataclass(frozen=True, slots=True)
class Works:
    """Works on one cabinet or building.

    Attributes
    ----------
    subject : int
        Number of the cabinet or building.
    code : str
        led | dimming | insulation | regulation | relamping
    title : str
        In French, as on the order.
    first, last : int
        First and last day of the works, counted from the first day of the history.
    planned_kwh, cost_eur : float
        Saving a year that was promised; price.
    """

    subject: int
    code: str
    title: str
    first: int
    last: int
    planned_kwh: float
    cost_eur: float

    def dates(self, days: list[date]) -> tuple[date, date]:
        """First and last day."""
        return days[self.first], days[self.last]


def progress(days: int, subjects: int, works: list[Works]) -> Floats:
    """Share of the works that is done on each day; shape (days, subjects), 1 without works."""
    share = np.ones((days, subjects))
    day = np.arange(days)
    for work in works:
        span = work.last - work.first + 1
        share[:, work.subject] = np.clip((day - work.first + 1) / span, 0, 1)
    return share


def persistent(rng: np.random.Generator, days: int, subjects: int, memory: float) -> Floats:
    """Noise of unit spread in which each day remembers the last; shape (days, subjects)."""
    fresh = rng.normal(size=(days, subjects)) * (1 - memory**2) ** 0.5
    series = np.empty((days, subjects))
    value = rng.normal(size=subjects)
    for day in range(days):
        value = memory * value + fresh[day]
        series[day] = value
    return series


def with_holes(
    rng: np.random.Generator, series: Floats, gaps: list[tuple[int, int, int]]
) -> Floats:
    """Lose one reading in 250, and whole spans (subject, first day, days); lost ones are NaN."""
    lost = rng.random(series.shape) < 0.004
    for subject, first, count in gaps:
        lost[first : first + count, subject] = True
    return np.where(lost, np.nan, series)
