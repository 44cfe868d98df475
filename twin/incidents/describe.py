"""An incident in facts: its headline and the body of its proof, nothing that was not known."""

from collections.abc import Sequence

import numpy as np

from twin.incidents.aftermath import StillSilent
from twin.incidents.causes import Cause
from twin.incidents.city import City
from twin.incidents.dark import (
    DarkLights,
    DarkStretches,
    StreetImpact,
    dark_places,
    dark_streets,
)
from twin.incidents.declared import Declared
from twin.incidents.evidence import outage_evidence, ruled_out, weigh
from twin.incidents.latch import BASES, NORMAL, STATES, TRIPPED
from twin.incidents.observed import Observed
from twin.incidents.proof import Document, stamp
from twin.incidents.steps import (
    EFFECT,
    after_step,
    declared_name,
    device_name,
    gateway_name,
    gateway_steps,
    lamp_steps,
    light_name,
    outage_steps,
    river,
    voltage_steps,
    works_step,
)
from twin.incidents.times import NEVER
from twin.incidents.understanding import Understanding
from twin.model.kinds import CABINET
from twin.model.states import Basis, LightState
from twin.supply.ranges import Longs

LEAST_RESIDENTS = 25
"""Under it no figure is kept: eleven households of the French mean size, 2.2 persons."""

OUTAGES = (
    "flood", "distributor_cut", "burnt_cabinet", "cabinet_out", "feeder_out", "area_out",
)  # fmt: skip
RECORDED = ("distributor_cut", "burnt_cabinet", "works")
"""Kinds whose cause a person recorded: it is known, and may have an announced end."""


def describe(
    city: City,
    observed: Observed,
    known: Understanding,
    cause: Cause,
    *,
    still: Sequence[StillSilent] = (),
) -> Document:
    """Put an incident into facts.

    Parameters
    ----------
    still : sequence of StillSilent
        As given to ``causes``.

    Returns
    -------
    dict
        The body of its proof (``docs/formats.md``); ``body["headline"]`` is the card's.
    """
    mask = _mask(city, cause)
    dark = DarkLights.where(mask, known.blackout.proximate)
    stretch = DarkStretches.where(mask, city.surroundings)
    streets = dark_streets(city.supply, city.surroundings, dark, stretch)
    headline = _headline(city, known, cause, (dark, stretch, len(streets.street_id)))
    if cause.kind == "still_silent":
        former = still[cause.number].former
        chain, root = [after_step(former, len(cause.sensors), cause.opened_at)], former.root
    else:
        chain = _chain(city, observed, known, cause)
        root = _root(city, known, cause)
    return {
        "kind": cause.kind,
        "claim": _claim(known, cause, chain),
        "root": root,
        "headline": headline,
        "chain": chain,
        "devices": [_device(city, known, cause, place) for place in cause.devices.tolist()],
        "streets": _streets(city, known, cause, streets),
        "assumptions": _assumptions(city, known, cause, chain),
        "evidence": _evidence(city, observed, known, cause),
        "unknown": _unknown(city, known, cause, headline),
        "ruled_out": ruled_out(city, observed, known, cause) if cause.kind in OUTAGES else [],
    }


def _mask(city: City, cause: Cause) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    mask = np.zeros(len(city.supply.light_id), np.bool_)
    mask[cause.lights] = True
    return mask


def residents_told(thousandths: int | None) -> tuple[int | None, bool]:
    """Say how many residents a public document may tell of.

    Tens only, and nothing of fewer than eleven households: what two incidents or two versions
    differ by then tells of no household either.

    Returns
    -------
    residents : int or None
        None where nobody counted, or where it is withheld.
    withheld : bool
        Whether there are some, too few to be told.
    """
    if thousandths is None:
        return None, False
    people = round(thousandths / 1000)
    withheld = 0 < people < LEAST_RESIDENTS
    return (None if withheld else 10 * round(people / 10)), withheld


def _headline(
    city: City, known: Understanding, cause: Cause, found: tuple[DarkLights, DarkStretches, int]
) -> Document:
    dark, stretch, streets = found
    totals = dark.totals(city.supply)
    state = known.lights.state[cause.lights]
    places = city.surroundings.places.kind[dark_places(dark, city.surroundings)]
    kinds = [city.names.device_kind[place] for place in cause.devices.tolist()]
    residents, withheld = residents_told(totals.residents_thousandths)
    return {
        "cabinets": kinds.count(CABINET),
        "devices": len(kinds),
        "lights": totals.lights,
        "lights_confirmed": int((state == LightState.CONFIRMED_DARK).sum()),
        "lights_inferred": int((state == LightState.INFERRED_DARK).sum()),
        "covered_m": round(stretch.total_cm / 100),
        "attributed_m": round(totals.attributed_cm / 100),
        "residents": residents,
        "residents_withheld": withheld,
        "streets": streets,
        "buildings": len(cause.buildings),
        **{
            name: int((places == kind).sum())
            for name, kind in (
                ("crossings", "crossing"),
                ("schools", "school"),
                ("care_places", "care"),
                ("shelters", "shelter"),
            )
        },
        "gateways": len(cause.gateways),
        "sensors_silent": len(cause.sensors),
    }


def _chain(city: City, observed: Observed, known: Understanding, cause: Cause) -> list[Document]:
    match cause.kind:
        case "lamp_failure":
            return lamp_steps(city, observed, known, cause.number)
        case "gateway_silent" | "gateways_silent":
            rows = cause.gateways.tolist()
            return [link for row in rows for link in gateway_steps(city, known, row)]
        case "low_voltage":
            return voltage_steps(city, observed, cause.number)
    chain = []
    if cause.kind == "works":
        chain = [works_step(known.declared[cause.number])]
    if cause.kind == "flood":
        chain = [river(reading) for reading in observed.rivers if reading.at >= cause.opened_at]
    for place in cause.devices.tolist():
        chain += outage_steps(city, observed, known, place, _below(city, cause, place))
    return chain


def _below(city: City, cause: Cause, place: int) -> Longs:
    """Lights of a card below one of its devices."""
    supply = city.supply
    a = np.searchsorted(cause.lights, supply.first_light[place])
    b = np.searchsorted(cause.lights, supply.last_light[place])
    return cause.lights[a:b]


def _claim(known: Understanding, cause: Cause, chain: list[Document]) -> Document:
    """State what is asserted, no surer than the weakest link it rests on."""
    verdict = {
        "lamp_failure": "dark",
        "gateway_silent": "silent",
        "gateways_silent": "silent",
        "still_silent": "silent",
        "low_voltage": "reduced",
        "works": "maintenance",
    }.get(cause.kind)
    if verdict is None:
        verdict = "dark" if len(cause.lights) else "flooded" if len(cause.buildings) else "out"
        verdict = "recovering" if cause.status == "recovering" else verdict
    lead = _lead(chain)
    grounds = [Basis(link["basis"]) for link in lead if link["step"] != "wiring"]
    dark_by_day = verdict == "dark" and not known.night.dark
    return {
        "verdict": verdict,
        "basis": str(min(grounds, key=BASES.index, default=Basis.UNKNOWN)),
        "probability": min((link["confidence"] for link in lead), default=None),
        "since": stamp(cause.opened_at if cause.kind != "flood" else _out_since(known, cause)),
        "dark_from": stamp(known.night.next_dusk) if dark_by_day else None,
        **_announced_end(known, cause),
    }


def _announced_end(known: Understanding, cause: Cause) -> Document:
    """Say until when a cut or works were announced to last, and until when before that."""
    told = _recorded(known, cause)
    if told is None or told.until == NEVER:
        return {}
    before = {} if told.until_before == NEVER else {"until_before": stamp(told.until_before)}
    return {"until": stamp(told.until), **before}


def _recorded(known: Understanding, cause: Cause) -> Declared | None:
    return known.declared[cause.number] if cause.kind in RECORDED else None


def _lead(chain: list[Document]) -> list[Document]:
    """Links that the claim rests on: those of the first device, or all where there is none."""
    effects = [link for link in chain if link["role"] == EFFECT]
    if not effects:
        return []
    first = effects[0]["subject"]["code"]
    return [link for link in effects if link["subject"]["code"] == first]


def _out_since(known: Understanding, cause: Cause) -> int:
    """Since when lights have been out: the latch forgets it where the water has gone."""
    state, since = known.latch.state[cause.devices], known.latch.since[cause.devices]
    out = state != NORMAL
    if not out.any() or (state[out] != TRIPPED).any():
        return cause.opened_at
    return int(since[out].min())


def _root(city: City, known: Understanding, cause: Cause) -> Document:
    match cause.kind:
        case "burnt_cabinet" if len(cause.devices):
            return device_name(city, int(cause.devices[0]))
        case "distributor_cut" | "burnt_cabinet" | "works":
            return declared_name(known.declared[cause.number])
        case "flood" if len(cause.devices) != 1:
            flood = known.floods[cause.number]
            return {"kind": "flood", "code": flood.slug, "name": flood.name, "place": ""}
        case "flood":
            return device_name(city, int(cause.devices[0]))
        case "area_out" | "gateways_silent":
            began = stamp(cause.opened_at) or ""
            return {"kind": "event", "code": began, "name": "", "place": ""}
        case "lamp_failure":
            return light_name(city, cause.number)
        case "gateway_silent":
            return gateway_name(city, cause.number)
    return device_name(city, cause.number)


def _device(city: City, known: Understanding, cause: Cause, place: int) -> Document:
    latch, sites, depth = known.latch, city.sites, known.water.depth_m[place]
    drowned = cause.kind == "flood" and known.water.flood[place] >= 0
    return {
        **device_name(city, place),
        "state": str(STATES[latch.state[place]]),
        "since": stamp(int(latch.since[place])),
        "basis": str(BASES[latch.basis[place]]),
        "probability": round(float(latch.probability[place]), 3),
        "depth_m": round(float(depth), 3) if drowned and np.isfinite(depth) else None,
        "plinth_m": round(float(sites.plinth_m[place]), 3) if drowned else None,
        "plinth_source": str(sites.source[place]) if drowned else "unknown",
        "lights": len(_below(city, cause, place)),
    }


def _streets(
    city: City, known: Understanding, cause: Cause, streets: StreetImpact
) -> list[Document]:
    """Write every street touched, the most covered metres first."""
    around, names = city.surroundings, city.names
    number = np.searchsorted(around.street_id, streets.street_id)
    k = len(around.street_id)
    standing = np.bincount(around.street_of_light[around.street_of_light >= 0], minlength=k)
    own = cause.lights[around.street_of_light[cause.lights] >= 0]
    state, of = known.lights.state[own], around.street_of_light[own]
    confirmed = np.bincount(of[state == LightState.CONFIRMED_DARK], minlength=k)
    inferred = np.bincount(of[state == LightState.INFERRED_DARK], minlength=k)
    along = around.stretches.street
    on_street = along >= 0
    lit_cm = np.bincount(along[on_street], np.diff(around.stretches.sum_cm)[on_street], k)
    rows = [
        {
            "slug": names.street_slug[s],
            "name": names.street_name[s],
            "lights": int(standing[s]),
            "confirmed": int(confirmed[s]),
            "inferred": int(inferred[s]),
            "covered_m": round(covered / 100),
            "length_m": None if (cm := int(city.street_length_cm[s])) < 0 else round(cm / 100),
            "verdict": _verdict(cause, covered, int(lit_cm[s]), dark, int(standing[s])),
            "device": None if place < 0 else names.device_code[place],
        }
        for s, dark, covered, place in zip(
            number.tolist(),
            streets.lights.tolist(),
            streets.covered_cm.tolist(),
            streets.cause.tolist(),
            strict=True,
        )
    ]
    return sorted(rows, key=lambda row: (-float(str(row["covered_m"])), row["slug"]))


def _verdict(cause: Cause, covered_cm: int, lit_cm: int, dark: int, standing: int) -> str:
    """Say "dark" only from covered metres; from lights alone only where no stretch is known."""
    if cause.kind not in (*OUTAGES, "lamp_failure", "works"):
        return "reduced"
    if lit_cm:
        return "dark" if covered_cm >= lit_cm else "partly_dark" if covered_cm else "reduced"
    return "dark" if dark >= standing else "partly_dark"


def _assumptions(
    city: City, known: Understanding, cause: Cause, chain: list[Document]
) -> list[Document]:
    """List the values that nobody measured and that the proof uses."""
    found: list[Document] = [
        {
            "what": "plinth",
            "subject": city.names.device_code[place],
            "value": round(float(city.sites.plinth_m[place]), 3),
            "unit": "m",
        }
        for place in cause.devices.tolist()
        if cause.kind == "flood"
        and known.water.flood[place] >= 0
        and city.sites.source[place] == "assumed"
    ]
    found += [
        {"what": "wiring", "subject": link["subject"]["code"], "value": None, "unit": ""}
        for link in chain
        if link["step"] == "wiring" and link["basis"] == Basis.ASSUMED
    ]
    return found


def _evidence(city: City, observed: Observed, known: Understanding, cause: Cause) -> list[Document]:
    if cause.kind in OUTAGES and len(cause.devices):
        return outage_evidence(city, observed, known, int(cause.devices[0]))
    if cause.kind == "lamp_failure":
        rank = cause.number
        beside = city.supply.light_device == city.supply.light_device[rank]
        lit = np.flatnonzero(beside & known.readings.lit)
        if len(lit):
            last = int(lit[np.argmax(observed.lights.reported_at[lit])])
            at = int(observed.lights.reported_at[last])
            return [
                weigh("neighbours_lit", 3.0 * len(lit), light_name(city, last),
                      basis=Basis.MEASURED, at=at)
            ]  # fmt: skip
    return []


def _unknown(city: City, known: Understanding, cause: Cause, headline: Document) -> list[str]:
    """Name what the proof does not know."""
    missing = []
    if cause.kind in OUTAGES:
        missing.append("return_time")
    if cause.kind == "flood":
        missing += ["equipment_state", "river_level_forecast"]
        depth = known.water.depth_m[cause.devices]
        if np.isnan(depth).any():
            missing.append("water_depth")
    if cause.kind in {"cabinet_out", "feeder_out", "area_out", "gateways_silent"}:
        missing.append("cause")
    if cause.kind in {"gateway_silent", "gateways_silent", "still_silent"}:
        missing.append("lights")
    if len(cause.lights) and headline["residents"] is None and not headline["residents_withheld"]:
        missing.append("residents")
    if cause.kind in OUTAGES and city.supply.defects.unsupplied_lights:
        missing.append("wiring")
    return missing
