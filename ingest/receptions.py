"""Which gateways heard a frame and how well, out of what each network calls it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from ingest.networks.identifiers import eui

_GATEWAY: Final = (
    "gatewayId", "gatewayID", "gateway_id", "GatewayEui", "eui", "Lrrid", "gweui", "gw", "id",
    "mac", "name",
)  # fmt: skip
_RSSI: Final = ("rssi", "LrrRSSI", "channel_rssi", "Rssi")
_SNR: Final = ("snr", "loRaSNR", "lora_snr", "LrrSNR", "lsnr", "Snr")


@dataclass(frozen=True, slots=True)
class Reception:
    """One gateway's hearing of a frame; null: the network does not say.

    Attributes
    ----------
    gateway : str
        Identifier as the network writes it, hexadecimal where it is an EUI.
    rssi, snr : float | None
        Strength [dBm] and signal to noise [dB].
    """

    gateway: str
    rssi: float | None
    snr: float | None


def receptions_of(raw: bytes) -> list[Reception]:
    """Read a frame's receptions, the best heard first.

    Parameters
    ----------
    raw : bytes
        JSON as received, one array a copy, joined by newlines. What cannot be read says nothing.
    """
    found: dict[str, Reception] = {}
    for line in raw.split(b"\n"):
        for entry in _entries(line):
            heard = _reception(entry)
            known = found.get(heard.gateway)
            if known is None or _strength(heard) > _strength(known):
                found[heard.gateway] = heard
    return sorted(found.values(), key=_strength, reverse=True)


def _entries(line: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        document = orjson.loads(line) if line else []
    except orjson.JSONDecodeError:
        return
    entries = document if isinstance(document, list) else [document]
    yield from (entry for entry in entries if isinstance(entry, dict))


def _reception(entry: Mapping[str, Any]) -> Reception:
    names = entry.get("gateway_ids")
    within = {**entry, **names} if isinstance(names, dict) else entry
    named = next((str(within[key]) for key in _GATEWAY if within.get(key)), "")
    return Reception(eui(named) or named[:64], _number(within, _RSSI), _number(within, _SNR))


def _number(entry: Mapping[str, Any], names: tuple[str, ...]) -> float | None:
    for name in names:
        try:
            number = float(entry[name])
        except (KeyError, TypeError, ValueError):
            continue
        if math.isfinite(number):
            return number
    return None


def _strength(heard: Reception) -> float:
    return -math.inf if heard.rssi is None else heard.rssi
