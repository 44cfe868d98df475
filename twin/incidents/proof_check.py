"""Check a proof without the engine that made it: standard library, nothing of ours.

``python -m twin.incidents.proof_check FILE [SHA256]`` prints what does not hold; silence is good
news. It replays what a careful reader would: the bytes are canonical, each link has its own digest,
links join end to end, the trip rule holds on the figures, counts agree, and nothing is claimed
surer than its weakest link.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FORMAT = "reverbere/proof@1"
BASES = ("unknown", "assumed", "computed", "announced", "observed", "measured")
KEYS = {
    "as_of", "assumptions", "chain", "claim", "devices", "evidence", "format", "headline",
    "incident", "kind", "root", "ruled_out", "streets", "territory", "unknown", "version",
}  # fmt: skip
LINK_KEYS = {
    "at", "basis", "confidence", "figures", "object", "relation", "role", "sha256", "source",
    "step", "subject",
}  # fmt: skip
OUTAGES = (
    "flood", "distributor_cut", "burnt_cabinet", "cabinet_out", "feeder_out", "area_out",
)  # fmt: skip
OUT = ("tripped", "awaiting_inspection")

Document = dict[str, Any]


def check(text: str, sha256: str | None = None) -> list[str]:
    """List what does not hold in a proof; an empty list means that all of it does.

    Parameters
    ----------
    text : str
        The document as published.
    sha256 : str, optional
        Digest published beside it.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        return [f"not JSON: {error}"]
    if not isinstance(document, dict) or KEYS - document.keys():
        missing = sorted(KEYS - set(document)) if isinstance(document, dict) else sorted(KEYS)
        return [f"keys missing: {', '.join(missing)}"]
    problems = [*_bytes(text, document, sha256), *_shape(document)]
    if not problems:
        for rule in (_times, _joins, _trip_rule, _told, _confidence, _basis, _counts, _assumptions):
            problems += rule(document)
    return problems


def _bytes(text: str, document: Document, sha256: str | None) -> Iterator[str]:
    if text != _canonical(document):
        yield "the bytes are not in canonical form"
    if sha256 is not None and hashlib.sha256(text.encode()).hexdigest() != sha256:
        yield "the digest is not that of these bytes"
    if document["format"] != FORMAT:
        yield f"format {document['format']!r}, expected {FORMAT!r}"


def _shape(document: Document) -> Iterator[str]:
    for number, link in enumerate(document["chain"]):
        if LINK_KEYS - link.keys():
            yield f"link {number}: keys missing: {', '.join(sorted(LINK_KEYS - link.keys()))}"
        elif link["basis"] not in BASES:
            yield f"link {number}: basis {link['basis']!r} is no way of knowing"
        elif not 0 <= link["confidence"] <= 1:
            yield f"link {number}: confidence {link['confidence']} is not between 0 and 1"
        elif link["sha256"] != _digest_of(link):
            yield f"link {number} ({link['step']}): the digest is not that of this link"


def _digest_of(link: Document) -> str:
    bare = {key: value for key, value in link.items() if key != "sha256"}
    return hashlib.sha256(_canonical(bare).encode()).hexdigest()


def _canonical(document: Document) -> str:
    return json.dumps(
        document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )


def _times(document: Document) -> Iterator[str]:
    """Nothing is told that lies after the moment it speaks of. (Stamps sort as text.)"""
    for number, link in enumerate(document["chain"]):
        if link["at"] is not None and link["at"] > document["as_of"]:
            yield f"link {number} ({link['step']}) is later than the proof"
    since = document["claim"]["since"]
    if since is not None and since > document["as_of"]:
        yield "the claim begins after the proof"


def _joins(document: Document) -> Iterator[str]:
    """Each device out has its loss of supply; each link is about a thing of the incident."""
    known = {document["root"]["code"], *(device["code"] for device in document["devices"])}
    if document["kind"] == "gateways_silent":  # an event: its gateways stand in the chain alone
        known |= {link["subject"]["code"] for link in document["chain"]}
    lost = {link["subject"]["code"] for link in document["chain"] if link["step"] == "supply_lost"}
    for device in document["devices"]:
        if document["kind"] in OUTAGES and device["state"] in OUT and device["code"] not in lost:
            yield f"{device['code']} is out, and no link says that it lost its supply"
    for number, link in enumerate(document["chain"]):
        about = link["subject"]["code"]
        if link["step"] != "water_level" and about not in known:
            yield f"link {number} ({link['step']}) is about {about}, which the proof does not name"
    for street in document["streets"]:
        if street["device"] is not None and street["device"] not in known:
            yield f"street {street['slug']} names device {street['device']}, which is not listed"


def _trip_rule(document: Document) -> Iterator[str]:
    """Water trips strictly above the plinth; what is computed from it must show both figures."""
    depth, plinth = (_figures(document, step, name) for step, name in _RULE)
    for device in document["devices"]:
        code = device["code"]
        for column, figures in (("depth_m", depth), ("plinth_m", plinth)):
            stated = device[column]
            if code in figures and stated is not None and figures[code] != stated:
                yield f"{code}: {column} {stated} in the list, {figures[code]} in the chain"
    for link in document["chain"]:
        code = link["subject"]["code"]
        if link["step"] != "supply_lost" or link["source"] != "rule":
            continue
        standing = next((d["state"] for d in document["devices"] if d["code"] == code), "")
        if standing == "tripped" and not depth.get(code, 0.0) > plinth.get(code, 99.0):
            yield f"{code}: computed out, but its water is not above its plinth"


def _told(document: Document) -> Iterator[str]:
    """Find losses said to rest on a notice, or on a person's word, that no link tells."""
    told = {(link["step"], link["subject"]["code"]) for link in document["chain"]}
    for link in document["chain"]:
        wanted = _WORD.get(link["source"]) if link["step"] == "supply_lost" else None
        code = link["subject"]["code"]
        if wanted is not None and (wanted, code) not in told:
            yield f"{code}: out by what was recorded, and no link ({wanted}) says what that is"


_WORD = {"notice": "cut", "person": "burnt"}
_RULE = (("water_depth", "depth"), ("plinth", "plinth"))


def _figures(document: Document, step: str, name: str) -> dict[str, float]:
    return {
        link["subject"]["code"]: figure["value"]
        for link in document["chain"]
        if link["step"] == step
        for figure in link["figures"]
        if figure["name"] == name
    }


def _lead(document: Document) -> list[Document]:
    """Links that the claim rests on: those of the first subject that any of them is about."""
    effects = [link for link in document["chain"] if link["role"] == "effect"]
    return [link for link in effects if link["subject"]["code"] == effects[0]["subject"]["code"]]


def _confidence(document: Document) -> Iterator[str]:
    claimed = document["claim"]["probability"]
    weakest = min((link["confidence"] for link in _lead(document)), default=None)
    if claimed is None:
        return
    if weakest is None:
        yield "something is claimed that no link carries"
    elif claimed > weakest:
        yield f"claimed at {claimed}, its weakest link carries {weakest}"


def _basis(document: Document) -> Iterator[str]:
    grounds = [BASES.index(link["basis"]) for link in _lead(document) if link["step"] != "wiring"]
    if grounds and BASES.index(document["claim"]["basis"]) > min(grounds):
        yield f"claimed as {document['claim']['basis']}, a link is only {BASES[min(grounds)]}"


def _counts(document: Document) -> Iterator[str]:
    counts = document["headline"]
    if document["kind"] in OUTAGES:
        told = counts["lights_confirmed"] + counts["lights_inferred"]
        if counts["lights"] != told:
            yield f"{counts['lights']} lights, of which {told} confirmed or inferred"
    cabinets = sum(device["kind"] == "cabinet" for device in document["devices"])
    if counts["cabinets"] != cabinets:
        yield f"{counts['cabinets']} cabinets in the headline, {cabinets} in the list"
    if counts["streets"] != len(document["streets"]):
        yield f"{counts['streets']} streets in the headline, {len(document['streets'])} in the list"
    for street in document["streets"]:
        if street["confirmed"] + street["inferred"] > street["lights"]:
            yield f"street {street['slug']}: more lights out than stand there"


def _assumptions(document: Document) -> Iterator[str]:
    """Find assumed plinths that are not said to be assumed."""
    said = {item["subject"] for item in document["assumptions"] if item["what"] == "plinth"}
    for device in document["devices"]:
        if device["plinth_source"] == "assumed" and device["code"] not in said:
            yield f"{device['code']}: its plinth is assumed, and the proof does not say so"


def main(arguments: list[str]) -> int:
    """Check a file from the command line."""
    if not 1 <= len(arguments) <= 2:
        sys.stderr.write("usage: python -m twin.incidents.proof_check FILE [SHA256]\n")
        return 2
    problems = check(Path(arguments[0]).read_text(encoding="utf-8"), *arguments[1:])
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
