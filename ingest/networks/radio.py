"""How a frame was sent, in one number: frequency, bandwidth, spreading factor, data rate.

A few hundred settings are all that a territory's radio knows, and each frame carries one: so it
travels as a whole number, and becomes four narrow columns in the store. 0 means not told, in the
whole and in each of its parts.
"""

import math
import re
from functools import lru_cache
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.store.telemetry_rows import Radio

Ints = NDArray[np.int64]

_RATE_BITS, _FACTOR_BITS, _WIDTH_BITS, _FREQUENCY_BITS = 5, 4, 12, 26
_FACTOR_AT: Final = _RATE_BITS
_WIDTH_AT: Final = _FACTOR_AT + _FACTOR_BITS
_FREQUENCY_AT: Final = _WIDTH_AT + _WIDTH_BITS
_LEAST_MHZ, _MOST_MHZ = 100.0, 3_000.0
_HIGHEST_RATE: Final = 15
_IN_MHZ: Final = 10_000.0
"""Below it a frequency is told in MHz, above it in Hz."""
_IN_KHZ: Final = 5_000.0
"""Below it a bandwidth is told in kHz, above it in Hz."""
_TEXT: Final = re.compile(r"SF(\d{1,2})\s*BW(\d{2,4})", re.IGNORECASE | re.ASCII)


def setting(
    frequency: float | None = None,
    bandwidth: float | None = None,
    spreading_factor: int | None = None,
    data_rate: int | None = None,
) -> int:
    """Put what a network tells of a transmission into one number.

    Parameters
    ----------
    frequency : float, optional
        In Hz or MHz, told apart by magnitude. What no radio uses is not told.
    bandwidth : float, optional
        In Hz or kHz, told apart by magnitude.
    spreading_factor : int, optional
        5 to 12.
    data_rate : int, optional
        Index in the region's table, 0 to 15.
    """
    megahertz = (frequency or 0.0) / (1.0 if (frequency or 0.0) < _IN_MHZ else 1e6)
    hundreds = round(megahertz * 1e4) if _LEAST_MHZ <= megahertz <= _MOST_MHZ else 0
    kilohertz = (bandwidth or 0.0) / (1.0 if (bandwidth or 0.0) < _IN_KHZ else 1e3)
    width = round(kilohertz) if 0 < kilohertz < 1 << _WIDTH_BITS else 0
    factor = spreading_factor if spreading_factor and 5 <= spreading_factor <= 12 else 0
    rate = data_rate + 1 if data_rate is not None and 0 <= data_rate <= _HIGHEST_RATE else 0
    return hundreds << _FREQUENCY_AT | width << _WIDTH_AT | factor << _FACTOR_AT | rate


def of_text(rate: object, frequency: object = None) -> int:
    """Return the setting of a data rate in words, ``SF9BW125`` or ``SF12 BW125 4/5``."""
    found = _TEXT.match(rate) if isinstance(rate, str) else None
    if found is None:
        return setting(number(frequency))
    return setting(number(frequency), int(found[2]), int(found[1]))


def number(told: object) -> float | None:
    """Return a number that may be written as text; None for anything else."""
    try:
        found = float(told) if isinstance(told, (int, float, str)) else math.nan
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def index(told: object) -> int | None:
    """Return a whole number that may be written as text; None for anything else."""
    found = number(told)
    return int(found) if found is not None and found.is_integer() else None


def parts(settings: Ints) -> Radio:
    """Take settings apart into the store's columns."""

    def part(at: int, bits: int) -> Ints:
        return settings >> at & (1 << bits) - 1

    return Radio(
        part(_FREQUENCY_AT, _FREQUENCY_BITS),
        part(_WIDTH_AT, _WIDTH_BITS),
        part(_FACTOR_AT, _FACTOR_BITS),
        part(0, _RATE_BITS) - 1,
    )


class _Lora(msgspec.Struct, gc=False, rename="camel"):
    bandwidth: float = 0.0
    spreading_factor: int = 0


class _LrFhss(msgspec.Struct, gc=False, rename="camel"):
    operating_channel_width: float = 0.0


class _Modulation(msgspec.Struct, gc=False, rename="camel"):
    lora: _Lora | None = None
    lr_fhss: _LrFhss | None = None


class _OldRate(msgspec.Struct, gc=False, rename="camel"):
    bandwidth: float = 0.0
    spread_factor: int = 0


class _TxInfo(msgspec.Struct, gc=False, rename="camel"):
    """What all versions of ChirpStack write; version 3 names the modulation beside it."""

    frequency: float = 0.0
    modulation: _Modulation | str | None = None
    lora: _Lora | None = msgspec.field(default=None, name="loRaModulationInfo")
    data_rate: _OldRate | None = None
    dr: int | None = None


_tx_info = msgspec.json.Decoder(_TxInfo)


@lru_cache(maxsize=4096)
def of_tx_info(raw: bytes) -> int:
    """Return the setting in ``txInfo`` as ChirpStack writes it; 0 where it cannot be read."""
    if not raw.startswith(b"{"):
        return 0
    try:
        told = _tx_info.decode(raw)
    except msgspec.DecodeError:
        return 0
    modulation = told.modulation if isinstance(told.modulation, _Modulation) else _Modulation()
    lora = modulation.lora or told.lora
    if lora is not None:
        return setting(told.frequency, lora.bandwidth, lora.spreading_factor, told.dr)
    if modulation.lr_fhss is not None:
        return setting(told.frequency, modulation.lr_fhss.operating_channel_width)
    old = told.data_rate or _OldRate()
    return setting(told.frequency, old.bandwidth, old.spread_factor, told.dr)


def with_rate(known: int, data_rate: int) -> int:
    """Add the index of the data rate to a setting that does not tell it."""
    untold = not known & (1 << _RATE_BITS) - 1
    return known | data_rate + 1 if untold and 0 <= data_rate <= _HIGHEST_RATE else known
