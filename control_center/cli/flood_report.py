"""What a flood does, as ``reverbere flood`` tells it in French or in English."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from control_center.figures import Figures
from control_center.moments import Moments
from twin.store.incidents import Incident


def report(incident: Incident | None, proof: Mapping[str, Any], moments: Moments) -> Iterator[str]:
    """Tell an incident line by line.

    Parameters
    ----------
    incident : Incident or None
        Of the flood; None where it does nothing.
    proof : mapping
        Its newest proof.
    moments : Moments
        Writes times; brings the language.
    """
    texts = moments.texts
    if incident is None or incident.status == "closed":
        yield texts.plain("flood.nothing")
        return
    rows = dict(_rows(incident, proof, moments))
    width = max(map(len, rows))
    for label, value in rows.items():
        yield f"  {label:<{width}}  {value}"
    yield from _remarks(incident, proof, moments)


def _rows(
    incident: Incident, proof: Mapping[str, Any], moments: Moments
) -> Iterator[tuple[str, str]]:
    texts, figures, counts = moments.texts, Figures(moments.texts), incident.headline
    yield texts.plain("flood.incident"), incident.code
    yield texts.plain("flood.cabinets"), texts.number(counts["cabinets"])
    awaiting = sum(d["state"] == "awaiting_inspection" for d in proof["devices"])
    if awaiting:
        yield texts.plain("flood.awaiting"), texts.number(awaiting)
    yield (
        texts.plain("flood.lights"),
        texts.plain(
            "flood.lights_value",
            lights=texts.number(counts["lights"]),
            confirmed=texts.number(counts["lights_confirmed"]),
            inferred=texts.number(counts["lights_inferred"]),
        ),
    )
    yield texts.plain("flood.metres"), figures.quantity(counts["covered_m"], "m", 0)
    yield texts.plain("flood.residents"), _residents(counts, figures)
    yield texts.plain("flood.streets"), texts.number(counts["streets"])
    yield texts.plain("flood.buildings"), texts.number(counts["buildings"])


def _residents(counts: Mapping[str, Any], figures: Figures) -> str:
    if counts.get("residents_withheld"):
        return figures.texts.plain("flood.few")
    if counts["residents"] == 0:
        return figures.number(0)
    return figures.residents(counts["residents"]) or figures.texts.plain("flood.not_known")


def _remarks(incident: Incident, proof: Mapping[str, Any], moments: Moments) -> Iterator[str]:
    texts = moments.texts
    dark_from = incident.claim.get("dark_from")
    if dark_from:
        yield texts.plain("flood.dark_from", at_time=moments.at(datetime.fromisoformat(dark_from)))
    assumed = sum(item["what"] == "plinth" for item in proof["assumptions"])
    if assumed:
        yield texts.plain("flood.assumed", cabinets=texts.plural("count.cabinets", assumed))
    if incident.headline["cabinets"]:
        yield texts.plain("flood.inspect")
