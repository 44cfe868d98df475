"""From meters to a town: a total with two intervals, because meters share errors.

Independent meters would let errors cancel; meters of one town share the weather's error and the
calendar's. The truth lies between the two intervals, so both are published.
"""

from dataclasses import dataclass

import numpy as np

from twin.evaluation.regression import FloatArray


@dataclass(frozen=True, slots=True)
class Total:
    """The saving of several meters.

    Attributes
    ----------
    meters : int
        Meters with a figure, hence counted.
    adjusted_kwh, measured_kwh, saving_kwh : float
        [kWh]
    independent_kwh : float
        Half-width if errors were independent: root of the sum of squares. [kWh]
    conservative_kwh : float
        Half-width if all erred alike: plain sum. [kWh]
    """

    meters: int
    adjusted_kwh: float
    measured_kwh: float
    independent_kwh: float
    conservative_kwh: float

    @property
    def saving_kwh(self) -> float:
        """Adjusted baseline less metered use. [kWh]"""
        return self.adjusted_kwh - self.measured_kwh


def total(adjusted: FloatArray, measured: FloatArray, half_width: FloatArray) -> Total:
    """Add up meters; those without a figure (NaN) are left out of every sum.

    Parameters
    ----------
    adjusted, measured, half_width : array (A,)
        [kWh]
    """
    counted = ~(np.isnan(adjusted) | np.isnan(measured) | np.isnan(half_width))
    widths = half_width[counted]
    return Total(
        meters=int(counted.sum()),
        adjusted_kwh=float(adjusted[counted].sum()),
        measured_kwh=float(measured[counted].sum()),
        independent_kwh=float(np.sqrt((widths**2).sum())),
        conservative_kwh=float(widths.sum()),
    )
