"""The way down to a device: topic and message, as its network wants an order written."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from ingest.networks import chirpstack_v4, things_stack
from ingest.networks.chirpstack_v4_wire import command_topic, write_downlink
from ingest.networks.identifiers import eui
from ingest.orders import Order
from twin.errors import Refused

OWN: Final = "reverbere:order:"
"""What our own identifier follows in a correlation id of The Things Stack."""

_encode = msgspec.json.Encoder().encode


class Way(NamedTuple):
    """Where an order is published."""

    topic: str
    payload: bytes


class Addressed(NamedTuple):
    """An order and the device it is for.

    Attributes
    ----------
    network, application : str
        As the device was met; for The Things Stack the application is ``app@tenant/device``.
    """

    id: UUID
    network: str
    application: str
    dev_eui: str
    order: Order
    expires_at: datetime


def way_down(one: Addressed) -> Way:
    """Return the way of one order.

    Raises
    ------
    Refused
        ``no_route``: the network takes no orders from us, or the device's address is not whole.
    """
    if one.network == chirpstack_v4.NAME and one.application and eui(one.dev_eui) == one.dev_eui:
        message = write_downlink(
            str(one.id),
            one.dev_eui,
            one.order.payload,
            f_port=one.order.f_port,
            confirmed=True,
            expires_at=one.expires_at,
        )
        return Way(command_topic(one.application, one.dev_eui), message)
    if one.network == things_stack.NAME:
        return Way(_down_topic(one.application, "push"), _downlinks([one]))
    way = f"network {one.network!r}, application {one.application!r}, address {one.dev_eui!r}"
    raise Refused("no_route", f"no way to this device: {way}")


def instead(one: Addressed, still: Sequence[Addressed]) -> Way:
    """Return the way that leaves only these orders in a device's queue at The Things Stack.

    That network knows no expiry: what is over is taken out of its queue.
    """
    return Way(_down_topic(one.application, "replace"), _downlinks(still))


def _down_topic(application: str, word: str) -> str:
    uid, _, device = application.partition("/")
    if not uid or not device or set("/+#") & set(device):
        way = f"application {application!r} is not application@tenant/device"
        raise Refused("no_route", f"no way to this device: {way}")
    return f"v3/{uid}/devices/{device}/down/{word}"


def _downlinks(orders: Sequence[Addressed]) -> bytes:
    return _encode(
        {
            "downlinks": [
                {
                    "f_port": one.order.f_port,
                    "frm_payload": base64.b64encode(one.order.payload).decode(),
                    "confirmed": True,
                    "priority": "NORMAL",
                    "correlation_ids": [f"{OWN}{one.id}"],
                }
                for one in orders
            ]
        }
    )
