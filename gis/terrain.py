"""The ground: its height on a grid, and between the points of the grid."""

from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import NDArray

from gis.geometry import METRES_PER_DEGREE, WGS84, transformer

Floats = NDArray[np.float64]
Transform = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Terrain:
    """Heights of the ground on a regular grid, north up.

    Attributes
    ----------
    code : str
        Name of the grid, e.g. of its tile.
    heights_m : float32 array (rows, columns)
        Height over the sea at the middle of each cell; NaN where nobody knows. The first row is
        the northernmost. [m]
    transform : tuple of float
        ``x = a·column + b·row + c``, ``y = d·column + e·row + f`` of a cell's corner, in the order
        a … f and in the units of ``crs``.
    crs : str
        What x and y are in, e.g. ``EPSG:2154``.
    error_m : float
        Standard error of a height. [m]
    datum : str
        What the heights count from, e.g. ``NGF-IGN69``.
    """

    code: str
    heights_m: NDArray[np.float32]
    transform: Transform
    crs: str
    error_m: float
    datum: str = ""

    @property
    def known(self) -> int:
        """Cells whose height is known."""
        return int(np.isfinite(self.heights_m).sum())

    @property
    def step_m(self) -> float:
        """Distance of two rows of the grid. [m]"""
        geographic = pyproj.CRS.from_user_input(self.crs).is_geographic
        return abs(self.transform[4]) * (METRES_PER_DEGREE if geographic else 1.0)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north, in degrees. [°]"""
        a, _, c, _, e, f = self.transform
        rows, columns = self.heights_m.shape
        to_degrees = transformer(self.crs, WGS84)
        west, south, east, north = to_degrees.transform_bounds(c, f + e * rows, c + a * columns, f)
        return float(west), float(south), float(east), float(north)

    def heights_at(self, longitude: Floats, latitude: Floats) -> Floats:
        """Return the height of the ground at places, between the four nearest cells.

        Linear in both directions between the middles of the cells; within half a cell of the edge
        the nearest row or column holds alone. A place beside an unknown cell is not known: a
        height is never guessed from the three others.

        Parameters
        ----------
        longitude, latitude : float array (n)
            WGS 84; NaN where nobody knows. [°]

        Returns
        -------
        float64 array (n)
            NaN outside the grid. [m]
        """
        a, _, c, _, e, f = self.transform
        from_degrees = transformer(WGS84, self.crs)
        x, y = (np.asarray(each) for each in from_degrees.transform(longitude, latitude))
        column, row = (x - c) / a - 0.5, (y - f) / e - 0.5  # of the middles of the cells
        rows, columns = self.heights_m.shape
        with np.errstate(invalid="ignore"):  # places that are not known compare as False
            inside = (np.abs(column - (columns - 1) / 2) <= columns / 2) & (
                np.abs(row - (rows - 1) / 2) <= rows / 2
            )
        found = np.full(len(x), np.nan)
        found[inside] = self._between(
            np.clip(row[inside], 0, rows - 1), np.clip(column[inside], 0, columns - 1)
        )
        return found

    def _between(self, row: Floats, column: Floats) -> Floats:
        """Interpolate at fractional rows and columns inside the grid."""
        last_row, last_column = (size - 1 for size in self.heights_m.shape)
        top, left = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
        bottom, right = np.minimum(top + 1, last_row), np.minimum(left + 1, last_column)
        down, across = row - top, column - left
        height = np.zeros(len(row))
        for there_row, there_column, weight in (
            (top, left, (1 - down) * (1 - across)),
            (top, right, (1 - down) * across),
            (bottom, left, down * (1 - across)),
            (bottom, right, down * across),
        ):
            corner = self.heights_m[there_row, there_column].astype(np.float64)
            height += np.where(weight > 0, weight * corner, 0.0)  # 0 × NaN would be NaN
        return height
