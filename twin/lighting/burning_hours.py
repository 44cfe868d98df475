"""How long lights burn: the night from the sun, cut by windows of the local clock.

A night belongs to the date of its evening. Windows are wall-clock times, so that a 23:00 to 05:00
switch-off lasts seven hours on the night when clocks go back and five when they go forward.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.lighting.sun import (
    SWITCHING_ELEVATION_DEG,
    Crossings,
    FloatArray,
    crossings,
    hour_angle_cosine,
    sun_position,
    to_centuries,
)
from twin.local_time import Days, InstantArray, LocalWindow, as_days, midnights

_HOUR = np.timedelta64(3_600_000_000, "us")
_DAY = np.timedelta64(1, "D")
_SECOND = np.timedelta64(1_000_000, "us")


def night_hours(
    days: Days,
    latitude: npt.ArrayLike,
    longitude: npt.ArrayLike,
    elevation_deg: float = SWITCHING_ELEVATION_DEG,
) -> FloatArray:
    """Return the length of each night; NaN where the sun does not cross. [h]

    Parameters are those of ``twin.lighting.sun.crossings``: this is the exact form.
    """
    return lengths(crossings(days, latitude, longitude, elevation_deg))


def lengths(nights: Crossings) -> FloatArray:
    """Return how long spans last; NaN for NaT. [h]"""
    hours: FloatArray = (nights.dawn - nights.dusk) / _HOUR
    return hours


def burning_hours(
    nights: Crossings, off: tuple[LocalWindow, ...] = (), *, evenings: Days, timezone: str
) -> FloatArray:
    """Return the hours lit each night: from dusk to dawn less the windows that switch off. [h]

    Parameters
    ----------
    nights : Crossings
        Arrays whose last axis runs over the evenings.
    off : tuple of LocalWindow
        Must not overlap one another.
    evenings : array of datetime64 or iterable of date
    timezone : str
        IANA name of the local clock.
    """
    lit = lengths(nights)
    for window in off:
        lit = lit - window_hours(nights, Crossings(*window.instants(evenings, timezone)))
    return lit


def window_hours(nights: Crossings, window: Crossings) -> FloatArray:
    """Return the hours of each night that fall in a window; NaN where there is no night. [h]"""
    opens, closes = np.maximum(nights.dusk, window.dusk), np.minimum(nights.dawn, window.dawn)
    return np.maximum((closes - opens) / _HOUR, 0.0)


def local_day_hours(
    days: Days,
    latitude: npt.ArrayLike,
    longitude: npt.ArrayLike,
    *,
    timezone: str,
    elevation_deg: float = SWITCHING_ELEVATION_DEG,
) -> FloatArray:
    """Return the dark hours of each civil day, midnight to midnight, as a meter's day has them.

    The end of the night before and the beginning of the night that follows; a meter that is read
    at midnight sees half of each. [h; NaN where the sun does not cross]
    """
    dates = as_days(days)
    before = crossings(dates - _DAY, latitude, longitude, elevation_deg)
    after = crossings(dates, latitude, longitude, elevation_deg)
    return _within_days(before, after, dates, timezone)


def civil_day_hours(nights: Crossings, days: InstantArray, timezone: str) -> FloatArray:
    """Return the dark hours of civil days from nights that were computed before. [h]

    Parameters
    ----------
    nights : Crossings, arrays (…, n + 1)
        Of the evening before the first day to the evening of the last.
    days : datetime64[D] array (n,)
        Consecutive.
    """
    before = Crossings(nights.dusk[..., :-1], nights.dawn[..., :-1])
    after = Crossings(nights.dusk[..., 1:], nights.dawn[..., 1:])
    return _within_days(before, after, days, timezone)


def _within_days(
    before: Crossings, after: Crossings, days: InstantArray, timezone: str
) -> FloatArray:
    day = Crossings(midnights(days, timezone), midnights(days + _DAY, timezone))
    return window_hours(before, day) + window_hours(after, day)


@dataclass(frozen=True, slots=True)
class CityNights:
    """One sun for a city, and how its nights change within it, to first order.

    Over 11 km x 12 km the first order is within 0.2 s of the exact form; a test holds it.

    Attributes
    ----------
    latitude, longitude : float
        The middle of the city. [deg]
    dusk, dawn : datetime64[us] array (n,)
        There. [UTC]
    dusk_s_per_deg, dawn_s_per_deg : array (n,)
        What a degree of latitude adds to each. [s/deg]
    """

    latitude: float
    longitude: float
    dusk: InstantArray
    dawn: InstantArray
    dusk_s_per_deg: FloatArray
    dawn_s_per_deg: FloatArray

    @classmethod
    def around(
        cls,
        days: Days,
        latitude: float,
        longitude: float,
        elevation_deg: float = SWITCHING_ELEVATION_DEG,
    ) -> "CityNights":
        """Compute the nights of the city's middle, and their slopes in latitude."""
        nights = crossings(days, latitude, longitude, elevation_deg)
        slopes = [
            side * _hour_angle_slope(moments, latitude, elevation_deg)
            for side, moments in ((1.0, nights.dusk), (-1.0, nights.dawn))
        ]
        return cls(latitude, longitude, *nights, *slopes)

    def hours(self, latitude: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return the length of each night at each light. [h]

        Parameters
        ----------
        latitude : array_like (L,)
            The longitude moves both ends alike: it changes no length.

        Returns
        -------
        float32 array (L, n)
            Within some milliseconds of double precision.
        """
        north = np.asarray(latitude, dtype=np.float64) - self.latitude
        middle = ((self.dawn - self.dusk) / _HOUR).astype(np.float32)
        slope = ((self.dawn_s_per_deg - self.dusk_s_per_deg) / 3600.0).astype(np.float32)
        hours = np.multiply.outer(north.astype(np.float32), slope)
        hours += middle
        return hours

    def crossings(self, latitude: npt.ArrayLike, longitude: npt.ArrayLike) -> Crossings:
        """Return dusk and dawn at each light, arrays (L, n). [UTC]"""
        north = np.asarray(latitude, dtype=np.float64)[..., None] - self.latitude
        east_s = (np.asarray(longitude, dtype=np.float64)[..., None] - self.longitude) * -240.0
        return Crossings(
            self.dusk + (north * self.dusk_s_per_deg + east_s) * _SECOND,
            self.dawn + (north * self.dawn_s_per_deg + east_s) * _SECOND,
        )


def _hour_angle_slope(moments: InstantArray, latitude: float, elevation_deg: float) -> FloatArray:
    """Change of the crossing's hour angle with latitude, in seconds a degree."""
    phi = np.float64(np.deg2rad(latitude))
    declination, _ = sun_position(to_centuries(moments))
    cosine = hour_angle_cosine(np.asarray(phi), declination, elevation_deg)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope: FloatArray = (
            np.sin(declination) - np.sin(np.deg2rad(elevation_deg)) * np.sin(phi)
        ) / (np.cos(phi) ** 2 * np.cos(declination) * np.sqrt(1 - cosine**2))
    return slope * 240.0
