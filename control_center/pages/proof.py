"""The proof of an incident, for whoever wants to check it: the chain, the doubts, the file."""

import math
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from control_center.catalogue import Texts
from control_center.pages.cache import CONTROL, cache_of
from control_center.pages.section import section_of
from control_center.pages.street_view import next_quarter, switch_on_after
from control_center.pages.territories import territory_of
from control_center.rendering import pages_of, words_of
from control_center.sentences.chain import Chain
from control_center.sentences.document import Device, Place, Proof, Street, read_proof, weakest
from control_center.sentences.situation import KNOWN, lamps_tell, situation
from control_center.sentences.speaker import Moment, Speaker
from control_center.texts import moments_of
from twin.store.incidents import IncidentReader, StoredProof

MOST_LINKS = 24
"""Links beyond which a page shows those of one device; the file holds them all."""

MOST_VERSIONS = 30
"""Versions that a page lists; the API lists them all."""

MOST_ROWS = 40
"""Devices and streets that a page lists; the file holds them all."""

router = APIRouter(include_in_schema=False)


@router.get("/preuve/{code}.json")
def document(request: Request, code: str, version: int | None = None) -> Response:
    """Give a proof to the byte, with its fingerprint as the entity's tag."""
    stored = IncidentReader(request.app.state.database).stored_proof(code, version)
    headers = {
        "ETag": f'"{stored.sha256}"',
        "Cache-Control": CONTROL if version is None else "public, max-age=31536000, immutable",
        "Content-Disposition": f'attachment; filename="{code}-v{stored.version}.json"',
        "X-Content-SHA256": stored.sha256,
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(stored.document, media_type="application/json", headers=headers)


@router.get("/preuve/{code}")
def proof(
    request: Request, code: str, version: int | None = None, rue: str | None = None
) -> Response:
    """Show a proof link by link, as seen from a street or from the whole town."""
    territory = territory_of(request)

    def build() -> Response:
        state, language = request.app.state, words_of(request).language
        reader = IncidentReader(state.database)
        now = state.clock.now()
        speaker = Speaker(moments_of(language, territory, now))
        moment = Moment(next_quarter(now), switch_on_after(now, territory))
        stored = reader.stored_proof(code, version)
        newest = reader.incident(code).proof_version
        versions = reader.proof_versions(code).sort("version", descending=True)
        return pages_of(request).render(
            request,
            "proof/proof.html",
            **_context(speaker, moment, stored, newest, rue),
            versions=versions.head(MOST_VERSIONS).to_dicts(),
        )

    return cache_of(request).respond(request, build)


def _context(
    speaker: Speaker, moment: Moment, stored: StoredProof, newest: int, slug: str | None
) -> dict[str, Any]:
    proof = read_proof(orjson.loads(stored.document))
    street = None if slug is None else proof.street(slug)
    chosen = situation(proof, slug if street else None)
    chain = Chain(speaker)
    told = _device_told(proof, chosen.device if street else None)
    return {
        "proof": proof,
        "stored": stored,
        "newest": newest,
        "street": street,
        "spoken": speaker.incident(proof, moment, slug if street else None),
        "verdict": _verdict(proof, street.verdict if street else "dark"),
        "together": together(speaker.texts, proof.claim.probability),
        "weakest": _weakest(speaker, proof, street),
        "lines": chain.lines(proof, told),
        "links_of": None if told is None or street else chain.noun("noun_of", told_place(told)),
        "most_rows": MOST_ROWS,
        "unknown": chain.unknown(proof),
        "evidence": chain.evidence(proof),
        "ruled_out": chain.ruled_out(proof),
        "section": section_of(proof, chosen.device) if proof.kind == "flood" else None,
        "size_kb": len(stored.document.encode()) / 1000,
    }


def _device_told(proof: Proof, asked: Device | None) -> Device | None:
    """Return the device whose links alone are shown; None where all of them are."""
    if asked is not None:
        return asked
    crowded = len(proof.chain) > MOST_LINKS
    return proof.devices[0] if crowded and proof.devices else None


def told_place(device: Device) -> Place:
    """Return a device as a thing that can be named."""
    return Place(device.kind, device.code, place=device.place)


def _verdict(proof: Proof, verdict: str) -> str:
    if proof.claim.verdict == "silent":
        return "silent"
    return verdict if verdict in {"dark", "partly_dark"} else "reduced"


def _lamps_tell(proof: Proof, street: Street | None) -> bool:
    """Whether the lamps report the outage themselves, in the street or in all."""
    if street is not None:
        return lamps_tell(street)
    counts = proof.headline
    return (counts.lights_confirmed or 0) > (counts.lights_inferred or 0)


def together(texts: Texts, probability: float | None) -> str | None:
    """Write the chance of the whole claim out of a hundred; never a hundred."""
    if probability is None:
        return None
    if probability >= 0.995:
        return texts.plain("proof.hundred_most")
    return texts.plain("proof.hundred", number=texts.number(math.floor(probability * 100 + 0.5)))


def _weakest(speaker: Speaker, proof: Proof, street: Street | None) -> str | None:
    """Say in words which link is the weakest, and what does not depend on it."""
    claim = "measured" if _lamps_tell(proof, street) else proof.claim.basis
    chain = weakest([step.basis for step in proof.chain]) if proof.chain else claim
    if proof.claim.verdict in {"silent", "flooded"}:  # no outage is claimed
        return None
    if claim in KNOWN:
        key = "none" if chain in KNOWN else f"claim_{claim}"
    else:
        key = "computed" if claim == "computed" else "assumed"
    return speaker.texts.plain(f"proof.weakest.{key}", assumptions=speaker.assumptions(proof))
