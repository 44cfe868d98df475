"""Gateways of a ChirpStack region: whether they are connected, and that they live.

Topics ``[<region>/]gateway/<id>/state/conn`` (retained) and ``…/event/stats``, JSON. Gateways
write Protobuf unless told otherwise; the bridge's marshaler must be set to ``json``.
Their radio frames (``event/up``) are never read here: encrypted, and not deduplicated.
"""

from typing import Final

import msgspec
from msgspec import field

from ingest.networks.identifiers import eui, plain_identifier
from ingest.networks.records import NO_TIME, Event, Ignored, Reading, Record, Rejection

NAME: Final = "gateway"


class _State(msgspec.Struct, gc=False):
    gateway_id: str = field(default="", name="gatewayId")
    gateway_id_v3: str = field(default="", name="gatewayID")
    state: str = ""
    time: str | None = None


_state = msgspec.json.Decoder(_State)
_ONLINE: Final = {"ONLINE": 1.0, "OFFLINE": 0.0}


def read(topic: str, payload: bytes) -> Record:
    """Read one state or statistics message."""
    words = topic.split("/")
    kind = "/".join(words[-2:])
    if kind not in {"state/conn", "event/stats"}:
        return Ignored("gateway_traffic")
    if not payload.startswith(b"{"):
        return Rejection("protobuf_not_read" if payload else "empty")
    found = _state.decode(payload)
    told = found.gateway_id or found.gateway_id_v3 or words[-3]
    gateway = eui(told) or plain_identifier(told)
    if gateway is None:
        return Rejection("bad_eui", told[:64])
    online = 1.0 if kind == "event/stats" else _ONLINE.get(found.state.upper())
    if online is None:
        return Rejection("unknown_state", found.state[:64])
    return Event(
        network=NAME,
        kind="gateway",
        subject=gateway,
        identity="",  # of its bytes
        at=found.time or NO_TIME,
        detail=payload,
        readings=(Reading("online", online),),
        state=True,
    )
