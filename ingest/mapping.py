"""Names become observed properties: by the device's profile, then by its network's table.

Values are read strictly: a number, a number written as text, with or without its unit, true and
false, or a word that the table knows. ``"null"``, ``"No sensor"``, ``"9818,"``, NaN and a unit of
another quantity are no values: they are listed with the reason, never 0. Null is nothing at all.
"""

import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from gis.errors import MappingInvalid
from ingest.networks.records import Named, Reading
from ingest.units import UNITS, convert
from twin.model.properties import PROPERTIES

_NUMBER: Final = re.compile(
    r"([+-]?(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})(?:[eE][+-]?\d{1,2})?)\s*([^\d\s,.+-]\S{0,11})?",
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
        Factor, before the unit is converted.
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


Table = Mapping[str, Target]
"""Name → what it becomes. A whole path comes before its last word."""


class Unmapped(NamedTuple):
    """A value that became no reading, and why.

    ``why`` is ``no_mapping``, ``not_a_number``, ``unit`` or ``bad_channel``.
    """

    name: str
    why: str
    unit: str
    example: str


def read_named(
    named: Iterable[Named], tables: Sequence[Table]
) -> tuple[list[Reading], list[Unmapped]]:
    """Read named values.

    Parameters
    ----------
    tables : sequence of mapping
        The first that knows a name decides.

    Returns
    -------
    (list of Reading, list of Unmapped)
        One reading at most for a property, channel and instant, the first; nulls are in neither.
    """
    readings: dict[tuple[str, int, object], Reading] = {}
    unmapped: list[Unmapped] = []
    for one in named:
        if one.value is None:
            continue
        target = _target(one.name, tables)
        found = "no_mapping" if target is None else _read(one, target)
        if isinstance(found, Reading):
            readings.setdefault((found.property, found.channel, found.at), found)
        elif found:
            unmapped.append(Unmapped(one.name, found, one.unit, str(one.value)))
    return list(readings.values()), unmapped


def read_said(
    data: Sequence[Named], normalized: Sequence[Named], profile: Table
) -> tuple[list[Reading], list[Unmapped]]:
    """Read what a codec in JavaScript said of one frame.

    The profile's own lines come first, then what the codec normalized; where it normalizes nothing,
    the names that network servers' decoded objects use.
    """
    if not normalized:
        return read_named(data, (profile, names()["object"]))
    first, unmapped = read_named(data, (profile,))
    second, beyond = read_named(normalized, (profile, names()["things_stack"]))
    told = {(one.property, one.channel) for one in first}
    readings = first + [one for one in second if (one.property, one.channel) not in told]
    return readings, [one for one in unmapped if one.why != "no_mapping"] + beyond


def _target(name: str, tables: Sequence[Table]) -> Target | None:
    last = name.rpartition(".")[2]
    for table in tables:
        target = table.get(name) or table.get(last)
        if target is not None:
            return target
    return None


def _read(one: Named, target: Target) -> Reading | str:
    """Return the reading, or why there is none; empty where none is wanted."""
    if not target.property:
        return ""
    quantity = PROPERTIES[target.property]
    if isinstance(one.value, bool) and quantity.unit not in {"bool", "1"}:
        return "not_a_number"
    number, unit = number_of(one.value, boolean=quantity.unit == "bool", words=target.words)
    if number is None:
        return "not_a_number"
    value: float | None = number * target.scale
    unit = one.unit or unit or target.unit
    if unit and value is not None:
        value = convert(value, unit, quantity.unit)
    if value is None:
        return "unit"
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
    return (float(found[1]), found[2] or "") if found else (None, "")


@cache
def names() -> Mapping[str, Table]:
    """Return the tables that ship with Réverbère, by network."""
    text = files("ingest.networks").joinpath("names.toml").read_text(encoding="utf-8")
    return {
        network: read_table(table, "names.toml") for network, table in tomllib.loads(text).items()
    }


def tables_of(network: str, profile: Table) -> tuple[Table, ...]:
    """Return the tables for one device's values, the first that knows a name decides."""
    known = names()
    return (profile, known.get(network, {}), *((known["object"],) if network not in _EXACT else ()))


_EXACT: Final = frozenset({"plain", "reading", "zigbee2mqtt", "tasmota", "shelly"})
"""Networks whose names mean what their own table says, and nothing else."""


def read_table(table: Any, file: Path | str, where: str = "") -> Table:
    """Check one table of names.

    Raises
    ------
    MappingInvalid
        Which name, what was found and what is expected.
    """
    try:
        found = msgspec.convert(table, dict[str, Target])
    except msgspec.ValidationError as error:
        raise MappingInvalid(file, f"{where}{error}") from error
    for name, target in found.items():
        quantity = PROPERTIES.get(target.property)
        if target.property and quantity is None:
            problem = f"{target.property!r} is no observed property (twin/model/properties.py)"
            raise MappingInvalid(file, f"{where}name {name!r}: {problem}")
        if quantity and target.unit and convert(1.0, target.unit, quantity.unit) is None:
            known = ", ".join(unit for unit in UNITS[quantity.unit] if unit)
            problem = f"unit {target.unit!r} does not lead to {quantity.unit}; known are {known}"
            raise MappingInvalid(file, f"{where}name {name!r}: {problem}")
    return found
