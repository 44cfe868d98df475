"""Addresses and who lives there; crossings."""

from dataclasses import dataclass

import numpy as np

from simulators.city.blocks import Blocks
from simulators.city.lines import Lines, positions, share_out
from simulators.city.plan import Floats, Integers, TownPlan
from simulators.city.streets import HALF_WIDTH_M, Section
from simulators.city.subdivision import NO_STREET

_FRONT_M = {
    "old": 13.0, "faubourg": 19.0, "grid": 20.0, "villas": 25.0, "garden": 29.0, "estate": 45.0,
    "works": 60.0, "public": 80.0,
}  # fmt: skip
"""Street front of one address, by manner of the block. [m]"""
_HOUSEHOLDS = {
    "old": 1.9, "faubourg": 2.1, "grid": 2.4, "villas": 1.05, "garden": 1.0, "estate": 16.0,
    "works": 0.02, "public": 0.0,
}  # fmt: skip
_CROSSING_ON = {
    "boulevard": 0.5,
    "avenue": 0.5,
    "quay": 0.3,
    "faubourg": 0.6,
    "grande_rue": 0.3,
    "rue": 0.06,
}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Address points.

    Attributes
    ----------
    uv : array, shape (n, 2)
        In plan coordinates.
    section : array of int
        Street section.
    number : array of int
        House number: odd on one side, even on the other.
    residents : array of int
        People who live there.
    """

    uv: Floats
    section: Integers
    number: Integers
    residents: Integers


def settle(
    rng: np.random.Generator, plan: TownPlan, blocks: Blocks, sections: list[Section], lines: Lines
) -> Addresses:
    """Put addresses along every built street side and share the population out."""
    styles = [*_FRONT_M, "none"]
    section, side, distance = _doors(lines.lengths)
    style = _style_beside(blocks, sections, section, side, distance, styles=styles)
    front = np.array([*_FRONT_M.values(), np.inf])[style]
    keep = rng.random(len(section)) < _DOOR_STEP_M / front
    section, side, distance, style = section[keep], side[keep], distance[keep], style[keep]
    aside = np.array([HALF_WIDTH_M.get(s.kind, 6.0) for s in sections])[section] - 0.4
    uv = lines.locate(section, distance, aside * side)
    households = np.array([*_HOUSEHOLDS.values(), 0.0])[style]
    weight = households * rng.lognormal(0.0, 0.45, len(section))
    residents = share_out(weight, plan.residents)
    return Addresses(uv, section, _numbers(sections, section, side, uv), residents)


_DOOR_STEP_M = 4.5


def _doors(lengths: Floats) -> tuple[Integers, Floats, Floats]:
    """Every place where a door could be, both sides."""
    counts = np.maximum(1, np.round((lengths - 8.0) / _DOOR_STEP_M)).astype(np.int64)
    section, distance, _ = positions(counts, lengths)
    both = np.tile(section, 2)
    return both, np.repeat([1.0, -1.0], len(section)), np.tile(distance, 2)


def _style_beside(
    blocks: Blocks,
    sections: list[Section],
    section: Integers,
    side: Floats,
    distance: Floats,
    *,
    styles: list[str],
) -> Integers:
    """Manner of the block beside a point of a street, as an index of ``styles``."""
    starts, ends, codes = _sides(blocks, styles)
    path = np.array([s.path for s in sections])[section]
    along = np.array([s.start for s in sections])[section] + distance
    wanted = _key(path, side) + along
    row = np.clip(np.searchsorted(starts, wanted, side="right") - 1, 0, len(starts) - 1)
    inside = (path >= 0) & (starts[row] <= wanted) & (wanted < ends[row])
    return np.where(inside, codes[row], len(styles) - 1)


def _key(path: Integers, side: Floats) -> Floats:
    """Return a number range of its own for each side of each path: no path is 50 km long."""
    return np.asarray((2 * path + (side > 0)) * 50_000.0 + 1.0)


def _sides(blocks: Blocks, styles: list[str]) -> tuple[Floats, Floats, Integers]:
    """Stretches of street sides with the manner of their block, sorted."""
    rows: list[tuple[int, float, float, float, int]] = []
    index = {style: k for k, style in enumerate(styles)}
    for face in blocks.faces:
        code = index.get(face.style, len(styles) - 1)
        for k, path_number in enumerate(face.paths):
            if path_number == NO_STREET:
                continue
            along = blocks.subdivision.paths[path_number].along
            a, b = along[face.ring[k]], along[face.ring[(k + 1) % len(face.ring)]]
            # the ring runs anticlockwise: the block is to the left of its own direction
            rows.append((path_number, 1.0 if b > a else -1.0, min(a, b), max(a, b), code))
    path, side, low, high, codes = (np.array(column) for column in zip(*rows, strict=True))
    key = _key(path, side)
    order = np.argsort(key + low, kind="stable")
    return (key + low)[order], (key + high)[order], codes[order]


def _numbers(sections: list[Section], section: Integers, side: Floats, uv: Floats) -> Integers:
    """House numbers along each street, odd to the left, even to the right."""
    names = sorted({s.name for s in sections})
    rank = {name: k for k, name in enumerate(names)}
    street = np.array([rank[s.name] for s in sections])[section]
    order = np.lexsort((uv @ np.array([1.0, 0.35]), side, street))
    fresh = np.concatenate([[True], (np.diff(street[order]) != 0) | (np.diff(side[order]) != 0)])
    index = np.arange(len(order))
    position = index - np.maximum.accumulate(np.where(fresh, index, 0))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = 2 * position + np.where(side[order] > 0, 1, 2)
    return number


def crossings(rng: np.random.Generator, sections: list[Section], lines: Lines) -> Floats:
    """Pedestrian crossings near the junctions of the busier streets; shape (n, 2)."""
    chance = np.array([_CROSSING_ON.get(s.kind, 0.0) for s in sections])
    long_enough = lines.lengths > 35
    at_start = np.flatnonzero((rng.random(len(sections)) < chance) & long_enough)
    at_end = np.flatnonzero((rng.random(len(sections)) < chance * 0.7) & long_enough)
    section = np.concatenate([at_start, at_end])
    distance = np.concatenate([np.full(len(at_start), 12.0), lines.lengths[at_end] - 12.0])
    return lines.locate(section, distance, np.zeros(len(section)))
