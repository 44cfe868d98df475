"""What each datastream is about, in a city's numbering: learnt once, so values need no join."""

import numpy as np
import polars as pl
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.incidents.city import City
from twin.incidents.times import NEVER
from twin.store.batch_news import Mirror
from twin.store.frames import read_frame
from twin.supply.layout import longs
from twin.supply.ranges import Floats, Ints, Longs, Ragged

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
LAMP, POWER, DIMMING, VOLTAGE, SUPPLY, ONLINE, DEPTH, LEVEL = range(len(PROPERTIES))

PHASES = 4
"""The sum, or a single phase, then phases 1 to 3; further channels of a meter are set aside."""

_OUT_OF_RANGE = 1  # bit of the quality

_STREAMS = pl.Schema(
    [
        ("id", pl.Int32()),
        ("asset_id", pl.Int64()),  # null: a device that is not attached
        ("property", pl.String()),
        ("channel", pl.Int16()),
    ]
)


class Streams:
    """Datastreams by their number, and the quantities that they measure.

    Two devices on one thing may measure the same: what counts is the quantity, with the newest
    word of any of its datastreams.

    Parameters
    ----------
    city : City
        In whose numbering.

    Attributes
    ----------
    quantity : int32 array
        By number of the datastream; -1 for what no law asks, and for things not attached.
    property : int8 array (q)
        Number in ``PROPERTIES`` of each quantity.
    asset : int64 array (q)
        Id of what it is about.
    channel : int16 array (q)
        Of the meter of a supply device; 0 elsewhere.
    rank, place : int32 arrays (q)
        Of the light, or of the supply device; -1 where it is none.
    """

    def __init__(self, city: City) -> None:
        self._city = city
        self._learnt = 0
        self._known = _STREAMS.to_frame()
        self._lay_out()

    def renumber(self, city: City) -> None:
        """Go on in the numbering of a city of the same things."""
        self._city = city
        self._lay_out()

    def __len__(self) -> int:
        """Count the quantities."""
        return len(self.property)

    def learn(self, connection: Connection[TupleRow], highest: int) -> bool:
        """Make sure that every datastream up to a number is known; return whether any was new."""
        if highest <= self._learnt:
            return False
        found = read_frame(connection, "telemetry/datastreams", _STREAMS, {"after": self._learnt})
        numbers = {name: number for number, name in enumerate(PROPERTIES)}
        ours = found.filter(
            pl.col("property").is_in(list(numbers)) & pl.col("asset_id").is_not_null()
        )
        self._known = pl.concat([self._known, ours])
        self._learnt = max(highest, int(longs(found, "id").max(initial=0)))
        self._lay_out()
        return True

    def _lay_out(self) -> None:
        """Give each quantity its number, and gather its datastreams."""
        numbers = {name: number for number, name in enumerate(PROPERTIES)}
        known, supply = self._known, self._city.supply
        stream, asset = longs(known, "id"), longs(known, "asset_id")
        code = known["property"].replace_strict(numbers, return_dtype=pl.Int8).to_numpy()
        metered = (code == VOLTAGE) & (supply.place_of(asset) >= 0)
        channel = np.where(metered, known["channel"].to_numpy(), 0)
        counted = (channel >= 0) & (channel < PHASES)
        stream, key = stream[counted], (asset * len(PROPERTIES) + code) * PHASES + channel
        keys, quantity = np.unique(key[counted], return_inverse=True)
        self.quantity = np.full(self._learnt + 1, -1, np.int32)
        self.quantity[stream] = quantity
        self.channel = (keys % PHASES).astype(np.int16)
        self.property = (keys // PHASES % len(PROPERTIES)).astype(np.int8)
        self.asset = keys // (PHASES * len(PROPERTIES))
        self.rank, self.place = supply.rank_of(self.asset), supply.place_of(self.asset)
        self._of = Ragged.group(quantity, stream.astype(np.int32), len(keys))

    def touched(self, stream: Longs) -> Ints:
        """Return the quantities of some datastreams, each once, ascending."""
        concerned = np.zeros(len(self) + 1, np.bool_)
        concerned[self.quantity[stream]] = True  # the last: those that no law asks
        return np.flatnonzero(concerned[:-1]).astype(np.int32)

    def newest(self, mirror: Mirror, quantity: Ints, until: int) -> tuple[Floats, Longs]:
        """Return the newest word on some quantities: values in range, and none from the future.

        Parameters
        ----------
        until : int
            Readings after this instant are set aside. [µs]

        Returns
        -------
        value, at : arrays
            NaN and ``NEVER`` where there is none. Of two at one instant the datastream learnt
            last counts.
        """
        stream, lengths = self._of.rows(quantity), self._of.lengths[quantity]
        at = mirror.at[stream]
        usable = (mirror.quality[stream] & _OUT_OF_RANGE == 0) & (at <= until)
        at = np.where(usable, at, NEVER)
        if len(stream) > len(quantity):
            first = np.cumsum(lengths) - lengths
            newest = at == np.repeat(np.maximum.reduceat(at, first), lengths)
            number = np.where(newest, np.arange(len(stream)), -1)
            chosen = np.maximum.reduceat(number, first)
            stream, at = stream[chosen], at[chosen]
        return np.where(at > NEVER, mirror.value[stream], np.nan), at

    def ahead(self, mirror: Mirror, quantity: Ints, until: int) -> Ints:
        """Return those of some quantities of which a reading lies after an instant. [µs]"""
        stream = self._of.rows(quantity)
        late = self.quantity[stream[mirror.at[stream] > until]]
        return np.unique(late)
