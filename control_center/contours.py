"""A contour drawn by hand, as people and scripts write it: a line a corner."""

import re
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

MOST_CORNERS = 2000

_NUMBERS = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn, as far as it can be read.

    Attributes
    ----------
    contour : str
        As it was written: a line a corner, latitude then longitude.
    shape : Polygon, MultiPolygon or None
        None where there is no area yet.
    wrong : (line, what) or None
        The first line that is no corner.
    mended : bool
        It crossed itself.
    """

    contour: str
    shape: BaseGeometry | None
    wrong: tuple[int, str] | None = None
    mended: bool = False


def read_contour(written: str) -> Drawn:
    """Read corners, one a line: ``47.2874, -0.8312``, or ``47,2874 ; -0,8312``.

    Three corners make an area; the last is joined to the first. What crosses itself is mended.
    """
    corners: list[tuple[float, float]] = []
    for number, line in enumerate(written.splitlines(), 1):
        if not line.strip():
            continue
        corner = _corner(line)
        if corner is None or len(corners) == MOST_CORNERS:
            return Drawn(written, None, wrong=(number, line.strip()[:60]))
        corners.append(corner)
    if len(set(corners)) < 3:
        return Drawn(written, None)
    shape = shapely.Polygon(corners)
    if shape.is_valid:
        return Drawn(written, shape)
    areas = [
        each
        for each in shapely.get_parts(shapely.make_valid(shape))
        if each.geom_type in {"Polygon", "MultiPolygon"}
    ]
    return Drawn(written, shapely.union_all(areas) if areas else None, mended=bool(areas))


def _corner(line: str) -> tuple[float, float] | None:
    """Read latitude and longitude; return longitude and latitude. [°]"""
    text = line.strip().rstrip(",;")
    if ";" in text:
        text = text.replace(",", ".")
    try:
        latitude, longitude = (float(each) for each in _NUMBERS.split(text))
    except ValueError:
        return None
    inside = -90 <= latitude <= 90 and -180 <= longitude <= 180
    return (longitude, latitude) if inside else None
