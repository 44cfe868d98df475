"""Where parks, squares and public buildings go."""

from dataclasses import dataclass

import numpy as np
import shapely

from simulators.city.blocks import Blocks, Site
from simulators.city.geometry import Ring, area, centre_of
from simulators.city.plan import Floats, Point, TownPlan
from simulators.city.skeleton import Skeleton
from simulators.city.subdivision import Face


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """A public building to be: its use, name, kind of place, and whether its energy is followed."""

    use: str
    name: str
    followed: bool
    least_m2: float
    most_m2: float


_FOLLOWED = (
    ("town_hall", "Mairie de Bellerive", 1800, 4500),
    ("school", "École Jean-Macé", 3000, 9000),
    ("library", "Médiathèque Colette", 1500, 6000),
    ("gymnasium", "Gymnase des Tanneries", 3000, 12000),
    ("swimming_pool", "Piscine des Prairies", 4000, 14000),
    ("school", "École Olympe-de-Gouges", 3000, 9000),
    ("nursery", "Crèche des Mésanges", 1500, 7000),
    ("school", "École du Moulin", 3000, 9000),
    ("theatre", "Théâtre de l’Écluse", 2000, 7000),
    ("gymnasium", "Gymnase Alice-Milliat", 3000, 12000),
    ("school", "École Germaine-Tillion", 3000, 9000),
    ("workshop", "Centre technique municipal", 6000, 26000),
    ("school", "École de Beauregard", 3000, 9000),
    ("community_hall", "Maison de quartier Saint-Clair", 1500, 7000),
    ("museum", "Musée de la Batellerie", 1500, 5000),
    ("gymnasium", "Gymnase de la Garenne", 3000, 12000),
)
_OTHERS = (
    ("care", "Hôpital Saint-Nicolas", 6000, 26000),
    ("secondary_school", "Collège Lucie-Aubrac", 5000, 20000),
    ("care", "EHPAD les Tilleuls", 3000, 12000),
    ("secondary_school", "Lycée Marie-Curie", 6000, 26000),
    ("care", "Clinique de la Vaire", 3000, 14000),
    ("shelter", "Salle des fêtes", 2500, 9000),
    ("care", "EHPAD de l’Ormeau", 3000, 12000),
    ("secondary_school", "Collège Joachim-du-Bellay", 5000, 20000),
    ("care", "Maison de santé Saint-Clair", 1500, 7000),
    ("shelter", "Halle des sports", 3000, 14000),
)


def park_sites(rng: np.random.Generator, plan: TownPlan, skeleton: Skeleton) -> list[Site]:
    """Points that parks must contain: one by the river, the others spread over the town."""
    room = np.pi * plan.radius**2
    least, most = min(7200.0, 0.028 * room), min(24000.0, 0.09 * room)
    by_river = (plan.bridge_u + 0.58 * plan.radius, -plan.quay - 0.06 * plan.radius)
    points = spread(rng, skeleton.outline, plan.parks, [by_river], quay=plan.quay + 30)
    return [
        Site("park", point, most * (1.6 if k == 0 else 1.0), least)
        for k, point in enumerate(points)
    ]


def spread(
    rng: np.random.Generator, outline: Ring, count: int, first: list[Point], quay: float
) -> list[Point]:
    """Points inside an outline that stay clear of each other and of the river."""
    corners = np.array(outline)
    pool = rng.uniform(
        corners.min(axis=0) * 0.93, corners.max(axis=0) * 0.93, (40 * count + 200, 2)
    )
    inside = shapely.contains_xy(shapely.Polygon(outline).buffer(-40), pool[:, 0], pool[:, 1])
    pool = pool[inside & (np.abs(pool[:, 1]) > quay)]
    chosen: list[Point] = list(first)
    apart: Floats = np.full(len(pool), np.inf)
    for point in chosen:
        apart = np.minimum(apart, np.hypot(*(pool - point).T))
    while len(chosen) < count and len(pool):
        best = int(np.argmax(apart[:400])) if len(chosen) < 400 else int(np.argmax(apart))
        chosen.append((float(pool[best, 0]), float(pool[best, 1])))
        apart = np.minimum(apart, np.hypot(*(pool - pool[best]).T))
    return chosen[:count]


class _Finder:
    """Looks for ordinary blocks near a point; a block that was taken is not offered again."""

    def __init__(self, blocks: Blocks) -> None:
        rings = [blocks.subdivision.coordinates(face) for face in blocks.faces]
        self._faces = blocks.faces
        self._sizes = np.array([area(ring) for ring in rings])
        self._centres = np.array([centre_of(ring) for ring in rings])
        kept = ("park", "square", "public", "works")
        self._free = np.array([face.style not in kept for face in blocks.faces])

    def take(self, point: Point, least: float, most: float, style: str) -> Face | None:
        """Give the nearest block of a suitable size another use; None where there is none."""
        suitable = self._free & (self._sizes > least) & (self._sizes < most)
        candidates = np.flatnonzero(suitable)
        if not len(candidates):
            return None
        chosen = int(candidates[np.argmin(np.hypot(*(self._centres[candidates] - point).T))])
        self._free[chosen] = False
        self._faces[chosen].style = style
        return self._faces[chosen]


def choose_squares(
    rng: np.random.Generator, plan: TownPlan, skeleton: Skeleton, blocks: Blocks
) -> None:
    """Leave a few blocks open; the first is the market, where the two old streets cross."""
    count = max(1, round(plan.lights / 450))
    reach = plan.rings[0] if plan.rings else plan.radius
    market = (plan.bridge_u + 25.0, plan.quay + 0.52 * reach)
    finder = _Finder(blocks)
    for point in spread(rng, skeleton.outline, count, [market], quay=plan.quay + 20):
        face = finder.take(point, 1300.0, 4200.0, "square")
        if face is not None:
            blocks.sites.append(Site("square", point, 0, 0, face))


def choose_public(
    rng: np.random.Generator, plan: TownPlan, skeleton: Skeleton, blocks: Blocks
) -> list[tuple[PublicPlace, Face]]:
    """Give each public building a block of its own."""
    places = _public_places(plan)
    reach = plan.rings[0] if plan.rings else 0.4 * plan.radius
    town_hall = (plan.bridge_u - 60.0, plan.quay + 0.6 * reach)
    jean_mace = (plan.bridge_u - 0.28 * reach, -plan.quay - 0.42 * reach)
    finder = _Finder(blocks)
    points = spread(rng, skeleton.outline, len(places), [town_hall, jean_mace], plan.quay + 20)
    chosen = []
    for place, point in zip(places, points, strict=False):
        face = finder.take(point, place.least_m2, place.most_m2, "public")
        if face is not None:
            chosen.append((place, face))
    return chosen


def _public_places(plan: TownPlan) -> list[PublicPlace]:
    wanted = {True: plan.public_buildings, False: max(1, round(plan.public_buildings * 0.62))}
    small = min(1.0, plan.scale * 1.6)
    places = []
    for followed, templates in ((True, _FOLLOWED), (False, _OTHERS)):
        for k in range(wanted[followed]):
            use, name, least, most = templates[k % len(templates)]
            turn = k // len(templates)
            title = name if turn == 0 else f"{name} {turn + 1}"
            places.append(PublicPlace(use, title, followed, least * small, most))
    return places
