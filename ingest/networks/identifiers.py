"""Identifiers and bytes in all the spellings that networks use."""

import binascii
import hashlib
import re
from typing import Final

_SEPARATORS: Final = str.maketrans("", "", "-:. ")
_HEX16: Final = re.compile(r"[0-9a-f]{16}")
_PLAIN: Final = re.compile(r"[0-9a-z_:.-]{1,64}")
_OTHER: Final = re.compile(r"[^0-9a-z_:.-]+")
_URL_SAFE: Final = str.maketrans("-_", "+/")
_REMEMBERED: Final = 100_000

_euis: dict[str, str | None] = {}


def eui(text: str) -> str | None:
    """Return an EUI as 16 lower-case hexadecimal digits, or None.

    Takes upper and lower case, dashes, colons, an ``eui-`` prefix, and base64 of the eight bytes.
    Sixteen hexadecimal digits are never read as base64.
    """
    try:
        return _euis[text]
    except KeyError:
        if len(_euis) >= _REMEMBERED:
            _euis.clear()
        found = _euis[text] = _eui(text)
        return found


def _eui(text: str) -> str | None:
    plain = text.lower().removeprefix("eui-").translate(_SEPARATORS)
    if _HEX16.fullmatch(plain):
        return plain
    raw = base64_bytes(text) if len(text) in {11, 12} else None
    return raw.hex() if raw is not None and len(raw) == 8 else None


def plain_identifier(text: str) -> str | None:
    """Return an identifier that is no EUI, folded to lower case, or None where it cannot be one."""
    folded = text.lower()
    return folded if _PLAIN.fullmatch(folded) else None


def hex_eui(text: str) -> str | None:
    """Return an EUI that is written in hexadecimal digits, or None: a free name is no base64."""
    digits = text.strip().lower().removeprefix("0x").removeprefix("eui-").translate(_SEPARATORS)
    return digits if _HEX16.fullmatch(digits) else None


def device_name(text: str) -> str | None:
    """Return the identifier of a device with a free name, or None where there is none.

    An EUI in hexadecimal (with ``0x`` too) is one; a name that fits stays, in lower case; any other
    is folded and marked with a hash of itself, so that two names never become one device.
    """
    digits = hex_eui(text)
    if digits is not None:
        return digits
    plain = text.strip().lower()
    if _PLAIN.fullmatch(plain):
        return plain
    if not plain:
        return None
    folded = _OTHER.sub("-", plain).strip("-")[:47]
    mark = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
    return f"{folded}-{mark}".removeprefix("-")


def base64_bytes(text: str) -> bytes | None:
    """Read base64 with or without padding, standard or URL-safe; None where it is neither."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        pass
    standard = text.translate(_URL_SAFE).rstrip("=")
    try:
        return binascii.a2b_base64(standard + "=" * (-len(standard) % 4), strict_mode=True)
    except ValueError:
        return None


def hex_bytes(text: str) -> bytes | None:
    """Read hexadecimal digits; None where there is anything else."""
    try:
        return binascii.unhexlify(text)
    except ValueError:
        return None
