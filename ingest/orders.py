"""Orders as bytes for a device, written natively and read back before they leave."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple
from uuid import UUID

from ingest.codecs import milesight, volc2180
from ingest.codecs.profiles import Profile
from twin.errors import Refused
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
        Devices of this profile do not obey that verb.
    """
    writer = _WRITERS.get((profile.codec, verb))
    if writer is None:
        raise Refused("not_supported", f"devices of profile {profile.name} do not obey {verb!r}")
    payload = writer(parameters, order_id.bytes[0])
    if not _means(profile.codec, payload, verb, parameters):
        raise Refused("not_readable", f"the order {verb!r} does not read back as it was meant")
    return Order(payload, profile.f_port)


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


def _open(parameters: dict[str, Any], sequence: int) -> bytes:
    return milesight.encode_valve(
        is_open=True,
        valve=int(parameters.get("valve", 0)),
        duration_s=round(parameters["duration_s"]),
        sequence=sequence,
    )


def _close(parameters: dict[str, Any], sequence: int) -> bytes:
    valve = int(parameters.get("valve", 0))
    return milesight.encode_valve(is_open=False, valve=valve, sequence=sequence)


_WRITERS: Final[dict[tuple[str, str], Callable[[dict[str, Any], int], bytes]]] = {
    ("uc511", "open_valve"): _open,
    ("uc511", "close_valve"): _close,
    ("volc2180", "dim"): lambda asked, _: volc2180.encode_dim(float(asked["level"])),
    ("volc2180", "switch_on"): lambda *_: volc2180.encode_switch(on=True),
    ("volc2180", "switch_off"): lambda *_: volc2180.encode_switch(on=False),
    ("ws558", "switch_on"): lambda *_: milesight.encode_switch(on=True),
    ("ws558", "switch_off"): lambda *_: milesight.encode_switch(on=False),
}


def _means(codec: str, payload: bytes, verb: str, parameters: dict[str, Any]) -> bool:
    """Read an order back with the device's own table."""
    if codec == "uc511":
        order = milesight.decode_command(payload)
        wanted = round(parameters["duration_s"]) if verb == "open_valve" else 0
        valve = parameters.get("valve", 0)
        return order is not None and order[:3] == (valve, verb == "open_valve", wanted)
    if codec == "ws558":
        return payload == bytes([0x08, 0x01, int(verb == "switch_on")])
    told = volc2180.decode_command(payload) or {}
    if verb == "dim":
        return abs(told.get("dim", -1) - float(parameters["level"])) <= 0.2
    return told.get("switch") == float(verb == "switch_on")
