"""From states to incidents: one card for each cause, its dependents hanging under it.

Children never ring: a cabinet below a dead substation, a gateway without supply, the sensors that
it no longer hears belong to the card of what put them out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from twin.incidents.aftermath import StillSilent
from twin.incidents.city import City
from twin.incidents.declared import INCIDENT_OF, Declared
from twin.incidents.latch import (
    AWAITING,
    BURNT,
    DECLARED,
    FLOODED,
    NORMAL,
    PLANNED,
    UNKNOWN,
)
from twin.incidents.observed import Observed
from twin.incidents.rules import among, decide
from twin.incidents.times import NEVER, SECOND
from twin.incidents.understanding import Understanding
from twin.incidents.water import Flood
from twin.model.kinds import FEEDER
from twin.model.states import CauseKind, LightState
from twin.supply.ranges import Flags, Ints, Longs, Ragged, prefix_sum

_NONE = np.empty(0, np.int64)
_DARK = (LightState.CONFIRMED_DARK, LightState.INFERRED_DARK)
_LIT = (LightState.LIT, LightState.DEGRADED)


@dataclass(frozen=True, slots=True)
class Cause:
    """One incident as it is understood.

    Attributes
    ----------
    kind : str
        flood | distributor_cut | burnt_cabinet | works | cabinet_out | feeder_out |
        lamp_failure | gateway_silent | still_silent | low_voltage; and of events
        (``twin.incidents.wave``) area_out | gateways_silent
    root_key : str
        What makes two observations the same incident.
    status : str
        ``open`` or ``recovering``.
    opened_at, changed_at : int
        Instants of the first and of the last fact that make it so. [µs]
    number : int
        Of its root: flood, recorded cause, place, rank or gateway row, as the kind says.
    devices : int64 array
        Places of the supply devices it put out, the one with most dark lights first.
    lights : int64 array
        Ranks of the lights it darkens, weakens or takes out of service.
    gateways, sensors : int64 arrays
        Rows in ``surroundings.radio`` of what it silences; of sensors, those counted as such.
    silenced : int64 array
        Rows of all whose silence it explains, the controllers of lights included.
    buildings : int64 array
        Ids of the buildings with their feet in the water.
    """

    kind: str
    root_key: str
    status: str
    opened_at: int
    changed_at: int
    number: int
    devices: Longs = field(default_factory=lambda: _NONE)
    lights: Longs = field(default_factory=lambda: _NONE)
    gateways: Longs = field(default_factory=lambda: _NONE)
    sensors: Longs = field(default_factory=lambda: _NONE)
    silenced: Longs = field(default_factory=lambda: _NONE)
    buildings: Longs = field(default_factory=lambda: _NONE)


def causes(
    city: City,
    observed: Observed,
    known: Understanding,
    open_lamps: Iterable[int] = (),
    *,
    still: Sequence[StillSilent] = (),
) -> list[Cause]:
    """List the incidents of an instant, by root key.

    Parameters
    ----------
    open_lamps : iterable of int
        Ranks of the lamps whose incident is open: it stays so until they are seen lit, even when
        something greater hides them.
    still : sequence of StillSilent
        Who is still silent after a cause has cleared.
    """
    found = [
        *_outages(city, observed, known),
        *_lamps(city, known, np.array(sorted(open_lamps), np.int64)),
        *_gateways(city, known),
        *_low_voltage(city, observed, known),
        *(_still_silent(number, each) for number, each in enumerate(still)),
    ]
    return sorted(found, key=lambda cause: cause.root_key)


def _outages(city: City, observed: Observed, known: Understanding) -> list[Cause]:
    """Floods and recorded causes with their devices; cabinets or feeders without supply."""
    card_of, felt = _cards(city, known)
    dark = among(known.lights.state, _DARK) & (known.blackout.root >= 0)
    light_card = np.where(dark, np.append(felt, -1)[city.supply.light_device], -1)
    gateway_card, sensor_card = _silenced(city, observed, known, felt)
    cards = len(known.floods) + len(known.declared) + len(city.supply)
    things = _Things(
        *(_by_card(each, cards) for each in (card_of, light_card, gateway_card, sensor_card))
    )
    touched = set(np.unique(card_of[card_of >= 0]).tolist())
    touched |= {
        number
        for number, flood in enumerate(known.floods)
        if flood.there and len(flood.extents[-1].building_id)
    }
    touched |= {
        len(known.floods) + number
        for number, works in enumerate(known.declared)
        if works.kind is CauseKind.WORKS_ORDER and works.holds(known.night.now)
    }
    return [_outage(city, known, card, things) for card in sorted(touched)]


class _Things(NamedTuple):
    """What each card is about: places, ranks, rows of gateways and of sensors, each ascending."""

    devices: Ragged
    lights: Ragged
    gateways: Ragged
    sensors: Ragged


def _by_card(card: Ints, cards: int) -> Ragged:
    """Gather things by their card; -1 is none."""
    some = np.flatnonzero(card >= 0)
    return Ragged.group(card[some], some.astype(np.int32), cards)


def _cards(city: City, known: Understanding) -> tuple[Ints, Ints]:
    """Find the card of each device: floods, then recorded causes, then roots by place; -1 none.

    A flooded or burnt device belongs to its cause, whatever is out above it: it must be repaired
    anyway. Another one belongs to the card of the topmost device out on its way.

    Returns
    -------
    card_of : int32 array (n)
        Of each device that is out or was.
    felt : int32 array (n)
        Of what hangs on each device: the nearest repair above, else the topmost device out.
    """
    supply, latch, floods = city.supply, known.latch, len(known.floods)
    roots, said = floods + len(known.declared), known.declared_out
    concerned = latch.state != NORMAL
    places = np.arange(len(supply))
    drowned = concerned & among(latch.reason, (FLOODED, UNKNOWN)) & (known.water.flood >= 0)
    out = latch.out.copy()
    out[known.outage.out] = True
    overrun = (latch.reason == PLANNED) & (latch.state == AWAITING)  # dark by design no longer
    told = concerned & among(latch.reason, DECLARED) & (said.reason == latch.reason) & ~overrun
    own = decide(
        [drowned, told, concerned | out],
        [known.water.flood, floods + said.cause, roots + places],
        np.full(len(supply), -1, np.int64),
    )
    stays = (drowned | (told & (latch.reason == BURNT))) & out
    felt = np.where(out, own, -1)
    for level in supply.levels[1:]:
        above = felt[supply.parent[level]]
        felt[level] = np.where((above >= 0) & ~stays[level], above, felt[level])
    follows = (concerned | out) & ~drowned & (felt >= 0)
    return np.where(follows, felt, own).astype(np.int32), felt.astype(np.int32)


def _silenced(
    city: City, observed: Observed, known: Understanding, felt: Ints
) -> tuple[Ints, Ints]:
    """Find the card that silences each gateway and each sensor; -1 none."""
    radio, since = city.surroundings.radio, np.append(known.blackout.dark_since, NEVER)
    at_place = np.append(np.where(known.blackout.dark_since > NEVER, felt, -1), -1)
    gateway = np.where(known.radio.unpowered, at_place[radio.gateway_place], -1)
    heard_after = observed.radio.seen_at > since[radio.sensor_place] + 60 * SECOND
    sensor = np.where(heard_after, -1, at_place[radio.sensor_place])
    deaf = (sensor < 0) & known.radio.deaf
    for row in np.flatnonzero(gateway >= 0).tolist():
        heard = radio.hears.row(row)
        sensor[heard[deaf[heard]]] = gateway[row]
    return gateway.astype(np.int32), sensor.astype(np.int32)


def whose_silence_is_explained(city: City, observed: Observed, known: Understanding) -> Flags:
    """Tell the silence of which sensors some cause explains, as ``causes`` will say it. (s)"""
    radio, hears = known.radio, city.surroundings.radio.hears
    _, felt = _cards(city, known)
    explained: Flags = _silenced(city, observed, known, felt)[1] >= 0
    heard = hears.rows(np.flatnonzero(radio.down & ~radio.unpowered))
    explained[heard[radio.deaf[heard] & _only_by_radio(city, known, heard)]] = True
    return explained


def _outage(city: City, known: Understanding, card: int, things: _Things) -> Cause:
    latch, floods = known.latch, known.floods
    devices, lights, gateways, silenced = (each.row(card).astype(np.int64) for each in things)
    devices = devices[np.argsort(-_dark_below(city, devices, lights), kind="stable")]
    flood = floods[card] if card < len(floods) else None
    told = _told(known, card)
    out = bool(latch.out[devices].any()) or bool(np.isin(devices, known.outage.out).any())
    there = (flood is not None and flood.there) or (
        told is not None and told.kind is CauseKind.WORKS_ORDER and told.holds(known.night.now)
    )
    since = latch.since[devices][latch.since[devices] > NEVER]
    begun = [each.started_at for each in (flood,) if each]
    begun += [each.starts_at for each in (told,) if each]
    newest = flood.extents[-1] if flood and there else None
    news = since.tolist() + begun + ([newest.observed_at] if newest else [])
    place = card - len(floods) - len(known.declared)
    return Cause(
        kind=_kind(city, flood, told, place),
        root_key=f"flood:{flood.slug}" if flood else told.root_key if told else _key(city, place),
        status="open" if out or there else "recovering",
        opened_at=min(begun or since.tolist()),
        changed_at=max(news),
        number=card if flood else card - len(floods) if told else place,
        devices=devices,
        lights=lights if told is None else _touched(known, told, lights),
        gateways=gateways,
        sensors=silenced[city.own_sensor[silenced]],
        silenced=silenced,
        buildings=newest.building_id if newest else _NONE,
    )


def _told(known: Understanding, card: int) -> Declared | None:
    """Return the recorded cause that a card is about; None for another card."""
    number = card - len(known.floods)
    return known.declared[number] if 0 <= number < len(known.declared) else None


def _touched(known: Understanding, told: Declared, dark: Longs) -> Longs:
    """Return the lights of a recorded cause: works take theirs out of service, others darken."""
    if told.kind is not CauseKind.WORKS_ORDER:
        return dark
    in_works: Longs = told.lights[known.lights.state[told.lights] == LightState.MAINTENANCE]
    return in_works


def _kind(city: City, flood: Flood | None, told: Declared | None, place: int) -> str:
    if flood is not None:
        return "flood"
    if told is not None:
        return INCIDENT_OF[told.kind]
    return "feeder_out" if city.names.device_kind[place] == FEEDER else "cabinet_out"


def _key(city: City, place: int) -> str:
    return f"{city.names.device_kind[place]}:{city.names.device_code[place]}"


def _dark_below(city: City, devices: Longs, lights: Longs) -> Longs:
    """Count the dark lights of a card below each of its devices."""
    supply = city.supply
    first, last = supply.first_light[devices], supply.last_light[devices]
    return np.searchsorted(lights, last) - np.searchsorted(lights, first)


def _lamps(city: City, known: Understanding, already: Longs) -> list[Cause]:
    """Lights out by themselves among lit neighbours."""
    supply = city.supply
    sums = prefix_sum(known.readings.lit.view(np.int8))
    lit = sums[supply.last_light] - sums[supply.first_light]
    beside = np.append(np.maximum(lit, np.append(lit, 0)[supply.parent]), 0)[supply.light_device]
    state = known.lights.state
    new = known.lights.by_itself & (known.blackout.root < 0) & (beside > 0)
    still = already[~among(state[already], _LIT)]
    return [
        Cause(
            kind="lamp_failure",
            root_key=f"streetlight:{city.names.light_code[rank]}",
            status="open",
            opened_at=int(known.lights.since[rank]),
            changed_at=int(known.lights.since[rank]),
            number=rank,
            lights=np.array([rank]),
        )
        for rank in np.union1d(np.flatnonzero(new), still).tolist()
    ]


def _gateways(city: City, known: Understanding) -> list[Cause]:
    """Gateways down for a reason of their own, with the sensors that only they heard."""
    state, radio = known.radio, city.surroundings.radio
    found = []
    for row in np.flatnonzero(state.down & ~state.unpowered).tolist():
        heard = radio.hears.row(row)
        since = int(state.down_since[row])
        deaf = heard[state.deaf[heard] & _only_by_radio(city, known, heard)].astype(np.int64)
        found.append(
            Cause(
                kind="gateway_silent",
                root_key=f"gateway:{city.names.gateway_code[row]}",
                status="open",
                opened_at=since,
                changed_at=since,
                number=row,
                gateways=np.array([row]),
                sensors=deaf,
                silenced=deaf,
            )
        )
    return found


def _only_by_radio(city: City, known: Understanding, sensors: Ints) -> Flags:
    since = np.append(known.blackout.dark_since, NEVER)
    supplied: Flags = since[city.surroundings.radio.sensor_place[sensors]] == NEVER
    return supplied


def _low_voltage(city: City, observed: Observed, known: Understanding) -> list[Cause]:
    """Topmost devices whose voltage is too low, with the lights that it weakens."""
    supply = city.supply
    above = np.zeros(len(supply), np.bool_)
    for level in supply.levels[1:]:
        parent = supply.parent[level]
        above[level] = above[parent] | known.low_voltage[parent]
    weak = known.lights.state == LightState.DEGRADED
    found = []
    for place in np.flatnonzero(known.low_voltage & ~above & ~known.latch.out).tolist():
        below = np.arange(supply.first_light[place], supply.last_light[place], dtype=np.int64)
        since = int(observed.devices.voltage_at[place])
        found.append(
            Cause(
                kind="low_voltage",
                root_key=f"low_voltage:{city.names.device_code[place]}",
                status="open",
                opened_at=since,
                changed_at=since,
                number=place,
                devices=np.array([place]),
                lights=below[weak[below]],
            )
        )
    return found


def _still_silent(number: int, still: StillSilent) -> Cause:
    """Those that did not come back after a cause had cleared: one card for them all."""
    return Cause(
        kind="still_silent",
        root_key=f"still_silent:{still.former.root_key}",
        status="open",
        opened_at=still.since,
        changed_at=still.since,
        number=number,
        sensors=still.sensors,
    )
