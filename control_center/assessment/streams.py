"""What each datastream is about, in a city's numbering: learnt once, so values need no join."""

import numpy as np
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.incidents.city import City
from twin.store.frames import read_frame
from twin.supply.layout import longs

PROPERTIES = (
    "lamp_on",
    "active_power",
    "dimming_level",
    "voltage",
    "supply_present",
    "online",
    "water_depth",
    "water_level",
)

_STREAMS = pl.Schema(
    [
        ("id", pl.Int32()),
        ("asset_id", pl.Int64()),  # null: a device that is not attached
        ("property", pl.String()),
        ("channel", pl.Int16()),
    ]
)


class Streams:
    """Datastreams by their number.

    Parameters
    ----------
    city : City
        In whose numbering.

    Attributes
    ----------
    property : int8 array
        Number in ``PROPERTIES``; -1 for others, and for things that are not attached.
    asset : int64 array
        Id of what it is about.
    channel : int16 array
        0 the only one or the sum, 1 to 3 phases.
    rank, place : int32 arrays
        Of the light, or of the supply device; -1 where it is none.
    """

    def __init__(self, city: City) -> None:
        self._city = city
        self._learnt = 0
        self.property = np.full(1, -1, np.int8)
        self.asset = np.full(1, -1, np.int64)
        self.channel = np.zeros(1, np.int16)
        self.rank = np.full(1, -1, np.int32)
        self.place = np.full(1, -1, np.int32)

    def learn(self, connection: Connection[TupleRow], highest: int) -> None:
        """Make sure that every datastream up to a number is known."""
        if highest <= self._learnt:
            return
        found = read_frame(connection, "telemetry/datastreams", _STREAMS, {"after": self._learnt})
        ids = found["id"].to_numpy()
        size = int(ids.max(initial=highest)) + 1
        for name, fill in (("property", -1), ("asset", -1), ("channel", 0), ("rank", -1),
                           ("place", -1)):  # fmt: skip
            old = getattr(self, name)
            grown = np.full(size, fill, old.dtype)
            grown[: len(old)] = old
            setattr(self, name, grown)
        numbers = {name: number for number, name in enumerate(PROPERTIES)}
        asset = longs(found, "asset_id")
        code = found["property"].replace_strict(numbers, default=-1, return_dtype=pl.Int8)
        self.property[ids] = np.where(asset >= 0, code.to_numpy(), -1)
        self.asset[ids], self.channel[ids] = asset, found["channel"].to_numpy()
        self.rank[ids] = self._city.supply.rank_of(asset)
        self.place[ids] = self._city.supply.place_of(asset)
        self._learnt = size - 1
