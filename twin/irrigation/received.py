"""What irrigation a zone really received: from valves that said they were open, or from meters.

Water counts for the local day that begins with it: what runs from noon on, by evening or by night,
is there when the next day begins. That is the ``early`` order's own convention.
"""

from datetime import datetime

import polars as pl

LONGEST_SILENCE_MIN = 30
"""An open valve that says nothing more is believed open for that long, no longer."""


def openings(observations: pl.DataFrame, *, now: datetime) -> pl.DataFrame:
    """Turn what valves said into the spans during which they were open, up to now.

    Parameters
    ----------
    observations : DataFrame, one row per message
        valve_id : int; measured_at : datetime, UTC; value : float, above 0: open.
    now : datetime
        The instant, aware: what an open valve is still going to give has not reached the soil.

    Returns
    -------
    DataFrame, one row per message that said open
        valve_id; opened_at : datetime, UTC; minutes : float [min].
    """
    silence = pl.duration(minutes=LONGEST_SILENCE_MIN)
    until = pl.col("measured_at").shift(-1).over("valve_id").fill_null(now)
    span = pl.min_horizontal(until - pl.col("measured_at"), silence).clip(pl.duration())
    return (
        observations.sort("valve_id", "measured_at")
        .with_columns((span.dt.total_milliseconds() / 60_000).alias("minutes"))
        .filter(pl.col("value") > 0)
        .select("valve_id", pl.col("measured_at").alias("opened_at"), "minutes")
    )


def metered(observations: pl.DataFrame) -> pl.DataFrame:
    """Turn the indices of water meters into volumes; an index that goes back was reset.

    Parameters
    ----------
    observations : DataFrame, one row per message
        valve_id : int, of the valve behind the meter; measured_at; value : float, index [L].

    Returns
    -------
    DataFrame, one row per message but the first of each meter
        valve_id; opened_at : datetime, UTC, of the message before; litres : float [L].
    """
    used = pl.col("value").diff().over("valve_id")
    return (
        observations.sort("valve_id", "measured_at")
        .with_columns(
            pl.col("measured_at").shift(1).over("valve_id").alias("opened_at"),
            pl.when(used < 0).then(pl.col("value")).otherwise(used).alias("litres"),
        )
        .filter(pl.col("litres").is_not_null())
        .select("valve_id", "opened_at", "litres")
    )


def daily_depths(
    zones: pl.DataFrame, opened: pl.DataFrame, volumes: pl.DataFrame, *, timezone: str
) -> pl.DataFrame:
    """Return the depth that reached the roots of each zone, by day of irrigation.

    A valve with a meter is judged by its meter, any other by how long it was open. What unevenness
    makes one pour on is not counted: the dry spots did not get it.

    Parameters
    ----------
    zones : DataFrame
        zone_id, valve_id : int; area_m2 [m²], rate_mm_h [mm/h]; uniformity : float, DU.
    opened, volumes : DataFrame
        From ``openings`` and ``metered``.
    timezone : str
        IANA name of the local clock.

    Returns
    -------
    DataFrame, one row per zone and day with any water, sorted
        zone_id : int; day : date; litres : float [L]; minutes : float [min], null where metered;
        irrigation_mm : float [mm].
    """
    known = zones.select("zone_id", "valve_id", "area_m2", "rate_mm_h", "uniformity")
    day = pl.col("opened_at").dt.convert_time_zone(timezone).dt.offset_by("12h").dt.date()
    by_time = (
        opened.join(volumes.select("valve_id").unique(), on="valve_id", how="anti")
        .with_columns(day.alias("day"))
        .join(known, on="valve_id")
        .with_columns(
            (pl.col("minutes") / 60 * pl.col("rate_mm_h") * pl.col("area_m2")).alias("litres")
        )
    )
    by_meter = (
        volumes.with_columns(day.alias("day"), pl.lit(None, pl.Float64).alias("minutes"))
        .filter(pl.col("litres") > 0)
        .join(known, on="valve_id")
    )
    columns = ("zone_id", "day", "litres", "minutes", "area_m2", "uniformity")
    reached = pl.col("litres") / pl.col("area_m2") * (0.4 + 0.6 * pl.col("uniformity"))
    return (
        pl.concat([by_time.select(columns), by_meter.select(columns)])
        .with_columns(reached.alias("irrigation_mm"))
        .group_by("zone_id", "day")
        .agg(
            pl.col("litres").sum(),
            pl.when(pl.col("minutes").is_not_null().any())
            .then(pl.col("minutes").sum())
            .alias("minutes"),
            pl.col("irrigation_mm").sum(),
        )
        .sort("zone_id", "day")
    )
