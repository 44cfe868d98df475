"""Which of a frame's times to believe.

Order: the gateway's, where it is plausible and within 30 s of the network server's; the network
server's; the application server's; our own door's. A time is plausible between ``oldest`` before
and five minutes after the reception at our door. All instants are µs since 1970 UTC.
"""

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.networks.records import NO_TIME

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

AHEAD_US: Final = 300_000_000
"""How far ahead of our reception a time may lie: clocks are not exact."""
_GATEWAY_DRIFT_US: Final = 30_000_000


class TimeSource(IntEnum):
    """Whose clock gave an instant."""

    GATEWAY = 0
    NETWORK = 1
    APPLICATION = 2
    DOOR = 3


class Settled(NamedTuple):
    """The instant of each frame, whose it is, and whether a better one was given and not believed.

    ``guessed`` also marks frames that carry no time at all.
    """

    event_at: Ints
    source: Ints
    guessed: Flags


def plausible(instants: Ints, received: Ints, oldest: Ints | int) -> Flags:
    """Return which instants can be believed, given when they reached us."""
    given = instants != NO_TIME
    age = received - np.where(given, instants, received)
    believed: Flags = given & (age <= oldest) & (age >= -AHEAD_US)
    return believed


def settle(
    gateway: Ints, network: Ints, application: Ints, received: Ints, oldest: Ints | int
) -> Settled:
    """Choose each frame's instant.

    Parameters
    ----------
    gateway, network, application, received : int64 array
        The four times on the way; ``NO_TIME`` where absent (``received`` never is).
    oldest : int or int64 array
        How far before its reception a frame's time is believed. [µs]
    """
    given = np.stack([gateway, network, application]) != NO_TIME
    network_near = np.where(given[1], network, gateway)
    near = np.abs(np.where(given[0], gateway - network_near, 0)) <= _GATEWAY_DRIFT_US
    believed = np.stack(
        [
            plausible(gateway, received, oldest) & near,
            plausible(network, received, oldest),
            plausible(application, received, oldest),
            np.ones(len(received), bool),
        ]
    )
    source = believed.argmax(axis=0)
    instants = np.stack([gateway, network, application, received])
    event_at = instants[source, np.arange(len(received))]
    doubted = given & (np.arange(3)[:, None] < source)
    guessed = doubted.any(axis=0) | (source == TimeSource.DOOR)
    return Settled(event_at, source, guessed)
