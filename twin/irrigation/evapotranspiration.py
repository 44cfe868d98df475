"""Reference evapotranspiration, after FAO Irrigation and Drainage Paper 56 (1998).

Equation numbers in the docstrings are the paper's. All functions take scalars or arrays that
broadcast, and return arrays; NaN in, NaN out. Latitudes are degrees, north positive.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

FloatArray = npt.NDArray[np.float64]
Numbers = npt.ArrayLike

SOLAR_CONSTANT = 0.0820  # [MJ/(m² min)]
STEFAN_BOLTZMANN = 4.903e-9  # [MJ/(K⁴ m² d)]
ALBEDO = 0.23  # of the reference grass
MM_PER_MJ = 0.408  # inverse of the latent heat of 2.45 MJ/kg, which FAO-56 takes as constant
NIGHT_CLOUDINESS = 0.5  # Rs/Rso where the sun does not rise: FAO-56's humid nights, 0.4 to 0.6

PENMAN_MONTEITH = "fao56_penman_monteith"
PENMAN_MONTEITH_DEW = "fao56_penman_monteith_dew_from_t_min"
HARGREAVES = "hargreaves"


class Sky(NamedTuple):
    """What reaches the top of the air above a place in one day."""

    extraterrestrial: FloatArray
    """Ra, eq. 21. [MJ/(m² d)]"""
    daylight_h: FloatArray
    """N, eq. 34. [h]"""


def saturation_pressure(temperature_c: Numbers) -> FloatArray:
    """Saturation vapour pressure, eq. 11. [kPa]"""
    t = np.asarray(temperature_c, dtype=np.float64)
    pressure: FloatArray = 0.6108 * np.exp(17.27 * t / (t + 237.3))
    return pressure


def pressure_slope(temperature_c: Numbers) -> FloatArray:
    """Slope of the saturation pressure curve, eq. 13. [kPa/°C]"""
    t = np.asarray(temperature_c, dtype=np.float64)
    slope: FloatArray = 4098.0 * saturation_pressure(t) / (t + 237.3) ** 2
    return slope


def mean_saturation_pressure(t_min_c: Numbers, t_max_c: Numbers) -> FloatArray:
    """Mean saturation pressure of a day, eq. 12: of its extremes, not of its mean. [kPa]"""
    return (saturation_pressure(t_max_c) + saturation_pressure(t_min_c)) / 2


def actual_pressure(
    t_min_c: Numbers, t_max_c: Numbers, rh_min: Numbers, rh_max: Numbers
) -> FloatArray:
    """Actual vapour pressure of a day, eq. 17; humidities in per cent. [kPa]

    Where a humidity is missing the dew point is taken as the day's minimum temperature, eq. 48.
    """
    low, high = np.asarray(rh_min, dtype=np.float64), np.asarray(rh_max, dtype=np.float64)
    measured = (saturation_pressure(t_min_c) * high + saturation_pressure(t_max_c) * low) / 200
    return np.where(np.isnan(measured), saturation_pressure(t_min_c), measured)


def psychrometric_constant(altitude_m: Numbers) -> FloatArray:
    """Psychrometric constant from the altitude, eq. 7 and 8. [kPa/°C]"""
    pressure = 101.3 * ((293 - 0.0065 * np.asarray(altitude_m, dtype=np.float64)) / 293) ** 5.26
    constant: FloatArray = 0.000665 * pressure
    return constant


def wind_at_2m(speed_m_s: Numbers, height_m: Numbers) -> FloatArray:
    """Wind at two metres from a measurement at another height, eq. 47. [m/s]"""
    u, h = np.asarray(speed_m_s, dtype=np.float64), np.asarray(height_m, dtype=np.float64)
    wind: FloatArray = u * 4.87 / np.log(67.8 * h - 5.42)
    return wind


def sky(latitude_deg: Numbers, day_of_year: Numbers) -> Sky:
    """Extraterrestrial radiation and possible sunshine, eq. 21 to 25 and 34.

    The sunset hour angle is limited to [0, π]: midnight sun and polar night included.
    """
    phi = np.deg2rad(np.asarray(latitude_deg, dtype=np.float64))
    turn = 2 * np.pi * np.asarray(day_of_year, dtype=np.float64) / 365
    distance = 1 + 0.033 * np.cos(turn)
    declination = 0.409 * np.sin(turn - 1.39)
    sunset = np.arccos(np.clip(-np.tan(phi) * np.tan(declination), -1.0, 1.0))
    radiation = (24 * 60 / np.pi * SOLAR_CONSTANT * distance) * (
        sunset * np.sin(phi) * np.sin(declination)
        + np.cos(phi) * np.cos(declination) * np.sin(sunset)
    )
    return Sky(np.maximum(radiation, 0.0), 24 * sunset / np.pi)


def radiation_from_sunshine(sunshine_h: Numbers, above: Sky) -> FloatArray:
    """Global radiation from hours of sunshine, eq. 35 (Ångström). [MJ/(m² d)]"""
    share = np.asarray(sunshine_h, dtype=np.float64) / above.daylight_h
    radiation: FloatArray = (0.25 + 0.50 * share) * above.extraterrestrial
    return radiation


def clear_sky_radiation(altitude_m: Numbers, above: Sky) -> FloatArray:
    """Global radiation of a cloudless day, eq. 37. [MJ/(m² d)]"""
    altitude = np.asarray(altitude_m, dtype=np.float64)
    radiation: FloatArray = (0.75 + 2e-5 * altitude) * above.extraterrestrial
    return radiation


def net_radiation(
    radiation_mj_m2: Numbers,
    *,
    t_min_c: Numbers,
    t_max_c: Numbers,
    vapour_pressure_kpa: Numbers,
    altitude_m: Numbers,
    above: Sky,
) -> FloatArray:
    """Net radiation at the reference grass, eq. 38 to 40. [MJ/(m² d)]"""
    radiation = np.asarray(radiation_mj_m2, dtype=np.float64)
    clear = clear_sky_radiation(altitude_m, above)
    ratio = np.divide(
        radiation, clear, out=np.full(np.broadcast(radiation, clear).shape, np.nan), where=clear > 0
    )
    ratio = np.where(clear > 0, np.clip(ratio, 0.3, 1.0), NIGHT_CLOUDINESS)
    kelvin4 = [(np.asarray(t, dtype=np.float64) + 273.16) ** 4 for t in (t_min_c, t_max_c)]
    humidity = 0.34 - 0.14 * np.sqrt(np.asarray(vapour_pressure_kpa, dtype=np.float64))
    lost = STEFAN_BOLTZMANN * (kelvin4[0] + kelvin4[1]) / 2 * humidity * (1.35 * ratio - 0.35)
    net: FloatArray = (1 - ALBEDO) * radiation - lost
    return net


def penman_monteith(
    *,
    t_min_c: Numbers,
    t_max_c: Numbers,
    vapour_pressure_kpa: Numbers,
    wind_2m_m_s: Numbers,
    net_radiation_mj_m2: Numbers,
    altitude_m: Numbers,
    soil_heat_mj_m2: Numbers = 0.0,
) -> FloatArray:
    """Return the reference evapotranspiration, eq. 6. [mm/d]

    ``soil_heat_mj_m2`` is G: 0 for a day, ``0.14 (T_month - T_previous_month)`` for a month
    (eq. 44). A very humid, dark day may give a slightly negative value: dew.
    """
    t_min, t_max = np.asarray(t_min_c, dtype=np.float64), np.asarray(t_max_c, dtype=np.float64)
    t_mean = (t_min + t_max) / 2
    wind = np.asarray(wind_2m_m_s, dtype=np.float64)
    slope, gamma = pressure_slope(t_mean), psychrometric_constant(altitude_m)
    deficit = mean_saturation_pressure(t_min, t_max) - np.asarray(vapour_pressure_kpa)
    energy = np.asarray(net_radiation_mj_m2) - np.asarray(soil_heat_mj_m2)
    evaporated: FloatArray = (
        MM_PER_MJ * slope * energy + gamma * 900 / (t_mean + 273) * wind * deficit
    ) / (slope + gamma * (1 + 0.34 * wind))
    return evaporated


def hargreaves(t_min_c: Numbers, t_max_c: Numbers, above: Sky) -> FloatArray:
    """Evapotranspiration from temperatures alone, eq. 52: a fallback, named as such. [mm/d]"""
    t_min, t_max = np.asarray(t_min_c, dtype=np.float64), np.asarray(t_max_c, dtype=np.float64)
    spread = np.sqrt(np.maximum(t_max - t_min, 0.0))
    evaporated: FloatArray = (
        0.0023 * ((t_min + t_max) / 2 + 17.8) * spread * MM_PER_MJ * above.extraterrestrial
    )
    return evaporated


def daily_reference_et(
    weather: pl.DataFrame, *, latitude_deg: float, altitude_m: float
) -> pl.DataFrame:
    """Add the reference evapotranspiration to rows of daily weather.

    Parameters
    ----------
    weather : DataFrame, one row per local day
        day : date; t_min_c, t_max_c : float [°C]; rh_min, rh_max : float [%], null: not measured;
        wind_2m_m_s : float [m/s], radiation_mj_m2 : float [MJ/(m² d)], null: not measured.
    latitude_deg, altitude_m : float
        Of the station.

    Returns
    -------
    DataFrame
        The same rows with ``et0_mm`` : float [mm/d], never below zero, null where temperatures are
        missing, and ``et0_method`` : str, which of Penman-Monteith, Penman-Monteith with the dew
        point taken from the minimum temperature, or Hargreaves gave it.
    """
    columns = {
        name: weather[name].cast(pl.Float64).to_numpy().astype(np.float64)
        for name in ("t_min_c", "t_max_c", "rh_min", "rh_max", "wind_2m_m_s", "radiation_mj_m2")
    }
    above = sky(latitude_deg, day_of_year(weather["day"].to_list()))
    pressure = actual_pressure(*(columns[n] for n in ("t_min_c", "t_max_c", "rh_min", "rh_max")))
    temperatures = {"t_min_c": columns["t_min_c"], "t_max_c": columns["t_max_c"]}
    full = penman_monteith(
        **temperatures,
        vapour_pressure_kpa=pressure,
        wind_2m_m_s=columns["wind_2m_m_s"],
        altitude_m=altitude_m,
        net_radiation_mj_m2=net_radiation(
            columns["radiation_mj_m2"],
            **temperatures,
            vapour_pressure_kpa=pressure,
            altitude_m=altitude_m,
            above=above,
        ),
    )
    poor = np.isnan(full)
    dry = np.isnan(columns["rh_min"]) | np.isnan(columns["rh_max"])
    evaporated = np.where(poor, hargreaves(**temperatures, above=above), full)
    method = np.where(poor, HARGREAVES, np.where(dry, PENMAN_MONTEITH_DEW, PENMAN_MONTEITH))
    return weather.with_columns(
        pl.Series("et0_mm", np.maximum(evaporated, 0.0)).fill_nan(None),
        pl.Series("et0_method", method.tolist(), dtype=pl.String),
    )


def day_of_year(days: Sequence[date]) -> npt.NDArray[np.int64]:
    """Return the place of each date within its year, from 1."""
    return np.array([day.timetuple().tm_yday for day in days], dtype=np.int64)
