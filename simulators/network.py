"""The LoRaWAN network between devices and broker: what is heard, and what goes down.

It behaves as a ChirpStack v4 server that has already merged the copies of one frame: one ``up`` an
uplink with a reception for each gateway, and ``txack``, ``ack`` and ``log`` for orders.
"""

import hashlib
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ingest.networks.chirpstack_v4_wire import (
    Downlink,
    event_topic,
    reception,
    write_event,
    write_up,
)
from simulators.city.plan import Floats
from simulators.city.radio import NOISE_FLOOR_DBM
from simulators.devices.fleet import Fleet, instant
from simulators.devices.gateways import Gateways
from simulators.message import Message

_SENSITIVITY_DBM = -127.0
_FADING_DB = 3.0
_REMEMBERED_ORDERS = 10_000
# data rate by the strength at the best gateway, as ADR would settle it
_DATA_RATES = ((-100.0, 5), (-106.0, 4), (-111.0, 3), (-115.0, 2), (-119.0, 1))


class NetworkServer:
    """Carries frames up and orders down.

    Parameters
    ----------
    gateways : Gateways
        Who hears.
    places : array, shape (gateways, 2)
        Longitude and latitude of each. [deg]
    loss : float
        Share of frames that nobody hears.
    identity : bytes
        Makes device addresses and frame identifiers this run's own.
    rng : Generator
        For the air.
    """

    def __init__(
        self,
        gateways: Gateways,
        places: Floats,
        loss: float,
        identity: bytes,
        rng: np.random.Generator,
    ) -> None:
        self._gateways = gateways
        self._places = places
        self._loss = loss
        self._identity = identity
        self._rng = rng
        self._orders: OrderedDict[str, None] = OrderedDict()
        self._f_cnt_down: dict[str, int] = {}

    def up(self, fleet: Fleet, device: int, payload: bytes, at: int) -> Message | None:
        """Carry one frame; None where no gateway heard it. Its counter moves in any case."""
        f_cnt = int(fleet.f_cnt[device])
        fleet.f_cnt[device] += 1
        heard = self._receptions(fleet, device, at)
        lost = self._rng.random() < self._loss
        if not heard or (lost and f_cnt > 0):  # a device that has just joined repeats its first
            return None
        strongest = max(r["rssi"] for r in heard)
        body = write_up(
            fleet.info[device],
            dedup_id=self._identifier(fleet.eui[device], int(fleet.session[device]), f_cnt),
            at=instant(at),
            dev_addr=self._address(fleet, device),
            f_cnt=f_cnt,
            f_port=fleet.f_port,
            payload=payload,
            receptions=heard,
            data_rate=next((rate for floor, rate in _DATA_RATES if strongest > floor), 0),
        )
        return Message(at, event_topic(fleet.application, fleet.eui[device], "up"), body)

    def join(self, fleet: Fleet, device: int, at: int) -> Message:
        """Tell that a device started a new session."""
        body = write_event(
            fleet.info[device],
            instant(at),
            deduplicationId=self._identifier(fleet.eui[device], int(fleet.session[device]), 0),
            devAddr=self._address(fleet, device),
            regionConfigId="eu868",
        )
        return Message(at, event_topic(fleet.application, fleet.eui[device], "join"), body)

    def accepts(self, order: Downlink) -> bool:
        """Whether an order is new: one that came twice acts once."""
        if order.id in self._orders:
            return False
        self._orders[order.id] = None
        if len(self._orders) > _REMEMBERED_ORDERS:
            self._orders.popitem(last=False)
        return True

    def expired(self, order: Downlink, at: int) -> bool:
        """Whether the time of an order is over."""
        if not order.expires_at:
            return False
        end = datetime.fromisoformat(order.expires_at)
        return instant(at) >= (end if end.tzinfo else end.replace(tzinfo=UTC))

    def gateway_for(self, fleet: Fleet, device: int) -> int | None:
        """Return the loudest gateway that is there, to send through; None without any."""
        for gateway in fleet.heard_by.gateway[device]:
            if gateway >= 0 and self._gateways.online[gateway]:
                return int(gateway)
        return None

    def txack(self, fleet: Fleet, device: int, order: Downlink, gateway: int, at: int) -> Message:
        """Tell that a gateway took an order."""
        count = self._f_cnt_down[order.dev_eui] = self._f_cnt_down.get(order.dev_eui, 0) + 1
        fields: dict[str, Any] = {
            "downlinkId": int(self._rng.integers(1, 2**31)),
            "queueItemId": order.id,
            "fCntDown": count,
            "gatewayId": self._gateways.ids[gateway],
            "txInfo": {"frequency": 869_525_000, "power": 27},
        }
        body = write_event(fleet.info[device], instant(at), **fields)
        return Message(at, event_topic(fleet.application, fleet.eui[device], "txack"), body)

    def ack(self, fleet: Fleet, device: int, order: Downlink, at: int, *, heard: bool) -> Message:
        """Tell whether the device confirmed an order."""
        body = write_event(
            fleet.info[device],
            instant(at),
            deduplicationId=self._identifier(order.id, 0, 0),
            queueItemId=order.id,
            acknowledged=heard,
            fCntDown=self._f_cnt_down.get(order.dev_eui, 0),
        )
        return Message(at, event_topic(fleet.application, fleet.eui[device], "ack"), body)

    def refuse(self, fleet: Fleet, device: int, order: Downlink, code: str, at: int) -> Message:
        """Tell that an order was not sent: EXPIRED, DOWNLINK_GATEWAY."""
        body = write_event(
            fleet.info[device],
            instant(at),
            level="ERROR",
            code=code,
            description="not sent",
            context={"queue_item_id": order.id},
        )
        return Message(at, event_topic(fleet.application, fleet.eui[device], "log"), body)

    def _receptions(self, fleet: Fleet, device: int, at: int) -> list[dict[str, Any]]:
        usual = fleet.heard_by.rssi[device]
        strength = usual + self._rng.normal(0, _FADING_DB, len(usual))
        heard = []
        for number, gateway in enumerate(fleet.heard_by.gateway[device]):
            if gateway < 0 or not self._gateways.online[gateway]:
                continue
            if strength[number] < _SENSITIVITY_DBM:
                continue
            snr = min(max(float(strength[number]) - NOISE_FLOOR_DBM, -19.5), 11.0)
            longitude, latitude = self._places[gateway]
            heard.append(
                reception(
                    self._gateways.ids[gateway],
                    instant(at + 900 * number),
                    rssi=round(float(strength[number])),
                    snr=round(snr * 4) / 4,
                    uplink_id=int(self._rng.integers(1, 2**31)),
                    longitude=float(longitude),
                    latitude=float(latitude),
                )
            )
        return heard

    def _address(self, fleet: Fleet, device: int) -> str:
        """Address of a session: seven bits of the network, the rest its own."""
        own = self._digest(fleet.eui[device], int(fleet.session[device]), -1)
        return f"00{own[:6]}"

    def _identifier(self, what: str, session: int, f_cnt: int) -> str:
        digest = self._digest(what, session, f_cnt)
        return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"

    def _digest(self, what: str, session: int, f_cnt: int) -> str:
        text = f"{what}/{session}/{f_cnt}".encode()
        return hashlib.blake2b(text, digest_size=16, key=self._identity).hexdigest()
