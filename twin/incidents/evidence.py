"""What weighs for and against an outage, in nats; causes that are set aside, and why."""

import numpy as np

from twin.incidents.causes import Cause
from twin.incidents.city import City
from twin.incidents.clues import METER_ERROR
from twin.incidents.common_cause import DARK_WEIGHT, LIT_WEIGHT
from twin.incidents.latch import FLOODED
from twin.incidents.light_states import OFF, ON
from twin.incidents.observed import Observed
from twin.incidents.proof import Document, stamp
from twin.incidents.steps import device_name, light_name
from twin.incidents.times import NEVER, SECOND
from twin.incidents.understanding import Understanding
from twin.model.states import Basis, LightState
from twin.supply.ranges import Longs

HEAVIEST = 30.0
"""Weights are clipped here. [nat]"""


def weigh(
    name: str,
    weight: float,
    subject: Document,
    *,
    basis: Basis,
    at: int,
    against: bool = False,
) -> Document:
    """Write one piece of evidence; its weight is ``ln P(e | out) - ln P(e | not out)``."""
    return {
        "name": name,
        "direction": "against" if against else "for",
        "weight": round(min(abs(weight), HEAVIEST), 1),
        "basis": str(basis),
        "at": stamp(at),
        "subject": subject,
    }


def outage_evidence(
    city: City, observed: Observed, known: Understanding, place: int
) -> list[Document]:
    """Weigh what speaks for and against one device being out, heaviest first."""
    supply, latch, news = city.supply, known.latch, observed.devices
    subject, since = device_name(city, place), int(latch.since[place])
    below = np.arange(supply.first_light[place], supply.last_light[place])
    found = []
    if latch.reason[place] == FLOODED and known.water.p_trip[place] > 0:
        p = float(np.clip(known.water.p_trip[place], 1e-6, 1 - 1e-6))
        at = int(known.water.wet_since[place])
        found.append(
            weigh("depth_above_plinth", np.log(p / (1 - p)), subject, basis=Basis.COMPUTED, at=at)
        )
    if news.supply[place] == 0:
        at = int(news.supply_at[place])
        weight = -np.log(METER_ERROR)
        found.append(weigh("supply_absent", weight, subject, basis=Basis.MEASURED, at=at))
    for name, ranks, each, against in (
        ("neighbours_dark", below[_told_off(observed, below, since)], DARK_WEIGHT, False),
        ("light_seen_lit", below[_told_on(observed, below, since)], LIT_WEIGHT, True),
    ):
        if len(ranks):
            last = int(ranks[np.argmax(observed.lights.reported_at[ranks])])
            at = int(observed.lights.reported_at[last])
            weight = len(ranks) * each
            whom = light_name(city, last)
            found.append(weigh(name, weight, whom, basis=Basis.MEASURED, at=at, against=against))
    mute = below[known.lights.state[below] != LightState.LIT]
    mute = mute[known.readings.watched[mute] & ~known.readings.current[mute]]
    if len(mute) and alive_gateway(city, observed, below, since) > NEVER:
        at = int(observed.lights.reported_at[mute].max())
        weight = float(known.diagnosed.silence[place : supply.end[place]].sum())
        if weight > 0:
            found.append(weigh("silence", weight, subject, basis=Basis.COMPUTED, at=at))
    found += _witnesses(city, known, below)
    return sorted(found, key=lambda item: -float(item["weight"]))


def _witnesses(city: City, known: Understanding, ranks: Longs) -> list[Document]:
    """Weigh what people and cameras said of some lights."""
    said, found = known.diagnosed.clues.witnessed, []
    weight = said.weight[ranks]
    for name, which, at in (
        ("seen_dark", weight > 0, said.dark_at[ranks]),
        ("seen_lit", weight < 0, said.seen_lit_at[ranks]),
    ):
        if which.any():
            last = int(np.flatnonzero(which)[np.argmax(at[which])])
            total = float(weight[which].sum())
            whom = light_name(city, int(ranks[last]))
            found.append(
                weigh(name, total, whom, basis=Basis.OBSERVED, at=int(at[last]), against=total < 0)
            )
    return found


def _told_off(observed: Observed, ranks: Longs, since: int) -> Longs:
    news = observed.lights
    return np.flatnonzero((news.reported[ranks] == OFF) & (news.reported_at[ranks] >= since))


def _told_on(observed: Observed, ranks: Longs, since: int) -> Longs:
    news = observed.lights
    later = news.reported_at[ranks] > since + 60 * SECOND
    return np.flatnonzero((news.reported[ranks] == ON) & later)


def alive_gateway(city: City, observed: Observed, ranks: Longs, since: int) -> int:
    """Tell when a gateway that hears some lights last heard anything after an instant. [µs]"""
    theirs = np.zeros(len(city.supply.light_id) + 1, np.bool_)
    theirs[ranks] = True  # the last: sensors that are no light's
    gateways = np.unique(city.hearers.rows(np.flatnonzero(theirs[city.sensor_rank])))
    heard = city.surroundings.radio.hears.rows(gateways)
    last = int(observed.radio.seen_at[heard].max(initial=NEVER))
    return last if last > since else NEVER


def ruled_out(city: City, observed: Observed, known: Understanding, cause: Cause) -> list[Document]:
    """List the causes that were looked at and set aside, each with what speaks against it."""
    found = []

    def rule(name: str, because: str, at: int) -> None:
        found.append({"cause": name, "because": because, "at": stamp(at)})

    news, since = observed.lights, cause.opened_at
    lit = cause.lights[news.reported[cause.lights] == ON]
    switched_on = int(news.reported_at[lit].max(initial=NEVER))
    if switched_on > known.night.switched_at > NEVER and known.night.dark:
        rule("schedule", "switch_on_received", switched_on)
    fed = _neighbours_fed(city, observed, known, cause, since)
    if fed > NEVER and cause.kind != "distributor_cut":
        rule("dso_cut", "substation_alive", fed)
    heard = alive_gateway(city, observed, cause.lights, since)
    if heard > NEVER:
        rule("radio", "gateway_alive", heard)
    if len(cause.lights) >= 3:
        rule("lamp_failure", "many_at_once", since)
    if cause.kind != "flood" and not np.nan_to_num(known.water.depth_m[cause.devices]).any():
        rule("flood", "no_water", known.night.now)
    return found


def _neighbours_fed(
    city: City, observed: Observed, known: Understanding, cause: Cause, since: int
) -> int:
    """When another device below the same source last showed supply, after the loss. [µs]"""
    supply, news = city.supply, observed.devices
    parents = supply.parent[cause.devices]
    parents = parents[(parents >= 0) & ~known.latch.out[parents]]
    beside = np.isin(supply.parent, parents) & ~known.latch.out
    shown = np.where(news.supply == 1, news.supply_at, NEVER)
    last = int(np.maximum(shown, known.shared.lit_at)[beside].max(initial=NEVER))
    return last if last > since else NEVER
