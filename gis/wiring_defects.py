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
        "facts": pl.String(),
        "x": pl.Float64(),
        "y": pl.Float64(),
    }
)
"""One row a thing and a defect: the code of the defect, what stands there in a line, the names and
figures that say it (a JSON object, see ``FACTS``), and where, if that is not where the thing stands
(null: it is). [m]"""

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


FACTS: Final = {
    UNKNOWN_PARENT: ("named",),
    TWO_PARENTS: ("feeder", "above", "cabinet"),
    FAR: ("km",),
    CONTRADICTED: ("said", "drawn"),
    DISPROVED: ("said", "moves"),
}
"""What says more than the code of the thing: the parent it names; the feeder it names, the cabinet
above that and the cabinet it names; how far it stands [km]; the cabinet of the register, and that
of the cables, or of the lights it moves with. Other defects have none."""

_LINES: Final = {
    UNKNOWN_PARENT: "{} → {}",
    TWO_PARENTS: "{}: {} of {}, or {}",
    FAR: "{}: {} km",
    CONTRADICTED: "{}: {}, cables lead to {}",
    DISPROVED: "{}: {}, moves with {}",
}


def told(defect: str, things: pl.DataFrame) -> pl.DataFrame:
    """Say what is wrong with each thing, as a line for a report and as facts for sentences.

    Parameters
    ----------
    things : DataFrame
        code : str; and the columns that ``FACTS`` names for the defect.

    Returns
    -------
    DataFrame
        detail, facts : str; as in ``DEFECTS``.
    """
    names = FACTS.get(defect, ())
    if not names:
        return things.select(detail="code", facts=pl.lit("{}"))
    return things.select(
        detail=pl.format(_LINES[defect], "code", *names),
        facts=pl.struct(names).struct.json_encode(),
    )


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
            asset_id : int; code : str; and the columns that ``FACTS`` names for the defect.
        at : ndarray, shape (n, 2), optional
            Where, if it is not where the thing stands. [m]
        """
        if not things.height:
            return
        said = told(defect, things)
        nowhere: NDArray[np.float64] = np.full((things.height, 2), np.nan)
        spot = nowhere if at is None else at
        self._frames.append(
            pl.DataFrame(
                {
                    "asset_id": things["asset_id"],
                    "defect": defect,
                    "detail": said["detail"],
                    "facts": said["facts"],
                    "x": pl.Series(spot[:, 0]).fill_nan(None),
                    "y": pl.Series(spot[:, 1]).fill_nan(None),
                },
                schema=DEFECTS,
            )
        )
        self._findings.add(
            reason,
            effect,
            things["asset_id"],
            said["detail"],
            layer=layer,
            field=field,
            expected=expected,
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
