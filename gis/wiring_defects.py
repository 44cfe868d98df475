"""Where the topology is dirty: what is wrong with the wiring of which thing, and where."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gis.geometry import Coordinates
from gis.report import Effect, Finding, Findings

DEFECTS: Final = pl.Schema(
    {
        "asset_id": pl.Int64(),
        "defect": pl.String(),
        "detail": pl.String(),
        "x": pl.Float64(),
        "y": pl.Float64(),
    }
)
"""One row a thing and a defect: the code of the defect, what stands there, and where, if that is
not where the thing stands (null: it is). [m]"""

UNKNOWN_PARENT: Final = "unknown_parent"
"""It names a parent that nothing is called."""
CYCLE: Final = "cycle"
"""Its supply leads back to itself."""
TWO_PARENTS: Final = "two_parents"
"""The register names a feeder, and a cabinet which is not that feeder's."""
FAR: Final = "far"
"""It stands kilometres from the cabinet that it is said to be on."""
ORPHAN: Final = "orphan"
"""Nothing known feeds it."""
DANGLING: Final = "dangling_end"
"""A cable that ends where nothing stands."""
LOOP: Final = "loop"
"""A cable on a loop: which way it is fed depends on where the loop is open."""
DUAL_FEED: Final = "dual_feed"
"""Fed by the cables of several cabinets."""
ISLAND: Final = "island"
"""A cable that hangs together with no cabinet."""
CONTRADICTED: Final = "contradicted"
"""The register says one cabinet, cables another; the register holds."""
DISPROVED: Final = "disproved"
"""It moves with the lights of another cabinet than the register's; the register holds."""

DERIVED: Final = (
    UNKNOWN_PARENT,
    CYCLE,
    TWO_PARENTS,
    FAR,
    ORPHAN,
    DANGLING,
    LOOP,
    DUAL_FEED,
    ISLAND,
    CONTRADICTED,
)
"""What deriving the wiring finds, the register's defects first; events find ``DISPROVED``."""


class Dirt:
    """Collects defects, and tells them as findings of an import."""

    def __init__(self) -> None:
        self._frames: list[pl.DataFrame] = []
        self._findings = Findings()

    def add(
        self,
        defect: str,
        reason: str,
        things: pl.DataFrame,
        *,
        layer: str,
        field: str = "",
        expected: str,
        effect: Effect = Effect.NOTED,
        at: Coordinates | None = None,
    ) -> None:
        """Record things with a defect; nothing is recorded for none.

        Parameters
        ----------
        things : DataFrame
            asset_id : int; code : str; detail : str, where there is more to say than the code.
        at : ndarray, shape (n, 2), optional
            Where, if it is not where the thing stands. [m]
        """
        if not things.height:
            return
        detail = things["detail"] if "detail" in things.columns else things["code"]
        nowhere: NDArray[np.float64] = np.full((things.height, 2), np.nan)
        spot = nowhere if at is None else at
        self._frames.append(
            pl.DataFrame(
                {
                    "asset_id": things["asset_id"],
                    "defect": defect,
                    "detail": detail,
                    "x": pl.Series(spot[:, 0]).fill_nan(None),
                    "y": pl.Series(spot[:, 1]).fill_nan(None),
                },
                schema=DEFECTS,
            )
        )
        self._findings.add(
            reason, effect, things["asset_id"], detail, layer=layer, field=field, expected=expected
        )

    def findings(self) -> list[Finding]:
        """Return what an import tells of them."""
        return self._findings.all()

    def frame(self) -> pl.DataFrame:
        """Return them, one row a thing and a defect (``DEFECTS``)."""
        if not self._frames:
            return DEFECTS.to_frame()
        found = pl.concat(self._frames)
        return found.unique(["asset_id", "defect"], keep="first", maintain_order=True)
