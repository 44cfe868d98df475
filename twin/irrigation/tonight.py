"""The whole plan of one night: every zone its decision, its minutes, its hours and its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from twin.irrigation.needs import Decision, Needs, needs, reserve_percent
from twin.irrigation.night_plan import Job, NightPlan, plan
from twin.irrigation.run_time import run_time, split

FloatArray = npt.NDArray[np.float64]

ZONES = pl.Schema(
    {
        "zone_id": pl.Int64(),
        "available_mm": pl.Float64(),
        "depletion_fraction": pl.Float64(),
        "area_m2": pl.Float64(),
        "rate_mm_h": pl.Float64(),
        "uniformity": pl.Float64(),
        "intake_mm_h": pl.Float64(),
        "allowance_mm": pl.Float64(),
        "connection_id": pl.Int64(),
        "capacity_m3_h": pl.Float64(),
        "low_mm": pl.Float64(),
        "high_mm": pl.Float64(),
        "obstacle": pl.String(),
        "skipped": pl.Boolean(),
    }
)
"""What ``plan_tonight`` takes, one row a zone.

``available_mm`` TAW; ``rate_mm_h`` of the sprinklers; ``uniformity`` DU; intake and allowance null:
not known, no splitting; ``connection_id`` null: not known, its zones then share one by themselves;
``capacity_m3_h`` null: not known, one valve at a time; ``low_mm``, ``high_mm`` least and most
depletion tonight, null: not known; ``obstacle`` why the zone cannot be watered, a code, null: none;
``skipped`` whether a person said not tonight.
"""

PLANNED = pl.Schema(
    {
        "zone_id": pl.Int64(),
        "decision": pl.String(),
        "reason": pl.String(),
        "depth_mm": pl.Float64(),
        "minutes": pl.Float64(),
        "margin_min": pl.Float64(),
        "litres": pl.Float64(),
        "reserve_percent": pl.Float64(),
        "threshold_percent": pl.Float64(),
        "after_percent": pl.Float64(),
        "cycles": pl.List(pl.Struct({"start_s": pl.Int64(), "end_s": pl.Int64()})),
        "soak_min": pl.Float64(),
        "unfinished_min": pl.Float64(),
        "plan_end_s": pl.Int64(),
        "plan_bound_s": pl.Int64(),
    }
)
"""What ``plan_tonight`` returns, in the order given.

``reason`` is a code, empty where the decision explains itself; minutes and litres are those of the
plan as it fits the window; ``reserve_percent`` and ``after_percent``, the reserve once watered,
are null where the soil is not known well enough to show one; ``cycles`` count seconds from the
window's opening; ``plan_end_s`` and ``plan_bound_s`` are those of the zone's connection.
"""

READABLE_WITHIN = 0.35  # of TAW: between bounds farther apart, no reserve is shown
OBSTACLE_FLOW = "flow_exceeds_supply"
REASON_SOIL = "soil_not_known"
REASON_WINDOW = "window_too_short"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What each zone would get if nothing stood in the way, and what it is; arrays (Z,)."""

    zones: pl.DataFrame
    array: dict[str, FloatArray]
    threshold_mm: FloatArray
    depth_mm: FloatArray
    minutes: FloatArray
    margin: FloatArray
    cycles: npt.NDArray[np.int64]
    cycle_s: npt.NDArray[np.int64]
    soak_s: npt.NDArray[np.int64]


def plan_tonight(
    zones: pl.DataFrame, *, window_s: int, rain_room: float = 0.2, most_open: int | None = None
) -> pl.DataFrame:
    """Decide for every zone and order the valves of every connection.

    Parameters
    ----------
    zones : DataFrame
        Schema ``ZONES``.
    window_s : int
        Length of the allowed window. [s]
    rain_room : float
        Share of TAW left empty for rain.
    most_open : int, optional
        Valves of one connection that may be open together.

    Returns
    -------
    DataFrame
        Schema ``PLANNED``.
    """
    array = {name: _numbers(zones, name) for name, kind in ZONES.items() if kind == pl.Float64()}
    known = ~np.isnan(array["low_mm"])
    low, high = (np.nan_to_num(array[name]) for name in ("low_mm", "high_mm"))
    decided = needs(
        low,
        np.where(known, high, array["available_mm"]),
        available_mm=array["available_mm"],
        depletion_fraction=array["depletion_fraction"],
        rain_room=rain_room,
    )
    decision = np.where(known, decided.decision, Decision.UNKNOWN.value).astype(object)
    reason = np.where(decision == Decision.UNKNOWN, REASON_SOIL, "").astype(object)
    obstacles = zones["obstacle"].to_list()
    for code, told in ((Decision.BLOCKED, obstacles), (Decision.SKIPPED, zones["skipped"])):
        holds = np.array([bool(value) for value in told], dtype=bool)
        decision[holds] = code.value
        reason[holds] = [value if isinstance(value, str) else "" for value in told if value]
    wanted = _wanted(zones, array, decided)
    plans = _ordered(wanted, decision == Decision.WATER, window_s, most_open)
    return _frame(wanted, decision, reason, plans)


def _numbers(zones: pl.DataFrame, name: str) -> FloatArray:
    numbers: FloatArray = zones[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return numbers


def _wanted(zones: pl.DataFrame, array: dict[str, FloatArray], decided: Needs) -> _Wanted:
    time = run_time(decided.depth_mm, array["rate_mm_h"], array["uniformity"])
    whole = np.ceil(time.minutes - 1e-9)  # a gardener reads minutes
    cycles = split(whole, array["rate_mm_h"], array["intake_mm_h"], array["allowance_mm"])
    return _Wanted(
        zones=zones,
        array=array,
        threshold_mm=decided.threshold_mm,
        depth_mm=decided.depth_mm,
        minutes=whole,
        margin=time.margin,
        cycles=cycles.number,
        cycle_s=np.ceil(cycles.minutes * 60 - 1e-6).astype(np.int64),
        soak_s=np.ceil(cycles.soak * 60 - 1e-6).astype(np.int64),
    )


def _ordered(
    wanted: _Wanted, water: npt.NDArray[np.bool_], window_s: int, most_open: int | None
) -> dict[int, NightPlan]:
    """Plan each connection; the plan of a zone is found under its row."""
    array = wanted.array
    flow = array["rate_mm_h"] * array["area_m2"] / 1000
    connection = wanted.zones["connection_id"].fill_null(-1).to_numpy()
    plans: dict[int, NightPlan] = {}
    for one in np.unique(connection[water]):
        rows = np.flatnonzero(water & (connection == one))
        capacity = array["capacity_m3_h"][rows[0]]
        jobs = [
            Job(
                int(row),
                float(flow[row]),
                int(wanted.cycles[row]),
                int(wanted.cycle_s[row]),
                int(wanted.soak_s[row]),
            )
            for row in rows
        ]
        made = plan(
            jobs,
            capacity_m3_h=None if np.isnan(capacity) else float(capacity),
            window_s=window_s,
            most_open=most_open,
        )
        plans |= dict.fromkeys(rows.tolist(), made)
    return plans


def _frame(
    wanted: _Wanted,
    decision: npt.NDArray[np.object_],
    reason: npt.NDArray[np.object_],
    plans: dict[int, NightPlan],
) -> pl.DataFrame:
    array, threshold_mm = wanted.array, wanted.threshold_mm
    available = array["available_mm"]
    middle = (array["low_mm"] + array["high_mm"]) / 2
    middle[array["high_mm"] - array["low_mm"] > READABLE_WITHIN * available] = np.nan
    rows = []
    for row, zone in enumerate(wanted.zones["zone_id"].to_list()):
        made = plans.get(row)
        runs = [] if made is None else [run for run in made.runs if run.zone == row]
        if made is not None and row in made.refused:
            decision[row], reason[row] = Decision.BLOCKED.value, OBSTACLE_FLOW
        elif made is not None and made.unfinished_s.get(row):
            reason[row] = REASON_WINDOW
        seconds = sum(run.end_s - run.start_s for run in runs)
        share = min(seconds / 60 / wanted.minutes[row], 1.0) if runs else 0.0
        depth = wanted.depth_mm[row] * share
        rows.append(
            {
                "zone_id": zone,
                "decision": decision[row],
                "reason": reason[row],
                "depth_mm": depth,
                "minutes": seconds / 60,
                "margin_min": wanted.margin[row] * share,
                "litres": seconds / 3600 * array["rate_mm_h"][row] * array["area_m2"][row],
                "reserve_percent": float(reserve_percent(middle[row], available[row])),
                "threshold_percent": float(reserve_percent(threshold_mm[row], available[row])),
                "after_percent": float(reserve_percent(middle[row] - depth, available[row])),
                "cycles": [{"start_s": run.start_s, "end_s": run.end_s} for run in runs],
                "soak_min": wanted.soak_s[row] / 60 if len(runs) > 1 else 0.0,
                "unfinished_min": made.unfinished_s.get(row, 0) / 60 if made else 0.0,
                "plan_end_s": made.end_s if made else 0,
                "plan_bound_s": made.bound_s if made else 0,
            }
        )
    return _typed(rows)


def _typed(rows: Sequence[dict[str, object]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=PLANNED)
    percents = ("reserve_percent", "threshold_percent", "after_percent")
    return frame.with_columns(pl.col(percents).fill_nan(None))
