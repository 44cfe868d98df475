"""What hangs on lights and cabinets: streets, stretches, places, gateways, sensors.

Built once beside a ``Supply``, in its numbering, so that an outage is answered by slices.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from twin.supply import Supply
from twin.supply.layout import NONE, longs
from twin.supply.ranges import Floats, Ints, Longs, Ragged, index_of, prefix_sum, rows_of


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches of street, each under the lowest device that feeds all the lights covering it.

    A stretch is dark when all its lights are. So those under a dead device are dark with it: one
    slice of rows. Only stretches that lights of several devices cover may be dark otherwise.

    Attributes
    ----------
    id : int64 array (s)
        By place of their common device, then by street; those without one come last.
    lights : Ragged
        Ranks that cover each.
    first : int32 array (n + 1)
        Rows ``[first[k], first[end[k]])`` are under the device at ``k``.
    sum_cm : int64 array (s + 1)
        Prefix sums of lengths over rows. [cm]
    run_of : int32 array (n + 1)
        Runs ``[run_of[k], run_of[end[k]])`` are under the device at ``k``.
    run_start : int32 array (r + 1)
        Where runs of one street under one device begin; the last is s.
    run_street : int64 array (r)
        Number of the street of each; -1 without.
    wide, wide_last : int32 arrays (w)
        Rows of the stretches that several devices cover, by their lowest light, and the highest
        light of each.
    wide_first : int32 array (m + 1)
        ``wide[wide_first[a]:wide_first[b]]`` begin at ranks ``[a, b)``.
    """

    id: Longs
    lights: Ragged
    first: Ints
    sum_cm: Longs
    run_of: Ints
    run_start: Ints
    run_street: Longs
    wide: Ints
    wide_last: Ints
    wide_first: Ints

    def __len__(self) -> int:
        return len(self.id)

    @property
    def street(self) -> Longs:
        """Number of the street of each stretch; -1 without."""
        return np.repeat(self.run_street, np.diff(self.run_start))


@dataclass(frozen=True, slots=True)
class Places:
    """Crossings, schools and the like, with the lights around them.

    Attributes
    ----------
    id, kind : arrays (p)
        Id and kind.
    lights : int32 array (p)
        How many lights stand around; a place with none is unknown, never dark.
    of_light : Ragged
        For each light rank, the places it belongs to.
    """

    id: Longs
    kind: np.ndarray[tuple[int], np.dtype[np.str_]]
    lights: Ints
    of_light: Ragged


@dataclass(frozen=True, slots=True)
class Radio:
    """Gateways and the sensors they hear.

    Attributes
    ----------
    gateway_id : int64 array (g)
        Ids, by the place of the device that feeds them; those of unknown supply come last.
    gateway_place : int32 array (g)
        Place of that device; ``len(supply)`` where not known.
    backup_h : float array (g)
        Hours that a gateway lives without supply; 0 without battery. [h]
    sensor_id : int64 array (s)
        Ids, by place of supply; battery sensors come last.
    sensor_place : int32 array (s)
        Place of the device that feeds it; ``len(supply)`` for a battery.
    hears : Ragged
        For each gateway, the sensors it hears, each once.
    heard_by : int32 array (s)
        By how many gateways each is heard; 0: not known.
    """

    gateway_id: Longs
    gateway_place: Ints
    backup_h: Floats
    sensor_id: Longs
    sensor_place: Ints
    hears: Ragged
    heard_by: Ints


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything that an outage can touch beyond lights.

    Attributes
    ----------
    street_id : int64 array (k)
        Streets, ascending.
    street_of_light : int32 array (m)
        Number of the street of each light rank; -1 without.
    run_start : int32 array (r + 1)
        Where runs of lights of one street and one device begin; the last is m.
    run_of : int32 array (m + 1)
        Run of each light rank; the last is r.
    run_by_street : int32 array (r)
        Rank of each run when runs are sorted by street.
    runs_nowhere : int
        How many of them, the first, are on no street.
    """

    street_id: Longs
    street_of_light: Ints
    run_start: Ints
    run_of: Ints
    run_by_street: Ints
    runs_nowhere: int
    stretches: Stretches
    places: Places
    radio: Radio

    @classmethod
    def build(
        cls,
        supply: Supply,
        lights: pl.DataFrame,
        *,
        stretches: pl.DataFrame | None = None,
        places: pl.DataFrame | None = None,
        gateways: pl.DataFrame | None = None,
        sensors: pl.DataFrame | None = None,
        hears: pl.DataFrame | None = None,
    ) -> "Surroundings":
        """Lay out what surrounds a supply network; what is not given is empty.

        Parameters
        ----------
        lights : DataFrame
            ``asset_id``, ``street_id`` (null: on no street).
        stretches : DataFrame, optional
            ``stretch_id``, ``street_id``, ``length_cm``, ``light_ids``.
        places : DataFrame, optional
            ``place_id``, ``kind``, ``light_id``: one row a light around a place; null for a
            place without any.
        gateways : DataFrame, optional
            ``gateway_id``, ``supply_id`` (null: not known), ``backup_h`` (null: no battery).
        sensors : DataFrame, optional
            ``sensor_id``, ``supply_id`` (null: on battery, or not known).
        hears : DataFrame, optional
            ``gateway_id``, ``sensor_id``.
        """
        street = longs(lights, "street_id")
        streets = np.unique(street[street != NONE])
        in_rank = np.full(len(supply.light_id), NONE, np.int32)
        in_rank[supply.rank_of(longs(lights, "asset_id"))] = index_of(streets, street)
        new = np.ones(len(in_rank) + 1, np.bool_)
        new[1:-1] = (in_rank[1:] != in_rank[:-1]) | (np.diff(supply.light_device) != 0)
        starts = np.flatnonzero(new).astype(np.int32)
        by_street = np.argsort(in_rank[starts[:-1]], kind="stable")
        run_by_street = np.empty(len(by_street), np.int32)
        run_by_street[by_street] = np.arange(len(by_street), dtype=np.int32)
        return cls(
            street_id=streets,
            street_of_light=in_rank,
            run_start=starts,
            run_of=(np.cumsum(new) - 1).astype(np.int32),
            run_by_street=run_by_street,
            runs_nowhere=int((in_rank[starts[:-1]] < 0).sum()),
            stretches=_stretches(supply, streets, stretches),
            places=_places(supply, places),
            radio=_radio(supply, gateways, sensors, hears),
        )


def _stretches(supply: Supply, streets: Longs, frame: pl.DataFrame | None) -> Stretches:
    if frame is None:
        frame = _NO_STRETCHES
    frame = frame.filter(pl.col("light_ids").list.len() > 0)
    covering = frame.select(row=pl.int_range(pl.len(), dtype=pl.Int64), light="light_ids").explode(
        "light", empty_as_null=True
    )
    rank = supply.rank_of(longs(covering, "light"))
    row = covering["row"].to_numpy()
    order = np.lexsort((rank, row))
    lit_by = Ragged.group(row[order], rank[order], len(frame))
    low, high = (lit_by.values[lit_by.ptr[at:][: len(frame)] - at] for at in (0, 1))
    street = index_of(streets, longs(frame, "street_id")).astype(np.int64)
    common = _common_device(supply, low, high)
    by_place = np.lexsort((low, street, common))
    common, street = common[by_place], street[by_place]
    low, high = low[by_place], high[by_place]
    head = np.ones(len(frame) + 1, np.bool_)
    head[1:-1] = (street[1:] != street[:-1]) | (common[1:] != common[:-1])
    starts = np.flatnonzero(head).astype(np.int32)
    places = np.arange(len(supply) + 1)
    device = np.append(supply.light_device, NONE)
    wide = np.flatnonzero((low >= 0) & (device[low] != device[high]))
    wide = wide[np.argsort(low[wide], kind="stable")]
    ptr = np.concatenate([[0], np.cumsum(lit_by.lengths[by_place])]).astype(np.int32)
    return Stretches(
        id=longs(frame, "stretch_id")[by_place],
        lights=Ragged(ptr, lit_by.rows(by_place)),
        first=np.searchsorted(common, places).astype(np.int32),
        sum_cm=prefix_sum(longs(frame, "length_cm", 0)[by_place]),
        run_of=np.searchsorted(common[starts[:-1]], places).astype(np.int32),
        run_start=starts if len(frame) else starts[:1],
        run_street=street[starts[:-1]],
        wide=wide.astype(np.int32),
        wide_last=high[wide],
        wide_first=np.searchsorted(low[wide], np.arange(len(supply.light_id) + 1)).astype(np.int32),
    )


_NO_STRETCHES = pl.DataFrame(
    schema=pl.Schema(
        [
            ("stretch_id", pl.Int64()),
            ("street_id", pl.Int64()),
            ("length_cm", pl.Int64()),
            ("light_ids", pl.List(pl.Int64())),
        ]
    )
)


def _common_device(supply: Supply, low: Ints, high: Ints) -> Longs:
    """Lowest device above all lights from rank ``low`` to ``high``; ``len(supply)`` without one.

    An unknown light, rank -1, hangs on nothing: its stretch is never dark.
    """
    at = np.where(low >= 0, np.append(supply.light_device, NONE)[low], NONE).astype(np.int64)
    last = np.append(supply.last_light, 0)
    while (climbing := (at >= 0) & (last[at] <= high)).any():
        at[climbing] = supply.parent[at[climbing]]
    return np.where(at >= 0, at, len(supply))


def _places(supply: Supply, frame: pl.DataFrame | None) -> Places:
    m = len(supply.light_id)
    if frame is None or not len(frame):
        none = np.empty(0, np.int32)
        return Places(
            none.astype(np.int64), none.astype(str), none, Ragged(np.zeros(m + 1, np.int32), none)
        )
    known = frame.select("place_id", "kind").unique("place_id").sort("place_id")
    ids = longs(known, "place_id")
    around = frame.filter(pl.col("light_id").is_not_null()).unique(["place_id", "light_id"])
    rank = supply.rank_of(longs(around, "light_id"))
    place = index_of(ids, longs(around, "place_id"))
    ours = rank >= 0
    order = np.argsort(place[ours], kind="stable")
    return Places(
        id=ids,
        kind=known["kind"].to_numpy().astype(str),
        lights=np.bincount(place[ours], minlength=len(ids)).astype(np.int32),
        of_light=Ragged.group(rank[ours][order], place[ours][order], m),
    )


def _radio(
    supply: Supply,
    gateways: pl.DataFrame | None,
    sensors: pl.DataFrame | None,
    hears: pl.DataFrame | None,
) -> Radio:
    gateway, gateway_place, by_place = _fed(supply, gateways, "gateway_id")
    sensor, sensor_place, _ = _fed(supply, sensors, "sensor_id")
    backup = np.zeros(len(gateway))
    if gateways is not None and "backup_h" in gateways.columns:
        backup = gateways["backup_h"].cast(pl.Float64).fill_null(0.0).to_numpy()[by_place]
    pairs = np.empty((0, 2), np.int32)
    if hears is not None and len(hears):
        heard = hears.unique(["gateway_id", "sensor_id"])
        pairs = np.stack(
            [
                rows_of(gateway, longs(heard, "gateway_id")),
                rows_of(sensor, longs(heard, "sensor_id")),
            ],
            axis=1,
        )
        pairs = pairs[(pairs >= 0).all(axis=1)]
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return Radio(
        gateway_id=gateway,
        gateway_place=gateway_place,
        backup_h=backup,
        sensor_id=sensor,
        sensor_place=sensor_place,
        hears=Ragged.group(pairs[:, 0], pairs[:, 1], len(gateway)),
        heard_by=np.bincount(pairs[:, 1], minlength=len(sensor)).astype(np.int32),
    )


def _fed(supply: Supply, frame: pl.DataFrame | None, column: str) -> tuple[Longs, Ints, Longs]:
    """Ids by place of supply, those places, and the order of the frame's rows."""
    if frame is None or not len(frame):
        return np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int64)
    ids = longs(frame, column)
    place = supply.place_of(longs(frame, "supply_id"))
    place = np.where(place < 0, len(supply), place).astype(np.int32)
    order = np.lexsort((ids, place))
    return ids[order], place[order], order
