"""Residents along sections of street, from addresses and the population grid of the store."""

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from gis.geometry import Geometries, metric_points, to_metric
from gis.population import cells_of, metres_in_cells, residents_thousandths
from gis.street_names import street_keys
from gis.streets import attach
from twin.model import kinds
from twin.store.city_writer import CityWriter
from twin.supply.ranges import apportion

Index = NDArray[np.int64]

_ADDRESS_REACH_M = 60.0
_NAMED_ADDRESS_REACH_M = 250.0


def residents_along(writer: CityWriter, lines: Geometries, keys: pl.Series, srid: int) -> pl.Series:
    """Count who lives along each section.

    Parameters
    ----------
    lines : ndarray of LineString
        Metric centre lines of the sections. [m]
    keys : Series of String
        Street key of each.

    Returns
    -------
    Series of Int64, ``residents_thousandths``, one value a section
        Null where neither an address nor a cell says anything. With a grid, what addresses say of
        themselves only weighs them within their cell: two counts of one town are never added.
    """
    addresses = writer.street_things(kinds.ADDRESS)
    points = metric_points(addresses["longitude"], addresses["latitude"], srid)
    attached = attach(
        points,
        street_keys(addresses["street"]),
        lines,
        keys,
        reach_m=_ADDRESS_REACH_M,
        named_reach_m=_NAMED_ADDRESS_REACH_M,
    )
    grid = writer.street_things(kinds.POPULATION_CELL).drop_nulls(["residents", "geom"])
    if not grid.height:
        return residents_thousandths(attached.section, addresses["residents"], len(lines))
    cells = to_metric(np.asarray(shapely.from_wkb(grid["geom"].to_numpy()), dtype=object), srid)
    people = np.rint(grid["residents"].to_numpy() * 1000).astype(np.int64)
    cell = np.where(attached.section >= 0, cells_of(points, cells), -1)
    own = addresses["residents"].fill_null(1.0).to_numpy()
    shares = apportion(people, cell.astype(np.int32), np.rint(own * 1000).astype(np.int64))
    total = np.zeros(len(lines), dtype=np.int64)
    housed = attached.section >= 0
    np.add.at(total, attached.section[housed], shares[housed])
    return pl.Series("residents_thousandths", total + _without_address(lines, cells, people, cell))


def _without_address(lines: Geometries, cells: Geometries, people: Index, cell: Index) -> Index:
    """Share the residents of cells without an address among the metres of street inside."""
    empty = np.setdiff1d(np.arange(len(cells)), cell)
    section, of_cell, length = metres_in_cells(lines, cells[empty])
    shares = apportion(people[empty], of_cell.astype(np.int32), length)
    total = np.zeros(len(lines), dtype=np.int64)
    np.add.at(total, section, shares)
    return total
