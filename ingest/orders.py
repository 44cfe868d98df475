"""Orders: what goes down to a device, and what shows that it was carried out."""

from typing import Any, Final, NamedTuple
from uuid import UUID

from ingest.codecs.profiles import Profile
from ingest.encoding import encode
from twin.store.commands import Evidence

_LEVEL_MARGIN: Final = 1.5
"""How far a reported dimming level may lie from the ordered one. [%]"""


class Order(NamedTuple):
    """What goes down: the bytes, and the port they are addressed to."""

    payload: bytes
    f_port: int


def write_order(profile: Profile, order_id: UUID, verb: str, parameters: dict[str, Any]) -> Order:
    """Write an order for a device of this profile.

    Raises
    ------
    Refused
        Devices of this profile do not obey that verb, or not with these parameters.
    """
    encoded = encode(profile, verb, parameters, sequence=order_id.bytes[0])
    return Order(encoded.payload, encoded.f_port)


def confirms(evidence: Evidence) -> bool:
    """Whether what a device said of itself shows that an order was carried out."""
    said, wanted = evidence.value, evidence.parameters
    match evidence.verb, evidence.property:
        case "open_valve" | "close_valve", "valve_open":
            is_open = evidence.verb == "open_valve"
            return evidence.channel == wanted.get("valve", 0) and (said > 0) == is_open
        case "dim", "dimming_level":
            return abs(said - float(wanted["level"])) <= _LEVEL_MARGIN
        case "switch_on" | "switch_off", "lamp_on":
            return (said > 0) == (evidence.verb == "switch_on")
        case "switch_off", "dimming_level":
            return said <= 0
        case _:
            return False
