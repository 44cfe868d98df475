"""A series as a drawing and a table: the same figures with and without JavaScript."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

WIDTH, HEIGHT = 1000.0, 240.0
_MOST_POINTS = 400
_TABLE_ROWS = 24


@dataclass(frozen=True, slots=True)
class Curve:
    """One observed property over a span.

    Attributes
    ----------
    paths : list of str
        One SVG path per channel, in a box of 1000 by 240.
    low, high : str
        Ends of the vertical axis, with their unit.
    summary : str
        Lowest, highest and last value: what is read aloud.
    series : dict
        ``t`` [s], then ``c<channel>`` [unit; None: no reading at that instant]: for a chart.
    rows : list of (instant, value)
        The newest readings of the first channel, thinned.
    """

    code: str
    title: str
    unit: str
    start: datetime
    end: datetime
    paths: list[str]
    low: str
    high: str
    lowest: str
    highest: str
    last: str
    series: dict[str, list[float | None]]
    rows: list[tuple[datetime, str]]


def draw_curve(
    history: pl.DataFrame,
    *,
    code: str,
    title: str,
    unit: str,
    start: datetime,
    end: datetime,
    words: Callable[[float], str],
    steps: bool,
) -> Curve | None:
    """Draw a series; None where nothing was measured in the span.

    Parameters
    ----------
    history : DataFrame
        ``channel``, ``measured_at``, ``value``, sorted by both.
    words : callable
        Writes a value with its unit.
    steps : bool
        Whether a value holds until the next one (yes or no), rather than changing evenly.
    """
    if history.is_empty():
        return None
    thinned = [thin(group) for _, group in main(history).group_by("channel", maintain_order=True)]
    values = np.concatenate([group["value"].to_numpy() for group in thinned])
    low, high = axis(float(values.min()), float(values.max()))
    first = thinned[0]
    return Curve(
        code=code,
        title=title,
        unit=unit,
        start=start,
        end=end,
        paths=[path(group, start, end, low, high, steps=steps) for group in thinned],
        low=words(low),
        high=words(high),
        lowest=words(float(values.min())),
        highest=words(float(values.max())),
        last=words(float(first["value"][-1])),
        series=_series(thinned),
        rows=[
            (row["measured_at"], words(row["value"]))
            for row in thin(first, _TABLE_ROWS).sort("measured_at", descending=True).to_dicts()
        ],
    )


def main(history: pl.DataFrame) -> pl.DataFrame:
    """Keep the sum where there is one (channel 0), else every phase."""
    whole = history.filter(pl.col("channel") == 0)
    return history if whole.is_empty() else whole


def thin(group: pl.DataFrame, most: int = _MOST_POINTS) -> pl.DataFrame:
    """Keep at most so many readings, evenly, the first and the last included."""
    if group.height <= most:
        return group
    kept = np.unique(np.linspace(0, group.height - 1, most).round().astype(int))
    few: pl.DataFrame = group[kept.tolist()]
    return few


def axis(low: float, high: float) -> tuple[float, float]:
    """Return the ends of an axis: zero is on it unless the values are far from it."""
    if low == high:
        low, high = min(low, 0.0), max(high, low + 1.0) if high >= 0 else 0.0
    if low > 0 and low < 0.5 * high:
        low = 0.0
    margin = 0.05 * (high - low)
    return (low if low == 0 else low - margin), high + margin


def path(
    group: pl.DataFrame, start: datetime, end: datetime, low: float, high: float, *, steps: bool
) -> str:
    """Return one channel as an SVG path in a box of 1000 by 240."""
    seconds = group["measured_at"].dt.epoch("ms").to_numpy() / 1000
    begin, span = start.timestamp(), (end - start).total_seconds()
    across: NDArray[np.float64] = (seconds - begin) / span * WIDTH
    up = HEIGHT - (group["value"].to_numpy() - low) / (high - low) * HEIGHT
    points = [f"{x:.1f} {y:.1f}" for x, y in zip(across, up, strict=True)]
    if len(points) == 1:
        return f"M{points[0]}h.1"  # a dot, with round line ends
    if not steps:
        return "M" + "L".join(points)
    moves = [f"H{x:.1f}V{y:.1f}" for x, y in zip(across[1:], up[1:], strict=True)]
    return f"M{points[0]}" + "".join(moves)


def _series(groups: list[pl.DataFrame]) -> dict[str, list[float | None]]:
    """Join the channels on time, for a chart: seconds first."""
    joined = pl.concat(groups).pivot(
        on="channel", index="measured_at", values="value", aggregate_function="last"
    )
    ordered = joined.sort("measured_at")
    series: dict[str, list[float | None]] = {
        "t": (ordered["measured_at"].dt.epoch("ms") / 1000).to_list()
    }
    for name in ordered.columns:
        if name != "measured_at":
            series[f"c{name}"] = ordered[name].to_list()
    return series
