"""A weather station's messages, gathered into local days; a day too little measured is a gap."""

from datetime import UTC, datetime

import polars as pl

LEAST_HOURS = 20
"""Hours of a day that must be measured; fewer make a gap, never a zero."""

_LONGEST_HOLE_H = 24 - LEAST_HOURS
_ELEMENTS = ("air_temperature", "wind_speed", "global_radiation", "rain")
"""What every hour needs; humidity alone may be missing, and the method then says so."""


def daily_weather(
    observations: pl.DataFrame,
    *,
    timezone: str,
    until: datetime,
    wind_height_m: float = 2.0,
) -> pl.DataFrame:
    """Gather messages into days.

    Parameters
    ----------
    observations : DataFrame, one row per value
        property : str, one of ``air_temperature`` [°C], ``relative_humidity`` [%], ``wind_speed``
        [m/s], ``global_radiation`` [W/m²], ``rain`` [mm, fallen since the previous message];
        measured_at : datetime, UTC; value : float.
    timezone : str
        IANA name of the local clock; a day runs from midnight to midnight.
    until : datetime
        End of what is known; the local day that holds it is not finished. [UTC, aware]
    wind_height_m : float
        Of the anemometer; wind is brought to two metres, FAO-56 eq. 47.

    Returns
    -------
    DataFrame, one row per local day with any value, sorted
        day : date; t_min_c, t_max_c, t_mean_c, rh_min, rh_max, wind_2m_m_s, radiation_mj_m2,
        rain_mm : float, null: not measured; hours : int, hours in which all elements were
        measured; length_h : int, 23, 24 or 25; finished : bool; complete : bool, finished and
        with ``LEAST_HOURS``.
    """
    known = observations.filter(
        pl.col("measured_at") <= until.astimezone(UTC), pl.col("value").is_finite()
    ).with_columns(pl.col("measured_at").dt.convert_time_zone(timezone).alias("local"))
    known = known.with_columns(
        pl.col("local").dt.truncate("1h").dt.convert_time_zone("UTC").alias("hour"),
        pl.col("local").dt.date().alias("day"),
    )
    hourly = _hourly(known, timezone)
    days = known.group_by("day").agg(
        _of("air_temperature").min().alias("t_min_c"),
        _of("air_temperature").max().alias("t_max_c"),
        _of("relative_humidity").min().alias("rh_min"),
        _of("relative_humidity").max().alias("rh_max"),
        _sum_or_null("rain").alias("rain_mm"),
    )
    from_hours = hourly.group_by("day").agg(
        pl.col("air_temperature").mean().alias("t_mean_c"),
        (pl.col("wind_speed").mean() * _to_two_metres(wind_height_m)).alias("wind_2m_m_s"),
        (pl.col("filled_radiation").sum() * 3600 / 1e6).alias("radiation_mj_m2"),
        pl.all_horizontal(pl.col(name).is_not_null() for name in _ELEMENTS).sum().alias("hours"),
        pl.col("filled_radiation").is_not_null().any().alias("sunned"),
    )
    return (
        days.join(from_hours, on="day")
        .with_columns(
            pl.when("sunned").then("radiation_mj_m2").alias("radiation_mj_m2"),
            _length_h(timezone).alias("length_h"),
            _midnight_after(timezone).le(until.astimezone(UTC)).alias("finished"),
        )
        .with_columns((pl.col("finished") & (pl.col("hours") >= LEAST_HOURS)).alias("complete"))
        .select(
            "day",
            "t_min_c",
            "t_max_c",
            "t_mean_c",
            "rh_min",
            "rh_max",
            "wind_2m_m_s",
            "radiation_mj_m2",
            "rain_mm",
            pl.col("hours").cast(pl.Int16),
            pl.col("length_h").cast(pl.Int16),
            "finished",
            "complete",
        )
        .sort("day")
    )


def _hourly(known: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """One row per hour without holes between the first and the last; radiation bridged."""
    means = known.pivot(
        on="property", on_columns=_ELEMENTS, index="hour", values="value", aggregate_function="mean"
    ).sort("hour")
    whole = means if means.is_empty() else means.upsample("hour", every="1h")
    return whole.with_columns(
        pl.col("global_radiation").interpolate().alias("bridged"),
        pl.col("global_radiation").is_null().rle_id().alias("hole"),
        pl.col("hour").dt.convert_time_zone(timezone).dt.date().alias("day"),
    ).with_columns(
        pl.when(
            pl.col("global_radiation").is_not_null() | (pl.len().over("hole") <= _LONGEST_HOLE_H)
        )
        .then("bridged")
        .alias("filled_radiation")
    )


def _of(name: str) -> pl.Expr:
    return pl.col("value").filter(pl.col("property") == name)


def _sum_or_null(name: str) -> pl.Expr:
    return pl.when((pl.col("property") == name).any()).then(_of(name).sum())


def _midnight_after(timezone: str) -> pl.Expr:
    return _midnight(pl.col("day").dt.offset_by("1d"), timezone)


def _length_h(timezone: str) -> pl.Expr:
    return (_midnight_after(timezone) - _midnight(pl.col("day"), timezone)).dt.total_hours()


def _midnight(day: pl.Expr, timezone: str) -> pl.Expr:
    wall = day.cast(pl.Datetime("us")).dt.replace_time_zone(timezone)
    return wall.dt.convert_time_zone("UTC")


def _to_two_metres(height_m: float) -> pl.Expr:
    """Return eq. 47's factor; exactly 1 at two metres, where the formula gives 1.0003."""
    at_two = pl.lit(67.8 * 2.0 - 5.42).log()
    return at_two / pl.lit(67.8 * height_m - 5.42).log()
