"""Gateways of a ChirpStack region: whether they are connected, and that they live.

Topics ``[<region>/]gateway/<id>/state/conn`` (retained) and ``…/event/stats``, in Protobuf, which
is the bridge's default, or in JSON.
Their radio frames (``event/up``) are never read here: encrypted, and not deduplicated.
"""

from typing import Final

import msgspec
from msgspec import field

from ingest.networks.chirpstack_protobuf import GATEWAY
from ingest.networks.identifiers import eui, plain_identifier
from ingest.networks.protobuf import decode
from ingest.networks.records import NO_TIME, Event, Ignored, Reading, Record, Rejection

NAME: Final = "gateway"


class _State(msgspec.Struct, gc=False):
    gateway_id: str = field(default="", name="gatewayId")
    gateway_id_v3: str = field(default="", name="gatewayID")
    state: str = ""
    time: str | None = None


_encode = msgspec.json.Encoder().encode
_state = msgspec.json.Decoder(_State)
_ONLINE: Final = {"ONLINE": 1.0, "OFFLINE": 0.0}


def read(topic: str, payload: bytes) -> Record:
    """Read one state or statistics message."""
    words = topic.split("/")
    kind = "/".join(words[-2:])
    if kind not in {"state/conn", "event/stats"}:
        return Ignored("gateway_traffic")
    if not payload:
        return Rejection("empty")
    if not payload.startswith(b"{"):
        try:
            told = decode(GATEWAY[kind], payload)
        except msgspec.DecodeError as error:
            return Rejection("not_protobuf", str(error))
        payload = _encode({"state": "OFFLINE"} | told)  # Protobuf leaves a default out
    found = _state.decode(payload)
    name = found.gateway_id or found.gateway_id_v3 or words[-3]
    gateway = eui(name) or plain_identifier(name)
    if gateway is None:
        return Rejection("bad_eui", name[:64])
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
