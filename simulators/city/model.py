"""A generated city: its canonical layers, its territory, and what only the simulator knows."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class LayerData:
    """Rows of one canonical layer.

    Attributes
    ----------
    frame : DataFrame
        Columns of ``gis.layers.LAYERS[name]``, and some that travel in ``properties``.
    geometry : array of shapely geometries, or None
        WGS 84, one a row; None for a table.
    """

    frame: pl.DataFrame
    geometry: Geometries | None = None

    def __len__(self) -> int:
        return len(self.frame)


@dataclass(frozen=True, slots=True)
class City:
    """What ``generate`` returns and ``write`` writes.

    Attributes
    ----------
    territory : dict
        slug, name, simulated, timezone, metric_srid, longitude, latitude, contact,
        terms (publisher, licence, frequency).
    layers : dict
        By name of the canonical layer.
    truth : dict
        What only the simulator knows: seed, true plinths, true wiring, faults. Nothing that
        Réverbère computes may read it.
    flood : dict
        GeoJSON of the demonstration's flood.
    """

    territory: dict[str, Any]
    layers: dict[str, LayerData]
    truth: dict[str, Any] = field(default_factory=dict)
    flood: dict[str, Any] = field(default_factory=dict)

    def frame(self, layer: str) -> pl.DataFrame:
        """Return the rows of a layer."""
        return self.layers[layer].frame
