"""The links of a proof: each a fact with its subject, basis, confidence, time, source, figures."""

from collections.abc import Iterator

import numpy as np

from twin.incidents.aftermath import Former
from twin.incidents.city import City
from twin.incidents.coverage import LOSS
from twin.incidents.declared import BELIEVED_OF, Declared
from twin.incidents.flood import DRAWN_DEPTH, MEASURED_DEPTH, PLINTH_CONFIDENCE
from twin.incidents.latch import (
    AWAITING,
    BASES,
    BURNT,
    DECLARED,
    DSO_CUT,
    FLOODED,
    NO_POWER,
    PLANNED,
    UNKNOWN,
)
from twin.incidents.light_states import MEASURED, MISSES
from twin.incidents.observed import Observed, River
from twin.incidents.proof import Document, stamp
from twin.incidents.radio import OFFLINE
from twin.incidents.times import NEVER
from twin.incidents.understanding import Understanding
from twin.model.kinds import GATEWAY, RIVER_GAUGE, STREETLIGHT
from twin.model.states import Basis, CauseKind
from twin.supply.ranges import Longs

RIVER_CONFIDENCE = 0.99
"""How far a river gauge is believed."""

WIRING_SOURCES = ("register", "cables", "register", "geometry", "events")
"""Where wiring of each rung is known from."""

EFFECT, CAUSE = "effect", "cause"
"""Whether the claim rests on a link, or only its explanation does."""


def figure(name: str, value: float, unit: str, margin: float | None = None) -> Document:
    """Write one figure of a step."""
    return {"name": name, "value": value, "unit": unit, "margin": margin}


def step(
    kind: str,
    subject: Document,
    relation: str,
    *,
    basis: Basis,
    confidence: float,
    target: Document | None = None,
    at: int = NEVER,
    source: str = "",
    figures: tuple[Document, ...] = (),
    role: str = EFFECT,
) -> Document:
    """Write one link of the chain."""
    return {
        "step": kind,
        "subject": subject,
        "relation": relation,
        "object": target,
        "basis": str(basis),
        "confidence": round(confidence, 3),
        "at": stamp(at),
        "source": source,
        "figures": list(figures),
        "role": role,
    }


def device_name(city: City, place: int) -> Document:
    """Name a supply device."""
    names = city.names
    return {
        "kind": names.device_kind[place],
        "code": names.device_code[place],
        "name": names.device_name[place],
        "place": names.device_place[place],
    }


def light_name(city: City, rank: int) -> Document:
    """Name a light, with its street."""
    street = city.surroundings.street_of_light[rank]
    place = city.names.street_name[street] if street >= 0 else ""
    return {"kind": STREETLIGHT, "code": city.names.light_code[rank], "name": "", "place": place}


def gateway_name(city: City, row: int) -> Document:
    """Name a gateway."""
    names = city.names
    return {
        "kind": GATEWAY,
        "code": names.gateway_code[row],
        "name": names.gateway_name[row],
        "place": "",
    }


def declared_name(cause: Declared) -> Document:
    """Name a recorded cause: its own code, and its title or the reference of who decided it."""
    name = cause.title or cause.reference
    return {"kind": str(cause.kind), "code": cause.code, "name": name, "place": ""}


def river(reading: River) -> Document:
    """Write the level of a river: measured."""
    subject = {"kind": RIVER_GAUGE, "code": reading.code, "name": reading.name, "place": ""}
    return step(
        "water_level",
        subject,
        "measured_at",
        basis=Basis.MEASURED,
        confidence=RIVER_CONFIDENCE,
        at=reading.at,
        source=reading.code,
        figures=(figure("level", round(reading.level_m, 2), "m", 0.02),),
        role=CAUSE,
    )


def outage_steps(
    city: City, observed: Observed, known: Understanding, place: int, lights: Longs
) -> Iterator[Document]:
    """Write the links of one device out: water and plinth or notice, loss of supply, wiring.

    Parameters
    ----------
    lights : int64 array
        Ranks of the dark lights below it.
    """
    latch = known.latch
    drowned = latch.reason[place] == FLOODED and known.water.flood[place] >= 0
    measured = BASES[latch.basis[place]] == Basis.MEASURED
    if drowned:
        role = CAUSE if measured else EFFECT
        yield from _water(city, known, place, role)
    if latch.reason[place] in (DSO_CUT, BURNT) and known.declared_out.cause[place] >= 0:
        yield _told(city, known, place, CAUSE if measured else EFFECT)
    if latch.out[place] and latch.reason[place] != PLANNED:
        yield _supply_lost(city, observed, known, place)
    if observed.devices.inspected_at[place] >= max(
        latch.since[place], NEVER + 1
    ):  # not an older one
        yield step(
            "inspection",
            device_name(city, place),
            "inspected_by",
            basis=Basis.OBSERVED,
            confidence=MEASURED,
            at=int(observed.devices.inspected_at[place]),
            source="inspection",  # who it was stays in the journal
            role=CAUSE,
        )
    if len(lights):
        yield wiring(city, place, lights)


def _water(city: City, known: Understanding, place: int, role: str) -> Iterator[Document]:
    """Write how deep the water stands, and from where on it enters."""
    sites, water = city.sites, known.water
    device = device_name(city, place)
    flood = known.floods[water.flood[place]]
    drawn = flood.extents[-1] if flood.extents else None
    depth = float(water.depth_m[place])
    if depth > 0:
        by_instrument = bool(water.measured[place])
        yield step(
            "water_depth",
            device,
            "covered_by",
            target={"kind": "flood", "code": flood.slug, "name": flood.name, "place": ""},
            basis=Basis.MEASURED if by_instrument else Basis.COMPUTED,
            confidence=MEASURED_DEPTH if by_instrument else DRAWN_DEPTH,
            at=NEVER if drawn is None else drawn.observed_at,
            source="" if drawn is None else drawn.file_name,
            figures=(figure("depth", round(depth, 3), "m"),),
            role=role,
        )
    source = str(sites.source[place])
    yield step(
        "plinth",
        device,
        "trips_above",
        basis=Basis.MEASURED if source == "measured" else Basis.ASSUMED,
        confidence=PLINTH_CONFIDENCE[source],
        figures=(figure("plinth", round(float(sites.plinth_m[place]), 3), "m"),),
        role=role if depth > 0 else CAUSE,
    )


def _told(city: City, known: Understanding, place: int, role: str) -> Document:
    """Write what a person recorded of a device: a distributor's notice, or that it burnt."""
    cause = known.declared[known.declared_out.cause[place]]
    cut = cause.kind is CauseKind.DISTRIBUTOR_CUT
    return step(
        "cut" if cut else "burnt",
        device_name(city, place),
        "cut_by" if cut else "seen_burnt",
        target=declared_name(cause),
        basis=Basis.ANNOUNCED if cut else Basis.OBSERVED,
        confidence=BELIEVED_OF[cause.kind],
        at=cause.starts_at,
        source="distributor" if cut else "person",
        role=role,
    )


def works_step(cause: Declared) -> Document:
    """Write that works are under way, as planned."""
    return step(
        "works",
        declared_name(cause),
        "worked_on",
        basis=Basis.ANNOUNCED,
        confidence=BELIEVED_OF[cause.kind],
        at=cause.starts_at,
        source="planning",
    )


def _supply_lost(city: City, observed: Observed, known: Understanding, place: int) -> Document:
    latch, news = known.latch, observed.devices
    measured = BASES[latch.basis[place]] == Basis.MEASURED
    by_meter = measured and news.supply[place] == 0
    return step(
        "supply_lost",
        device_name(city, place),
        "without_supply",
        basis=BASES[latch.basis[place]],
        confidence=float(latch.probability[place]),
        at=int(news.supply_at[place] if by_meter else latch.since[place]),
        source="meter" if measured else _deduced_from(known, place),
    )


def _deduced_from(known: Understanding, place: int) -> str:
    """Say what a loss of supply that nobody measured rests on."""
    state, reason = known.latch.state[place], known.latch.reason[place]
    if state == AWAITING and reason in (UNKNOWN, *DECLARED):
        return "no_sign"
    return {NO_POWER: "lights", DSO_CUT: "notice", PLANNED: "notice", BURNT: "person"}.get(
        int(reason), "rule"
    )


def wiring(city: City, place: int, lights: Longs) -> Document:
    """Write which lights a device supplies, as surely as their links are known."""
    supply = city.supply
    confidence = city.light_confidence[lights].copy()
    rung = city.light_rung[lights].copy()
    at = supply.light_device[lights]
    while (climbing := at > place).any():  # up to the device itself, link by link
        confidence[climbing] *= city.device_confidence[at[climbing]]
        rung[climbing] = np.maximum(rung[climbing], city.device_rung[at[climbing]])
        at = np.where(climbing, supply.parent[at], at)
    worst = int(rung.max())
    return step(
        "wiring",
        device_name(city, place),
        "supplies",
        basis=Basis.COMPUTED if worst <= 2 else Basis.ASSUMED,
        confidence=float(confidence.mean()),
        source=WIRING_SOURCES[worst],
        figures=(figure("lights", len(lights), "1"), figure("rung", worst, "1")),
    )


def lamp_steps(city: City, observed: Observed, known: Understanding, rank: int) -> list[Document]:
    """Write what a lamp's own controller measures."""
    power = float(observed.lights.power_w[rank])
    measured = bool(known.lights.by_itself[rank])
    at = int(observed.lights.reported_at[rank] if measured else known.lights.since[rank])
    return [
        step(
            "meter",
            light_name(city, rank),
            "reported_off",
            basis=Basis.MEASURED if measured else Basis.COMPUTED,
            confidence=MEASURED,
            at=at,
            source="controller",
            figures=() if np.isnan(power) else (figure("power", round(power), "W"),),
        )
    ]


def gateway_steps(city: City, known: Understanding, row: int) -> list[Document]:
    """Write that a gateway is no longer heard."""
    measured = bool(known.radio.measured[row])
    return [
        step(
            "radio",
            gateway_name(city, row),
            "unheard",
            basis=Basis.MEASURED if measured else Basis.COMPUTED,
            confidence=OFFLINE if measured else float(known.radio.p_down[row]),
            at=int(known.radio.down_since[row]),
            source="network_server" if measured else "devices",
            figures=(figure("devices", int(city.surroundings.radio.hears.lengths[row]), "1"),),
        )
    ]


def after_step(former: Former, devices: int, deadline: int) -> Document:
    """Write who is still silent after a cause has cleared: by chance alone, ``LOSS ** MISSES``."""
    return step(
        "radio",
        former.root,
        "still_unheard",
        target={"kind": "incident", "code": former.code, "name": "", "place": ""},
        basis=Basis.COMPUTED,
        confidence=1 - LOSS**MISSES,
        at=deadline,
        source="devices",
        figures=(figure("devices", devices, "1"),),
    )


def voltage_steps(city: City, observed: Observed, place: int) -> list[Document]:
    """Write the voltage that a device's meter reads."""
    return [
        step(
            "meter",
            device_name(city, place),
            "below_voltage",
            basis=Basis.MEASURED,
            confidence=MEASURED,
            at=int(observed.devices.voltage_at[place]),
            source="meter",
            figures=(figure("voltage", round(float(observed.devices.voltage_v[place])), "V"),),
        )
    ]
