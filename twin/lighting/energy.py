"""Energy of lights: from the lamp to the mains, dimmed, night after night.

Every constant is a default that a measured value replaces; its source stands beside it.
"""

import numpy as np
import numpy.typing as npt

from gis.gear import mains_power
from twin.lighting.sun import FloatArray

__all__ = [
    "DIMMING_CURVATURE",
    "DIMMING_FLOOR",
    "HOURS_A_YEAR",
    "energy_density",
    "energy_kwh",
    "mains_power",
    "power_density",
    "relative_power",
]

HOURS_A_YEAR = 8760.0

DIMMING_CURVATURE = 0.12  # the driver's losses weigh more when it gives less
DIMMING_FLOOR = 0.10  # least share of full power that a driver takes while lit


def relative_power(flux: npt.ArrayLike, *, floor: float = DIMMING_FLOOR) -> FloatArray:
    """Return the share of full power at a share of full flux, ``d (1 + 0.12 (1 - d))``.

    Parameters
    ----------
    flux : array_like
        0 (off, no power) to 1.
    floor : float
        Least share of power while lit at all.
    """
    d = np.asarray(flux, dtype=np.float64)
    share = np.maximum(d * (1 + DIMMING_CURVATURE * (1 - d)), floor)
    return np.where(d > 0, share, 0.0)


def energy_kwh(
    mains_w: npt.ArrayLike,
    power_share: npt.ArrayLike,
    hours: npt.ArrayLike,
    *,
    standby_w: npt.ArrayLike = 0.0,
    standby_hours: npt.ArrayLike = 0.0,
) -> FloatArray:
    """Return the energy of lights over the states that they go through. [kWh]

    Parameters
    ----------
    mains_w : array_like (…)
        Full power, gear included. [W]
    power_share, hours : array_like (…, states)
        Share of full power in each state, and its duration. [h]
    standby_w, standby_hours : array_like (…)
        Power of the controller while unlit and supplied, and for how long; a cabinet that cuts
        the supply by day leaves no such hour. [W, h]
    """
    lit = (np.asarray(power_share, dtype=np.float64) * np.asarray(hours, dtype=np.float64)).sum(-1)
    watt_hours: FloatArray = np.asarray(mains_w, dtype=np.float64) * lit + np.asarray(
        standby_w, dtype=np.float64
    ) * np.asarray(standby_hours, dtype=np.float64)
    return watt_hours / 1000.0


def power_density(
    system_w: npt.ArrayLike, illuminance_lx: npt.ArrayLike, area_m2: npt.ArrayLike
) -> FloatArray:
    """Return the power density indicator of EN 13201-5. [W/(lx m²)]

    Parameters
    ----------
    system_w : array_like (…)
        Luminaires with their gear, and what controls them. [W]
    illuminance_lx, area_m2 : array_like (…, sub-areas)
        Maintained average horizontal illuminance, and area, of each part of the road.
    """
    lit = np.asarray(illuminance_lx, dtype=np.float64) * np.asarray(area_m2, dtype=np.float64)
    density: FloatArray = np.asarray(system_w, dtype=np.float64) / lit.sum(-1)
    return density


def energy_density(annual_kwh: npt.ArrayLike, area_m2: npt.ArrayLike) -> FloatArray:
    """Return the annual energy indicator of EN 13201-5. [kWh/(m² yr)]

    Parameters
    ----------
    annual_kwh : array_like (…)
    area_m2 : array_like (…, sub-areas)
    """
    density: FloatArray = np.asarray(annual_kwh, dtype=np.float64) / np.asarray(
        area_m2, dtype=np.float64
    ).sum(-1)
    return density
