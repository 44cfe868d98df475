"""The reference city of floods and outages: any size, seeded, without a Python loop over lights.

A light every 30 m on a jittered grid, about 12 a feeder and 36 a cabinet, 8 % of cabinets below
another one, 8 cabinets a substation, a gateway for 500 lights, a sensor for 5 (30 % on mains, heard
by one to four gateways), crossings and schools, population by cells of 200 m, one plinth in ten
unknown; a river, and along it a flood of a hundred polygons over 8 % of the city.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import shapely

from twin.incidents.flood import Shapes, Sites
from twin.incidents.surroundings import Surroundings
from twin.supply import Supply
from twin.supply.ranges import Floats, Longs, apportion

SPACING_M = 30.0
TILE = 6  # lights on the side of a cabinet's tile
STREET = 18  # lights in a row that make a street
GATEWAY_TILE = 22  # 484 lights a gateway
CELL = 7  # lights on the side of a population cell: 210 m
PEOPLE_PER_LIGHT = 6.0
FLOODED_SHARE = 0.08

Array = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ReferenceCity:
    """A city as flat arrays; devices are numbered substations, cabinets, feeders.

    Attributes
    ----------
    parent : int64 (n)
        Of each device; -1 at a substation.
    site_x, site_y, plinth_m : float64 (s)
        Of substations and cabinets, the first s devices. [m]
    light_device, street, cm, residents : int64 (m)
        Of each light. [-, -, cm, thousandths]
    side : int
        Lights on a side of the grid.
    """

    parent: Array
    site_x: Floats
    site_y: Floats
    plinth_m: Floats
    light_device: Array
    street: Array
    cm: Array
    residents: Array
    side: int

    @property
    def lights(self) -> int:
        """Number of lights."""
        return len(self.light_device)

    @property
    def extent_m(self) -> float:
        """Side of the city. [m]"""
        return self.side * SPACING_M

    def supply(self) -> Supply:
        """Lay the network out."""
        n = len(self.parent)
        return Supply.build(
            np.arange(n, dtype=np.int64),
            self.parent,
            np.arange(self.lights, dtype=np.int64),
            self.light_device,
            cm=self.cm,
            residents=self.residents,
            group=self.street,
        )

    def sites(self) -> Sites:
        """Index where devices stand."""
        s = len(self.site_x)
        return Sites(
            np.arange(s, dtype=np.int64),
            x=self.site_x,
            y=self.site_y,
            plinth_m=self.plinth_m,
            source=["measured"] * s,
        )


@dataclass(frozen=True, slots=True)
class Around:
    """What hangs on the lights, as flat pairs.

    Attributes
    ----------
    stretch_light : int64 (q, 2)
        Two lights that cover each stretch; the street of the first is its street.
    place_light, place_of : int64 (e)
        Lights around places; places are numbered crossings first.
    crossings, places : int
        How many.
    gateway_device : int64 (g)
        What feeds each gateway.
    sensor_device : int64 (k)
        What feeds each sensor; -1 on battery.
    heard_gateway, heard_sensor : int64 (h)
        Who hears whom, each pair once.
    """

    stretch_light: Array
    place_light: Array
    place_of: Array
    crossings: int
    places: int
    gateway_device: Array
    sensor_device: Array
    heard_gateway: Array
    heard_sensor: Array


def reference_city(lights: int, seed: int = 7) -> ReferenceCity:
    """Make a city of about so many lights."""
    random = np.random.default_rng(seed)
    side = round(lights**0.5)
    row, column = np.divmod(np.arange(side * side, dtype=np.int64), side)
    tiles = -(-side // TILE)
    tile = (row // TILE) * tiles + column // TILE
    cabinets = tiles * tiles
    blocks = -(-tiles // 4)
    tile_row, tile_column = np.divmod(np.arange(cabinets), tiles)
    block = (tile_row // 2) * blocks + tile_column // 4
    numbers, substation = np.unique(block, return_inverse=True)
    substations = len(numbers)
    below = (random.random(cabinets) < 0.08) & (tile_column > 0)
    above = np.arange(cabinets) - 1
    below &= ~np.roll(below, 1)  # a sub-cabinet hangs from a cabinet, not from a sub-cabinet
    cabinet_parent = np.where(below, substations + above, substation)
    feeder = tile * 3 + (row % TILE) // 2
    used, feeder = np.unique(feeder, return_inverse=True)
    feeder_parent = substations + used // 3
    middle = (np.stack([tile_column, tile_row], 1) + 0.5) * TILE * SPACING_M
    middle += random.normal(0, 20, middle.shape)
    posts = np.stack(
        [np.bincount(substation, middle[:, axis]) / np.bincount(substation) for axis in (0, 1)], 1
    )
    sites = np.concatenate([posts, middle])
    plinth = random.uniform(0.1, 0.5, len(sites)).round(2)
    plinth[random.random(len(sites)) < 0.1] = np.nan
    cells = -(-side // CELL)
    cell = (row // CELL) * cells + column // CELL
    people = random.gamma(0.8, PEOPLE_PER_LIGHT / 0.8, cells * cells) * CELL * CELL * 1000
    m = side * side
    return ReferenceCity(
        parent=np.concatenate([np.full(substations, -1), cabinet_parent, feeder_parent]).astype(
            np.int64
        ),
        site_x=sites[:, 0].copy(),
        site_y=sites[:, 1].copy(),
        plinth_m=plinth,
        light_device=(substations + cabinets + feeder).astype(np.int64),
        street=row * -(-side // STREET) + column // STREET,
        cm=random.integers(2_400, 3_601, m),
        residents=apportion(people.astype(np.int64), cell.astype(np.int32), np.ones(m, np.int64)),
        side=side,
    )


def around(city: ReferenceCity, seed: int = 11) -> Around:
    """Add stretches, places, gateways and sensors."""
    random = np.random.default_rng(seed)
    m, side = city.lights, city.side
    light = np.arange(m, dtype=np.int64)
    follows = (light % side) % STREET < STREET - 1
    follows &= light % side < side - 1
    neighbour = np.where(follows, light + 1, light)
    crossing = light[random.random(m) < 1 / 8]
    kerb = random.integers(1, 5, len(crossing))
    school = light[random.random(m) < 1 / 380]
    walk = random.integers(12, 28, len(school))
    size = np.concatenate([kerb, walk])
    first = np.concatenate([crossing, school])
    place_of = np.repeat(np.arange(len(size)), size)
    step = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    place_light = np.minimum(np.repeat(first, size) + step, m - 1)
    pairs = np.unique(np.stack([place_of, place_light], 1), axis=0)
    gateways_side = -(-side // GATEWAY_TILE)
    gateway_row, gateway_column = np.divmod(np.arange(gateways_side**2), gateways_side)
    middle = np.minimum(
        np.minimum(gateway_row * GATEWAY_TILE + GATEWAY_TILE // 2, side - 1) * side
        + np.minimum(gateway_column * GATEWAY_TILE + GATEWAY_TILE // 2, side - 1),
        m - 1,
    )
    watched = light[::5]
    own = (watched // side // GATEWAY_TILE) * gateways_side + (watched % side) // GATEWAY_TILE
    heard = [np.stack([own, np.arange(len(watched))], 1)]
    for shift in (1, gateways_side, gateways_side + 1):
        also = random.random(len(watched)) < 0.5
        other = np.minimum(own + shift, gateways_side**2 - 1)
        heard.append(np.stack([other, np.arange(len(watched))], 1)[also])
    hears = np.unique(np.concatenate(heard), axis=0)
    mains = random.random(len(watched)) < 0.3
    return Around(
        stretch_light=np.stack([light, neighbour], 1),
        place_light=pairs[:, 1],
        place_of=pairs[:, 0],
        crossings=len(crossing),
        places=len(size),
        gateway_device=city.parent[city.light_device[middle]],
        sensor_device=np.where(mains, city.light_device[watched], -1),
        heard_gateway=hears[:, 0],
        heard_sensor=hears[:, 1],
    )


def surroundings(city: ReferenceCity, supply: Supply, found: Around) -> Surroundings:
    """Lay out what hangs on the lights."""
    kinds = np.where(np.arange(found.places) < found.crossings, "crossing", "school")
    none_if_negative = pl.when(pl.col("supply_id") >= 0).then(pl.col("supply_id"))
    sensors = pl.DataFrame(
        {"sensor_id": np.arange(len(found.sensor_device)), "supply_id": found.sensor_device}
    )
    return Surroundings.build(
        supply,
        pl.DataFrame({"asset_id": np.arange(city.lights), "street_id": city.street}),
        stretches=pl.DataFrame(
            {
                "stretch_id": np.arange(city.lights),
                "street_id": city.street,
                "length_cm": np.full(city.lights, 3_000),
                "light_ids": found.stretch_light,
            }
        ).with_columns(pl.col("light_ids").arr.to_list()),
        places=pl.DataFrame(
            {
                "place_id": found.place_of,
                "kind": kinds[found.place_of],
                "light_id": found.place_light,
            }
        ),
        gateways=pl.DataFrame(
            {
                "gateway_id": np.arange(len(found.gateway_device)),
                "supply_id": found.gateway_device,
                "backup_h": np.zeros(len(found.gateway_device)),
            }
        ),
        sensors=sensors.with_columns(supply_id=none_if_negative),
        hears=pl.DataFrame({"gateway_id": found.heard_gateway, "sensor_id": found.heard_sensor}),
    )


def river_flood(
    city: ReferenceCity, *, share: float = FLOODED_SHARE, polygons: int = 100, seed: int = 3
) -> tuple[Shapes, Floats]:
    """Draw a flood along the river: polygons of 96 vertices and their depths. [m]"""
    random = np.random.default_rng(seed)
    side = city.extent_m
    radius = (share * side**2 / polygons / np.pi) ** 0.5 * 1.06
    along = (np.arange(polygons) + 0.5) / polygons
    x = along * side
    y = side * (0.5 + 0.25 * np.sin(2 * np.pi * along * 1.5)) + random.normal(0, radius, polygons)
    turn = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    wave = 1 + 0.2 * np.sin(3 * turn + random.uniform(0, 6, (polygons, 1)))
    wave += random.normal(0, 0.02, (polygons, 96))
    rings = np.stack(
        [x[:, None] + radius * wave * np.cos(turn), y[:, None] + radius * wave * np.sin(turn)], 2
    )
    return shapely.polygons(rings), random.uniform(0.05, 1.8, polygons)


def local_flood(city: ReferenceCity, seed: int = 5) -> tuple[Shapes, Floats]:
    """Draw a flood of two square kilometres in the middle of the city."""
    share = 2e6 / city.extent_m**2
    shapes, depth = river_flood(city, share=share, polygons=4, seed=seed)
    middle = city.extent_m / 2
    moved = [
        shapely.affinity.translate(
            shape, middle - shape.centroid.x + 700 * k, middle - shape.centroid.y
        )
        for k, shape in enumerate(shapes)
    ]
    return np.array(moved, object), depth


__all__ = [
    "Around",
    "Longs",
    "ReferenceCity",
    "around",
    "local_flood",
    "reference_city",
    "river_flood",
    "surroundings",
]
