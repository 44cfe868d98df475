"""Gateways that are down, and the sensors whose silence they or their own supply explain.

How surely a gateway is down is what all evidence together says (``twin.incidents.coverage``): the
silence of those it hears, alone or beside others, its own status, and the supply of everybody.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from twin.incidents.city import City
from twin.incidents.observed import RadioNews
from twin.incidents.rules import decide, known_or
from twin.incidents.schedule import Night
from twin.incidents.silence import (
    CONCLUSIVE,
    TARDY,
    Codes,
    Excuses,
    Heard,
    Reason,
    audible_since,
    hearing,
)
from twin.incidents.surroundings import Radio
from twin.incidents.times import NEVER, SECOND, later
from twin.supply.ranges import Flags, Floats, Longs

OFFLINE = 0.99
"""Probability that a gateway which the network server calls offline is down."""

CROSSING_S = 60.0
"""A message heard this long after a gateway went offline proves that it is not. [s]"""

_STEP = 0.01  # in which a probability is told, so that it does not flicker


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
        Its supply is out, and its battery over or itself no longer heard; or it is off by design.
    down_since : int64 (g)
        [µs]
    deaf : bool (s)
        Sensors that only gateways now down ever heard, and nothing since.
    heard : Heard
        How each sensor is heard, and why.
    """

    p_down: Floats
    measured: Flags
    unpowered: Flags
    down_since: Longs
    deaf: Flags
    heard: Heard

    @property
    def down(self) -> Flags:
        """Gateways taken to be down, for whatever reason."""
        down: Flags = self.unpowered | (self.p_down >= CONCLUSIVE)
        return down

    @property
    def hearing(self) -> Codes:
        """``twin.incidents.silence.Hearing`` of each sensor."""
        return self.heard.state


def radio_state(
    city: City,
    news: RadioNews,
    dark_since: Longs,
    night: Night,
    gateway_down: Floats,
    *,
    cleared_at: Longs | None = None,
    listening_since: int = NEVER,
) -> RadioState:
    """Tell which gateways are down, and how each sensor is heard.

    Parameters
    ----------
    dark_since : int64 array (n)
        Since when each supply device carries no supply, by place; ``NEVER`` while it does. [µs]
    night : Night
        The instant.
    gateway_down : float array (g)
        Probability that each gateway is down, by all evidence.
    cleared_at : int64 array (s), optional
        When the last known cause of each sensor's silence cleared. [µs]
    listening_since : int, optional
        Since when our own door has been open. [µs]

    Notes
    -----
    A gateway that falls silent once its supply is out is taken to be without supply, whatever its
    battery was said to last: it belongs to what put the supply out.
    """
    radio = city.surroundings.radio
    at_place = np.append(dark_since, NEVER)  # the last: supply not known, or on battery
    off = np.append(city.night_fed & (not night.dark), False)
    fed_since = at_place[radio.gateway_place]
    offline = _offline(city, news)
    silent = offline | (gateway_down >= CONCLUSIVE)
    backup = (radio.backup_h * 3600 * SECOND).astype(np.int64)
    unfed = (fed_since > NEVER) & (silent | (night.now >= fed_since + backup))
    resting = off[radio.gateway_place] & (fed_since == NEVER)
    down = silent | unfed | resting
    last_heard = _last_heard(radio, news, down, night.now)
    down_since = decide(
        [offline, unfed, resting], [news.online_at, fed_since, night.switched_at], last_heard
    )
    deaf_since = _since_all(radio, down, down_since)
    deaf = _deaf(radio, news.seen_at, down, deaf_since)
    gateways = _Gateways(deaf, deaf_since, resting, night.switched_at)
    never = np.full(len(radio.sensor_id), NEVER, np.int64)
    cleared = never if cleared_at is None else cleared_at
    return RadioState(
        p_down=np.where(offline, OFFLINE, np.minimum(_told(gateway_down), OFFLINE)),
        measured=offline,
        unpowered=unfed | resting,
        down_since=down_since,
        deaf=deaf,
        heard=hearing(
            news.seen_at,
            news.interval_s,
            _excuses(radio, at_place, off, gateways),
            later(cleared, woke_at(city, night)),
            night.now,
            audible_since=audible_since(news.known_since, listening_since, night.now),
        ),
    )


def woke_at(city: City, night: Night) -> Longs:
    """Tell when what is fed by night only last woke: each sensor, or a gateway that hears it.

    Returns
    -------
    int64 array (s)
        ``NEVER`` for what is fed all day, and by day. [µs]
    """
    radio = city.surroundings.radio
    if not (night.dark and city.night_fed.any()):
        return np.full(len(radio.sensor_id), NEVER, np.int64)
    woke = np.append(np.where(city.night_fed & night.dark, night.switched_at, NEVER), NEVER)
    since = woke[radio.sensor_place]
    by_gateway = np.repeat(woke[radio.gateway_place], radio.hears.lengths)
    np.maximum.at(since, radio.hears.values, by_gateway)
    return since


def asleep(city: City, night: Night) -> Flags:
    """Tell which sensors are off by design, or heard by a gateway that is. (s)"""
    radio = city.surroundings.radio
    if night.dark or not city.night_fed.any():
        return np.zeros(len(radio.sensor_id), np.bool_)
    off = np.append(city.night_fed, False)
    found: Flags = off[radio.sensor_place]
    found[radio.hears.rows(np.flatnonzero(off[radio.gateway_place]))] = True
    return found


class _Gateways(NamedTuple):
    """What gateways explain: of sensors, whom and since when; which are off since dusk or dawn."""

    deaf: Flags
    deaf_since: Longs
    resting: Flags
    switched_at: int


def _told(probability: Floats) -> Floats:
    return np.asarray(np.round(probability / _STEP) * _STEP, np.float64)


def _offline(city: City, news: RadioNews) -> Flags:
    """Gateways called offline by the network server, and no device of theirs alone heard since."""
    gateways = len(news.online)
    sole = city.sole_hearer >= 0
    heard = np.full(gateways, NEVER, np.int64)
    np.maximum.at(heard, city.sole_hearer[sole], news.seen_at[sole])
    offline: Flags = (news.online == 0) & (heard <= news.online_at + int(CROSSING_S * SECOND))
    return offline


def _last_heard(radio: Radio, news: RadioNews, down: Flags, now: int) -> Longs:
    """When the last of those that only gateways now down hear, and that is overdue, was heard.

    Returns
    -------
    int64 array (g)
        ``NEVER`` without one; whom another gateway happens to hear after all says nothing. [µs]
    """
    late = now - news.seen_at > known_or(news.interval_s, np.inf) * (1 + TARDY) * SECOND
    rows = np.flatnonzero(down)
    sensor = radio.hears.rows(rows)
    lost = np.bincount(sensor, minlength=len(radio.sensor_id)) == radio.heard_by
    gateway = np.repeat(rows, radio.hears.lengths[rows])
    counts = (lost & late)[sensor]
    since = np.full(len(radio.gateway_id), NEVER, np.int64)
    np.maximum.at(since, gateway[counts], news.seen_at[sensor[counts]])
    return since


def _deaf(radio: Radio, seen_at: Longs, down: Flags, deaf_since: Longs) -> Flags:
    """Sensors heard by no gateway that is up (AND over the gateways that hear each)."""
    rows = np.flatnonzero(down)
    sensor = radio.hears.rows(rows)
    lost = np.bincount(sensor, minlength=len(radio.sensor_id))
    silent: Flags = (lost > 0) & (lost == radio.heard_by)
    return silent & (seen_at <= deaf_since + int(CROSSING_S * SECOND))


def _since_all(radio: Radio, down: Flags, down_since: Longs) -> Longs:
    """Since when the last of the gateways that hear each sensor has been down. [µs]"""
    rows = np.flatnonzero(down)
    since = np.full(len(radio.sensor_id), NEVER, np.int64)
    lasting = np.repeat(down_since[rows], radio.hears.lengths[rows])
    np.maximum.at(since, radio.hears.rows(rows), lasting)
    return since


def _excuses(radio: Radio, dark_since: Longs, off: Flags, gateways: _Gateways) -> Excuses:
    """Tell what keeps each sensor from being heard: its supply first, then all its gateways."""
    deaf, deaf_since, resting, switched_at = gateways
    own, sleeps = dark_since[radio.sensor_place], off[radio.sensor_place]
    by_design = np.zeros(len(own), np.bool_)
    by_design[radio.hears.rows(np.flatnonzero(resting))] = True
    rules: list[tuple[Flags, Reason, Longs | int]] = [
        (own > NEVER, Reason.SUPPLY, own),
        (sleeps | (deaf & by_design), Reason.SCHEDULE, switched_at),
        (deaf, Reason.GATEWAYS, deaf_since),
    ]
    which, reasons, since = zip(*rules, strict=True)
    none = Excuses.none(len(own))
    return Excuses(decide(which, reasons, none.reason), decide(which, since, none.since))
