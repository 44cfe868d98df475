"""From the cut map to streets: sections between junctions, joined where they go straight on."""

from dataclasses import dataclass

import numpy as np

from simulators.city.blocks import Blocks
from simulators.city.geometry import distance
from simulators.city.plan import Point, TownPlan
from simulators.city.street_names import Namer
from simulators.city.subdivision import Subdivision

_STRAIGHT_ON = np.cos(np.radians(32.0))
_LONGEST_M = {"boulevard": 900.0, "avenue": 900.0, "quay": 520.0, "rue": 620.0, "allee": 420.0}
_OLD_ALLEYS = ("ruelle", "venelle", "passage")

HALF_WIDTH_M = {
    "boulevard": 12.5, "avenue": 10.5, "quay": 11.0, "bridge": 6.0, "grande_rue": 5.5,
    "rue_haute": 5.0, "faubourg": 7.5, "road": 8.0, "rue": 6.2,
    "allee": 5.8, "chemin": 7.0, "ruelle": 3.4, "path": 2.0,
}  # fmt: skip
"""From the centre line to the fronts of the buildings, by kind of street. [m]"""


@dataclass(slots=True)
class Section:
    """A piece of street between two junctions.

    Attributes
    ----------
    kind : str
        boulevard | avenue | road | quay | bridge | grande_rue | rue_haute | faubourg | rue |
        ruelle | allee | chemin | path
    path : int
        Path of the subdivision that it is a piece of; -1 for a park's.
    ends : (int, int)
        Vertices of the subdivision where it starts and ends; -1 for a park's path.
    start : float
        Distance of its start along its path. [m]
    course : list of Point
        In plan coordinates.
    style : str
        Manner of the district that it runs through.
    name : str
        Of its street.
    """

    kind: str
    path: int
    ends: tuple[int, int]
    start: float
    course: list[Point]
    style: str
    name: str = ""

    @property
    def length(self) -> float:
        """Length in the plan. [m]"""
        return sum(map(distance, self.course, self.course[1:]))

    @property
    def middle(self) -> Point:
        """A point half-way."""
        (u0, v0), (u1, v1) = self.course[0], self.course[-1]
        return (u0 + u1) / 2, (v0 + v1) / 2


@dataclass(slots=True)
class Stroke:
    """Sections that go straight on: what gets one name."""

    kind: str
    style: str
    sections: list[int]
    length: float
    dead_end: bool
    middle: Point
    square: float  # 0 along the river, 1 square to it


def lay_streets(rng: np.random.Generator, plan: TownPlan, blocks: Blocks) -> list[Section]:
    """Cut the paths into sections and name their streets."""
    sections = _sections(blocks)
    for site in blocks.sites:
        if site.purpose == "park" and site.face is not None:
            sections += _park_paths(rng, blocks.subdivision, site.face.ring)
    strokes = _strokes(sections)
    namer = Namer(rng)
    _name_squares(blocks, sections, namer)
    _name_landmarks(plan, sections, strokes, namer)
    for stroke in sorted(strokes, key=lambda s: -s.length):
        unnamed = [k for k in stroke.sections if not sections[k].name]
        if unnamed:
            name = namer.name(_type_of(rng, stroke), stroke.kind, stroke.style)
            for k in unnamed:
                sections[k].name = name
    return sections


def _sections(blocks: Blocks) -> list[Section]:
    subdivision = blocks.subdivision
    degree: dict[int, int] = {}
    for path in subdivision.paths:
        for (_, a), (_, b) in zip(path.vertices, path.vertices[1:], strict=False):
            degree[a] = degree.get(a, 0) + 1
            degree[b] = degree.get(b, 0) + 1
    style_of_path: dict[int, str] = {}
    for face in blocks.faces:
        for path_number in face.paths:
            if face.style not in ("park", "square", "public"):
                style_of_path.setdefault(path_number, face.style)
    sections = []
    for number, path in enumerate(subdivision.paths):
        start, first = path.vertices[0]
        run = [first]
        for at, vertex in path.vertices[1:]:
            run.append(vertex)
            if degree[vertex] != 2 or vertex == path.vertices[-1][1]:
                course = [subdivision.points[v] for v in run]
                style = style_of_path.get(number, "faubourg")
                kind = "ruelle" if style == "old" and path.kind == "rue" else path.kind
                sections.append(Section(kind, number, (run[0], vertex), start, course, style))
                start, run = at, [vertex]
    return sections


def _park_paths(
    rng: np.random.Generator, subdivision: Subdivision, ring: list[int]
) -> list[Section]:
    """Two curved paths across a park, from its sides through a point near its middle."""
    corners = [subdivision.points[vertex] for vertex in ring]
    lengths = [distance(a, b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    order = np.argsort(lengths)[::-1][:4]
    sides = [
        ((corners[k][0] + corners[(k + 1) % len(corners)][0]) / 2,
         (corners[k][1] + corners[(k + 1) % len(corners)][1]) / 2)
        for k in sorted(int(k) for k in order)
    ]  # fmt: skip
    centre = np.mean(corners, axis=0) + rng.normal(0, 6, 2)
    pairs = (
        [(sides[0], sides[2]), (sides[1], sides[3])] if len(sides) > 3 else [(sides[0], sides[1])]
    )
    return [Section("path", -1, (-1, -1), 0.0, _bend(a, centre, b), "park") for a, b in pairs]


def _bend(a: Point, through: np.ndarray, b: Point) -> list[Point]:
    """Return a smooth curve from a to b through a point: a parabola."""
    t = np.linspace(0, 1, 9)[:, None]
    start, end = np.array(a), np.array(b)
    pull = 2 * through - (start + end) / 2
    curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * pull + t**2 * end
    return [(float(u), float(v)) for u, v in curve]


def _strokes(sections: list[Section]) -> list[Stroke]:
    """Join sections that face each other across a junction, straightest pairs first."""
    at_vertex: dict[int, list[tuple[int, int]]] = {}
    for k, section in enumerate(sections):
        for side in (0, 1):
            at_vertex.setdefault(section.ends[side], []).append((k, side))
    pairs = []
    for vertex, ends in at_vertex.items():
        if vertex < 0:
            continue
        by_bridge = any(sections[k].kind == "bridge" for k, _ in ends)
        for i, (k, side) in enumerate(ends):
            for other, other_side in ends[i + 1 :]:
                kind = sections[k].kind
                if sections[other].kind != kind or (by_bridge and kind == "quay"):
                    continue
                straight = -_dot(_heading(sections[k], side), _heading(sections[other], other_side))
                if straight > _STRAIGHT_ON:
                    pairs.append((-straight, k, side, other, other_side))
    pairs.sort()
    return _joined(sections, pairs, {v: len(ends) for v, ends in at_vertex.items()})


def _joined(
    sections: list[Section],
    pairs: list[tuple[float, int, int, int, int]],
    degree: dict[int, int],
) -> list[Stroke]:
    group = list(range(len(sections)))
    length = [section.length for section in sections]

    def root(k: int) -> int:
        while group[k] != k:
            group[k] = group[group[k]]
            k = group[k]
        return k

    taken: set[tuple[int, int]] = set()
    for _, k, side, other, other_side in pairs:
        a, b = root(k), root(other)
        longest = _LONGEST_M.get(sections[k].kind, 480.0)
        if a == b or (k, side) in taken or (other, other_side) in taken:
            continue
        if length[a] + length[b] > longest:
            continue
        taken |= {(k, side), (other, other_side)}
        group[b] = a
        length[a] += length[b]
    members: dict[int, list[int]] = {}
    for k in range(len(sections)):
        members.setdefault(root(k), []).append(k)
    return [_stroke(sections, group_members, degree) for group_members in members.values()]


def _stroke(sections: list[Section], members: list[int], degree: dict[int, int]) -> Stroke:
    first = sections[members[0]]
    ends = [vertex for k in members for vertex in sections[k].ends]
    middles = np.array([sections[k].middle for k in members])
    return Stroke(
        kind=first.kind,
        style=first.style,
        sections=members,
        length=sum(sections[k].length for k in members),
        dead_end=any(degree.get(vertex) == 1 for vertex in ends),
        middle=(float(middles[:, 0].mean()), float(middles[:, 1].mean())),
        square=abs(_heading(first, 0)[1]),
    )


def _heading(section: Section, side: int) -> Point:
    """Return unit direction in which a section leaves its end."""
    a, b = (section.course[0], section.course[1]) if side == 0 else section.course[-1:-3:-1]
    size = distance(a, b) or 1.0
    return (b[0] - a[0]) / size, (b[1] - a[1]) / size


def _dot(a: Point, b: Point) -> float:
    return a[0] * b[0] + a[1] * b[1]


def _name_squares(blocks: Blocks, sections: list[Section], namer: Namer) -> None:
    """Give the sections round an open square its name, main streets excepted."""
    for site in blocks.sites:
        if site.purpose != "square" or site.face is None:
            continue
        name = namer.square()
        corners = set(site.face.ring)
        for section in sections:
            around = section.ends[0] in corners and section.ends[1] in corners
            if around and section.kind in ("rue", "ruelle", "allee") and not section.name:
                section.name = name


def _name_landmarks(
    plan: TownPlan, sections: list[Section], strokes: list[Stroke], namer: Namer
) -> None:
    """Streets that every town by a river has, each given to the stroke nearest to its place."""
    reach = plan.rings[0] if plan.rings else 0.5 * plan.radius
    u, q = plan.bridge_u, plan.quay
    landmarks = [
        ("pont Vieux", ("bridge",), (u, 0.0)),
        ("Grande Rue", ("grande_rue",), (u, q + 0.5 * reach)),
        ("rue Haute", ("rue_haute",), (u, q + 0.5 * reach)),
        ("rue du Faubourg-Saint-Clair", ("faubourg",), (u, -q - 0.4 * reach)),
        ("quai des Tanneurs", ("quay",), (u - 0.45 * reach, -q)),
        ("quai du Port", ("quay",), (u - 0.5 * reach, q)),
        ("rue des Lavandières", ("rue",), (u - 0.42 * reach, -q - 0.2 * reach)),
        ("rue Basse", ("rue",), (u - 0.35 * reach, -q - 0.4 * reach)),
    ]
    for name, kinds, place in landmarks:
        candidates = [
            stroke
            for stroke in strokes
            if stroke.kind in kinds
            and stroke.middle[1] * place[1] >= 0  # on the same bank
            and (stroke.length > 90 or stroke.kind == "bridge" or not plan.rings)
            and not any(sections[k].name for k in stroke.sections)
        ]
        if candidates:
            nearest = min(candidates, key=lambda s: distance(s.middle, place) * (1 + 2 * s.square))
            namer.take(name)
            for k in nearest.sections:
                sections[k].name = name


def _type_of(rng: np.random.Generator, stroke: Stroke) -> str:
    """Return what a street of that kind is called: rue, impasse, chemin…"""
    fixed = {
        "boulevard": "boulevard",
        "avenue": "avenue",
        "quay": "quai",
        "bridge": "pont",
        "path": "allée",
        "road": "route",
    }
    if stroke.kind in fixed:
        return fixed[stroke.kind]
    if stroke.kind == "ruelle":
        return str(rng.choice(_OLD_ALLEYS)) if stroke.length < 62 else "rue"
    if stroke.dead_end and stroke.length < 130:
        return "impasse" if rng.random() < 0.7 else "clos"
    if stroke.kind == "allee":
        return "allée" if rng.random() < 0.55 else "rue"
    if stroke.kind == "chemin":
        return "chemin" if rng.random() < 0.5 else "rue"
    return "rue"
