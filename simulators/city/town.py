"""The whole town in plan coordinates: every drawing and every wire, before it becomes files."""

from dataclasses import dataclass

import numpy as np

from simulators.city.blocks import Blocks, cut_blocks
from simulators.city.buildings import Building, block_ground, build, public_footprints
from simulators.city.geometry import Ring, area, centre_of, distance
from simulators.city.lights import Lamps, Lights, equip, place_lights
from simulators.city.lines import Lines
from simulators.city.people import Addresses, crossings, settle
from simulators.city.plan import Flags, Floats, Point, TownPlan, stream
from simulators.city.sites import choose_public, choose_squares, park_sites, spread
from simulators.city.skeleton import Skeleton, draw_skeleton
from simulators.city.street_names import word_lists
from simulators.city.streets import Section, lay_streets
from simulators.city.supply import Supply, wire
from simulators.city.terrain import Terrain
from simulators.city.warp import Warp
from simulators.city.watering import Watering, plant

SPEAKING_CABINETS = (0, 1, 86, 111)
"""Cabinets whose lights have controllers in any case: something happens to them."""


@dataclass(frozen=True, slots=True)
class Regime:
    """How each cabinet switches its lights, arrays in the order of cabinets.

    Attributes
    ----------
    led : array of bool
        Renewed: LED with a controller on each light, cables under voltage day and night.
    dims, off : array of bool
        Dims, or switches off, in the middle of the night.
    led_since : array of datetime64[D]
        Date of the renewal, for those renewed before the history begins.
    """

    led: Flags
    dims: Flags
    off: Flags
    led_since: np.ndarray

    @property
    def word(self) -> list[str]:
        """The store's word: permanent | night | programme."""
        words = np.where(self.led, np.where(self.off, "programme", "permanent"), "night")
        return [str(word) for word in words]


@dataclass(frozen=True, slots=True)
class Public:
    """A public building, its wings and its ground."""

    use: str
    name: str
    followed: bool
    wings: list[Ring]
    storeys: int

    @property
    def centre(self) -> Point:
        """A point inside its main wing."""
        return centre_of(self.wings[0])

    @property
    def floor_m2(self) -> float:
        """Heated floor. [m²]"""
        return round(self.storeys * 0.85 * sum(map(area, self.wings)))


@dataclass(frozen=True, slots=True)
class Park:
    """A park: its name, what the streets leave of its block, and its pond if it has one."""

    name: str
    ground: Ring
    pond: Ring


@dataclass(frozen=True, slots=True)
class Town:
    """Everything that stands still."""

    seed: int
    plan: TownPlan
    warp: Warp
    terrain: Terrain
    skeleton: Skeleton
    blocks: Blocks
    sections: list[Section]
    lines: Lines
    buildings: list[Building]
    public: list[Public]
    parks: list[Park]
    watering: Watering
    addresses: Addresses
    crossings: Floats
    lights: Lights
    supply: Supply
    regime: Regime
    lamps: Lamps
    gateways: Floats
    districts: list[str]


def draw_town(seed: int, lights: int) -> Town:
    """Draw a town: the same seed and size give the same town, to the bit."""
    plan = TownPlan.for_lights(lights)
    warp = Warp.draw(stream(seed, "warp"), plan)
    terrain = Terrain.draw(stream(seed, "terrain"), plan)
    skeleton = draw_skeleton(stream(seed, "skeleton"), plan)
    districts = _districts(stream(seed, "districts"), plan, skeleton)
    blocks = cut_blocks(seed, plan, skeleton, park_sites(stream(seed, "parks"), plan, skeleton))
    choose_squares(stream(seed, "squares"), plan, skeleton, blocks)
    public = _public(stream(seed, "public"), plan, skeleton, blocks)
    sections = lay_streets(stream(seed, "streets"), plan, blocks)
    lines = Lines.of(sections)
    parks = _parks(stream(seed, "ponds"), blocks)
    masts = place_lights(stream(seed, "lights"), plan, sections, lines)
    rng = stream(seed, "wiring")
    supply, terrain = wire(rng, plan, sections, lines, masts, terrain=terrain)
    regime = _regimes(stream(seed, "regimes"), supply)
    of_light = supply.light_cabinet
    lamps = equip(stream(seed, "lamps"), masts, regime.led[of_light], regime.led_since[of_light])
    return Town(
        seed=seed,
        plan=plan,
        warp=warp,
        terrain=terrain,
        skeleton=skeleton,
        blocks=blocks,
        sections=sections,
        lines=lines,
        buildings=build(stream(seed, "buildings"), blocks),
        public=public,
        parks=parks,
        watering=plant(stream(seed, "watering"), [park.ground for park in parks]),
        addresses=settle(stream(seed, "people"), plan, blocks, sections, lines),
        crossings=crossings(stream(seed, "crossings"), sections, lines),
        lights=masts,
        supply=supply,
        regime=regime,
        lamps=lamps,
        gateways=_gateways(stream(seed, "gateways"), plan, skeleton, masts),
        districts=districts,
    )


def _districts(rng: np.random.Generator, plan: TownPlan, skeleton: Skeleton) -> list[str]:
    """Gather the faces of the skeleton into quarters and name them."""
    names = word_lists()["districts"]
    reach = 0.62 * plan.radius
    seeds: list[Point] = [
        (plan.bridge_u, plan.quay + 0.3 * reach),
        (plan.bridge_u + 0.6 * reach, -plan.quay - 0.75 * reach),
        (plan.bridge_u - 0.1 * reach, -plan.quay - 0.25 * reach),
    ]
    count = int(np.clip(round(9 * (plan.lights / 5000) ** 0.5), 2, len(names)))
    seeds = spread(rng, skeleton.outline, count, seeds, quay=plan.quay)
    for face in skeleton.faces:
        middle = centre_of(skeleton.subdivision.coordinates(face))
        core = 0 if face.zone == 1 else 2 if face.zone == -1 else None
        nearest = min(range(len(seeds)), key=lambda k: distance(seeds[k], middle))
        face.district = nearest if core is None or not plan.rings else core
    return names[: len(seeds)]


def _public(
    rng: np.random.Generator, plan: TownPlan, skeleton: Skeleton, blocks: Blocks
) -> list[Public]:
    built = []
    for place, face in choose_public(rng, plan, skeleton, blocks):
        ground = block_ground(blocks.subdivision, face)
        if not ground:
            face.style = "square"
            continue
        storeys = (
            1
            if place.use in ("gymnasium", "swimming_pool", "workshop")
            else int(rng.integers(2, 4))
        )
        wings = public_footprints(rng, ground)
        built.append(Public(place.use, place.name, place.followed, wings, storeys))
    return built


def _parks(rng: np.random.Generator, blocks: Blocks) -> list[Park]:
    names = iter(word_lists()["parks"])
    parks = []
    for site in blocks.sites:
        ground = block_ground(blocks.subdivision, site.face) if site.face else []
        if site.purpose == "park" and ground:
            pond = _pond(rng, ground) if area(ground) > 9000 and rng.random() < 0.45 else []
            parks.append(Park(next(names), ground, pond))
    return parks


def _pond(rng: np.random.Generator, ground: Ring) -> Ring:
    """Return a round-cornered sheet of water, half-way to a corner: paths cross in the middle."""
    cx, cy = centre_of(ground)
    size = 0.1 * area(ground) ** 0.5
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    lobes = 1 + 0.16 * np.sin(2 * angles + rng.uniform(0, 6)) + 0.07 * np.sin(3 * angles)
    x, y = ground[int(rng.integers(len(ground)))]
    px, py = cx + 0.46 * (x - cx), cy + 0.46 * (y - cy)
    return [
        (float(px + 1.4 * size * r * np.cos(a)), float(py + size * r * np.sin(a)))
        for r, a in zip(lobes, angles, strict=True)
    ]


def _regimes(rng: np.random.Generator, supply: Supply) -> Regime:
    """Four cabinets in five are renewed; those still on sodium lie in one or two parts of town."""
    count = len(supply.uv)
    corner = rng.permutation(int(supply.substation.max()) + 1)
    late = np.isin(supply.substation, corner[: round(len(corner) / 9)])
    led = np.where(late, rng.random(count) < 0.25, rng.random(count) < 0.97)
    speaking = np.isin(np.arange(count), SPEAKING_CABINETS)
    led |= speaking
    off = led & (rng.random(count) < 0.035) & ~speaking
    dims = led & (rng.random(count) < 0.6)
    since = np.datetime64("2016-04-04") + rng.integers(0, 2200, count)
    return Regime(led, dims, off, since)


def _gateways(
    rng: np.random.Generator, plan: TownPlan, skeleton: Skeleton, lights: Lights
) -> Floats:
    """Gateways stay clear of each other; each hangs on the nearest mast."""
    reach = plan.rings[0] if plan.rings else 0.4 * plan.radius
    first = [(plan.bridge_u + 0.2 * reach, plan.quay + 0.5 * reach)]
    wanted = spread(rng, skeleton.outline, plan.gateways, first, quay=plan.quay)
    masts = [int(np.argmin(np.hypot(*(lights.uv - point).T))) for point in wanted]
    return lights.uv[masts]
