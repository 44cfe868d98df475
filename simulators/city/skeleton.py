"""The town's bones: outline, quays, bridges, boulevards round the centre, avenues out of it."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from simulators.city.geometry import contains, distance, signed_area
from simulators.city.plan import Point, TownPlan
from simulators.city.subdivision import NO_STREET, Face, Subdivision

_VERTEX_EVERY_M = 60.0
OUTLINE = "outline"
_Course = list[Point]


@dataclass(frozen=True, slots=True)
class _Ring:
    """A closed curve round a centre: an ellipse that is not quite one."""

    centre: Point
    radius: float
    stretch: tuple[float, float]
    wobble: tuple[float, float]

    def at(self, angle: float) -> Point:
        lobes = 0.028 * np.sin(3 * angle + self.wobble[0]) + 0.018 * np.sin(
            5 * angle + self.wobble[1]
        )
        size = self.radius * (1 + lobes)
        return (
            float(self.centre[0] + size * self.stretch[0] * np.cos(angle)),
            float(self.centre[1] + size * self.stretch[1] * np.sin(angle)),
        )

    def crossing(self, v: float, near: float) -> float:
        """Angle at which the curve meets a line of constant v, close to 0 or π."""
        up = 1.0 if near < 1 else -1.0  # v grows with the angle on the right, falls on the left
        low, high = near - 1.2, near + 1.2
        for _ in range(60):
            middle = (low + high) / 2
            if up * (self.at(middle)[1] - v) < 0:
                low = middle
            else:
                high = middle
        return (low + high) / 2

    def course(self, start: float, end: float, stops: list[float]) -> _Course:
        """Points from one angle to another through the stops, one every 60 m or so."""
        marks = sorted({start, end, *(stop for stop in stops if start < stop < end)})
        angles: list[float] = []
        for first, second in pairwise(marks):
            length = abs(second - first) * self.radius
            pieces = max(1, round(length / _VERTEX_EVERY_M))
            angles += [first + (second - first) * k / pieces for k in range(pieces)]
        return [self.at(angle) for angle in [*angles, end]]


@dataclass(frozen=True, slots=True)
class _Core:
    """Half a ring on each bank: the old town's rampart, and its suburb's across the bridge."""

    right: _Ring
    left: _Ring

    def gate(self, angle: float) -> Point:
        """Where an avenue leaves the core."""
        return (self.right if angle > 0 else self.left).at(angle)

    def rim(self, bank: int) -> tuple[_Ring, float, float]:
        """Return the half ring of a bank and the angles of its two ends."""
        return (self.right, 0.0, np.pi) if bank > 0 else (self.left, -np.pi, 0.0)


class _Builder:
    """Collects courses whose shared points are equal to the last bit."""

    def __init__(self, snap_m: float) -> None:
        self.subdivision = Subdivision(snap_m)
        self._vertex: dict[Point, int] = {}
        self._path_of_edge: dict[tuple[int, int], int] = {}

    def add(self, kind: str, course: _Course) -> None:
        """Add one course; the outline is no street."""
        path = NO_STREET if kind == OUTLINE else self.subdivision.add_path(kind)
        vertices = [self._number(point) for point in course]
        at = 0.0
        for k, vertex in enumerate(vertices):
            if k:
                at += distance(course[k - 1], course[k])
                self._path_of_edge[vertices[k - 1], vertex] = path
            if path != NO_STREET:
                self.subdivision.paths[path].add(vertex, at)

    def _number(self, point: Point) -> int:
        if point not in self._vertex:
            self._vertex[point] = self.subdivision.add_point(point)
        return self._vertex[point]

    def faces(self) -> list[Face]:
        """Return every face, anticlockwise, its zone and style still to be given."""
        points = self.subdivision.points
        lines = [shapely.LineString([points[a], points[b]]) for a, b in self._path_of_edge]
        polygons = shapely.get_parts(shapely.polygonize(lines))
        return [self._face(polygon) for polygon in polygons]

    def _face(self, polygon: shapely.Polygon) -> Face:
        ring = [(float(x), float(y)) for x, y in shapely.get_coordinates(polygon.exterior)[:-1]]
        if signed_area(ring) < 0:
            ring.reverse()
        vertices = [self._vertex[point] for point in ring]
        edges = zip(vertices, vertices[1:] + vertices[:1], strict=True)
        paths = [
            self._path_of_edge.get((a, b), self._path_of_edge.get((b, a), NO_STREET))
            for a, b in edges
        ]
        return Face(vertices, paths)


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What the districts are cut from.

    Attributes
    ----------
    subdivision : Subdivision
        Vertices and paths so far.
    faces : list of Face
        Dry ground between the bones, anticlockwise; ``zone`` is 1 in the core, then grows
        outwards; it is negative on the left bank.
    outline : list of Point
        Edge of the town.
    river : tuple of Point
        Corners of the river: right bank downstream, then anticlockwise.
    """

    subdivision: Subdivision
    faces: list[Face]
    outline: list[Point]
    river: tuple[Point, Point, Point, Point]


def draw_skeleton(rng: np.random.Generator, plan: TownPlan) -> Skeleton:
    """Draw the bones of a town."""
    builder = _Builder(snap_m=15.0)
    edge = _ring(rng, plan.radius, (1.13, 0.95), (0.0, 0.0))
    rings = [_ring(rng, radius, (1.1, 0.95), (0.0, 0.0)) for radius in plan.rings[1:]]
    core = _core(rng, plan)
    spokes = _spokes(rng, plan, [*rings, edge])
    _add_rings(builder, plan, [*rings, edge], spokes)
    _add_core(builder, plan, core, spokes)
    _add_spokes(builder, plan, core, [*rings, edge], spokes)
    _add_quays(builder, plan, core, [*rings, edge])
    faces = [face for face in builder.faces() if not _is_water(builder.subdivision, face, plan)]
    outlines = [_full(ring) for ring in [*rings, edge]]
    for face in faces:
        face.zone = _zone(builder.subdivision, face, core, outlines)
    ends = [
        edge.at(edge.crossing(v, near)) for v in (plan.quay, -plan.quay) for near in (np.pi, 0.0)
    ]
    river = (ends[0], ends[2], ends[3], ends[1])
    return Skeleton(builder.subdivision, faces, outlines[-1], river)


def _ring(
    rng: np.random.Generator, radius: float, stretch: tuple[float, float], centre: Point
) -> _Ring:
    wobble = (float(rng.uniform(0, 6.28)), float(rng.uniform(0, 6.28)))
    return _Ring(centre, radius, stretch, wobble)


def _core(rng: np.random.Generator, plan: TownPlan) -> _Core | None:
    if not plan.rings:
        return None
    radius = plan.rings[0]
    return _Core(
        right=_ring(rng, radius, (1.15, 1.0), (plan.bridge_u, plan.quay)),
        left=_ring(rng, 0.74 * radius, (1.35, 0.9), (plan.bridge_u - 0.2 * radius, -plan.quay)),
    )


def _spokes(rng: np.random.Generator, plan: TownPlan, rings: list[_Ring]) -> list[list[float]]:
    """Angles of the avenues that end on each ring, both banks; more where the ring is wide."""
    angles = [float(np.radians(a)) for a in ((37.0, 90.0, 143.0) if plan.rings else (90.0,))]
    result = []
    for k, ring in enumerate(rings):
        inner = rings[k - 1].radius if k else ring.radius / 2
        while np.pi * (inner + ring.radius) / 2 / (len(angles) + 1) > 620:
            bounds = [0.04, *angles, np.pi - 0.04]
            middles = [(a + b) / 2 + float(rng.normal(0, 0.025)) for a, b in pairwise(bounds)]
            angles = sorted([*angles, *middles])
        result.append([*angles, *(-angle for angle in angles)])
    return result


def _add_rings(
    builder: _Builder, plan: TownPlan, rings: list[_Ring], spokes: list[list[float]]
) -> None:
    for k, ring in enumerate(rings):
        last = k == len(rings) - 1
        stops = spokes[k] + ([] if last else spokes[k + 1])
        kind = OUTLINE if last else "boulevard"
        right = [ring.crossing(v, 0.0) for v in (-plan.quay, plan.quay)]
        left = [ring.crossing(v, np.pi) for v in (plan.quay, -plan.quay)]
        north = ring.course(right[1], left[0], stops)
        south = ring.course(left[1] - 2 * np.pi, right[0], stops)
        north[0], north[-1] = (north[0][0], plan.quay), (north[-1][0], plan.quay)
        south[0] = (
            ring.at(left[1])[0],
            -plan.quay,
        )  # the same angle: 2π away is not quite the same
        south[-1] = (south[-1][0], -plan.quay)
        builder.add(kind, north)
        builder.add(kind, south)
        for bank, other in ((north[0], south[-1]), (north[-1], south[0])):
            builder.add(OUTLINE if last else "bridge", [bank, other])


def _add_core(
    builder: _Builder, plan: TownPlan, core: _Core | None, spokes: list[list[float]]
) -> None:
    """Add the pont Vieux, the two half rings, and the streets that cross inside them."""
    builder.add("bridge", [(plan.bridge_u, plan.quay), (plan.bridge_u, -plan.quay)])
    if core is None:
        return
    # the rue Haute crosses the Grande Rue where the market is
    west, east = float(np.radians(152.0)), float(np.radians(31.0))
    for bank, more in ((1, [west, east]), (-1, [])):
        ring, start, end = core.rim(bank)
        half = ring.course(start, end, [*(a for a in spokes[0] if a * bank > 0), *more])
        half[0], half[-1] = (half[0][0], bank * plan.quay), (half[-1][0], bank * plan.quay)
        builder.add("boulevard", half)
    right = core.right
    middle = (plan.bridge_u + 4.0, (right.at(west)[1] + right.at(east)[1]) / 2 - 12.0)
    builder.add("grande_rue", [(plan.bridge_u, plan.quay), middle, core.gate(np.pi / 2)])
    builder.add("rue_haute", [right.at(west), middle, right.at(east)])
    builder.add("faubourg", [(plan.bridge_u, -plan.quay), core.gate(-np.pi / 2)])


def _add_spokes(
    builder: _Builder,
    plan: TownPlan,
    core: _Core | None,
    rings: list[_Ring],
    spokes: list[list[float]],
) -> None:
    for k, ring in enumerate(rings):
        for angle in spokes[k]:
            if k:
                start = rings[k - 1].at(angle)
            elif core is not None:
                start = core.gate(angle)
            else:
                start = (plan.bridge_u, plan.quay if angle > 0 else -plan.quay)
            builder.add("avenue", [start, ring.at(angle)])
    for angle in spokes[-1]:  # out into the country, where nothing is lit
        gate = rings[-1].at(angle)
        builder.add("road", [gate, (1.9 * gate[0], 1.9 * gate[1])])


def _add_quays(builder: _Builder, plan: TownPlan, core: _Core | None, rings: list[_Ring]) -> None:
    for bank in (1, -1):
        v = bank * plan.quay
        stops = [plan.bridge_u]
        stops += [ring.at(ring.crossing(v, near))[0] for ring in rings for near in (0.0, np.pi)]
        if core is not None:
            ring, start, end = core.rim(bank)
            stops += [ring.at(start)[0], ring.at(end)[0]]
        for first, second in pairwise(sorted(stops)):
            pieces = max(1, round((second - first) / _VERTEX_EVERY_M))
            inner = [(first + (second - first) * k / pieces, v) for k in range(1, pieces)]
            builder.add("quay", [(first, v), *inner, (second, v)])


def _is_water(subdivision: Subdivision, face: Face, plan: TownPlan) -> bool:
    return all(abs(v) <= plan.quay + 1e-6 for _, v in subdivision.coordinates(face))


def _full(ring: _Ring) -> list[Point]:
    return [ring.at(angle) for angle in np.linspace(0, 2 * np.pi, 180, endpoint=False)]


def _zone(
    subdivision: Subdivision, face: Face, core: _Core | None, outlines: list[list[Point]]
) -> int:
    """How far out a face lies: 1 inside the core, then one more past each boulevard."""
    inside = shapely.Polygon(subdivision.coordinates(face)).representative_point()
    point = (float(inside.x), float(inside.y))
    bank = 1 if point[1] > 0 else -1
    if core is not None:
        ring, start, end = core.rim(bank)
        if contains([ring.at(angle) for angle in np.linspace(start, end, 90)], point):
            return bank
    rank = next((k for k, outline in enumerate(outlines) if contains(outline, point)), 0)
    return bank * (rank + 2)
