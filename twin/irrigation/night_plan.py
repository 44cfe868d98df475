"""One night's order of valves: never more flow than the water connection gives.

A greedy plan: whenever something ends, the most urgent cycles that still fit are opened. Several
ideas of urgency are tried, then fixed orders of the zones, until a plan reaches the bound that no
plan can beat. The best is kept and shown beside the bound, so that a manager sees how much is
waiting and how much is physics.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np

_FEW, _TRIES = 5, 120  # zones whose every order is tried; orders tried of more
_SHORTEST_RUN_S = 60  # what is left of a window is not worth opening a valve for less


@dataclass(frozen=True, slots=True)
class Job:
    """A zone that wants water tonight.

    Attributes
    ----------
    zone : int
        Its key, given back.
    flow_m3_h : float
    cycles : int
    cycle_s : int
        Length of each. [s]
    soak_s : int
        Least pause between two cycles of the zone. [s]
    """

    zone: int
    flow_m3_h: float
    cycles: int
    cycle_s: int
    soak_s: int = 0

    @property
    def chain_s(self) -> int:
        """Shortest time from first opening to last closing. [s]"""
        return self.cycles * self.cycle_s + (self.cycles - 1) * self.soak_s


@dataclass(frozen=True, slots=True)
class Run:
    """A valve open once; seconds since the window opened."""

    zone: int
    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class NightPlan:
    """The plan of one water connection.

    Attributes
    ----------
    runs : tuple of Run
        By start.
    refused : tuple of int
        Zones whose own flow exceeds the connection's capacity.
    unfinished_s : dict
        What the window left undone, by zone. [s]
    end_s : int
        When the last valve closes; 0 for an empty plan. [s]
    bound_s : int
        No plan of these zones can end earlier. [s]
    """

    runs: tuple[Run, ...]
    refused: tuple[int, ...]
    unfinished_s: dict[int, int]
    end_s: int
    bound_s: int


@dataclass(slots=True)
class _Progress:
    """Where a zone stands while a plan is drawn up."""

    job: Job
    left: int
    ready_s: int = 0
    runs: list[Run] = field(default_factory=list)

    @property
    def chain_s(self) -> int:
        return self.left * self.job.cycle_s + max(self.left - 1, 0) * self.job.soak_s


_Urgency = Callable[[_Progress], float]
_URGENCIES: tuple[_Urgency, ...] = (
    lambda zone: zone.chain_s,
    lambda zone: zone.job.flow_m3_h * zone.left * zone.job.cycle_s,
    lambda zone: zone.job.flow_m3_h * 1e6 + zone.chain_s,
    lambda zone: zone.job.flow_m3_h * zone.chain_s,
)


def plan(
    jobs: Sequence[Job], *, capacity_m3_h: float | None, window_s: int, most_open: int | None = None
) -> NightPlan:
    """Order the valves of one water connection.

    Parameters
    ----------
    jobs : sequence of Job
    capacity_m3_h : float or None
        What the connection gives; None: not known, then one valve at a time.
    window_s : int
        Length of the allowed window; every run stays inside. [s]
    most_open : int, optional
        Valves that may be open together.
    """
    capacity = np.inf if capacity_m3_h is None else capacity_m3_h
    together = 1 if capacity_m3_h is None else most_open or len(jobs) or 1
    taken = [job for job in jobs if job.flow_m3_h <= capacity and job.cycles > 0]
    bound = lower_bound_s(taken, capacity_m3_h)
    undone, runs = _best(taken, _Limits(capacity, window_s, together), bound)
    return NightPlan(
        runs=tuple(runs),
        refused=tuple(job.zone for job in jobs if job.flow_m3_h > capacity),
        unfinished_s=undone,
        end_s=max((run.end_s for run in runs), default=0),
        bound_s=bound,
    )


def lower_bound_s(jobs: Sequence[Job], capacity_m3_h: float | None) -> int:
    """Return the time that no plan can beat. [s]

    The most of: all the water through the connection; the longest chain of cycles and soaks; zones
    of which no two fit together.
    """
    total = sum(job.cycles * job.cycle_s for job in jobs)
    chain = max((job.chain_s for job in jobs), default=0)
    if capacity_m3_h is None:
        return max(total, chain)
    volume = sum(job.flow_m3_h * job.cycles * job.cycle_s for job in jobs) / capacity_m3_h
    return max(int(np.ceil(volume - 1e-6)), chain, _one_at_a_time_s(jobs, capacity_m3_h))


def _one_at_a_time_s(jobs: Sequence[Job], capacity: float) -> int:
    """Longest total of zones of which no two fit together: the large ones, and one more."""
    longest = 0
    for least in (0.5 * capacity, *(j.flow_m3_h for j in jobs if j.flow_m3_h <= capacity / 2)):
        large = [j for j in jobs if j.flow_m3_h > max(capacity - least, capacity / 2) + 1e-9]
        beside = [j for j in jobs if least <= j.flow_m3_h <= capacity / 2]
        smallest = max((j.cycles * j.cycle_s for j in beside), default=0)
        longest = max(longest, smallest + sum(j.cycles * j.cycle_s for j in large))
    return longest


@dataclass(frozen=True, slots=True)
class _Limits:
    capacity: float
    window_s: int
    together: int


def _best(jobs: Sequence[Job], limits: _Limits, bound: int) -> tuple[dict[int, int], list[Run]]:
    """Try urgencies, then orders of the zones, until nothing better can exist."""
    best: tuple[dict[int, int], list[Run]] | None = None
    for urgency in (*_URGENCIES, *_fixed_orders(jobs)):
        draft = _draw_up(jobs, limits, urgency)
        found = _undone(draft), _runs(draft)
        if best is None or _worth(found) < _worth(best):
            best = found
        if _worth(best) <= (0, bound):
            break
    assert best is not None  # noqa: S101 - there is always a first urgency
    return best


def _fixed_orders(jobs: Sequence[Job]) -> Iterator[_Urgency]:
    """Orders of the zones: all of a few, some of many; the same for the same jobs."""
    zones = [job.zone for job in jobs]
    if len(zones) <= _FEW:
        orders: Iterator[tuple[int, ...]] = permutations(zones)
    else:
        random = np.random.default_rng(len(zones))
        orders = (tuple(random.permutation(zones).tolist()) for _ in range(_TRIES))
    for order in orders:
        rank = {zone: -place for place, zone in enumerate(order)}
        yield lambda zone, rank=rank: rank[zone.job.zone]  # type: ignore[misc]  # rank is bound


def _draw_up(jobs: Sequence[Job], limits: _Limits, urgency: _Urgency) -> list[_Progress]:
    window_s = limits.window_s
    zones = [_Progress(job, job.cycles) for job in jobs]
    running: list[tuple[int, _Progress]] = []
    now = 0
    while now < window_s:
        running = [(end, zone) for end, zone in running if end > now]
        free = limits.capacity - sum(zone.job.flow_m3_h for _, zone in running)
        busy = [zone for _, zone in running]
        ready = [z for z in zones if z.left and z.ready_s <= now and z not in busy]
        for zone in sorted(ready, key=urgency, reverse=True):
            fits = zone.job.flow_m3_h <= free + 1e-9 and len(running) < limits.together
            end = min(now + zone.job.cycle_s, window_s)
            if fits and end - now >= min(_SHORTEST_RUN_S, zone.job.cycle_s):
                zone.runs.append(Run(zone.job.zone, now, end))
                zone.left -= 1
                zone.ready_s = end + zone.job.soak_s
                running.append((end, zone))
                free -= zone.job.flow_m3_h
        later = [end for end, _ in running] + [z.ready_s for z in zones if z.left]
        upcoming = [moment for moment in later if moment > now]
        if not upcoming:
            break
        now = min(upcoming)
    return zones


def _undone(draft: Sequence[_Progress]) -> dict[int, int]:
    left = {
        zone.job.zone: zone.job.cycles * zone.job.cycle_s
        - sum(run.end_s - run.start_s for run in zone.runs)
        for zone in draft
    }
    return {zone: seconds for zone, seconds in left.items() if seconds > 0}


def _runs(draft: Sequence[_Progress]) -> list[Run]:
    every = [run for zone in draft for run in zone.runs]
    return sorted(every, key=lambda run: (run.start_s, run.zone))


def _worth(draft: tuple[dict[int, int], list[Run]]) -> tuple[int, int]:
    undone, runs = draft
    return sum(undone.values()), max((run.end_s for run in runs), default=0)
