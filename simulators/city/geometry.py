"""Small plane geometry on short rings: plain floats, faster here than arrays of five points."""

import math
from dataclasses import dataclass

from simulators.city.plan import Point

Ring = list[Point]


@dataclass(frozen=True, slots=True)
class Line:
    """A line through a point along a unit direction."""

    through: Point
    direction: Point


@dataclass(frozen=True, slots=True)
class Box:
    """The smallest turned rectangle round a ring: centre, long axis, lengths. [m]"""

    centre: Point
    axis: Point
    length: float
    width: float

    def across(self, share: float, turn: float = 0.0) -> Line:
        """Return the line across the long axis at a share of its length, turned. [rad]"""
        offset = (share - 0.5) * self.length
        x = self.centre[0] + offset * self.axis[0]
        y = self.centre[1] + offset * self.axis[1]
        return Line((x, y), rotate((-self.axis[1], self.axis[0]), turn))


def distance(a: Point, b: Point) -> float:
    """Distance of two points. [m]"""
    return math.hypot(a[0] - b[0], a[1] - b[1])


def rotate(direction: Point, angle: float) -> Point:
    """Turn a direction anticlockwise. [rad]"""
    cos, sin = math.cos(angle), math.sin(angle)
    return (
        cos * direction[0] - sin * direction[1],
        sin * direction[0] + cos * direction[1],
    )


def signed_area(ring: Ring) -> float:
    """Area of a ring, positive when anticlockwise. [m²]"""
    total = 0.0
    x0, y0 = ring[-1]
    for x1, y1 in ring:
        total += x0 * y1 - x1 * y0
        x0, y0 = x1, y1
    return total / 2


def area(ring: Ring) -> float:
    """Area of a ring. [m²]"""
    return abs(signed_area(ring))


def centre_of(ring: Ring) -> Point:
    """Centre of gravity of a ring."""
    x0, y0 = ring[-1]
    ox, oy = x0, y0  # near the ring: large coordinates would cost digits
    total = sx = sy = 0.0
    for x1, y1 in ring:
        cross = (x0 - ox) * (y1 - oy) - (x1 - ox) * (y0 - oy)
        total += cross
        sx += cross * (x0 + x1 - 2 * ox)
        sy += cross * (y0 + y1 - 2 * oy)
        x0, y0 = x1, y1
    if abs(total) < 1e-9:
        return ox, oy
    return ox + sx / (3 * total), oy + sy / (3 * total)


def box_of(ring: Ring) -> Box:
    """Smallest rectangle along one of the ring's longer edges."""
    best: tuple[float, Box] | None = None
    edges = sorted(
        ((distance(a, b), a, b) for a, b in zip(ring, ring[1:] + ring[:1], strict=True)),
        reverse=True,
    )
    for length, a, b in edges[:6]:
        if length < 1e-6:
            continue
        ex, ey = (b[0] - a[0]) / length, (b[1] - a[1]) / length
        along = [x * ex + y * ey for x, y in ring]
        over = [y * ex - x * ey for x, y in ring]
        low, high, near, far = min(along), max(along), min(over), max(over)
        size = (high - low) * (far - near)
        if best is None or size < best[0]:
            middle, side = (low + high) / 2, (near + far) / 2
            centre = (middle * ex - side * ey, middle * ey + side * ex)
            if high - low >= far - near:
                box = Box(centre, (ex, ey), high - low, far - near)
            else:
                box = Box(centre, (-ey, ex), far - near, high - low)
            best = (size, box)
    return best[1] if best else Box(ring[0], (1.0, 0.0), 0.0, 0.0)


def chord_of(ring: Ring, line: Line) -> list[tuple[int, Point]] | None:
    """Longest piece of a line inside a ring: its two ends, each with the edge that it lies on."""
    (cx, cy), (dx, dy) = line.through, line.direction
    hits: list[tuple[float, int, Point]] = []
    sides = [dx * (y - cy) - dy * (x - cx) for x, y in ring]
    count = len(ring)
    for edge in range(count):
        s0, s1 = sides[edge], sides[(edge + 1) % count]
        if (s0 < 0) != (s1 < 0):
            share = s0 / (s0 - s1)
            (x0, y0), (x1, y1) = ring[edge], ring[(edge + 1) % count]
            point = (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
            hits.append((dx * (point[0] - cx) + dy * (point[1] - cy), edge, point))
    if len(hits) < 2:
        return None
    hits.sort()
    inside = zip(hits[0::2], hits[1::2], strict=False)
    first, second = max(inside, key=lambda pair: pair[1][0] - pair[0][0])
    return [(first[1], first[2]), (second[1], second[2])]


def halves(ring: Ring, line: Line) -> tuple[Ring, Ring] | None:
    """Cut a ring in two along a line's longest chord; None where the line misses it."""
    chord = chord_of(ring, line)
    if chord is None:
        return None
    (i, a), (j, b) = chord
    count = len(ring)
    first = [a, *(ring[(i + 1 + k) % count] for k in range((j - i) % count)), b]
    second = [b, *(ring[(j + 1 + k) % count] for k in range((i - j) % count)), a]
    return first, second


def contains(ring: Ring, point: Point) -> bool:
    """Whether a point lies inside a ring."""
    x, y = point
    inside = False
    x0, y0 = ring[-1]
    for x1, y1 in ring:
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
        x0, y0 = x1, y1
    return inside


def inset(ring: Ring, widths: list[float]) -> Ring:
    """Move each edge of an anticlockwise ring inwards by its own width. [m]

    Corners become the crossings of the moved edges; where two edges are nearly in line, the corner
    moves by the larger width. The answer may cross itself where the ring is thinner than that:
    the caller looks at its area.
    """
    count = len(ring)
    moved: Ring = []
    for k in range(count):
        a, b, c = ring[k - 1], ring[k], ring[(k + 1) % count]
        w0, w1 = widths[k - 1], widths[k]
        n0, n1 = _inward(a, b), _inward(b, c)
        cross = n0[0] * n1[1] - n0[1] * n1[0]
        if abs(cross) < 0.17:
            width = max(w0, w1)
            nx, ny = n0[0] + n1[0], n0[1] + n1[1]
            norm = math.hypot(nx, ny) or 1.0
            moved.append((b[0] + width * nx / norm, b[1] + width * ny / norm))
        else:
            moved.append(
                (
                    b[0] + (w0 * n1[1] - w1 * n0[1]) / cross,
                    b[1] + (w1 * n0[0] - w0 * n1[0]) / cross,
                )
            )
    return moved


def _inward(a: Point, b: Point) -> Point:
    length = distance(a, b) or 1.0
    return (a[1] - b[1]) / length, (b[0] - a[0]) / length
