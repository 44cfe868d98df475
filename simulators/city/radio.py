"""Gateways, and how loudly each hears a device."""

from dataclasses import dataclass

import numpy as np

from simulators.city.plan import Floats, Integers, rounded

NOISE_FLOOR_DBM = -117.0
_AT_100_M_DBM, _PER_DECADE_DB = -84.0, 38.0
_SHADOW_DB = 6.0
_HEARD_ABOVE_DBM = -121.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which gateways hear each device, loudest first.

    Attributes
    ----------
    gateway : array of int, shape (devices, k)
        -1 where fewer than k hear it.
    rssi : array, shape (devices, k)
        Usual strength. [dBm]
    """

    gateway: Integers
    rssi: Floats


def coverage(
    rng: np.random.Generator, devices: Floats, gateways: Floats, most: int = 4
) -> Coverage:
    """Work out who hears whom.

    Log-distance loss of a town: 38 dB a decade, 6 dB of shadowing; a device is heard by its nearest
    gateway in any case, since somebody tried it when it was put up.

    Parameters
    ----------
    devices, gateways : array, shape (n, 2)
        Positions. [m]
    """
    away = np.hypot(
        devices[:, None, 0] - gateways[None, :, 0], devices[:, None, 1] - gateways[None, :, 1]
    )
    loss = _PER_DECADE_DB * np.log10(np.maximum(away, 30.0) / 100.0)
    rssi = _AT_100_M_DBM - loss + rng.normal(0, _SHADOW_DB, away.shape)
    nearest = np.argmin(away, axis=1)
    rows = np.arange(len(devices))
    rssi[rows, nearest] = np.maximum(rssi[rows, nearest], _HEARD_ABOVE_DBM + 3.0)
    most = min(most, len(gateways))
    order = np.argsort(-rssi, axis=1, kind="stable")[:, :most]
    strength = np.take_along_axis(rssi, order, axis=1)
    heard = strength > _HEARD_ABOVE_DBM
    return Coverage(np.where(heard, order, -1), rounded(np.where(heard, strength, -200.0), 0))
