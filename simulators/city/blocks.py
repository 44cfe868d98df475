"""Cut the ground between boulevards into blocks, each district in the manner of its time."""

from dataclasses import dataclass, field

import numpy as np

from simulators.city.geometry import Box, Line, area, box_of, centre_of, contains, rotate
from simulators.city.plan import Point, TownPlan, stream
from simulators.city.skeleton import Skeleton
from simulators.city.subdivision import Face, Subdivision


@dataclass(frozen=True, slots=True)
class Manner:
    """How a district is cut.

    Attributes
    ----------
    block_m2 : float
        Area below which a block is left whole, more or less. [m²]
    turn : float
        Spread of the angle by which a street leaves the square. [rad]
    lattice : (float, float) | None
        Distances of parallel streets, short and long way; None where streets follow the ground.
    kind : str
        What its streets are: rue, allee, chemin.
    """

    block_m2: float
    turn: float
    lattice: tuple[float, float] | None
    kind: str = "rue"


MANNERS = {
    "old": Manner(2700, 0.13, None),
    "faubourg": Manner(5000, 0.05, None),
    "grid": Manner(5200, 0.0, (56.0, 104.0)),
    "garden": Manner(7400, 0.09, None, "allee"),
    "villas": Manner(6800, 0.0, (62.0, 128.0)),
    "estate": Manner(15000, 0.03, None, "allee"),
    "works": Manner(21000, 0.02, None, "chemin"),
}


_INNER_SHARES = {"faubourg": 0.4, "grid": 0.4, "villas": 0.2}
_OUTER_SHARES = {"garden": 0.36, "villas": 0.28, "grid": 0.14, "estate": 0.12, "works": 0.1}


@dataclass(slots=True)
class Site:
    """A piece of ground kept for a purpose: the recursion stops round its point.

    Attributes
    ----------
    purpose : str
        park | square | public
    at : Point
        A point that it must contain.
    most_m2, least_m2 : float
        Area that it may have. [m²]
    face : Face | None
        What it was given.
    """

    purpose: str
    at: Point
    most_m2: float
    least_m2: float
    face: Face | None = None


@dataclass(frozen=True, slots=True)
class Blocks:
    """The finished map: blocks by use, sites, and the subdivision that holds their corners."""

    subdivision: Subdivision
    faces: list[Face]
    sites: list[Site] = field(default_factory=list)


def cut_blocks(seed: int, plan: TownPlan, skeleton: Skeleton, sites: list[Site]) -> Blocks:
    """Cut every face of the skeleton down to blocks."""
    rng = stream(seed, "blocks")
    _give_styles(rng, skeleton.faces, plan)
    done: list[Face] = []
    for face in skeleton.faces:
        done += _Cutter(rng, skeleton.subdivision, face, sites).blocks()
    return Blocks(skeleton.subdivision, done, [site for site in sites if site.face is not None])


def _give_styles(rng: np.random.Generator, faces: list[Face], plan: TownPlan) -> None:
    """Choose the manner of each face by how far out it lies."""
    for zone in sorted({face.zone for face in faces}):
        of_zone = [face for face in faces if face.zone == zone]
        for face, style in zip(of_zone, _deck(rng, zone, len(of_zone), plan), strict=True):
            face.style = style


def _deck(rng: np.random.Generator, zone: int, count: int, plan: TownPlan) -> list[str]:
    """Styles of a zone's faces in their due shares, shuffled."""
    if not plan.rings:
        return ["faubourg"] * count
    if abs(zone) == 1:
        return ["old" if zone > 0 else "faubourg"] * count
    shares = _INNER_SHARES if abs(zone) == 2 else _OUTER_SHARES
    exact = np.cumsum(list(shares.values())) * count
    counts = np.diff(np.round(exact).astype(int), prepend=0)
    deck = np.repeat(list(shares), counts)
    rng.shuffle(deck)
    return [str(style) for style in deck]


class _Cutter:
    """Halves one face of the skeleton until its pieces are blocks."""

    def __init__(
        self, rng: np.random.Generator, subdivision: Subdivision, root: Face, sites: list[Site]
    ) -> None:
        self._rng = rng
        self._map = subdivision
        self._root = root
        self._manner = MANNERS[root.style]
        self._sites = sites
        ring = subdivision.coordinates(root)
        self._box = box_of(ring)
        self._origin = centre_of(ring)

    def blocks(self) -> list[Face]:
        """Return the pieces."""
        waiting, done = [self._root], []
        while waiting:
            face = waiting.pop()
            ring = self._map.coordinates(face)
            size = area(ring)
            if self._taken(face, ring, size):
                done.append(face)
                continue
            parts = None if self._is_block(size) else self._cut(face, ring, size)
            if parts is None:
                done.append(face)
            else:
                waiting += parts
        return done

    def _is_block(self, size: float) -> bool:
        if self._manner.lattice:
            return size < 0.5 * self._manner.block_m2
        return size < self._manner.block_m2 * self._rng.uniform(0.85, 1.75)

    def _taken(self, face: Face, ring: list[Point], size: float) -> bool:
        """Whether a park, a square or a public building takes the piece as it is."""
        for site in self._sites:
            fits = site.least_m2 < size < site.most_m2
            if site.face is None and fits and contains(ring, site.at):
                site.face = face
                face.style = site.purpose
                return True
        return False

    def _cut(self, face: Face, ring: list[Point], size: float) -> tuple[Face, Face] | None:
        smallest = 0.22 * min(size, 2 * self._manner.block_m2)
        if self._manner.lattice:
            line = self._lattice_line(ring)
            if line is None:
                return None
            return self._map.split(face, line, self._manner.kind, smallest)
        box = box_of(ring)
        for _ in range(3):
            share = float(np.clip(self._rng.normal(0.5, 0.07), 0.3, 0.7))
            turn = float(self._rng.normal(0, self._manner.turn))
            parts = self._map.split(face, box.across(share, turn), self._manner.kind, smallest)
            if parts is not None:
                return parts
        return None

    def _lattice_line(self, ring: list[Point]) -> Line | None:
        """Return the street of the district's grid that halves a piece best; None where none is."""
        assert self._manner.lattice is not None  # noqa: S101 - only called for a grid
        best: tuple[float, Line] | None = None
        for spacing, axis in zip(self._manner.lattice, self._axes(self._box), strict=True):
            along = [
                (x - self._origin[0]) * axis[0] + (y - self._origin[1]) * axis[1] for x, y in ring
            ]
            low, high = min(along), max(along)
            rank = round((low + high) / 2 / spacing)
            at = rank * spacing
            room = min(at - low, high - at) / spacing
            if room < 0.45 or (best is not None and (high - low) / spacing <= best[0]):
                continue
            through = (self._origin[0] + at * axis[0], self._origin[1] + at * axis[1])
            best = ((high - low) / spacing, Line(through, rotate(axis, np.pi / 2)))
        return None if best is None else best[1]

    @staticmethod
    def _axes(box: Box) -> tuple[Point, Point]:
        """Directions in which streets follow each other: across the box, then along it."""
        return rotate(box.axis, np.pi / 2), box.axis
