"""Areas as GeoJSON geometries (RFC 7946): read in one place, refused with one set of words."""

import json

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from gis.errors import NotAnArea

KINDS = frozenset({"Polygon", "MultiPolygon"})
"""Geometries that are areas."""


def area_from_geojson(geometry: object) -> BaseGeometry:
    """Read an area from a GeoJSON geometry, as it was decoded from JSON.

    A ring that crosses itself is read as it stands: whether it is mended or refused is for the
    caller to say.

    Parameters
    ----------
    geometry : object
        The ``geometry`` member, in any coordinate reference system; heights are left out.

    Returns
    -------
    Polygon or MultiPolygon
        Not empty, of finite coordinates.

    Raises
    ------
    NotAnArea
        Absent, of another kind, broken or empty; its sentence says which.
    """
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind is None:
        raise NotAnArea("no geometry")
    if not isinstance(kind, str) or kind not in KINDS:
        raise NotAnArea(f"{str(kind)[:40]}: a Polygon or a MultiPolygon is expected")
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except (ShapelyError, ValueError, TypeError) as error:
        raise NotAnArea(f"broken geometry: {str(error).splitlines()[0]}") from None
    if shape.is_empty:
        raise NotAnArea("an empty geometry")
    flat: BaseGeometry = shapely.force_2d(shape)
    if not np.isfinite(shapely.get_coordinates(flat)).all():
        raise NotAnArea("broken geometry: a coordinate is no number")
    return flat
