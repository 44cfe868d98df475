"""Water against cabinets: how deep it stands at each site, and which of them it trips.

The rule is ``tripped = depth > plinth``: strictly, the greatest depth of overlapping polygons, a
site on an edge counting as covered. Depth is never compared with zero: as with the first floor of
a house (HAZUS), what matters is how high the vulnerable part stands.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import shapely

from twin.supply.ranges import Flags, Floats, Longs

ASSUMED_PLINTH_M = 0.20
"""Height at which a cabinet of unknown plinth is taken to trip. [m]"""

SOFTNESS_M = {"measured": 0.03, "plan": 0.05, "assumed": 0.15}
"""How blurred the threshold is, by how the plinth is known: scale of the logistic curve. [m]"""

SURE_GROUND_M = 0.5
"""Largest standard error of a ground that a level of water is compared with: beyond it, the answer
would say more of the error than of the water. [m]"""

PLINTH_CONFIDENCE = {"measured": 0.98, "plan": 0.90, "assumed": 0.80}
"""How far a plinth is believed, by how it is known."""

DRAWN_DEPTH, MEASURED_DEPTH = 0.95, 0.99
"""How far a depth is believed that somebody drew or computed, and one that an instrument reads."""

Shapes = npt.NDArray[np.object_]


class Sites:
    """Supply devices that stand somewhere, indexed once so that each flood is only looked up.

    Parameters
    ----------
    ids : int64 array (n)
        Id of each device.
    x, y : float array (n)
        Where it stands, in any plane system shared with the polygons; NaN where nobody wrote it.
    plinth_m : float array (n)
        Height of its vulnerable part above the ground; NaN where unknown. [m]
    source : sequence of str
        ``measured``, ``plan`` or anything else for "not known".
    ground_m_ngf : float array (n), optional
        Level of the ground; NaN where unknown. [m NGF]
    ground_error_m : float array (n), optional
        Its standard error, where a grid of heights tells it; NaN or absent: a register does. A
        ground that is not sure (``SURE_GROUND_M``) counts as unknown. [m]
    """

    def __init__(
        self,
        ids: Longs,
        *,
        x: Floats,
        y: Floats,
        plinth_m: Floats,
        source: Sequence[str],
        ground_m_ngf: Floats | None = None,
        ground_error_m: Floats | None = None,
    ) -> None:
        known = np.isfinite(plinth_m)
        self.ids = ids
        self.plinth_m: Floats = np.where(known, plinth_m, ASSUMED_PLINTH_M)
        self.source = np.where(
            known, np.where(np.isin(source, ("measured", "plan")), source, "assumed"), "assumed"
        ).astype(str)
        ground = np.full(len(ids), np.nan) if ground_m_ngf is None else ground_m_ngf
        error = np.zeros(len(ids)) if ground_error_m is None else np.nan_to_num(ground_error_m)
        self.ground_m_ngf: Floats = np.where(error <= SURE_GROUND_M, ground, np.nan)
        self.ground_error_m: Floats = np.where(np.isfinite(self.ground_m_ngf), error, 0.0)
        self.located: Flags = np.isfinite(x) & np.isfinite(y)
        self._standing = np.flatnonzero(self.located)
        points: Shapes = np.array(shapely.points(x[self._standing], y[self._standing]), object)
        self._tree = shapely.STRtree(points)

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, devices: pl.DataFrame) -> "Sites":
        """Index supply devices (``twin.model.frames.SUPPLY_DEVICES``).

        Without a column ``ground_error_m``, registers tell every ground.
        """

        def numbers(column: str) -> Floats:
            return devices[column].cast(pl.Float64).fill_null(np.nan).to_numpy()

        by_grid = "ground_error_m" in devices.columns

        return cls(
            devices["asset_id"].to_numpy(),
            x=numbers("longitude"),
            y=numbers("latitude"),
            plinth_m=numbers("plinth_m").round(3),
            source=devices["plinth_source"].fill_null("unknown").to_list(),
            ground_m_ngf=numbers("ground_m_ngf").round(3),
            ground_error_m=numbers("ground_error_m") if by_grid else None,
        )

    @property
    def confidence(self) -> Floats:
        """How far each plinth is believed."""
        believed = np.full(len(self), PLINTH_CONFIDENCE["assumed"])
        for source, confidence in PLINTH_CONFIDENCE.items():
            believed[self.source == source] = confidence
        return believed

    @property
    def softness_m(self) -> Floats:
        """How blurred each threshold is. [m]"""
        scale = np.full(len(self), SOFTNESS_M["assumed"])
        for source, softness in SOFTNESS_M.items():
            scale[self.source == source] = softness
        return scale

    def covered(self, polygons: Shapes) -> tuple[Longs, Longs]:
        """Pair polygons with the sites they cover, edges included.

        Returns
        -------
        polygon, site : int64 arrays
            One row a pair; numbers of polygons and of sites.
        """
        polygon, standing = self._tree.query(polygons, predicate="intersects")
        everywhere = len(self._standing) == len(self)
        return polygon, standing if everywhere else self._standing[standing]

    def depths(
        self, polygons: Shapes, depth_m: Floats, level_m_ngf: Floats | None = None
    ) -> Floats:
        """Tell how deep the water stands at each site.

        Parameters
        ----------
        polygons : array of shapely geometries (p)
            Sheets of water.
        depth_m : float array (p)
            Depth painted on each. [m]
        level_m_ngf : float array (p), optional
            Level of its surface; NaN where not known. Where the ground of a site is known too,
            ``level - ground`` is better than the painted depth and replaces it. [m NGF]

        Returns
        -------
        float64 array (n)
            0 where a site is dry, NaN where nobody knows where it stands. [m]
        """
        polygon, site = self.covered(polygons)
        depth = depth_m[polygon]
        if level_m_ngf is not None:
            surface = level_m_ngf[polygon] - self.ground_m_ngf[site]
            depth = np.where(np.isnan(surface), depth, surface)
        deepest = np.where(self.located, 0.0, np.nan)
        np.maximum.at(deepest, site, depth)
        return deepest

    def tripped(self, polygons: Shapes, depth_m: Floats) -> Longs:
        """Return the sites that a flood trips, ascending: the fast way for what-if questions."""
        polygon, site = self.covered(polygons)
        out = np.zeros(len(self), np.bool_)
        out[site[depth_m[polygon] > self.plinth_m[site]]] = True
        return np.flatnonzero(out)


def trips(depth_m: Floats, plinth_m: Floats) -> Flags:
    """Apply the trip rule: strictly deeper than the plinth.

    Parameters
    ----------
    depth_m : float array
        Depth at the site; NaN (not known) trips nothing. [m]
    plinth_m : float array
        Height of the plinth; NaN is taken as ``ASSUMED_PLINTH_M``. [m]
    """
    return depth_m > np.where(np.isnan(plinth_m), ASSUMED_PLINTH_M, plinth_m)


def trip_probability(depth_m: Floats, plinth_m: Floats, softness_m: Floats | float) -> Floats:
    """Probability that water trips a device: ``1 / (1 + exp(-(depth - plinth) / s))``.

    The hard rule is its limit for ``s → 0``; at any ``s`` it exceeds one half exactly where the
    hard rule trips. A dry site (depth 0 or less) has probability 0.

    Parameters
    ----------
    depth_m, plinth_m : float array
        As for :func:`trips`. [m]
    softness_m : float array or float
        ``s``; 0 gives the hard rule. [m]
    """
    plinth = np.where(np.isnan(plinth_m), ASSUMED_PLINTH_M, plinth_m)
    above = np.nan_to_num(depth_m) - plinth
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        soft = 1 / (1 + np.exp(-above / np.asarray(softness_m, np.float64)))
    soft = np.where(np.isnan(soft), 0.0, soft)  # 0 / 0: at the threshold of the hard rule
    return np.where(np.nan_to_num(depth_m) > 0, soft, 0.0)


def blurred(softness_m: Floats | float, error_m: Floats | float) -> Floats:
    """Return the softness of a threshold that an error of the depth blurs further. [m]

    The error is taken for logistic too, whose scale is ``error · √3 / π``; the variances add.

    Parameters
    ----------
    softness_m : float array or float
        ``s`` of :func:`trip_probability`. [m]
    error_m : float array or float
        Standard error of the depth. [m]
    """
    return np.asarray(np.hypot(softness_m, np.asarray(error_m) * np.sqrt(3) / np.pi), np.float64)


def mean_trip_probability(depth_m: Floats, plinths_m: Floats, softness_m: float) -> Floats:
    """Probability for a device of unknown plinth: average over the plinths known elsewhere.

    Parameters
    ----------
    depth_m : float array (n)
        Depth at each site. [m]
    plinths_m : float array (k)
        Plinths measured in the same territory, at least one. [m]
    softness_m : float
        ``s`` of :func:`trip_probability`. [m]
    """
    each = trip_probability(depth_m[:, None], plinths_m[None, :], softness_m)
    mean: Floats = each.mean(axis=1)
    return mean
