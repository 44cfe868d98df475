"""Who lives along each section of street: by addresses, weighted by the statistician's grid.

A cell of the grid (200 m in France) says how many live in it, not where: its residents are shared
among its addresses, those of a cell without any among the metres of street inside it. The sum of
each cell is kept to the last thousandth. Counts of one cell mean nothing by themselves (many are
imputed); streets and incidents gather enough of them.
"""

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from gis.geometry import Coordinates, Geometries

Index = NDArray[np.int64]


def residents_thousandths(
    section: NDArray[np.int64], residents: pl.Series, sections: int
) -> pl.Series:
    """Add the residents of addresses up by section.

    Parameters
    ----------
    section : ndarray of int64
        Section of each address; -1 on none.
    residents : Series of Float64
        Of each address, may be a share of a person; null where the file does not say.
    sections : int
        How many sections there are.

    Returns
    -------
    Series of Int64, named ``residents_thousandths``, one value a section
        Thousandths of residents, so that shares add up exactly. All null where no address says
        any: nobody counted is not nobody there. 0 where others were counted, and none here.
    """
    name = "residents_thousandths"
    counted = residents.is_not_null().to_numpy() & (section >= 0)
    if not counted.any():
        return pl.Series(name, [None] * sections, dtype=pl.Int64)
    thousandths = np.rint(residents.to_numpy()[counted] * 1000).astype(np.int64)
    total = np.zeros(sections, dtype=np.int64)
    np.add.at(total, section[counted], thousandths)
    return pl.Series(name, total)


def cells_of(points: Coordinates, cells: Geometries) -> Index:
    """Find the cell that each point lies in.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Metric; NaN where unknown. [m]
    cells : ndarray of Polygon, shape (m,)
        Metric; None is no cell.

    Returns
    -------
    ndarray of int64, shape (n,)
        -1 in none; on a common edge the first.
    """
    found = np.full(len(points), -1, dtype=np.int64)
    known = np.flatnonzero(np.isfinite(points).all(axis=1))
    if not len(known) or not len(cells):
        return found
    at, cell = shapely.STRtree(cells).query(
        np.asarray(shapely.points(points[known])), predicate="intersects"
    )
    order = np.lexsort((cell, at))
    first = order[np.flatnonzero(np.diff(at[order], prepend=-1))]
    found[known[at[first]]] = cell[first]
    return found


def metres_in_cells(lines: Geometries, cells: Geometries) -> tuple[Index, Index, Index]:
    """Measure how much of each section lies in each cell.

    Returns
    -------
    section, cell, length_cm : ndarrays of int64
        One row a pair that meets, by cell, then section. [cm]
    """
    if not len(lines) or not len(cells):
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, nothing
    cell, section = shapely.STRtree(lines).query(cells, predicate="intersects")
    inside = shapely.length(shapely.intersection(lines[section], cells[cell]))
    length = np.rint(inside * 100).astype(np.int64)
    order = np.lexsort((section, cell))
    order = order[length[order] > 0]
    return section[order], cell[order], length[order]
