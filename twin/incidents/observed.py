"""What instruments and people last said, as arrays in the city's numbering."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from twin.incidents.city import City
from twin.incidents.light_states import UNSAID
from twin.incidents.sightings import Sightings
from twin.incidents.times import NEVER
from twin.supply.ranges import Floats, Longs

Codes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class LightNews:
    """Last report of each light; arrays of one length (m), by rank.

    Attributes
    ----------
    reported_at : int64
        ``NEVER`` without. [µs]
    reported : int8
        ``ON``, ``OFF`` or ``UNSAID``.
    ordered_level, power_w, voltage_v : float
        Dimming level, power, voltage of that report; NaN without. [%, W, V]
    interval_s : float
        Expected time between two reports; NaN where nothing watches it. [s]
    known_since : int64
        Since when its instrument is registered; ``NEVER`` where that is not known. [µs]
    """

    reported_at: Longs
    reported: Codes
    ordered_level: Floats
    power_w: Floats
    voltage_v: Floats
    interval_s: Floats
    known_since: Longs


@dataclass(frozen=True, slots=True)
class DeviceNews:
    """Last readings at each supply device; arrays of one length (n), by place.

    Attributes
    ----------
    supply : int8
        1 present, 0 absent, -1 nothing measured.
    supply_at : int64
        [µs]
    voltage_v : float
        Lowest of its phases; NaN without. [V]
    voltage_at : int64
        [µs]
    depth_m : float
        Depth of water that an instrument in it reads; NaN without. [m]
    depth_at : int64
        [µs]
    interval_s : float
        Of its meter; NaN without one. [s]
    inspected_at : int64
        Last recorded inspection; ``NEVER`` without. [µs]
    inspected_by : list of str
        Who made it; empty without.
    """

    supply: Codes
    supply_at: Longs
    voltage_v: Floats
    voltage_at: Longs
    depth_m: Floats
    depth_at: Longs
    interval_s: Floats
    inspected_at: Longs
    inspected_by: list[str]


@dataclass(frozen=True, slots=True)
class RadioNews:
    """Gateways (g) and sensors (s), in the order of ``surroundings.radio``.

    Attributes
    ----------
    online : int8 (g)
        1 the network server says online, 0 offline, -1 it says nothing.
    online_at : int64 (g)
        [µs]
    seen_at : int64 (s)
        Last message of each sensor; ``NEVER`` without. [µs]
    interval_s : float (s)
        NaN not known. [s]
    known_since : int64 (s)
        Since when each is registered; ``NEVER`` where that is not known. [µs]
    """

    online: Codes
    online_at: Longs
    seen_at: Longs
    interval_s: Floats
    known_since: Longs


@dataclass(frozen=True, slots=True)
class River:
    """One reading of a river gauge.

    Attributes
    ----------
    level_m : float
        Above the zero of the gauge. [m]
    at : int
        [µs]
    """

    code: str
    name: str
    level_m: float
    at: int


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that was last said, by whom it concerns.

    Attributes
    ----------
    sightings : Sightings
        What people and cameras said they saw of late.
    """

    lights: LightNews
    devices: DeviceNews
    radio: RadioNews
    rivers: tuple[River, ...] = ()
    sightings: Sightings = field(default_factory=Sightings.none)

    @classmethod
    def silence(cls, city: City) -> "Observed":
        """Return what is observed in a city where no instrument was ever heard."""
        m, n = len(city.supply.light_id), len(city.supply)
        radio = city.surroundings.radio
        g, s = len(radio.gateway_id), len(radio.sensor_id)

        def never(size: int) -> Longs:
            return np.full(size, NEVER, np.int64)

        def unsaid(size: int) -> Codes:
            return np.full(size, UNSAID, np.int8)

        def nan(size: int) -> Floats:
            return np.full(size, np.nan)

        return cls(
            lights=LightNews(never(m), unsaid(m), nan(m), nan(m), nan(m), nan(m), never(m)),
            devices=DeviceNews(
                unsaid(n), never(n), nan(n), never(n), nan(n), never(n), nan(n), never(n), [""] * n
            ),
            radio=RadioNews(unsaid(g), never(g), never(s), nan(s), never(s)),
        )
