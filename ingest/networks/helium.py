"""Helium's legacy Console: ``helium/<device>/rx``. Today's Helium servers are ChirpStack v4.

A frame may come as several messages, one a hotspot, up to half an hour apart and always with the
same bytes: copies are recognised by their content. ``reported_at`` is scaled by its magnitude.
"""

from typing import Annotated, Any, Final

import msgspec
from msgspec import field

from ingest.networks.identifiers import base64_bytes, eui
from ingest.networks.instants import by_magnitude
from ingest.networks.radio import of_text
from ingest.networks.records import NO_TIME, Record, Rejection, Uplink

NAME: Final = "helium"

_NOTHING: Final = msgspec.Raw(b"")


class _Decoded(msgspec.Struct, gc=False):
    payload: msgspec.Raw = _NOTHING


class _Up(msgspec.Struct, gc=False):
    dev_eui: str
    payload: str = ""
    fcnt: Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)] = 0
    port: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0
    devaddr: str = ""
    name: str = ""
    reported_at: float | None = None
    hotspots: msgspec.Raw = _NOTHING
    decoded: _Decoded | None = None
    logged_at: int | None = field(default=None, name="_timestamp")  # ms, the logger's


class _Hotspot(msgspec.Struct, gc=False):
    reported_at: float | None = None
    spreading: Any = None
    frequency: Any = None


_up = msgspec.json.Decoder(_Up)
_hotspots = msgspec.json.Decoder(list[_Hotspot] | None)


def read(topic: str, payload: bytes) -> Record:  # noqa: ARG001 - everything is in the payload
    """Read one uplink."""
    if not payload:
        return Rejection("empty")
    up = _up.decode(payload)
    dev_eui = eui(up.dev_eui)
    if dev_eui is None:
        return Rejection("bad_eui", up.dev_eui[:64])
    data = base64_bytes(up.payload)
    if data is None:
        return Rejection("bad_base64", up.payload[:64])
    hotspots = _hotspots.decode(up.hotspots) if up.hotspots else None
    return Uplink(
        network=NAME,
        dev_eui=dev_eui,
        payload=data,
        session=up.devaddr.lower(),
        f_cnt=up.fcnt,
        f_port=up.port,
        gateway_at=by_magnitude(hotspots[0].reported_at) if hotspots else NO_TIME,
        network_at=by_magnitude(up.reported_at),
        application_at=by_magnitude(up.logged_at),
        receptions=bytes(up.hotspots) if hotspots else b"[]",
        decoded=_object(up.decoded),
        name=up.name,
        radio=of_text(hotspots[0].spreading, hotspots[0].frequency) if hotspots else 0,
    )


def _object(decoded: _Decoded | None) -> bytes:
    raw = b"" if decoded is None else bytes(decoded.payload)
    return b"" if raw == b"null" else raw
