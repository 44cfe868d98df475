"""The simulator's own sun: declination and equation of time (Meeus, low precision).

It is kept apart from ``twin.lighting.sun`` on purpose: the town is lit by one, its savings are
computed with the other, so an error in either shows.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Instants = npt.NDArray[np.datetime64]

_J2000 = np.datetime64("2000-01-01T12:00:00", "us")
_DAY_US = 86_400e6
SWITCHING_ELEVATION = -3.0
"""Elevation of the sun at which street lights are switched. [deg]"""


def _declination_and_time(instants: Instants) -> tuple[Floats, Floats]:
    """Return the sun's declination [rad] and the equation of time [rad]."""
    days = (instants.astype("datetime64[us]") - _J2000).astype(np.float64) / _DAY_US
    mean_longitude = np.radians((280.460 + 0.9856474 * days) % 360)
    anomaly = np.radians((357.528 + 0.9856003 * days) % 360)
    centre = np.radians(1.915) * np.sin(anomaly) + np.radians(0.020) * np.sin(2 * anomaly)
    longitude = mean_longitude + centre
    obliquity = np.radians(23.439 - 4e-7 * days)
    declination = np.arcsin(np.sin(obliquity) * np.sin(longitude))
    ascension = np.arctan2(np.cos(obliquity) * np.sin(longitude), np.cos(longitude))
    equation = (mean_longitude - ascension + np.pi) % (2 * np.pi) - np.pi
    return declination, equation


def elevation(instants: Instants, latitude: float, longitude: float) -> Floats:
    """Return the sun's elevation, refraction aside. [deg]

    Parameters
    ----------
    instants : array of datetime64
        UTC.
    latitude, longitude : float
        [deg], east positive.
    """
    instants = np.asarray(instants).astype("datetime64[us]")
    declination, equation = _declination_and_time(instants)
    midnight = instants.astype("datetime64[D]")
    day_share = (instants - midnight).astype(np.float64) / _DAY_US
    hour_angle = 2 * np.pi * (day_share - 0.5) + np.radians(longitude) + equation
    phi = np.radians(latitude)
    sine = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(
        hour_angle
    )
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1, 1))))


def crossings(
    days: Instants, latitude: float, longitude: float, at: float = SWITCHING_ELEVATION
) -> tuple[Instants, Instants]:
    """Return the instants at which the sun rises and sinks through an elevation on each day. [UTC]

    Parameters
    ----------
    days : array of datetime64[D]
        Dates; the crossings are those round the local noon of each.
    at : float
        Elevation. [deg]

    Returns
    -------
    dawn, dusk : arrays of datetime64[us]
        NaT where the sun stays on one side all day.
    """
    solar_noon_us = 43_200_000_000 - round(longitude * 240e6)
    midnight = np.asarray(days).astype("datetime64[D]").astype("datetime64[us]")
    noon = np.asarray(midnight + np.timedelta64(solar_noon_us, "us"), dtype="datetime64[us]")
    phi, height = np.radians(latitude), np.radians(at)
    found = []
    for sign in (-1.0, 1.0):
        instants = noon
        for _ in range(4):
            declination, equation = _declination_and_time(instants)
            cosine = (np.sin(height) - np.sin(phi) * np.sin(declination)) / (
                np.cos(phi) * np.cos(declination)
            )
            angle = sign * np.arccos(np.clip(cosine, -1, 1)) - equation
            instants = noon + np.round(angle / (2 * np.pi) * _DAY_US).astype("timedelta64[us]")
        found.append(np.where(np.abs(cosine) > 1, np.datetime64("NaT"), instants))
    return found[0], found[1]
