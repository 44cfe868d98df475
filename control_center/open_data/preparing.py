"""From rows of the store to rows that may leave: typed, people rounded, nothing personal."""

import numpy as np
import polars as pl
import shapely

from control_center.open_data.collections import Collection
from gis.layer_types import Column, ColumnType
from twin.model import kinds
from twin.model.states import LightState
from twin.store.layers import LayerReader, Period

LEAST_RESIDENTS = 100
"""Under it a number of residents is not given; above, it is rounded to tens."""

INNER = ("on_feeder", "on_street", "residents_known")
"""Columns that quality counts and nobody is given."""

_TYPES: dict[ColumnType, pl.DataType] = {
    ColumnType.TEXT: pl.String(),
    ColumnType.PARTIAL_DATE: pl.String(),
    ColumnType.NUMBER: pl.Float64(),
    ColumnType.INTEGER: pl.Int64(),
    ColumnType.BOOLEAN: pl.Boolean(),
    ColumnType.DATE: pl.Date(),
    ColumnType.INSTANT: pl.Datetime("us", "UTC"),
}
_PLACE = ("longitude", "latitude", "geom")
_DECIMALS = 3
_STATES = {state.value: state.name.lower() for state in LightState}


def rows_of(
    reader: LayerReader, collection: Collection, during: Period | None = None
) -> pl.DataFrame:
    """Return the public rows of a collection, in the order of their code.

    Parameters
    ----------
    during : pair of datetime or None, optional
        As they stood at some moment of it, each in its newest version; of what does not live alone.

    Returns
    -------
    DataFrame
        The collection's columns; then longitude, latitude [°] and geom (WKB), null where a
        feature has none; then those of ``INNER`` that it has.
    """
    if collection.live:
        rows = _live(reader, collection)
    else:
        rows = _placed(_standing(reader, collection, during))
    places = [
        pl.col(name) if name in rows.columns else pl.lit(None, _place_type(name)).alias(name)
        for name in _PLACE
    ]
    public = [_typed(rows, column) for column in collection.columns]
    inner = [pl.col(name) for name in INNER if name in rows.columns]
    return rows.select(*public, *places, *inner).sort("code")


def rounded_residents(column: str) -> pl.Expr:
    """Round a number of residents to tens; null where it is so small that it tells of persons."""
    people = pl.col(column).cast(pl.Float64, strict=False)
    return (
        pl.when(people >= LEAST_RESIDENTS)
        .then((people / 10).round() * 10)
        .when(people == 0)
        .then(0.0)
        .cast(pl.Int64)
        .alias(column)
    )


def _standing(reader: LayerReader, collection: Collection, during: Period | None) -> pl.DataFrame:
    rows = _with_properties(reader.things(collection.kind, during), collection)
    match collection.kind:
        case kinds.STREETLIGHT:
            rows = _told_now(rows, reader.lamps())
            rows = rows.with_columns(_first(rows, "street", "street_name"))
        case kinds.SUBSTATION | kinds.CABINET | kinds.FEEDER:
            rows = _told_now(rows, reader.devices(collection.kind))
        case kinds.STREET_SECTION:
            rows = _told_now(rows, reader.sections())
            rows = rows.with_columns(
                _first(rows, "street_name", "street").alias("street"),
                pl.col("residents").is_not_null().alias("residents_known"),
                rounded_residents("residents"),
            )
    if collection.kind == kinds.POPULATION_CELL:
        rows = rows.with_columns(rounded_residents("residents"))
    if collection.column("supply_confidence"):
        rows = _told(rows, reader.supply(collection.kind, during))
        on_feeder = (pl.col("supplied_by_kind") == kinds.FEEDER).fill_null(value=False)
        rows = rows.with_columns(on_feeder.alias("on_feeder"))
    return rows


def _live(reader: LayerReader, collection: Collection) -> pl.DataFrame:
    rows = reader.live(collection.live_name)
    match collection.live_name:
        case "lights":
            return rows.with_columns(pl.col("state").replace_strict(_STATES, default="unmonitored"))
        case "incidents":
            return rows.with_columns(rounded_residents("residents"))
        case "gauges":
            zero = pl.col("zero_m_ngf").cast(pl.Float64, strict=False)
            return rows.with_columns(zero, (zero + pl.col("level_m")).alias("level_m_ngf"))
    return rows


def _with_properties(things: pl.DataFrame, collection: Collection) -> pl.DataFrame:
    """Unfold the JSON properties; what is not of the column's type becomes null."""
    known = set(things.columns)
    wanted = [column.name for column in collection.columns if column.name not in known]
    shape = pl.Struct({name: pl.String() for name in wanted})
    if not wanted:
        return things.drop("properties")
    unfolded = things["properties"].str.json_decode(shape).struct.unnest()
    return things.drop("properties").hstack(unfolded.select(wanted))


def _told(rows: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Add what another table tells of the same things; it wins over the file's own words."""
    theirs = [name for name in more.columns if name != "asset_id"]
    return rows.drop(*(name for name in theirs if name in rows.columns)).join(
        more, on="asset_id", how="left"
    )


def _told_now(rows: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Add what is told of things as they are now; past versions keep their own words."""
    past = rows.filter(pl.col("valid_to").is_not_null())
    if past.is_empty():
        return _told(rows, more)
    present = _told(rows.filter(pl.col("valid_to").is_null()), more)
    return pl.concat([present, past], how="diagonal_relaxed")


def _placed(rows: pl.DataFrame) -> pl.DataFrame:
    """Read the coordinates of past points from their geometry."""
    lost = rows["longitude"].is_null() & rows["geom"].is_not_null()
    if not lost.any():
        return rows
    points = shapely.from_wkb(rows["geom"].filter(lost).to_numpy())
    place = np.full((rows.height, 2), np.nan)
    place[lost.to_numpy()] = shapely.get_coordinates(shapely.centroid(points))
    found = pl.DataFrame(place, schema=["longitude", "latitude"]).fill_nan(None)
    return rows.with_columns(
        pl.coalesce(pl.col(name), found[name]).alias(name) for name in found.columns
    )


def _first(rows: pl.DataFrame, *names: str) -> pl.Expr:
    """Return the first of some text columns that says anything."""
    there = [pl.col(name) for name in names if name in rows.columns]
    return pl.coalesce(pl.when(column != "").then(column) for column in there).alias(names[0])


def _typed(rows: pl.DataFrame, column: Column) -> pl.Expr:
    wanted = _TYPES[column.type]
    if column.name not in rows.columns:
        return pl.lit(None, wanted).alias(column.name)
    values = pl.col(column.name)
    found = rows.schema[column.name]
    if wanted == pl.String():
        return pl.when(values != "").then(values).alias(column.name)
    if found == pl.String():
        values = _parsed(values, column.type)
    if column.type is ColumnType.NUMBER:
        values = values.cast(pl.Float64).round(_DECIMALS)
    return values.cast(wanted, strict=False).alias(column.name)


def _parsed(values: pl.Expr, kind: ColumnType) -> pl.Expr:
    match kind:
        case ColumnType.BOOLEAN:
            return values.str.to_lowercase().is_in(["true", "t", "1"])
        case ColumnType.DATE:
            return values.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
        case ColumnType.INSTANT:
            return values.str.to_datetime(
                "%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=False
            )
        case _:
            return values.cast(pl.Float64, strict=False)


def _place_type(name: str) -> pl.DataType:
    return pl.Binary() if name == "geom" else pl.Float64()
