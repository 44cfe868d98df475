"""What a planting needs, as a share of reference evapotranspiration."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

PLANT_FACTOR: Mapping[str, float] = MappingProxyType(
    {
        # ANSI/ASABE S623.1's factors by type; a zone takes that of its thirstiest plant
        "cool_turf": 0.8,
        "warm_turf": 0.6,
        "annual_bed": 0.8,
        "shrub_bed": 0.5,
        "hedge": 0.5,
        "young_trees": 0.7,
        "planters": 0.8,
    }
)


def landscape_coefficient(
    species: npt.ArrayLike, density: npt.ArrayLike = 1.0, microclimate: npt.ArrayLike = 1.0
) -> FloatArray:
    """Return WUCOLS's coefficient, ``KL = ks kd kmc``.

    Parameters
    ----------
    species : array_like
        ks: 0.1 to 0.3 low, 0.4 to 0.6 moderate, 0.7 to 0.9 high demand.
    density : array_like
        kd: 0.5 to 0.9 sparse, 1.0 average, up to 1.3 dense.
    microclimate : array_like
        kmc: 0.5 to 0.9 sheltered, 1.0 average, up to 1.4 exposed.
    """
    coefficient: FloatArray = (
        np.asarray(species, np.float64)
        * np.asarray(density, np.float64)
        * np.asarray(microclimate, np.float64)
    )
    return coefficient


def demand_litres(
    et0_mm: npt.ArrayLike,
    coefficient: npt.ArrayLike,
    area_m2: npt.ArrayLike,
    efficiency: npt.ArrayLike = 1.0,
) -> FloatArray:
    """Return the water that a planting asks for: 1 mm on 1 m² is 1 L. [L]

    Parameters
    ----------
    et0_mm : array_like
        Reference evapotranspiration over the span asked about. [mm]
    coefficient, area_m2 : array_like
    efficiency : array_like
        Share of the water applied that reaches the roots, in (0, 1].
    """
    litres: FloatArray = (
        np.asarray(et0_mm, np.float64)
        * np.asarray(coefficient, np.float64)
        * np.asarray(area_m2, np.float64)
        / np.asarray(efficiency, np.float64)
    )
    return litres
