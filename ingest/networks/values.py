"""One value and what it becomes: read strictly, in the unit of its property.

A number, a number written as text, with or without its unit, true and false, or a word that is
known. All else is no value, and why is told.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ingest.networks.records import Named, Reading
from ingest.units import convert
from twin.model.properties import PROPERTIES

_NUMBER: Final = re.compile(
    r"([+-]?(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})(?:[eE][+-]?\d{1,3})?)\s*((?![eE][+-]?\d)[^\d\s,.+-]\S{0,11})?",
    re.ASCII,
)
_WORDS: Final = {
    **dict.fromkeys(("on", "true", "yes", "open", "opened", "online", "leak", "alarm"), 1.0),
    **dict.fromkeys(("off", "false", "no", "closed", "close", "offline", "normal", "none"), 0.0),
}
"""Words of properties that are yes or no; ``"null"`` is none of them."""
_MOST_CHANNELS: Final = 1 << 14


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a name becomes.

    Attributes
    ----------
    property : str
        Code in ``twin.model.properties``; empty: known, and not kept.
    unit : str
        Of the sender's number, where the message does not say; empty: the property's own.
    scale : float
        Factor of the sender's number, where the message does not say its unit.
    channel : int
        Added to the name's own channel.
    words : dict of str to float
        Texts that stand for numbers, in lower case.
    inverted : bool
        Yes means no: ``contact`` of a closed door.
    """

    property: str = ""
    unit: str = ""
    scale: float = 1.0
    channel: int = 0
    words: dict[str, float] = {}
    inverted: bool = False


def read_value(one: Named, target: Target) -> Reading | str:
    """Return the reading, or why there is none; empty where none is wanted."""
    if not target.property:
        return ""
    quantity = PROPERTIES[target.property]
    if isinstance(one.value, bool) and quantity.unit not in {"bool", "1"}:
        return "not_a_number"
    number, unit = number_of(one.value, boolean=quantity.unit == "bool", words=target.words)
    if number is None:
        return "not_a_number"
    told = one.unit or unit
    value = number if told else number * target.scale
    if told or target.unit:
        converted = convert(value, told or target.unit, quantity.unit)
        if converted is None:
            return "unit"
        value = converted
    if not math.isfinite(value):
        return "not_a_number"
    channel = one.channel + target.channel
    if not 0 <= channel < _MOST_CHANNELS:
        return "bad_channel"
    value = 1.0 - value if target.inverted else value
    return Reading(target.property, value, channel, one.at, one.historical)


def number_of(
    value: Any, *, boolean: bool = False, words: Mapping[str, float] | None = None
) -> tuple[float | None, str]:
    """Read one value strictly; return its number, None where it is none, and the unit beside it."""
    if isinstance(value, bool):
        return float(value), ""
    if isinstance(value, (int, float)):
        try:
            number = float(value)
        except OverflowError:
            return None, ""
        return (number, "") if math.isfinite(number) else (None, "")
    if not isinstance(value, str):
        return None, ""
    told = value.strip()
    if words and told.lower() in words:
        return words[told.lower()], ""
    if boolean and told.lower() in _WORDS:
        return _WORDS[told.lower()], ""
    found = _NUMBER.fullmatch(told)
    if found is None or not math.isfinite(float(found[1])):
        return None, ""
    return float(found[1]), found[2] or ""
