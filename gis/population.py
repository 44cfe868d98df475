"""Who lives along each section of street."""

import numpy as np
import polars as pl
from numpy.typing import NDArray


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
