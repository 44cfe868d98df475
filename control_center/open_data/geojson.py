"""Features as GeoJSON, many at once: geometries are written by column, not one by one."""

from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from control_center.open_data.holdings import Held
from control_center.open_data.reference_systems import ReferenceSystem

MEDIA_TYPE = "application/geo+json"
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY


def features(
    held: Held, numbers: NDArray[np.int64], system: ReferenceSystem
) -> list[dict[str, Any]]:
    """Return some features of a layer, ready for ``orjson.dumps`` with ``OPTIONS``.

    Parameters
    ----------
    numbers : int64[n]
        Rows of the layer.
    system : ReferenceSystem
        In which coordinates are written, in the order of its own axes.
    """
    names = [column.name for column in held.collection.columns]
    properties = held.rows[numbers].select(names).to_dicts()
    return [
        {"type": "Feature", "id": own["code"], "geometry": geometry, "properties": own}
        for own, geometry in zip(properties, _geometries(held, numbers, system), strict=True)
    ]


def _geometries(held: Held, numbers: NDArray[np.int64], system: ReferenceSystem) -> list[Any]:
    shapes = held.geometries(numbers)
    there = ~shapely.is_missing(shapes)
    written: list[Any] = [None] * len(shapes)
    texts = shapely.to_geojson(system.written(shapes[there]))
    for place, text in zip(np.flatnonzero(there), texts, strict=True):
        written[place] = orjson.Fragment(text)
    return written
