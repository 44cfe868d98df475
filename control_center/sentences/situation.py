"""Which sentence a proof allows: the strongest that its weakest link still carries."""

from dataclasses import dataclass
from typing import Literal

from control_center.sentences.document import Device, Proof, Street

LEAST_PROBABLE = 0.6
"""Under it nothing is asserted to the public."""

KNOWN = frozenset({"measured", "observed"})
"""Ways of knowing that need no « probably »."""

_KNOWN_DEVICES = {
    "substation": "upstream_substation",
    "cabinet": "cabinet_out",
    "feeder": "feeder",
}

Extent = Literal["dark", "partly_dark", "reduced", "town"]


@dataclass(frozen=True, slots=True)
class Situation:
    """What may be said.

    Attributes
    ----------
    key : str
        Pattern of ``sentence.*`` in the catalogues.
    extent : {'dark', 'partly_dark', 'reduced', 'town'}
        How much of the reader's street; ``town`` when no street is meant.
    device : Device | None
        The supply device that the sentence names.
    """

    key: str
    extent: Extent
    device: Device | None = None


def situation(proof: Proof, slug: str | None = None) -> Situation:
    """Choose the pattern for an incident, seen from one street or from the whole town.

    Parameters
    ----------
    slug : str, optional
        The reader's street.
    """
    street = None if slug is None else proof.street(slug)
    if street is None and proof.kind == "flood" and len(proof.devices) != 1:
        key = "flood_several" if _cabinets(proof) > 1 else "flood_buildings"
        if key == "flood_several" or not proof.devices:
            return Situation(key, "town")
    if street is None and proof.kind == "area_out" and _cabinets(proof) > 1:
        return Situation("several_out", "town")
    device = _device(proof, street)
    return Situation(_key(proof, street, device), _extent(street), device)


def _cabinets(proof: Proof) -> int:
    return sum(device.kind == "cabinet" for device in proof.devices)


def _device(proof: Proof, street: Street | None) -> Device | None:
    """Return the device nearest to the street that is out, else the root of the incident."""
    near = None if street is None else proof.device(street.device)
    return near or proof.device(proof.root.code) or next(iter(proof.devices), None)


def _extent(street: Street | None) -> Extent:
    if street is None:
        return "town"
    if street.verdict == "dark":
        return "dark"
    return "partly_dark" if street.verdict == "partly_dark" else "reduced"


def _key(proof: Proof, street: Street | None, device: Device | None) -> str:
    match proof.kind:
        case "works" | "low_voltage":
            return proof.kind
        case "gateway_silent" | "gateways_silent" | "still_silent":
            return "no_messages_but_lit" if seen_lit(proof) else "nothing_known"
        case "lamp_failure":
            return "several_lamps" if lamps_out(proof, street) > 1 else "single_lamp"
    if proof.kind == "distributor_cut":
        return _cut(proof, street, device)
    if not _asserted(proof, street, device):
        return "nothing_known"
    if device is None or not proof.nameable:
        return "area_guessed"
    if device.kind == "cabinet":
        return _cabinet(proof, street, device)
    return _unpowered(proof, street, device)


def _cut(proof: Proof, street: Street | None, device: Device | None) -> str:
    if device is not None and device.state == "recovering":
        return "cut_ended"
    if device is not None and device.state == "awaiting_inspection":
        return "cut_not_back"
    seen = device is not None and _seen(proof, street, device)
    return "cut_confirmed" if seen else "cut_announced"


def _cabinet(proof: Proof, street: Street | None, device: Device) -> str:
    if device.state == "recovering":
        return "repaired_watch"
    after_water = proof.kind != "burnt_cabinet" and device.state == "awaiting_inspection"
    if after_water and _seen(proof, street, device):
        return "water_receding"
    if proof.kind == "burnt_cabinet" and device.state == "tripped":
        return "burnt_cabinet"
    if proof.kind == "flood" and device.state != "awaiting_inspection":
        return _flooded(proof, street, device)
    return _unpowered(proof, street, device)


def _flooded(proof: Proof, street: Street | None, device: Device) -> str:
    plinth_is_measured = device.plinth_m is not None and device.plinth_source == "measured"
    if depth_is_measured(proof, device) and plinth_is_measured:
        return "flooded_measured"
    return "flooded_confirmed" if _seen(proof, street, device) else "flooded_assumed"


def _unpowered(proof: Proof, street: Street | None, device: Device) -> str:
    if _known(proof, device):
        return _KNOWN_DEVICES.get(device.kind, "area_guessed")
    return "seen_dark" if lamps_tell(street) else "inferred_cause"


def depth_is_measured(proof: Proof, device: Device) -> bool:
    """Whether an instrument gives the depth of water at a device."""
    step = proof.step("water_depth", device.code)
    return device.depth_m is not None and step is not None and step.basis == "measured"


def seen_lit(proof: Proof) -> bool:
    """Whether a measurement, or a person, shows light although messages are missing."""
    return any(
        item.direction == "against" and item.basis in KNOWN and item.name.endswith("_lit")
        for item in proof.evidence
    )


def _known(proof: Proof, device: Device) -> bool:
    return basis_of(proof, device) in KNOWN


def basis_of(proof: Proof, device: Device) -> str:
    """Return how the outage of a device is known; the claim speaks for the root."""
    if device.basis not in KNOWN and device.code == proof.root.code:
        return proof.claim.basis
    return device.basis


def lamps_tell(street: Street | None) -> bool:
    """Whether the lamps of a street report themselves that most of what is out is out."""
    return street is not None and street.confirmed > street.inferred


def _seen(proof: Proof, street: Street | None, device: Device) -> bool:
    """Whether the outage itself needs no « probably », whatever its cause."""
    return _known(proof, device) or lamps_tell(street)


def basis_in(proof: Proof, street: Street | None, device: Device | None) -> str:
    """Return how the outage of a street is known: by its lamps, its device, or the claim."""
    basis = proof.claim.basis if device is None else basis_of(proof, device)
    return "measured" if basis not in KNOWN and lamps_tell(street) else basis


def _asserted(proof: Proof, street: Street | None, device: Device | None) -> bool:
    if device is None:
        known = proof.claim.basis in KNOWN or lamps_tell(street)
    else:
        known = _seen(proof, street, device)
    probability = chance_of(proof, device)
    return known or (probability is not None and probability >= LEAST_PROBABLE)


def chance_of(proof: Proof, device: Device | None) -> float | None:
    """Return how probable the outage is: that of the device, else that of the whole claim."""
    if device is not None and device.probability is not None:
        return device.probability
    return proof.claim.probability


def lamps_out(proof: Proof, street: Street | None) -> int:
    """Return how many lamps are out, of the street where one is meant."""
    if street is not None:
        return street.confirmed + street.inferred
    return proof.headline.lights or 0
