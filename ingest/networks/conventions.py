"""What the conventions over plain MQTT share: availability, and the readings of one device."""

from typing import Final

from ingest.networks.identifiers import device_name
from ingest.networks.records import (
    NO_TIME,
    Event,
    Ignored,
    Instant,
    Named,
    Reading,
    Rejection,
    Uplink,
)

_ONLINE: Final = {
    **dict.fromkeys((b"online", b"true", b"1"), 1.0),
    **dict.fromkeys((b"offline", b"false", b"0"), 0.0),
}


def availability(network: str, name: str, told: bytes, payload: bytes) -> Event | Rejection:
    """Read a last will or its opposite: ``Online``, ``offline``, ``true``.

    It is a state: what the broker remembers of it counts.
    """
    online = _ONLINE.get(told.strip().strip(b'"').lower())
    device = device_name(name)
    if device is None:
        return Rejection("bad_identifier", name[:64])
    if online is None:
        return Rejection("unknown_state", told[:64].decode("utf-8", "replace"))
    return state(network, device, name, online, payload)


def state(  # noqa: PLR0917 - what there is to say of it
    network: str, device: str, name: str, online: float, payload: bytes, identity: str = ""
) -> Event:
    """Say whether a device can be reached; ``name`` is the one that it goes by."""
    detail = payload if payload.startswith(b"{") else b'{"online":%d}' % online
    return Event(
        network=network,
        kind="availability",
        subject=device,
        identity=identity,
        at=NO_TIME,
        detail=detail,
        readings=(Reading("online", online),),
        name=name,
        state=True,
    )


def measured(
    network: str, name: str, payload: bytes, named: tuple[Named, ...], at: Instant = NO_TIME
) -> Uplink | Ignored | Rejection:
    """Return one message's values as an uplink of a device with a free name."""
    device = device_name(name)
    if device is None:
        return Rejection("bad_identifier", name[:64])
    if not named:
        return Ignored("no_values")
    return Uplink(
        network=network,
        dev_eui=device,
        payload=payload,
        counted=False,
        gateway_at=at,
        name=name,
        named=named,
    )
