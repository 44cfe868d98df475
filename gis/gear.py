"""What a lamp draws at the mains with its gear: ballast, driver, transformer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

Watts = npt.NDArray[np.float64]

GEAR: Final[Mapping[str, tuple[tuple[float, float], ...]]] = MappingProxyType(
    {
        # lamp [W] → at the mains [W]; Limoges for 150 W, makers' tables above
        "sodium_high_pressure": ((150.0, 165.0), (250.0, 292.5), (400.0, 460.0)),
        "metal_halide": ((100.0, 142.0), (250.0, 295.0)),
        "led": ((70.0, 73.0),),  # Limoges' drivers
        # fed by the mains itself
        "incandescent": ((1.0, 1.0),),
        "mixed_light": ((1.0, 1.0),),
    }
)
OTHER_GEAR: Final = 1.10  # ballast of a technology without a table of its own


def mains_power(lamp_w: npt.ArrayLike, technology: str) -> Watts:
    """Return what a lamp draws with its gear. [W]

    The gear's factor is interpolated between the lamps of its table and constant beyond them.

    Parameters
    ----------
    lamp_w : array_like
        Power of the lamp; NaN: not known. [W]
    technology : str
        A key of ``GEAR``; any other gets ``OTHER_GEAR``.
    """
    lamp = np.asarray(lamp_w, dtype=np.float64)
    table = GEAR.get(technology, ((1.0, OTHER_GEAR),))
    lamps = [row[0] for row in table]
    factors = [row[1] / row[0] for row in table]
    mains: Watts = lamp * np.interp(lamp, lamps, factors)
    return mains
