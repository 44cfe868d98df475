"""One link changed, the layout kept: a light moved to another device, a device under another one.

What moves is one block of places and one block of ranks; everything between its old and its new
spot shifts, everything else stays. The result equals ``Supply.build`` of the changed network, to
the last element, without sorting a city.
"""

from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from twin.supply.layout import NONE, Supply
from twin.supply.ranges import Ints, Longs


@dataclass(frozen=True, slots=True)
class _Shift:
    """A block ``[start, stop)`` that moves in front of ``to``, which lies outside it."""

    start: int
    stop: int
    to: int

    @property
    def bounds(self) -> tuple[int, int]:
        """What is touched at all."""
        return min(self.start, self.to), max(self.stop, self.to)

    def source(self) -> Longs:
        """Say where what comes to stand in ``bounds`` stood."""
        block = np.arange(self.start, self.stop)
        if self.to <= self.start:
            return np.concatenate([block, np.arange(self.to, self.start)])
        return np.concatenate([np.arange(self.stop, self.to), block])


def with_light_on(supply: Supply, light: int, device: int, group: Longs | None = None) -> Supply:
    """Hang a light on another device.

    Parameters
    ----------
    light, device : int
        Ids; ``NONE`` for the device: nobody knows any more what feeds it.
    group : int64 array (m), optional
        Group of each light, by rank, if the layout was built with groups.

    Returns
    -------
    Supply

    Raises
    ------
    KeyError
        No such light, or no such device.
    """
    rank = int(supply.rank_of(np.array([light]))[0])
    place = len(supply) if device == NONE else int(supply.place_of(np.array([device]))[0])
    if rank < 0 or place < 0:
        raise KeyError(light if rank < 0 else device)
    left = supply.light_device[rank] if supply.light_device[rank] >= 0 else len(supply)
    start, stop = _own_lights(supply, place)
    before = _before(supply, rank, slice(start, stop), group)
    moved = _move_lights(supply, _Shift(rank, rank + 1, start + before))
    at = rank if start + before in {rank, rank + 1} else moved.rank_of(np.array([light]))[0]
    hung = moved.light_device.copy()
    hung[at] = NONE if place == len(supply) else place
    places = np.arange(len(supply))
    first = supply.first_light + (places > left).astype(np.int32) * -1 + (places > place)
    last = supply.last_light + (supply.end > left).astype(np.int32) * -1 + (supply.end > place)
    unfed = {*supply.defects.unsupplied_lights} - {light} | ({light} if device == NONE else set())
    return _changed(
        moved,
        light_device=hung,
        first_light=first.astype(np.int32),
        last_light=last.astype(np.int32),
        defects=replace(supply.defects, unsupplied_lights=tuple(sorted(unfed))),
    )


def with_device_under(supply: Supply, device: int, parent: int) -> Supply:
    """Hang a device, and all that hangs on it, under another one.

    Parameters
    ----------
    device, parent : int
        Ids; ``NONE`` for the parent: the device is a source.

    Raises
    ------
    KeyError
        No such device.
    ValueError
        The parent hangs under the device itself, or the device lies on a loop: lay the network
        out anew (``Supply.build``).
    """
    place = int(supply.place_of(np.array([device]))[0])
    above = NONE if parent == NONE else int(supply.place_of(np.array([parent]))[0])
    if place < 0 or (parent != NONE and above < 0):
        raise KeyError(device if place < 0 else parent)
    stop = int(supply.end[place])
    if place <= above < stop:
        raise ValueError(f"{parent} hangs under {device}: it would feed itself")
    if supply.mesh is not None and place in supply.mesh.device:
        raise ValueError(f"{device} lies on a loop")
    shift = _Shift(place, stop, _place_among(supply, place, above))
    low, high = shift.bounds
    came_from = np.arange(len(supply))
    came_from[low:high] = shift.source()
    went_to = np.empty(len(supply), np.int32)
    went_to[came_from] = np.arange(len(supply), dtype=np.int32)
    hangs = supply.parent.copy()
    hangs[place] = above
    size = _sizes(supply, place, above)[came_from]
    hangs = hangs[came_from]
    end = (np.arange(len(supply)) + size).astype(np.int32)
    own = np.diff(np.append(supply.first_light, _supplied(supply)))[came_from]
    first = np.concatenate([[0], np.cumsum(own)])
    lights = _Shift(
        int(supply.first_light[place]),
        int(supply.last_light[place]),
        _supplied(supply) if shift.to == len(supply) else int(supply.first_light[shift.to]),
    )
    moved = _move_lights(supply, lights)
    places = np.append(went_to, NONE).astype(np.int32)
    told = {*supply.defects.unknown_parent}, {*supply.defects.self_fed}
    ids, order = supply.device_index
    return _changed(
        moved,
        device_index=(ids, went_to[order]),
        device_id=supply.device_id[came_from],
        parent=np.where(hangs < 0, NONE, places[hangs]).astype(np.int32),
        end=end,
        levels=_levels(supply, place, above, came_from),
        first_light=first[:-1].astype(np.int32),
        last_light=first[end].astype(np.int32),
        light_device=places[moved.light_device],
        mesh=None if supply.mesh is None else supply.mesh.moved(went_to),
        defects=replace(
            supply.defects,
            unknown_parent=tuple(sorted(told[0] - {device})),
            self_fed=tuple(sorted(told[1] - {device})),
        ),
    )


def _supplied(supply: Supply) -> int:
    """Count the lights that have a device: the rest come last."""
    return int(np.searchsorted(supply.light_device == NONE, True))


def _own_lights(supply: Supply, place: int) -> tuple[int, int]:
    """Ranks of the lights that hang on a device itself; past the last one: of those on none."""
    if place == len(supply):
        return _supplied(supply), len(supply.light_id)
    last = place + 1 == len(supply)
    stop = _supplied(supply) if last else int(supply.first_light[place + 1])
    return int(supply.first_light[place]), stop


def _before(supply: Supply, rank: int, own: slice, group: Longs | None) -> int:
    """How many of a device's own lights come before one: by group, then by id."""
    others = supply.light_id[own]
    if group is None:
        return int((others < supply.light_id[rank]).sum())
    earlier = group[own] < group[rank]
    equal = (group[own] == group[rank]) & (others < supply.light_id[rank])
    return int((earlier | equal).sum())


def _move_lights(supply: Supply, shift: _Shift) -> Supply:
    """Move a block of lights; intervals are left to the caller."""
    if shift.to in {shift.start, shift.stop} or shift.start == shift.stop:
        return supply
    low, high = shift.bounds
    source = shift.source()
    moved: dict[str, object] = {}
    for name in ("light_id", "light_device"):
        values = getattr(supply, name).copy()
        values[low:high] = values[source]
        moved[name] = values
    for name in ("sum_cm", "sum_residents", "sum_unknown"):
        sums = getattr(supply, name).copy()
        own = np.diff(sums[low : high + 1])
        sums[low + 1 : high + 1] = sums[low] + np.cumsum(own[source - low])
        moved[name] = sums
    ids, order = supply.light_index
    stood = np.flatnonzero((order >= low) & (order < high))
    went_to = np.empty(high - low, np.int32)
    went_to[source - low] = np.arange(low, high, dtype=np.int32)
    order = order.copy()
    order[stood] = went_to[order[stood] - low]
    return _changed(supply, light_index=(ids, order), **moved)


def _changed(supply: Supply, **values: object) -> Supply:
    """Copy a layout with some arrays changed: what looks ids up is given, not sorted again."""
    made = copy(supply)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made


def _place_among(supply: Supply, place: int, above: int) -> int:
    """Place in front of which a device comes to stand: siblings are in the order of their ids."""
    siblings = np.flatnonzero(supply.parent == above)
    siblings = siblings[siblings != place]
    later = siblings[supply.device_id[siblings] > supply.device_id[place]]
    if len(later):
        return int(later[0])
    return len(supply) if above == NONE else int(supply.end[above])


def _sizes(supply: Supply, place: int, above: int) -> Longs:
    """Devices in each subtree once one has moved, still by the old places."""
    size = (supply.end - np.arange(len(supply))).astype(np.int64)
    moved = int(size[place])
    for start, change in ((int(supply.parent[place]), -moved), (above, moved)):
        up = start
        while up != NONE:
            size[up] += change
            up = int(supply.parent[up])
    return size


def _levels(supply: Supply, place: int, above: int, came_from: Longs) -> tuple[Ints, ...]:
    """Places by depth once a device has moved."""
    depth = np.empty(len(supply), np.int16)
    for level, places in enumerate(supply.levels):
        depth[places] = level
    wanted = 0 if above == NONE else int(depth[above]) + 1
    depth[place : supply.end[place]] += np.int16(wanted - int(depth[place]))
    depth = depth[came_from]
    order = np.argsort(depth, kind="stable").astype(np.int32)
    return tuple(np.split(order, np.flatnonzero(np.diff(depth[order])) + 1))
