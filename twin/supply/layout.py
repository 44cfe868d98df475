"""``Supply``: devices in preorder, lights in the order of their device, exact prefix sums."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from twin.supply.mesh import Mesh, split
from twin.supply.order import preorder
from twin.supply.ranges import Flags, Floats, Ints, Longs, apportion, index_of, prefix_sum

NONE = -1
"""Stands for "no such thing" wherever a place or an id is expected."""


@dataclass(frozen=True, slots=True)
class Defects:
    """What the register gets wrong; answers stay true around it and say so.

    Attributes
    ----------
    cycles : tuple of tuple of int
        Devices (ids) that feed one another and that no source feeds.
    self_fed : tuple of int
        Devices said to feed themselves; the link is set aside.
    unknown_parent : tuple of int
        Devices whose parent is no device that we know; they count as sources.
    unsupplied_lights : tuple of int
        Lights without a supply device, or with one that we do not know: never counted as dark.
    """

    cycles: tuple[tuple[int, ...], ...] = ()
    self_fed: tuple[int, ...] = ()
    unknown_parent: tuple[int, ...] = ()
    unsupplied_lights: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return any((self.cycles, self.self_fed, self.unknown_parent, self.unsupplied_lights))


@dataclass(frozen=True, slots=True)
class Supply:
    """A supply network, ready for questions.

    A *place* is a device's number in preorder; a *rank* is a light's number in light order. Both
    are what the laws work with; ids are the caller's.

    Attributes
    ----------
    device_id : int64 array (n)
        Id of the device at each place.
    parent : int32 array (n)
        Place of the device it hangs from; -1 for a source and for devices of a mesh's core.
    end : int32 array (n)
        The subtree at ``k`` is the places ``[k, end[k])``.
    levels : tuple of int32 arrays
        Places by depth, parents before children.
    first_light, last_light : int32 array (n)
        Lights of the subtree at ``k``: ranks ``[first_light[k], last_light[k])``.
    light_id : int64 array (m)
        Id of the light at each rank. Lights without supply come last, outside every interval.
    light_device : int32 array (m)
        Place of the nearest device of each light; -1 without one.
    sum_cm, sum_residents, sum_unknown : int64 array (m + 1)
        Prefix sums over ranks: length of street that lights answer for [cm], residents
        [thousandths], lights whose residents are not known.
    mesh : Mesh or None
        Loops and dual feeds; None where everything is a tree.
    defects : Defects
        What the register gets wrong.
    device_index, light_index : pair of int64 and int32 arrays
        Ids in order, and the place or the rank of each.
    """

    device_id: Longs
    parent: Ints
    end: Ints
    levels: tuple[Ints, ...]
    first_light: Ints
    last_light: Ints
    light_id: Longs
    light_device: Ints
    sum_cm: Longs
    sum_residents: Longs
    sum_unknown: Longs
    mesh: Mesh | None = None
    defects: Defects = field(default_factory=Defects)
    device_index: tuple[Longs, Ints] = field(init=False, repr=False)
    light_index: tuple[Longs, Ints] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "device_index", _sorted(self.device_id))
        object.__setattr__(self, "light_index", _sorted(self.light_id))

    def __len__(self) -> int:
        return len(self.device_id)

    @classmethod
    def build(
        cls,
        device: Longs,
        parent: Longs,
        light: Longs,
        light_supply: Longs,
        *,
        cm: Longs | None = None,
        residents: Longs | None = None,
        residents_known: Flags | None = None,
        group: Longs | None = None,
        more_links: tuple[Longs, Longs] | None = None,
    ) -> "Supply":
        """Lay a network out.

        Parameters
        ----------
        device, parent : int64 array (n)
            Distinct device ids and the id of what feeds each; -1 for a source.
        light, light_supply : int64 array (m)
            Distinct light ids and the id of the nearest device; -1 where it is not known.
        cm : int64 array (m), optional
            Length of street that each light answers for; 0 by default. [cm]
        residents : int64 array (m), optional
            Residents along that length; not known by default. [thousandths]
        residents_known : bool array (m), optional
            False where ``residents`` means nothing.
        group : int64 array (m), optional
            Lights of one device are stored by group (the street), which makes totals by street
            faster.
        more_links : pair of int64 arrays, optional
            Further closed links, child and parent: loops and dual feeds.
        """
        links, defects = _links(device, parent, more_links)
        ids = np.sort(device)
        hangs_from, mesh, cycles = split(*links, len(ids))
        numbered = preorder(hangs_from)
        supplied = index_of(ids, light_supply)
        place = np.append(numbered.place, len(ids))[supplied].astype(np.int64)  # -1: the last
        order = _light_order(place, light, group)
        key = place[order]
        known = np.zeros(len(light), np.bool_) if residents is None else residents_known
        if known is None:
            known = np.ones(len(light), np.bool_)
        people = np.zeros(len(light), np.int64) if residents is None else residents
        return cls(
            device_id=ids[numbered.order],
            parent=numbered.parent,
            end=numbered.end,
            levels=numbered.levels,
            first_light=np.searchsorted(key, np.arange(len(ids))).astype(np.int32),
            last_light=np.searchsorted(key, numbered.end).astype(np.int32),
            light_id=light[order],
            light_device=np.where(key < len(ids), key, NONE).astype(np.int32),
            sum_cm=prefix_sum((np.zeros(len(light), np.int64) if cm is None else cm)[order]),
            sum_residents=prefix_sum(np.where(known, people, 0)[order]),
            sum_unknown=prefix_sum((~known)[order].astype(np.int64)),
            mesh=None if mesh is None else mesh.moved(numbered.place),
            defects=Defects(
                cycles=tuple(tuple(ids[np.array(cycle)].tolist()) for cycle in cycles),
                self_fed=defects.self_fed,
                unknown_parent=defects.unknown_parent,
                unsupplied_lights=tuple(np.sort(light[supplied < 0]).tolist()),
            ),
        )

    @classmethod
    def from_frames(
        cls,
        devices: pl.DataFrame,
        lights: pl.DataFrame,
        sections: pl.DataFrame | None = None,
        more_links: pl.DataFrame | None = None,
    ) -> "Supply":
        """Lay a network out from frames.

        Parameters
        ----------
        devices : DataFrame
            ``asset_id``, ``parent_id`` (null: a source); see ``twin.model.frames``.
        lights : DataFrame
            ``asset_id``, ``supply_id`` (null: not known) and, where there are any,
            ``attributed_cm``, ``section_id``, ``street_id``.
        sections : DataFrame, optional
            ``section_id``, ``residents_thousandths`` (null: not known): residents are shared
            among the lights of each section by the length that each answers for.
        more_links : DataFrame, optional
            ``child_id``, ``parent_id``: loops and dual feeds.
        """
        cm = longs(lights, "attributed_cm", 0)
        residents, known = residents_of_lights(lights, sections, cm)
        links = None
        if more_links is not None:
            links = longs(more_links, "child_id"), longs(more_links, "parent_id")
        return cls.build(
            longs(devices, "asset_id"),
            longs(devices, "parent_id"),
            longs(lights, "asset_id"),
            longs(lights, "supply_id"),
            cm=cm,
            residents=residents,
            residents_known=known,
            group=longs(lights, "street_id"),
            more_links=links,
        )

    def place_of(self, ids: Longs) -> Ints:
        """Return the places of devices; -1 where an id is none of ours."""
        return _look_up(self.device_index, ids)

    def rank_of(self, ids: Longs) -> Ints:
        """Return the ranks of lights; -1 where an id is none of ours."""
        return _look_up(self.light_index, ids)

    def lights_below(self) -> Longs:
        """Count the lights below each device, at once: the ranking "if only this one failed"."""
        return (self.last_light - self.first_light).astype(np.int64)

    def downward(self, own: Floats, link: Floats) -> Floats:
        """Carry a probability down the tree.

        ``q = 1 - (1 - own) (1 - link q_parent)``: a device is dead by itself, or because its
        parent is dead and the link to it is as the register says.

        Parameters
        ----------
        own : float array (n)
            Probability that each device is out itself.
        link : float array (n)
            Confidence of the link to its parent.

        Returns
        -------
        float64 array (n)
            Probability that each device carries no supply.
        """
        dead = own.astype(np.float64).copy()
        for places in self.levels[1:]:
            dead[places] = 1 - (1 - own[places]) * (1 - link[places] * dead[self.parent[places]])
        return dead


def residents_of_lights(
    lights: pl.DataFrame, sections: pl.DataFrame | None, cm: Longs
) -> tuple[Longs, Flags]:
    """Share the residents of each section of street among its lights.

    Returns
    -------
    residents : int64 array (m)
        Shares; those of a section sum to its residents exactly. [thousandths]
    known : bool array (m)
        False where the section's residents are not known, or where no section of the territory
        has any and the light is on none.
    """
    nobody = np.zeros(len(lights), np.int64)
    if sections is None or "section_id" not in lights.columns:
        return nobody, np.zeros(len(lights), np.bool_)
    sections = sections.sort("section_id")
    counted = sections["residents_thousandths"].is_not_null().to_numpy()
    which = index_of(longs(sections, "section_id"), longs(lights, "section_id"))
    shares = apportion(longs(sections, "residents_thousandths", 0), which, cm)
    known = np.where(which >= 0, counted[which] if len(counted) else False, counted.any())
    return shares, known.astype(np.bool_)


def longs(frame: pl.DataFrame, column: str, null: int = NONE) -> Longs:
    """Return a column as int64, nulls filled; all null where the frame lacks it."""
    if column not in frame.columns:
        return np.full(len(frame), null, np.int64)
    return frame[column].cast(pl.Int64).fill_null(null).to_numpy()


def _links(
    device: Longs, parent: Longs, more: tuple[Longs, Longs] | None
) -> tuple[tuple[Ints, Ints], Defects]:
    """Return closed links between device numbers (rank of the id), each once, and defects."""
    ids = np.sort(device)
    if len(ids) > 1 and (ids[1:] == ids[:-1]).any():
        raise ValueError("device ids must be distinct")
    fed = parent != NONE
    child_id, parent_id = device[fed], parent[fed]
    if more is not None:
        child_id = np.concatenate([child_id, more[0]])
        parent_id = np.concatenate([parent_id, more[1]])
    child, above = index_of(ids, child_id), index_of(ids, parent_id)
    defects = Defects(
        self_fed=tuple(np.unique(child_id[child_id == parent_id]).tolist()),
        unknown_parent=tuple(np.unique(child_id[(child >= 0) & (above < 0)]).tolist()),
    )
    sound = (child >= 0) & (above >= 0) & (child != above)
    pair = np.sort(child[sound].astype(np.int64) * len(ids) + above[sound])
    pair = pair[np.append(True, pair[1:] > pair[:-1])[: len(pair)]]
    return (
        (pair // max(len(ids), 1)).astype(np.int32),
        (pair % max(len(ids), 1)).astype(np.int32),
    ), defects


def _light_order(place: Longs, light: Longs, group: Longs | None) -> Longs:
    """Lights by device, then group, then id."""
    by_id = np.argsort(light, kind="stable")
    if group is not None:
        by_id = by_id[np.argsort(group[by_id], kind="stable")]
    return by_id[np.argsort(place[by_id], kind="stable")]


def _sorted(ids: Longs) -> tuple[Longs, Ints]:
    order = np.argsort(ids, kind="stable").astype(np.int32)
    return ids[order], order


def _look_up(index: tuple[Longs, Ints], wanted: Longs) -> Ints:
    ids, order = index
    at = index_of(ids, np.asarray(wanted, np.int64))
    if not len(ids):
        return at
    return np.where(at >= 0, order[at], NONE).astype(np.int32)
