"""Footprints: each block is cut into lots, each lot built on in the manner of its district."""

from dataclasses import dataclass

import numpy as np
import shapely

from simulators.city.blocks import Blocks
from simulators.city.geometry import Box, Ring, area, box_of, centre_of, halves, inset
from simulators.city.plan import Point
from simulators.city.streets import HALF_WIDTH_M
from simulators.city.subdivision import NO_STREET, Face, Subdivision


@dataclass(frozen=True, slots=True)
class Building:
    """A footprint in plan coordinates.

    Attributes
    ----------
    ring : list of Point
        Corners.
    use : str
        housing | mixed | workshop | one of the public uses.
    name : str
        Empty for an ordinary house.
    storeys : float
        How many.
    followed : bool
        Whether its energy is followed.
    block : int
        Number of its block.
    """

    ring: Ring
    use: str
    storeys: float
    block: int
    name: str = ""
    followed: bool = False


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a block is built on: lot size, gap round a house, share of the lot, lots left empty."""

    lot_m2: float
    gap_m: float
    fill: tuple[float, float]
    empty: float
    storeys: tuple[int, int]
    use: str = "housing"


_MANNERS = {
    "old": _Manner(210, 0.5, (1.0, 1.0), 0.07, (2, 4), "mixed"),
    "faubourg": _Manner(330, 0.9, (0.86, 1.0), 0.10, (2, 4)),
    "grid": _Manner(420, 1.2, (0.8, 0.98), 0.10, (2, 5)),
    "villas": _Manner(520, 2.4, (0.58, 0.8), 0.08, (1, 2)),
    "garden": _Manner(600, 3.0, (0.5, 0.72), 0.08, (1, 2)),
    "estate": _Manner(2600, 6.0, (0.5, 0.72), 0.12, (4, 9)),
    "works": _Manner(4200, 6.0, (0.7, 0.92), 0.15, (1, 1), "workshop"),
}


def block_ground(subdivision: Subdivision, face: Face) -> Ring:
    """Return what the streets leave of a block; empty where nothing is left."""
    ring, widths = _without_needless_corners(subdivision, face)
    if len(ring) < 3:
        return []
    ground = inset(ring, widths)
    if 0.12 * area(ring) < area(ground) < 0.985 * area(ring) and not _turned_over(ring, ground):
        return ground
    # short sides and sharp corners: one width all round, and the largest piece that is left
    left = shapely.get_parts(
        shapely.Polygon(ring).buffer(-float(np.median(widths)), join_style="mitre")
    )
    if len(left) == 0:
        return []
    largest = max(left, key=lambda piece: float(piece.area))
    corners = shapely.get_coordinates(largest.exterior)[-2::-1]  # anticlockwise again
    return [(float(x), float(y)) for x, y in corners] if largest.area > 40.0 else []


def build(rng: np.random.Generator, blocks: Blocks) -> list[Building]:
    """Build on every ordinary block."""
    buildings: list[Building] = []
    for number, face in enumerate(blocks.faces):
        manner = _MANNERS.get(face.style)
        if manner is None:
            continue
        ground = block_ground(blocks.subdivision, face)
        for lot in _lots(rng, ground, manner):
            footprint = _footprint(rng, lot, manner, face.style)
            if footprint:
                storeys = int(rng.integers(manner.storeys[0], manner.storeys[1] + 1))
                buildings.append(Building(footprint, manner.use, storeys, number))
    sound = shapely.is_valid([shapely.Polygon(building.ring) for building in buildings])
    return [building for building, good in zip(buildings, sound, strict=True) if good]


def public_footprints(rng: np.random.Generator, ground: Ring) -> list[Ring]:
    """Return a main wing and one or two others, square to each other, round a yard."""
    box = box_of(ground)
    wings = [((-0.02, 0.2), (0.62, 0.24)), ((-0.24, -0.1), (0.17, 0.4))]
    if rng.random() < 0.5:
        wings.append(((0.26, -0.14), (0.14, 0.26)))
    return [_rectangle(box, *wing) for wing in wings]


def _without_needless_corners(subdivision: Subdivision, face: Face) -> tuple[Ring, list[float]]:
    """Return the block's corners and the half width of the street along each side."""
    ring: Ring = []
    widths: list[float] = []
    old = face.style == "old"
    for vertex, path in zip(face.ring, face.paths, strict=True):
        point = subdivision.points[vertex]
        if ring and abs(point[0] - ring[-1][0]) + abs(point[1] - ring[-1][1]) < 1.0:
            continue
        kind = "path" if path == NO_STREET else subdivision.paths[path].kind
        ring.append(point)
        widths.append(HALF_WIDTH_M["ruelle" if old and kind == "rue" else kind])
    return ring, widths


def _turned_over(ring: Ring, ground: Ring) -> bool:
    """Whether an inset edge runs backwards: the block is thinner than its streets."""
    for k in range(len(ring)):
        nxt = (k + 1) % len(ring)
        ex, ey = ring[nxt][0] - ring[k][0], ring[nxt][1] - ring[k][1]
        gx, gy = ground[nxt][0] - ground[k][0], ground[nxt][1] - ground[k][1]
        if ex * gx + ey * gy < 0 and np.hypot(gx, gy) > 2.0:
            return True
    return False


def _lots(rng: np.random.Generator, ground: Ring, manner: _Manner) -> list[Ring]:
    waiting, lots = ([ground] if ground else []), []
    while waiting:
        ring = waiting.pop()
        if area(ring) < manner.lot_m2 * rng.uniform(0.9, 1.9):
            lots.append(ring)
            continue
        share = float(np.clip(rng.normal(0.5, 0.06), 0.35, 0.65))
        parts = halves(ring, box_of(ring).across(share, float(rng.normal(0, 0.015))))
        if parts is None or min(map(area, parts)) < 25.0:
            lots.append(ring)
        else:
            waiting += parts
    return lots


def _footprint(rng: np.random.Generator, lot: Ring, manner: _Manner, style: str) -> Ring:
    if rng.random() < manner.empty or area(lot) < 34.0:
        return []
    if style in ("garden", "villas", "estate"):
        return _house(rng, lot, manner, style)
    fill = float(rng.uniform(*manner.fill))
    middle = centre_of(lot)
    shrunk = [
        (middle[0] + fill * (x - middle[0]), middle[1] + fill * (y - middle[1])) for x, y in lot
    ]
    built = inset(shrunk, [manner.gap_m] * len(shrunk))
    return built if area(built) > 24.0 and not _turned_over(shrunk, built) else []


def _house(rng: np.random.Generator, lot: Ring, manner: _Manner, style: str) -> Ring:
    """Return a rectangle square to its lot, smaller than it: a garden lies round it."""
    box = box_of(lot)
    fill = float(rng.uniform(*manner.fill))
    long = (box.length - 2 * manner.gap_m) * fill
    wide = (box.width - 2 * manner.gap_m) * (0.34 if style == "estate" else fill)
    if wide < 5.0 or long < 6.0 or area(lot) < 0.62 * box.length * box.width:
        return []
    if style == "estate":
        long = min(long, 74.0)
        wide = float(np.clip(wide, 11.0, 15.0))
    aside = (float(rng.uniform(-0.08, 0.08)), 0.0)
    return _rectangle(Box(box.centre, box.axis, long, wide), aside, (1.0, 1.0))


def _rectangle(box: Box, offset: Point, share: Point) -> Ring:
    """Return a rectangle inside a box; offset and share in parts of the box."""
    (ax, ay), (u, v) = box.axis, offset
    cx = box.centre[0] + u * box.length * ax - v * box.width * ay
    cy = box.centre[1] + u * box.length * ay + v * box.width * ax
    a, b = share[0] * box.length / 2, share[1] * box.width / 2
    corners = ((-a, -b), (a, -b), (a, b), (-a, b))
    return [(cx + x * ax - y * ay, cy + x * ay + y * ax) for x, y in corners]
