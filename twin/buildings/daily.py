"""From hours to days: a day stands if half of its hours were measured."""

import polars as pl

ENOUGH_HOURS = 0.5  # CalTRACK 2.0


def from_hours(
    hours: pl.DataFrame, *, timezone: str | None = None, enough: float = ENOUGH_HOURS
) -> pl.DataFrame:
    """Add up hourly energy into daily energy.

    A day of which some hours are missing is scaled to its full length; a day of which too many
    are missing has no value. A zero is missing: an electricity meter that reads nothing is out.

    Parameters
    ----------
    hours : DataFrame, one row per meter and hour
        meter : any; hour : datetime, start of the hour, in UTC with ``timezone``, otherwise in
        the local time of the file, where every day has 24 hours; kwh : float, null: not measured.
    timezone : str, optional
        IANA name of the local clock; its days have 23 or 25 hours twice a year.
    enough : float
        Least share of a day's hours.

    Returns
    -------
    DataFrame, one row per meter and day, sorted
        meter; day : date; kwh : float [kWh/day], null: too few hours; hours : int, measured.
    """
    local = pl.col("hour") if timezone is None else pl.col("hour").dt.convert_time_zone(timezone)
    start = local.dt.truncate("1d")
    length = (start.dt.offset_by("1d") - start).dt.total_minutes() / 60
    return (
        hours.filter(pl.col("kwh").is_not_null() & pl.col("kwh").is_not_nan())
        .filter(pl.col("kwh") != 0)
        .with_columns(start.dt.date().alias("day"), length.alias("length"))
        .group_by("meter", "day")
        .agg(
            pl.col("kwh").mean().alias("mean"),
            pl.col("hour").n_unique().alias("hours"),
            pl.col("length").first(),
        )
        .select(
            "meter",
            "day",
            pl.when(pl.col("hours") >= enough * pl.col("length"))
            .then(pl.col("mean") * pl.col("length"))
            .alias("kwh"),
            "hours",
        )
        .sort("meter", "day")
    )
