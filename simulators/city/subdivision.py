"""A planar map that grows by chords: each chord is a street, each face a block to be.

Vertices are shared, so streets meet exactly; a chord that would end close to an existing junction
ends in it, which turns two staggered forks into one crossing.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from simulators.city.geometry import (
    Line,
    Ring,
    area,
    chord_of,
    distance,
)
from simulators.city.plan import Point

NO_STREET = -1


@dataclass(slots=True)
class Path:
    """A street's course: its kind and its vertices with their distance from its start. [m]"""

    kind: str
    vertices: list[tuple[float, int]] = field(default_factory=list)
    along: dict[int, float] = field(default_factory=dict)

    def add(self, vertex: int, at: float) -> None:
        """Put a vertex on the path."""
        if vertex not in self.along:
            self.along[vertex] = at
            insort(self.vertices, (at, vertex))


@dataclass(slots=True)
class Face:
    """A piece of ground: its ring of vertices, and the path that each edge lies on.

    Attributes
    ----------
    ring : list of int
        Vertices, anticlockwise.
    paths : list of int
        ``paths[k]`` lies between ``ring[k]`` and the next; ``NO_STREET`` on the town's edge.
    zone : int
        How far out it lies, see ``simulators.city.skeleton``.
    district : int
        Number of its quarter.
    style : str
        Manner of its streets and buildings, or what it is kept for: park | square | public.
    """

    ring: list[int]
    paths: list[int]
    zone: int = 0
    district: int = 0
    style: str = ""


class Subdivision:
    """Vertices, paths and the faces between them.

    Parameters
    ----------
    snap_m : float
        A chord's end moves to a junction that is nearer than that. [m]
    """

    def __init__(self, snap_m: float) -> None:
        self.points: list[Point] = []
        self.paths: list[Path] = []
        self.snap_m = snap_m

    def add_point(self, point: Point) -> int:
        """Add a vertex; return its number."""
        self.points.append(point)
        return len(self.points) - 1

    def add_path(self, kind: str) -> int:
        """Add an empty path; return its number."""
        self.paths.append(Path(kind))
        return len(self.paths) - 1

    def coordinates(self, face: Face) -> Ring:
        """Return the corners of a face."""
        return [self.points[vertex] for vertex in face.ring]

    def split(
        self, face: Face, line: Line, kind: str, smallest_m2: float
    ) -> tuple[Face, Face] | None:
        """Cut a face by a line; None where that would leave a sliver.

        The face is given up; its two halves carry its zone and style.
        """
        ring = self.coordinates(face)
        chord = chord_of(ring, line)
        if chord is None:
            return None
        ends = [self._end(face, ring, edge, point) for edge, point in chord]
        if not self._worth_it(ring, ends, smallest_m2):
            return None
        placed = self._insert(face, ends)
        path = self.add_path(kind)
        first, second = placed
        self.paths[path].add(first, 0.0)
        self.paths[path].add(second, distance(self.points[first], self.points[second]))
        return self._halves(face, first, second, path)

    def _end(self, face: Face, ring: Ring, edge: int, point: Point) -> tuple[int, int | Point]:
        """Where a chord's end goes: an existing vertex, or a new point of that edge."""
        following = (edge + 1) % len(ring)
        for corner in (edge, following):
            if distance(ring[corner], point) < self.snap_m:
                return edge, face.ring[corner]
        near = self._junction_on(face, edge, ring, point)
        return edge, point if near is None else near

    def _junction_on(self, face: Face, edge: int, ring: Ring, point: Point) -> int | None:
        """Return a junction that the far side of the street has put near this point, if any."""
        if face.paths[edge] == NO_STREET:
            return None
        path = self.paths[face.paths[edge]]
        start = path.along[face.ring[edge]]
        end = path.along[face.ring[(edge + 1) % len(ring)]]
        low, high = min(start, end), max(start, end)
        wanted = start + (1 if end > start else -1) * distance(ring[edge], point)
        place = bisect_left(path.vertices, (wanted, -1))
        best = None
        for at, vertex in path.vertices[max(0, place - 1) : place + 1]:
            inside = low + 1e-6 < at < high - 1e-6
            if inside and abs(at - wanted) < (self.snap_m if best is None else best[0]):
                best = (abs(at - wanted), vertex)
        return None if best is None else best[1]

    def _worth_it(
        self, ring: Ring, ends: list[tuple[int, int | Point]], smallest_m2: float
    ) -> bool:
        (edge_a, a), (edge_b, b) = ends
        if a == b or edge_a == edge_b:
            return False
        pa = self.points[a] if isinstance(a, int) else a
        pb = self.points[b] if isinstance(b, int) else b
        if distance(pa, pb) < self.snap_m:
            return False
        count = len(ring)
        first = [
            pa,
            *(ring[(edge_a + 1 + k) % count] for k in range((edge_b - edge_a) % count)),
            pb,
        ]
        second = [
            pb,
            *(ring[(edge_b + 1 + k) % count] for k in range((edge_a - edge_b) % count)),
            pa,
        ]
        shares = (area(first), area(second))
        whole = area(ring)
        # a chord that leaves the face (it is not convex) shows in the sum of its parts
        return min(shares) > smallest_m2 and abs(sum(shares) - whole) < 0.02 * whole

    def _insert(self, face: Face, ends: list[tuple[int, int | Point]]) -> list[int]:
        """Give both ends a vertex of the face's ring; return them."""
        placed: list[int] = []
        for edge, end in sorted(ends, key=lambda item: -item[0]):
            vertex = end if isinstance(end, int) else self.add_point(end)
            if vertex not in face.ring:
                self._put_on_path(face, edge, vertex)
                face.ring.insert(edge + 1, vertex)
                face.paths.insert(edge + 1, face.paths[edge])
            placed.append(vertex)
        return placed

    def _put_on_path(self, face: Face, edge: int, vertex: int) -> None:
        if face.paths[edge] == NO_STREET:
            return
        path = self.paths[face.paths[edge]]
        start = path.along[face.ring[edge]]
        end = path.along[face.ring[(edge + 1) % len(face.ring)]]
        step = distance(self.points[face.ring[edge]], self.points[vertex])
        path.add(vertex, start + (step if end > start else -step))

    def _halves(self, face: Face, first: int, second: int, path: int) -> tuple[Face, Face]:
        i, j = face.ring.index(first), face.ring.index(second)
        return self._part(face, i, j, path), self._part(face, j, i, path)

    def _part(self, face: Face, start: int, end: int, path: int) -> Face:
        count = len(face.ring)
        steps = (end - start) % count
        ring = [face.ring[(start + k) % count] for k in range(steps + 1)]
        paths = [face.paths[(start + k) % count] for k in range(steps)] + [path]
        return Face(ring, paths, face.zone, face.district, face.style)
