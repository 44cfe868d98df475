"""Gateways that are down, and the sensors whose silence they or their own supply explain."""

from dataclasses import dataclass

import numpy as np

from twin.incidents.observed import RadioNews
from twin.incidents.silence import CONCLUSIVE, audible_since, hearing, unheard_gateways
from twin.incidents.surroundings import Radio
from twin.incidents.times import NEVER, SECOND
from twin.supply.ranges import Flags, Floats, Longs

OFFLINE = 0.99
"""Probability that a gateway which the network server calls offline is down."""

CROSSING_S = 60.0
"""A message heard this long after a gateway went offline proves that it is not. [s]"""


@dataclass(frozen=True, slots=True)
class RadioState:
    """Gateways and sensors.

    Attributes
    ----------
    p_down : float64 (g)
        Probability that each gateway is down.
    measured : bool (g)
        The network server says so.
    unpowered : bool (g)
        Its supply is out, and its battery over.
    down_since : int64 (g)
        [µs]
    deaf : bool (s)
        Sensors that only gateways now down ever heard, and nothing since.
    hearing : uint8 (s)
        ``twin.incidents.silence.Hearing`` of each sensor.
    """

    p_down: Floats
    measured: Flags
    unpowered: Flags
    down_since: Longs
    deaf: Flags
    hearing: np.ndarray[tuple[int], np.dtype[np.uint8]]

    @property
    def down(self) -> Flags:
        """Gateways taken to be down, for whatever reason."""
        down: Flags = self.unpowered | (self.p_down >= CONCLUSIVE)
        return down


def radio_state(
    radio: Radio,
    news: RadioNews,
    dark_since: Longs,
    now: int,
    *,
    cleared_at: Longs | None = None,
    listening_since: int = NEVER,
) -> RadioState:
    """Tell which gateways are down, and how each sensor is heard.

    Parameters
    ----------
    dark_since : int64 array (n)
        Since when each supply device carries no supply, by place; ``NEVER`` while it does. [µs]
    now : int
        The instant. [µs]
    cleared_at : int64 array (s), optional
        When the last known cause of each sensor's silence cleared. [µs]
    listening_since : int, optional
        Since when our own door has been open. [µs]
    """
    at_place = np.append(dark_since, NEVER)  # the last: supply not known, or on battery
    gateway_since, sensor_since = at_place[radio.gateway_place], at_place[radio.sensor_place]
    backup = (radio.backup_h * 3600 * SECOND).astype(np.int64)
    unpowered = (gateway_since > NEVER) & (now >= gateway_since + backup)
    inferred, last_heard = unheard_gateways(
        radio.hears,
        heard_by=radio.heard_by,
        seen_at=news.seen_at,
        interval_s=news.interval_s,
        excused=sensor_since > NEVER,
        now=now,
        listening_since=listening_since,
    )
    offline = (news.online == 0) & (last_heard <= news.online_at + int(CROSSING_S * SECOND))
    down = unpowered | offline | (inferred >= CONCLUSIVE)
    down_since = np.select([offline, unpowered], [news.online_at, gateway_since], last_heard)
    deaf = _deaf(radio, news.seen_at, down, down_since)
    never = np.full(len(radio.sensor_id), NEVER, np.int64)
    return RadioState(
        p_down=np.where(offline, OFFLINE, inferred),
        measured=offline,
        unpowered=unpowered,
        down_since=down_since,
        deaf=deaf,
        hearing=hearing(
            news.seen_at,
            news.interval_s,
            (sensor_since > NEVER) | deaf,
            never if cleared_at is None else cleared_at,
            now,
            audible_since=audible_since(news.known_since, listening_since, now),
        ),
    )


def _deaf(radio: Radio, seen_at: Longs, down: Flags, down_since: Longs) -> Flags:
    """Sensors heard by no gateway that is up (AND over the gateways that hear each)."""
    rows = np.flatnonzero(down)
    sensor = radio.hears.rows(rows)
    lost = np.bincount(sensor, minlength=len(radio.sensor_id))
    since = np.full(len(radio.sensor_id), NEVER, np.int64)
    np.maximum.at(since, sensor, np.repeat(down_since[rows], radio.hears.lengths[rows]))
    silent: Flags = (lost > 0) & (lost == radio.heard_by)
    return silent & (seen_at <= since + int(CROSSING_S * SECOND))
