"""The proof of an incident: one canonical JSON document, kept to the byte.

Canonical means: keys sorted, no spaces, UTF-8 without escapes, figures rounded to their meaning,
instants in UTC to the second. The same facts give the same bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twin.incidents.times import SECOND, instant

FORMAT = "reverbere/proof@1"

Document = dict[str, Any]

_LINK_DIGEST = "sha256"

_DRIFTING = {"level": 0.1, "voltage": 5.0, "power": 10.0}
"""Figures that move all the time: how much of a move makes another fact. [m, V, W]"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A proof with its bytes.

    Attributes
    ----------
    document : dict
        The whole document.
    text : str
        Its canonical form.
    sha256 : str
        Of the UTF-8 bytes of ``text``.
    """

    document: Document
    text: str
    sha256: str


def canonical(document: Mapping[str, Any]) -> str:
    """Write a document in its one canonical form.

    Raises
    ------
    ValueError
        A figure is not finite: what is not known must be null.
    """
    return json.dumps(
        document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )


def digest(text: str) -> str:
    """Return the SHA-256 of a canonical text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def seal(
    body: Document, *, incident: str, version: int, as_of: int, territory: Mapping[str, Any]
) -> Sealed:
    """Make a body of facts into a proof.

    Parameters
    ----------
    body : dict
        From ``twin.incidents.describe``.
    incident : str
        Code of the incident, e.g. ``I-2026-0012``.
    version : int
        1 for the first.
    as_of : int
        The instant it speaks of. [µs]
    territory : mapping
        ``slug``, ``name``, ``simulated``.
    """
    document = {
        **body,
        "chain": [fingerprinted(link) for link in body["chain"]],
        "format": FORMAT,
        "incident": incident,
        "version": version,
        "as_of": stamp(as_of),
        "territory": dict(territory),
    }
    text = canonical(document)
    return Sealed(document, text, digest(text))


def fingerprinted(link: Mapping[str, Any]) -> Document:
    """Return a link with the digest of its other keys, so that it can be quoted by itself."""
    bare = {key: value for key, value in link.items() if key != _LINK_DIGEST}
    return {**bare, _LINK_DIGEST: digest(canonical(bare))}


def fingerprint(body: Document) -> str:
    """Return what changes when the facts of a body change, and only then.

    A river that rises by a centimetre, a voltage that trembles, one more neighbour that is heard:
    none of these is a new fact.
    """
    still = dict(body)
    still["chain"] = [_still(step) for step in body["chain"]]
    still["evidence"] = [
        {key: item[key] for key in ("name", "direction", "basis")} for item in body["evidence"]
    ]
    still["ruled_out"] = [{**item, "at": None} for item in body["ruled_out"]]
    return digest(canonical(still))


def _still(step: Document) -> Document:
    step = {key: value for key, value in step.items() if key != _LINK_DIGEST}
    moving = [figure for figure in step["figures"] if figure["name"] in _DRIFTING]
    if not moving:
        return step
    coarse = [{**each, "value": round(each["value"] / _DRIFTING[each["name"]])} for each in moving]
    rest = [figure for figure in step["figures"] if figure["name"] not in _DRIFTING]
    return {**step, "at": None, "figures": [*rest, *coarse]}


def stamp(micro: int) -> str | None:
    """Write an instant; None for never. [µs]"""
    moment = instant(micro - micro % SECOND)
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
