"""Who feeds whom: substations, cabinets, feeders; plinths; and what the register got wrong."""

from dataclasses import dataclass

import numpy as np

from simulators.city.grouping import balanced_groups
from simulators.city.lights import Lights
from simulators.city.lines import Lines
from simulators.city.plan import Floats, Integers, TownPlan, rounded
from simulators.city.streets import Section
from simulators.city.terrain import DEMONSTRATION_LEVEL_M, Terrain

_FLAGSHIP_NUMBER, _FLAGSHIP_PLINTH_M, _FLAGSHIP_DEPTH_M = 112, 0.35, 0.62
"""The cabinet of the quai des Tanneurs, the first that a flood reaches."""


@dataclass(frozen=True, slots=True)
class Supply:
    """The wiring as it is; arrays in the order of cabinet numbers, then of feeders.

    Attributes
    ----------
    uv : array, shape (cabinets, 2)
        Where cabinets stand, in plan coordinates.
    section : array of int
        Street section that each stands on.
    substation, parent : array of int
        Substation of each cabinet; cabinet that it hangs under, -1 where it has its own cable.
    substation_uv : array, shape (substations, 2)
        Where substations stand.
    plinth_m : array
        True height of the lowest live part over the ground. [m]
    plinth_known : array of int
        In the register: 0 not, 1 measured, 2 read on a plan.
    feeder_cabinet, feeder_number : array of int
        Cabinet of each feeder; its number there, from 1.
    light_feeder : array of int
        Feeder of each light.
    position : array of int
        Rank of each light on its feeder, from 1 at the cabinet.
    """

    uv: Floats
    section: Integers
    substation: Integers
    parent: Integers
    substation_uv: Floats
    plinth_m: Floats
    plinth_known: Integers
    feeder_cabinet: Integers
    feeder_number: Integers
    light_feeder: Integers
    position: Integers

    @property
    def light_cabinet(self) -> Integers:
        """Cabinet of each light."""
        return np.asarray(self.feeder_cabinet[self.light_feeder])

    def cabinet_code(self, cabinet: int) -> str:
        """Code of a cabinet, e.g. A-007."""
        return f"A-{cabinet + 1:03d}"

    def feeder_code(self, feeder: int) -> str:
        """Code of a feeder, e.g. A-007-D2."""
        cabinet = int(self.feeder_cabinet[feeder])
        return f"{self.cabinet_code(cabinet)}-D{self.feeder_number[feeder]}"


def wire(
    rng: np.random.Generator,
    plan: TownPlan,
    sections: list[Section],
    lines: Lines,
    lights: Lights,
    *,
    terrain: Terrain,
) -> tuple[Supply, Terrain]:
    """Wire the lights; the terrain comes back with its flagship in 62 cm of water at 3.42 m."""
    weight = np.bincount(lights.section, minlength=len(sections)).astype(np.float64)
    middle = lines.locate(np.arange(len(sections)), lines.lengths / 2, np.zeros(len(sections)))
    group = _cabinet_of_section(plan, middle, weight)
    cabinets = int(group.max()) + 1
    on_quay = _flagship_sections(sections, lines, middle, weight, terrain)
    flagship = int(group[on_quay]) if on_quay is not None else -1
    uv, section = _stand(rng, lights, group, cabinets, flagship=flagship, on_quay=on_quay)
    order = _numbering(cabinets, flagship)
    group, uv, section = order[group], uv[np.argsort(order)], section[np.argsort(order)]
    flagship = int(order[flagship]) if flagship >= 0 else -1
    plinth, known = _plinths(rng, cabinets, flagship)
    if flagship >= 0:
        at = (float(uv[flagship, 0]), float(uv[flagship, 1]))
        terrain = terrain.with_depth_at(at, DEMONSTRATION_LEVEL_M, _FLAGSHIP_DEPTH_M)
    substation = balanced_groups(uv, np.ones(cabinets), plan.substations)
    feeder_of_section, feeder_cabinet, feeder_number = _feeders(group, middle, weight, cabinets)
    light_feeder = feeder_of_section[lights.section]
    supply = Supply(
        uv=uv,
        section=section,
        substation=substation,
        parent=_parents(rng, uv, substation, flagship),
        substation_uv=_substation_places(uv, substation),
        plinth_m=plinth,
        plinth_known=known,
        feeder_cabinet=feeder_cabinet,
        feeder_number=feeder_number,
        light_feeder=light_feeder,
        position=_ranks(light_feeder, np.hypot(*(lights.uv - uv[feeder_cabinet[light_feeder]]).T)),
    )
    return supply, terrain


def _cabinet_of_section(plan: TownPlan, middle: Floats, weight: Floats) -> Integers:
    """Compact groups of sections, never across the river."""
    right = middle[:, 1] >= 0
    share = float(weight[right].sum() / weight.sum())
    counts = [round(plan.cabinets * share), 0]
    counts[0] = min(max(counts[0], 1), plan.cabinets - 1)
    counts[1] = plan.cabinets - counts[0]
    group = np.zeros(len(middle), dtype=np.int64)
    for bank, count, offset in ((right, counts[0], 0), (~right, counts[1], counts[0])):
        group[bank] = balanced_groups(middle[bank], weight[bank], count) + offset
    _, dense = np.unique(np.where(weight > 0, group, -1), return_inverse=True)
    # sections without a light belong to nobody; any label serves
    return np.maximum(0, dense - int((weight <= 0).any()))


def _flagship_sections(
    sections: list[Section], lines: Lines, middle: Floats, weight: Floats, terrain: Terrain
) -> int | None:
    """Return the section of the quai des Tanneurs at the lowest point of the bank."""
    quay = [
        k
        for k, section in enumerate(sections)
        if section.name == "quai des Tanneurs" and weight[k] > 1 and lines.lengths[k] > 20
    ]
    if not quay:
        return None
    return min(quay, key=lambda k: abs(float(middle[k, 0]) - float(terrain.lows[0, 0])))


def _stand(
    rng: np.random.Generator,
    lights: Lights,
    group: Integers,
    cabinets: int,
    *,
    flagship: int,
    on_quay: int | None,
) -> tuple[Floats, Integers]:
    """Put each cabinet on the pavement, near the middle of its lights."""
    of_light = group[lights.section]
    uv, section = np.zeros((cabinets, 2)), np.zeros(cabinets, dtype=np.int64)
    for cabinet in range(cabinets):
        members = np.flatnonzero(of_light == cabinet)
        if cabinet == flagship:
            members = members[lights.section[members] == on_quay]
        centre = lights.uv[members].mean(axis=0)
        nearest = members[np.argmin(np.hypot(*(lights.uv[members] - centre).T))]
        uv[cabinet] = lights.uv[nearest] + rng.uniform(1.2, 2.4, 2) * rng.choice([-1, 1], 2)
        section[cabinet] = lights.section[nearest]
    return uv, section


def _numbering(cabinets: int, flagship: int) -> Integers:
    """Numbers go round the town; the flagship gets its own where the town is large enough."""
    order = np.arange(cabinets)
    if flagship >= 0 and cabinets >= _FLAGSHIP_NUMBER:
        order = (order + (_FLAGSHIP_NUMBER - 1 - flagship)) % cabinets
    return order


def _plinths(rng: np.random.Generator, cabinets: int, flagship: int) -> tuple[Floats, Integers]:
    plinth = rounded(np.clip(rng.normal(0.31, 0.11, cabinets), 0.08, 0.7), 2)
    known = np.where(rng.random(cabinets) < 0.62, 1, 2)
    unknown = rng.permutation(
        np.delete(np.arange(cabinets), flagship) if flagship >= 0 else cabinets
    )
    known[unknown[: max(1, round(0.1 * cabinets))]] = 0
    if flagship >= 0:
        plinth[flagship], known[flagship] = _FLAGSHIP_PLINTH_M, 2
    return plinth, known


def _parents(rng: np.random.Generator, uv: Floats, substation: Integers, flagship: int) -> Integers:
    """One cabinet in twenty hangs under a neighbour of the same substation."""
    parent = np.full(len(uv), -1)
    for cabinet in rng.permutation(len(uv))[: len(uv) // 20]:
        same = (
            (substation == substation[cabinet])
            & (parent < 0)
            & ~np.isin(np.arange(len(uv)), parent)
        )
        same[cabinet] = False
        if flagship >= 0:
            same[flagship] = False
        others = np.flatnonzero(same)
        if cabinet != flagship and len(others) and cabinet not in parent:
            away = np.hypot(*(uv[others] - uv[cabinet]).T)
            parent[cabinet] = others[np.argmin(away)]
    return parent


def _substation_places(uv: Floats, substation: Integers) -> Floats:
    count = int(substation.max()) + 1
    return np.array([uv[substation == k].mean(axis=0) + 9.0 for k in range(count)])


def _feeders(
    group: Integers, middle: Floats, weight: Floats, cabinets: int
) -> tuple[Integers, Integers, Integers]:
    """Two or three feeders a cabinet, each a compact part of its streets."""
    feeder = np.zeros(len(group), dtype=np.int64)
    cabinet_of: list[int] = []
    number_of: list[int] = []
    for cabinet in range(cabinets):
        members = np.flatnonzero((group == cabinet) & (weight > 0))
        wanted = 2 if weight[members].sum() < 30 else 3
        part = balanced_groups(middle[members], weight[members], wanted)
        feeder[members] = part + len(cabinet_of)
        parts = int(part.max()) + 1
        cabinet_of += [cabinet] * parts
        number_of += range(1, parts + 1)
    return feeder, np.array(cabinet_of), np.array(number_of)


def _ranks(feeder: Integers, distance: Floats) -> Integers:
    order = np.lexsort((distance, feeder))
    starts = np.concatenate([[True], np.diff(feeder[order]) != 0])
    index = np.arange(len(order))
    rank = index - np.maximum.accumulate(np.where(starts, index, 0)) + 1
    result = np.empty(len(order), dtype=np.int64)
    result[order] = rank
    return result
