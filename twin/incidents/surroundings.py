"""What hangs on lights and cabinets: streets, stretches, places, gateways, sensors.

Built once beside a ``Supply``, in its numbering, so that an outage is answered by slices.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from twin.supply import Supply
from twin.supply.layout import NONE, longs
from twin.supply.ranges import Floats, Ints, Longs, Ragged, index_of


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches of street, by the lowest light rank that covers them.

    A stretch is dark when all its lights are. Sorted so, the stretches that begin inside an
    interval are one slice, and those that end inside it too need no look at their lights.

    Attributes
    ----------
    id, length_cm, street : arrays (s)
        Id, length [cm], number of its street (-1 without).
    first : int32 array (m + 1)
        Stretches ``[first[a], first[b])`` begin at ranks ``[a, b)``.
    last : int32 array (s)
        Highest rank that covers it.
    lights : Ragged
        Ranks that cover each.
    """

    id: Longs
    length_cm: Longs
    street: Ints
    first: Ints
    last: Ints
    lights: Ragged


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
    """

    street_id: Longs
    street_of_light: Ints
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
        return cls(
            street_id=streets,
            street_of_light=in_rank,
            stretches=_stretches(supply, streets, stretches),
            places=_places(supply, places),
            radio=_radio(supply, gateways, sensors, hears),
        )


def _stretches(supply: Supply, streets: Longs, frame: pl.DataFrame | None) -> Stretches:
    m = len(supply.light_id)
    if frame is None or not len(frame):
        none = np.empty(0, np.int32)
        empty = Ragged(np.zeros(1, np.int32), none)
        return Stretches(
            none.astype(np.int64),
            none.astype(np.int64),
            none,
            np.zeros(m + 1, np.int32),
            none,
            empty,
        )
    covering = frame.select(
        row=pl.int_range(len(frame), dtype=pl.Int64), light="light_ids"
    ).explode("light")
    rank = supply.rank_of(longs(covering, "light"))
    row = covering["row"].to_numpy()
    order = np.lexsort((rank, row))
    row, rank = row[order], rank[order]  # an unknown light stays as -1: never dark, nor its stretch
    head = np.flatnonzero(np.concatenate([[True], row[1:] != row[:-1]]))
    low, high = rank[head], np.maximum.reduceat(rank, head)
    by_first = np.argsort(low, kind="stable")
    lengths = np.diff(np.append(head, len(row)))
    lit_by = Ragged(np.append(head, len(row)).astype(np.int32), rank)
    ptr = np.concatenate([[0], np.cumsum(lengths[by_first])]).astype(np.int32)
    return Stretches(
        id=longs(frame, "stretch_id")[by_first],
        length_cm=longs(frame, "length_cm", 0)[by_first],
        street=index_of(streets, longs(frame, "street_id"))[by_first],
        first=np.searchsorted(low[by_first], np.arange(m + 1)).astype(np.int32),
        last=high[by_first],
        lights=Ragged(ptr, lit_by.rows(by_first)),
    )


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
                _number_of(gateway, longs(heard, "gateway_id")),
                _number_of(sensor, longs(heard, "sensor_id")),
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


def _number_of(ids: Longs, wanted: Longs) -> Ints:
    order = np.argsort(ids)
    at = index_of(ids[order], wanted)
    if not len(ids):
        return at
    return np.where(at >= 0, order[at], NONE).astype(np.int32)
